//! A fault of Rocket.Chat never ends the process: it is reported, and the report ends with the fault.

use std::net::SocketAddr;

use rocketchat_omnichannel_exporter::simulator::{Fault, Permission, Simulator, SimulatorSettings};
use tokio::net::{TcpSocket, TcpStream};

use super::{Exporter, every_second, vacant, watching};
use crate::watching::{Numbers, series};

fn failed(numbers: &Numbers, reason: &str) -> bool {
    let of =
        |list| series("exporter_poll_failures_total", &[("collector", list), ("reason", reason)]);
    let failures = |list| numbers.get(&of(list)).copied().unwrap_or_default();
    numbers.get("up[]") == Some(&0.0) && failures("open") > 0.0
}

fn is_up(numbers: &Numbers) -> bool {
    numbers.get("up[]") == Some(&1.0)
}

/// Waits until the fault is counted, lifts it, and waits until the workspace is up again.
async fn down_and_up(exporter: &Exporter, reason: &str, lift: impl AsyncFnOnce()) {
    exporter.numbers_when(reason, |numbers| failed(numbers, reason)).await;
    assert_eq!(exporter.get("/-/healthy").await.status, 200);
    lift().await;
    exporter.numbers_when("it is up again", is_up).await;
}

#[tokio::test]
async fn a_wrong_token_is_unauthorized_until_it_is_right() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.set_token("another one");
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    down_and_up(&exporter, "unauthorized", async || {
        simulator.set_token(&settings.token);
    })
    .await;
    let log = exporter.stderr();
    let remedy = |line: &&str| line.contains("create a new personal access token");
    assert_eq!(log.lines().filter(remedy).count(), 1, "{log}");
}

#[tokio::test]
async fn a_permission_that_is_missing_is_named() {
    let refused = [Permission::ViewLivechatRooms].into();
    let settings = SimulatorSettings { refused, ..SimulatorSettings::default() };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    let grant = async || simulator.grant(Permission::ViewLivechatRooms);
    down_and_up(&exporter, "forbidden", grant).await;
    let log = exporter.stderr();
    let line = log.lines().find(|line| line.contains("HTTP 403")).unwrap();
    assert!(
        line.contains("grant the exporter's user the permission view-livechat-rooms"),
        "{line}"
    );
}

#[tokio::test]
async fn no_server_is_a_failure_to_connect_until_there_is_one() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let (socket, address) = vacant();
    let exporter = Exporter::serve(&[], &watching(&format!("http://{address}"), &settings));
    let target: SocketAddr = simulator.url().strip_prefix("http://").unwrap().parse().unwrap();
    down_and_up(&exporter, "connect", async || {
        drop(tokio::spawn(relay(socket, target)));
    })
    .await;
}

async fn relay(socket: TcpSocket, target: SocketAddr) {
    let listener = socket.listen(64).unwrap();
    loop {
        let (mut near, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut far = TcpStream::connect(target).await.unwrap();
            // Either side may close first.
            drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
        });
    }
}

#[tokio::test]
async fn pages_of_a_proxy_are_no_answers_and_leave_no_doubt_about_the_version() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.set_fault_everywhere(Some(Fault::Html));
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    down_and_up(&exporter, "decode", async || {
        simulator.set_fault_everywhere(None);
    })
    .await;
    let page = exporter.get("/metrics").await.text;
    assert!(page.contains("server_version=\"8.1\""), "{page}");
}

#[tokio::test]
async fn the_log_says_of_which_workspace_a_version_is() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    exporter.numbers_when("it is up", is_up).await;
    let log = exporter.stderr();
    assert!(log.contains(" workspace=127.0.0.1 server_version=8.1\n"), "{log}");
}

#[tokio::test]
async fn an_outage_after_a_good_start_is_over_when_it_is() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let exporter = Exporter::serve(&[], &every_second(&simulator, &settings));
    exporter.numbers_when("it is up", is_up).await;
    let fault = Fault::Status(502, "<html>bad gateway</html>".to_owned());
    simulator.set_fault_everywhere(Some(fault));
    down_and_up(&exporter, "server_error", async || {
        simulator.set_fault_everywhere(None);
    })
    .await;
}
