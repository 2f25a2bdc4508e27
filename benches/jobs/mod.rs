//! The jobs that have a budget: decode, watch, poll, advance, render, render OpenMetrics, commit and serve.
//!
//! A job is made of an input that is the same each time. Time stands still in it, and it runs on one thread, so its
//! instructions and its memory are the same each time, apart from the order in hash tables.

use std::any::Any;
use std::sync::Arc;

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::omnichannel::accounting::{
    Accounting, NewEvents, NewObservations, ObservedChats,
};
use rocketchat_omnichannel_exporter::omnichannel::chat::{Chat, Phase};
use rocketchat_omnichannel_exporter::omnichannel::labels::registry::LabelRegistry;
use rocketchat_omnichannel_exporter::omnichannel::list::List;
use rocketchat_omnichannel_exporter::omnichannel::live_state::{LiveState, Update};
use rocketchat_omnichannel_exporter::omnichannel::observation::ChatObservation;
use rocketchat_omnichannel_exporter::omnichannel::rules::Rules;
use rocketchat_omnichannel_exporter::omnichannel::totals::{CountingTime, HistogramBuckets};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::page;

use crate::counted::{self, at};
use crate::next_round::{self, FIRST, NEXT};
use crate::page::of_rooms;
use crate::saved_state::KeptState;
use crate::scrape::Served;
use crate::small_workspaces::Unwatched;
use crate::watched_call_centre::{self, AGENTS_SHOWN};

/// Number of rows of a page.
const PAGE: usize = 100;

/// A job with its input. The job returns its result and its input, so that dropping them is no part of the job.
pub(crate) type Job = Box<dyn FnOnce() -> Box<dyn Any>>;

fn job<R: 'static>(work: impl FnOnce() -> R + 'static) -> Job {
    Box::new(move || Box::new(work()))
}

/// Decodes a page of 100 rooms.
pub(crate) fn decode() -> Job {
    let body = of_rooms(PAGE).expect("the simulator serves a page");
    job(move || {
        let page = page::decode::<RoomRow>(&body).expect("a page");
        (body, page)
    })
}

/// Creates this many small workspaces and polls each twice, as [`poll`] does.
#[allow(dead_code, reason = "only the bench of the heap has this job")]
pub(crate) fn watch(count: usize) -> Job {
    let unwatched = Unwatched::recorded(count).expect("recorded answers");
    job(move || {
        let mut workspaces = unwatched.watch();
        assert!(workspaces.poll(), "a poll fails");
        workspaces
    })
}

/// Polls this many small workspaces once, with answers that need no network and no state on a disk.
pub(crate) fn poll(count: usize) -> Job {
    let mut workspaces = Unwatched::recorded(count).expect("recorded answers").watch();
    job(move || {
        assert!(workspaces.poll(), "a poll fails");
        workspaces
    })
}

/// Advances the live state and the accounting by a round of 10 000 chats, of which one in a hundred has changed.
pub(crate) fn advance() -> Job {
    let snapshot =
        watched_call_centre::watch(AGENTS_SHOWN).expect("a cycle over the simulator").snapshot;
    let buckets = HistogramBuckets::of(&snapshot.rules.service_levels);
    let mut following = Following {
        live_state: snapshot.live_state.clone(),
        labels: snapshot.labels.clone(),
        accounting: Accounting::begin(at(0), buckets),
        rules: Arc::clone(&snapshot.rules),
    };
    following.advance(Round::of(&snapshot.live_state, &counted::rows(FIRST), FIRST));
    let round = Round::of(&snapshot.live_state, &next_round::rows(), NEXT);
    job(move || {
        let events = following.advance(round);
        (following, events)
    })
}

/// Renders a page of 10 000 series, as text and as gzip.
pub(crate) fn render() -> Job {
    render_in(Format::Text)
}

/// Renders a page of 10 000 series in OpenMetrics, plain and as gzip.
pub(crate) fn openmetrics() -> Job {
    render_in(Format::OpenMetrics { created: true })
}

fn render_in(format: Format) -> Job {
    let watched = watched_call_centre::watch(AGENTS_SHOWN).expect("a cycle over the simulator");
    let publisher = watched.publisher().expect("a first page");
    publisher.render(format).expect("a page of this format");
    job(move || {
        publisher.render(format).expect("a page");
        publisher
    })
}

/// Encodes the state of 10 000 chats and 10 000 series of totals, and replaces the kept state by it.
pub(crate) fn commit() -> Job {
    let mut kept = KeptState::begin().expect("a folder for the state");
    kept.commit().expect("a first commit");
    job(move || {
        kept.commit().expect("a commit");
        kept
    })
}

/// Serves a page of 10 000 series once, to a scraper that takes gzip.
pub(crate) fn serve() -> Job {
    let watched = watched_call_centre::watch(AGENTS_SHOWN).expect("a cycle over the simulator");
    let published = watched.publisher().expect("a first page").published();
    let mut served = Served::start(published).expect("loopback");
    job(move || {
        served.scrape().expect("a page");
        served
    })
}

/// The state of one workspace as a cycle keeps it.
struct Following {
    live_state: LiveState,
    labels: LabelRegistry,
    accounting: Accounting,
    rules: Arc<Rules>,
}

/// The rows of one round.
struct Round {
    updates: Vec<Update>,
    observations: NewObservations,
    now: Timestamp,
}

impl Round {
    /// The chats of this live state as a new scan would read them, and these observations of chats.
    fn of(live_state: &LiveState, rows: &[ChatObservation], second: i64) -> Self {
        let list = |list, is_in: fn(&Chat) -> bool| {
            Update::Chats(list, live_state.chats().filter(|chat| is_in(chat)).cloned().collect())
        };
        let updates = vec![
            list(List::Queued, |chat| chat.phase == Phase::Queued),
            list(List::OnHold, |chat| chat.phase == Phase::OnHold),
            list(List::Open, |chat| chat.phase == Phase::InProgress),
        ];
        let page = |rows: &[ChatObservation]| {
            ObservedChats::Page(rows.iter().cloned().map(Arc::new).collect())
        };
        let chats = rows.chunks(PAGE).map(page).collect();
        Self {
            updates,
            observations: NewObservations { chats, calls: Vec::new() },
            now: at(second),
        }
    }
}

impl Following {
    /// Advances in the order of a cycle.
    fn advance(&mut self, Round { mut updates, observations, now }: Round) -> NewEvents {
        let Self { live_state, labels, accounting, rules } = self;
        let events = accounting.advance(observations, &labels.departments, rules);
        for update in &mut updates {
            update.amend(|chat| accounting.chats.amend(chat));
        }
        live_state.advance(updates, labels, now.as_second().unsigned_abs(), now);
        let when = CountingTime { now, uptime: now.duration_since(at(0)).unsigned_abs() };
        accounting.record(&events, labels, rules, &[], when);
        events
    }
}
