//! The replay of the rows in the order of time, through the same ledger and totals as live counting.
//!
//! Each chat and each call is observed at each time at which its row tells a change, as if a poll had come at that
//! moment. Memory holds the rows of one day, and what is open. The result depends only on the rows and the settings, so that a
//! replay after an interruption writes the same bytes; finished days are replayed without being written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::cursor::Cursor;
use super::error::BackfillError;
use super::followed::Followed;
use super::output::Output;
use super::past_calls::PastCalls;
use super::saved_rows::{self, SavedRow};
use super::span::BackfillSpan;
use super::summary::BackfillSummary;
use crate::exposition::families;
use crate::exposition::openmetrics::Recording;
use crate::exposition::page_builder::PageBuilder;
use crate::omnichannel::accounting::{Accounting, NewObservations};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::call::CallObservation;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::gauges::{self, ViewContext};
use crate::omnichannel::labels::names::{PUBLIC, SeenNames};
use crate::omnichannel::labels::registry::{LabelLimits, LabelRegistry};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::{LiveState, Update};
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::observation_rules::ObservationRules;
use crate::omnichannel::rules::Rules;
use crate::omnichannel::server_hours::ServerHours;
use crate::omnichannel::totals::{CountingTime, HistogramBuckets};
use crate::rocketchat::key::Key;
use crate::rocketchat::livechat_rooms::RoomRow;
use crate::rocketchat::unix_millis::UnixMillis;
use crate::rocketchat::voip_rooms::CallRow;

/// Longest time between two samples of a value that does not change. Prometheus shows a sample for five minutes.
const UNCHANGED_EVERY: SignedDuration = SignedDuration::from_mins(4);

/// The rules and settings of a replay.
#[derive(Debug)]
pub(super) struct ReplaySettings {
    pub(super) span: BackfillSpan,
    /// The label `workspace`.
    pub(super) workspace: Arc<str>,
    /// Further labels of every series.
    pub(super) labels: Vec<(String, String)>,
    pub(super) rules: Arc<Rules>,
    pub(super) hours: ServerHours,
    pub(super) observation_rules: ObservationRules,
    pub(super) answers_from: AnswersFrom,
    /// True if the calls were read.
    pub(super) has_calls: bool,
}

/// The state of a replay.
#[derive(Debug)]
pub(super) struct Replay {
    settings: ReplaySettings,
    rules: Arc<Rules>,
    names: SeenNames,
    labels: LabelRegistry,
    accounting: Accounting,
    live_state: LiveState,
    followed: BTreeMap<Key, Followed>,
    /// The next change of each followed chat.
    agenda: BTreeSet<(UnixMillis, Key)>,
    /// The followed chats that have begun.
    open: BTreeSet<Key>,
    calls: PastCalls,
    /// Number of the last sample.
    samples: u64,
    pub(super) summary: BackfillSummary,
}

impl Replay {
    /// A replay before the first day, with the departments and the priorities of the cursor.
    pub(super) fn begin(settings: ReplaySettings, cursor: &Cursor) -> Self {
        let mut names = SeenNames::default();
        for (id, name) in &cursor.departments {
            names.departments.note(id, name.as_deref());
        }
        for (id, name) in &cursor.priorities {
            names.priorities.note(id, name.as_deref());
        }
        let mut live_state = LiveState::default();
        let mut labels = LabelRegistry::new(LabelLimits::default());
        let listed = cursor.departments.iter().map(|(id, _)| Arc::clone(id)).collect();
        let from = settings.span.from;
        live_state.advance(vec![Update::Departments(listed)], &mut labels, 0, from);
        labels.name(&names, from);
        let histogram_buckets = HistogramBuckets::of(&settings.rules.service_levels);
        Self {
            rules: settings.hours.rules(&settings.rules, &labels.departments),
            names,
            labels,
            accounting: Accounting::begin(from, histogram_buckets),
            live_state,
            followed: BTreeMap::new(),
            agenda: BTreeSet::new(),
            open: BTreeSet::new(),
            calls: PastCalls::default(),
            samples: 0,
            summary: BackfillSummary::default(),
            settings,
        }
    }

    /// Replays one day and writes its file, unless the file is finished.
    pub(super) async fn day(&mut self, day: Date, output: &Output) -> Result<(), BackfillError> {
        for saved in saved_rows::rows_of::<RoomRow>(output, day)? {
            self.follow(&saved);
        }
        for saved in saved_rows::rows_of::<CallRow>(output, day)? {
            self.follow_call(&saved);
        }
        let is_written = !output.has(day);
        let mut recording = Recording::thinned(&self.settings.labels, UNCHANGED_EVERY);
        for (number, sample) in self.settings.span.samples(day).into_iter().enumerate() {
            self.advance(number == 0, sample);
            if is_written {
                recording.add(sample, &self.page(sample)?, |_| true);
            }
            // Signals are noticed between two samples.
            tokio::task::yield_now().await;
        }
        if is_written {
            output.write_day(day, |out| recording.write(out))?;
        }
        self.summary.days += 1;
        Ok(())
    }

    fn follow(&mut self, saved: &SavedRow<RoomRow>) {
        let ReplaySettings { span, observation_rules, answers_from, .. } = &self.settings;
        let names = &mut self.names;
        let (row, read_at) = (&saved.row, saved.read_at);
        let observation =
            ChatObservation::of(row, read_at, observation_rules, *answers_from, names);
        self.summary.note(&observation);
        let name = observation.department.as_deref().map(|id| self.name_of(id));
        let level = self.rules.service_levels.of(name.as_deref().unwrap_or(PUBLIC));
        let followed = Followed::of(observation, level, span.from);
        self.schedule(followed);
    }

