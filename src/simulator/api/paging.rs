//! `count`, `offset` and `sort`, and the common fields of every list.

use std::{cmp::Ordering, fmt};

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value, json};

use super::{answer::ApiAnswer, request::EndpointRequest};
use crate::simulator::version::ServerVersion;

const DEFAULT_COUNT: i64 = 50;

/// A value in the order of the database: missing, then numbers, then text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    Missing,
    Number(i64),
    Text(String),
}

impl SortKey {
    pub(super) fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    pub(super) fn time(at: Option<jiff::Timestamp>) -> Self {
        at.map_or(Self::Missing, |at| Self::Number(at.as_millisecond()))
    }

    pub(super) fn number(number: impl TryInto<i64>) -> Self {
        number.try_into().map_or(Self::Missing, Self::Number)
    }
}

/// The requested part of a list.
#[derive(Debug)]
pub(super) struct RequestedPage {
    /// `None`: all rows. The database uses the absolute value of a negative count.
    count: Option<usize>,
    /// The database refuses a negative offset, after all other checks.
    offset: i64,
    sort: Vec<(String, bool)>,
    tie_breaker: usize,
}

impl RequestedPage {
    /// Reads the request. Without `sort` the list is ordered by `default`: a key, and true for ascending.
    pub(super) fn read(
        request: &EndpointRequest<'_>,
        default: (&str, bool),
    ) -> Result<Self, ApiAnswer> {
        let number = |name| request.query.text(name).and_then(|text| text.parse::<i64>().ok());
        let limit = i64::try_from(request.policy.page_limit).unwrap_or(i64::MAX);
        let count = number("count").unwrap_or(DEFAULT_COUNT).min(limit);
        let offset = number("offset").unwrap_or(0);
        let sort = match request.query.text("sort") {
            Some(text) => read_sort(request.version, text)?,
            None => vec![(default.0.to_owned(), default.1)],
        };
        Ok(Self {
            count: usize::try_from(count.unsigned_abs()).ok().filter(|count| *count > 0),
            offset,
            sort,
            tie_breaker: request.tie_breaker,
        })
    }

    /// Orders the rows, takes the page and wraps it. Only rows of the page are rendered.
    pub(super) fn answer<T>(
        &self,
        name: &str,
        mut rows: Vec<T>,
        key: impl Fn(&T, &str) -> SortKey,
        render: impl Fn(&T) -> Value,
    ) -> ApiAnswer {
        let Ok(offset) = usize::try_from(self.offset) else {
            return negative_offset(self.offset);
        };
        let total = rows.len();
        self.order(&mut rows, key);
        let wanted = self.count.unwrap_or(total);
        let page: Vec<Value> = rows.iter().skip(offset).take(wanted).map(render).collect();
        let mut body = json!({
            "count": page.len(),
            "offset": offset,
            "total": total,
            "success": true,
        });
        if let Some(body) = body.as_object_mut() {
            body.insert(name.to_owned(), Value::Array(page));
        }
        ApiAnswer::json(200, body)
    }

    /// The database guarantees no order of rows with equal keys, so the order of such rows changes with every
    /// request.
    fn order<T>(&self, rows: &mut [T], key: impl Fn(&T, &str) -> SortKey) {
        if !rows.is_empty() {
            rows.rotate_left(self.tie_breaker % rows.len());
        }
        rows.sort_by(|one, other| {
            self.sort.iter().fold(Ordering::Equal, |order, (path, ascending)| {
                order.then_with(|| {
                    let order = key(one, path).cmp(&key(other, path));
                    if *ascending { order } else { order.reverse() }
                })
            })
        });
    }
}

fn negative_offset(offset: i64) -> ApiAnswer {
    ApiAnswer::failure(&format!("BSON field 'skip' value must be >= 0, actual value '{offset}'"))
}

fn unreadable_sort(version: ServerVersion, text: &str) -> ApiAnswer {
    if version.loses_its_logger() {
        return ApiAnswer::failure("Cannot read properties of undefined (reading 'warn')");
    }
    let details = json!({ "helperMethod": "parseJsonQuery" });
    let reason = format!("Invalid sort parameter provided: \"{text}\"");
    ApiAnswer::thrown(&reason, "error-invalid-sort", &details)
}

fn read_sort(version: ServerVersion, text: &str) -> Result<Vec<(String, bool)>, ApiAnswer> {
    let invalid = || unreadable_sort(version, text);
    let entries: Entries = serde_json::from_str(text).map_err(|_| invalid())?;
    let direction = |(path, value): (String, Value)| match value.as_i64() {
        Some(1) => Ok((path, true)),
        Some(-1) => Ok((path, false)),
        _ => Err(invalid()),
    };
    entries.0.into_iter().map(direction).collect()
}

/// The entries of a JSON object in their written order, which is the order of the sort keys.
struct Entries(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of directions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}
