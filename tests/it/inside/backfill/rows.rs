//! The rows on the disk: none of a visitor, and none that is missed because the server shows it late.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rocketchat_omnichannel_exporter::rocketchat::transport::{
    Answer, Transport, TransportFuture, TransportRequest,
};
use rocketchat_omnichannel_exporter::simulator::Simulator;
use rocketchat_omnichannel_exporter::simulator::world::{Room, RoomCloser, VISITOR_MARKER};
use tokio_util::sync::CancellationToken;

use super::{Run, files, lived, settings, settings_with_calls, wanted};
use crate::inside::in_process::InProcess;

#[tokio::test]
async fn rows_of_chats_and_calls_that_a_visitor_closed_have_no_data_of_the_visitor() {
    let settings = settings_with_calls(25);
    let (simulator, from, end) = lived(&settings, 8);
    let by_visitors = simulator.world(|world| {
        let chats = world.rooms.values().filter(|room| room.closer == Some(RoomCloser::Visitor));
        let calls = world.calls.values().filter(|call| call.closer == Some(RoomCloser::Visitor));
        (chats.count(), calls.count())
    });
    assert!(by_visitors.0 > 50 && by_visitors.1 > 10, "{by_visitors:?}");
    let folder = tempfile::tempdir().unwrap();
    let wanted = wanted(from, folder.path(), "--requests-per-minute 100000");
    Run::of(&simulator, &settings).write(&wanted, end).await;
    let rows = std::fs::read_dir(folder.path().join("rows")).unwrap();
    let rows: String =
        rows.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    for list in ["\"closer\":\"visitor\"", "\"closedBy\":{", "\"callDuration\""] {
        assert!(rows.contains(list), "{list}");
    }
    let line = rows.lines().find(|row| row.contains(VISITOR_MARKER));
    assert_eq!(line, None);
}

/// A transport to a server that shows a closed chat only when it is asked for chats that were closed after the span.
struct ShowsLate {
    server: InProcess,
    simulator: Arc<Simulator>,
    hidden: Mutex<Option<Room>>,
}

impl fmt::Debug for ShowsLate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.server.fmt(f)
    }
}

impl Transport for ShowsLate {
    fn get(&self, request: TransportRequest) -> TransportFuture<'_, Answer> {
        let is_of_later_chats = request.url.query_pairs().any(|(name, _)| name == "createdAt");
        if is_of_later_chats && let Some(room) = self.hidden.lock().unwrap().take() {
            self.simulator.world(|world| world.rooms.insert(room.id.clone(), room));
        }
        self.server.get(request)
    }
}

/// The last chat that was closed before the end of the life of this workspace.
fn last_closed(simulator: &Simulator) -> (Room, Timestamp) {
    simulator.world(|world| {
        let closed = world.rooms.values().filter_map(|room| Some((room.clone(), room.closed_at?)));
        closed.max_by_key(|(_, at)| *at).unwrap()
    })
}

#[tokio::test]
async fn a_chat_that_the_server_shows_seconds_after_its_close_is_in_the_history() {
    let settings = settings(26);
    let (simulator, from, _) = lived(&settings, 4);
    let (room, closed_at) = last_closed(&simulator);
    let end = closed_at + SignedDuration::from_millis(500);
    simulator.world(|world| world.advance(Duration::from_secs(60)));
    let run = Run::of(&simulator, &settings);
    let (at_once, late) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fast = "--requests-per-minute 100000";
    run.write(&wanted(from, at_once.path(), fast), end).await;

    simulator.world(|world| world.rooms.remove(&room.id));
    let never = tempfile::tempdir().unwrap();
    run.write(&wanted(from, never.path(), fast), end).await;
    assert!(files(never.path()) != files(at_once.path()), "the chat changes nothing");
    let transport = ShowsLate {
        server: InProcess::new(Arc::clone(&simulator), Duration::from_secs(5)),
        simulator: Arc::clone(&simulator),
        hidden: Mutex::new(Some(room)),
    };
    let (transport, stop) = (Arc::new(transport), CancellationToken::new());
    let wanted = wanted(from, late.path(), fast);
    run.over(&wanted, end, Arc::clone(&transport) as Arc<dyn Transport>, stop).await.unwrap();
    assert!(transport.hidden.lock().unwrap().is_none(), "the chat was never shown");
    assert!(files(late.path()) == files(at_once.path()));
}
