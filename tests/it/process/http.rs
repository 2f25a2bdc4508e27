//! The HTTP server as its clients see it: raw bytes over loopback.

use std::io::Read;
use std::time::{Duration, Instant};

use rocketchat_omnichannel_exporter::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::served::{Answer, PATIENCE, Server, to_the_end, until};
use crate::strict_reader;

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn the_metrics_page_has_the_content_type_prometheus_insists_on() {
    let server = Server::start(Limits::default()).await;
    let page = server.get("/metrics").await;
    assert_eq!(page.status(), "200");
    let content_type = page.header("content-type").unwrap();
    assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert!(page.text().contains("rocketchat_omnichannel_up{workspace=\"acme\"} 1\n"));
}

#[tokio::test]
async fn compressed_and_plain_are_the_same_page() {
    let server = Server::start(Limits::default()).await;
    let plain = server.get("/metrics").await;
    let gzip = server.exchange("GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\n").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(gzip.header("content-encoding").unwrap(), "gzip");
    assert_eq!(gzip.header("vary").unwrap(), "Accept, Accept-Encoding");
    let mut text = String::new();
    flate2::read::GzDecoder::new(gzip.body()).read_to_string(&mut text).unwrap();
    assert_eq!(text, plain.text());
    let refused = server.exchange("GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip;q=0\r\n").await;
    assert_eq!(refused.text(), plain.text());
}

#[tokio::test]
async fn openmetrics_is_sent_to_those_who_ask_for_it_and_text_to_all_others() {
    let server = Server::start(Limits::default()).await;
    let accept =
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    for query in ["", "?created=false", "?workspace=acme"] {
        let asked = format!("GET /metrics{query} HTTP/1.1\r\nAccept: {accept}\r\n");
        let page = server.exchange(&asked).await;
        let content_type = page.header("content-type").unwrap();
        assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        let text = page.text();
        assert!(
            text.ends_with("# EOF\n") && text.contains("_up{workspace=\"acme\"} 1\n"),
            "{text}"
        );
        assert!(
            strict_reader::openmetrics(&text).contains_key("rocketchat_omnichannel_up"),
            "{text}"
        );
    }
    for accept in ["*/*", "text/plain", "application/openmetrics-text;version=2.0.0"] {
        let page = server.exchange(&format!("GET /metrics HTTP/1.1\r\nAccept: {accept}\r\n")).await;
        assert_eq!(page.text(), server.get("/metrics").await.text(), "{accept}");
        assert_eq!(page.header("vary").unwrap(), "Accept, Accept-Encoding");
    }
}

#[tokio::test]
async fn head_has_the_length_of_the_page_and_no_body() {
    let server = Server::start(Limits::default()).await;
    for encoding in ["identity", "gzip"] {
        let rest = format!("/metrics HTTP/1.1\r\nAccept-Encoding: {encoding}\r\n");
        let get = server.exchange(&format!("GET {rest}")).await;
        let head = server.exchange(&format!("HEAD {rest}")).await;
        assert_eq!(head.status(), "200");
        assert!(head.body().is_empty());
        assert_eq!(head.header("content-length").unwrap(), get.body().len().to_string());
        assert_eq!(head.header("content-type"), get.header("content-type"));
    }
}

#[tokio::test]
async fn only_a_page_that_is_handed_out_counts_as_scraped() {
    for request in
        ["GET /metrics HTTP/1.1\r\n", "GET /metrics HTTP/1.1\r\nAccept-Encoding: gzip\r\n"]
    {
        let server = Server::start(Limits::default()).await;
        for path in ["/", "/config", "/-/ready", "/nowhere"] {
            server.get(path).await;
        }
        for method in ["HEAD", "POST"] {
            server.exchange(&format!("{method} /metrics HTTP/1.1\r\n")).await;
        }
        assert_eq!(server.scraped.latest(), None);
        assert_eq!(server.exchange(request).await.status(), "200");
        assert_eq!(server.scraped.latest(), Some(7));
    }
}

