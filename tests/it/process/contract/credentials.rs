//! A token that is refused, replaced, or of another user.

use std::path::Path;

use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::rocketchat::auth::Auth;
use rocketchat_omnichannel_exporter::rocketchat::client::Client;
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::LoadRow;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::me::Me;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallRow;
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use super::loopback::{Loopback, nothing, reply};
use super::{client_at, client_of, client_with, failure, page, permit, reach, rooms, small};

fn client_reading(url: &str, file: &Path) -> Client {
    let auth = Auth::new(SimulatorSettings::default().user_id, TokenSource::File(file.to_owned()));
    client_with(&reach(url), auth, Clock::system())
}

fn statuses(simulator: &Simulator) -> Vec<u16> {
    simulator.requests().iter().map(|request| request.status).collect()
}

#[tokio::test]
async fn a_token_that_changed_in_its_file_is_used_in_the_one_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{}\n", SimulatorSettings::default().token)).unwrap();
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let client = client_reading(&simulator.url(), &file);
    rooms(&client).await.unwrap();
    simulator.set_token("rotated");
    std::fs::write(&file, "rotated").unwrap();
    rooms(&client).await.unwrap();
    rooms(&client).await.unwrap();
    assert_eq!(statuses(&simulator), [200, 401, 200, 200]);
}

/// In 9.0 such a 400 may mean that nobody is logged in, and in 8.5 that the token does not ignore the second factor.
#[tokio::test]
async fn a_400_that_means_401_has_the_file_of_the_token_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    for word in ["error-invalid-user", "totp-required"] {
        std::fs::write(&file, "old").unwrap();
        let body = format!(r#"{{"success":false,"error":"x [{word}]","errorType":"{word}"}}"#);
        let server = Loopback::start(move |request| match request.header("x-auth-token") {
            Some("new") => reply(200, &[], r#"{"rooms":[],"total":0,"success":true}"#),
            _ => reply(400, &[], body.clone()),
        });
        let server = server.await;
        let client = client_reading(&server.url(), &file);
        assert_eq!(failure(&client).await.reason, Reason::Unauthorized, "{word}");
        std::fs::write(&file, "new").unwrap();
        rooms(&client).await.unwrap();
        assert_eq!(server.seen().len(), 3, "{word}");
    }
}

#[tokio::test]
async fn a_refused_token_that_stays_the_same_is_not_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "wrong").unwrap();
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let client = client_reading(&simulator.url(), &file);
    assert_eq!(failure(&client).await.reason, Reason::Unauthorized);
    assert_eq!(statuses(&simulator), [401]);
    std::fs::write(&file, "wrong as well").unwrap();
    assert_eq!(failure(&client).await.reason, Reason::Unauthorized);
    std::fs::write(&file, "wrong-as-well").unwrap();
    assert_eq!(failure(&client).await.reason, Reason::Unauthorized);
    assert!(statuses(&simulator).iter().all(|status| *status == 401));
    simulator.set_token("another");
    let inline = client_of(&simulator);
    let before = statuses(&simulator).len();
    assert_eq!(failure(&inline).await.reason, Reason::Unauthorized);
    assert_eq!(statuses(&simulator).len(), before + 1);
}

#[tokio::test]
async fn routes_that_meet_the_old_token_side_by_side_all_go_on_with_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, SimulatorSettings::default().token).unwrap();
    let simulator = Simulator::start(small("7.10.0")).await.unwrap();
    let client = client_reading(&simulator.url(), &file);
    rooms(&client).await.unwrap();
    simulator.set_token("rotated");
    std::fs::write(&file, "rotated").unwrap();
    let query = Query::default();
    let (chats, calls, loads) = tokio::join!(
        page::<RoomRow>(&client, Endpoint::LivechatRooms, &query),
        page::<CallRow>(&client, Endpoint::VoipRooms, &query),
        page::<LoadRow>(&client, Endpoint::LivechatQueue, &query),
    );
    chats.unwrap();
    calls.unwrap();
    loads.unwrap();
    let refused = statuses(&simulator).into_iter().filter(|status| *status == 401);
    assert_eq!(refused.count(), 3, "the routes did not meet the old token together");
}

#[tokio::test]
async fn a_token_file_that_is_missing_or_empty_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let server = Loopback::start(|_| nothing()).await;
    let client = client_reading(&server.url(), &file);
    for content in [None, Some(" \n"), Some("two words"), Some("caf\u{e9}")] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let failure = failure(&client).await;
        assert_eq!(failure.reason, Reason::Credentials, "{content:?}");
        assert!(
            failure.to_string().ends_with("check auth_token_file and the permissions of the file")
        );
    }
    assert!(server.seen().is_empty());
    let permit = permit(&client, Endpoint::Info).await;
    client.page::<RoomRow>(permit, None, &Query::default()).await.unwrap();
}

#[tokio::test]
async fn me_tells_a_wrong_token_and_another_users_token_apart() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(small("8.1.0")).await.unwrap();
    let client = client_of(&simulator);
    let me: Me = client.object(permit(&client, Endpoint::Me).await).await.unwrap();
    assert_eq!((&*me.id, client.user_id()), (&*settings.user_id, &*settings.user_id));
    simulator.set_token("another");
    let refused = client.object::<Me>(permit(&client, Endpoint::Me).await).await;
    assert_eq!(refused.unwrap_err().reason, Reason::Unauthorized);
    let server = Loopback::start(|_| reply(200, &[], r#"{"_id":"somebody","success":true}"#)).await;
    let client = client_at(&server.url());
    let me: Me = client.object(permit(&client, Endpoint::Me).await).await.unwrap();
    assert_ne!(*me.id, *client.user_id());
    let nobody = Loopback::start(|_| reply(200, &[], r#"{"success":true}"#)).await;
    let client = client_at(&nobody.url());
    let refused = client.object::<Me>(permit(&client, Endpoint::Me).await).await;
    assert_eq!(refused.unwrap_err().reason, Reason::Decode);
}
