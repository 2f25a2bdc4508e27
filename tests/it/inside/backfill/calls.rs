//! Calls are part of the history, where the server has them and the user may read them.

use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator, SimulatorSettings};

use super::{Run, files, lived, settings_with_calls, wanted};

/// The summary and the last file of three hours of this workspace; `deny` changes the simulator before it is read.
async fn three_hours(
    settings: SimulatorSettings,
    deny: impl FnOnce(&Simulator),
) -> (u64, u64, String) {
    let (simulator, from, end) = lived(&settings, 3);
    deny(&simulator);
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000");
    let summary = Run::of(&simulator, &settings).write(&wanted, end).await;
    let (_, last) = files(folder.path()).pop_last().unwrap();
    (summary.chats, summary.calls, String::from_utf8(last).unwrap())
}

#[tokio::test]
async fn a_workspace_without_calls_has_a_history_of_chats() {
    let removed =
        SimulatorSettings { version: "8.1.0".parse().unwrap(), ..settings_with_calls(22) };
    let hidden = SimulatorSettings { version_hidden: true, ..removed.clone() };
    for settings in [removed, hidden] {
        let (chats, calls, text) = three_hours(settings, |_| ()).await;
        assert!(chats > 50 && calls == 0 && !text.contains("voip_active_calls"), "{chats} {calls}");
    }
}

#[tokio::test]
async fn where_calls_may_not_be_read_the_chats_are() {
    let body = r#"{"success":false,"error":"unauthorized"}"#;
    for (status, body) in [(403, body), (404, "404 Not Found")] {
        let fault = Some(Fault::Status(status, body.to_owned()));
        let refuse = |simulator: &Simulator| simulator.set_fault(Route::VoipRooms, fault);
        let (chats, calls, text) = three_hours(settings_with_calls(23), refuse).await;
        assert!(chats > 50 && calls == 0, "{status}: {chats} {calls}");
        assert!(!text.contains("voip_active_calls"), "{status}");
    }
}

#[tokio::test]
async fn calls_that_go_on_are_shown() {
    let (_, calls, text) = three_hours(settings_with_calls(24), |_| ()).await;
    assert!(calls > 5);
    let active =
        text.lines().filter(|line| line.starts_with("rocketchat_omnichannel_voip_active_calls{"));
    assert!(active.filter(|line| !line.contains("} 0")).count() > 5, "{text:.4000}");
}
