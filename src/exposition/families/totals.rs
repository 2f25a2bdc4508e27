//! The families of counted events.
//!
//! Counters stay on the page even if a list is stale. A family is on the page once it has a label set: the families of
//! calls appear only where the server has calls.

use super::super::page_builder::WorkspacePage;
use super::super::samples;
use crate::omnichannel::totals::{Totals, Value};

/// Fills everything counted in one workspace; figures of single agents only if `shows_agents`.
pub(super) fn fill(page: &mut WorkspacePage<'_>, totals: &Totals, shows_agents: bool) {
    for metric in totals.metrics().filter(|metric| shows_agents || !metric.is_personal()) {
        if let Some(at) = totals.beginnings.of(metric) {
            page.created(metric, at);
        }
        for (label_set, value) in totals.shown(metric) {
            let value = match &*value {
                Value::Count(count) => samples::SampleValue::Number(*count as f64),
                Value::Sum { seconds, count } => {
                    samples::SampleValue::Summary { sum: *seconds, count: *count }
                }
                Value::Distribution(buckets) => samples::SampleValue::histogram(buckets),
            };
            page.add(metric, label_set.values(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::super::page_builder::PageBuilder;
    use super::*;
    use crate::omnichannel::chat::Source;
    use crate::omnichannel::event::{Closer, Closing, Event, EventKind, Outcome};
    use crate::omnichannel::labels::labelled::{Countable, EventLabels};
    use crate::omnichannel::service_level::ServiceLevels;
    use crate::omnichannel::totals::{CountingTime, HistogramBuckets};

    const WHEN: CountingTime =
        CountingTime { now: jiff::Timestamp::UNIX_EPOCH, uptime: Duration::ZERO };

    fn page(shows_agents: bool) -> String {
        let mut totals = Totals::new(HistogramBuckets::of(&ServiceLevels::default()));
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
        fill(&mut builder.workspace("acme"), &totals, shows_agents);
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
