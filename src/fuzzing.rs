//! Properties that must hold for any bytes: one function for each input that other programs or people control.
//!
//! The fuzz targets in `tests/fuzz` and the tests run the same functions; the tests run them on all stored inputs.
//! Compiled for fuzzing and tests only.
#![expect(clippy::missing_panics_doc, reason = "a panic is the finding")]

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_ENCODING, HeaderValue};
use jiff::Timestamp;

use crate::config::{self, Flags};
use crate::http::prefers_gzip;
use crate::http::web_config::WebConfig;
use crate::omnichannel::accounting::{Accounting, NewObservations};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::call::CallObservation;
use crate::omnichannel::labels::names::{LabelContent, SeenNames};
use crate::omnichannel::labels::registry::{LabelLimits, LabelRegistry};
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::observation_rules::ObservationRules;
use crate::omnichannel::rules::{AgentDetail, Rules};
use crate::omnichannel::service_level::ServiceLevels;
use crate::omnichannel::totals::{CountingTime, HistogramBuckets};
use crate::rocketchat::agents::AgentRow;
use crate::rocketchat::departments::{DepartmentRow, MemberRow};
use crate::rocketchat::info::Info;
use crate::rocketchat::livechat_queue::LoadRow;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::me::Me;
use crate::rocketchat::page::{Page, Row, decode};
use crate::rocketchat::rate_limit_headers;
use crate::rocketchat::voip_rooms::CallRow;
use crate::store::Loaded;
use crate::store::format::seal;
use crate::store::state::{self, StateIdentity};

/// A page of any list, and all observations that are made of its rows.
pub fn page(bytes: &[u8]) {
    let loads = decoded::<LoadRow>(bytes);
    let members = decoded::<MemberRow>(bytes);
    let lists = (decoded::<DepartmentRow>(bytes), decoded::<AgentRow>(bytes));
    std::hint::black_box((loads, members, lists));
    std::hint::black_box((
        serde_json::from_slice::<Info>(bytes).is_ok(),
        serde_json::from_slice::<Me>(bytes).is_ok(),
    ));
    let now = Timestamp::UNIX_EPOCH;
    let mut seen_names = SeenNames::default();
    let mut observations = Vec::new();
    for row in decoded::<RoomRow>(bytes) {
        for from in [AnswersFrom::Metrics, AnswersFrom::ResponseBy] {
            let rules = ObservationRules::default();
            observations.push(ChatObservation::of(&row, now, &rules, from, &mut seen_names));
        }
    }
    let calls = decoded::<CallRow>(bytes);
    let calls = calls.iter().filter_map(|row| CallObservation::of(row, now)).collect();
    enter(NewObservations::of_one_page(observations, calls));
}

/// The rows of a page. Each row is counted as received exactly once.
fn decoded<R: Row>(bytes: &[u8]) -> Vec<R> {
    let Ok(page) = decode::<R>(bytes) else { return Vec::new() };
    let Page { rows, invalid, .. } = &page;
    assert_eq!(page.received(), rows.len() as u64 + invalid);
    page.rows
}

/// `Accounting` accepts any rows, and its state is restored as it was written.
fn enter(observations: NewObservations) {
    let now = Timestamp::UNIX_EPOCH;
    let mut labels = LabelRegistry::new(LabelLimits::default());
    let mut accounting = Accounting::begin(Timestamp::MIN, histogram_buckets());
    let when = CountingTime { now, uptime: std::time::Duration::ZERO };
    let events = accounting.advance(observations, &labels.departments, &rules());
    accounting.record(&events, &mut labels, &rules(), &[], when);
    let sealed = state::encode(&state_identity(), now, &labels.departments, &accounting, 0);
    let sealed = sealed.map(|sealed| Loaded::of(&sealed));
    let restored =
        sealed.map(|loaded| state::decode(loaded, &state_identity(), now, histogram_buckets()));
    assert!(matches!(restored, Some(Ok(Some(_)))), "{restored:?}");
}

fn rules() -> Rules {
    Rules {
        service_levels: ServiceLevels::default(),
        detail: AgentDetail::Performance,
        agent_label: LabelContent::Name,
        shows_public: true,
        compares_loads: true,
    }
}

fn histogram_buckets() -> HistogramBuckets {
    HistogramBuckets::of(&ServiceLevels::default())
}

fn state_identity() -> StateIdentity {
    StateIdentity { identity: "https://chat.example.com/".to_owned(), agents: None }
}

/// The dates of headers.
pub fn timestamps(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    std::hint::black_box(rate_limit_headers::date(text));
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(axum::http::header::RETRY_AFTER, value)]);
        std::hint::black_box(rate_limit_headers::refusal(&headers, text, Timestamp::UNIX_EPOCH));
    }
}

/// A configuration file: the masked text of a valid configuration is again a valid configuration with the same text.
pub fn configuration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(settings) = config::of_text(&Flags::default(), text) else { return };
    let shown = settings.to_masked_yaml();
    let again = config::of_text(&Flags::default(), &shown.replace("<hidden>", "hidden"));
    let again = again.map(|settings| settings.to_masked_yaml());
    assert_eq!(again.map_err(|problems| problems.to_string()), Ok(shown), "{text}");
}

/// A web config file: it is valid, or the error has a text.
pub fn web_config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(problems) = WebConfig::of_text(text) {
        assert!(!problems.to_string().is_empty(), "{text}");
    }
}

/// A state file, as raw bytes and with a valid seal around the bytes.
pub fn state_file(bytes: &[u8]) {
    let now = Timestamp::UNIX_EPOCH;
    std::hint::black_box(
        state::decode(Loaded::of(bytes), &state_identity(), now, histogram_buckets()).is_ok(),
    );
    for version in 1..=3 {
        let sealed = Loaded::of(&seal(version, bytes));
        assert!(matches!(sealed, Loaded::Found { .. }));
        std::hint::black_box(
            state::decode(sealed, &state_identity(), now, histogram_buckets()).is_ok(),
        );
    }
}

/// The header `Accept-Encoding`: a client that does not accept gzip does not get gzip.
pub fn accept_encoding(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let prefers = prefers_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, value)]));
    assert!(!prefers || text.contains("gzip") || text.contains('*'), "{text:?}");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Runs a function on every stored input of a target.
    fn replay(target: &str, run: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
        let inputs: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap()).collect();
        assert!(inputs.len() > 3, "{} has the seeds", folder.display());
        for input in inputs {
            run(&std::fs::read(input.path()).unwrap());
        }
    }

    #[test]
    fn kept_inputs_are_no_surprise_to_any_door() {
        replay("page", page);
        replay("timestamps", timestamps);
        replay("configuration", configuration);
        replay("web_config", web_config);
        replay("state_file", state_file);
        replay("accept_encoding", accept_encoding);
    }
}
