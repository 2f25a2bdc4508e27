//! A page of a list as any server version sends it, and its decoding.
//!
//! A page is decoded as a whole first. Only if that fails it is decoded row by row, so that one bad row does not lose
//! the page. The module does not depend on the fields of a row.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::paging::PAGE_ROWS;
use super::wire::{self, Leniently};

/// A row of a list, and the keys of its list in the answer.
pub trait Row: DeserializeOwned + Send {
    /// The key of the list in the answer, such as `rooms`.
    const LIST_KEY: &'static str;
    /// A second spelling of that key if there is one, such as `room` in the documents of some versions. With either key a
    /// single object is accepted too.
    const SECOND_LIST_KEY: &'static str = Self::LIST_KEY;
    /// A key beside the key of the list. If the answer has the sibling key and no list, the server withholds the list from
    /// this account.
    const SIBLING_KEY: Option<&'static str> = None;

    /// True if the two rows are about the same thing, such as one agent; its values may have changed between two pages.
    fn is_same(&self, other: &Self) -> bool;
}

/// One page: the rows that could be decoded, and the totals of the answer.
#[derive(Debug)]
pub struct Page<R> {
    /// The rows, in the server's order.
    pub rows: Vec<R>,
    /// Number of all rows according to the server; it comes from another query and may be wrong.
    pub total: Option<u64>,
    /// Number of rows that could not be decoded and were left out.
    pub invalid: u64,
}

impl<R> Page<R> {
    /// Number of rows that the server sent, decoded or not: paging advances by this number.
    pub fn received(&self) -> u64 {
        self.rows.len() as u64 + self.invalid
    }
}

/// Reason why a body is not a page.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PageError {
    /// Not the JSON of a page: HTML of a proxy, a truncated body, another shape.
    #[error("the answer is not the JSON of this endpoint ({0})")]
    NotAPage(String),
    /// `success: false` behind a 200.
    #[error("the server answered success:false")]
    Unsuccessful,
    /// The answer has its other content but not the list.
    #[error("the answer does not contain {0}")]
    Withheld(&'static str),
}

/// Decodes the body of a list endpoint.
pub fn decode<R: Row>(body: &[u8]) -> Result<Page<R>, PageError> {
    let text = text(body);
    match serde_json::from_str::<Envelope<Many<R>, R>>(&text) {
        Ok(envelope) => envelope.into_page(|many| (many.0, 0)),
        Err(_) => serde_json::from_str::<Envelope<&RawValue, R>>(&text)
            .map_err(|error| PageError::NotAPage(position(&error)))?
            .into_page(row_by_row),
    }
}

/// Decodes the body of an endpoint that answers with a single object.
pub fn decode_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, PageError> {
    let refused =
        || serde_json::from_slice(body).is_ok_and(|it: SuccessFlag| it.success == Some(false));
    serde_json::from_slice(body).map_err(|error| {
        if refused() { PageError::Unsuccessful } else { PageError::NotAPage(position(&error)) }
    })
}

#[derive(serde::Deserialize)]
struct SuccessFlag {
    #[serde(default, deserialize_with = "wire::scalar")]
    success: Option<bool>,
}

/// The body as text, validated once and not string by string. Bytes that are not UTF-8 are in texts that people wrote;
/// they must lose neither the page nor the row.
fn text(body: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// Position and kind of a JSON error, without a quotation of the document.
fn position(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Data => "a value of the wrong kind",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "not JSON",
    };
    format!("{kind} at line {} column {}", error.line(), error.column())
}

fn row_by_row<R: Row>(list: &RawValue) -> (Vec<R>, u64) {
    let Ok(raw) = serde_json::from_str::<Vec<&RawValue>>(list.get()) else {
        let one = serde_json::from_str::<R>(list.get()).ok();
        let invalid = u64::from(one.is_none() && list.get() != "null");
        return (one.into_iter().collect(), invalid);
    };
    let received = raw.len();
    let rows: Vec<R> =
        raw.into_iter().filter_map(|row| serde_json::from_str(row.get()).ok()).collect();
    let invalid = received - rows.len();
    (rows, invalid as u64)
}

struct Envelope<L, R> {
    list: Option<L>,
    total: Option<u64>,
    success: Option<bool>,
    has_sibling_key: bool,
    row: PhantomData<R>,
}

impl<L, R: Row> Envelope<L, R> {
    fn into_page(self, rows: impl FnOnce(L) -> (Vec<R>, u64)) -> Result<Page<R>, PageError> {
        if self.success == Some(false) {
            return Err(PageError::Unsuccessful);
        }
        let missing = || {
            if self.has_sibling_key {
                PageError::Withheld(R::LIST_KEY)
            } else {
                PageError::NotAPage(format!("no key \"{}\"", R::LIST_KEY))
            }
        };
        let (rows, invalid) = self.list.map(rows).ok_or_else(missing)?;
        Ok(Page { rows, total: self.total, invalid })
    }
}

