//! `GET /api/v1/livechat/business-hours` (Enterprise) and `…/business-hour`: the server's business hours.

use serde::Deserialize;

use super::endpoint::Endpoint;
use super::page::Row;
use super::paging::PageRequest;
use super::query::Query;
pub use super::query::page_by_id as query;
use super::wire;

/// The query for the default hours, which community builds have too.
pub fn default_query() -> Query {
    Query::default().with("type", "default")
}

/// Reads all hours; the default hours alone if the server has no list of all hours or does not show it. `is_unshown` is
/// true for an error that may mean this.
pub async fn all_or_default<T, E>(
    mut read: impl AsyncFnMut(Endpoint, fn(PageRequest) -> Query) -> Result<T, E>,
    is_unshown: impl FnOnce(&E) -> bool,
) -> Result<T, E> {
    match read(Endpoint::BusinessHours, query).await {
        Err(error) if is_unshown(&error) => {
            // The default hours are one object, which has one page.
            read(Endpoint::BusinessHour, |_| default_query()).await
        }
        outcome => outcome,
    }
}

/// Business hours as the API sends them (`ILivechatBusinessHour` of the server).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HourRow {
    /// `type`: `default` or `custom`.
    #[serde(rename = "type", default, deserialize_with = "wire::scalar")]
    kind: Option<Box<str>>,
    /// `active`: hours that are not active open nothing (`filterBusinessHoursThatMustBeOpened` of the server).
    #[serde(default, deserialize_with = "wire::scalar")]
    active: Option<bool>,
    #[serde(default, deserialize_with = "wire::object")]
    timezone: Option<Zone>,
    /// `workHours`: the days of the week.
    #[serde(rename = "workHours", default)]
    pub days: Vec<DayRow>,
    /// `departments`: the departments that have these hours.
    #[serde(default)]
    departments: Vec<HourDepartment>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct HourDepartment {
    #[serde(rename = "_id", default, deserialize_with = "wire::scalar")]
    id: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Zone {
    #[serde(default, deserialize_with = "wire::scalar")]
    name: Option<Box<str>>,
}

/// The hours of one day of the week, by the clock of the time zone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DayRow {
    /// `day`, such as `Monday`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub day: Option<Box<str>>,
    #[serde(default, deserialize_with = "wire::object")]
    start: Option<Time>,
    #[serde(default, deserialize_with = "wire::object")]
    finish: Option<Time>,
    /// `open`: false for a day without hours.
    #[serde(default, deserialize_with = "wire::flag")]
    pub open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Time {
    #[serde(default, deserialize_with = "wire::scalar")]
    time: Option<Box<str>>,
}

impl HourRow {
    /// True for the hours of all departments without hours of their own.
    pub fn is_default(&self) -> bool {
        self.kind.as_deref() == Some("default")
    }

    /// True unless an administrator has deactivated the hours.
    pub fn is_active(&self) -> bool {
        self.active != Some(false)
    }

    /// `timezone.name`, an IANA name.
    pub fn time_zone(&self) -> Option<&str> {
        self.timezone.as_ref()?.name.as_deref()
    }

    /// Ids of the departments that have these hours.
    pub fn departments(&self) -> impl Iterator<Item = &str> {
        self.departments.iter().filter_map(|department| department.id.as_deref())
    }
}

impl DayRow {
    /// `start.time`, such as `08:00`.
    pub fn start(&self) -> Option<&str> {
        self.start.as_ref()?.time.as_deref()
    }

    /// `finish.time`; the hours end before this minute.
    pub fn finish(&self) -> Option<&str> {
        self.finish.as_ref()?.time.as_deref()
    }
}

impl Row for HourRow {
    const LIST_KEY: &'static str = "businessHours";
    const SECOND_LIST_KEY: &'static str = "businessHour";

    fn is_same(&self, other: &Self) -> bool {
        self == other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::page;

    #[test]
    fn hours_come_as_a_list_as_one_object_or_as_none() {
        let hour = r#"{"_id":"a","name":"","active":true,"type":"default","timezone":{"name":"Europe/Berlin","utc":"+01:00"},
            "workHours":[{"day":"Monday","start":{"time":"08:00"},"finish":{"time":"20:00"},"open":true,"code":""}]}"#;
        for (body, rows) in [
            (format!(r#"{{"businessHour":{hour},"success":true}}"#), 1),
            (format!(r#"{{"businessHours":[{hour},{hour}],"total":2}}"#), 2),
            (r#"{"businessHour":null,"success":true}"#.to_owned(), 0),
        ] {
            let page = page::decode::<HourRow>(body.as_bytes()).unwrap();
            assert_eq!(page.rows.len(), rows, "{body}");
            for row in page.rows {
                assert!(row.is_default() && row.is_active());
                assert_eq!(row.time_zone(), Some("Europe/Berlin"));
                assert_eq!(
                    (row.days[0].start(), row.days[0].finish()),
                    (Some("08:00"), Some("20:00"))
                );
            }
        }
    }
}
