//! The families about counting itself: the stored state, the watermark, and events that were not seen.

use strum::VariantArray;

use super::super::page_builder::WorkspacePage;
use super::flag::flag;
use crate::catalog;
use crate::cycle::snapshot::{Counting, Restored};
use crate::omnichannel::ledger::MOST_TRACKED;
use crate::rocketchat::instant::epoch_seconds;

/// Fills the state of counting in one workspace.
pub(super) fn fill(page: &mut WorkspacePage<'_>, counting: &Counting) {
    page.gauge(catalog::STATE_PERSISTENT, [], flag(counting.is_persistent));
    for &outcome in Restored::VARIANTS {
        let times = flag(counting.restored == Some(outcome));
        page.counter(catalog::STATE_RESTORES_TOTAL, [outcome.as_ref()], times);
    }
    page.counter(catalog::STATE_WRITE_FAILURES_TOTAL, [], counting.write_failures as f64);
    let watermark = counting.watermark.map(epoch_seconds);
    page.gauge(catalog::WATERMARK_TIMESTAMP_SECONDS, [], watermark);
    page.gauge(catalog::TRACKED_CHATS, [], counting.tracked_chats as f64);
    page.gauge(catalog::TRACKED_CHATS_LIMIT, [], MOST_TRACKED as f64);
    page.counter(catalog::GIVEN_UP_CHATS_TOTAL, [], counting.given_up_chats as f64);
    page.counter(catalog::UNOBSERVED_SECONDS_TOTAL, [], counting.unobserved_seconds);
    if let Some(audit) = counting.audit {
        page.gauge(catalog::AUDIT_MISSING_CHATS, [], audit.missing as f64);
        page.gauge(catalog::AUDIT_VANISHED_CHATS, [], audit.vanished as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::page_builder::PageBuilder;
    use super::*;
    use crate::cycle::snapshot::Audited;

    fn page(counting: &Counting) -> String {
        let (mut builder, mut text) = (PageBuilder::new(), String::new());
        fill(&mut builder.workspace("w"), counting);
        let rendered = builder.finish();
        assert_eq!(rendered.refused.total(), 0);
        rendered.encode(&mut text).unwrap();
        text
    }

    #[test]
    fn what_is_not_known_yet_is_absent_and_what_counts_begins_at_zero() {
        let page = page(&Counting::default());
        for absent in ["watermark", "audit"] {
            assert!(!page.contains(absent), "{page}");
        }
        for outcome in ["ok", "values_reset", "cold"] {
            let line = format!("restores_total{{workspace=\"w\",outcome=\"{outcome}\"}} 0\n");
            assert!(page.contains(&line), "{page}");
        }
        assert!(page.contains("unobserved_seconds_total{workspace=\"w\"} 0\n"), "{page}");
    }

    #[test]
    fn the_fate_of_the_state_the_watermark_and_the_audit_are_told() {
        let page = page(&Counting {
            is_persistent: true,
            restored: Some(Restored::Cold),
            watermark: jiff::Timestamp::from_millisecond(1_500).ok(),
            unobserved_seconds: 7.5,
            audit: Some(Audited { missing: 2, vanished: 1 }),
            ..Counting::default()
        });
        for line in [
            "state_persistent{workspace=\"w\"} 1\n",
            "restores_total{workspace=\"w\",outcome=\"cold\"} 1\n",
            "restores_total{workspace=\"w\",outcome=\"ok\"} 0\n",
            "watermark_timestamp_seconds{workspace=\"w\"} 1.5\n",
            "unobserved_seconds_total{workspace=\"w\"} 7.5\n",
            "audit_missing_chats{workspace=\"w\"} 2\n",
            "audit_vanished_chats{workspace=\"w\"} 1\n",
        ] {
            assert!(page.contains(line), "{line}{page}");
        }
    }
}
