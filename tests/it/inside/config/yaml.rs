//! The shape of a YAML file, checked before any of its settings.

use super::*;

#[test]
fn a_file_that_would_fill_the_memory_or_the_stack_is_refused_with_the_line() {
    let nine = |inner: &str| [inner; 9].join(",");
    let level = |level: usize| {
        format!("a{}: &a{} [{}]\n", level + 1, level + 1, nine(&format!("*a{level}")))
    };
    let bomb = format!("a0: &a0 [{}]\n", nine("s3cret")) + &(0..60).map(level).collect::<String>();
    let told = problems(&bomb, &[]);
    assert!(told.contains("aliases repeat too much: write the values in full"), "{told}");
    assert!(told.starts_with("config.yaml: line 6: "), "{told}");
    let told = problems(&format!("bots:\n  {}s3cret\n", "- ".repeat(100_000)), &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 2: nested too deep: no setting has as many levels");
}

#[test]
fn a_file_with_nothing_in_it_sets_nothing() {
    let set = [
        ("ROCKETCHAT_URL", "https://a"),
        ("ROCKETCHAT_USER_ID", "u"),
        ("ROCKETCHAT_AUTH_TOKEN", "t"),
    ];
    for nothing in ["", "# all by variables\n", "---\n", "{}\n"] {
        assert_eq!(load_with(nothing, &set, Flags::default()).unwrap().workspaces.len(), 1);
        assert!(
            problems(nothing, &[])
                .starts_with("config.yaml: workspaces: no workspace is configured")
        );
    }
}

#[test]
fn a_second_document_is_not_left_out_in_silence() {
    let told = problems(&format!("{WORKSPACE}---\nbots: [s3cret]\n"), &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 2: a second document begins here: delete this --- and everything after it");
}

const MERGED: &str = "
poll: &often {interval: 10s, timeout: 3s}
workspaces:
  - &first
    name: one
    url: https://a
    user_id: u
    auth_token: t0ken
    poll: {<<: *often, timeout: 4s}
    filter: &sales {departments: [Sales], room_name: x}
  - <<: *first
    name: two
    tags: [vip]
  - <<: [{name: three, scope: own}, *first]
    filter: {<<: *sales, room_name: y}
";

#[test]
fn workspaces_may_be_merged_from_others() {
    let settings = load_yaml(MERGED).unwrap();
    let names: Vec<_> = settings.workspaces.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["one", "two", "three"]);
    let rooms = settings.workspaces.iter().map(|it| it.filter.room_name.as_deref().unwrap());
    assert!(rooms.eq(["x", "x", "y"]));
    for workspace in &settings.workspaces {
        assert_eq!(workspace.url.as_str(), "https://a/");
        assert_eq!(workspace.poll.interval, Duration::from_secs(10));
        assert_eq!(workspace.poll.timeout, Duration::from_secs(4));
        assert_eq!(workspace.filter.departments, ["Sales"]);
    }
    assert_eq!(settings.workspaces[1].tags, ["vip"]);
    assert!(settings.workspaces[0].tags.is_empty());
}

#[test]
fn a_merged_mistake_is_told_wherever_it_was_merged_into() {
    let yaml = MERGED
        .replace("timeout: 3s", "timeot: 3s")
        .replace("room_name: x", "room_name: 7, 'auth_token:s3cret': x");
    let told = problems(&yaml, &[]);
    assert!(!told.contains("s3cret"), "{told}");
    insta::assert_snapshot!(told, @r#"
    config.yaml: poll: unknown key "timeot"; did you mean "timeout"?
    config.yaml: workspaces[0].poll: unknown key "timeot"; did you mean "timeout"?
    config.yaml: workspaces[0].filter.room_name: must be text: put it in quotes
    config.yaml: workspaces[0].filter: unknown key of 17 characters (not shown); known here: agents, custom_fields, departments, room_name, tags, voip_direction, voip_queue, voip_visitor_id
    config.yaml: workspaces[1].poll: unknown key "timeot"; did you mean "timeout"?
    config.yaml: workspaces[1].filter.room_name: must be text: put it in quotes
    config.yaml: workspaces[1].filter: unknown key of 17 characters (not shown); known here: agents, custom_fields, departments, room_name, tags, voip_direction, voip_queue, voip_visitor_id
    config.yaml: workspaces[2].poll: unknown key "timeot"; did you mean "timeout"?
    config.yaml: workspaces[2].filter: unknown key of 17 characters (not shown); known here: agents, custom_fields, departments, room_name, tags, voip_direction, voip_queue, voip_visitor_id
    "#);
}

#[test]
fn what_cannot_be_merged_is_told_with_its_line() {
    let told = problems("poll: {interval: 9s}\nagents:\n  <<: s3cret\n", &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 3: << takes a mapping, or a list of mappings, e.g. <<: *name where &name is before a mapping");
    let told = problems("poll: &p {interval: 9s}\nagents: {<<: *p, <<: *p}\n", &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 2: a second << in one mapping: write one with a list, <<: [*a, *b]");
    let told = problems("agents: {<<: *common}\n", &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 1: an alias without an anchor: write & and its name before a value above, or put the text in quotes");
}
