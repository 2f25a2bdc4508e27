//! Families about VoIP calls, for servers that still have Omnichannel VoIP.
//!
//! The server creates a VoIP room when a call is answered. Callers who wait, or hang up before, are not in the API and
//! in no family.

use super::family::families;
use super::scale::{CALL_DURATION, CALL_HOLD, CALL_WAIT};

families! {
    first super::agents::END;

    /// Is 1 if the server has Omnichannel VoIP; 0 is normal, recent versions removed it. Polled
    /// from voip/rooms: 0 when the server has no such endpoint.
    VOIP_SUPPORTED = Gauge "rocketchat_omnichannel_voip_supported"
        [] in "bool" from ["calls"];

    /// Calls in progress, wrap-up included, by PBX queue and direction. Polled from voip/rooms
    /// (open rooms, queue, direction); calls still ringing or waiting are not visible there.
    VOIP_ACTIVE_CALLS = Gauge "rocketchat_omnichannel_voip_active_calls"
        ["queue", "direction"] in "calls" from ["calls"];

    /// Time since the longest call in progress was answered, wrap-up included; 0 when there is
    /// none. Polled from voip/rooms (callStarted), measured with the server's clock.
    VOIP_LONGEST_ACTIVE_CALL_SECONDS =
        Gauge "rocketchat_omnichannel_voip_longest_active_call_seconds"
        ["queue"] in "seconds" from ["calls"];

    /// Target time to the answer of a call. Set in the configuration of this exporter
    /// (service_level.voip_threshold), not polled; present for every known queue.
    VOIP_WAIT_THRESHOLD_SECONDS = Gauge "rocketchat_omnichannel_voip_wait_threshold_seconds"
        ["queue"] in "seconds" from [];

    /// Calls that were answered, or placed by an agent. Polled from voip/rooms (queue, direction),
    /// each room counted once; calls that nobody answered are not visible there.
    VOIP_CALLS_STARTED_TOTAL = Counter "rocketchat_omnichannel_voip_calls_started_total"
        ["queue", "direction"] in "calls" from ["calls"]
        kept as "calls_started", 1 open;

    /// Calls that ended, by who ended them. Polled from voip/rooms (closedAt, closer), each call
    /// counted once, when its wrap-up is over.
    VOIP_CALLS_CLOSED_TOTAL = Counter "rocketchat_omnichannel_voip_calls_closed_total"
        ["queue", "direction", "closer"] in "calls" from ["calls"]
        kept as "calls_closed", 1 open;

    /// Time callers waited until they were answered, inbound calls only and where the PBX reported
    /// the wait. Polled from voip/rooms (callWaitingTime, milliseconds on the wire).
    VOIP_WAIT_SECONDS = Histogram "rocketchat_omnichannel_voip_wait_seconds"
        ["queue"] in "seconds" from ["calls"]
        kept as "call_wait", 1 open, bounds CALL_WAIT;

    /// Time from the beginning of a call to its end, wrap-up included. Polled from voip/rooms
    /// (callDuration, milliseconds on the wire).
    VOIP_CALL_DURATION_SECONDS = Histogram "rocketchat_omnichannel_voip_call_duration_seconds"
        ["queue", "direction"] in "seconds" from ["calls"]
        kept as "call_duration", 1 open, bounds CALL_DURATION;

    /// Time a call was on hold, all its holds together. Polled from voip/rooms
    /// (callTotalHoldTime) when the call has ended.
    VOIP_HOLD_SECONDS = Histogram "rocketchat_omnichannel_voip_hold_seconds"
        ["queue"] in "seconds" from ["calls"]
        kept as "call_hold", 1 open, bounds CALL_HOLD;

    /// Calls that ended without the events of the PBX that contain their queue, because the server
    /// missed them. Polled from voip/rooms (no callUniqueId, or callWaitingTime null).
    VOIP_CALLS_WITHOUT_PBX_EVENT_TOTAL =
        Counter "rocketchat_omnichannel_voip_calls_without_pbx_event_total"
        ["direction"] in "calls" from ["calls"]
        kept as "calls_without_pbx_event", 0 open;
}
