//! Gauges by fresh lists, rules and limits.

use std::collections::BTreeMap;

use super::*;
use crate::omnichannel::agent::{Agent, Load, Status};
use crate::omnichannel::answers::AnswersFrom;
use crate::omnichannel::chat::{Chat, Phase};
use crate::omnichannel::labels::names::{LabelContent, PUBLIC, SeenNames};
use crate::omnichannel::labels::registry::LabelLimits;
use crate::omnichannel::list::Lists;
use crate::omnichannel::live_state::Update;
use crate::omnichannel::observation::ChatObservation;
use crate::omnichannel::observation_rules::ObservationRules;
use crate::omnichannel::rules::AgentDetail;
use crate::omnichannel::service_level::ServiceLevels;
use crate::omnichannel::urgency::Urgency;
use jiff::Timestamp;

pub(super) fn rules() -> Rules {
    Rules {
        service_levels: ServiceLevels::default(),
        detail: AgentDetail::Load,
        agent_label: LabelContent::Id,
        shows_public: true,
        compares_loads: true,
    }
}

pub(super) fn view(fresh: &[List]) -> ViewContext {
    ViewContext {
        fresh: fresh.iter().copied().collect::<Lists>(),
        queue_comes_from: Some(List::Queued),
        has_on_hold: true,
        chat_limit: None,
        has_joint_chat_limits: true,
        now: Timestamp::UNIX_EPOCH,
    }
}

pub(super) fn served(id: &str, agent: &str, department: &str, on_hold: bool) -> Chat {
    let json = format!(
        r#"{{"_id":"{id}","open":true,"onHold":{on_hold},"departmentId":"{department}","servedBy":{{"_id":"{agent}"}}}}"#
    );
    let row = serde_json::from_str(&json).unwrap();
    let (now, rules, from) =
        (Timestamp::UNIX_EPOCH, ObservationRules::default(), AnswersFrom::Metrics);
    ChatObservation::of(&row, now, &rules, from, &mut SeenNames::default()).chat(1)
}

pub(super) fn agent(id: &str) -> Agent {
    Agent { id: id.into(), status: Status::Online, accepting: true, chat_limit: None }
}

pub(super) fn live_state(
    label_limits: LabelLimits,
    updates: Vec<Update>,
) -> (LiveState, LabelRegistry) {
    let (mut live_state, mut labels) = (LiveState::default(), LabelRegistry::new(label_limits));
    live_state.advance(updates, &mut labels, 1, Timestamp::UNIX_EPOCH);
    (live_state, labels)
}

fn one_chat_in_each_state() -> (LiveState, LabelRegistry) {
    let updates = vec![
        Update::Chats(List::Open, vec![served("a", "ann", "d", false)]),
        Update::Chats(List::OnHold, vec![served("b", "ann", "d", true)]),
    ];
    live_state(LabelLimits::default(), updates)
}

#[test]
fn the_chats_of_an_agent_in_one_state_go_when_their_own_list_is_stale() {
    let (live_state, registry) = one_chat_in_each_state();
    let agents = current(&live_state, &registry, &rules(), view(&[List::Open])).agents;
    assert_eq!(agents.in_progress.unwrap().into_values().sum::<u64>(), 1);
    assert_eq!(agents.on_hold, None);
    let agents = current(&live_state, &registry, &rules(), view(&[List::OnHold])).agents;
    assert_eq!(agents.in_progress, None);
    assert_eq!(agents.on_hold.unwrap().into_values().sum::<u64>(), 1);
}

#[test]
fn a_server_without_chats_on_hold_says_so_as_long_as_it_answers() {
    let knows_none = |fresh: &[List]| ViewContext { has_on_hold: false, ..view(fresh) };
    assert!(knows_none(&[List::Open]).knows(Phase::OnHold));
    assert!(!knows_none(&[List::Queue]).knows(Phase::OnHold));
}

