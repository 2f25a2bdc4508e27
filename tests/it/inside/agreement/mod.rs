//! The simulator and the exporter agree on every gauge, on every server generation, with any page size.

mod at_risk;
mod disturbed;
mod presence;
mod truth;

use std::collections::BTreeSet;
use std::time::Duration;

use rocketchat_omnichannel_exporter::config::{AgentDetail, Workspace};
use rocketchat_omnichannel_exporter::simulator::Permission::ViewLivechatDepartments;
use rocketchat_omnichannel_exporter::simulator::world::WORKSPACE_CHAT_LIMIT;
use rocketchat_omnichannel_exporter::simulator::{
    ServerVersion, Simulator, SimulatorSettings, World,
};

use crate::watching::{Numbers, Watched};
use truth::Labels;

/// Steps for each page size: several hundred for each generation in total.
const STEPS: usize = 80;
const PAGE_LIMITS: [usize; 4] = [1, 7, 25, 100];
/// Gauges of the present state; the other families describe the exporter or its configuration.
const COMPARED: [&str; 33] = [
    "open_chats",
    "open_chats_by_source",
    "queued_chats_waiting_over",
    "queue_oldest_wait_seconds",
    "service_level_oldest_wait_seconds",
    "service_level_overdue_chats",
    "queue_oldest_age_seconds",
    "queued_chats_by_priority",
    "queued_chats_by_sla",
    "queued_chats_over_sla",
    "sla_due_seconds",
    "contacts_limit_reached",
    "contacts_limit",
    "contacts_used",
    "open_chats_response_average_seconds",
    "awaiting_first_response_chats",
    "awaiting_reply_chats",
    "awaiting_reply_oldest_seconds",
    "agents_with_chats",
    "agents",
    "workspace_agents",
    "chats_held_by_offline_agents",
    "agent_chats",
    "agent_open_chats",
    "agent_awaiting_reply_chats",
    "agent_status",
    "agent_accepting",
    "service_level_at_risk_chats",
    "awaiting_reply_oldest_by_source_seconds",
    "agent_awaiting_reply_oldest_seconds",
    "chat_slots",
    "chat_slots_free",
    "exporter_presence_contradicted",
];
/// Families that depend on the answers of people.
const OF_ANSWERS: [&str; 2] = ["awaiting_first_response_chats", "service_level_at_risk_chats"];
/// Families of the members of departments.
const OF_MEMBERS: [&str; 3] = ["agents", "chat_slots", "chat_slots_free"];

fn settings(version: &str, page_limit: usize, seed: u64) -> SimulatorSettings {
    let version: ServerVersion = version.parse().unwrap();
    // Before 6.4 the members of departments need a permission of their own.
    let members = (version >= ServerVersion::new(6, 4, 0)).then_some(ViewLivechatDepartments);
    SimulatorSettings {
        seed,
        version,
        refused: members.into_iter().collect(),
        departments: 4,
        agents: 7,
        arrivals_per_hour: 120.0,
        warm_up: Duration::from_secs(600),
        page_limit,
        ..SimulatorSettings::default()
    }
}

/// Labels of departments from the page, because names may come late.
fn labels(numbers: &Numbers) -> Labels {
    let info = numbers.keys().filter_map(|key| key.strip_prefix("department_info"));
    info.map(|labels| {
        let words: Vec<&str> = labels.split('"').collect();
        (words[7].to_owned(), words[3].to_owned())
    })
    .collect()
}

fn family(key: &str) -> &str {
    key.split('[').next().unwrap_or(key)
}

/// Removes deleted departments: the exporter reads the directory every ten minutes, and until then a deleted department
/// keeps its members.
fn forget_deleted_departments(simulator: &Simulator, page: &mut Numbers) {
    let labels = labels(page);
    let exists = |id: &String| simulator.world(|world| world.departments.contains_key(id));
    let deleted: Vec<String> = labels
        .iter()
        .filter(|(id, _)| !exists(id))
        .map(|(_, label)| format!("{:?}", ("department", label)))
        .collect();
    page.retain(|key, _| {
        !OF_MEMBERS.contains(&family(key))
            || !deleted.iter().any(|department| key.contains(department))
    });
}

/// The differences between page and truth; a series that one side lacks counts as 0 there.
fn differences(page: &Numbers, truth: &Numbers, version: &str) -> Vec<String> {
    let is_told = |key: &str| !OF_ANSWERS.contains(&family(key)) || tells_answers(version);
    let voip = ["voip_active_calls", "voip_longest_active_call_seconds"];
    let compared: BTreeSet<&str> = COMPARED.into_iter().chain(voip).collect();
    let keys: BTreeSet<&String> = page.keys().chain(truth.keys()).collect();
    keys.into_iter()
        .filter(|key| compared.contains(family(key)) && is_told(key))
        .filter_map(|key| {
            let (seen, real) = (page.get(key).copied(), truth.get(key).copied());
            let gap = (seen.unwrap_or(0.0) - real.unwrap_or(0.0)).abs();
            (gap > tolerance(family(key))).then(|| format!("{key}: page {seen:?}, world {real:?}"))
        })
        .collect()
}

