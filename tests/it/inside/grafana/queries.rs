//! Queries that several dashboards share, so that one name has one meaning.

/// Expected wait by department, seconds. It is infinite if nobody takes chats from the queue, and absent if there are
/// too few chats to tell.
pub const EXPECTED_WAIT: &str = "sum by (department) (#open_chats{@D,state='queued'}) \
    / (sum by (department) (increase(#queue_wait_seconds_count{@D,outcome='assigned'}[30m])) / 1800) \
    and on (department) (sum by (department) (increase(#queue_wait_seconds_count{@D,outcome='assigned'}[30m])) >= 5 \
    or sum by (department) (#open_chats{@D,state='queued'}) >= 5)";

/// Share of met among judged chats over `$time`; no value if no chat was judged.
pub const SERVICE_LEVEL: &str = "sum(increase(#service_level_chats_total{@D,result='met'}[$time])) \
    / (sum(increase(#service_level_chats_total{@D,result=~'met|missed'}[$time])) > 0)";

/// The mean of a histogram or summary over `time`, by a label: sums divided by counts.
pub fn mean(family: &str, by: &str, matchers: &str, time: &str) -> String {
    format!(
        "sum by ({by}) (increase(#{family}_sum{{{matchers}}}[{time}])) \
         / (sum by ({by}) (increase(#{family}_count{{{matchers}}}[{time}])) > 0)"
    )
}

/// The value that this share of observations stayed below, over `time`; no value if nothing was observed.
pub fn quantile(share: &str, family: &str, matchers: &str, time: &str) -> String {
    format!(
        "histogram_quantile({share}, sum by (le) (increase(#{family}_bucket{{{matchers}}}[{time}]))) >= 0"
    )
}
