//! Workspaces with settings of their own.

use rocketchat_omnichannel_exporter::config::{CallDirection, Scope};
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::rocketchat::token::TokenSource;

use super::*;

const LAYERED: &str = r#"
state: {directory: "/var/lib/exporter: state"}
poll: {interval: 10s, timeout: 3s}
bots: [rocket.cat]
tags: [refund, bug, refund]
service_level:
  objective: 0.7
  exclude_sources: [email, sms]
  departments: {VIP: {threshold: 20s, business_hours: always}, vip: {threshold: 21s, business_hours: {from: server, closed: [2026-04-03, 12-25]}}}
workspaces:
  - name: plain
    url: https://a.example.com
    user_id: u
    auth_token: t0ken
  - name: own
    url: https://a.example.com
    user_id: u
    auth_token: t0ken
    scope: own
    gzip: false
    proxy_url: http://ada:hunter2@proxy:3128
    tls: {ca_file: /ca.pem, certificate_file: /c.pem, key_file: /k.pem}
    filter: {departments: [Sales], room_name: "", voip_direction: inbound, custom_fields: {Plan: gold}}
    poll: {interval: 20s}
    agents: {detail: off, chat_limit: 4, concurrency_factor: 2.5}
    bots: []
    tags: [vip]
    service_level:
      threshold: 30s
      business_hours: {time_zone: Europe/Berlin, open: ["mon-fri 09:00-18:00", "fri-mon 22:00-06:00"]}
      departments: {VIP: {objective: 0.95}, Sales: {short_abandon: 0s}}
"#;

#[test]
fn a_workspace_is_laid_over_the_common_settings_key_by_key() {
    let settings = load_yaml(LAYERED).unwrap();
    let [plain, own] = &settings.workspaces[..] else {
        panic!("two workspaces");
    };
    assert_eq!(plain.poll.interval, Duration::from_secs(10));
    assert_eq!(own.poll.interval, Duration::from_secs(20));
    assert_eq!(own.poll.timeout, Duration::from_secs(3));
    assert_eq!((plain.bots.len(), own.bots.len()), (1, 0));
    assert_eq!(plain.tags, ["refund", "bug"]);
    assert_eq!(own.tags, ["vip"]);
    assert_eq!(own.agents.detail, AgentDetail::Off);
    assert_eq!(own.agents.chat_limit, Some(4));
    assert_eq!(own.scope, Scope::Own);
    assert_eq!(own.filter.room_name, None);
    assert_eq!(own.filter.voip_direction, Some(CallDirection::Inbound));
    assert_eq!(own.filter.custom_fields["Plan"], "gold");
}

#[test]
fn a_promise_is_laid_over_its_workspace_and_the_common_one_key_by_key() {
    let settings = load_yaml(LAYERED).unwrap();
    let levels = &settings.workspaces[1].service_levels;
    let vip = levels.of("VIP");
    assert_eq!(vip.threshold, Duration::from_secs(20));
    assert!((vip.objective - 0.95).abs() < 1e-9);
    assert_eq!(vip.business_hours, BusinessHours::Always);
    assert_eq!(vip.exclude_sources.len(), 2);
    assert_eq!(levels.of("vip").threshold, Duration::from_secs(21));
    let sales = levels.of("Sales");
    assert_eq!(sales.threshold, Duration::from_secs(30));
    assert_eq!(sales.short_abandon, Duration::ZERO);
    assert!(matches!(sales.business_hours, BusinessHours::Weekly(_)));
}

#[test]
fn business_hours_are_the_servers_or_ours_and_leave_out_closed_days() {
    let hours = |yaml: &str| {
        let yaml = format!(
            "service_level: {{business_hours: {yaml}}}\nworkspaces: [{{url: 'https://a', user_id: u, auth_token: t}}]"
        );
        let settings = load_yaml(&yaml).map_err(|problems| problems.to_string())?;
        Ok::<_, String>(settings.workspaces[0].service_levels.default.business_hours.clone())
    };
    let days = ["12-25", "2026-04-03"].map(|day| day.parse().unwrap());
    let closed = || days.into_iter().collect();
    assert_eq!(hours("server"), Ok(BusinessHours::Server([].into_iter().collect())));
    let from_server = hours("{from: server, closed: ['12-25', '2026-04-03']}");
    assert_eq!(from_server, Ok(BusinessHours::Server(closed())));
    let ours = hours("{time_zone: UTC, open: ['mon-sun 00:00-24:00'], closed: ['12-25']}").unwrap();
    let is_open = |at: &str| ours.is_open(at.parse().unwrap());
    assert!(is_open("2026-12-24T23:59:00Z") && is_open("2026-12-26T00:00:00Z"));
    assert!(!is_open("2026-12-25T00:00:00Z") && !is_open("2026-12-25T23:59:00Z"));
    for (wrong, told) in [
        ("{from: client}", "from: must be"),
        ("{from: server, time_zone: UTC}", "time_zone"),
        ("{from: server, closed: [christmas]}", "must be a day of every year"),
        ("{closed: ['12-25']}", "time_zone"),
    ] {
        let error = hours(wrong).unwrap_err();
        assert!(error.contains(told), "{wrong}: {error}");
    }
}

