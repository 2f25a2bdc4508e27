//! The query of a request, percent-encoded.
//!
//! It supports only the forms that work on every version (`agents[]=`, JSON text for ranges, fields and order). It
//! cannot express `fields`, `query` or `count=0`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use url::form_urlencoded::Serializer;

use super::paging::PageRequest;

/// Most values of one list in a query: Rocket.Chat's query parser turns a longer list into a mapping, and the server
/// answers 400.
pub const MOST_LIST_VALUES: usize = 20;

/// Pairs of parameter and value, in the order in which they are sent.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(Cow<'static, str>, String)>);

impl Query {
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// `name[]=a&name[]=b`: the only form of a list that every version accepts.
    pub(crate) fn with_list(self, name: &'static str, values: &[String]) -> Self {
        values.iter().fold(self, |query, value| query.with(name, value.as_str()))
    }

    /// `{"start":…,"end":…}` as JSON text, each end optional.
    pub(crate) fn with_range(
        self,
        name: &'static str,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Self {
        let ends = [("start", start), ("end", end)];
        let range: BTreeMap<&str, String> =
            ends.iter().filter_map(|(key, at)| at.map(|at| (*key, format!("{at:.3}")))).collect();
        if range.is_empty() { self } else { self.with(name, json(&range)) }
    }

    pub(crate) fn with_map(self, name: &'static str, map: &BTreeMap<String, String>) -> Self {
        if map.is_empty() { self } else { self.with(name, json(map)) }
    }

    /// `count` and `offset`; no offset if it is 0.
    pub(crate) fn with_page(self, page: PageRequest) -> Self {
        let offset = (page.offset > 0).then(|| page.offset.to_string());
        self.with("count", page.count.max(1).to_string()).with_some("offset", offset)
    }

    /// The pairs, for tests that compare them with the documentation.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, value.as_str()))
    }

    /// The percent-encoded query, `%20` for a space; `None` if there are no pairs.
    pub fn encoded(&self) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let mut form = Serializer::new(String::new());
        Some(form.extend_pairs(self.pairs()).finish().replace('+', "%20"))
    }
}

/// Shows names only: a value may be a visitor's token.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.write_str("Query")?;
        f.debug_list().entries(names).finish()
    }
}

/// The query for a page of a list in the order of the ids, which no change of a row moves.
pub fn page_by_id(page: PageRequest) -> Query {
    Query::default().with("sort", r#"{"_id":1}"#).with_page(page)
}

fn json(map: &impl serde::Serialize) -> String {
    serde_json::to_string(map).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_percent_encoded() {
        let fields = BTreeMap::from([("doc?Id".to_owned(), "a&b +c".to_owned())]);
        let query = Query::default()
            .with_list("agents[]", &["x y".to_owned()])
            .with_map("customFields", &fields);
        assert_eq!(
            query.encoded().unwrap(),
            "agents%5B%5D=x%20y&customFields=%7B%22doc%3FId%22%3A%22a%26b%20%2Bc%22%7D"
        );
    }

    #[test]
    fn a_range_is_json_text_with_milliseconds() {
        let start = "2018-01-26T00:11:22.345Z".parse().ok();
        let query =
            Query::default().with_range("createdAt", start, None).with_range("x", None, None);
        let pairs: Vec<_> = query.pairs().collect();
        assert_eq!(pairs, [("createdAt", r#"{"start":"2018-01-26T00:11:22.345Z"}"#)]);
    }
}
