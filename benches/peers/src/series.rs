//! The series that every side shows: three families of the catalogue, 10 % open chats of departments, 30 % chats of
//! agents, 60 % statuses of agents.
//!
//! All values are whole numbers, which every library prints alike. The series are made one after another, so that a
//! side holds nothing but its own copy.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use rocketchat_omnichannel_exporter::catalog::{
    AGENT_CHATS, AGENT_STATUS, Metric, OPEN_CHATS, WORKSPACE_LABEL,
};

/// Value of the label of the workspace.
pub const WORKSPACE: &str = "acme";
const STATES: [&str; 3] = ["queued", "in_progress", "on_hold"];
const STATUSES: [&str; 4] = ["online", "away", "busy", "offline"];

/// One series: its family, the values of the two labels after the workspace, and its value.
#[derive(Debug, Clone)]
pub struct Series {
    pub family: Family,
    pub labels: Labels,
    pub value: u32,
}

/// The values of the two labels after the workspace.
#[derive(Debug, Clone)]
pub enum Labels {
    /// A department or an agent, and one of a few words.
    Word(String, &'static str),
    /// An agent and a department.
    Department(String, String),
}

impl Labels {
    pub fn values(&self) -> [&str; 2] {
        match self {
            Self::Word(name, word) => [name, word],
            Self::Department(agent, department) => [agent, department],
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    OpenChats,
    AgentChats,
    AgentStatus,
}

impl Family {
    pub const ALL: [Self; 3] = [Self::OpenChats, Self::AgentChats, Self::AgentStatus];

    pub fn metric(self) -> &'static Metric {
        match self {
            Self::OpenChats => OPEN_CHATS.metric,
            Self::AgentChats => AGENT_CHATS.metric,
            Self::AgentStatus => AGENT_STATUS.metric,
        }
    }

    /// The names of the labels, the workspace first.
    pub fn label_names(self) -> [&'static str; 3] {
        match self {
            Self::OpenChats => [WORKSPACE_LABEL, "department", "state"],
            Self::AgentChats => [WORKSPACE_LABEL, "agent", "department"],
            Self::AgentStatus => [WORKSPACE_LABEL, "agent", "status"],
        }
    }
}

/// This many series, family by family, ordered by their labels.
pub fn series(count: usize) -> impl Iterator<Item = Series> {
    let of_departments = count / 10;
    let of_agents = count / 10 * 3;
    let departments = of_departments.div_ceil(STATES.len()).max(1);
    let open_chats = (0..of_departments).map(|number| {
        let state = STATES[number % STATES.len()];
        let labels = Labels::Word(department(number / STATES.len()), state);
        Series { family: Family::OpenChats, labels, value: value(number) }
    });
    let agent_chats = (0..of_agents).map(move |number| {
        // Two departments of each agent.
        let of = (number / 2 + number % 2) % departments;
        let labels = Labels::Department(agent(number / 2), department(of));
        Series { family: Family::AgentChats, labels, value: value(number) }
    });
    let statuses = (0..count - of_departments - of_agents).map(|number| {
        let (agent_number, status) = (number / STATUSES.len(), number % STATUSES.len());
        let labels = Labels::Word(agent(agent_number), STATUSES[status]);
        let is_present = u32::from(agent_number % STATUSES.len() == status);
        Series { family: Family::AgentStatus, labels, value: is_present }
    });
    open_chats.chain(agent_chats).chain(statuses)
}

fn department(number: usize) -> String {
    format!("Department {number:05}")
}

fn agent(number: usize) -> String {
    format!("agent.{number:06}")
}

fn value(number: usize) -> u32 {
    u32::try_from(number % 97).unwrap_or_default()
}

/// Fails unless the page shows exactly this many [`series`]; `offset` is what each value has more.
pub fn verify(page: &str, count: usize, offset: u32) -> Result<()> {
    let expected: BTreeSet<String> = series(count).map(|it| spelled(&it, offset)).collect();
    let mut shown = BTreeSet::new();
    for line in page.lines().filter(|line| is_ours(line)) {
        if !shown.insert(normal(line).with_context(|| format!("not a sample: {line}"))?) {
            bail!("twice: {line}");
        }
    }
    if let Some(odd) = expected.symmetric_difference(&shown).next() {
        bail!("{} of {count} series on the page; a difference: {odd}", shown.len());
    }
    Ok(())
}

fn is_ours(line: &str) -> bool {
    let name = line.split('{').next().unwrap_or_default();
    Family::ALL.iter().any(|family| family.metric().name == name)
}

fn spelled(series: &Series, offset: u32) -> String {
    let [first, second] = series.labels.values();
    let names = series.family.label_names();
    let mut labels: Vec<String> = names
        .iter()
        .zip([WORKSPACE, first, second])
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    labels.sort();
    format!("{}{{{}}} {}", series.family.metric().name, labels.join(","), series.value + offset)
}

/// The sample with its labels in order and its value as a whole number. No label has a comma or a brace in it.
fn normal(line: &str) -> Option<String> {
    let (name, rest) = line.split_once('{')?;
    let (labels, value) = rest.split_once("} ")?;
    let mut labels: Vec<&str> = labels.split(',').collect();
    labels.sort_unstable();
    let value: f64 = value.trim().parse().ok()?;
    Some(format!("{name}{{{}}} {value:.0}", labels.join(",")))
}
