//! tmp
use rocketchat_omnichannel_exporter::cli::Demo;
use rocketchat_omnichannel_exporter::config::Flags;
use rocketchat_omnichannel_exporter::demo::history::record;
fn main() {
    fastrand::seed(7);
    let path = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let demo = Demo {
        flags: Flags::default(),
        server_version: "7.13.0".into(),
        seed: Some(3),
        poll_interval: None,
        history: None,
        output: Some(path),
    };
    record(
        &demo,
        std::time::Duration::from_secs(3 * 3600),
        "2026-11-01T00:00:00Z".parse().unwrap(),
    )
    .unwrap();
}
