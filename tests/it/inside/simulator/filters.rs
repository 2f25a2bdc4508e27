//! Selection, order and number of the chats of a request, per generation.

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::json;

use super::answers::one_of_each;
use super::{rooms, small};

async fn selected(simulator: &Simulator, query: &str, ids: &[String; 4]) -> String {
    let found = rooms(simulator, query).await.ids();
    let letters = ids.iter().zip(["Q", "S", "H", "C"]);
    letters.filter(|(id, _)| found.contains(id)).map(|(_, letter)| letter).collect()
}

#[tokio::test]
async fn each_flag_means_what_its_generation_says() {
    for (version, open, queued, hold) in [
        ("2.4.0", "QSH", "QSHC", "QSHC"),
        ("3.0.0", "QS", "QSHC", "H"),
        ("6.10.0", "QS", "", "H"),
        ("6.11.0", "S", "Q", "H"),
        ("8.8.1", "S", "Q", "H"),
    ] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        assert_eq!(selected(&simulator, "open=true", &ids).await, open, "{version}");
        assert_eq!(selected(&simulator, "open=false", &ids).await, "C", "{version}");
        assert_eq!(selected(&simulator, "open=1", &ids).await, "QSHC", "{version}");
        assert_eq!(selected(&simulator, "onhold=t", &ids).await, hold, "{version}");
        if !queued.is_empty() {
            assert_eq!(selected(&simulator, "queued=true", &ids).await, queued, "{version}");
        }
        assert_eq!(selected(&simulator, "", &ids).await, "QSHC", "{version}");
    }
}

