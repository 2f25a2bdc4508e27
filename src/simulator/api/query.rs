//! Query strings as the server's parser reads them: brackets make lists and objects.

use std::collections::BTreeMap;

use crate::simulator::version::ServerVersion;

/// Maximum length of a list; the parser turns a longer list into an object.
const LIST_LIMIT: usize = 20;

/// The value of one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParameterValue {
    Text(String),
    List(Vec<String>),
    /// `name[key]=…` or a list that is too long. No endpoint reads its content.
    Object,
}

/// The parameters of a request by name.
#[derive(Debug, Default)]
pub(super) struct QueryParameters {
    values: BTreeMap<String, ParameterValue>,
}

impl QueryParameters {
    /// Newer routers cut the URL at a second, unescaped `?`.
    pub(super) fn parse(text: &str, version: ServerVersion) -> Self {
        let cut = text.split('?').next().filter(|_| version.has_new_router());
        let mut query = Self::default();
        for (key, value) in url::form_urlencoded::parse(cut.unwrap_or(text).as_bytes()) {
            query.add(&key, value.into_owned());
        }
        query
    }

    fn add(&mut self, key: &str, text: String) {
        let (name, bracket) = key
            .split_once('[')
            .map_or((key, None), |(name, rest)| (name, Some(rest.trim_end_matches(']'))));
        let added = match bracket {
            None => ParameterValue::Text(text),
            Some("") => ParameterValue::List(vec![text]),
            Some(index) if index.parse().is_ok_and(|it: usize| it <= LIST_LIMIT) => {
                ParameterValue::List(vec![text])
            }
            Some(_) => ParameterValue::Object,
        };
        let merged = match self.values.remove(name) {
            Some(earlier) => earlier.joined(added),
            None => added,
        };
        self.values.insert(name.to_owned(), merged);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ParameterValue)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a parameter that is a text and not empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(ParameterValue::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The value of a parameter as sent.
    pub(super) fn value(&self, name: &str) -> Option<&ParameterValue> {
        self.values.get(name)
    }

    /// The value of a parameter as a list. A scalar is a list of one element; an empty scalar is `None`.
    pub(super) fn list(&self, name: &str) -> Option<Vec<&str>> {
        match self.values.get(name)? {
            ParameterValue::Text(text) if text.is_empty() => None,
            ParameterValue::Text(text) => Some(vec![text]),
            ParameterValue::List(texts) => Some(texts.iter().map(String::as_str).collect()),
            ParameterValue::Object => None,
        }
    }

    /// A flag (`onhold`, `queued`): true for `true`, `t` and `1`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| ["true", "t", "1"].contains(&text))
    }
}

impl ParameterValue {
    fn joined(self, later: Self) -> Self {
        match (self.into_list(), later.into_list()) {
            (Some(mut all), Some(more)) => {
                all.extend(more);
                if all.len() > LIST_LIMIT { Self::Object } else { Self::List(all) }
            }
            _ => Self::Object,
        }
    }

    fn into_list(self) -> Option<Vec<String>> {
        match self {
            Self::Text(text) => Some(vec![text]),
            Self::List(texts) => Some(texts),
            Self::Object => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str, name: &str) -> ParameterValue {
        QueryParameters::parse(text, ServerVersion::new(8, 1, 0)).values.remove(name).unwrap()
    }

    #[test]
    fn brackets_make_lists_and_objects() {
        assert_eq!(parsed("a=x", "a"), ParameterValue::Text("x".into()));
        assert_eq!(parsed("a%5B%5D=x", "a"), ParameterValue::List(vec!["x".into()]));
        assert_eq!(
            parsed("a[0]=x&a[1]=y", "a"),
            ParameterValue::List(vec!["x".into(), "y".into()])
        );
        assert_eq!(parsed("a[start]=x", "a"), ParameterValue::Object);
    }

    #[test]
    fn the_twenty_first_element_turns_a_list_into_an_object() {
        assert!(
            matches!(parsed(&"a[]=x&".repeat(20), "a"), ParameterValue::List(all) if all.len() == 20)
        );
        assert_eq!(parsed(&"a[]=x&".repeat(21), "a"), ParameterValue::Object);
    }

    #[test]
    fn a_raw_question_mark_cuts_the_query_of_newer_routers() {
        let old = QueryParameters::parse("a=x?y&b=z", ServerVersion::new(7, 5, 0));
        let new = QueryParameters::parse("a=x?y&b=z", ServerVersion::new(7, 6, 0));
        assert_eq!((old.text("a"), old.text("b")), (Some("x?y"), Some("z")));
        assert_eq!((new.text("a"), new.text("b")), (Some("x"), None));
    }
}