#[tokio::test]
async fn a_query_selects_workspaces_and_the_process_and_all_parts_together_are_the_page() {
    let server = Server::start(Limits::default()).await;
    let series = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let mut series: Vec<_> =
            lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect();
        series.sort();
        series
    };
    let whole = server.get("/metrics").await.text();
    let [process, acme, cafe] =
        ["process=true", "workspace=acme", "a=b&workspace=caf%C3%A9+%26+co"].map(async |query| {
            let part = server.get(&format!("/metrics?{query}")).await;
            assert_eq!(part.status(), "200", "{query}");
            part.text()
        });
    let (process, acme, cafe) = (process.await, acme.await, cafe.await);
    assert!(process.contains("process_start_time_seconds ") && !process.contains("workspace"));
    assert!(acme.ends_with("_up{workspace=\"acme\"} 1\n") && series(&acme).len() == 1, "{acme}");
    assert_eq!(series(&[process, acme, cafe].concat()), series(&whole));
    let joined = "/metrics?workspace=caf%C3%A9+%26+co&process=true&workspace=acme&workspace=acme";
    assert_eq!(series(&server.get(joined).await.text()), series(&whole));
    assert_eq!(series(&server.get("/metrics?a=b&name=acme").await.text()), series(&whole));
}

#[tokio::test]
async fn an_unknown_workspace_is_404_and_an_unreadable_selection_400_in_a_plain_sentence() {
    let server = Server::start(Limits::default()).await;
    let unknown = server.get("/metrics?workspace=acme&workspace=%0Anobody%22").await;
    let told = "no workspace has the name \"\\nnobody\\\"\"; /sd lists the workspaces\n";
    assert_eq!((unknown.status().as_str(), unknown.text().as_str()), ("404", told));
    assert_eq!(unknown.header("x-content-type-options").unwrap(), "nosniff");
    let no_name = server.get("/metrics?workspace=").await;
    assert_eq!(no_name.status(), "404");
    let odd = server.get("/metrics?process=yes").await;
    assert_eq!(odd.status(), "400");
    assert!(odd.text().contains("?process=true"), "{}", odd.text());
    assert_eq!(server.scraped.latest(), None, "no page was handed out");
}

#[tokio::test]
async fn a_part_of_the_page_marks_only_its_workspaces_as_scraped() {
    let server = Server::start(Limits::default()).await;
    for query in ["workspace=caf%C3%A9+%26+co", "process=true"] {
        assert_eq!(server.get(&format!("/metrics?{query}")).await.status(), "200");
    }
    server.exchange("HEAD /metrics?workspace=acme HTTP/1.1\r\n").await;
    assert_eq!(server.scraped.latest(), None);
    server.get("/metrics?workspace=acme").await;
    assert_eq!(server.scraped.latest(), Some(7));
}

#[tokio::test]
async fn the_targets_are_json_for_the_host_of_the_request() {
    let server = Server::start(Limits::default()).await;
    let targets = server.get("/sd").await;
    assert_eq!(targets.header("content-type").unwrap(), "application/json");
    assert_eq!(targets.header("cache-control").unwrap(), "no-store");
    let expected = r#"[{"targets":["test"],"labels":{"__param_process":"true","instance":"test"}},{"targets":["test"],"labels":{"__param_workspace":"acme","instance":"test/acme"}},{"targets":["test"],"labels":{"__param_workspace":"café & co","instance":"test/café & co"}}]"#;
    assert_eq!(targets.text(), expected);
    let mut stream = server.connect().await;
    stream.write_all(b"GET /sd HTTP/1.0\r\n\r\n").await.unwrap();
    let refused = Answer(to_the_end(&mut stream).await);
    assert_eq!(refused.status(), "400");
    assert!(refused.text().contains("set web.external_address"), "{}", refused.text());
}

