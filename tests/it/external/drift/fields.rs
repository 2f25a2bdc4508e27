//! The fields that the exporter decodes against the types of Rocket.Chat's releases, which npm has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::Duration;

use rocketchat_omnichannel_exporter::rocketchat::agents::AgentRow;
use rocketchat_omnichannel_exporter::rocketchat::business_hours::HourRow;
use rocketchat_omnichannel_exporter::rocketchat::departments::{DepartmentRow, MemberRow};
use rocketchat_omnichannel_exporter::rocketchat::endpoint::Endpoint;
use rocketchat_omnichannel_exporter::rocketchat::info::Info;
use rocketchat_omnichannel_exporter::rocketchat::licence::LicenceRow;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::LoadRow;
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::me::Me;
use rocketchat_omnichannel_exporter::rocketchat::priorities::PriorityRow;
use rocketchat_omnichannel_exporter::rocketchat::slas::SlaRow;
use rocketchat_omnichannel_exporter::rocketchat::visitor::WithVisitor;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallRow;
use rocketchat_omnichannel_exporter::rocketchat::widget::WidgetRow;
use rocketchat_omnichannel_exporter::simulator::world::{
    BusinessHour, ChatState, Direction, World,
};
use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};
use serde_json::json;
use strum::VariantArray;
use tempfile::TempDir;

use super::decoded::{Decoded, Kind, Reader};
use super::{named_releases, newest, packages};
use crate::inside::backfill::settings_with_calls;

/// The releases of the packages of types that npm has, one of each few months. Some have one of both packages.
const RELEASES: &str = "6.3.7 6.5.9 6.9.7 6.13.1 7.0.0 7.9.8 7.13.9 8.0.0 8.3.8 8.6.1 8.6.2 8.8.1";

/// The newest release of [`RELEASES`] with both packages.
const LAST: &str = "8.8.1";

/// The kinds of the decoded fields, by the route of the endpoint.
type Fields = BTreeMap<&'static str, BTreeMap<String, Kind>>;

/// The type that an answer is decoded as; chats and calls with what `inspect --visitors` decodes besides.
fn reader(endpoint: Endpoint) -> Reader {
    match endpoint {
        Endpoint::Info => Reader::of_object::<Info>(),
        Endpoint::Me => Reader::of_object::<Me>(),
        Endpoint::LivechatQueue => Reader::of_list::<LoadRow>(),
        Endpoint::LivechatRooms => Reader::of_list::<WithVisitor<RoomRow>>(),
        Endpoint::Departments => Reader::of_list::<DepartmentRow>(),
        Endpoint::Department => Reader::of_list::<MemberRow>(),
        Endpoint::Agents => Reader::of_list::<AgentRow>(),
        Endpoint::Priorities => Reader::of_list::<PriorityRow>(),
        Endpoint::Slas => Reader::of_list::<SlaRow>(),
        Endpoint::Licence => Reader::of_list::<LicenceRow>(),
        Endpoint::BusinessHour | Endpoint::BusinessHours => Reader::of_list::<HourRow>(),
        Endpoint::Widget => Reader::of_list::<WidgetRow>(),
        Endpoint::VoipRooms | Endpoint::VoipRoom => Reader::of_list::<WithVisitor<CallRow>>(),
    }
}

/// The path and the queries whose answers together have every field.
fn requests(endpoint: Endpoint, world: &World) -> (String, Vec<String>) {
    let mut path = format!("/api/v1/{}", endpoint.route());
    let mut queries = vec![String::new()];
    match endpoint {
        Endpoint::Info => "/api/info".clone_into(&mut path),
        Endpoint::Department => {
            path = path.replace(":id", world.departments.keys().next().unwrap());
        }
        Endpoint::BusinessHour => queries = vec!["type=default".to_owned()],
        Endpoint::Licence => queries = vec!["loadValues=true".to_owned()],
        Endpoint::VoipRooms => queries = ["open=true", "open=false"].map(str::to_owned).into(),
        Endpoint::VoipRoom => {
            let call = world.calls.values().find(|call| call.closed_at.is_some()).unwrap();
            queries = vec![format!("rid={}&token={}", call.id, call.visitor.token)];
        }
        Endpoint::LivechatRooms => queries = vec!["count=100".to_owned()],
        _ => {}
    }
    (path, queries)
}

/// A workspace whose administrator has set everything that an answer can tell.
fn simulator(settings: SimulatorSettings) -> Simulator {
    let simulator = Simulator::detached(SimulatorSettings { refused: [].into(), ..settings });
    simulator.world(|world| {
        world.live(Duration::from_secs(4 * 3600));
        let department = world.departments.values_mut().next().unwrap();
        department.chat_limit = Some(3);
        let id = department.id.clone();
        let administration = &mut world.administration;
        administration.priorities[0].name = Some("Fire".to_owned());
        let mut hours = BusinessHour::default_of("UTC");
        hours.is_default = false;
        hours.departments.insert(id);
        administration.business_hours.push(hours);
        let room = world.chats(ChatState::InProgress).next().unwrap().id.clone();
        assert!(world.hold(&room));
        let agent = world.agents.keys().next().unwrap().clone();
        world.start_call("sales", Direction::Inbound, &agent).unwrap();
    });
    simulator
}

