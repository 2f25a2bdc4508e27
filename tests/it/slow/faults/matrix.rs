//! Every fault on every route, against the real binary.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use strum::VariantArray;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, LocalSet};

use super::expected::{Asking, FAULTS, Fault, ROUTES, Says};
use super::harm::{self, Advice, Harm};
use super::setup::{Setup, Way, of_collector};
use super::table;
use super::twist::Twist;
use crate::watching::{Numbers, series};

/// Exporters that run side by side; each waits most of the time.
const AT_A_TIME: usize = 12;
const MOST_RESIDENT_KIB: u64 = 64 * 1024;
/// Timeout of a request where no answer may come; a test waits for it.
const SHORT_TIMEOUT: Duration = Duration::from_secs(2);
/// Timeout of a request where an answer comes: long enough for a machine under load.
const LONG_TIMEOUT: Duration = Duration::from_secs(20);
/// Age at which a closed row is read by the next poll.
const SETTLED: Duration = Duration::from_secs(8);
/// Longest time until a route is asked again: the cap of the backoff at an interval of 1 s, and a turn of the cycle.
const LONGEST_REST: Duration = Duration::from_secs(60 + 3);
/// Longest time until the page shows it: one poll more, while a dozen exporters share two cores.
const LONGEST_RECOVERY: Duration = Duration::from_secs(60 + 15);

/// The report that was seen for a fault on a route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub is_up: bool,
    pub says: BTreeSet<Says>,
}

impl Seen {
    pub fn expected(asking: &Asking, says: Says) -> Self {
        let is_down = matches!(says, Says::Fails(_)) && asking.is_mandatory();
        Self { is_up: !is_down, says: [says].into() }
    }
}

/// The outcome of a fault on a route.
struct Outcome {
    seen: Seen,
    /// Failures of lists that other routes give.
    of_others: BTreeSet<Says>,
    /// A recovery that took too long.
    slow: Option<String>,
}

impl Outcome {
    /// True if it differs from the expected one only as any outcome does on a machine that is too slow.
    fn may_be_of_a_slow_machine(&self, expected: &Seen) -> bool {
        const SLOW: [Says; 2] = [Says::Fails(Reason::Timeout), Says::Fails(Reason::Overdue)];
        let mut more = self.seen.says.difference(&expected.says).chain(&self.of_others).peekable();
        (more.peek().is_some() || self.slow.is_some()) && more.all(|says| SLOW.contains(says))
    }
}

fn grown(page: &Numbers, before: &Numbers, key: &str) -> f64 {
    let value = |page: &Numbers| page.get(key).copied().unwrap_or_default();
    value(page) - value(before)
}

/// Reasons for which these collectors have failed since `before`.
fn failures(page: &Numbers, before: &Numbers, collectors: &[&str]) -> BTreeSet<Says> {
    let pairs =
        collectors.iter().flat_map(|it| Reason::VARIANTS.iter().map(|reason| (*it, *reason)));
    let failed = |(collector, reason): &(&str, Reason)| {
        let labels = [("collector", *collector), ("reason", reason.as_ref())];
        grown(page, before, &series("exporter_poll_failures_total", &labels)) > 0.0
    };
    let mut failures: BTreeSet<_> =
        pairs.filter(failed).map(|(_, reason)| Says::Fails(reason)).collect();
    // Lists that wait behind a list of their route that fails are overdue sooner or later.
    if failures.len() > 1 {
        failures.remove(&Says::Fails(Reason::Overdue));
    }
    failures
}

fn has_invalid(page: &Numbers, before: &Numbers, collectors: &[&str]) -> bool {
    let key = |collector: &&str| {
        let labels = [("collector", *collector), ("result", "invalid")];
        series("exporter_records_total", &labels)
    };
    collectors.iter().map(key).any(|key| grown(page, before, &key) > 0.0)
}

/// True if every collector was refreshed since `before`.
fn refreshed(page: &Numbers, before: &Numbers, collectors: &[&str]) -> bool {
    let family = "exporter_last_success_timestamp_seconds";
    let at = |page: &Numbers, collector| of_collector(page, family, collector);
    collectors.iter().all(|collector| at(page, collector) > at(before, collector))
}

