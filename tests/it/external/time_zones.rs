//! Time zones of business hours: the system's zones come first, and the built-in zones exist on every machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use rocketchat_omnichannel_exporter::simulator::{Simulator, SimulatorSettings};

use crate::process::binary::{Exporter, PATIENCE, every_second};

/// A directory of zones with this zone alone, this many hours east of Greenwich.
fn zones_with(folder: &Path, zone: &str, hours_east: i8) -> PathBuf {
    let (source, zones) = (folder.join("source"), folder.join("zoneinfo"));
    std::fs::write(&source, format!("Zone {zone} {hours_east}:00 - LAW\n")).unwrap();
    let zic = Command::new("/usr/sbin/zic").arg("-d").arg(&zones).arg(&source).status();
    assert!(zic.expect("zic is missing: apt-get install libc-bin").success());
    zones
}

/// The exit code of `--config.check` for this zone; `zones` is the system's directory of zones.
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
#[ignore = "needs zic: tests/run runs it"]
async fn a_zone_of_the_system_is_known_and_those_built_in_are_known_without_a_system() {
    let folder = tempfile::tempdir().unwrap();
    let zones = zones_with(folder.path(), "New/Law", 5);
    let zones = zones.to_str().unwrap();
    for (zone, code) in [("New/Law", 0), ("Africa/Casablanca", 0), ("New/Lore", 78)] {
        assert_eq!(checked(zone, zones).await, Some(code), "{zone}");
    }
    for (zone, code) in [("New/Law", 78), ("Africa/Casablanca", 0), ("US/Pacific", 0)] {
        assert_eq!(checked(zone, "/nonexistent").await, Some(code), "{zone}");
    }
}

/// A built-in zone, eight hours west of Greenwich.
const PACIFIC: &str = "US/Pacific";

#[tokio::test]
#[ignore = "needs zic: tests/run runs it"]
async fn the_systems_rules_of_a_zone_come_before_those_built_in() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let zones = zones_with(folder.path(), PACIFIC, 2);
    let file = folder.path().join("config.yaml");
    // The server's clock is at 10:00 UTC.
    let yaml = format!(
        "service_level: {{business_hours: {{time_zone: {PACIFIC}, open: ['mon-sun 11:00-13:00']}}}}\n"
    );
    std::fs::write(&file, yaml).unwrap();
    for (zones, expected) in [(zones.to_str().unwrap(), 1.0), ("/nonexistent", 0.0)] {
        let mut variables = every_second(&simulator, &settings);
        variables.push(("TZDIR", zones.to_owned()));
        let arguments = ["--config.file", file.to_str().unwrap()];
        let exporter = Exporter::serve(&arguments, &variables);
        let told = |name: &&String| name.starts_with("business_hours_open[");
        let numbers = exporter
            .numbers_when("the hours are told", |numbers| numbers.keys().any(|it| told(&it)))
            .await;
        let open: Vec<_> = numbers.iter().filter(|(name, _)| told(name)).collect();
        assert!(open.iter().all(|(_, open)| **open == expected), "{zones}: {open:?}");
    }
}
