//! `GET /api/v1/licenses.info`: the limit of monthly active contacts (since 6.5, absent in community builds).

use serde::Deserialize;

use super::page::Row;
use super::query::Query;
use super::wire;

/// The query. `loadValues` asks for the used contacts, which the server tells only with the permission
/// `view-privileged-setting`.
pub fn query() -> Query {
    Query::default().with("loadValues", "true")
}

/// The licence as the API sends it (`License.getInfo` in `ee/packages/license` of the server).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LicenceRow {
    /// `preventedActions`.
    #[serde(rename = "preventedActions", default, deserialize_with = "wire::object")]
    prevented: Option<Prevented>,
    /// `limits`; empty without the permission `view-privileged-setting`.
    #[serde(default, deserialize_with = "wire::object")]
    limits: Option<LicenceLimits>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Prevented {
    #[serde(rename = "monthlyActiveContacts", default, deserialize_with = "wire::scalar")]
    contacts: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct LicenceLimits {
    #[serde(rename = "monthlyActiveContacts", default, deserialize_with = "wire::object")]
    contacts: Option<Limit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Limit {
    /// -1 for no limit.
    #[serde(default, deserialize_with = "wire::scalar")]
    max: Option<f64>,
    #[serde(default, deserialize_with = "wire::scalar")]
    value: Option<f64>,
}

impl LicenceRow {
    /// `preventedActions.monthlyActiveContacts`: true while the limit of contacts stops the queue.
    pub fn limit_is_reached(&self) -> Option<bool> {
        self.prevented.as_ref()?.contacts
    }

    /// `limits.monthlyActiveContacts.max`; `None` without a limit or without the permission.
    pub fn contacts_limit(&self) -> Option<f64> {
        self.contacts()?.max.filter(|max| *max >= 0.0)
    }

    /// `limits.monthlyActiveContacts.value`; `None` without the permission.
    pub fn contacts_used(&self) -> Option<f64> {
        self.contacts()?.value.filter(|value| *value >= 0.0)
    }

    fn contacts(&self) -> Option<Limit> {
        self.limits.as_ref()?.contacts
    }
}

impl Row for LicenceRow {
    const LIST_KEY: &'static str = "license";

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    fn told(body: &str) -> (Option<bool>, Option<f64>, Option<f64>) {
        let page = page::decode::<LicenceRow>(body.as_bytes()).unwrap();
        let row = &page.rows[0];
        (row.limit_is_reached(), row.contacts_limit(), row.contacts_used())
    }

    #[test]
    fn a_licence_tells_its_limit_only_where_there_is_one_and_the_account_may_see_it() {
        let prevented = r#""preventedActions":{"activeUsers":true,"monthlyActiveContacts":true}"#;
        let limits = |contacts: &str| {
            let limits = format!(r#""limits":{{"monthlyActiveContacts":{contacts}}}"#);
            told(&format!(r#"{{"license":{{{prevented},{limits}}},"success":true}}"#))
        };
        assert_eq!(limits(r#"{"max":500,"value":512}"#), (Some(true), Some(500.0), Some(512.0)));
        assert_eq!(limits(r#"{"max":-1,"value":7}"#), (Some(true), None, Some(7.0)));
        assert_eq!(
            told(&format!(r#"{{"license":{{{prevented},"limits":{{}}}}}}"#)),
            (Some(true), None, None)
        );
        assert_eq!(told(r#"{"license":{"activeModules":[]}}"#), (None, None, None));
    }
}
