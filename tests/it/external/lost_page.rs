//! The page for people in a real Chromium while the exporter is away: numbers that are not renewed look dead.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Arc;

use rocketchat_omnichannel_exporter::http::Limits;
use serde::Deserialize;

use super::chromium::{frozen, opens, page};
use crate::served::Server;

/// The page at one moment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Look {
    /// Width and colour scheme of the window, and the place to which it is scrolled.
    #[serde(default)]
    window: String,
    /// True if the whole message is inside of the window, and nothing is before it.
    is_visible: bool,
    /// The part of the message that a screen reader reads out.
    said: String,
    text: String,
    title: String,
    /// The background of the first line, and of each coloured word.
    colours: Vec<String>,
    opacity: f64,
    /// Width of the page beyond its window.
    width: i64,
}

impl Look {
    /// True if a background has more green than red and blue.
    fn is_green(&self, index: usize) -> bool {
        let colour = self.colours[index].trim_matches(|it: char| !it.is_ascii_digit());
        let parts: Vec<f64> = colour.split(", ").map(|part| part.parse().unwrap()).collect();
        parts[1] > parts[0].max(parts[2])
    }
}

/// The findings of Chromium before, during and after the absence.
#[derive(Debug, Deserialize)]
struct Seen {
    alive: Look,
    dead: Vec<Look>,
    again: Look,
}

/// The script with the browser.
struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Browser {
    fn open(url: &str) -> Self {
        let mut command = opens("lost_page.mjs", url, "chromium-lost");
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("node is missing: apt-get install nodejs chromium");
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// Waits for the script to ask for this.
    fn asks(&mut self, word: &str) {
        let mut line = String::new();
        tokio::task::block_in_place(|| self.output.read_line(&mut line)).unwrap();
        if line.trim_end() != word {
            self.output.read_to_string(&mut line).unwrap();
            panic!("{line}");
        }
    }

    fn is_done(&mut self) {
        self.input.write_all(b"done\n").unwrap();
    }

    fn seen(mut self) -> Seen {
        let mut text = String::new();
        tokio::task::block_in_place(|| self.output.read_to_string(&mut text)).unwrap();
        assert!(self.child.wait().unwrap().success(), "{text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs chromium and node: tests/run runs it"]
async fn a_page_that_is_not_renewed_looks_dead_at_once_until_the_exporter_answers_again() {
    let page = page(frozen().await.0);
    let server = Server::with_page(Some(Arc::clone(&page)), Limits::default()).await;
    let address = server.address;
    let mut browser = Browser::open(&format!("http://{address}/"));
    browser.asks("stop");
    server.cancel.cancel();
    server.running.await.unwrap();
    browser.is_done();
    browser.asks("start");
    let _server = Server::again(page, address).await;
    browser.is_done();
    let Seen { alive, dead, again } = browser.seen();
    assert!(!alive.is_visible && alive.is_green(0), "{alive:#?}");
    assert_eq!(alive.title, "Well – Omnichannel");
    assert_eq!(dead.len(), 8);
    for look in &dead {
        assert!(look.is_visible, "the message is not in the window: {look:#?}");
        let green: Vec<_> = (0..look.colours.len()).filter(|index| look.is_green(*index)).collect();
        assert_eq!((green, look.opacity < 0.8), (Vec::new(), true), "alive: {look:#?}");
        assert_eq!(look.said, "This page is not renewed: the exporter does not answer. ");
        let age = look.text.strip_prefix(&look.said).unwrap();
        assert!(age.starts_with("These numbers are ") && age.ends_with(" old."), "{age}");
        assert_eq!(look.title, "Not renewed – Omnichannel");
        assert!(look.width <= 0, "{}: the page is wider than its window", look.window);
    }
    assert!(!again.is_visible && again.said.is_empty(), "{again:#?}");
    assert_eq!((again.colours, again.opacity), (alive.colours, 1.0));
    assert_eq!(again.title, alive.title);
}