fn works(page: &Numbers, collectors: &[&str]) -> bool {
    let succeeded = |it| of_collector(page, "exporter_collector_success", it) == Some(1.0);
    collectors.iter().all(|collector| succeeded(collector))
}

pub fn is_up(page: &Numbers) -> bool {
    page.get("up[]") == Some(&1.0)
}

/// The report of a page since `before`, as soon as there is one; [`Says::Nothing`] only after every list was refreshed
/// since `harmed`.
pub fn said(
    page: &Numbers,
    before: &Numbers,
    harmed: &Numbers,
    asking: &Asking,
    is_spoilt: bool,
) -> Option<Seen> {
    let own = asking.collectors;
    let seen = |says| Some(Seen { is_up: is_up(page), says });
    let failures = failures(page, before, own);
    if !failures.is_empty() {
        return seen(failures);
    }
    if !is_spoilt || !is_up(page) {
        return None;
    }
    let is_absent = |it: &&str| of_collector(page, "exporter_collector_success", it).is_none();
    if !asking.is_mandatory() && own.iter().any(is_absent) {
        return seen([Says::NotOffered].into());
    }
    // A server that hides its version has no list of chats on hold.
    let own: Vec<&str> =
        own.iter().copied().filter(|it| !asking.is_before_lists() || *it != "onhold").collect();
    if !refreshed(page, harmed, &own) {
        return None;
    }
    let says = if has_invalid(page, before, &own) { Says::Invalid } else { Says::Nothing };
    seen([says].into())
}

/// Every other collector; none if the failure comes before the lists.
fn others(asking: &Asking, seen: &Seen) -> Vec<&'static str> {
    let failed = seen.says.iter().any(|says| matches!(says, Says::Fails(_)));
    if asking.is_before_lists() && failed {
        return Vec::new();
    }
    let lists = ROUTES.iter().filter(|it| !it.is_seldom() && it.route != asking.route);
    let collectors = lists.flat_map(|it| it.collectors.iter().copied());
    collectors.filter(|it| !asking.is_before_lists() || *it != "onhold").collect()
}

/// Starts a fault on a route during traffic; returns the page before it and a page after its start.
async fn strike(setup: &mut Setup, fault: &Fault, asking: &Asking, place: &str) -> [Numbers; 2] {
    setup.turn();
    let up = |page: &Numbers| is_up(page).then(|| page.clone());
    let before = setup.see(&format!("{place}: it is up before"), up).await;
    let spoilt = setup.proxy.spoilt();
    setup.proxy.harm(asking.route, Some(fault.harm));
    if asking.is_seldom() {
        setup.reload().await;
        setup.turn();
        return [Numbers::new(), Numbers::new()];
    }
    setup.turn();
    // The poll that was under way before the fault is over.
    let harmed = |page: &Numbers| (setup.proxy.spoilt() > spoilt).then(|| page.clone());
    let harmed = setup.see(&format!("{place}: it asks"), harmed).await;
    [before, harmed]
}

/// The report of a fault, and the page with the report. If nothing failed, the page is that of a second poll; if rows
/// of closes are spoilt, that of a poll that has read the rows of the first poll.
async fn told(
    setup: &Setup,
    fault: &Fault,
    [before, harmed]: &[Numbers; 2],
    asking: &Asking,
    spoilt: u64,
    place: &str,
) -> (Seen, Numbers) {
    let says = |since: &Numbers, page: &Numbers| {
        let is_spoilt = setup.proxy.spoilt() > spoilt;
        Some((said(page, before, since, asking, is_spoilt)?, page.clone()))
    };
    let what = format!("{place}: it says something");
    let mut first = setup.see(&what, |page| says(harmed, page)).await;
    if first.0.says.contains(&Says::NotOffered) {
        // A list that waits for its first answer is absent as well: the round of the spoilt answer must be over.
        let during = setup.see(&format!("{place}: a page"), |page| Some(page.clone())).await;
        let others = others(asking, &first.0);
        let is_over = |page: &Numbers| refreshed(page, &during, &others);
        let after = |page: &Numbers| is_over(page).then(|| says(harmed, page)).flatten();
        first = setup.see(&what, after).await;
    }
    let has_failed = first.0.says.iter().any(|it| matches!(it, Says::Fails(_) | Says::NotOffered));
    if has_failed || asking.is_seldom() {
        return first;
    }
    let since = if matches!(fault.harm, Harm::Twisted(_)) && asking.has_closes() {
        let settled = setup.now() + SETTLED;
        let settles = |page: &Numbers| (setup.now() >= settled).then(|| page.clone());
        setup.see(&format!("{place}: what closed is settled"), settles).await
    } else {
        first.1
    };
    setup.see(&what, |page| says(&since, page)).await
}

