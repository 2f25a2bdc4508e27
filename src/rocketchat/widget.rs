//! `GET /api/v1/livechat/config`: the answer that the visitors' widget gets. Public: no token is sent.

use serde::Deserialize;

use super::page::Row;
use super::query::Query;
use super::wire;

/// The query for a department; for visitors without a department if `department` is `None`.
pub fn query(department: Option<&str>) -> Query {
    Query::default().with_some("department", department)
}

/// The configuration of the widget (`app/livechat/server/api/v1/config.ts` of the server).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WidgetRow {
    /// `online`: true if a visitor is offered a chat; absent while Omnichannel is switched off.
    #[serde(default, deserialize_with = "wire::flag")]
    pub online: bool,
}

impl Row for WidgetRow {
    const LIST_KEY: &'static str = "config";

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    #[test]
    fn a_widget_is_online_only_where_the_server_says_so() {
        for (config, online) in [
            (r#"{"enabled":true,"online":true}"#, true),
            (r#"{"enabled":true,"online":false}"#, false),
            (r#"{"enabled":false}"#, false),
        ] {
            let body = format!(r#"{{"config":{config},"success":true}}"#);
            let page = page::decode::<WidgetRow>(body.as_bytes()).unwrap();
            assert_eq!(page.rows[0].online, online, "{config}");
        }
    }
}
