//! Zones of business hours: those of the system come first, and those that are built in are there everywhere.

use std::process::Command;

use super::{Exporter, PATIENCE};

/// The exit code of `--config.check` for this zone, with the zones of this folder as the system's.
async fn checked(zone: &str, zones: &str) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    let yaml = format!(
        "workspaces: [{{url: 'https://chat.example.com', user_id: u, auth_token: t}}]\n\
         service_level: {{business_hours: {{time_zone: {zone}, open: [mon-fri 09:00-17:00]}}}}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    let arguments = ["--config.check", "--config.file", file.to_str().unwrap()];
    let variables = [("TZDIR", zones.to_owned())];
    Exporter::start(&arguments, &variables).ended_within(PATIENCE).await.code
}

#[tokio::test]
async fn a_zone_of_the_system_is_known_and_those_built_in_are_known_without_a_system() {
    let folder = tempfile::tempdir().unwrap();
    let (source, zones) = (folder.path().join("source"), folder.path().join("zoneinfo"));
    std::fs::write(&source, "Zone New/Law 5:00 - LAW\n").unwrap();
    let zic = Command::new("/usr/sbin/zic").arg("-d").arg(&zones).arg(&source).status();
    assert!(zic.expect("zic is missing: apt-get install libc-bin").success());
    let zones = zones.to_str().unwrap();
    for (zone, code) in [("New/Law", 0), ("Africa/Casablanca", 0), ("New/Lore", 78)] {
        assert_eq!(checked(zone, zones).await, Some(code), "{zone}");
    }
    for (zone, code) in [("New/Law", 78), ("Africa/Casablanca", 0), ("US/Pacific", 0)] {
        assert_eq!(checked(zone, "/nonexistent").await, Some(code), "{zone}");
    }
}
