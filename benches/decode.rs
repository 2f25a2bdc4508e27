//! Benchmark: decoding a page of 100 rooms, as the simulator serves it, into typed rows.
//!
//! Goal: 350 000 rooms per second and core. The page is fetched once, before the measured time.

#![expect(clippy::expect_used, reason = "a bench that cannot set its scene has nothing to measure")]

mod call_centre;
mod page;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::RoomRow;
use rocketchat_omnichannel_exporter::rocketchat::page::decode;

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 200, sample_size = 10)]
fn page_of_100_rooms(bencher: Bencher<'_, '_>) {
    let body = page::of_rooms(100).expect("the simulator serves a page");
    bencher
        .counter(ItemsCount::new(100_usize))
        .counter(BytesCount::of_slice(&body))
        .bench(|| decode::<RoomRow>(divan::black_box(&body)).map(|page| page.rows));
}
