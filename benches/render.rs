//! Benchmark: rendering the metrics page, from the snapshot of a workspace to the bytes of the answer to a scrape.
//!
//! Goal: 4 ms for every 10 000 series. The snapshot is the real snapshot of a cycle over 10 000 open rooms. Counting
//! the chats is part of rendering and of the measured time.

#![expect(clippy::expect_used, reason = "a bench that cannot set its scene has nothing to measure")]

mod call_centre;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use call_centre::Size;
use divan::Bencher;
use divan::counter::ItemsCount;
use prometheus::TextEncoder;
use prometheus::core::Collector;
use rocketchat_omnichannel_exporter::clock::Clock;
use rocketchat_omnichannel_exporter::config::{self, AgentDetail, Flags};
use rocketchat_omnichannel_exporter::cycle::snapshot::Snapshot;
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::publisher::Publisher;
use rocketchat_omnichannel_exporter::omnichannel::gauges::current;
use rocketchat_omnichannel_exporter::wiring;
use tokio::time::Instant;

fn main() {
    divan::main();
}

/// A call centre and the agent detail that its page shows.
#[derive(Debug, Clone, Copy)]
struct Scene {
    name: &'static str,
    size: Size,
    detail: AgentDetail,
}

impl fmt::Display for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

const ROOMS: usize = 10_000;
const SCENES: [Scene; 2] = [
    Scene {
        name: "170 departments, 2000 agents not shown",
        size: Size { departments: 170, agents: 2_000, rooms: ROOMS },
        detail: AgentDetail::Off,
    },
    Scene {
        name: "60 departments, 600 agents shown with presence",
        size: Size { departments: 60, agents: 600, rooms: ROOMS },
        detail: AgentDetail::Presence,
    },
];

fn snapshot(scene: Scene) -> Arc<Snapshot> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let simulator = call_centre::start(scene.size).await.expect("loopback");
        let login = call_centre::settings(scene.size);
        let environment = [
            ("ROCKETCHAT_URL", simulator.url()),
            ("ROCKETCHAT_USER_ID", login.user_id),
            ("ROCKETCHAT_AUTH_TOKEN", login.token),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let mut settings =
            config::load(&Flags::default(), environment.into()).expect("valid settings");
        let mut workspace = settings.workspaces.remove(0);
        workspace.poll.max_requests_per_minute = u32::MAX;
        // The data stays fresh for the whole run of the bench.
        workspace.poll.interval = Duration::from_secs(3600);
        workspace.agents.detail = scene.detail;
        let mut cycle =
            wiring::cycle(&workspace, Clock::system(), &mut wiring::RateLimiters::default(), None)
                .expect("a client");
        cycle.once(Duration::from_secs(300)).await;
        cycle.snapshot()
    })
}

/// The page as text. `expected` is the length of the previous page, which the publisher also has.
fn text(workspaces: &[Arc<Snapshot>], expected: usize) -> String {
    let mut builder = PageBuilder::new();
    families::fill(&mut builder, workspaces, Instant::now());
    let mut text = String::with_capacity(expected + expected / 16);
    builder.finish().encode(&mut text).expect("a page");
    text
}

fn series(text: &str) -> usize {
    text.lines().filter(|line| !line.starts_with('#')).count()
}

/// The page as text: counting, filling, ordering and encoding.
#[divan::bench(args = SCENES, sample_count = 200, sample_size = 1)]
fn plain(bencher: Bencher<'_, '_>, scene: Scene) {
    let workspaces = [snapshot(scene)];
    let page = text(&workspaces, 0);
    bencher.counter(ItemsCount::new(series(&page))).bench(|| text(&workspaces, page.len()));
}

/// All work of the publisher for a page, including its own process metrics and the compressed body.
#[divan::bench(args = SCENES, sample_count = 200, sample_size = 1)]
fn published_with_gzip(bencher: Bencher<'_, '_>, scene: Scene) {
    let workspaces = [snapshot(scene)];
    let series = series(&text(&workspaces, 0));
    let source =
        move |builder: &mut PageBuilder| families::fill(builder, &workspaces, Instant::now());
    let publisher = Publisher::new(Box::new(source)).expect("a first page");
    bencher.counter(ItemsCount::new(series)).bench_local(|| publisher.render());
}

/// The encoder of the `prometheus` crate alone, over messages that already exist: the lower limit for any change of
/// our code.
#[divan::bench(args = SCENES, sample_count = 200, sample_size = 1)]
fn encoder_only(bencher: Bencher<'_, '_>, scene: Scene) {
    let mut builder = PageBuilder::new();
    families::fill(&mut builder, &[snapshot(scene)], Instant::now());
    let rendered = builder.finish();
    let messages: Vec<_> = rendered.families.iter().flat_map(Collector::collect).collect();
    let page = TextEncoder::new().encode_to_string(&messages).expect("a page");
    bencher.counter(ItemsCount::new(series(&page))).bench(|| {
        let mut text = String::with_capacity(page.len());
        TextEncoder::new().encode_utf8(&messages, &mut text).map(|()| text)
    });
}

/// Counting the chats alone. Its time grows with the number of rooms, not with the number of series.
#[divan::bench(args = SCENES, sample_count = 200, sample_size = 1)]
fn present_only(bencher: Bencher<'_, '_>, scene: Scene) {
    let snapshot = snapshot(scene);
    bencher.counter(ItemsCount::new(ROOMS)).bench(|| {
        let view = snapshot.view(Instant::now());
        current(&snapshot.live_state, &snapshot.labels, &snapshot.rules, view)
    });
}
