//! The fields that the exporter decodes against the types of Rocket.Chat's releases, which npm has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::page;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallRow;
use rocketchat_omnichannel_exporter::simulator::Simulator;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{named_releases, newest, packages};
use crate::inside::backfill::settings_with_calls;

/// The releases of the package of types that npm has, one of each few months. Releases 7.x and 9.0 are not there.
const RELEASES: &str = "6.3.7 6.5.9 6.9.7 6.13.1 8.3.8 8.6.2 8.8.1";

/// The fields of rows that are not kept, from `src/rocketchat`, by the name of their type.
const OTHER_FIELDS: [(&str, &[&str]); 6] = [
    (
        "ILivechatAgent",
        &[
            "username",
            "status",
            "statusLivechat",
            "departments",
            "livechat.maxNumberSimultaneousChat",
        ],
    ),
    ("ILivechatDepartment", &["name", "maxNumberSimultaneousChat"]),
    ("ILivechatDepartmentAgents", &["agentId", "username"]),
    (
        "ILivechatBusinessHour",
        &[
            "type",
            "active",
            "timezone.name",
            "workHours.day",
            "workHours.open",
            "workHours.start.time",
            "workHours.finish.time",
            "departments._id",
        ],
    ),
    ("ILivechatPriority", &["name", "i18n"]),
    ("IOmnichannelServiceLevelAgreements", &["name", "dueTimeInMinutes"]),
];

/// The fields with a value, as paths.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                paths(field, &path, found);
            }
        }
        Value::Null => {}
        // A reference to a user keeps the user name under this name.
        _ => drop(found.insert(path.replace("closedBy.name", "closedBy.username"))),
    }
}

/// The fields that the exporter decodes from the rows of a list.
fn decoded<R>(
    simulator: &Simulator,
    credentials: &[(String, String)],
    list: &str,
) -> BTreeSet<String>
where
    R: page::Row + Serialize + DeserializeOwned,
{
    let reply = simulator.answer("GET", &format!("/api/v1/{list}"), "count=100", credentials);
    let page = page::decode::<R>(reply.body.as_bytes()).unwrap();
    let mut found = BTreeSet::new();
    for row in page.rows {
        paths(&serde_json::to_value(row).unwrap(), "", &mut found);
    }
    found
}

/// The decoded fields by the name of their type.
fn fields() -> BTreeMap<&'static str, BTreeSet<String>> {
    let settings = settings_with_calls(41);
    let simulator = Simulator::detached(settings.clone());
    simulator.world(|world| world.live(Duration::from_secs(4 * 3600)));
    let credentials = [("x-user-id", settings.user_id), ("x-auth-token", settings.token)];
    let credentials = credentials.map(|(name, value)| (name.to_owned(), value));
    let other = OTHER_FIELDS.iter().map(|(name, fields)| {
        (*name, fields.iter().map(ToString::to_string).collect::<BTreeSet<_>>())
    });
    let rooms = decoded::<RoomRow>(&simulator, &credentials, "livechat/rooms");
    let calls = decoded::<CallRow>(&simulator, &credentials, "voip/rooms");
    assert!(rooms.len() > 25 && calls.len() > 10, "{rooms:?} {calls:?}");
    other.chain([("IOmnichannelRoom", rooms), ("IVoipRoom", calls)]).collect()
}

fn check(folder: &Path, releases: &str, fields: &BTreeMap<&str, BTreeSet<String>>) -> Output {
    let file = folder.join("fields.json");
    let releases: Vec<_> = releases.split_whitespace().collect();
    let wanted = json!({ "releases": releases, "fields": fields });
    std::fs::write(&file, wanted.to_string()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drift/fields.mjs");
    Command::new("node").arg(script).arg(&file).arg(packages()).output().expect("node")
}

#[test]
#[ignore = "needs node and npm: tests/run runs it"]
fn the_types_of_each_release_have_every_field_that_is_decoded() {
    let releases = named_releases(RELEASES, || newest("@rocket.chat/core-typings"));
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &releases, &fields());
    let (told, errors) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{told}");
    assert!(output.status.success(), "{told}\n{errors}");
    assert_eq!(told.lines().count(), releases.split_whitespace().count(), "{told}");
    let of_rooms = |line: &str| -> Option<usize> {
        line.split("IOmnichannelRoom ").nth(1)?.split(',').next()?.parse().ok()
    };
    for line in told.lines() {
        assert!(of_rooms(line).is_some_and(|fields| fields > 20), "{line}");
    }
}

#[test]
#[ignore = "needs node and npm: tests/run runs it"]
fn a_field_that_a_release_no_longer_has_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut fields = fields();
    let renamed = |path: &String| path.replace("waitingResponse", "waitsForResponse");
    let rooms = fields.get_mut("IOmnichannelRoom").unwrap();
    *rooms = rooms.iter().map(renamed).collect();
    let output = check(folder.path(), "8.8.1", &fields);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert_eq!(told.trim(), "8.8.1: IOmnichannelRoom has no waitsForResponse");
}