#[tokio::test]
async fn an_unknown_path_is_404_and_another_method_is_405_with_allow() {
    let server = Server::start(Limits::default()).await;
    assert_eq!(server.get("/probe?target=x").await.status(), "404");
    for path in ["/metrics", "/", "/-/healthy", "/-/ready", "/config"] {
        let answer = server.exchange(&format!("POST {path} HTTP/1.1\r\n")).await;
        assert_eq!(answer.status(), "405", "{path}");
        assert_eq!(answer.header("allow").unwrap(), "GET,HEAD", "{path}");
    }
}

#[tokio::test]
async fn the_page_for_people_may_run_only_its_own_script_and_is_in_no_frame() {
    let server = Server::start(Limits::default()).await;
    let page = server.get("/").await;
    assert_eq!(page.header("content-type").unwrap(), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    let facts = server.get("/status.json").await;
    assert_eq!(facts.header("content-type").unwrap(), "application/json");
    assert!(facts.text().contains("\"workspaces\":[]"), "{}", facts.text());
    for answer in [page, facts] {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert_eq!(answer.header(name).unwrap(), value);
        }
    }
    assert_eq!(server.get("/config").await.text(), "auth_token: <hidden>\n");
}

#[tokio::test]
async fn a_page_that_is_switched_off_leaves_links_that_run_nothing_and_no_facts() {
    let server = Server::with_page(None, Limits::default()).await;
    assert_eq!(server.get("/status.json").await.status(), "404");
    let landing = server.get("/").await;
    assert_eq!(landing.header("content-type").unwrap(), "text/html; charset=utf-8");
    assert!(landing.text().contains("href=\"metrics\"") && !landing.text().contains("href=\"/"));
    assert!(!landing.text().contains("<script"));
    let shown = Server::start(Limits::default()).await.get("/").await;
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
        "cache-control",
    ] {
        assert_eq!(landing.header(name).unwrap(), shown.header(name).unwrap(), "{name}");
    }
    assert_eq!(server.get("/metrics").await.status(), "200");
}

#[tokio::test]
async fn health_and_readiness_follow_the_heartbeats() {
    let server = Server::start(Limits::default()).await;
    let acme = server.health.watch("acme", PATIENCE);
    assert_eq!(server.get("/-/healthy").await.text(), "Healthy\n");
    assert_eq!(server.get("/-/ready").await.status(), "503");
    acme.cycle_ended();
    assert_eq!(server.get("/-/ready").await.text(), "Ready\n");
    let _late = server.health.watch("late", Duration::ZERO);
    let sick = server.get("/-/healthy").await;
    assert_eq!(sick.status(), "503");
    assert!(sick.text().starts_with("workspace late has not reported"));
    assert_eq!(server.get("/metrics").await.status(), "200", "the page stays readable");
}

#[tokio::test]
async fn a_slow_header_is_cut_even_while_it_drips() {
    let server = Server::start(Limits { header: SHORT, ..Limits::default() }).await;
    let (mut read, mut write) = server.connect().await.into_split();
    let started = Instant::now();
    let drip = tokio::spawn(async move {
        let mut drops = tokio::time::interval_at(started.into(), SHORT / 10);
        while write.write_all(b"GET /metrics").await.is_ok() {
            drops.tick().await;
        }
    });
    let mut rest = Vec::new();
    let end = tokio::time::timeout(PATIENCE, read.read_to_end(&mut rest)).await;
    drop(end.expect("kept open"));
    assert!(started.elapsed() >= SHORT && rest.is_empty());
    drip.abort();
}

#[tokio::test]
async fn a_kept_alive_connection_may_rest_longer_than_a_header_may_take() {
    let server = Server::start(Limits { header: SHORT, ..Limits::default() }).await;
    let mut stream = server.connect().await;
    for rest in [SHORT * 2, SHORT / 10] {
        stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
        until(&mut stream, "Healthy\n").await;
        let silence = tokio::time::timeout(rest, stream.read_u8()).await;
        assert!(silence.is_err(), "closed or spoken to while it rested");
    }
}

