//! `GET /api/v1/livechat/priorities`: the names of priorities (Enterprise).

use serde::Deserialize;

use super::page::Row;
pub use super::query::page_by_id as query;
use super::wire;

/// A priority as the API sends it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PriorityRow {
    /// `_id`.
    #[serde(rename = "_id", deserialize_with = "wire::id")]
    pub id: Box<str>,
    /// `name`; absent as long as nobody has renamed one of the five priorities.
    #[serde(default, deserialize_with = "wire::scalar")]
    name: Option<Box<str>>,
    /// `i18n`: `Lowest`, `Low`, `Medium`, `High` or `Highest`, the key of the translated name, since 6.0
    /// (`createDefaultPriorities` in `ee/app/livechat-enterprise/server/priorities.ts` of the server).
    #[serde(default, deserialize_with = "wire::scalar")]
    i18n: Option<Box<str>>,
}

impl PriorityRow {
    /// The name that an administrator sees: `name`, or the level in lower case; `None` without both.
    pub fn name(&self) -> Option<String> {
        let given = self.name.as_deref().filter(|name| !name.trim().is_empty());
        let level = || self.i18n.as_deref().map(str::to_lowercase);
        given.map(str::to_owned).or_else(level)
    }
}

impl Row for PriorityRow {
    const LIST_KEY: &'static str = "priorities";
    const SECOND_LIST_KEY: &'static str = "priority";

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    #[test]
    fn a_priority_has_its_given_name_or_its_level() {
        let body = br#"{"priorities":[{"_id":"a","i18n":"Lowest","sortItem":5,"dirty":false},
            {"_id":"b","name":"Fire","i18n":"Highest","dirty":true},{"_id":"c","name":" ","i18n":"High"},
            {"_id":"d","name":"Gold","description":"of 5.x","dueTimeInMinutes":10},{"_id":"e"}],"total":5}"#;
        let page = page::decode::<PriorityRow>(body).unwrap();
        let names: Vec<_> = page.rows.iter().map(PriorityRow::name).collect();
        let of = |name: &str| Some(name.to_owned());
        assert_eq!(names, [of("lowest"), of("Fire"), of("high"), of("Gold"), None]);
    }
}
