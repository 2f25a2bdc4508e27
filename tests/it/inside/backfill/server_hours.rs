//! Hours that are the server's: an error that passes must not change the verdicts of a whole history.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rocketchat_omnichannel_exporter::backfill::BackfillError;
use rocketchat_omnichannel_exporter::omnichannel::business_hours::BusinessHours;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route};
use tokio_util::sync::CancellationToken;

use super::{Run, files, lived, settings, wanted};
use crate::inside::in_process::InProcess;

fn answer(status: u16, body: &str) -> Fault {
    Fault::Status(status, body.to_owned())
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_servers_hours_stops_the_run_only_if_it_stays_and_hidden_hours_do_not() {
    let settings = settings(27);
    let (simulator, from, end) = lived(&settings, 4);
    let mut run = Run::of(&simulator, &settings);
    let hours = &mut run.workspace.service_levels.default.business_hours;
    *hours = BusinessHours::Server(std::iter::empty().collect());
    let folder = tempfile::tempdir().unwrap();
    let wanted = |output: &Path| wanted(from, output, "--requests-per-minute 100000");
    let write = async |output: &Path| {
        let server = InProcess::new(Arc::clone(&simulator), Duration::from_secs(5));
        run.over(&wanted(output), end, Arc::new(server), CancellationToken::new()).await
    };
    for route in [Route::BusinessHours, Route::BusinessHour] {
        simulator.set_fault(Route::BusinessHours, Some(answer(403, r#"{"success":false}"#)));
        simulator.set_fault(route, Some(answer(500, r#"{"success":false,"error":"no"}"#)));
        let stopped = write(folder.path()).await;
        assert!(matches!(stopped, Err(BackfillError::Query(_))), "{route:?}: {stopped:?}");
        assert!(files(folder.path()).is_empty());
    }
    let passes = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        simulator.set_fault(Route::BusinessHour, None);
    };
    let other = tempfile::tempdir().unwrap();
    let (summary, ()) = tokio::join!(write(other.path()), passes);
    assert!(summary.unwrap().chats > 50 && files(other.path()).len() == 1);
    for route in [Route::BusinessHours, Route::BusinessHour] {
        simulator.set_fault(route, Some(answer(403, r#"{"success":false}"#)));
    }
    let summary = write(folder.path()).await.unwrap();
    assert!(summary.chats > 50 && files(folder.path()).len() == 1, "{summary}");
}