#[test]
fn the_members_of_a_department_go_with_either_of_their_two_lists() {
    let updates = vec![
        Update::Departments(vec!["d".into()]),
        Update::Agents(vec![agent("ann")]),
        Update::Members("d".into(), vec!["ann".into()]),
    ];
    let (live_state, registry) = live_state(LabelLimits::default(), updates);
    let members = |fresh: &[List]| {
        let departments = current(&live_state, &registry, &rules(), view(fresh)).departments;
        departments.into_iter().find_map(|d| d.members).is_some()
    };
    assert!(members(&[List::Agents, List::Departments]));
    assert!(!members(&[List::Agents]));
    assert!(!members(&[List::Departments]));
}

#[test]
fn members_that_the_list_of_agents_tells_rest_on_that_list_alone() {
    let members = BTreeMap::from([
        ("d".into(), vec!["ann".into(), "bob".into()]),
        ("archived".into(), vec!["ann".into()]),
    ]);
    let updates = vec![
        Update::Departments(vec!["d".into(), "empty".into()]),
        Update::Members("d".into(), vec!["gone".into()]),
        Update::Agents(vec![agent("ann"), agent("bob")]),
        Update::AllMembers(members),
        Update::Chats(List::Open, vec![served("a", "ann", "archived", false)]),
    ];
    let (live_state, registry) = live_state(LabelLimits::default(), updates);
    let members = |fresh: &[List]| -> Vec<(Arc<str>, u64)> {
        let departments =
            current(&live_state, &registry, &rules(), view(fresh)).departments.into_iter();
        let told = departments.filter_map(|d| Some((d.label, d.members?)));
        told.map(|(label, members)| (label, members.counts().map(|(_, _, count)| count).sum()))
            .collect()
    };
    assert_eq!(members(&[List::Agents]), [("d".into(), 2), ("empty".into(), 0)]);
    assert!(members(&[List::Departments]).is_empty());
    let idle = live_state.load_counts(&registry).filter(|(agent, _, _)| &***agent == "bob").count();
    assert_eq!(idle, 1, "a member with no chat is of the department with nothing");
}

#[test]
fn chats_without_a_department_are_left_out_where_departments_are_named() {
    let mut stray = served("a", "ann", "d", false);
    stray.department = None;
    let load = Load { agent: agent("ann"), department: None, chats: 1 };
    let updates = vec![Update::Chats(List::Open, vec![stray]), Update::Loads(vec![load])];
    let (live_state, registry) = live_state(LabelLimits::default(), updates);
    let labels = |shows_public| -> Vec<Arc<str>> {
        let rules = Rules { shows_public, ..rules() };
        let present = current(&live_state, &registry, &rules, view(&[List::Open, List::Queue]));
        present.departments.into_iter().map(|d| d.label).collect()
    };
    assert_eq!(labels(true), [Arc::from(PUBLIC)]);
    assert!(labels(false).is_empty());
}

#[test]
fn loads_are_not_compared_with_rooms_that_are_narrowed_further() {
    let (live_state, registry) = one_chat_in_each_state();
    let fresh = view(&[List::Open, List::OnHold, List::Queue]);
    let mismatch = |compares_loads| {
        let rules = Rules { compares_loads, ..rules() };
        current(&live_state, &registry, &rules, fresh).load_mismatch_chats
    };
    assert_eq!(mismatch(true), Some(2));
    assert_eq!(mismatch(false), None);
}

#[test]
fn pairs_beyond_the_cap_are_other_and_lose_no_chat() {
    let label_limits = LabelLimits { pairs: 1, ..LabelLimits::default() };
    let load = |id: &str| Load { agent: agent(id), department: Some("d".into()), chats: 2 };
    let updates = vec![
        Update::Loads(vec![load("ann"), load("bob"), load("cyd")]),
        Update::Chats(List::Open, vec![served("a", "bob", "d", false)]),
        Update::Departments(vec!["d".into()]),
        Update::Members("d".into(), vec!["ann".into(), "dan".into()]),
        Update::Agents(vec![agent("dan")]),
    ];
    let (live_state, registry) = live_state(label_limits, updates);
    let agents = current(&live_state, &registry, &rules(), view(&[List::Open, List::Queue])).agents;
    let key = |agent: &str, department: &str| (Arc::from(agent), Arc::from(department));
    let held = [(key("ann", "d"), 2), (key("other", "other"), 4)];
    assert_eq!(agents.held.unwrap(), ByPair::from(held));
    let serving = [(key("ann", "d"), 0), (key("other", "other"), 1)];
    assert_eq!(agents.in_progress.unwrap(), ByPair::from(serving));
    assert!(registry.folded_ever().contains(&("pair", 3)));
}

