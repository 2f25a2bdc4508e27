//! The dashboard of voice: the calls of Omnichannel VoIP, which servers from 4.5 to 7.x have.

use super::dashboard::{Dashboard, variable};
use super::panel::{
    LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, words,
};
use super::queries::{mean, quantile};

const CALLS: &str = "none";

pub fn dashboard() -> Dashboard {
    let queue = variable(
        "queue",
        "Queue",
        "label_values(#voip_longest_active_call_seconds{workspace='$workspace'}, queue)",
    );
    Dashboard {
        name: "voice",
        uid: "rc-omni-voip",
        title: "Omnichannel / Voice",
        about: "Calls of Rocket.Chat's Omnichannel VoIP: how many, how long, how long callers waited.",
        from: "now-6h",
        variables: vec![queue],
        rows: vec![("", now()), ("", vec![note()]), ("", course())],
    }
}

fn note() -> Panel {
    words(
        "What is not here",
        "Limits of the data.",
        "Rocket.Chat creates a call's record **when it is answered**: callers who hang up before and calls that ring are in no figure, so \
         there is no abandonment and no queue. A call ends when its **wrap-up** does. Releases from 8.0 on have no Omnichannel VoIP.",
    )
}

fn now() -> Vec<Panel> {
    vec![
        stat("VoIP of the server", "Whether the server has Omnichannel VoIP. That it has not is normal: recent releases removed it.", "none")
            .query("supported", "max(#voip_supported{@W})")
            .mapped(&[("0", "not there", REST), ("1", "there", WELL)]).empty("not known yet"),
        stat("Calls now", "Calls in progress, wrap-up included; ringing and waiting ones cannot be seen.", CALLS)
            .query("{{direction}}", "sum by (direction) (#voip_active_calls{@Q})").size(6, 5),
        stat("Longest call", "Since it was answered, wrap-up included; 0 s when there is none. Hours mean that an agent forgot to end the wrap-up.", SECONDS)
            .query("longest", "max(#voip_longest_active_call_seconds{@Q})").steps(&[(3600.0, LOOK), (7200.0, NOW)]),
        stat("Answered within 20 s", "Of the inbound calls that were answered and whose wait the PBX told, in the time shown. Callers who hung up are not in it.", SHARE)
            .query("within 20 s", "sum(increase(#voip_wait_seconds_bucket{@Q,le=~'20|20.0'}[$__range])) / (sum(increase(#voip_wait_seconds_count{@Q}[$__range])) > 0)")
            .beginning(NOW, &[(0.7, LOOK), (0.8, WELL)]).empty("no wait told"),
        stat("Calls without the PBX's events", "Ended calls whose queue and wait are unknown, because the server missed the events of the PBX, in the time shown. Their waits are in no figure.", CALLS)
            .query("{{direction}}", "sum by (direction) (increase(#voip_calls_without_pbx_event_total{@W}[$__range]))")
            .steps(&[(1.0, LOOK)]).size(6, 5),
    ]
}

fn course() -> Vec<Panel> {
    let split = |panel: Panel| {
        panel.colour("inbound", WELL).colour("outbound", LOOK).colour("unknown", REST)
    };
    vec![
        split(lines("Calls in progress", "By direction, stacked.", CALLS)
            .query("{{direction}}", "sum by (direction) (#voip_active_calls{@Q})").stacked()),
        split(lines("Calls an hour", "Calls that were answered, or placed by an agent.", CALLS)
            .query("{{direction}}", "sum by (direction) (increase(#voip_calls_started_total{@Q}[1h]))").stacked().decimals(0)),
        lines("How long callers waited", "Inbound calls that were answered, over an hour; from buckets, interpolated between their bounds.", SECONDS)
            .query("half", &quantile("0.5", "voip_wait_seconds", "@Q", "1h"))
            .query("nine in ten", &quantile("0.9", "voip_wait_seconds", "@Q", "1h"))
            .colour("half", LIGHT).colour("nine in ten", OTHER),
        lines("How long calls took", "Wrap-up included, over an hour.", SECONDS)
            .query("mean", &mean("voip_call_duration_seconds", "workspace", "@Q", "1h"))
            .query("nine in ten", &quantile("0.9", "voip_call_duration_seconds", "@Q", "1h"))
            .colour("mean", LIGHT).colour("nine in ten", OTHER),
        lines("Share of calls on hold", "Time on hold divided by the time of all calls of the last hour. Only where the server tells hold times (Enterprise).", SHARE)
            .query("on hold", "sum(increase(#voip_hold_seconds_sum{@Q}[1h])) / (sum(increase(#voip_call_duration_seconds_sum{@Q}[1h])) > 0)")
            .colour("on hold", OTHER),
        bars("Calls ended, by whom", "In the time shown.", CALLS)
            .at_once("{{closer}}", "sum by (closer) (increase(#voip_calls_closed_total{@Q}[$__range]))").size(12, 8),
    ]
}
