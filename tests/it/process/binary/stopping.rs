//! Answers before the first cycle, and the end of the process after a request to stop.

use std::time::Duration;

use rocketchat_omnichannel_exporter::simulator::{Fault, Simulator, SimulatorSettings};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Exporter, PATIENCE, every_second, until};

/// Five seconds for open connections, and the time that a busy machine takes. The limits of the tasks and of the writes
/// are longer.
const LONGEST_STOP: Duration = Duration::from_secs(13);

async fn hanging() -> (Simulator, SimulatorSettings) {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.set_fault_everywhere(Some(Fault::Hang));
    (simulator, settings)
}

#[tokio::test]
async fn a_page_is_served_before_the_first_poll_ends_and_readiness_comes_with_its_failure() {
    let (simulator, settings) = hanging().await;
    let mut variables = every_second(&simulator, &settings);
    variables.push(("ROCKETCHAT_EXPORTER__POLL__TIMEOUT", "15s".to_owned()));
    let exporter = Exporter::serve(&[], &variables);
    let page = exporter.get("/metrics").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("rocketchat_omnichannel_exporter_build_info{"), "{}", page.text);
    assert!(!page.text.contains("rocketchat_omnichannel_up{"), "not known yet: {}", page.text);
    let ready = exporter.get("/-/ready").await;
    assert_eq!(ready.status, 503, "{}", ready.text);
    until("it is ready", PATIENCE, async || {
        let ready = exporter.get("/-/ready").await;
        if ready.status == 200 { Ok(()) } else { Err(ready.text) }
    })
    .await;
    exporter.numbers_when("it is down", |numbers| numbers.get("up[]") == Some(&0.0)).await;
}

#[tokio::test]
async fn either_signal_ends_it_well_while_rocket_chat_hangs_and_a_scrape_is_under_way() {
    for signal in ["TERM", "INT"] {
        let (simulator, settings) = hanging().await;
        let mut variables = every_second(&simulator, &settings);
        variables.push(("ROCKETCHAT_EXPORTER__POLL__TIMEOUT", "60s".to_owned()));
        let mut exporter = Exporter::serve(&[], &variables);
        let mut scrape = TcpStream::connect(exporter.address().await).await.unwrap();
        scrape.write_all(b"GET /metrics HTTP/1.1\r\nHost: ").await.unwrap();
        until("a request hangs", PATIENCE, async || {
            let requests = simulator.requests();
            if requests.is_empty() { Err("none".to_owned()) } else { Ok(()) }
        })
        .await;
        exporter.signal(signal);
        let ended = exporter.ended_within(LONGEST_STOP).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains(&format!("signal=SIG{signal}")), "{}", ended.stderr);
        for late in ["did not stop in time", "were not written in time"] {
            assert!(!ended.stderr.contains(late), "{}", ended.stderr);
        }
        drop(scrape);
    }
}
