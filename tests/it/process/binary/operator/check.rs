//! `check`: one line for each result, with the remedy if something is wrong.

use std::sync::Arc;
use std::time::Instant;

use rocketchat_omnichannel_exporter::simulator::{
    Fault, Permission, Route, Simulator, SimulatorSettings,
};
use rocketchat_omnichannel_exporter::store::{LockMode, StateDirectory};

use super::super::{Exporter, PATIENCE};
use super::{VERSIONS, assert_only_reads, behind_firewall, furnish, golden, quiet, refusing, run};
use crate::authority::Authority;
use crate::process::contract::trust::serve;

/// Most requests of a check of one workspace.
const MOST_REQUESTS: usize = 16;

async fn checked(settings: SimulatorSettings, adjust: impl FnOnce(&Simulator)) -> String {
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(furnish);
    adjust(&simulator);
    // The clock of the server goes on while the process starts.
    let mut seen = Instant::now();
    simulator.on_request(move |world| {
        let passed = seen.elapsed();
        seen += passed;
        world.shift_clock(passed.try_into().unwrap());
    });
    let ended = run(&["check"], &simulator.url(), &settings).await;
    assert!(simulator.requests().len() <= MOST_REQUESTS, "{:?}", simulator.requests());
    golden(&ended, &simulator.url())
}

#[tokio::test]
async fn all_is_well_with_a_token_that_may_see_everything() {
    let settings = SimulatorSettings { rate_limit: Some(10), ..quiet("8.1.0") };
    insta::assert_snapshot!(checked(settings, |_| ()).await);
}

#[tokio::test]
async fn a_refused_token_ends_the_preflight_of_its_workspace() {
    let told = checked(quiet("8.1.0"), |simulator| simulator.set_token("another one")).await;
    insta::assert_snapshot!(told);
}

/// Since 8.5 (server PR 38017).
#[tokio::test]
async fn a_token_that_does_not_ignore_the_second_factor_is_told_so() {
    let body =
        r#"{"success":false,"error":"TOTP Required [totp-required]","errorType":"totp-required"}"#;
    let told = checked(quiet("8.6.0"), |simulator| {
        simulator.set_fault(Route::Me, Some(Fault::Status(400, body.to_owned())));
    })
    .await;
    let line = "✗ 127.0.0.1: token: me: HTTP 400 (totp-required); create a new personal access token \
                with \"Ignore two factor authentication\"";
    assert!(told.lines().any(|it| it == line), "{told}");
}

#[tokio::test]
async fn a_missing_permission_is_named_and_an_optional_one_is_no_fault() {
    let refused = [
        Permission::ViewLivechatRooms,
        Permission::TransferLivechatGuest,
        Permission::EditOmnichannelContact,
    ];
    let settings = SimulatorSettings { refused: refused.into(), ..quiet("7.13.0") };
    insta::assert_snapshot!(checked(settings, |_| ()).await);
}

#[tokio::test]
async fn a_hidden_version_is_asked_with_care() {
    let settings = SimulatorSettings { version_hidden: true, ..quiet("6.10.0") };
    insta::assert_snapshot!(checked(settings, |_| ()).await);
}

#[tokio::test]
async fn a_queue_that_a_firewall_keeps_from_sight_is_named_unless_an_old_server_shows_it() {
    for (version, is_seen) in
        [("4.8.0", true), ("6.10.0", true), ("7.13.0", false), ("8.6.0", false)]
    {
        let settings = SimulatorSettings { version_hidden: true, ..quiet(version) };
        let simulator = Arc::new(Simulator::start(settings.clone()).await.unwrap());
        let waiting = simulator.world(furnish);
        let url = behind_firewall(Arc::clone(&simulator)).await;
        let checked = golden(&run(&["check"], &url, &settings).await, &url);
        let found = if is_seen {
            "– 127.0.0.1: livechat/rooms (queued): this server does not know"
        } else {
            "✗ 127.0.0.1: livechat/rooms (queued): the version is hidden, queued=true is refused (HTTP 403 from a proxy or \
             firewall in front of Rocket.Chat)"
        };
        assert!(checked.contains(found), "{version}: {checked}");
        assert!(checked.contains("✓ 127.0.0.1: livechat/rooms (open)"), "{version}: {checked}");
        let inspected = run(&["inspect", "waiting"], &url, &settings).await;
        assert_eq!(inspected.code, Some(i32::from(!is_seen)), "{version}: {inspected:?}");
        let named = waiting.iter().all(|room| inspected.stdout.contains(room));
        assert_eq!(named, is_seen, "{version}: {inspected:?}");
        assert_eq!(inspected.stderr.contains("let /api/info through"), !is_seen, "{version}");
    }
}

