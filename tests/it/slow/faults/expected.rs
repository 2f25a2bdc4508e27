//! The matrix of faults as data: each fault with the expected report of the exporter.

use rocketchat_omnichannel_exporter::rocketchat::error::Reason;
use rocketchat_omnichannel_exporter::simulator::Route;

use super::harm::{Advice, Harm};
use super::twist::Twist;

/// The exporter's report on a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// A failed poll, with this reason.
    Fails(Reason),
    /// An optional list is not offered, which is no failure.
    NotOffered,
    /// Rows were left out.
    Invalid,
    /// Nothing is wrong.
    Nothing,
}

use Says::{Fails, Invalid, NotOffered, Nothing};

/// A route, its path, and the collectors that fail with it.
#[derive(Debug)]
pub struct Asking {
    pub route: Route,
    pub path: &'static str,
    pub collectors: &'static [&'static str],
}

const MANDATORY: [&str; 5] = ["queue", "queued", "closed", "onhold", "open"];

/// The routes in the order of the expectations. A new cycle asks the last three first; after that it asks two of them
/// rarely, and it works without the last.
pub const ROUTES: [Asking; 7] = [
    Asking { route: Route::Queue, path: "livechat/queue", collectors: &["queue"] },
    Asking {
        route: Route::Rooms,
        path: "livechat/rooms",
        collectors: &["queued", "closed", "onhold", "open"],
    },
    Asking { route: Route::VoipRooms, path: "voip/rooms", collectors: &["calls"] },
    Asking { route: Route::Agents, path: "livechat/users/agent", collectors: &["agents"] },
    Asking { route: Route::Departments, path: "livechat/department", collectors: &["departments"] },
    Asking { route: Route::Me, path: "me", collectors: &MANDATORY },
    Asking { route: Route::Info, path: "info", collectors: &MANDATORY },
];

impl Asking {
    /// True if a failure of this route makes the workspace count as down.
    pub fn is_mandatory(&self) -> bool {
        !matches!(self.route, Route::VoipRooms | Route::Agents | Route::Departments)
    }

    /// True if the route is asked before any list.
    pub fn is_before_lists(&self) -> bool {
        matches!(self.route, Route::Me | Route::Info)
    }

    /// True if closed chats or calls are read from this route.
    pub fn has_closes(&self) -> bool {
        matches!(self.route, Route::Rooms | Route::VoipRooms)
    }

    /// True if only a new cycle asks this route at once.
    pub fn is_seldom(&self) -> bool {
        self.is_before_lists() || self.route == Route::Departments
    }
}

/// A fault on a single route.
#[derive(Debug)]
pub struct Fault {
    pub name: &'static str,
    pub harm: Harm,
    /// The reports by route, in the order of [`ROUTES`].
    pub says: [Says; 7],
    pub effect: &'static str,
}

const WITHDRAWN: &str = "metrics of the list stay for three intervals, then they are left out";
const WAITED: &str = "the route pauses for the time that the server asks for, 5 min at most";
const A_MINUTE: &str = "the route pauses for a minute";
const NOT_MORE: &str = "read up to 16 MiB, then dropped";
const LEFT_OUT: &str = "such rows are left out and counted as `invalid`";
const OPTIONAL: &str = "optional lists are requested again after 10 min";
const READ_AGAIN: &str = "the token file is read again, and `me` is requested again";
const UNUSED: &str = "the chat or call is counted, its impossible times are not";
const NONE: &str = "none";

/// The same failure on every route.
const fn everywhere(reason: Reason) -> [Says; 7] {
    [Fails(reason); 7]
}

/// The same failure on every route but `info`: a server without a known version is tried with care.
const fn without_info(reason: Reason) -> [Says; 7] {
    let fails = Fails(reason);
    [fails, fails, fails, fails, fails, fails, Nothing]
}

const fn rows_are(says: Says) -> [Says; 7] {
    [says, says, says, says, says, Nothing, Nothing]
}

const fn fault(name: &'static str, harm: Harm, says: [Says; 7], effect: &'static str) -> Fault {
    Fault { name, harm, says, effect }
}

const fn twisted(name: &'static str, twist: Twist, says: [Says; 7], effect: &'static str) -> Fault {
    fault(name, Harm::Twisted(twist), says, effect)
}

const fn too_many(name: &'static str, advice: Advice, effect: &'static str) -> Fault {
    fault(name, Harm::TooManyRequests(advice), without_info(Reason::RateLimited), effect)
}

/// A refusal of the token with a status other than 401.
const fn nobody(name: &'static str, status: u16, word: &'static str) -> Fault {
    let harm = Harm::Refused(status, word);
    fault(name, harm, without_info(Reason::Unauthorized), READ_AGAIN)
}

const FORBIDDEN: [Says; 7] = {
    let fails = Fails(Reason::Forbidden);
    [fails, fails, NotOffered, NotOffered, NotOffered, fails, Nothing]
};
const NOT_FOUND: [Says; 7] = {
    let fails = Fails(Reason::NotFound);
    [fails, fails, NotOffered, NotOffered, NotOffered, fails, Nothing]
};
/// A row of `livechat/queue` has no mandatory field: the server leaves out what it cannot join.
const WRONG_TYPES: [Says; 7] =
    [Nothing, Invalid, Invalid, Invalid, Invalid, Fails(Reason::Decode), Nothing];
/// A closed chat or call with an impossible time is counted; its time is not.
const IMPOSSIBLE: [Says; 7] = [Nothing, Invalid, Invalid, Nothing, Nothing, Nothing, Nothing];
/// An unreadable field of `me` leaves the owner of the token in doubt.
const fn rows_and_me(says: Says, me: Reason) -> [Says; 7] {
    [says, says, says, says, says, Fails(me), Nothing]
}

