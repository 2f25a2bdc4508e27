//! All alerts over simulated weeks of several workspaces: a normal week has few firings, and every incident pages.
//!
//! The expressions are evaluated by a real Prometheus, each minute. `for` and `keep_firing_for` are applied here.

pub mod evaluation;
mod firing;
mod week;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::inside::deploy::rules::{self, Rule, words};
use evaluation::{Evaluation, Labels};
use firing::{Firing, firings};
use week::{Incident, Story, Week};

/// The end of all weeks, a midnight.
const END: Timestamp = Timestamp::constant(1_772_409_600, 0);
const NORMAL_FIRINGS: usize = 60;
/// Minutes for which the condition of a page holds at least.
const SHORTEST_PAGE: usize = 10;
/// Minutes after the start of an incident until which it pages.
const TIME_TO_PAGE: usize = 10;

const fn week(story: Story, seed: u64, days: usize) -> Week {
    Week { story, seed, days }
}

const WEEKS: [Week; 8] = [
    week(Story::Normal, 11, 7),
    week(Story::Normal, 12, 1),
    week(Story::Understaffed, 13, 1),
    week(Story::Understaffed, 16, 1),
    week(Story::Outage, 14, 1),
    week(Story::Outage, 17, 1),
    week(Story::Quiet, 15, 1),
    week(Story::Patient, 18, 1),
];

/// A firing of an alert with its labels.
#[derive(Debug)]
struct Fired {
    alert: String,
    severity: String,
    labels: Labels,
    firing: Firing,
}

impl Fired {
    fn is_page(&self) -> bool {
        self.severity == "critical"
    }

    fn label(&self, label: &str) -> &str {
        self.labels.get(label).map_or("", String::as_str)
    }

    /// True if the alert tells of this department, or of its whole workspace.
    fn tells_of(&self, workspace: &str, department: &str) -> bool {
        let is_about =
            |label, name: &str| self.label(label).is_empty() || self.label(label) == name;
        is_about("workspace", workspace) && is_about("department", department)
    }
}

/// The names of the series that the rules need.
fn series(rules: &[Rule]) -> BTreeSet<String> {
    let words = rules.iter().flat_map(|rule| words(&rule.expr));
    words.filter(|word| word.starts_with("rocketchat_omnichannel_")).map(str::to_owned).collect()
}

/// Adds the labels of a scrape, and the series that Prometheus and the process add to the page.
fn complete(file: &Path, week: &Week) {
    let text = std::fs::read_to_string(file).unwrap();
    let instance = week.workspace();
    let own = format!("job=\"rocketchat-omnichannel\",instance=\"{instance}\"");
    let mut complete = String::with_capacity(text.len() * 2);
    for line in text.lines().filter(|line| *line != "# EOF") {
        match line.split_once('{').filter(|_| !line.starts_with('#')) {
            Some((name, rest)) => writeln!(complete, "{name}{{{own},{rest}").unwrap(),
            None => writeln!(complete, "{line}").unwrap(),
        }
    }
    let minutes = i64::try_from(week.minutes()).unwrap();
    let begin = END.as_second() - minutes * 60;
    for (name, value) in [("up", 1), ("process_start_time_seconds", begin)] {
        writeln!(complete, "# TYPE {name} gauge").unwrap();
        for minute in 1..=minutes {
            writeln!(complete, "{name}{{{own}}} {value} {}", begin + minute * 60).unwrap();
        }
    }
    std::fs::write(file, complete + "# EOF\n").unwrap();
}

/// Simulates all weeks beside each other; returns their files and their incidents.
fn simulated(folder: &Path, series: &BTreeSet<String>) -> Vec<(PathBuf, Vec<Incident>)> {
    let write = |week: &Week| {
        let file = folder.join(week.workspace() + ".om");
        let (week, series, written) = (*week, series.clone(), file.clone());
        let simulate = move || {
            let incidents = week.write(END, series, &written);
            complete(&written, &week);
            incidents
        };
        // The simulation starts a runtime of its own, so it needs another thread.
        (file, std::thread::spawn(simulate))
    };
    let running: Vec<_> = WEEKS.iter().map(write).collect();
    running.into_iter().map(|(file, thread)| (file, thread.join().unwrap())).collect()
}

async fn fired(evaluation: &Evaluation, steps: usize) -> Vec<Fired> {
    let mut all = Vec::new();
    for (alert, rule) in rules::alerts() {
        let severity = rule.labels.severity.clone().unwrap();
        let (pending, keep) = (rule.pending_minutes(), rule.keep_firing_minutes());
        for (labels, holds) in evaluation.holds(&rule.expr).await {
            for firing in firings(&holds, pending, keep, steps) {
                let (alert, severity, labels) = (alert.clone(), severity.clone(), labels.clone());
                all.push(Fired { alert, severity, labels, firing });
            }
        }
    }
    all
}

