//! `healthcheck`: a probe of the exporter on the same machine.

use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator, SimulatorSettings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::exporter::Ended;
use super::super::{Exporter, PATIENCE, every_second, until};
use super::refusing;
use crate::authority::Authority;
use crate::process::contract::trust::serve;
use crate::process::web_config::{Site, TLS};

/// The outcome of a probe of an exporter that answers. A busy machine may take longer than the probe waits, so that it is
/// repeated.
async fn probe(arguments: &[&str]) -> Ended {
    until("the probe is answered", PATIENCE, async || {
        let ended = probe_once(arguments).await;
        let is_late = ended.stderr.contains("no answer within");
        if is_late { Err(ended.stderr) } else { Ok(ended) }
    })
    .await
}

async fn probe_once(arguments: &[&str]) -> Ended {
    let arguments = [&["healthcheck"], arguments].concat();
    let ended = Exporter::start(&arguments, &[]).ended_within(PATIENCE).await;
    let lines = ended.stdout.lines().count() + ended.stderr.lines().count();
    assert_eq!(lines, 1, "{ended:?}");
    ended
}

#[tokio::test]
async fn an_exporter_is_asked_where_it_listens_whether_it_is_healthy_or_ready() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    simulator.set_fault(Route::Info, Some(Fault::Hang));
    let mut variables = every_second(&simulator, &settings);
    // The probes come before the first poll fails.
    variables.push(("ROCKETCHAT_EXPORTER__POLL__TIMEOUT", "30s".to_owned()));
    let exporter = Exporter::serve(&[], &variables);
    let address = exporter.address().await;
    let everywhere = format!(":{}", address.port());
    let healthy = probe(&["--web.listen-address", &everywhere]).await;
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    assert_eq!(healthy.stdout, format!("http://{address}/-/healthy: 200\n"));
    let early = probe(&["--web.listen-address", &everywhere, "--ready"]).await;
    assert_eq!(early.code, Some(1), "{early:?}");
    assert!(early.stderr.contains("/-/ready: 503; "), "{early:?}");
    simulator.set_fault(Route::Info, None);
    until("it is ready", PATIENCE, async || {
        let ended = probe(&["--url", &format!("http://{address}"), "--ready"]).await;
        if ended.code == Some(0) { Ok(()) } else { Err(format!("{ended:?}")) }
    })
    .await;
}

#[tokio::test]
async fn an_exporter_that_listens_on_a_name_is_asked_by_that_name() {
    let settings = SimulatorSettings::default();
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let flag = ["--web.listen-address", "localhost:0"];
    let exporter = Exporter::start(&flag, &every_second(&simulator, &settings));
    let address = format!("localhost:{}", exporter.address().await.port());
    let ended = probe(&["--web.listen-address", &address]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout, format!("http://{address}/-/healthy: 200\n"));
}

#[tokio::test]
async fn the_address_comes_from_the_environment_or_the_file_and_nothing_else_of_them_matters() {
    let (_held, url) = refusing();
    let address = url.trim_start_matches("http://");
    let refused = format!(
        "{url}/-/healthy: no answer (Connection refused (os error 111)); check that the exporter runs there\n"
    );
    let variables = [
        ("ROCKETCHAT_EXPORTER__WEB__LISTEN_ADDRESS", address.to_owned()),
        ("ROCKETCHAT_AUTH_TOKEN_FILE", "/nonexistent".to_owned()),
    ];
    let from_variables = Exporter::start(&["healthcheck"], &variables).ended_within(PATIENCE).await;
    assert_eq!((from_variables.code, from_variables.stderr), (Some(1), refused.clone()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, format!("web: {{listen_address: '{address}'}}\nworkspaces: 7\n"))
        .unwrap();
    let from_file = probe(&["--config.file", file.to_str().unwrap()]).await;
    assert_eq!((from_file.code, from_file.stderr), (Some(1), refused));
}

#[tokio::test]
async fn a_port_that_speaks_tls_is_asked_over_tls_whoever_signed_its_certificate() {
    let url = serve(&Authority::new(), "exporter.example.com", false).await;
    let address = url.trim_start_matches("https://");
    for arguments in [["--web.listen-address", address], ["--url", &url]] {
        let ended = probe(&arguments).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.stdout, format!("{url}/-/healthy: 200\n"));
    }
}

#[tokio::test]
async fn an_exporter_that_wants_a_certificate_of_its_clients_is_not_taken_for_an_absent_one() {
    let site = Site::new();
    for clients in ["RequireAnyClientCert", "RequireAndVerifyClientCert, client_ca_file: ca.pem"] {
        for version in ["TLS12", "TLS13"] {
            let only = format!("max_version: {version}, min_version: {version}");
            let server =
                site.serve(&format!("{TLS}, client_auth_type: {clients}, {only}}}\n")).await;
            let address = server.address.to_string();
            let url = format!("https://{address}");
            for arguments in [["--web.listen-address", &address], ["--url", &url]] {
                let ended = probe(&arguments).await;
                assert_eq!(ended.code, Some(1), "{ended:?}");
                let says = format!("{url}/-/healthy: the exporter requires a client certificate");
                assert!(ended.stderr.starts_with(&says), "{clients} {version}: {ended:?}");
                assert!(ended.stderr.contains("VerifyClientCertIfGiven"), "{ended:?}");
            }
        }
    }
    let server = site.serve(&format!("{TLS}, client_auth_type: RequestClientCert}}\n")).await;
    let ended = probe(&["--web.listen-address", &server.address.to_string()]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// The address of a server that reads requests and answers with only these bytes.
async fn saying(words: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(words).await);
        }
    });
    address
}

#[tokio::test]
async fn of_two_attempts_that_fail_the_one_that_got_further_is_told() {
    // A fatal alert of TLS 1.2: protocol version not supported.
    for (words, says) in [
        (&b"\x15\x03\x03\x00\x02\x02\x46"[..], "https://{}/-/healthy: no answer over TLS ("),
        (b"220 mail.example.com\r\n", "http://{}/-/healthy: no answer ("),
        (b"", "http://{}/-/healthy: no answer ("),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "http://{}/-/healthy: 400; read the exporter's log"),
    ] {
        let address = saying(words).await;
        let ended = probe(&["--web.listen-address", &address]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let says = says.replace("{}", &address);
        assert!(ended.stderr.starts_with(&says), "{says} {ended:?}");
    }
}

#[tokio::test]
async fn a_plain_address_of_a_port_that_speaks_tls_is_to_be_written_with_https() {
    let server = Site::new().serve(&format!("{TLS}}}\n")).await;
    let ended = probe(&["--url", &format!("http://{}", server.address)]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.ends_with("give --url an https:// address\n"), "{ended:?}");
}

#[tokio::test]
async fn an_exporter_that_hangs_is_not_waited_for() {
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = hanging.local_addr().unwrap().to_string();
    let ended = probe_once(&["--web.listen-address", &address]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[tokio::test]
async fn a_password_in_the_address_is_never_repeated() {
    let simulator = Simulator::start(SimulatorSettings::default()).await.unwrap();
    let url = simulator.url().replace("//", "//probe:hunter2@");
    for (url, says) in
        [(url.as_str(), "404; read the exporter's log"), ("probe:hunter2@x", "--url must be")]
    {
        let ended = probe(&["--url", url]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
    }
}
