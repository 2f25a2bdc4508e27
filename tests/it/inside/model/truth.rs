//! The true events by the world's own record, in the form in which Prometheus shows them.
//!
//! Computed without code of the exporter. Where no outside observer can know (a chat deleted before it was seen, an
//! opening after a close), the truth is a range.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{EndedBy, Fact, FactKind};

use super::prometheus::Prometheus;
use super::step::{THRESHOLD, Wildness};

/// Least and greatest value, by label values.
type Spans = BTreeMap<Vec<String>, (f64, f64)>;

/// The record of the world, and the chats that it reports as deleted.
pub struct Truth<'a> {
    world: &'a World,
    facts: &'a [Fact],
    wild: Wildness,
    deleted: BTreeSet<&'a str>,
}

fn add(spans: &mut Spans, labels: &[&str], (least, most): (f64, f64)) {
    let key = labels.iter().map(|label| (*label).to_owned()).collect();
    let span = spans.entry(key).or_insert((0.0, 0.0));
    *span = (span.0 + least, span.1 + most);
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

fn is_close(fact: &Fact) -> bool {
    matches!(fact.happening, FactKind::Closed(_))
}

/// Compares growth with the truth; a missing label set means 0.
fn differences(what: &str, grown: &BTreeMap<Vec<String>, f64>, spans: &Spans) -> Vec<String> {
    let labels: BTreeSet<_> = grown.keys().chain(spans.keys()).collect();
    let differs = |labels: &&&Vec<String>| {
        let (least, most) = spans.get(**labels).copied().unwrap_or_default();
        let grown = grown.get(**labels).copied().unwrap_or_default();
        grown < least - 1e-6 || grown > most + 1e-6
    };
    let told = |labels: &&Vec<String>| {
        format!(
            "{what} {labels:?}: grew {:?}, happened {:?}",
            grown.get(*labels),
            spans.get(*labels)
        )
    };
    labels.iter().filter(differs).map(told).collect()
}

impl<'a> Truth<'a> {
    pub fn new(world: &'a World, facts: &'a [Fact], wild: Wildness) -> Self {
        let deleted = facts.iter().filter(|fact| fact.happening == FactKind::Deleted);
        let deleted = deleted.map(|fact| fact.id.as_str()).collect();
        Self { world, facts, wild, deleted }
    }

    /// The label of a department; empty for all if chats move between two observations.
    fn department(&self, fact: &Fact) -> String {
        match &fact.department {
            _ if self.wild.moves => String::new(),
            None => "Public".to_owned(),
            Some(id) => self.world.departments[id].name.clone(),
        }
    }

    fn source(fact: &Fact) -> &'static str {
        fact.source.as_ref().map_or("other", |source| source.channel.as_str())
    }

    /// Weight of a fact: 1 if it is certain to be seen, otherwise 0.
    fn weight(&self, fact: &Fact) -> f64 {
        if self.deleted.contains(fact.id.as_str()) { 0.0 } else { 1.0 }
    }

    /// True if the server proves that a person answered. Servers before 6.12 count their own messages as answers: there
    /// a person's answer is known only until the visitor writes again.
    fn proves_answers(&self) -> bool {
        (self.world.version.major, self.world.version.minor) >= (6, 12)
    }

    fn seems_too_late(&self, fact: &Fact) -> bool {
        let closed = self.facts.iter().filter(|other| is_close(other) && other.id == fact.id);
        self.wild.clocks && closed.into_iter().any(|close| close.at <= fact.at)
    }

    /// The label if the exporter can tell whether and when a person answered; otherwise empty.
    fn if_told(&self, label: &'static str) -> &'static str {
        if self.tells_answers() { label } else { "" }
    }

    /// True if the exporter can tell answers. With wrong clocks, a reply may seem to be later than the close that
    /// followed it, and is then no reply.
    fn tells_answers(&self) -> bool {
        self.proves_answers() && !self.wild.clocks
    }

    fn was_reopened_before(&self, fact: &Fact) -> bool {
        let earlier = self.facts.iter().filter(|other| other.id == fact.id && other.at <= fact.at);
        earlier.into_iter().any(|other| other.happening == FactKind::Reopened)
    }

    fn reopenings(&self) -> f64 {
        let reopened = self.facts.iter().filter(|fact| fact.happening == FactKind::Reopened);
        reopened.count() as f64
    }

    fn spans(&self, mut tell: impl FnMut(&mut Spans, &'a Fact, String, f64)) -> Spans {
        let mut spans = Spans::new();
        for fact in self.facts {
            tell(&mut spans, fact, self.department(fact), self.weight(fact));
        }
        spans
    }

    /// All differences between Prometheus and the world.
    pub fn differences(&self, prometheus: &Prometheus) -> Vec<String> {
        let own = if self.wild.moves { "none" } else { "department" };
        let [outcome, result] =
            if self.tells_answers() { ["outcome", "result"] } else { ["none"; 2] };
        let grown =
            |family: &str, more: &[&str]| prometheus.increase(family, &[&[own], more].concat());
        let told = [
            differences("started", &grown("chats_started_total", &["source"]), &self.started()),
            differences(
                "closed",
                &grown("chats_closed_total", &["source", "closer", outcome]),
                &self.closed(),
            ),
            differences("duration", &grown("chat_duration_seconds_sum", &[]), &self.durations()),
            differences("handle", &grown("handle_seconds_sum", &[]), &self.handled()),
            differences("messages", &grown("chat_messages_total", &[]), &self.messages()),
            differences(
                "answers",
                &grown("first_response_seconds_count", &[]),
                &self.answers(false),
            ),
            differences("answers", &grown("first_response_seconds_sum", &[]), &self.answers(true)),
            differences(
                "verdicts",
                &grown("service_level_chats_total", &[result]),
                &self.verdicts(),
            ),
            differences("waits", &grown("queue_wait_seconds_count", &["outcome"]), &self.waits()),
            differences("responses", &grown("response_seconds_count", &[]), &self.responses()),
            differences(
                "transfers",
                &prometheus.increase("transfers_total", &[]),
                &self.transfers(),
            ),
            differences("holds", &grown("on_hold_total", &[]), &self.holds()),
        ];
        told.into_iter().flatten().collect()
    }

    fn started(&self) -> Spans {
        self.spans(|spans, fact, department, weight| {
            if fact.happening == FactKind::Arrived {
                add(spans, &[&department, Self::source(fact)], (weight, 1.0));
            }
        })
    }

    fn closed(&self) -> Spans {
        self.spans(|spans, fact, department, weight| {
            let FactKind::Closed(close) = &fact.happening else { return };
            let closer = match close.by {
                EndedBy::Agent => "agent",
                EndedBy::Visitor => "visitor",
                EndedBy::System => "system",
            };
            let outcome = match (close.is_served, close.by) {
                (true, _) if close.is_answered => "answered",
                (true, _) => "unanswered",
                (false, EndedBy::Visitor) => "abandoned",
                (false, _) => "unserved",
            };
            let outcome = self.if_told(outcome);
            add(spans, &[&department, Self::source(fact), closer, outcome], (weight, 1.0));
        })
    }

    fn of_closes(
        &self,
        value: impl Fn(&rocketchat_omnichannel_exporter::simulator::world::Close) -> f64,
    ) -> Spans {
        self.spans(|spans, fact, department, weight| {
            if let FactKind::Closed(close) = &fact.happening {
                // A clock that was put back makes negative durations, which add nothing to the sums.
                let value = value(close).max(0.0);
                add(spans, &[&department], (weight * value, value));
            }
        })
    }

    fn durations(&self) -> Spans {
        self.of_closes(|close| close.duration.unwrap_or_default())
    }

    fn handled(&self) -> Spans {
        self.of_closes(|close| close.service_time.unwrap_or_default())
    }

    fn messages(&self) -> Spans {
        self.of_closes(|close| close.messages as f64)
    }

    /// The answers; each opening of a reopened chat may add one answer.
    fn answers(&self, as_seconds: bool) -> Spans {
        let mut spans = self.spans(|spans, fact, department, weight| {
            let FactKind::FirstResponse { seconds, is_rewrite, .. } = fact.happening else {
                return;
            };
            if !is_rewrite && seconds >= 0.0 {
                let value = if as_seconds { seconds } else { 1.0 };
                let is_doubtful = self.was_reopened_before(fact)
                    || self.seems_too_late(fact)
                    || !self.proves_answers();
                let least = if is_doubtful { 0.0 } else { weight * value };
                // A later answer may be the first proven answer.
                let most = if as_seconds && !self.proves_answers() { 1e9 } else { value };
                add(spans, &[&department], (least, most));
            }
        });
        self.allow_reopenings(&mut spans, if as_seconds { 1e9 } else { 1.0 }, &[]);
        spans
    }

    /// Widens the ranges by the effect of reopenings, for every department.
    fn allow_reopenings(&self, spans: &mut Spans, each: f64, more: &[&str]) {
        let departments = self.world.departments.values().map(|it| it.name.as_str());
        for department in departments.chain(["Public", ""]) {
            add(spans, &[&[department], more].concat(), (0.0, each * self.reopenings()));
        }
    }

    fn verdicts(&self) -> Spans {
        let mut spans = Spans::new();
        let mut chats: BTreeMap<&str, Vec<&Fact>> = BTreeMap::new();
        for fact in self.facts {
            chats.entry(&fact.id).or_default().push(fact);
        }
        for (id, facts) in chats {
            if let Some((fact, result)) = Self::verdict(&facts) {
                let is_sure = self.proves_answers() && !self.deleted.contains(id);
                let least = if is_sure { 1.0 } else { 0.0 };
                let result = self.if_told(result);
                add(&mut spans, &[&self.department(fact), result], (least, 1.0));
                if least == 0.0 {
                    // A chat that was deleted after its threshold may have been counted as missed.
                    let missed = self.if_told("missed");
                    add(&mut spans, &[&self.department(fact), missed], (0.0, 1.0));
                }
            }
        }
        for result in ["", "met", "missed", "abandoned", "abandoned_short", "closed_unanswered"] {
            self.allow_reopenings(&mut spans, 1.0, &[result]);
        }
        spans
    }

    /// The service level result of the first opening of a chat that began during counting, and its deciding fact.
    fn verdict(facts: &[&'a Fact]) -> Option<(&'a Fact, &'static str)> {
        let began = facts.iter().find(|fact| fact.happening == FactKind::Arrived)?;
        if Self::source(began) == "email" {
            return Some((began, "excluded"));
        }
        let due = began.at + THRESHOLD;
        for fact in facts {
            match &fact.happening {
                FactKind::FirstResponse { .. } if fact.at <= due => return Some((fact, "met")),
                FactKind::Closed(close) if fact.at <= due => {
                    let result = match close.by {
                        EndedBy::Visitor if seconds(began.at, fact.at) < 5.0 => "abandoned_short",
                        EndedBy::Visitor => "abandoned",
                        EndedBy::Agent | EndedBy::System => "closed_unanswered",
                    };
                    return Some((fact, result));
                }
                FactKind::FirstResponse { .. } | FactKind::Closed(_) | FactKind::Deleted => {
                    return Some((fact, "missed"));
                }
                _ => {}
            }
        }
        // The sequence ends long after every threshold.
        Some((began, "missed"))
    }

    /// Waits in the queue. A wait between two polls is never seen; without moves each chat has one wait, which is seen.
    fn waits(&self) -> Spans {
        let is_sure = !self.wild.moves && !self.wild.reopens && !self.wild.clocks;
        self.spans(|spans, fact, department, weight| {
            let outcome = match &fact.happening {
                FactKind::Assigned(_) => "assigned",
                FactKind::Closed(close) if !close.is_served && close.by == EndedBy::Visitor => {
                    "abandoned"
                }
                _ => return,
            };
            let least = if is_sure { weight } else { 0.0 };
            add(spans, &[&department, outcome], (least, 1.0));
        })
    }

    fn responses(&self) -> Spans {
        let is_sure = !self.wild.reopens && !self.wild.clocks;
        self.spans(|spans, fact, department, weight| {
            if matches!(fact.happening, FactKind::Responded { .. }) && self.proves_answers() {
                add(spans, &[&department], (if is_sure { weight } else { 0.0 }, 1.0));
            }
        })
    }

    fn transfers(&self) -> Spans {
        let transferred = |fact: &&Fact| matches!(fact.happening, FactKind::Transferred(_));
        let most = self.facts.iter().filter(transferred).count() as f64;
        Spans::from([(Vec::new(), (0.0, most))])
    }

    fn holds(&self) -> Spans {
        self.spans(|spans, fact, department, _| {
            if fact.happening == FactKind::Held {
                add(spans, &[&department], (0.0, 1.0));
            }
        })
    }
}
