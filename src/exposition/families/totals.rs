//! The families of counted events.
//!
//! Counters stay on the page even if a list is stale. A family is on the page once it has a label set: the families of
//! calls appear only where the server has calls.

use super::super::catalog::{self, Family};
use super::super::page_builder::PageBuilder;
use crate::omnichannel::totals::{Measure, Totals, Value};

/// Fills everything counted in one workspace; figures of single agents only if `shows_agents`.
pub(super) fn fill(
    builder: &mut PageBuilder,
    workspace: &str,
    totals: &Totals,
    shows_agents: bool,
) {
    let mut labels = Vec::new();
    let shown = Measure::ALL.iter().filter(|measure| shows_agents || !measure.is_personal());
    for measure in shown {
        let family = family(*measure);
        for (label_set, value) in totals.shown(*measure) {
            labels.clear();
            labels.push(workspace);
            labels.extend(label_set.values());
            match &*value {
                Value::Count(count) => builder.counter(family, &labels, *count as f64),
                Value::Sum { seconds, count } => builder.summary(family, &labels, *seconds, *count),
                Value::Distribution(buckets) => builder.histogram(family, &labels, buckets),
            }
        }
    }
}

fn family(measure: Measure) -> &'static Family {
    match measure {
        Measure::ChatsStarted => &catalog::CHATS_STARTED_TOTAL,
        Measure::ChatsClosed => &catalog::CHATS_CLOSED_TOTAL,
        Measure::ServiceLevelChats => &catalog::SERVICE_LEVEL_CHATS_TOTAL,
        Measure::Transfers => &catalog::TRANSFERS_TOTAL,
        Measure::OnHold => &catalog::ON_HOLD_TOTAL,
        Measure::Response => &catalog::RESPONSE_SECONDS,
        Measure::ChatMessages => &catalog::CHAT_MESSAGES_TOTAL,
        Measure::ChatsClosedByTag => &catalog::CHATS_CLOSED_BY_TAG_TOTAL,
        Measure::QueueWait => &catalog::QUEUE_WAIT_SECONDS,
        Measure::FirstResponse => &catalog::FIRST_RESPONSE_SECONDS,
        Measure::Reaction => &catalog::REACTION_SECONDS,
        Measure::ChatDuration => &catalog::CHAT_DURATION_SECONDS,
        Measure::Handle => &catalog::HANDLE_SECONDS,
        Measure::AgentResponse => &catalog::AGENT_RESPONSE_SECONDS,
        Measure::AgentReaction => &catalog::AGENT_REACTION_SECONDS,
        Measure::AgentHandle => &catalog::AGENT_HANDLE_SECONDS,
        Measure::AgentChatsClosed => &catalog::AGENT_CHATS_CLOSED_TOTAL,
        Measure::CallsStarted => &catalog::VOIP_CALLS_STARTED_TOTAL,
        Measure::CallsClosed => &catalog::VOIP_CALLS_CLOSED_TOTAL,
        Measure::CallWait => &catalog::VOIP_WAIT_SECONDS,
        Measure::CallDuration => &catalog::VOIP_CALL_DURATION_SECONDS,
        Measure::CallHold => &catalog::VOIP_HOLD_SECONDS,
        Measure::CallsWithoutPbxEvent => &catalog::VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL,
        Measure::EstimatedWaits => &catalog::ESTIMATED_WAITS_TOTAL,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::catalog::Kind;
    use super::*;
    use crate::omnichannel::chat::Source;
    use crate::omnichannel::event::{Closer, Closing, Event, EventKind, Outcome};
    use crate::omnichannel::labels::labelled::{Countable, EventLabels};
    use crate::omnichannel::totals::{self, HistogramBuckets, When};

    const WHEN: When = When { now: jiff::Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };

    #[test]
    fn a_measure_and_its_family_are_of_one_kind_and_have_as_many_labels() {
        for measure in Measure::ALL {
            let family = family(*measure);
            let kind = match measure.kind() {
                totals::Kind::Counter => Kind::Counter,
                totals::Kind::Summary => Kind::Summary,
                totals::Kind::Histogram => Kind::Histogram,
            };
            let of_family = (family.kind, family.labels.len());
            assert_eq!(of_family, (kind, measure.labels()), "{}", family.name);
            assert_eq!(family.labels.contains(&"agent"), measure.is_personal(), "{}", family.name);
        }
    }

    fn page(shows_agents: bool) -> String {
        let mut totals = Totals::new(HistogramBuckets::new(std::iter::empty()));
        let countable = Countable {
            by_source: None,
            departments: ["Sales", "Sales 2"].into(),
            sources: ["app:Fax", "app:Fax 2", "widget"].into(),
            call_queues: ["support"].into(),
            tags: ["vip"].into(),
        };
        totals.introduce(&countable, WHEN);
        totals.first_zero.mark_shown(1);
        totals.first_zero.release(Some(1), Duration::ZERO);
        let labels = EventLabels { department: "Sales", source: "widget", agent: Some("ann") };
        let closing = Closing {
            closer: Closer::Visitor,
            outcome: Outcome::Answered,
            duration_seconds: Some(50.0),
            handle_seconds: None,
            messages: 4,
            tags: Vec::new(),
        };
        let kind = EventKind::Closed(closing);
        let event = Event { kind, department: None, agent: None, source: Source::OTHER };
        totals.record(&event, &labels, WHEN);
        let mut builder = PageBuilder::new();
        fill(&mut builder, "acme", &totals, shows_agents);
        let rendered = builder.finish();
        assert_eq!(rendered.refused.total(), 0);
        let mut text = String::new();
        rendered.encode(&mut text).unwrap();
        text
    }

    #[test]
    fn what_was_counted_stands_beside_what_may_yet_happen() {
        let page = page(false);
        let lines = [
            r#"chats_closed_total{workspace="acme",department="Sales",source="widget",closer="visitor",outcome="answered"} 1"#,
            r#"chats_closed_total{workspace="acme",department="Sales 2",source="app:Fax",closer="agent",outcome="answered"} 0"#,
            r#"chat_duration_seconds_bucket{workspace="acme",department="Sales",le="60"} 1"#,
            r#"response_seconds_count{workspace="acme",department="Sales"} 0"#,
            r#"chat_messages_total{workspace="acme",department="Sales"} 4"#,
            r#"voip_calls_without_pbx_event_total{workspace="acme",direction="inbound"} 0"#,
            r#"exporter_estimated_waits_total{workspace="acme"} 0"#,
        ];
        for line in lines {
            let line = format!("rocketchat_omnichannel_{line}\n");
            assert!(page.contains(&line), "{line}{page}");
        }
    }

    #[test]
    fn what_was_once_counted_of_agents_is_not_shown_where_the_rules_no_longer_do() {
        assert!(page(true).contains("agent_chats_closed_total{workspace=\"acme\",agent=\"ann\""));
        assert!(!page(false).contains("\"ann\""));
    }
}
