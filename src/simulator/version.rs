//! The simulated server version and its behaviour.
//!
//! Every difference between Rocket.Chat releases that a client can notice is one predicate here, so that endpoints
//! never compare version numbers. The module depends neither on rooms nor on HTTP.

use std::{fmt, str::FromStr};

/// A Rocket.Chat release, such as `8.1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// First number of the release.
    pub major: u32,
    /// Second number of the release.
    pub minor: u32,
    /// Third number of the release.
    pub patch: u32,
}

/// The text is not a release number.
#[derive(Debug, thiserror::Error)]
#[error("server version {0:?} is not of the form 8.1.0")]
pub struct UnknownVersion(String);

impl ServerVersion {
    /// A release by its three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    const fn since(self, major: u32, minor: u32) -> bool {
        self.major > major || (self.major == major && self.minor >= minor)
    }

    /// Unknown or ill-typed query parameters are refused; older servers ignore them.
    pub(crate) const fn validates_queries(self) -> bool {
        self.since(5, 0)
    }

    /// `onhold` is a filter of `livechat/rooms`.
    pub(crate) const fn knows_onhold(self) -> bool {
        self.since(3, 0)
    }

    /// `queued` is a filter of `livechat/rooms`, and `open=true` no longer includes waiting rooms (PR 32800).
    pub(crate) const fn knows_queued(self) -> bool {
        self.since(6, 11)
    }

    /// `query` passes validation on `livechat/rooms` without effect. Not in 6.3 and not in 9.0.
    pub(crate) const fn tolerates_query(self) -> bool {
        self.since(6, 10) && self.tolerates_fields()
    }

    /// `fields` passes validation without effect, and so does `query` where a route ever accepted it. Removed by PR
    /// 41948.
    pub(crate) const fn tolerates_fields(self) -> bool {
        !self.since(9, 0)
    }

    /// `departmentId[]` and `units[]` pass validation on `livechat/rooms`: refused by 7.0.0, accepted by 7.7.1.
    pub(crate) const fn accepts_department_lists(self) -> bool {
        self.since(7, 7)
    }

    /// `units[]` filters `livechat/rooms`. From 8.0 on it is accepted without effect.
    pub(crate) const fn filters_by_unit(self) -> bool {
        self.accepts_department_lists() && !self.since(8, 0)
    }

    /// An administrator can hide the presence of users (PR 41747, Enterprise). They look offline, in filters too (PR
    /// 41988).
    pub(crate) const fn can_hide_presence(self) -> bool {
        self.since(8, 8)
    }

    /// The chat limits of an agent and of a department apply together (PR 35722).
    pub(crate) const fn joins_chat_limits(self) -> bool {
        self.since(7, 6)
    }

    /// The validator turns a scalar into a list. Not in 8.0.0; seen in 8.6.1.
    pub(crate) const fn coerces_queries(self) -> bool {
        self.since(8, 6)
    }

    /// `agents[]` matches user names as well as ids.
    pub(crate) const fn finds_agents_by_username(self) -> bool {
        !self.since(7, 0)
    }

    /// The exact release of PR 36793 is not known: it lies between 7.10 and 8.0. 7.10.4 has it too.
    const fn repeats_webhooks_rarely(self) -> bool {
        self.since(8, 0)
    }

    /// Most attempts to send a webhook.
    pub(crate) const fn webhook_attempts(self) -> u32 {
        if self.repeats_webhooks_rarely() { 5 } else { 10 }
    }

    /// A webhook with this answer, or without one, is sent again.
    pub(crate) fn repeats_webhook(self, status: Option<u16>) -> bool {
        let is_final = |status: u16| status != 429 && status < 500;
        status != Some(200) && !(self.repeats_webhooks_rarely() && status.is_some_and(is_final))
    }

    /// A quoted `roomName` must match the whole name.
    pub(crate) const fn knows_quoted_names(self) -> bool {
        self.since(7, 0)
    }

    /// The REST layer after Restivus: plain 404 for unknown paths, `success` in a 401, URLs cut at a raw `?`. Not in
    /// 6.13.0; seen in 7.7.1; by its source in 7.6.
    pub(crate) const fn has_new_router(self) -> bool {
        self.since(7, 6)
    }

    /// Restivus delays its answers 401 and 403; PR 34999 removed the delay after 7.3.
    pub(crate) const fn delays_refusals(self) -> bool {
        !self.since(7, 4)
    }

    /// The rate limiter works. From 7.6 on the server stores the rules under another name than it looks them up by,
    /// so that no route of 7.7.1 is limited (repaired by PR 36313).
    pub(crate) const fn limits_requests(self) -> bool {
        !self.since(7, 6) || self.since(8, 0)
    }

    /// The answer to an unreadable `sort` is an error about a missing logger.
    pub(crate) const fn loses_its_logger(self) -> bool {
        self.since(7, 0) && !self.since(8, 0)
    }

    /// The `voip/*` routes exist.
    pub(crate) const fn has_voip(self) -> bool {
        self.since(4, 5) && !self.since(8, 0)
    }

    /// Declared permissions are checked before the rate limiter and the query.
    pub(crate) const fn checks_permissions_first(self) -> bool {
        self.since(8, 0)
    }

    /// Routes are typed: an invalid query is refused before the limiter counts, and the error has no suffix in
    /// brackets. Not in 8.6.1. The release that introduced this is unknown, so 9.0 is the first simulated version
    /// with it.
    pub(crate) const fn has_typed_routes(self) -> bool {
        self.since(9, 0)
    }

    /// Every refusal for a missing permission has the error type `error-forbidden`, on every route (PR 43214).
    pub(crate) const fn has_one_refusal(self) -> bool {
        self.since(9, 0)
    }

    /// `livechat/queue` omits missing keys, which older servers write as null, and omits rows of deleted users (PR
    /// 33159).
    pub(crate) const fn omits_missing_queue_keys(self) -> bool {
        self.since(6, 12)
    }

    /// A room that returns to the queue gets a new `queuedAt` (server PR 23661).
    pub(crate) const fn restarts_wait_on_requeue(self) -> bool {
        self.since(4, 2)
    }

    /// Messages of the server itself count as answers in `metrics` (until server PR 32846).
    pub(crate) const fn counts_system_messages(self) -> bool {
        !self.since(6, 12)
    }

    /// A new room gets a message of the server itself (server PR 20814).
    pub(crate) const fn announces_rooms(self) -> bool {
        self.since(3, 12)
    }

    /// `responseBy` has times, and messages of the server itself never set it (server PR 30072).
    pub(crate) const fn dates_responses(self) -> bool {
        self.since(6, 4)
    }

    /// A closed room can be closed again by force. Seen in 7.7.1.
    pub(crate) const fn forces_closes(self) -> bool {
        self.since(7, 7)
    }

    /// An open room cannot be deleted (`error-room-is-not-closed`). Seen in 8.6.1.
    pub(crate) const fn keeps_open_rooms(self) -> bool {
        self.since(8, 6)
    }

    /// New rooms have `source`, `queuedAt` and `priorityWeight`.
    pub(crate) const fn records_source(self) -> bool {
        self.since(4, 0)
    }

    /// New rooms have `verified` and `contactId`.
    pub(crate) const fn verifies_visitors(self) -> bool {
        self.since(7, 0)
    }

    /// Rows of `livechat/users/agent` have `departments`, and `count=0` is refused.
    pub(crate) const fn tells_departments_of_agents(self) -> bool {
        self.since(6, 4)
    }

    /// `livechat/rooms` requires `view-livechat-manager` for all chats, even for the agent's own chats (until server
    /// PR 19951).
    pub(crate) const fn shows_rooms_to_managers(self) -> bool {
        !self.since(3, 10)
    }

    /// `livechat/users/agent` accepts `edit-omnichannel-contact`, and one of its permissions is enough.
    pub(crate) const fn shows_agents_to_editors(self) -> bool {
        self.since(6, 10)
    }

    /// Departments can be archived, and `showArchived` passes validation on `livechat/department` (server PR 27753).
    pub(crate) const fn archives_departments(self) -> bool {
        self.since(6, 0)
    }

    /// `livechat/priorities` lists the five levels and `livechat/sla` the policies. Before, priorities were policies;
    /// that form is not simulated.
    pub(crate) const fn has_sla_policies(self) -> bool {
        self.since(6, 0)
    }

    /// `licenses.info` exists: clients ask for it since 6.5.
    pub(crate) const fn tells_licence(self) -> bool {
        self.since(6, 5)
    }

    /// `livechat/users/agent` accepts `onlyAvailable`, `excludeId` and `showIdleAgents`.
    pub(crate) const fn filters_agents(self) -> bool {
        self.since(6, 5) || (self.since(6, 4) && self.patch >= 3)
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for ServerVersion {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownVersion(text.to_owned());
        let numbers: Vec<u32> = text
            .split('.')
            .map(|part| part.parse().map_err(|_| unknown()))
            .collect::<Result<_, _>>()?;
        match numbers.as_slice() {
            [major, minor, patch] => Ok(Self::new(*major, *minor, *patch)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_as_it_is_written() {
        let version: ServerVersion = "6.11.2".parse().unwrap();
        assert_eq!(version, ServerVersion::new(6, 11, 2));
        assert_eq!(version.to_string(), "6.11.2");
    }

    #[test]
    fn what_is_no_release_is_named_in_the_error() {
        for text in ["8.1", "8.1.x", "", "8.1.0.0"] {
            let error = text.parse::<ServerVersion>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn ten_comes_after_nine() {
        assert!(!ServerVersion::new(6, 9, 9).knows_queued());
        assert!(ServerVersion::new(6, 11, 0).knows_queued());
        assert!(ServerVersion::new(7, 0, 0).knows_queued());
    }

    #[test]
    fn a_webhook_is_sent_again_as_each_release_does() {
        let (older, newer) = (ServerVersion::new(7, 5, 0), ServerVersion::new(8, 1, 0));
        assert_eq!((older.webhook_attempts(), newer.webhook_attempts()), (10, 5));
        for (status, by_older, by_newer) in [
            (Some(200), false, false),
            (Some(403), true, false),
            (Some(413), true, false),
            (Some(429), true, true),
            (Some(500), true, true),
            (None, true, true),
        ] {
            let repeats = (older.repeats_webhook(status), newer.repeats_webhook(status));
            assert_eq!(repeats, (by_older, by_newer), "{status:?}");
        }
    }
}