/// Families of waits that begin at the poll that sees an undated requeue or a reopening.
const UNDATED: [&str; 9] = [
    "queued_chats_waiting_over",
    "queued_chats_over_sla",
    "queue_oldest_wait_seconds",
    "service_level_oldest_wait_seconds",
    "service_level_overdue_chats",
    "service_level_at_risk_chats",
    "awaiting_reply_oldest_seconds",
    "awaiting_reply_oldest_by_source_seconds",
    "agent_awaiting_reply_oldest_seconds",
];

fn tolerance(family: &str) -> f64 {
    if UNDATED.contains(&family) && family.ends_with("_seconds") { 1.0 } else { 1e-6 }
}

fn generation(version: &str) -> (u32, u32) {
    let mut parts = version.split('.').map(|part| part.parse().unwrap());
    (parts.next().unwrap(), parts.next().unwrap())
}

/// True if the version proves answers: before 6.12 an answer is visible only until the visitor writes again.
pub fn tells_answers(version: &str) -> bool {
    generation(version) >= (6, 12)
}

fn truth(simulator: &Simulator, page: &Numbers, version: &str) -> Numbers {
    simulator.world(|world| truth::gauges(world, &labels(page), generation(version)))
}

fn with_presence(workspace: &mut Workspace) {
    workspace.agents.detail = AgentDetail::Presence;
    workspace.agents.chat_limit = u32::try_from(WORKSPACE_CHAT_LIMIT).ok();
    workspace.service_levels.default.threshold = truth::THRESHOLD;
}

/// Gives departments chat limits: lower and higher ones than the limits of agents.
fn limit_departments(world: &mut World) {
    let limits = [Some(1), Some(2), None, Some(9)];
    for (department, limit) in world.departments.values_mut().zip(limits) {
        department.chat_limit = limit;
    }
}

async fn agree_step_by_step(version: &str, seed: u64) {
    for page_limit in PAGE_LIMITS {
        let settings = settings(version, page_limit, seed);
        let mut watched = Watched::start(settings.clone(), with_presence).await;
        agree(&mut watched, &settings).await;
    }
}

async fn agree(watched: &mut Watched, settings: &SimulatorSettings) {
    let version = settings.version.to_string();
    watched.simulator.world(limit_departments);
    let mut presence = presence::Shown::default();
    for step in 0..STEPS {
        watched.simulator.world(World::random_step);
        let mut page = watched.poll().await;
        forget_deleted_departments(&watched.simulator, &mut page);
        let mut truth = truth(&watched.simulator, &page, &version);
        let is_contradicted =
            watched.simulator.world(|world| presence.is_contradicted(world, false));
        truth.insert(presence::FAMILY.to_owned(), f64::from(u8::from(is_contradicted)));
        let differences = differences(&page, &truth, &version);
        assert!(
            differences.is_empty(),
            "{version}, pages of {}, seed {}, step {step}:\n{}",
            settings.page_limit,
            settings.seed,
            differences.join("\n")
        );
        assert_eq!(page.get("up[]"), Some(&1.0), "{version}, step {step}");
    }
    assert_eq!(watched.simulator.world(|world| world.rooms_created_by_get), 0);
}

#[tokio::test]
async fn every_gauge_agrees_without_a_socket_too() {
    for page_limit in PAGE_LIMITS {
        let settings = settings("8.1.0", page_limit, 7);
        agree(&mut Watched::in_process(&settings, with_presence), &settings).await;
    }
}

macro_rules! generations {
    ($($name:ident: $version:literal;)+) => {
        $(#[tokio::test]
        async fn $name() {
            agree_step_by_step($version, 7).await;
        })+
    };
}

generations! {
    every_gauge_agrees_with_a_2_4_server: "2.4.0";
    every_gauge_agrees_with_a_3_18_server: "3.18.0";
    every_gauge_agrees_with_a_4_8_server: "4.8.0";
    every_gauge_agrees_with_a_5_4_server: "5.4.0";
    every_gauge_agrees_with_a_6_10_server: "6.10.0";
    every_gauge_agrees_with_a_6_11_server: "6.11.0";
    every_gauge_agrees_with_a_6_13_server: "6.13.0";
    every_gauge_agrees_with_a_7_0_server: "7.0.0";
    every_gauge_agrees_with_a_7_13_server: "7.13.0";
    every_gauge_agrees_with_an_8_1_server: "8.1.0";
    every_gauge_agrees_with_an_8_8_server: "8.8.0";
    every_gauge_agrees_with_a_9_0_server: "9.0.0";
}
