//! The slots of departments: the chats that accepting agents may hold, and the chats that they may still take.
//!
//! The server lets an agent take a chat while the agent holds fewer chats than each limit that exists. The limit of the
//! agent, else the limit of the workspace, counts all chats that the agent holds. The limit of a department counts the
//! chats of this department (server PR 35722, `isAgentWithinChatLimits`). Before 7.6 one limit decided, against all
//! chats: the limit of the department, else the agent's own, else the limit of the workspace
//! (`getMaxNumberSimultaneousChat`). Chats on hold take no slot (`getAgentAndAmountOngoingChats`).

use std::collections::HashMap;
use std::sync::Arc;

use super::department::{ByLabel, Slots};
use super::inputs::Inputs;
use crate::omnichannel::agent::Agent;
use crate::omnichannel::chat::Phase;
use crate::omnichannel::labels::names::{OTHER, PUBLIC};
use crate::omnichannel::list::List;
use crate::omnichannel::live_state::LiveState;

/// Counts the slots of each department and of `Public`, whose chats every agent may take; not of `other`, which stands
/// for several departments. The slots of a department are unknown if an accepting agent has no limit.
pub(super) fn count(inputs: Inputs<'_>, departments: &mut ByLabel) {
    if !knows_chats_held(inputs) {
        return;
    }
    let live_state = inputs.live_state;
    let held = held_by_agent(live_state);
    let accepting = live_state.agents.iter().filter(|agent| agent.accepting);
    let accepting: HashMap<&str, &Agent> = accepting.map(|agent| (&*agent.id, agent)).collect();
    let slots_of = |agent: &Agent, department: Option<&Arc<str>>| {
        let in_all = held.get(&*agent.id).copied().unwrap_or_default();
        slots(inputs, agent, department, in_all)
    };
    for department in departments.values_mut() {
        department.slots = match &*department.ids {
            [] if &*department.label == PUBLIC => {
                sum(accepting.values().map(|agent| slots_of(agent, None)))
            }
            [id] if &*department.label != OTHER => live_state.members(id).and_then(|members| {
                let agents = members.iter().filter_map(|member| accepting.get(&**member));
                sum(agents.map(|agent| slots_of(agent, Some(id))))
            }),
            _ => None,
        };
    }
}

/// True if the lists show all chats of the agents, and all limits. A filter by departments hides the other chats of an
/// agent; a filter that narrows only the rooms hides chats on hold.
fn knows_chats_held(inputs: Inputs<'_>) -> bool {
    let Inputs { live_state, rules, view, .. } = inputs;
    let lists = [List::Queue, List::Departments];
    let mut lists = lists.iter().chain(live_state.members_come_from());
    let is_filtered = !rules.shows_public || !rules.compares_loads;
    lists.all(|list| view.fresh.contains(*list)) && view.knows(Phase::OnHold) && !is_filtered
}

/// Chats that take a slot, by agent.
fn held_by_agent(live_state: &LiveState) -> HashMap<&str, u64> {
    let mut held: HashMap<&str, u64> = HashMap::new();
    for ((agent, _), counts) in live_state.pairs.iter() {
        *held.entry(&**agent).or_default() += counts.held_off_hold();
    }
    held
}

/// The slots of one agent in one department, by each limit that exists; `None` without any limit. `held` is the number
/// of all chats of the agent that take a slot.
fn slots(
    inputs: Inputs<'_>,
    agent: &Agent,
    department: Option<&Arc<str>>,
    held: u64,
) -> Option<Slots> {
    let Inputs { live_state, view, .. } = inputs;
    let of_agent = agent.chat_limit.or(view.chat_limit);
    let of_department = department.and_then(|id| live_state.chat_limits.get(id).copied());
    let held_here = |limit| (limit, live_state.pairs.of(&agent.id, department).held_off_hold());
    let limits = if view.has_joint_chat_limits {
        [of_agent.map(|limit| (limit, held)), of_department.map(held_here)]
    } else {
        [of_department.or(of_agent).map(|limit| (limit, held)), None]
    };
    let limits = || limits.iter().flatten();
    let total = limits().map(|(limit, _)| *limit).min()?;
    let free = limits().map(|(limit, held)| limit.saturating_sub(*held)).min()?;
    Some(Slots { total, free })
}

