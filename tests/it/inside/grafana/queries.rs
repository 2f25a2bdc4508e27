//! Queries that several dashboards share, so that one name has one meaning.

/// Expected wait by department, seconds. It is infinite if chats wait and nobody takes chats from the queue, and
/// absent if there are too few chats to tell.
pub const EXPECTED_WAIT: &str = "sum by (workspace, department) (#open_chats{@D,state='queued'}) \
    / (sum by (workspace, department) (increase(#queue_wait_seconds_count{@D,outcome='assigned'}[30m])) / 1800) \
    and on (workspace, department) (sum by (workspace, department) (increase(#queue_wait_seconds_count{@D,outcome='assigned'}[30m])) >= 5 \
    or sum by (workspace, department) (#open_chats{@D,state='queued'}) >= 5)";

/// Share of met among judged chats over `$time`; no value if no chat was judged.
pub const SERVICE_LEVEL: &str = "sum(increase(#service_level_chats_total{@D,result='met'}[$time])) \
    / (sum(increase(#service_level_chats_total{@D,result=~'met|missed'}[$time])) > 0)";

/// Age of the oldest mandatory list by workspace, seconds, and [`NOT_SCRAPED`] or more for a workspace without data: for
/// a day after its exporter was scraped last, or while no poll was complete. A workspace that was taken out has no age:
/// its exporter runs without it, or another exporter of the job began after its last poll, as for the alert
/// `OmnichannelExporterDown`.
pub const DATA_AGE: &str = "max by (workspace) (time() - (\
    max by (workspace, collector) (#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'}) \
    or on (workspace, collector) max by (workspace, collector) (\
    last_over_time(#exporter_last_success_timestamp_seconds{@W,collector=~'queue|queued|open|onhold|closed'}[1d]) - 1e9 \
    unless on (@E) up == 1 unless on (workspace) #up{@W} \
    unless on (@E) (\
    max by (@E) (last_over_time(#exporter_last_success_timestamp_seconds{@W}[1d])) < on (cluster, namespace, job) group_left () \
    (600 + max by (cluster, namespace, job) (process_start_time_seconds and on (@E) #exporter_build_info)))))) \
    or on (workspace) 1e9 + 0 * max by (workspace) (#up{@W})";

/// The age that stands for data that are not there, seconds.
pub const NOT_SCRAPED: f64 = 1e9;

/// The same query while the exporter is scraped: a window of time has values after the exporter has gone.
pub fn while_scraped(on: &str, query: &str) -> String {
    let up = if on.is_empty() { "max(#up{@W})" } else { "max by (workspace) (#up{@W})" };
    format!("({query}) and on ({on}) {up}")
}

/// The mean of a histogram or summary over `time`, by labels: sums divided by counts.
pub fn mean(family: &str, by: &str, matchers: &str, time: &str) -> String {
    format!(
        "sum by ({by}) (increase(#{family}_sum{{{matchers}}}[{time}])) \
         / (sum by ({by}) (increase(#{family}_count{{{matchers}}}[{time}])) > 0)"
    )
}

/// The mean of a histogram or summary over `time`, of all chosen series.
pub fn total_mean(family: &str, matchers: &str, time: &str) -> String {
    format!(
        "sum(increase(#{family}_sum{{{matchers}}}[{time}])) \
         / (sum(increase(#{family}_count{{{matchers}}}[{time}])) > 0)"
    )
}

/// The value that this share of observations stayed below, over `time`; no value if nothing was observed.
pub fn quantile(share: &str, family: &str, matchers: &str, time: &str) -> String {
    format!(
        "histogram_quantile({share}, sum by (le) (increase(#{family}_bucket{{{matchers}}}[{time}]))) >= 0"
    )
}

/// The sum of the growth of a counter over `time`, by workspace and department.
pub fn growth(counter: &str, matchers: &str, time: &str) -> String {
    format!("sum by (workspace, department) (increase(#{counter}{{{matchers}}}[{time}]))")
}

/// The mean of the responses in an hour of the ten slowest departments.
pub fn slowest_departments() -> String {
    let mean = "max by (department) (department:#response:avg_seconds_1h{@D})";
    most(10, "department", mean, &mean.replace("})", "} @ end())"))
}

/// The series of `query` with the most, at the end of the range: the same series over the whole range.
pub fn most(count: u32, by: &str, query: &str, now: &str) -> String {
    format!("({query}) and on ({by}) topk({count}, {now})")
}
