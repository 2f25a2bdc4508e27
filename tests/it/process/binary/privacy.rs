//! Neither the token nor a visitor's words leave the exporter, at any log level and with any fault.

use rocketchat_omnichannel_exporter::simulator::world::VISITOR_MARKER;
use rocketchat_omnichannel_exporter::simulator::{Fault, Route, Simulator, SimulatorSettings};
use serde_json::json;

use super::{Exporter, PATIENCE, every_second};
use crate::watching::Numbers;

const TOKEN: &str = "tOken-4f7bC91e-of-the-exporter";

/// Each fault with the reason it is counted under; its body, if any, holds a visitor's words.
fn faults() -> Vec<(&'static str, Fault)> {
    let body = format!("{{\"success\":false,\"error\":\"{VISITOR_MARKER} {TOKEN}\"}}");
    vec![
        ("unauthorized", Fault::Status(401, body.clone())),
        ("forbidden", Fault::Status(403, body.clone())),
        ("rejected", Fault::Status(400, body.clone())),
        ("server_error", Fault::Status(500, body)),
        ("decode", Fault::Garbage),
        ("decode", Fault::Truncated),
        ("decode", Fault::Status(200, format!("<p>{VISITOR_MARKER} {TOKEN}"))),
        ("unsuccessful", Fault::Unsuccessful),
        ("redirected", Fault::Redirect(format!("http://127.0.0.1:1/?{VISITOR_MARKER}={TOKEN}"))),
    ]
}

fn failures(numbers: &Numbers, reason: &str) -> f64 {
    let of = format!("(\"reason\", \"{reason}\")");
    let failures =
        numbers.iter().filter(|(key, _)| key.starts_with("exporter_poll_failures_total["));
    failures.filter(|(key, _)| key.contains(&of)).map(|(_, value)| value).sum()
}

async fn go_wrong_in_every_way(exporter: &Exporter, simulator: &Simulator) {
    let is_up = |numbers: &Numbers| numbers.get("up[]") == Some(&1.0);
    for (reason, fault) in faults() {
        let before = exporter.numbers_when("it is up", is_up).await;
        let fails = |numbers: &Numbers| failures(numbers, reason) > failures(&before, reason);
        simulator.set_fault(Route::Rooms, Some(fault));
        exporter.numbers_when(reason, fails).await;
        simulator.set_fault(Route::Rooms, None);
    }
    let invalid = |numbers: &Numbers| {
        let rows = numbers.iter().filter(|(key, _)| key.contains("(\"result\", \"invalid\")"));
        rows.map(|(_, value)| value).sum::<f64>() > 0.0
    };
    let words = format!("{VISITOR_MARKER} {TOKEN}");
    for (field, value) in [("ts", json!(words)), ("_id", json!({ &words: &words }))] {
        simulator.set_fault(Route::Rooms, Some(Fault::Field(field.to_owned(), value)));
    }
    exporter.numbers_when("rows are invalid", invalid).await;
    simulator.set_fault(Route::Rooms, None);
    simulator.set_token("another one");
    exporter.numbers_when("the token is wrong", |numbers| !is_up(numbers)).await;
}

#[tokio::test]
async fn no_secret_and_no_visitor_comes_out_at_the_highest_log_level() {
    let settings = SimulatorSettings { token: TOKEN.to_owned(), ..SimulatorSettings::default() };
    let simulator = Simulator::start(settings.clone()).await.unwrap();
    let mut variables = every_second(&simulator, &settings);
    variables.push(("ROCKETCHAT_EXPORTER__AGENTS__DETAIL", "presence".to_owned()));
    let mut exporter = Exporter::serve(&["--log.level", "trace"], &variables);
    go_wrong_in_every_way(&exporter, &simulator).await;

    let mut outputs = Vec::new();
    for path in ["/", "/status.json", "/metrics", "/config", "/-/healthy", "/-/ready", "/nowhere"] {
        outputs.push((path, exporter.get(path).await.text));
    }
    exporter.signal("TERM");
    let ended = exporter.ended_within(PATIENCE).await;
    assert!(ended.stderr.contains("level=trace"), "everything is logged");
    outputs.extend([("stdout", ended.stdout), ("stderr", ended.stderr)]);
    let people = simulator.world(|world| {
        let visitors = world.rooms.values().map(|room| &room.visitor);
        let pieces = visitors
            .flat_map(|it| [it.name.clone(), it.phone.clone(), it.email.clone(), it.token.clone()]);
        pieces.collect::<Vec<_>>()
    });
    assert!(!people.is_empty());
    for secret in [TOKEN, VISITOR_MARKER].into_iter().chain(people.iter().map(String::as_str)) {
        for (place, text) in &outputs {
            let line = text.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "{secret} came out in {place}");
        }
    }
}