#[test]
fn departments_with_more_channels_and_priorities_than_the_cap_lose_no_chat() {
    let label_limits = LabelLimits { combinations: 4, ..LabelLimits::default() };
    let chats = (0..30).map(|number| {
        let (department, kind) = (format!("d{}", number % 3), number / 3);
        let mut chat = served(&number.to_string(), "ann", &department, false);
        (chat.phase, chat.agent) = (Phase::Queued, None);
        chat.source = crate::omnichannel::chat::Source::App(Arc::from(format!("app{kind}")));
        let kind = format!("p{kind}");
        chat.urgency = Urgency::new(Some(&kind), Some(&kind));
        chat
    });
    let (live_state, registry) =
        live_state(label_limits, vec![Update::Chats(List::Queued, chats.collect())]);
    let present = current(&live_state, &registry, &rules(), view(&[List::Queued]));
    let figures = || present.departments.iter().map(|department| &department.chats);
    let sources: Vec<u64> =
        figures().flat_map(|it| it.by_source.values()).map(|it| it.phases.iter().sum()).collect();
    let priorities: Vec<u64> =
        figures().flat_map(|it| it.queued_by_priority.values().copied()).collect();
    let slas: Vec<u64> =
        figures().flat_map(|it| it.queued_by_sla.values().map(|figures| figures.chats)).collect();
    for counts in [sources, priorities, slas] {
        assert_eq!((counts.len(), counts.iter().sum::<u64>()), (4 + 3, 30), "{counts:?}");
    }
    let folded = registry.folded_ever();
    for label in ["department_source", "department_priority", "department_sla"] {
        assert!(folded.contains(&(label, 26)), "{folded:?}");
    }
}

#[test]
fn a_chat_at_risk_is_counted_by_the_time_left_when_the_page_is_rendered() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let mut chat = served("a", "ann", "d", false);
    (chat.can_be_missed, chat.opened_at) = (true, Some(at(0).into()));
    let within = |chat: &Chat, now| {
        let updates = vec![Update::Chats(List::Open, vec![chat.clone()])];
        let (live_state, registry) = live_state(LabelLimits::default(), updates);
        let view = ViewContext { now: at(now), ..view(&[List::Open]) };
        let present = current(&live_state, &registry, &rules(), view).departments;
        present.iter().find(|it| &*it.label == "d").unwrap().chats.at_risk_within
    };
    for (now, expected) in
        [(-1, [0, 0, 1]), (0, [0, 1, 1]), (29, [0, 1, 1]), (30, [1; 3]), (60, [1; 3]), (61, [0; 3])]
    {
        assert_eq!(within(&chat, now), expected, "at {now} s of a threshold of 60 s");
    }
    chat.can_be_missed = false;
    assert_eq!(within(&chat, 30), [0; 3]);
}

#[test]
fn the_oldest_reply_owed_by_an_agent_is_that_of_all_departments_and_never_impossible() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let now = 2_000_000_000;
    let asked = |id: &str, department: &str, since| {
        let mut chat = served(id, "ann", department, false);
        (chat.awaits_reply, chat.awaits_reply_since) = (true, Some(at(since).into()));
        chat
    };
    let chats = vec![asked("a", "d", now - 40), asked("b", "e", now - 70), asked("c", "e", 5)];
    let (mut live_state, mut labels) =
        (LiveState::default(), LabelRegistry::new(LabelLimits::default()));
    live_state.advance(vec![Update::Chats(List::Open, chats)], &mut labels, 1, at(now));
    let view = ViewContext { now: at(now + 5), ..view(&[List::Open]) };
    let agents = current(&live_state, &labels, &rules(), view).agents;
    let owed = AwaitingReply { chats: 3, oldest_seconds: 75.0 };
    assert_eq!(agents.awaiting_reply.unwrap(), BTreeMap::from([(Arc::from("ann"), owed)]));
}