/// The number of firings, and of those of less than ten minutes, by week and by alert.
fn table(fired: &[Fired]) -> String {
    let mut rows: BTreeMap<_, BTreeMap<_, (usize, usize)>> = BTreeMap::new();
    for one in fired {
        let row = rows.entry((one.alert.as_str(), one.severity.as_str())).or_default();
        let cell = row.entry(one.label("workspace")).or_default();
        cell.0 += 1;
        cell.1 += usize::from(one.firing.held < SHORTEST_PAGE);
    }
    let weeks: Vec<_> = WEEKS.iter().map(Week::workspace).collect();
    let mut table = format!("| alert | severity | {} |\n| --- | --- |", weeks.join(" | "));
    table += &" --- |".repeat(weeks.len());
    for ((alert, severity), row) in &rows {
        write!(table, "\n| {alert} | {severity} |").unwrap();
        for week in &weeks {
            let (all, short) = row.get(week.as_str()).copied().unwrap_or_default();
            write!(table, " {all} ({short}) |").unwrap();
        }
    }
    table + "\n"
}

/// The faults of a normal week.
async fn faults_of_calm(evaluation: &Evaluation, week: &Week, fired: &[Fired]) -> Vec<String> {
    let name = week.workspace();
    let own: Vec<_> = fired.iter().filter(|one| one.label("workspace") == name).collect();
    let mut faults = Vec::new();
    if own.len() > NORMAL_FIRINGS {
        faults.push(format!("{name}: {} firings", own.len()));
    }
    for page in own.iter().filter(|one| one.is_page() && one.firing.held < SHORTEST_PAGE) {
        faults.push(format!("a short page: {page:?}"));
    }
    let mut pages: BTreeMap<&str, usize> = BTreeMap::new();
    for page in own.iter().filter(|one| one.is_page()) {
        *pages.entry(page.label("department")).or_default() += 1;
    }
    for (department, count) in pages {
        let of = format!("workspace=\"{name}\",department=\"{department}\"");
        let counted = |results: &str| {
            format!(
                "sum(rocketchat_omnichannel_service_level_chats_total{{{of},result=~\"{results}\"}})"
            )
        };
        let kept = format!(
            "{} / {} - max(rocketchat_omnichannel_service_level_objective_ratio{{{of}}})",
            counted("met"),
            counted("met|missed")
        );
        let above = evaluation.value(&kept).await;
        if above >= 0.0 && count > 1 {
            faults
                .push(format!("{name}: {count} pages for {department}, which keeps its objective"));
        }
        println!("{name} {department}: {count} pages, {above:+.3} of the objective");
    }
    faults
}

/// The incidents of a week that paged too late or not at all.
fn missed(week: &Week, first: usize, incidents: &[Incident], fired: &[Fired]) -> Vec<String> {
    let workspace = week.workspace();
    let pages = |incident: &Incident| {
        let (from, latest) = (first + incident.from, first + incident.from + TIME_TO_PAGE);
        fired.iter().any(|one| {
            one.is_page()
                && one.tells_of(&workspace, &incident.department)
                && one.firing.from <= latest
                && one.firing.until >= from
        })
    };
    let silent = incidents.iter().filter(|incident| !pages(incident));
    silent.map(|incident| format!("{workspace}: no page in time: {incident:?}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs prometheus: tests/run runs it"]
async fn a_normal_week_is_quiet_and_every_incident_pages() {
    let folder = tempfile::tempdir().unwrap();
    let rules = rules::all();
    let weeks = simulated(folder.path(), &series(&rules));
    let files: Vec<_> = weeks.iter().map(|(file, _)| file.clone()).collect();
    let steps = WEEKS.iter().map(Week::minutes).max().unwrap() + 1;
    let evaluation = Evaluation::new(&files, &rules, END.as_second(), steps).await;
    let fired = fired(&evaluation, steps).await;
    let mut faults = Vec::new();
    for (week, (_, incidents)) in WEEKS.iter().zip(&weeks) {
        println!("{}: {} incidents", week.workspace(), incidents.len());
        // All weeks end together.
        let first = steps - 1 - week.minutes();
        match week.story {
            Story::Normal => faults.extend(faults_of_calm(&evaluation, week, &fired).await),
            Story::Understaffed | Story::Outage | Story::Patient => {
                assert!(incidents.len() >= 3, "{incidents:?}");
                faults.extend(missed(week, first, incidents, &fired));
            }
            Story::Quiet => {}
        }
    }
    let table = table(&fired);
    println!("{table}");
    assert!(faults.is_empty(), "{}\n{table}", faults.join("\n"));
}
