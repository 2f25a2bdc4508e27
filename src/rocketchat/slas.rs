//! `GET /api/v1/livechat/sla`: the SLA policies (Enterprise, since 6.0).

use serde::Deserialize;

use super::page::Row;
pub use super::query::page_by_id as query;
use super::wire;

/// A policy as the API sends it (`IOmnichannelServiceLevelAgreements` of the server).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SlaRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `name`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
    /// `dueTimeInMinutes`.
    #[serde(rename = "dueTimeInMinutes", default, deserialize_with = "wire::scalar")]
    due_minutes: Option<f64>,
}

impl SlaRow {
    /// The longest wait that the policy promises, seconds; `None` if it is not a positive number.
    pub fn due_seconds(&self) -> Option<f64> {
        self.due_minutes.filter(|minutes| *minutes > 0.0).map(|minutes| minutes * 60.0)
    }
}

impl Row for SlaRow {
    const LIST_KEY: &'static str = "sla";
    const SECOND_LIST_KEY: &'static str = "slas";

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    #[test]
    fn a_policy_promises_its_minutes_and_an_impossible_one_promises_nothing() {
        let body = br#"{"sla":[{"_id":"a","name":"Gold","dueTimeInMinutes":2},{"_id":"b","dueTimeInMinutes":"0.5"},
            {"_id":"c","dueTimeInMinutes":0},{"_id":"d","dueTimeInMinutes":null}],"total":4}"#;
        let page = page::decode::<SlaRow>(body).unwrap();
        let due: Vec<_> = page.rows.iter().map(SlaRow::due_seconds).collect();
        assert_eq!(due, [Some(120.0), Some(30.0), None, None]);
    }
}
