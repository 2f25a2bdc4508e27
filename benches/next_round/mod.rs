//! The second of two rounds of rows: one chat in a hundred was answered, handed on, put on hold, closed or is new.

use jiff::SignedDuration;
use rocketchat_omnichannel_exporter::omnichannel::chat::Phase;
use rocketchat_omnichannel_exporter::omnichannel::event::Closer;
use rocketchat_omnichannel_exporter::omnichannel::observation::{ChatObservation, Ending};
use rocketchat_omnichannel_exporter::rocketchat::key::Key;

use crate::counted::{self, at};

/// Seconds from the beginning of counting to the first round. The last chat began before 1 000 s, so every service
/// level promise is judged by then.
pub(crate) const FIRST: i64 = 2_000;
/// Seconds from the beginning of counting to the second round.
pub(crate) const NEXT: i64 = FIRST + 30;

/// The rows of the second round.
pub(crate) fn rows() -> Vec<ChatObservation> {
    let mut rows = counted::rows(NEXT);
    for (number, row) in rows.iter_mut().skip(1).step_by(100).enumerate() {
        change(row, number);
    }
    rows
}

fn change(row: &mut ChatObservation, number: usize) {
    match number % 5 {
        0 => {
            row.answers.last_reply_at = Some(at(NEXT - 5).into());
            row.responses = Some(4.0);
            row.response_seconds = Some(80.0);
        }
        1 => {
            row.agent = Some("agent-of-the-night".into());
            row.taken_at = Some(at(NEXT - 5).into());
        }
        2 if row.phase == Phase::OnHold => row.phase = Phase::InProgress,
        2 => row.phase = Phase::OnHold,
        3 => {
            let ended = row.read_at.later(SignedDuration::from_secs(-7));
            row.lived_seconds = row.began.map(|began| ended.seconds_since(began));
            row.ending = Some(Box::new(Ending {
                at: ended,
                closer: Closer::Agent,
                is_served: true,
                tags: Vec::new(),
            }));
        }
        _ => row.key = Key::of(&format!("new-{number}")),
    }
}