#[tokio::test]
async fn a_connection_that_rests_too_long_is_closed() {
    let server = Server::start(Limits { idle: SHORT, ..Limits::default() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    until(&mut stream, "Healthy\n").await;
    assert!(to_the_end(&mut stream).await.is_empty());
}

/// Sends a whole request and reads its answer; then the connection is idle.
async fn asked(stream: &mut TcpStream) {
    stream.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    until(stream, "Healthy\n").await;
}

#[tokio::test]
async fn when_all_connections_are_taken_the_oldest_unfinished_one_makes_room() {
    let server = Server::start(Limits { connections: 3, ..Limits::default() }).await;
    let mut rested = server.connect().await;
    asked(&mut rested).await;
    let mut silent = server.connect().await;
    let mut half = server.connect().await;
    half.write_all(b"GET /metrics HTTP/1.1\r\nHo").await.unwrap();
    // Wait until the unfinished request is older than a request that may have just begun.
    assert!(tokio::time::timeout(SHORT * 2, half.read_u8()).await.is_err());
    let mut next = server.connect().await;
    asked(&mut next).await;
    assert!(to_the_end(&mut silent).await.is_empty(), "the oldest went");
    asked(&mut rested).await;
    half.write_all(b"st: test\r\n\r\n").await.unwrap();
    until(&mut half, "# HELP").await;
}

#[tokio::test]
async fn when_all_connections_rest_the_one_that_rests_longest_makes_room() {
    let server = Server::start(Limits { connections: 2, ..Limits::default() }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    asked(&mut second).await;
    asked(&mut first).await;
    let mut third = server.connect().await;
    asked(&mut third).await;
    assert!(to_the_end(&mut second).await.is_empty());
    asked(&mut first).await;
}

#[tokio::test]
async fn the_drain_deadline_ends_a_half_sent_request() {
    let limits = Limits { drain: SHORT, header: PATIENCE * 2, ..Limits::default() };
    let server = Server::start(limits).await;
    let (mut half, mut resting) = (server.connect().await, server.connect().await);
    half.write_all(b"GET /metrics HTTP/1.1\r\nHo").await.unwrap();
    resting.write_all(b"GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n").await.unwrap();
    until(&mut resting, "Healthy\n").await;
    server.cancel.cancel();
    assert!(to_the_end(&mut resting).await.is_empty());
    tokio::time::timeout(PATIENCE, server.running).await.expect("drains for ever").unwrap();
    assert!(to_the_end(&mut half).await.is_empty());
    assert!(TcpStream::connect(server.address).await.is_err(), "still listening");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(Limits::default()).await;
    let mut stream = server.connect().await;
    let request = |path, last| format!("GET {path} HTTP/1.1\r\nHost: test\r\n{last}\r\n");
    let both = request("/-/healthy", "") + &request("/-/ready", "Connection: close\r\n");
    stream.write_all(both.as_bytes()).await.unwrap();
    let text = String::from_utf8(to_the_end(&mut stream).await).unwrap();
    assert!(text.find("Healthy\n").unwrap() < text.find("Ready\n").unwrap(), "{text}");
}

#[tokio::test]
async fn garbage_is_answered_400_and_an_endless_header_431_and_both_are_closed() {
    let server = Server::start(Limits::default()).await;
    let mut garbage = server.connect().await;
    garbage.write_all(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n").await.unwrap();
    assert_eq!(Answer(to_the_end(&mut garbage).await).status(), "400");
    let mut endless = server.connect().await;
    endless.write_all(b"GET / HTTP/1.1\r\nX: ").await.unwrap();
    endless.write_all("x".repeat(17 * 1024).as_bytes()).await.unwrap();
    assert_eq!(Answer(to_the_end(&mut endless).await).status(), "431");
}
