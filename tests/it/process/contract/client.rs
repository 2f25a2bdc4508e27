//! Target and content of requests.

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::http_settings::HttpSettings;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use strum::VariantArray;

use super::loopback::{Loopback, Seen, nothing, reply};
use super::{
    client_at, client_of, client_with, failure, permit, reach, rooms, simulated_auth, small,
};

/// Sends one request to every endpoint; the id is that of a department.
async fn asked_everything(url: &str, server: &Loopback) -> Vec<(Endpoint, Seen)> {
    let client = client_at(url);
    for &endpoint in Endpoint::VARIANTS {
        let permit = permit(&client, endpoint).await;
        let query = Query::default();
        let page = client.page::<RoomRow>(permit, Some("a/b ?"), &query);
        page.await.unwrap();
    }
    Endpoint::VARIANTS.iter().copied().zip(server.seen()).collect()
}

#[tokio::test]
async fn credentials_and_our_name_go_to_every_endpoint_but_public_ones_get_only_the_name() {
    let server = Loopback::start(|_| nothing()).await;
    let settings = SimulatorSettings::default();
    let agent = format!("rocketchat-omnichannel-exporter/{}", env!("CARGO_PKG_VERSION"));
    for (endpoint, seen) in asked_everything(&server.url(), &server).await {
        let is_open = matches!(endpoint, Endpoint::Info | Endpoint::Widget);
        let token = (!is_open).then_some(settings.token.as_str());
        let user = (!is_open).then_some(settings.user_id.as_str());
        assert_eq!(seen.header("x-auth-token"), token, "{endpoint:?}");
        assert_eq!(seen.header("x-user-id"), user, "{endpoint:?}");
        assert_eq!(seen.header("user-agent"), Some(agent.as_str()));
        assert_eq!(seen.header("accept"), Some("application/json"));
        assert_eq!(seen.header("authorization").or(seen.header("cookie")), None);
    }
}

#[tokio::test]
async fn a_sub_path_is_kept_with_and_without_a_slash_at_its_end() {
    for (sub_path, prefix) in [("", ""), ("/", ""), ("/chat", "/chat"), ("/a/chat/", "/a/chat")] {
        let server = Loopback::start(|_| nothing()).await;
        let url = format!("{}{sub_path}", server.url());
        for (endpoint, seen) in asked_everything(&url, &server).await {
            let api = if endpoint == Endpoint::Info { "/api" } else { "/api/v1" };
            let route = endpoint.route().replace(":id", "a%2Fb%20%3F");
            assert_eq!(seen.uri, format!("{prefix}{api}/{route}"), "{sub_path}");
        }
    }
}

#[tokio::test]
async fn a_workspace_below_a_sub_path_answers() {
    let settings = SimulatorSettings { path_prefix: "/chat".to_owned(), ..small("8.1.0") };
    let simulator = Simulator::start(settings).await.unwrap();
    rooms(&client_of(&simulator)).await.unwrap();
    rooms(&client_at(&format!("{}/", simulator.url()))).await.unwrap();
    let beside = simulator.url().replace("/chat", "/talk");
    assert_eq!(failure(&client_at(&beside)).await.reason, Reason::NotFound);
}

#[tokio::test]
async fn a_redirect_is_reported_and_the_credentials_stay_here() {
    let elsewhere = Loopback::start(|_| nothing()).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}/api/v1/livechat/rooms", elsewhere.url());
        let here = Loopback::start(move |_| reply(status, &[("location", &target)], "")).await;
        let failure = failure(&client_at(&here.url())).await;
        assert_eq!(failure.reason, Reason::Redirected, "{status}");
        assert!(
            failure.to_string().contains("; set url to the address of the redirect; "),
            "{failure}"
        );
        assert_eq!(here.seen().len(), 1);
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_configured_proxy_gets_the_request_for_the_workspace() {
    let proxy = Loopback::start(|_| nothing()).await;
    let reach =
        HttpSettings { proxy: Some(proxy.url().into()), ..reach("http://rocketchat.invalid/chat") };
    let client = client_with(&reach, simulated_auth(), Clock::system());
    rooms(&client).await.unwrap();
    let uris: Vec<String> = proxy.seen().into_iter().map(|seen| seen.uri).collect();
    assert_eq!(uris, ["http://rocketchat.invalid/chat/api/v1/livechat/rooms"]);
}
