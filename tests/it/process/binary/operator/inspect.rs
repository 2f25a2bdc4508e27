//! `inspect` identifies the stuck chat and shows no words of visitors.

use std::collections::BTreeSet;

use rocketchat_omnichannel_exporter::simulator::world::{
    ChatState, Direction, RoomCloser, VISITOR_MARKER, World,
};
use rocketchat_omnichannel_exporter::simulator::{Permission, Route, Simulator, SimulatorSettings};
use serde_json::Value;

use super::super::exporter::Ended;
use super::super::{Exporter, PATIENCE};
use super::{
    TOKEN, VERSIONS, assert_only_reads, furnish, golden, quiet, refusing, run, run_openly,
};
use crate::authority::Authority;
use crate::process::contract::trust::serve;

/// A workspace, and the ids of its waiting chats, the longest wait first.
pub(super) struct Asked {
    pub(super) simulator: Simulator,
    settings: SimulatorSettings,
    waiting: Vec<String>,
}

impl Asked {
    pub(super) async fn new(settings: SimulatorSettings) -> Self {
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        let waiting = simulator.world(furnish);
        Self { simulator, settings, waiting }
    }

    pub(super) async fn ask(&self, question: &[&str]) -> Ended {
        let arguments = [&["inspect"], question].concat();
        run(&arguments, &self.simulator.url(), &self.settings).await
    }