#[tokio::test]
async fn a_server_that_takes_open_for_its_opposite_is_found_out() {
    let settings = SimulatorSettings { open_inverted: true, ..quiet("8.1.0") };
    let told = checked(settings, |_| ()).await;
    assert!(
        told.contains("✗ 127.0.0.1: livechat/rooms (open): the answer has closed rooms"),
        "{told}"
    );
    assert!(told.ends_with("exit code 1"), "{told}");
}

#[tokio::test]
async fn no_server_fails_at_the_port() {
    let (_held, url) = refusing();
    let ended = run(&["check"], &url, &quiet("8.1.0")).await;
    insta::assert_snapshot!(golden(&ended, &url));
}

#[tokio::test]
async fn a_host_without_an_address_fails_at_the_name() {
    let url = "http://nowhere.invalid";
    let ended = run(&["check"], url, &quiet("8.1.0")).await;
    let told = &ended.stdout;
    assert!(told.contains("✗ nowhere.invalid: dns: "), "{told}");
    assert!(told.contains("check the host name in the workspace's url"), "{told}");
    assert!(told.contains("– nowhere.invalid: tcp: skipped, it needs dns"), "{told}");
    assert_eq!(ended.code, Some(1));
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_fails_at_tls() {
    let url = serve(&Authority::new(), "127.0.0.1", false).await;
    let ended = run(&["check"], &url, &quiet("8.1.0")).await;
    insta::assert_snapshot!(golden(&ended, &url));
}

#[tokio::test]
async fn a_clock_that_is_minutes_off_is_a_fault() {
    let told = checked(quiet("8.1.0"), |simulator| {
        simulator.world(|world| world.shift_clock(jiff::SignedDuration::from_mins(-10)));
    })
    .await;
    let line = told.lines().find(|line| line.contains("clock")).unwrap();
    assert!(line.starts_with("✗ 127.0.0.1: clock: the server is "), "{line}");
    assert!(line.ends_with(" s behind this machine; synchronize both clocks with NTP"), "{line}");
}

#[tokio::test]
async fn a_state_directory_in_use_is_told_as_the_start_would_tell_it() {
    let settings = quiet("8.1.0");
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(furnish);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let check =
        async || run(&["check", "--state.directory", &path], &simulator.url(), &settings).await;
    let line = |told: &str| {
        let line = told.lines().find(|line| line.contains("state directory")).unwrap();
        line.replace(&path, "<directory>")
    };
    let free = check().await;
    assert_eq!(
        line(&free.stdout),
        "✓ state directory: <directory> can be written, and no other exporter uses it"
    );
    assert_eq!(free.code, Some(0));
    assert_eq!(std::fs::read_dir(&path).unwrap().count(), 0, "it leaves nothing behind");
    let _held = StateDirectory::open(&path, LockMode::Alone).unwrap();
    let held = check().await;
    assert_eq!(
        line(&held.stdout),
        "✗ state directory: <directory> is in use by another exporter: stop that exporter, or set --state.directory \
         to another directory, one for each replica"
    );
    assert_eq!(held.code, Some(1));
}

#[tokio::test]
async fn the_web_config_file_is_looked_at_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("web.yaml");
    let (_held, url) = refusing();
    for (yaml, begin) in [
        (
            "rate_limit: {interval: 1s, burst: 2}\n",
            "✓ web configuration: valid, the server uses http",
        ),
        ("tls_server_config: {cert_file: none.pem, key_file: none.key}\n", "✗ web configuration: "),
    ] {
        std::fs::write(&file, yaml).unwrap();
        let arguments = ["check", "--web.config.file", file.to_str().unwrap()];
        let told = run(&arguments, &url, &quiet("8.1.0")).await.stdout;
        assert!(told.lines().any(|line| line.starts_with(begin)), "{told}");
    }
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_told_line_by_line_and_nothing_is_sent() {
    let settings = quiet("8.1.0");
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(furnish);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    for (yaml, parts) in [
        ("pol: {}\nworkspaces: []\n".to_owned(), ["✗ configuration: ", "\"pol\""]),
        (
            format!(
                "workspaces: [{{name: acme, url: '{}', user_id: u, auth_token: t, tls: {{ca_file: /nonexistent}}}}]\n",
                simulator.url()
            ),
            ["✗ acme: configuration: ", "/nonexistent"],
        ),
    ] {
        std::fs::write(&file, yaml).unwrap();
        let arguments = ["check", "--config.file", file.to_str().unwrap()];
        let ended = Exporter::start(&arguments, &[]).ended_within(PATIENCE).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(78), ""), "{ended:?}");
        for part in parts {
            assert!(ended.stdout.contains(part), "{part} in {}", ended.stdout);
        }
    }
    assert!(simulator.requests().is_empty());
}