/// Checks everything that must hold for one fault on one route; returns the outcome.
async fn cell(setup: &mut Setup, fault: &Fault, asking: &Asking) -> Outcome {
    let place = format!("{} on {}", fault.name, asking.path);
    let spoilt = setup.proxy.spoilt();
    let pages = strike(setup, fault, asking, &place).await;
    let (seen, page) = told(setup, fault, &pages, asking, spoilt, &place).await;
    let all = ROUTES.iter().flat_map(|it| it.collectors.iter().copied());
    let foreign: Vec<&str> = all.filter(|it| !asking.collectors.contains(it)).collect();
    let of_others = failures(&page, &pages[0], &foreign);
    setup.turn();
    let others = others(asking, &seen);
    let alive = |later: &Numbers| refreshed(later, &page, &others).then_some(());
    setup.see(&format!("{place}: {others:?} are alive"), alive).await;
    setup.assert_is_fast().await;
    let slow = recover(setup, asking, &seen, page, &place).await.err();
    Outcome { seen, of_others, slow }
}

/// Ends the fault; an error if the exporter does not notice this in time.
async fn recover(
    setup: &mut Setup,
    asking: &Asking,
    seen: &Seen,
    mut before: Numbers,
    place: &str,
) -> Result<(), String> {
    setup.turn();
    let lifted = Instant::now();
    setup.proxy.harm(asking.route, None);
    if seen.says.contains(&Says::NotOffered) {
        setup.reload().await;
        before = Numbers::new();
    }
    let has_failed = seen.says.iter().any(|it| matches!(it, Says::Fails(_) | Says::NotOffered));
    let own = asking.collectors;
    let is_over = |page: &Numbers| {
        let is_back = !has_failed || works(page, own) && refreshed(page, &before, own);
        (is_up(page) && is_back).then_some(())
    };
    setup.see(&format!("{place}: it recovers"), is_over).await;
    let took = lifted.elapsed();
    let rested = setup.proxy.first_asked(asking.route).map(|asked| asked - lifted);
    assert!(!has_failed || rested.is_some(), "{place}: recovered without being asked");
    if rested > Some(LONGEST_REST) || took > LONGEST_RECOVERY {
        return Err(format!("asked again after {rested:?}, recovered after {took:?}"));
    }
    Ok(())
}

/// Runs a fault on a route; once more if the outcome may be that of a slow machine, since a defect comes again.
async fn cell_or_again(setup: &mut Setup, fault: &Fault, route: usize) -> Seen {
    let asking = &ROUTES[route];
    let expected = Seen::expected(asking, fault.says[route]);
    let mut outcome = cell(setup, fault, asking).await;
    let place = format!("{} on {}", fault.name, asking.path);
    if outcome.may_be_of_a_slow_machine(&expected) {
        let Outcome { seen, of_others, slow } = outcome;
        println!("{place}, again after {seen:?}, others {of_others:?}, {slow:?}");
        outcome = cell(setup, fault, asking).await;
    }
    assert_eq!(outcome.of_others, BTreeSet::new(), "{place}: others fail");
    assert_eq!(outcome.slow, None, "{place}");
    outcome.seen
}