fn sum(mut slots: impl Iterator<Item = Option<Slots>>) -> Option<Slots> {
    let add = |sum: Slots, more: Slots| Slots {
        total: sum.total + more.total,
        free: sum.free + more.free,
    };
    slots.try_fold(Slots::default(), |sum, more| Some(add(sum, more?)))
}

#[cfg(test)]
mod tests {
    use super::super::{CurrentGauges, ViewContext, current, tests};
    use super::*;
    use crate::omnichannel::agent::Load;
    use crate::omnichannel::labels::registry::LabelLimits;
    use crate::omnichannel::live_state::Update;

    const LISTS: [List; 5] =
        [List::Open, List::Queue, List::OnHold, List::Departments, List::Agents];

    /// One agent with an own limit in two departments: 3 chats in `d`, 1 of them on hold, and 2 in `e`.
    fn present(own: Option<u64>, here: Option<u64>, view: ViewContext) -> CurrentGauges {
        let ann = || Agent { chat_limit: own, ..tests::agent("ann") };
        let load = |department: &str, chats| Load {
            agent: ann(),
            department: Some(department.into()),
            chats,
        };
        let updates = vec![
            Update::Departments(vec!["d".into(), "e".into()]),
            Update::ChatLimits(here.map(|limit| (Arc::from("d"), limit)).into_iter().collect()),
            Update::Agents(vec![ann()]),
            Update::Members("d".into(), vec!["ann".into()]),
            Update::Members("e".into(), vec![]),
            Update::Loads(vec![load("d", 3), load("e", 2)]),
            Update::Chats(List::OnHold, vec![tests::served("x", "ann", "d", true)]),
        ];
        let (live_state, labels) = tests::live_state(LabelLimits::default(), updates);
        current(&live_state, &labels, &tests::rules(), view)
    }

    fn slots(gauges: &CurrentGauges, label: &str) -> Option<(u64, u64)> {
        let department = gauges.departments.iter().find(|department| &*department.label == label);
        department.unwrap().slots.map(|slots| (slots.total, slots.free))
    }

    #[test]
    fn the_limits_of_agent_and_department_apply_together_since_7_6_and_one_of_them_before() {
        // Ann holds 2 chats in d and 4 chats in all that take a slot.
        for (own, workspace, here, together, before) in [
            (Some(5), None, None, Some((5, 1)), Some((5, 1))),
            (Some(5), Some(9), None, Some((5, 1)), Some((5, 1))),
            (None, Some(9), None, Some((9, 5)), Some((9, 5))),
            (Some(9), None, Some(3), Some((3, 1)), Some((3, 0))),
            (Some(4), None, Some(7), Some((4, 0)), Some((7, 3))),
            (None, None, Some(7), Some((7, 5)), Some((7, 3))),
            (None, Some(3), Some(7), Some((3, 0)), Some((7, 3))),
            (None, None, None, None, None),
        ] {
            let of = |has_joint_chat_limits| {
                let view = tests::view(&LISTS);
                let view = ViewContext { chat_limit: workspace, has_joint_chat_limits, ..view };
                slots(&present(own, here, view), "d")
            };
            assert_eq!((of(true), of(false)), (together, before), "{own:?} {workspace:?} {here:?}");
        }
    }

    #[test]
    fn every_agent_may_take_a_chat_without_a_department_and_nobody_gives_no_slots() {
        let gauges = present(Some(5), Some(1), tests::view(&LISTS));
        assert_eq!(slots(&gauges, PUBLIC), Some((5, 1)));
        assert_eq!(slots(&gauges, "e"), Some((0, 0)));
    }

    #[test]
    fn slots_go_with_each_list_that_they_need() {
        for missing in [List::Queue, List::OnHold, List::Departments, List::Agents] {
            let fresh: Vec<List> = LISTS.into_iter().filter(|list| *list != missing).collect();
            let gauges = present(Some(5), None, tests::view(&fresh));
            assert_eq!(slots(&gauges, "d"), None, "{missing:?}");
        }
    }
}
