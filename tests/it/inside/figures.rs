//! The figures of a page, depending on the configuration and on the answers of the server.

use std::time::Duration;

use rocketchat_omnichannel_exporter::config::Workspace;
use rocketchat_omnichannel_exporter::simulator::{Permission, SimulatorSettings};

use crate::inside::cycle;
use crate::watching::{Numbers, Watched, of_family};

fn small() -> SimulatorSettings {
    cycle::small("8.1.0")
}

async fn page_of(settings: SimulatorSettings, adjust: impl FnOnce(&mut Workspace)) -> Numbers {
    Watched::start(settings, adjust).await.poll().await
}

#[tokio::test]
async fn a_filter_by_department_shows_no_public() {
    let shows_public = |page: &Numbers| page.keys().any(|key| key.contains("\"Public\""));
    let all = page_of(small(), |_| ()).await;
    assert!(shows_public(&all));
    let sales = page_of(small(), |workspace| {
        workspace.filter.departments = vec!["Sales".to_owned()];
    })
    .await;
    assert!(!of_family(&sales, "open_chats").is_empty());
    assert!(!shows_public(&sales));
}

#[tokio::test]
async fn rooms_narrowed_by_what_the_queue_cannot_be_are_not_compared_with_it() {
    let shows = |page: &Numbers| !of_family(page, "exporter_load_mismatch_chats").is_empty();
    assert!(shows(&page_of(small(), |_| ()).await));
    let narrowed: [fn(&mut Workspace); 3] = [
        |workspace| workspace.filter.tags = vec!["vip".to_owned()],
        |workspace| workspace.filter.room_name = Some("a".to_owned()),
        |workspace| {
            let fields = &mut workspace.filter.custom_fields;
            fields.insert("tier".to_owned(), "gold".to_owned());
        },
    ];
    for adjust in narrowed {
        assert!(!shows(&page_of(small(), adjust).await));
    }
}

#[tokio::test]
async fn members_have_their_user_names_where_the_directory_of_agents_is_refused() {
    let refused = [Permission::TransferLivechatGuest, Permission::EditOmnichannelContact];
    let settings = SimulatorSettings {
        refused: refused.into(),
        arrivals_per_hour: 0.0,
        warm_up: Duration::ZERO,
        ..small()
    };
    let mut watched = Watched::start(settings, |_| ()).await;
    let names: Vec<String> = watched.simulator.world(|world| {
        let agents = world.agents.values();
        agents.map(|agent| agent.username.clone()).collect()
    });
    let page = watched.poll().await;
    let shown = of_family(&page, "agent_chats");
    assert!(!shown.is_empty());
    for (key, _) in shown {
        let is_named = names.iter().any(|name| key.contains(&format!("{name:?}")));
        assert!(is_named, "{key}");
    }
}

#[tokio::test]
async fn a_chat_limit_alone_tells_the_concurrency_factor() {
    let limited = |workspace: &mut Workspace| workspace.agents.chat_limit = Some(4);
    let page = page_of(small(), limited).await;
    assert_eq!(page.get("agent_concurrency_factor[]"), Some(&2.9));
}

#[tokio::test]
async fn slots_are_left_out_where_an_agent_has_no_limit_or_a_filter_hides_chats() {
    let limited = |workspace: &mut Workspace| workspace.agents.chat_limit = Some(4);
    let has_slots = |page: &Numbers| {
        let public = r#"[("department", "Public")]"#;
        ["chat_slots", "chat_slots_free"]
            .map(|family| page.contains_key(&format!("{family}{public}")))
    };
    assert_eq!(has_slots(&page_of(small(), limited).await), [true; 2]);
    assert_eq!(has_slots(&page_of(small(), |_| ()).await), [false; 2], "no limit is configured");
    let filters: [fn(&mut Workspace); 2] = [
        |workspace| workspace.filter.departments = vec!["Sales".to_owned()],
        |workspace| workspace.filter.tags = vec!["vip".to_owned()],
    ];
    for filter in filters {
        let page = page_of(small(), |workspace| {
            limited(workspace);
            filter(workspace);
        })
        .await;
        assert!(!of_family(&page, "agents").is_empty());
        assert!(of_family(&page, "chat_slots").is_empty(), "{:?}", of_family(&page, "chat_slots"));
        assert!(of_family(&page, "chat_slots_free").is_empty());
    }
}