impl<'de, L: Deserialize<'de>, R: Row> Deserialize<'de> for Envelope<L, R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor(PhantomData))
    }
}

struct EnvelopeVisitor<L, R>(PhantomData<(L, R)>);

impl<'de, L: Deserialize<'de>, R: Row> Visitor<'de> for EnvelopeVisitor<L, R> {
    type Value = Envelope<L, R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with the key {}", R::LIST_KEY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope {
            list: None,
            total: None,
            success: None,
            has_sibling_key: false,
            row: PhantomData,
        };
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                key if key == R::LIST_KEY || key == R::SECOND_LIST_KEY => {
                    envelope.list = Some(map.next_value()?);
                }
                "total" => envelope.total = map.next_value::<Leniently<u64>>()?.0,
                "success" => envelope.success = map.next_value::<Leniently<bool>>()?.0,
                key => {
                    envelope.has_sibling_key |= R::SIBLING_KEY == Some(key);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(envelope)
    }
}

/// A list, a single object in its place, or `null` for none.
struct Many<R>(Vec<R>);

impl<'de, R: Row> Deserialize<'de> for Many<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ManyVisitor(PhantomData))
    }
}

struct ManyVisitor<R>(PhantomData<R>);

impl<'de, R: Row> Visitor<'de> for ManyVisitor<R> {
    type Value = Many<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows or one row")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut rows = Vec::with_capacity(PAGE_ROWS as usize);
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(Many(rows))
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Many(vec![R::deserialize(MapAccessDeserializer::new(map))?]))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Many(Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, PartialEq)]
    struct Thing {
        #[serde(rename = "_id", deserialize_with = "wire::id")]
        id: Box<str>,
    }
    impl Row for Thing {
        const LIST_KEY: &'static str = "things";
        const SECOND_LIST_KEY: &'static str = "thing";

        fn is_same(&self, other: &Self) -> bool {
            self.id == other.id
        }
    }

    #[test]
    fn one_bad_row_costs_itself_and_not_the_page() {
        let body =
            br#"{"things":[{"_id":"a"},7,null,{"x":1},{"_id":"\ud83d"},{"_id":5}],"total":"6"}"#;
        let page = decode::<Thing>(body).unwrap();
        let ids: Vec<&str> = page.rows.iter().map(|row| &*row.id).collect();
        assert_eq!((ids, page.invalid, page.total), (vec!["a", "5"], 4, Some(6)));
        assert_eq!(page.received(), 6);
    }

    #[test]
    fn bytes_that_are_no_text_cost_neither_the_page_nor_the_row() {
        let page = decode::<Thing>(b"{\"things\":[{\"_id\":\"a\",\"msg\":\"\xff\"}]}").unwrap();
        assert_eq!((&*page.rows[0].id, page.invalid), ("a", 0));
    }

    #[test]
    fn a_single_object_and_null_stand_for_lists() {
        assert_eq!(decode::<Thing>(br#"{"thing":{"_id":"a"}}"#).unwrap().rows.len(), 1);
        assert_eq!(decode::<Thing>(br#"{"things":null,"success":true}"#).unwrap().received(), 0);
        assert_eq!(decode::<Thing>(br#"{"thing":{"no":1}}"#).unwrap().invalid, 1);
    }

    #[test]
    fn an_object_that_is_no_success_is_told_apart_from_another_shape() {
        let of = |body: &[u8]| decode_object::<Thing>(body).map(|thing| thing.id);
        assert_eq!(of(br#"{"_id":"a","success":true}"#), Ok("a".into()));
        assert_eq!(of(br#"{"success":false,"error":"x"}"#), Err(PageError::Unsuccessful));
        assert!(matches!(of(br#"{"success":true}"#), Err(PageError::NotAPage(_))));
        assert!(matches!(of(b"<html>"), Err(PageError::NotAPage(_))));
    }

    #[test]
    fn html_another_shape_and_failure_are_told_apart() {
        assert!(matches!(decode::<Thing>(b"<html>"), Err(PageError::NotAPage(_))));
        assert!(matches!(
            decode::<Thing>(br#"{"things":[{"_id":"a"}"#),
            Err(PageError::NotAPage(_))
        ));
        assert!(matches!(decode::<Thing>(br#"{"success":true}"#), Err(PageError::NotAPage(_))));
        assert_eq!(
            decode::<Thing>(br#"{"success":false,"error":"x"}"#).unwrap_err(),
            PageError::Unsuccessful
        );
    }
}
