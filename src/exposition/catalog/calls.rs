//! Families about VoIP calls, for servers that still have Omnichannel VoIP.
//!
//! A VoIP room comes into being when a call is answered: callers who wait, or hang up before, are
//! not in the API and in no family.

use super::families;

families! {
    /// Whether the server has Omnichannel VoIP; 0 is normal, recent versions removed it. Polled
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
}