/// The lines of a check with this filter of departments, and the exit code.
async fn checked_with_filter(
    simulator: &Simulator,
    settings: &SimulatorSettings,
    departments: &[&str],
) -> (Vec<String>, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let yaml = format!(
        "workspaces: [{{name: acme, url: '{}', user_id: {}, auth_token: {}, filter: {{departments: {departments:?}}}}}]\n",
        simulator.url(),
        settings.user_id,
        settings.token
    );
    std::fs::write(&file, yaml).unwrap();
    let arguments = ["check", "--config.file", file.to_str().unwrap()];
    let ended = Exporter::start(&arguments, &[]).ended_within(PATIENCE).await;
    (ended.stdout.lines().map(str::to_owned).collect(), ended.code)
}

fn faults(lines: &[String]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.strip_prefix("✗ acme: ")).collect()
}

#[tokio::test]
async fn a_department_of_the_filter_that_is_none_is_a_fault() {
    let settings = quiet("8.1.0");
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(furnish);
    let department = simulator.world(|world| world.departments.values().next().unwrap().clone());
    let (name, id) = (department.name.as_str(), department.id.as_str());
    let (lines, code) = checked_with_filter(&simulator, &settings, &[name, "Salse"]).await;
    let misspelt = "filter: none of the 2 departments has the name or id \"Salse\"; correct filter.departments";
    assert_eq!((faults(&lines), code), (vec![misspelt], Some(1)), "{lines:#?}");
    assert!(lines.contains(&"– acme: livechat/rooms (open): skipped, it needs filter".to_owned()));
    let is_of_rooms = |path: &str| path.contains("livechat/rooms");
    assert!(!simulator.requests().iter().any(|request| is_of_rooms(&request.path)));
    simulator.world(|world| assert!(world.archive_department(&department.id)));
    for known in [name, id] {
        let (lines, code) = checked_with_filter(&simulator, &settings, &[known]).await;
        assert_eq!((faults(&lines), code), (vec![], Some(0)), "{known}: {lines:#?}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_resolved_for_want_of_a_permission_is_a_fault() {
    let settings = quiet("8.1.0");
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.world(furnish);
    let refusal = r#"{"success":false,"error":"unauthorized"}"#.to_owned();
    simulator.set_fault(Route::Departments, Some(Fault::Status(403, refusal)));
    let (lines, code) = checked_with_filter(&simulator, &settings, &["Sales"]).await;
    let remedy =
        "grant the exporter's user the permission view-l-room or view-livechat-departments";
    let expected = [
        format!("livechat/department (departments): HTTP 403; {remedy}"),
        format!("filter: HTTP 403, so no id is known for the department \"Sales\"; {remedy}"),
    ];
    assert_eq!((faults(&lines), code), (expected.iter().map(String::as_str).collect(), Some(1)));
}

#[tokio::test]
async fn permissions_are_named_as_the_release_asks_for_them() {
    use Permission as P;
    for (version, refused, lines) in [
        (
            "3.9.4",
            &[P::ViewLivechatManager, P::ViewLivechatDepartments][..],
            &[
                "✗ 127.0.0.1: livechat/rooms (closed): HTTP 403; grant the exporter's user the permission \
                 view-livechat-manager",
                "✓ 127.0.0.1: livechat/users/agent (agents): readable; sufficient permission: transfer-livechat-guest with \
                 view-l-room",
                "– 127.0.0.1: livechat/department/:id (members): optional, without it departments have no members: \
                 the answer does not contain agents; grant the exporter's user the permission \
                 view-livechat-departments",
            ][..],
        ),
        (
            "8.6.0",
            &[P::ViewLRoom, P::ViewLivechatDepartments],
            &[
                "✗ 127.0.0.1: livechat/queue (queue): HTTP 403; grant the exporter's user the permission view-l-room",
                "✓ 127.0.0.1: livechat/users/agent (members): readable; sufficient permission: transfer-livechat-guest or \
                 edit-omnichannel-contact",
                "– 127.0.0.1: livechat/department (departments): optional, without it departments are shown by their \
                 id, and `filter.departments` cannot be used: HTTP 403; grant the exporter's user the permission \
                 view-l-room or view-livechat-departments",
            ],
        ),
    ] {
        let refused = refused.iter().copied().collect();
        let told = checked(SimulatorSettings { refused, ..quiet(version) }, |_| ()).await;
        for line in lines {
            assert!(told.lines().any(|told| told == *line), "{version}: {line}\n{told}");
        }
    }
}

#[tokio::test]
async fn no_version_is_sent_what_it_refuses_and_each_is_well() {
    for version in VERSIONS {
        let settings = quiet(version);
        let simulator = Simulator::start(settings.clone()).await.unwrap();
        simulator.world(furnish);
        let ended = run(&["check"], &simulator.url(), &settings).await;
        assert_eq!(ended.code, Some(0), "{version}: {}", ended.stdout);
        assert_only_reads(&simulator);
    }
}
