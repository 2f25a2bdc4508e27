//! The parts of the released binary, as cargo resolves them.

use std::process::Command;

/// The tree of the features that tokio has in a build with these options, without those of tests.
fn features_of_tokio(options: &[&str]) -> String {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges", "features,no-dev", "--invert", "tokio"])
        .args(options)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

#[test]
fn only_the_image_of_the_demo_has_the_clock_of_tests() {
    let clock = "tokio feature \"test-util\"";
    assert!(!features_of_tokio(&[]).contains(clock));
    assert!(features_of_tokio(&["--features", "history"]).contains(clock));
}