/// What the exporter decodes from the answers of an endpoint.
fn decoded(endpoint: Endpoint, simulator: &Simulator) -> Decoded {
    let settings = SimulatorSettings::default();
    let credentials = [("x-user-id", settings.user_id), ("x-auth-token", settings.token)];
    let credentials = credentials.map(|(name, value)| (name.to_owned(), value));
    let (path, queries) = simulator.world(|world| requests(endpoint, world));
    let mut decoded = Decoded::default();
    for query in queries {
        let reply = simulator.answer("GET", &path, &query, &credentials);
        assert_eq!(reply.status, 200, "{path}?{query}: {}", reply.body);
        decoded.add(reader(endpoint), &serde_json::from_str(&reply.body).unwrap());
    }
    decoded
}

/// What the exporter decodes, by the route of the endpoint.
static DECODED: LazyLock<BTreeMap<&'static str, Decoded>> = LazyLock::new(|| {
    let simulator = simulator(settings_with_calls(41));
    let of = |endpoint: &Endpoint| (endpoint.route(), decoded(*endpoint, &simulator));
    Endpoint::VARIANTS.iter().map(of).collect()
});

fn fields() -> Fields {
    DECODED.iter().map(|(route, decoded)| (*route, decoded.fields.clone())).collect()
}

/// A field that no answer has would not be found, and so not be held against the types.
#[test]
fn the_answers_of_the_simulator_have_every_field_that_is_decoded() {
    let mut by_row = BTreeMap::<_, Decoded>::new();
    for endpoint in Endpoint::VARIANTS {
        by_row.entry(reader(*endpoint).row).or_default().add_rows_of(&DECODED[endpoint.route()]);
    }
    let missing =
        by_row.iter().flat_map(|(row, it)| it.never_changed().map(move |field| (row, field)));
    assert_eq!(missing.collect::<Vec<_>>(), []);
}

#[test]
fn a_field_that_is_only_sent_is_not_taken_for_a_decoded_field() {
    let fields = fields();
    let rooms = &fields["livechat/rooms"];
    let kind = |path: &str| rooms.get(&format!("rooms[].{path}")).copied();
    assert_eq!(kind("metrics.response.fd"), Some(Kind::Time));
    assert_eq!(kind("verified"), Some(Kind::Presence));
    assert_eq!(kind("tags"), Some(Kind::List));
    for sent in ["lastMessage", "lastMessage.msg", "v.token", "livechatData", "metrics.response.ft"]
    {
        assert_eq!(kind(sent), None, "{sent}");
    }
}

fn check(folder: &Path, releases: &str, fields: &Fields, packages: &Path) -> Output {
    let file = folder.join("fields.json");
    let named: Vec<_> = releases.split_whitespace().collect();
    let wanted = json!({ "releases": named, "fields": fields, "all": releases == RELEASES });
    std::fs::write(&file, wanted.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drift/fields.mjs");
    Command::new("node").arg(script).arg(&file).arg(packages).output().expect("node")
}

/// The newest release of each package.
fn newest_of_both() -> String {
    let packages = ["@rocket.chat/core-typings", "@rocket.chat/rest-typings"];
    BTreeSet::from(packages.map(newest)).into_iter().collect::<Vec<_>>().join(" ")
}

/// The number of fields of a route that the types of a release have, by the line of the release.
fn typed(line: &str, route: &str) -> Option<usize> {
    let (_, behind) = line.split_once(&format!(" {route} "))?;
    behind.split([' ', ',', ';']).next()?.parse().ok()
}

#[test]
#[ignore = "needs node and npm: tests/run runs it"]
fn the_types_of_each_release_have_every_field_that_is_decoded_with_its_kind() {
    let releases = named_releases(RELEASES, newest_of_both);
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &releases, &fields(), &packages());
    let (told, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{told}\n{errors}");
    assert_eq!(told.lines().count(), releases.split_whitespace().count(), "{told}");
    for line in told.lines() {
        if !line.contains("npm has no @rocket.chat/core-typings") {
            assert!(typed(line, "livechat/rooms").is_some_and(|fields| fields > 40), "{line}");
        }
        if !line.contains("npm has no @rocket.chat/rest-typings") {
            assert!(typed(line, "livechat/queue").is_some_and(|fields| fields > 8), "{line}");
        }
    }
}

/// A copy of the packages of a release, where the files have other texts.
fn changed(release: &str, changes: &[(&str, &str, &str)]) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in [release.to_owned(), format!("types-{release}")] {
        let mut cp = Command::new("cp");
        assert!(
            cp.arg("-R").arg(packages().join(name)).arg(copy.path()).status().unwrap().success()
        );
    }
    for (file, from, to) in changes {
        let file = copy.path().join(file);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from}");
        std::fs::write(&file, text.replace(from, to)).unwrap();
    }
    copy
}

#[test]
#[ignore = "needs node and npm: tests/run runs it"]
fn a_field_that_a_release_renames_or_gives_another_kind_is_noticed() {
    let fields = fields();
    let folder = tempfile::tempdir().unwrap();
    assert!(check(folder.path(), LAST, &fields, &packages()).status.success());
    let (room, answers) = (
        format!("types-{LAST}/package/dist/IRoom.d.ts"),
        format!("{LAST}/package/dist/v1/omnichannel.d.ts"),
    );
    let changes = [
        (&*room, "queuedAt?: Date", "waitsSince?: Date"),
        (&*room, "msgs: number", "msgs: string"),
        (&*answers, "chats: number", "loads: number"),
    ];
    let packages = changed(LAST, &changes);
    let output = check(folder.path(), LAST, &fields, packages.path());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    let expected = [
        "livechat/queue has no queue[].chats",
        "livechat/rooms has rooms[].msgs as string, which is no number",
        "livechat/rooms has no rooms[].queuedAt",
    ];
    assert_eq!(told.lines().collect::<Vec<_>>(), expected.map(|it| format!("{LAST}: {it}")));
}