    /// The ids of an answer in JSON, in its order.
    pub(super) async fn ids(&self, question: &[&str]) -> Vec<String> {
        let answer = self.json(question).await;
        let rows = answer.as_object().unwrap().values().find_map(Value::as_array).unwrap();
        rows.iter().map(|row| row["room_id"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) async fn json(&self, question: &[&str]) -> Value {
        let ended = self.ask(&[question, &["--format", "json"]].concat()).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{question:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// The answer without the parts that differ from run to run: ids, addresses, durations and times.
    pub(super) async fn golden(&self, question: &[&str]) -> String {
        let url = self.simulator.url();
        let told = golden(&self.ask(question).await, &url);
        let ids = self.simulator.world(|world| {
            world.rooms.keys().cloned().map(|id| (id, "<room>")).collect::<Vec<_>>()
        });
        let told = ids.iter().fold(told, |told, (id, mask)| told.replace(id, mask));
        told.lines().map(masked).collect::<Vec<_>>().join("\n")
    }
}

fn masked(line: &str) -> String {
    let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
    let is_time = |cell: &str| cell.len() == 20 && cell.ends_with('Z');
    let is_duration = |cell: &str| {
        cell.split(' ').all(|part| {
            let number = part.trim_end_matches(['h', 'm', 's']);
            !number.is_empty()
                && number.len() < part.len()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let masked = cells.map(|cell| match cell {
        cell if is_time(cell) => "<time>",
        cell if is_duration(cell) => "<duration>",
        cell => cell,
    });
    masked.collect::<Vec<_>>().join("  ")
}

#[tokio::test]
async fn the_chat_that_waits_longest_comes_first_with_a_link_that_opens_it() {
    let asked = Asked::new(quiet("8.1.0")).await;
    insta::assert_snapshot!(asked.golden(&["waiting"]).await);
    let answer = asked.json(&["waiting"]).await;
    let first = &answer["waiting_chats"][0];
    assert_eq!(first["room_id"], asked.waiting[0].as_str());
    let link = format!("{}/live/{}", asked.simulator.url(), asked.waiting[0]);
    assert_eq!(first["link"], link.as_str());
    let waits = first["waiting"].as_f64().unwrap();
    assert!((3000.0..5400.0).contains(&waits), "{waits}");
    assert_eq!(
        (&answer["complete"], &first["priority"]),
        (&true.into(), &"priority-highest".into())
    );
    assert_eq!(asked.ids(&["waiting"]).await, asked.waiting);
}

#[tokio::test]
async fn a_chat_is_found_by_its_department_by_name_and_by_id() {
    let asked = Asked::new(quiet("8.1.0")).await;
    let department = asked.simulator.world(|world| {
        let id = world.rooms[&asked.waiting[0]].department_id.clone().unwrap();
        world.departments[&id].clone()
    });
    for wanted in [&department.name, &department.id] {
        assert_eq!(asked.ids(&["waiting", "--department", wanted]).await, asked.waiting[..1]);
    }
    assert_eq!(asked.ids(&["waiting", "--department", "Public"]).await, asked.waiting[1..2]);
    let wrong = asked.ask(&["waiting", "--department", "Nobody's"]).await;
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(1), ""));
    assert!(
        wrong.stderr.contains("no department has the name or id \"Nobody's\""),
        "{}",
        wrong.stderr
    );
}

#[tokio::test]
async fn the_oldest_of_a_long_queue_cost_one_page() {
    let asked = Asked::new(quiet("8.1.0")).await;
    asked.simulator.world(|world| world.arrive_together(250));
    let answer = asked.json(&["waiting", "--limit", "2"]).await;
    let ids: Vec<_> = (0..2).map(|row| answer["waiting_chats"][row]["room_id"].clone()).collect();
    assert_eq!(ids, asked.waiting[..2]);
    assert_eq!(answer["complete"], false);
    let pages = asked.simulator.requests().iter().filter(|it| it.path.ends_with("/rooms")).count();
    assert_eq!(pages, 1);
    assert_eq!(asked.ids(&["waiting", "--limit", "1000"]).await.len(), 253);
}

#[tokio::test]
async fn rooms_are_found_by_state_agent_tag_and_time() {
    let asked = Asked::new(quiet("8.1.0")).await;
    let of = |state: ChatState| {
        asked
            .simulator
            .world(|world| world.chats(state).map(|chat| chat.id.clone()).collect::<BTreeSet<_>>())
    };
    let ids = async |question: &[&str]| -> BTreeSet<String> {
        asked.ids(&[&["rooms"], question].concat()).await.into_iter().collect()
    };
    let (queued, open) = (of(ChatState::Queued), of(ChatState::InProgress));
    let (held, closed) = (of(ChatState::OnHold), of(ChatState::Closed));
    assert_eq!(ids(&["--state", "queued"]).await, queued);
    assert_eq!(ids(&["--state", "in_progress"]).await, open);
    assert_eq!(ids(&["--state", "on_hold"]).await, held);
    assert_eq!(ids(&["--state", "closed"]).await, closed);
    assert_eq!(ids(&["--state", "closed", "--tag", "refund"]).await, closed);
    assert!(ids(&["--state", "closed", "--tag", "other"]).await.is_empty());
    assert!(ids(&["--state", "closed", "--closed-after", "2m"]).await.is_empty());
    assert!(ids(&["--state", "closed", "--opened-after", "40m"]).await.is_empty());
    let all = [queued, open.clone(), held.clone()].into_iter().flatten().collect();
    assert_eq!(ids(&[]).await, all);
    let agent = |id: &str| {
        asked.simulator.world(|world| world.rooms[id].served_by.clone().unwrap().agent.id)
    };
    let (held, open) = (held.first().unwrap(), open.first().unwrap());
    assert_eq!(ids(&["--agent", &agent(held)]).await, [held.clone()].into());
    assert_eq!(ids(&["--agent", &agent(open)]).await, [open.clone()].into());
    insta::assert_snapshot!(asked.golden(&["rooms"]).await);
}

#[tokio::test]
async fn the_queue_shows_who_holds_how_many_chats() {
    let asked = Asked::new(quiet("8.1.0")).await;
    let mut told = asked.golden(&["queue"]).await;
    for id in asked.simulator.world(|world| world.agents.keys().cloned().collect::<Vec<_>>()) {
        told = told.replace(&id, "<agent>");
    }
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn what_goes_wrong_is_one_line_with_the_remedy() {
    let refused =
        SimulatorSettings { refused: [Permission::ViewLivechatRooms].into(), ..quiet("8.1.0") };
    let refused = Asked::new(refused).await;
    let wrong = Asked::new(quiet("8.1.0")).await;
    wrong.simulator.set_token("another one");
    let hidden = Asked::new(SimulatorSettings { version_hidden: true, ..quiet("6.10.0") }).await;
    let (_held, nobody) = refusing();
    let stranger = serve(&Authority::new(), "127.0.0.1", false).await;
    let ask = async |url: &str| {
        let ended = run(&["inspect", "waiting"], url, &quiet("8.1.0")).await;
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
        golden(&ended, url)
    };
    let told = [
        ("missing permission", refused.golden(&["waiting"]).await),
        ("refused token", wrong.golden(&["waiting"]).await),
        ("no server", ask(&nobody).await),
        ("TLS failure", ask(&stranger).await),
        ("no calls in 8.x", refused.golden(&["calls"]).await),
        ("hidden version", hidden.golden(&["waiting"]).await),
    ];
    let told = told.map(|(what, told)| format!("{what}\n{told}"));
    insta::assert_snapshot!(told.join("\n\n"));
}

#[tokio::test]
async fn one_of_several_workspaces_has_to_be_named() {
    let asked = Asked::new(quiet("8.1.0")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let one = |name: &str| {
        format!(
            "{{name: {name}, url: '{}', user_id: {}, auth_token: {TOKEN}}}",
            asked.simulator.url(),
            asked.settings.user_id
        )
    };
    std::fs::write(&file, format!("workspaces: [{}, {}]\n", one("acme"), one("beta"))).unwrap();
    let ask = async |rest: &[&str]| {
        let source = ["inspect", "waiting", "--config.file", file.to_str().unwrap()];
        Exporter::start(&[&source, rest].concat(), &[]).ended_within(PATIENCE).await
    };
    let unnamed = ask(&[]).await;
    assert_eq!(unnamed.stderr, "choose a workspace with --workspace: acme, beta\n");
    let unknown = ask(&["--workspace", "acne"]).await;
    assert_eq!(
        unknown.stderr,
        "no workspace has the name \"acne\"; the workspaces are: acme, beta\n"
    );
    assert_eq!((unnamed.code, unknown.code), (Some(1), Some(1)));
    let named = ask(&["--workspace", "beta"]).await;
    assert!(named.stdout.contains(&asked.waiting[0]), "{named:?}");
}

#[tokio::test]
async fn a_configured_filter_by_agents_keeps_no_waiting_chat_out() {
    for version in ["4.8.0", "6.10.0", "8.1.0"] {
        let asked = Asked::new(quiet(version)).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.yaml");
        let (url, user) = (asked.simulator.url(), &asked.settings.user_id);
        let yaml = format!(
            "workspaces: [{{url: '{url}', user_id: {user}, auth_token: {TOKEN}, filter: {{agents: [{user}]}}}}]\n"
        );
        std::fs::write(&file, yaml).unwrap();
        let arguments = ["inspect", "waiting", "--config.file", file.to_str().unwrap()];
        let ended = Exporter::start(&arguments, &[]).ended_within(PATIENCE).await;
        let is_named = |room: &String| ended.stdout.contains(room);
        assert!(asked.waiting.iter().all(is_named), "{version}: {ended:?}");
    }
}

#[tokio::test]
async fn an_agent_of_its_own_scope_is_told_why_nobody_waits() {
    let asked = Asked::new(quiet("8.1.0")).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let yaml = format!(
        "workspaces: [{{url: '{}', user_id: {}, auth_token: {TOKEN}, scope: own}}]\n",
        asked.simulator.url(),
        asked.settings.user_id
    );
    std::fs::write(&file, yaml).unwrap();
    let ask = async |subject: &str| {
        let arguments = ["inspect", subject, "--config.file", file.to_str().unwrap()];
        Exporter::start(&arguments, &[]).ended_within(PATIENCE).await
    };
    let waiting = ask("waiting").await;
    assert_eq!(waiting.code, Some(1));
    assert!(
        waiting.stderr.contains("with scope: own the server shows no waiting chat; "),
        "{waiting:?}"
    );
    assert_eq!(ask("rooms").await.code, Some(0));
    assert_only_reads(&asked.simulator);
}

#[tokio::test]
async fn visitors_are_shown_to_whoever_asks_and_their_tokens_to_nobody() {
    let asked = Asked::new(quiet("7.13.0")).await;
    asked.simulator.world(|world| {
        let agent = world.agents.keys().next().cloned().unwrap();
        world.start_call("sales-line", Direction::Inbound, &agent).unwrap();
    });
    for subject in ["waiting", "rooms", "calls"] {
        let question = ["inspect", subject, "--visitors"];
        let ended = run_openly(&question, &asked.simulator.url(), &asked.settings).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let first = ended.stdout.lines().nth(1).unwrap();
        assert!(first.contains(&format!("{VISITOR_MARKER} Visitor")), "{subject}: {first}");
        for secret in ["-token-", "where is my order", "@example.org", TOKEN] {
            assert!(!ended.stdout.contains(secret), "{secret} in {}", ended.stdout);
        }
    }
}

#[tokio::test]
async fn a_call_is_shown_by_room_and_token_and_none_is_ever_made() {
    let asked = Asked::new(quiet("7.13.0")).await;
    let (open, closed) = asked.simulator.world(|world| {
        let agents: Vec<String> = world.agents.keys().cloned().collect();
        let closed = world.start_call("sales-line", Direction::Inbound, &agents[0]).unwrap();
        world.advance(std::time::Duration::from_secs(90));
        assert!(world.end_call(&closed, RoomCloser::Visitor));
        let open = world.start_call("support-line", Direction::Outbound, &agents[1]).unwrap();
        (world.calls[&open].clone(), world.calls[&closed].clone())
    });
    assert_eq!(asked.ids(&["calls"]).await, [open.id.as_str()]);
    assert_eq!(asked.ids(&["calls", "--state", "closed"]).await, [closed.id.as_str()]);
    assert!(asked.ids(&["calls", "--direction", "inbound"]).await.is_empty());
    assert!(asked.ids(&["calls", "--queue", "sales-line"]).await.is_empty());
    let call = asked.json(&["call", "--rid", &closed.id, "--token", &closed.visitor.token]).await;
    assert_eq!(call["calls"][0]["room_id"], closed.id.as_str());
    assert_eq!(call["calls"][0]["closer"], "visitor");
    assert_only_reads(&asked.simulator);
    let wrong = asked.ask(&["call", "--rid", &open.id, "--token", "hunter2"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("no call has this room id"), "{}", wrong.stderr);
    assert!(!wrong.stderr.contains("hunter2"), "{}", wrong.stderr);
    let empty = asked.ask(&["call", "--rid", "", "--token", "hunter2"]).await;
    assert!(empty.stderr.contains("needs its room id and the visitor's token"), "{empty:?}");
    assert_eq!(asked.simulator.world(|world| world.calls.len()), 2);
    assert_eq!(asked.simulator.route_use(Route::VoipRoom).busiest_window, 2);
}

#[tokio::test]
async fn calls_of_several_pages_are_all_found_and_the_latest_to_end_cost_one() {
    let asked = Asked::new(quiet("7.13.0")).await;
    let (open, mut closed): (Vec<_>, Vec<_>) = asked.simulator.world(|world| {
        let agent = world.agents.keys().next().cloned().unwrap();
        let mut call = || {
            let start = |world: &mut World| {
                world.start_call("sales-line", Direction::Inbound, &agent).unwrap()
            };
            let (open, closed) = (start(world), start(world));
            world.advance(std::time::Duration::from_secs(5));
            assert!(world.end_call(&closed, RoomCloser::Visitor));
            (open, closed)
        };
        (0..230).map(|_| call()).unzip()
    });
    closed.reverse();
    let all = |state| ["calls", "--state", state, "--limit", "1000"];
    assert_eq!(asked.ids(&all("open")).await, open);
    assert_eq!(asked.ids(&all("closed")).await, closed);
    let pages = || {
        let requests = asked.simulator.requests();
        requests.iter().filter(|request| request.path.ends_with("/voip/rooms")).count()
    };
    let asked_before = pages();
    let latest = asked.json(&["calls", "--state", "closed", "--limit", "2"]).await;
    assert_eq!(latest["calls"][1]["room_id"], closed[1].as_str());
    assert_eq!(latest["complete"], false);
    assert_eq!(pages() - asked_before, 1);
    let at = asked.simulator.world(|world| world.calls[&closed[120]].closed_at.unwrap());
    let before = at.to_string();
    let older = ["calls", "--state", "closed", "--closed-before", &before, "--limit", "1000"];
    assert_eq!(asked.ids(&older).await, closed[120..]);
}

#[tokio::test]
async fn each_version_is_asked_in_its_own_form_and_names_the_same_chat() {
    for version in VERSIONS {
        for version_hidden in [false, true] {
            let asked = Asked::new(SimulatorSettings { version_hidden, ..quiet(version) }).await;
            let expected = asked.simulator.world(|world| {
                let mut waiting: Vec<_> = world.chats(ChatState::Queued).collect();
                waiting.sort_by_key(|chat| chat.queued_at.unwrap_or(chat.ts));
                waiting.into_iter().map(|chat| chat.id.clone()).collect::<Vec<_>>()
            });
            assert_eq!(asked.ids(&["waiting"]).await, expected, "{version}");
            if version_hidden {
                continue;
            }
            for question in [&["queue"][..], &["rooms"], &["rooms", "--state", "closed"]] {
                assert_eq!(asked.ask(question).await.code, Some(0), "{version} {question:?}");
            }
            assert_only_reads(&asked.simulator);
        }
    }
}