const HTML: &str = "<!DOCTYPE html><html><head><title>Sign in</title></head>{words}</html>";

pub const FAULTS: &[Fault] = &[
    fault("hang before the head", Harm::Hang, everywhere(Reason::Timeout), WITHDRAWN),
    fault("hang inside the body", Harm::HangInside, everywhere(Reason::Timeout), WITHDRAWN),
    fault("one byte a second", Harm::Drip, everywhere(Reason::Timeout), WITHDRAWN),
    fault("reset in the head", Harm::ResetInHead, everywhere(Reason::Connect), WITHDRAWN),
    fault("reset in the body", Harm::ResetInBody, everywhere(Reason::Connect), WITHDRAWN),
    fault("truncated JSON", Harm::CutJson, without_info(Reason::Decode), WITHDRAWN),
    fault("truncated gzip", Harm::CutGzip, without_info(Reason::Decode), WITHDRAWN),
    fault("wrong content type", Harm::ContentType("text/plain"), [Nothing; 7], NONE),
    fault("HTML with status 200", Harm::Body(HTML), without_info(Reason::Decode), WITHDRAWN),
    fault("empty body", Harm::Body(""), without_info(Reason::Decode), WITHDRAWN),
    fault(
        "`success:false`",
        Harm::Body("{\"success\":false,\"error\":\"{words}\"}"),
        without_info(Reason::Unsuccessful),
        WITHDRAWN,
    ),
    fault(
        "301 to another host",
        Harm::Moved(301),
        without_info(Reason::Redirected),
        "not followed, so no other server gets the token",
    ),
    fault(
        "302 to another host",
        Harm::Moved(302),
        without_info(Reason::Redirected),
        "not followed, so no other server gets the token",
    ),
    fault("400", Harm::Status(400), without_info(Reason::Rejected), WITHDRAWN),
    nobody("400 that means 401, `error-invalid-user`", 400, "error-invalid-user"),
    nobody("400 that asks for the second factor, `totp-required`", 400, "totp-required"),
    fault("401", Harm::Status(401), without_info(Reason::Unauthorized), READ_AGAIN),
    fault("403", Harm::Status(403), FORBIDDEN, OPTIONAL),
    fault(
        "403 as 9.0 gives it, `error-forbidden`",
        Harm::Refused(403, "error-forbidden"),
        FORBIDDEN,
        OPTIONAL,
    ),
    fault("403 as a page of a firewall", Harm::Page(403), without_info(Reason::Blocked), WITHDRAWN),
    fault("404", Harm::Status(404), NOT_FOUND, OPTIONAL),
    fault("407 of a proxy", Harm::Page(407), without_info(Reason::Blocked), WITHDRAWN),
    fault("414 of a proxy", Harm::Page(414), without_info(Reason::Blocked), WITHDRAWN),
    too_many("429, `Retry-After` in seconds", Advice::Seconds, WAITED),
    too_many("429, `Retry-After` as a date", Advice::Date, WAITED),
    too_many("429, `X-RateLimit-Reset`", Advice::Reset, WAITED),
    too_many("429, \"wait N seconds\" in the text", Advice::Text, WAITED),
    too_many("429 without advice", Advice::Silence, A_MINUTE),
    fault("500", Harm::Status(500), everywhere(Reason::Server), WITHDRAWN),
    fault("502", Harm::Status(502), everywhere(Reason::Server), WITHDRAWN),
    fault("503", Harm::Status(503), everywhere(Reason::Server), WITHDRAWN),
    fault("200 MB body", Harm::Endless, without_info(Reason::TooLarge), NOT_MORE),
    fault("gzip bomb", Harm::GzipBomb, without_info(Reason::TooLarge), NOT_MORE),
    fault("JSON 10⁵ deep", Harm::Brackets, without_info(Reason::Decode), WITHDRAWN),
    twisted("JSON 10⁵ deep in a field", Twist::Deep, [Nothing; 7], NONE),
    twisted("duplicate keys", Twist::DuplicateKeys, rows_and_me(Invalid, Reason::Decode), LEFT_OUT),
    twisted("lone surrogates", Twist::LoneSurrogates, rows_are(Invalid), LEFT_OUT),
    twisted("bytes that are no UTF-8", Twist::RawBytes, rows_are(Nothing), NONE),
    twisted("wrong types in every field", Twist::WrongTypes, WRONG_TYPES, LEFT_OUT),
    twisted("null rows", Twist::NullRows, rows_and_me(Invalid, Reason::Decode), LEFT_OUT),
    twisted(
        "ids that are numbers",
        Twist::NumberIds,
        rows_and_me(Nothing, Reason::Unauthorized),
        "read as text",
    ),
    twisted("dates as `{\"$date\": …}`", Twist::DatesAsObjects, [Nothing; 7], NONE),
    twisted("dates as milliseconds", Twist::DatesAsMilliseconds, [Nothing; 7], NONE),
    twisted("negative durations", Twist::NegativeDurations, IMPOSSIBLE, UNUSED),
    twisted("durations of 10³⁰⁰ s", Twist::AbsurdDurations, IMPOSSIBLE, UNUSED),
    twisted(
        "ten thousand departments",
        Twist::TenThousandDepartments,
        rows_are(Nothing),
        "beyond the cap they are `other`",
    ),
    twisted("names of 1 MB", Twist::LongLabels, rows_are(Nothing), "labels are cut"),
];
