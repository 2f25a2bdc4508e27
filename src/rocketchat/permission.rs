//! The permissions that the server requires, by endpoint and release.
//!
//! This is the only table, taken from the checks in the server's code. The remedy of a refusal, the texts of `check`
//! and the table in docs/operating.md are generated from it, so that they always agree.

use std::borrow::Cow;

use super::endpoint::Endpoint;
use super::server_version::{ServerVersion, VOIP_SINCE, VOIP_UNTIL};

/// The permissions for an endpoint in some releases.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The endpoint that the permissions open.
    pub endpoint: Endpoint,
    /// True if the permissions open the user's own chats only.
    pub own_chats: bool,
    /// The first release with this need; `None` if it has no first release.
    pub since: Option<ServerVersion>,
    /// The first release without this need; `None` if it has no last release.
    pub until: Option<ServerVersion>,
    /// Any one of these groups is enough; all permissions of a group are needed together.
    pub any_of: &'static [&'static [&'static str]],
}

impl Need {
    const fn at(endpoint: Endpoint, any_of: &'static [&'static [&'static str]]) -> Self {
        Self { endpoint, own_chats: false, since: None, until: None, any_of }
    }

    const fn since(self, major: u16, minor: u16) -> Self {
        Self { since: Some(ServerVersion { major, minor }), ..self }
    }

    const fn until(self, major: u16, minor: u16) -> Self {
        Self { until: Some(ServerVersion { major, minor }), ..self }
    }

    /// The need in the releases that have calls.
    const fn of_calls(self) -> Self {
        Self { since: Some(VOIP_SINCE), until: Some(VOIP_UNTIL), ..self }
    }

    const fn for_own_chats(self) -> Self {
        Self { own_chats: true, ..self }
    }

    fn is_of(&self, version: ServerVersion) -> bool {
        self.since.is_none_or(|since| since <= version)
            && self.until.is_none_or(|until| version < until)
    }

    /// The permissions as text.
    pub fn words(&self) -> String {
        let together: Vec<String> = self.any_of.iter().map(|all| all.join(" with ")).collect();
        together.join(" or ")
    }
}

const ALL_CHATS: &[&[&str]] = &[&["view-livechat-rooms"]];
const OWN_CHATS: &[&[&str]] = &[&["view-l-room"]];

const HOURS: &[&[&str]] = &[&["view-livechat-business-hours"]];
/// Every need, by endpoint. If two needs apply, the later one is the more precise one.
pub const NEEDS: [Need; 16] = [
    // Server PR 19951.
    Need::at(Endpoint::LivechatRooms, &[&["view-livechat-manager"]]).until(3, 10),
    Need::at(Endpoint::LivechatRooms, ALL_CHATS).since(3, 10),
    Need::at(Endpoint::LivechatRooms, OWN_CHATS).since(3, 10).for_own_chats(),
    Need::at(Endpoint::LivechatQueue, &[&["view-l-room"]]),
    Need::at(Endpoint::VoipRooms, ALL_CHATS).of_calls(),
    Need::at(Endpoint::VoipRooms, OWN_CHATS).of_calls().for_own_chats(),
    Need::at(Endpoint::Departments, &[&["view-l-room"], &["view-livechat-departments"]]),
    Need::at(Endpoint::Agents, &[&["transfer-livechat-guest", "view-l-room"]]).until(6, 10),
    Need::at(Endpoint::Agents, &[&["transfer-livechat-guest"], &["edit-omnichannel-contact"]])
        .since(6, 10),
    Need::at(Endpoint::Department, &[&["view-livechat-departments"]]),
    Need::at(Endpoint::Priorities, &[&["view-l-room"], &["manage-livechat-priorities"]]),
    Need::at(Endpoint::Slas, &[&["view-l-room"], &["manage-livechat-sla"]]).since(6, 0),
    Need::at(Endpoint::Licence, &[&["view-privileged-setting"]]).since(6, 5),
    Need::at(Endpoint::BusinessHours, HOURS),
    Need::at(Endpoint::BusinessHour, HOURS),
    Need::at(Endpoint::VoipRoom, &[&["inbound-voip-calls"]]).of_calls(),
];

/// The permissions that a server of this version requires, as text; of the latest version if the version is unknown.
pub fn needed(endpoint: Endpoint, own_chats: bool, version: Option<ServerVersion>) -> String {
    let need = need(endpoint, own_chats, version);
    need.map_or_else(|| "none, only a login".to_owned(), Need::words)
}

/// The remedy for a refusal by a server of this version.
pub(super) fn remedy(
    endpoint: Endpoint,
    own_chats: bool,
    version: Option<ServerVersion>,
) -> Cow<'static, str> {
    match need(endpoint, own_chats, version) {
        Some(need) => format!("grant the exporter's user the permission {}", need.words()).into(),
        None => "check that the exporter's user is active and may log in".into(),
    }
}

fn need(
    endpoint: Endpoint,
    own_chats: bool,
    version: Option<ServerVersion>,
) -> Option<&'static Need> {
    let fits = |need: &&Need| need.endpoint == endpoint && (own_chats || !need.own_chats);
    let holds = |need: &&Need| fits(need) && version.is_none_or(|version| need.is_of(version));
    NEEDS.iter().rfind(holds)
}

impl Endpoint {
    /// The consequence of a missing permission, as text.
    pub fn without(self) -> &'static str {
        match self {
            Self::LivechatRooms | Self::LivechatQueue => "`up` is 0",
            Self::VoipRooms => "there are no calls",
            Self::Departments => {
                "departments are shown by their id, and `filter.departments` cannot be used"
            }
            Self::Agents => "agents without chats are not shown, and departments have no members",
            Self::Department => "departments have no members",
            Self::Priorities => "priorities are shown by their id",
            Self::Slas => "there are no figures of SLA policies",
            Self::Licence => "the limit and the number of contacts are not shown",
            Self::BusinessHours => "all departments have the default hours",
            Self::BusinessHour => "departments with `business_hours: server` are always open",
            Self::Widget => "a closed widget is not seen",
            Self::VoipRoom => "a single call cannot be shown",
            Self::Info => "the version is hidden",
            Self::Me => "no list is requested",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed_of(endpoint: Endpoint, own_chats: bool, version: &str) -> String {
        needed(endpoint, own_chats, version.parse().ok())
    }

    #[test]
    fn each_release_is_told_apart_where_it_asks_for_something_else() {
        use Endpoint as E;
        for (endpoint, own, version, expected) in [
            (E::LivechatRooms, false, "3.9", "view-livechat-manager"),
            (E::LivechatRooms, true, "3.9", "view-livechat-manager"),
            (E::LivechatRooms, false, "3.10", "view-livechat-rooms"),
            (E::LivechatRooms, true, "8.6", "view-l-room"),
            (E::LivechatRooms, false, "hidden", "view-livechat-rooms"),
            (E::LivechatQueue, true, "2.4", "view-l-room"),
            (E::VoipRooms, false, "hidden", "view-livechat-rooms"),
            (E::VoipRooms, true, "7.9", "view-l-room"),
            (E::Departments, false, "9.0", "view-l-room or view-livechat-departments"),
            (E::Department, false, "3.18", "view-livechat-departments"),
            (E::Agents, false, "6.9", "transfer-livechat-guest with view-l-room"),
            (E::Agents, false, "6.10", "transfer-livechat-guest or edit-omnichannel-contact"),
            (E::Me, false, "8.1", "none, only a login"),
        ] {
            assert_eq!(needed_of(endpoint, own, version), expected, "{endpoint:?} {version}");
        }
    }
}
