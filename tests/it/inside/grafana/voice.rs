//! The dashboard of voice: the calls of Omnichannel VoIP, which servers from 4.5 to 7.x have.

use super::colours::Trouble;
use super::dashboard::{Dashboard, variable};
use super::panel::{
    LIGHT, LOOK, NOW, OTHER, Panel, REST, SECONDS, SHARE, WELL, bars, lines, stat, words,
};
use super::queries::{quantile, total_mean, while_scraped};

const CALLS: &str = "none";

pub fn dashboard() -> Dashboard {
    let queue = variable(
        "queue",
        "Queue",
        "label_values(#voip_longest_active_call_seconds{workspace=~'$workspace'}, queue)",
    );
    Dashboard {
        name: "voice",
        uid: "rc-omni-voip",
        title: "Omnichannel / Voice",
        about: "Calls of Rocket.Chat's Omnichannel VoIP: number, duration and waits of callers.",
        from: "now-6h",
        to: "now",
        refresh: "30s",
        variables: vec![queue],
        rows: vec![("", now()), ("", vec![note()]), ("", course())],
    }
}

fn note() -> Panel {
    words(
        "Calls that are not shown",
        "Limits of the data.",
        "Rocket.Chat creates the record of a call **when the call is answered**. Callers who hang up before and ringing calls are in no figure, so \
         there are no figures of abandonment and of the queue. A call ends when its **wrap-up** ends. Releases from 8.0 on have no Omnichannel VoIP.",
    )
}

fn now() -> Vec<Panel> {
    vec![
        stat("VoIP of the server", "Shows if the server has Omnichannel VoIP. A server without it is normal, because recent releases removed it.", "none")
            .query("supported", "max(#voip_supported{@W})")
            .mapped(&[("0", "no", REST), ("1", "yes", WELL)]).empty("no data, or not known yet"),
        stat("Calls now", "Calls in progress, wrap-up included. Ringing and waiting calls are not visible.", CALLS)
            .query("{{direction}}", "sum by (direction) (#voip_active_calls{@Q})").size(6, 5),
        stat("Longest call", "Time since the longest call was answered, wrap-up included; 0 s if there is no call. If the time is hours, an agent did probably not end the wrap-up.", SECONDS)
            .query("longest", "max(#voip_longest_active_call_seconds{@Q})").steps(&[(3600.0, LOOK), (7200.0, NOW)]),
        in_time(),
        stat("Calls without the PBX's events", "Ended calls whose queue and wait are unknown, because the server missed the events of the PBX, in the time range of the dashboard. Their waits are in no figure.", CALLS)
            .query("{{direction}}", &while_scraped("", "sum by (direction) (increase(#voip_calls_without_pbx_event_total{@W}[$__range]))"))
            .steps(&[(1.0, LOOK)]).size(6, 5),
    ]
}

/// Answered calls, and those that were answered too late, by the recorded series.
fn in_time() -> Panel {
    let late = "sum(queue:#voip_late:increase1h{@Q})";
    let all = "sum(queue:#voip_in_time:increase1h{@Q})";
    let share = format!("{late} / (({late} + {all}) > 0)");
    let allowed = "(1 - min(#service_level_objective_ratio{@W}))";
    stat("Answered in time, 1 h", "Share of the inbound calls answered in the last hour whose caller waited no longer than the target time for calls, of the calls whose wait the PBX reported. Callers who hung up are not included. Amber: below the lowest objective of the workspace. Red: ten percentage points below it. From the recorded series.", SHARE)
        .query("in time", &while_scraped("", &format!("1 - {share}")))
        .otherwise("no wait reported")
        .coloured_by("", &Trouble::new(format!("{share} - {allowed}"), 0.0, 0.1))
        .decimals(1)
}

fn course() -> Vec<Panel> {
    let split = |panel: Panel| {
        panel.colour("inbound", WELL).colour("outbound", LOOK).colour("unknown", REST)
    };
    vec![
        split(lines("Calls in progress", "By direction, stacked.", CALLS)
            .query("{{direction}}", "sum by (direction) (#voip_active_calls{@Q})").stacked()),
        split(lines("Calls an hour", "Inbound calls that were answered, and outbound calls of agents.", CALLS)
            .query("{{direction}}", "sum by (direction) (increase(#voip_calls_started_total{@Q}[1h]))").stacked().decimals(0)),
        lines("Waits of callers", "Answered inbound calls, over an hour. The values are interpolated between the bounds of histogram buckets.", SECONDS)
            .query("half", &quantile("0.5", "voip_wait_seconds", "@Q", "1h"))
            .query("nine in ten", &quantile("0.9", "voip_wait_seconds", "@Q", "1h"))
            .query("target", "min(#voip_wait_threshold_seconds{@Q})")
            .dashed("target").colour("half", LIGHT).colour("nine in ten", OTHER).colour("target", LOOK),
        lines("Duration of calls", "Wrap-up included, over an hour.", SECONDS)
            .query("mean", &total_mean("voip_call_duration_seconds", "@Q", "1h"))
            .query("nine in ten", &quantile("0.9", "voip_call_duration_seconds", "@Q", "1h"))
            .colour("mean", LIGHT).colour("nine in ten", OTHER),
        lines("Share of calls on hold", "Time on hold, divided by the duration of all calls of the last hour. Only if the server reports hold times (Enterprise).", SHARE)
            .query("on hold", "sum(increase(#voip_hold_seconds_sum{@Q}[1h])) / (sum(increase(#voip_call_duration_seconds_sum{@Q}[1h])) > 0)")
            .colour("on hold", OTHER),
        bars("Ended calls, by closer", "In the time range of the dashboard.", CALLS)
            .query("{{closer}}", "sum by (closer) (increase(#voip_calls_closed_total{@Q}[$__range]))").size(12, 8),
    ]
}
