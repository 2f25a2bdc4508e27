//! The shape of a file, before anything in it is understood.

use super::*;

#[test]
fn a_file_that_would_fill_the_memory_or_the_stack_is_refused_with_the_line() {
    let nine = |inner: &str| [inner; 9].join(",");
    let level = |level: usize| {
        format!("a{}: &a{} [{}]\n", level + 1, level + 1, nine(&format!("*a{level}")))
    };
    let bomb = format!("a0: &a0 [{}]\n", nine("s3cret")) + &(0..60).map(level).collect::<String>();
    let told = problems(&bomb, &[]);
    assert!(told.contains("aliases repeat too much: write out what is meant"), "{told}");
    assert!(told.starts_with("config.yaml: line 6: "), "{told}");
    let told = problems(&format!("bots:\n  {}s3cret\n", "- ".repeat(100_000)), &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 2: nested too deep: no setting is");
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
        assert!(problems(nothing, &[]).starts_with("config.yaml: workspaces: there is none"));
    }
}

#[test]
fn a_second_document_is_not_left_out_in_silence() {
    let told = problems(&format!("{WORKSPACE}---\nbots: [s3cret]\n"), &[]);
    insta::assert_snapshot!(told, @"config.yaml: line 2: a second document begins: leave out this --- and what follows");
}