#[tokio::test]
async fn an_inverted_build_answers_the_opposite() {
    let settings = SimulatorSettings { open_inverted: true, ..small("8.2.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let ids = simulator.world(one_of_each);
    assert_eq!(selected(&simulator, "open=true", &ids).await, "C");
    assert_eq!(selected(&simulator, "open=false", &ids).await, "S");
}

#[tokio::test]
async fn agents_are_found_by_name_before_7_only() {
    for (version, found) in [("6.13.1", "SHC"), ("7.0.0", "")] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        let agent = simulator.world(|world| world.agents.values().next().unwrap().clone());
        let by = |value: &str| format!("agents[]={value}");
        assert_eq!(selected(&simulator, &by(&agent.id), &ids).await, "SHC");
        assert_eq!(selected(&simulator, &by(&agent.username), &ids).await, found, "{version}");
    }
}

#[tokio::test]
async fn an_interval_includes_both_its_ends() {
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let ids = simulator.world(one_of_each);
    let closed = simulator.world(|world| world.rooms[&ids[3]].closed_at.unwrap());
    let window = |start, end| {
        let text = json!({ "start": start, "end": end }).to_string();
        url::form_urlencoded::Serializer::new(String::new()).append_pair("closedAt", &text).finish()
    };
    let at = closed.to_string();
    assert_eq!(selected(&simulator, &window(&at, &at), &ids).await, "C");
    let later = (closed + std::time::Duration::from_millis(1)).to_string();
    assert_eq!(selected(&simulator, &window(&later, &later), &ids).await, "");
    for wrong in ["closedAt=yesterday", "createdAt=%7B%22start%22%3A%22soon%22%7D"] {
        assert_eq!(rooms(&simulator, wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn pages_are_clamped_and_their_order_is_the_one_written() {
    let settings = SimulatorSettings { page_limit: 25, ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    let mut ids = simulator.world(|world| world.arrive_together(60));
    ids.sort();
    let page = rooms(&simulator, "count=1000&sort=%7B%22ts%22%3A1%2C%22_id%22%3A1%7D").await;
    assert_eq!(page.ids(), ids[..25]);
    let body = page.json();
    assert_eq!((&body["count"], &body["total"]), (&25.into(), &60.into()));
    assert_eq!(rooms(&simulator, "").await.ids().len(), 25, "the default is clamped too");
    assert_eq!(rooms(&simulator, "count=0").await.ids().len(), 60);
    assert_eq!(rooms(&simulator, "offset=50&count=25").await.ids().len(), 10);
    let descending = rooms(&simulator, "count=3&sort=%7B%22_id%22%3A-1%7D").await.ids();
    assert_eq!(descending[0], ids[59]);
}

/// The last message alone would give another order: it moves neither with the hold nor with the tag.
#[tokio::test]
async fn the_latest_update_is_first_whatever_was_written() {
    let simulator = Simulator::start(small("8.6.1")).await.unwrap();
    let ids = simulator.world(one_of_each);
    let [_, served, held, closed] = &ids;
    let latest = "sort=%7B%22_updatedAt%22%3A-1%7D";
    assert_eq!(rooms(&simulator, latest).await.ids()[0], *closed);
    simulator.world(|world| assert!(world.tag(served, "refund")));
    assert_eq!(rooms(&simulator, latest).await.ids()[0], *served);
    simulator.world(|world| assert!(world.resume(held)));
    let page = rooms(&simulator, latest).await;
    assert_eq!(page.ids()[..2], [held.clone(), served.clone()]);
    let resumed = &page.json()["rooms"][0];
    assert!(resumed["_updatedAt"].as_str() > resumed["lm"].as_str(), "{resumed}");
    let talk = "sort=%7B%22lm%22%3A-1%7D";
    assert_eq!(rooms(&simulator, talk).await.ids()[0], *closed);
}

/// Both chats were put on hold: one was closed and kept the flag, the other lost its agent.
#[tokio::test]
async fn on_hold_alone_asks_neither_for_an_open_chat_nor_for_an_agent() {
    for (version, open) in [("3.18.0", "S"), ("6.10.2", "S"), ("6.11.0", ""), ("8.6.1", "")] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        simulator.world(|world| {
            world.rooms.get_mut(&ids[3]).unwrap().on_hold = true;
            let lost = world.rooms.get_mut(&ids[1]).unwrap();
            (lost.on_hold, lost.served_by) = (true, None);
        });
        assert_eq!(selected(&simulator, "onhold=true", &ids).await, "SHC", "{version}");
        let both = selected(&simulator, "open=true&onhold=true", &ids).await;
        assert_eq!(both.replace('H', ""), open, "{version}");
        assert_eq!(selected(&simulator, "open=false&onhold=true", &ids).await, "C", "{version}");
    }
}

/// Server PR 32800, released in 6.11.
#[tokio::test]
async fn queued_wins_over_open_and_onhold() {
    for version in ["6.11.0", "7.7.1", "8.6.1", "9.0.0"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        for query in ["queued=true&open=false", "queued=1&onhold=true", "queued=t&open=true"] {
            assert_eq!(selected(&simulator, query, &ids).await, "Q", "{version} {query}");
        }
    }
}

#[tokio::test]
async fn open_knows_two_words_and_ignores_the_others() {
    for version in ["2.4.0", "6.13.0", "8.6.1"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        for query in ["open=1", "open=t", "open=yes", "open="] {
            assert_eq!(selected(&simulator, query, &ids).await, "QSHC", "{version} {query}");
        }
    }
}

/// The validator of 8.6.1 makes a list of the text, and the handler does not recognize the text in a list.
#[tokio::test]
async fn the_word_undefined_is_no_department_until_the_validator_makes_lists() {
    for (version, found) in [("4.8.0", "QSHC"), ("7.7.1", "QSHC"), ("8.6.1", ""), ("9.0.0", "")] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        for query in ["departmentId=undefined", "departmentId="] {
            assert_eq!(selected(&simulator, query, &ids).await, found, "{version} {query}");
        }
    }
}

#[tokio::test]
async fn several_departments_are_any_of_them_and_units_narrow_7_alone() {
    for (version, of_units) in [("7.7.1", ""), ("8.6.1", "QSHC")] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        let department = simulator.world(|world| world.departments.keys().next().unwrap().clone());
        let lists = format!("departmentId[]={department}&departmentId[]=another");
        assert_eq!(selected(&simulator, &lists, &ids).await, "QSHC", "{version}");
        let undefined = "departmentId[]=undefined";
        assert_eq!(selected(&simulator, undefined, &ids).await, "", "{version}");
        assert_eq!(selected(&simulator, "units[]=u1", &ids).await, of_units, "{version}");
    }
}

#[tokio::test]
async fn an_interval_without_ends_holds_nothing() {
    for version in ["6.10.2", "7.7.1", "8.6.1"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        for (text, found) in [("%7B%7D", ""), ("%7B%22start%22%3A%22%22%7D", ""), ("null", "QSHC")]
        {
            for name in ["closedAt", "createdAt"] {
                let query = format!("{name}={text}");
                assert_eq!(selected(&simulator, &query, &ids).await, found, "{version} {query}");
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_time_is_told_by_its_name() {
    let simulator = Simulator::start(small("8.6.1")).await.unwrap();
    let reply = rooms(&simulator, "closedAt=%7B%22end%22%3A%22soon%22%7D").await;
    let told = r#"The "closedAt.end" query parameter must be a valid date."#;
    assert_eq!((reply.status, reply.error().as_str()), (400, told));
}

#[tokio::test]
async fn a_quoted_name_is_the_whole_name_since_7() {
    for (version, quoted) in [("6.13.1", ""), ("7.0.0", "S")] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        let ids = simulator.world(one_of_each);
        simulator.world(|world| {
            world.rooms.get_mut(&ids[1]).unwrap().visitor.name = "Zoe Zed".to_owned();
        });
        assert_eq!(selected(&simulator, "roomName=oe+z", &ids).await, "S", "{version}");
        let whole = "roomName=%22Zoe+Zed%22";
        assert_eq!(selected(&simulator, whole, &ids).await, quoted, "{version}");
        assert_eq!(selected(&simulator, "roomName=%22Zoe%22", &ids).await, "", "{version}");
    }
}

/// Both numbers go to the database unchanged.
#[tokio::test]
async fn a_negative_count_counts_and_a_negative_offset_is_refused() {
    for version in ["6.10.2", "7.7.1", "8.6.1"] {
        let simulator = Simulator::start(small(version)).await.unwrap();
        simulator.world(one_of_each);
        assert_eq!(rooms(&simulator, "count=-1").await.ids().len(), 1, "{version}");
        let refused = rooms(&simulator, "offset=-1").await;
        assert_eq!(refused.status, 400, "{version}");
        assert!(refused.error().contains("actual value '-1'"), "{}", refused.text);
    }
}
