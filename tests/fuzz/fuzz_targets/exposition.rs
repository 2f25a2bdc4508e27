//! Whatever people call their departments, the page is read back by a parser that is not ours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openmetrics_parser::prometheus::parse_prometheus;
use rocketchat_omnichannel_exporter::catalog::AGENT_CHATS;
use rocketchat_omnichannel_exporter::exposition::page_builder::PageBuilder;

fuzz_target!(|labels: Vec<(String, String)>| {
    let mut sheet = PageBuilder::new();
    // A page is never empty, and this parser does not read one that is.
    sheet.workspace("other").gauge(AGENT_CHATS, ["", ""], 1.0);
    for (agent, department) in &labels {
        sheet.workspace("acme").gauge(AGENT_CHATS, [agent, department], 1.0);
    }
    let mut text = String::new();
    sheet.finish().encode(&mut text).unwrap();
    let parsed = parse_prometheus(&text).unwrap();
    let series = parsed.families.get(AGENT_CHATS.metric.name).map_or(0, |it| it.iter_samples().count());
    let lines = text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(series, lines, "{text}");
});