/// Runs a fault on these routes, one after the other, with one process; returns the seen reports.
async fn column(fault: &Fault, routes: Range<usize>) -> Vec<Seen> {
    let is_direct = matches!(fault.harm, Harm::Moved(_));
    let hangs = matches!(fault.harm, Harm::Hang | Harm::HangInside | Harm::Drip);
    let timeout = if hangs { SHORT_TIMEOUT } else { LONG_TIMEOUT };
    let way = if is_direct { Way::direct } else { Way::by_proxy };
    let mut setup = Setup::start(timeout, way).await;
    let path = ROUTES[routes.start].path;
    let mut seen = Vec::new();
    for route in routes {
        seen.push(cell_or_again(&mut setup, fault, route).await);
    }
    setup.assert_exact().await;
    assert_eq!(setup.proxy.passwords() > 0, !is_direct, "{}", fault.name);
    let most_kib = setup.end().await;
    assert!(most_kib < MOST_RESIDENT_KIB, "{} from {path} on: {most_kib} KiB", fault.name);
    seen
}

/// Parts of the matrix that run side by side. A route that rests for a minute has a process of its own, and so has a
/// route whose rows are kept as long as the process lives.
fn columns() -> Vec<(usize, usize, usize)> {
    let parts = |(number, fault): (usize, &Fault)| {
        let is_slow = matches!(fault.harm, Harm::TooManyRequests(Advice::Silence));
        let is_heavy = matches!(fault.harm, Harm::Twisted(Twist::TenThousandDepartments));
        let size = if is_slow || is_heavy { 1 } else { ROUTES.len() };
        (0..ROUTES.len()).step_by(size).map(move |from| (number, from, from + size))
    };
    FAULTS.iter().enumerate().flat_map(parts).collect()
}

/// The seen reports by fault and route, and the violations.
async fn watch_all() -> (BTreeMap<(usize, usize), Seen>, Vec<String>) {
    let (mut tasks, turnstile) = (JoinSet::new(), Arc::new(Semaphore::new(AT_A_TIME)));
    for (number, from, to) in columns() {
        let turnstile = Arc::clone(&turnstile);
        tasks.spawn_local(async move {
            let _turn = turnstile.acquire().await.unwrap();
            (number, from, column(&FAULTS[number], from..to).await)
        });
    }
    let (mut seen, mut wrong) = (BTreeMap::new(), Vec::new());
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok((number, from, column)) => {
                seen.extend((from..).zip(column).map(|(route, seen)| ((number, route), seen)));
            }
            Err(panicked) => wrong.push(format!("{panicked:?}")),
        }
    }
    (seen, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes 3 minutes: tests/run runs it"]
async fn every_fault_on_every_route_is_told_survived_and_made_up_for() {
    assert!(harm::bomb().len() < 1024 * 1024, "small, and ready before it is asked for");
    let (seen, mut wrong) = LocalSet::new().run_until(watch_all()).await;
    for ((number, route), seen) in &seen {
        let (fault, asking) = (&FAULTS[*number], &ROUTES[*route]);
        let expected = Seen::expected(asking, fault.says[*route]);
        if *seen != expected {
            wrong.push(format!(
                "{} on {}: {seen:?}, expected {expected:?}",
                fault.name, asking.path
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    table::assert_shown(&table::rows(&seen));
}

#[test]
fn only_what_a_slow_machine_may_cause_is_a_reason_to_run_a_cell_again() {
    let [timeout, overdue, decode] =
        [Reason::Timeout, Reason::Overdue, Reason::Decode].map(Says::Fails);
    let again = |expected: Says, says: &[Says], of_others: &[Says], slow: Option<&str>| {
        let expected = Seen::expected(&ROUTES[0], expected);
        let seen = Seen { says: says.iter().copied().collect(), ..expected.clone() };
        let of_others = of_others.iter().copied().collect();
        let slow = slow.map(str::to_owned);
        Outcome { seen, of_others, slow }.may_be_of_a_slow_machine(&expected)
    };
    for is_reason in [
        again(Says::Nothing, &[timeout], &[], None),
        again(decode, &[decode, timeout], &[], None),
        again(timeout, &[timeout], &[overdue], None),
        again(decode, &[decode], &[], Some("asked again after 64 s")),
    ] {
        assert!(is_reason);
    }
    for is_none in [
        again(timeout, &[timeout], &[], None),
        again(Says::Nothing, &[decode], &[], None),
        again(Says::Nothing, &[Says::Invalid, timeout], &[], None),
        again(timeout, &[timeout], &[decode], None),
        again(Says::Nothing, &[decode], &[], Some("asked again after 64 s")),
    ] {
        assert!(!is_none);
    }
}
