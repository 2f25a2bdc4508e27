//! `inspect missed` and `inspect unanswered` name the chats that the metrics count.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rocketchat_omnichannel_exporter::simulator::World;
use rocketchat_omnichannel_exporter::simulator::world::{Channel, ChatState, RoomCloser};
use serde_json::Value;

use super::inspect::Asked;
use super::{VERSIONS, quiet, run};
use crate::watching::{Watched, series, sum};

#[derive(Debug, Clone)]
enum Step {
    Arrive(usize, Channel),
    Assign(usize, usize),
    Reply(usize),
    Write(usize),
    Close(usize, RoomCloser),
}

/// A step, and the seconds after it.
fn steps() -> impl Strategy<Value = Vec<(Step, u64)>> {
    let channel = prop_oneof![4 => Just(Channel::Widget), 1 => Just(Channel::Email)];
    let closer = prop_oneof![Just(RoomCloser::User), Just(RoomCloser::Visitor)];
    let step = prop_oneof![
        3 => (0_usize..3, channel).prop_map(|(place, channel)| Step::Arrive(place, channel)),
        3 => (0_usize..9, 0_usize..3).prop_map(|(chat, agent)| Step::Assign(chat, agent)),
        3 => (0_usize..9).prop_map(Step::Reply),
        2 => (0_usize..9).prop_map(Step::Write),
        1 => (0_usize..9, closer).prop_map(|(chat, closer)| Step::Close(chat, closer)),
    ];
    prop::collection::vec((step, 1_u64..50), 60)
}

fn happen(world: &mut World, step: &Step) {
    let open: Vec<String> =
        world.rooms.values().filter(|it| it.open).map(|it| it.id.clone()).collect();
    let chat = |index: usize| open.get(index % open.len().max(1)).map_or("none", String::as_str);
    let departments: Vec<String> = world.departments.keys().cloned().collect();
    let agents: Vec<String> = world.agents.keys().cloned().collect();
    let _ = match step {
        Step::Arrive(place, channel) => {
            let department = departments.get(*place).map(String::as_str);
            !world.arrive(department, *channel).is_empty()
        }
        // A chat that an agent has keeps this agent: a transfer would move the counts of earlier times.
        Step::Assign(index, agent) => {
            let waits = |id| world.rooms.get(id).is_some_and(|it| it.served_by.is_none());
            waits(chat(*index)) && world.assign(chat(*index), &agents[*agent])
        }
        Step::Reply(index) => world.reply(chat(*index)),
        Step::Write(index) => world.visitor_writes(chat(*index)),
        Step::Close(index, closer) => world.close(chat(*index), *closer),
    };
}

/// Numbers of rows of an answer, by department.
fn by_department(answer: &Value, key: &str) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for row in answer[key].as_array().unwrap() {
        *counts.entry(row["department"].as_str().unwrap().to_owned()).or_default() += 1.0;
    }
    counts
}

#[test]
fn the_chats_that_are_named_are_as_many_as_the_metrics_count_in_each_department() {
    let config = Config { failure_persistence: None, ..Config::with_cases(6) };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let versions = prop::sample::select(&["6.12.0", "7.13.0", "8.1.0", "9.0.0"][..]);
    TestRunner::new_with_rng(config, rng)
        .run(&(steps(), versions), |(steps, version)| {
            runtime.block_on(compare(&steps, version));
            Ok(())
        })
        .unwrap();
}

async fn compare(steps: &[(Step, u64)], version: &str) {
    let settings = quiet(version);
    let mut watched = Watched::start(settings.clone(), |_| {}).await;
    watched.scraped().await;
    for (step, seconds) in steps {
        watched.simulator.world(|world| {
            happen(world, step);
            world.advance(Duration::from_secs(*seconds));
        });
        watched.scraped().await;
    }
    watched.simulator.world(|world| world.advance(Duration::from_secs(6)));
    watched.scraped().await;
    let page = watched.poll().await;
    let asked = async |question: &[&str]| -> Value {
        let arguments = [&["inspect"], question, &["--limit", "1000", "--format", "json"]].concat();
        let ended = run(&arguments, &watched.simulator.url(), &settings).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{question:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let missed = by_department(&asked(&["missed", "--since", "3h"]).await, "missed_chats");
    let unanswered = by_department(&asked(&["unanswered"]).await, "unanswered_chats");
    let names = watched.simulator.world(|world| {
        let names = world.departments.values().map(|it| it.name.clone());
        names.chain(["Public".to_owned()]).collect::<BTreeSet<_>>()
    });
    for name in &names {
        let department = [("department", name.as_str())];
        let counted = |family: &str, labels: &[(&str, &str)]| {
            let labels = [&department[..], labels].concat();
            page.get(&series(family, &labels)).copied().unwrap_or_default()
        };
        let told = |counts: &BTreeMap<String, f64>| counts.get(name).copied().unwrap_or_default();
        let level = counted("service_level_chats_total", &[("result", "missed")]);
        assert_eq!(told(&missed), level, "{version}, {name}: {steps:?}");
        let owed = counted("awaiting_reply_chats", &[]);
        assert_eq!(told(&unanswered), owed, "{version}, {name}: {steps:?}");
    }
    let all = sum(&page, "service_level_chats_total", r#"("result", "missed")"#);
    assert!(all > 0.0, "a story in which nothing is missed shows nothing");
}

#[tokio::test]
async fn a_missed_chat_comes_with_the_time_of_the_threshold_and_the_wait_and_a_link() {
    let asked = Asked::new(quiet("8.1.0")).await;
    insta::assert_snapshot!(asked.golden(&["missed", "--since", "2h"]).await);
    let answer = asked.json(&["missed", "--since", "2h"]).await;
    let rows = answer["missed_chats"].as_array().unwrap();
    let times: Vec<_> = rows.iter().map(|row| row["missed"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && !times.is_empty(), "{times:?}");
    assert!(rows.iter().all(|row| row["waited"].as_f64().unwrap() > 60.0));
    assert!(asked.ids(&["missed", "--since", "1s"]).await.is_empty());
    let first = rows[0]["missed"].as_str().unwrap();
    let until = asked.json(&["missed", "--since", "2h", "--until", first]).await;
    assert_eq!(until["missed_chats"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_chat_whose_visitor_waits_longest_for_a_reply_comes_first() {
    let asked = Asked::new(quiet("8.1.0")).await;
    insta::assert_snapshot!(asked.golden(&["unanswered"]).await);
    let (agent, department) = asked.simulator.world(|world| {
        let room = world.rooms.values().find(|it| it.state() == ChatState::InProgress).unwrap();
        (room.served_by.clone().unwrap().agent.id, room.department_id.clone().unwrap())
    });
    let all = asked.ids(&["unanswered"]).await;
    assert_eq!(asked.ids(&["unanswered", "--agent", &agent]).await, all);
    assert_eq!(asked.ids(&["unanswered", "--department", &department]).await, all);
    assert!(asked.ids(&["unanswered", "--agent", "nobody"]).await.is_empty());
}

#[tokio::test]
async fn each_version_is_asked_in_its_own_form_for_missed_and_unanswered_chats() {
    for version in VERSIONS {
        let asked = Asked::new(quiet(version)).await;
        for question in ["missed", "unanswered"] {
            let ended = asked.ask(&[question]).await;
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{version} {question}");
        }
        super::assert_only_reads(&asked.simulator);
    }
}