    fn follow_call(&mut self, saved: &SavedRow<CallRow>) {
        match CallObservation::of(&saved.row, saved.read_at) {
            Some(call) => {
                self.summary.calls += 1;
                self.calls.follow(call, self.settings.span.from);
            }
            // It ended at an unknown time.
            None => self.summary.undecodable += 1,
        }
    }

    fn name_of(&self, id: &str) -> Arc<str> {
        self.names.departments.name(id).map_or_else(|| Arc::from(id), Arc::clone)
    }

    /// Schedules the next change of a chat. A chat that is closed and has no further change in the span is no longer
    /// followed.
    fn schedule(&mut self, followed: Followed) {
        let key = followed.last.key;
        match followed.next().filter(|at| at.timestamp() <= self.settings.span.to) {
            Some(at) => drop(self.agenda.insert((at, key))),
            None if followed.is_closed_by(self.settings.span.to) => {
                self.open.remove(&key);
                self.followed.remove(&key);
                return;
            }
            None => {}
        }
        self.followed.insert(key, followed);
    }

    /// The observations of everything that is open, at a sample without a change.
    fn seen(&self, sample: Timestamp) -> (Vec<ChatObservation>, Vec<CallObservation>) {
        let open = self.open.iter().filter_map(|key| self.followed.get(key));
        (open.map(|it| it.last.as_of(sample.into())).collect(), self.calls.seen(sample))
    }

    /// The observations of the changes up to a time, in the order of time.
    fn changes(&mut self, until: UnixMillis) -> Vec<ChatObservation> {
        let mut changes = Vec::new();
        while let Some((at, key)) = self.agenda.pop_first() {
            if at > until {
                self.agenda.insert((at, key));
                break;
            }
            if let Some(mut followed) = self.followed.remove(&key) {
                changes.extend(followed.take());
                self.open.insert(key);
                self.schedule(followed);
            }
        }
        changes
    }

    /// Counts the changes up to a sample, and updates the state that the gauges show.
    fn advance(&mut self, is_first_of_day: bool, sample: Timestamp) {
        // What is open and does not change must not count as deleted.
        let (mut chats, mut calls) =
            if is_first_of_day { self.seen(sample) } else { Default::default() };
        let until = UnixMillis::from(self.settings.span.events_until(sample));
        chats.extend(self.changes(until));
        calls.extend(self.calls.advance(until));
        self.labels.name(&self.names, sample);
        self.rules = self.settings.hours.rules(&self.settings.rules, &self.labels.departments);
        let observations = NewObservations::of_one_page(chats, calls);
        let events = self.accounting.advance(observations, &self.labels.departments, &self.rules);
        self.samples += 1;
        let updates = self.lists(sample);
        self.live_state.advance(updates, &mut self.labels, self.samples, sample);
        let uptime = sample.duration_since(self.settings.span.from);
        let when =
            CountingTime { now: sample, uptime: Duration::try_from(uptime).unwrap_or_default() };
        let tags = &self.settings.observation_rules.tags;
        self.accounting.record(&events, &mut self.labels, &self.rules, tags, when);
        self.accounting.chats.coverage.read_until(sample);
        self.accounting.calls.coverage.read_until(sample);
        let first_zero = &mut self.accounting.totals.first_zero;
        first_zero.release(Some(self.samples - 1), when.uptime);
        first_zero.mark_shown(self.samples);
    }

    /// The open chats and calls at a sample, in the lists from which a poll would have read them.
    fn lists(&self, sample: Timestamp) -> Vec<Update> {
        let open = self.open.iter().filter_map(|key| self.followed.get(key));
        let (mut queued, mut served) = (Vec::new(), Vec::new());
        for followed in open {
            let mut chat = followed.last.as_of(sample.into()).chat(self.samples);
            self.accounting.chats.amend(&mut chat);
            match chat.phase {
                Phase::Queued => queued.push(chat),
                Phase::InProgress | Phase::OnHold => served.push(chat),
                Phase::Closed => {}
            }
        }
        vec![
            Update::Chats(List::Queued, queued),
            Update::Chats(List::Open, served),
            Update::Calls(self.calls.active()),
        ]
    }

    /// The page of a sample, as a scrape would have read it.
    fn page(&self, sample: Timestamp) -> Result<String, BackfillError> {
        let lists = [List::Queued, List::Open];
        let calls = self.settings.has_calls.then_some(List::Calls);
        let view = ViewContext {
            fresh: lists.into_iter().chain(calls).collect(),
            queue_comes_from: Some(List::Queued),
            // Rows of closed chats tell nothing of holds, so no number of chats on hold is shown.
            has_on_hold: true,
            chat_limit: None,
            has_joint_chat_limits: false,
            now: sample,
        };
        let gauges = gauges::current(&self.live_state, &self.labels, &self.rules, view);
        let mut builder = PageBuilder::new();
        let page = &mut builder.workspace(&self.settings.workspace);
        families::fill_past(page, &self.accounting.totals, &gauges, view, self.rules.detail);
        let mut text = String::new();
        builder.finish().encode(&mut text).map_err(BackfillError::Page)?;
        Ok(text)
    }
}
