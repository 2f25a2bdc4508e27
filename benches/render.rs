//! Benchmark: rendering the metrics page, from the snapshot of a workspace to the bytes of the answer to a scrape.
//!
//! Goal: 4 ms for every 10 000 series. The snapshot is the real snapshot of a cycle over 10 000 open rooms. Counting
//! the chats is part of rendering and of the measured time.

#![expect(clippy::expect_used, reason = "a bench that cannot set its scene has nothing to measure")]

mod call_centre;
mod watched_call_centre;

use call_centre::Size;
use divan::Bencher;
use divan::counter::ItemsCount;
use prometheus::TextEncoder;
use rocketchat_omnichannel_exporter::config::AgentDetail;
use rocketchat_omnichannel_exporter::exposition::families;
use rocketchat_omnichannel_exporter::exposition::format::Format;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;
use rocketchat_omnichannel_exporter::exposition::samples::Samples;
use rocketchat_omnichannel_exporter::omnichannel::gauges::current;
use watched_call_centre::{AGENTS_SHOWN, CallCentre, ROOMS, Watched, watch};

fn main() {
    divan::main();
}

const CALL_CENTRES: [CallCentre; 2] = [
    CallCentre {
        name: "170 departments, 2000 agents not shown",
        size: Size { departments: 170, agents: 2_000, rooms: ROOMS },
        detail: AgentDetail::Off,
    },
    AGENTS_SHOWN,
];

fn watched(call_centre: CallCentre) -> Watched {
    watch(call_centre).expect("a cycle over the simulator")
}

/// The page as text. `expected` is the length of the previous page, which the publisher also has.
fn text(watched: &Watched, expected: usize) -> String {
    let mut text = String::with_capacity(expected + expected / 16);
    filled(watched).finish().encode(&mut text).expect("a page");
    text
}

fn filled(Watched { snapshot, at }: &Watched) -> PageBuilder {
    let mut builder = PageBuilder::new();
    families::fill(&mut builder, std::slice::from_ref(snapshot), *at);
    builder
}

fn series(text: &str) -> usize {
    text.lines().filter(|line| !line.starts_with('#')).count()
}

/// The page as text: counting, filling, ordering and encoding.
#[divan::bench(args = CALL_CENTRES, sample_count = 200, sample_size = 1)]
fn plain(bencher: Bencher<'_, '_>, call_centre: CallCentre) {
    let watched = watched(call_centre);
    let page = text(&watched, 0);
    bencher.counter(ItemsCount::new(series(&page))).bench(|| text(&watched, page.len()));
}

/// All work of the publisher for a page, including its own process metrics and the compressed body.
#[divan::bench(args = CALL_CENTRES, sample_count = 200, sample_size = 1)]
fn published_with_gzip(bencher: Bencher<'_, '_>, call_centre: CallCentre) {
    let watched = watched(call_centre);
    let series = series(&text(&watched, 0));
    let publisher = watched.publisher().expect("a first page");
    bencher.counter(ItemsCount::new(series)).bench_local(|| publisher.render(Format::Text));
}

/// The encoder of the `prometheus` crate alone, over messages that already exist: the lower limit for any change of
/// our code.
#[divan::bench(args = CALL_CENTRES, sample_count = 200, sample_size = 1)]
fn encoder_only(bencher: Bencher<'_, '_>, call_centre: CallCentre) {
    let rendered = filled(&watched(call_centre)).finish();
    let messages: Vec<_> = rendered.families.iter().map(Samples::message).collect();
    let page = TextEncoder::new().encode_to_string(&messages).expect("a page");
    bencher.counter(ItemsCount::new(series(&page))).bench(|| {
        let mut text = String::with_capacity(page.len());
        TextEncoder::new().encode_utf8(&messages, &mut text).map(|()| text)
    });
}

/// Counting the chats alone. Its time grows with the number of rooms, not with the number of series.
#[divan::bench(args = CALL_CENTRES, sample_count = 200, sample_size = 1)]
fn present_only(bencher: Bencher<'_, '_>, call_centre: CallCentre) {
    let Watched { snapshot, at } = watched(call_centre);
    bencher.counter(ItemsCount::new(ROOMS)).bench(|| {
        let view = snapshot.view(at);
        current(&snapshot.live_state, &snapshot.labels, &snapshot.rules, view)
    });
}
