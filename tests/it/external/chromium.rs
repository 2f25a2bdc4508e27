//! The page for people in a real Chromium.

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rocketchat_omnichannel_exporter::http::Limits;
use rocketchat_omnichannel_exporter::status::page::StatusPage;

use crate::served::{Server, facts};

/// A server whose page counts in its first line how often it was rendered.
async fn counting() -> Server {
    let rendered = AtomicU64::new(0);
    let source = move || {
        // Chromium's virtual time stands still while it waits for an answer; the bytes are kept for a second.
        std::thread::sleep(Duration::from_millis(1_100));
        let summary = format!("Rendered {} times.", rendered.fetch_add(1, Ordering::SeqCst) + 1);
        rocketchat_omnichannel_exporter::status::facts::Status { summary, ..facts() }
    };
    let page = StatusPage::new("/metrics", Box::new(source));
    Server::with_page(Some(Arc::new(page)), Limits::default()).await
}

/// The document and the log after the page was open for 12 s of virtual time.
async fn opened(server: &Server) -> (String, String) {
    let url = format!("http://{}/", server.address);
    let run = move || -> Output {
        let profile = tempfile::tempdir().unwrap();
        Command::new("chromium")
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"])
            .args(["--virtual-time-budget=12000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .output()
            .expect("chromium is missing: apt-get install chromium")
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chromium: tests/run runs it"]
async fn the_page_renews_itself_and_the_console_stays_empty() {
    let server = counting().await;
    let (document, log) = opened(&server).await;
    assert!(!document.contains("Rendered 1 times."), "{document}");
    assert!(document.contains("Rendered "), "{document}{log}");
    assert!(!log.contains("CONSOLE"), "{log}");
}