#[test]
fn the_token_may_be_a_file_that_must_be_there() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    let yaml = format!(
        "workspaces: [{{url: 'https://a', user_id: u, auth_token_file: '{}'}}]",
        path.display()
    );
    let told = problems(&yaml, &[]);
    assert!(
        told.starts_with("config.yaml: workspaces[0].auth_token_file: cannot read /"),
        "{told}"
    );
    std::fs::write(&path, "t0ken\n").unwrap();
    let settings = load_yaml(&yaml).unwrap();
    assert!(matches!(settings.workspaces[0].token, TokenSource::File(_)));
}

#[test]
fn a_workspace_has_one_token() {
    let yaml =
        "workspaces: [{url: 'https://a', user_id: u, auth_token: a, auth_token_file: /dev/null}]";
    insta::assert_snapshot!(problems(yaml, &[]), @r#"config.yaml: workspaces[0].auth_token: give either auth_token or auth_token_file, not both"#);
}

#[test]
fn quotes_within_quotes_are_told_without_the_value() {
    let yaml = r#"
poll: {interval: "'5s'"}
agents: {chat_limit: '"4"'}
workspaces:
  - {url: '"https://s3cret"', user_id: "'s3cret'", auth_token: '"s3cret"', proxy_url: "'http://s3cret'"}
  - {name: a, url: 'https://a', user_id: u, auth_token_file: '"s3cret"'}
"#;
    let told = problems(yaml, &[]);
    assert!(!told.contains("s3cret"), "{told}");
    insta::assert_snapshot!(told, @r#"
    config.yaml: poll.interval: must be a duration with its unit, e.g. "30s"; leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: agents.chat_limit: must be a whole number from 1 to 4294967295; leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: workspaces[0].url: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: workspaces[0].user_id: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: workspaces[0].auth_token: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: workspaces[0].proxy_url: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    config.yaml: workspaces[1].auth_token_file: must not contain quotes of its own: leave out the quotes (Compose keeps them in the list form of environment)
    "#);
}

#[test]
fn a_filter_has_at_most_twenty_agents_and_tags() {
    let list = |count: usize| (0..count).map(|i| format!("a{i}")).collect::<Vec<_>>().join(",");
    let yaml = |count| {
        let list = list(count);
        WORKSPACE
            .replace("user_id", &format!("filter: {{agents: [{list}], tags: [{list}]}}, user_id"))
    };
    assert!(load_yaml(&yaml(20)).is_ok());
    insta::assert_snapshot!(problems(&yaml(21), &[]), @r#"
    config.yaml: workspaces[0].filter.agents: must not have more than 20 values: Rocket.Chat refuses longer lists
    config.yaml: workspaces[0].filter.tags: must not have more than 20 values: Rocket.Chat refuses longer lists
    "#);
}

#[test]
fn chats_are_counted_by_at_most_fifty_tags() {
    let yaml = |count: usize| {
        let list = (0..count).map(|i| format!("t{i}")).collect::<Vec<_>>().join(",");
        format!("{WORKSPACE}tags: [{list}]\n")
    };
    assert_eq!(load_yaml(&yaml(50)).unwrap().workspaces[0].tags.len(), 50);
    assert!(load_yaml(WORKSPACE).unwrap().workspaces[0].tags.is_empty());
    insta::assert_snapshot!(problems(&yaml(51), &[]), @"config.yaml: tags: must not have more than 50 values: each value makes a series");
}

#[test]
fn an_agents_own_chats_are_narrowed_by_no_other_agent() {
    let yaml = WORKSPACE.replace("user_id", "scope: own, filter: {agents: [a]}, user_id");
    insta::assert_snapshot!(problems(&yaml, &[]), @"config.yaml: workspaces[0].scope: own already selects the token's agent: leave out filter.agents");
}

#[test]
fn two_hosts_of_one_name_need_names() {
    let one = "{url: 'https://a.example.com/x', user_id: u, auth_token: t}";
    insta::assert_snapshot!(problems(&format!("workspaces: [{one}, {one}]"), &[]), @r#"config.yaml: workspaces[1].name: is also the name of workspaces[0]: give each workspace its own name"#);
}

#[test]
fn what_is_shown_is_a_configuration_that_shows_the_same() {
    let settings = load_yaml(LAYERED).unwrap();
    let shown = settings.to_masked_yaml();
    insta::assert_snapshot!(shown);
    assert_eq!(load_yaml(&shown).unwrap().to_masked_yaml(), shown);
}

#[test]
fn names_survive_being_shown() {
    for name in
        ["a: b", "# c", "'\"\\", "yes", "012", "Größe\u{2028}\u{85}", "{[<&*!|>%@`", "日本 🚀"]
    {
        let quoted = serde_json::to_string(name).unwrap();
        let yaml =
            format!("{WORKSPACE}service_level: {{departments: {{{quoted}: {{threshold: 9s}}}}}}");
        let shown = load_yaml(&yaml).unwrap().to_masked_yaml();
        let again = load_yaml(&shown).unwrap();
        let departments = &again.workspaces[0].service_levels.departments;
        assert!(departments.contains_key(name), "{name}: {shown}");
    }
}
