//! Tolerant deserializers for the scalars and objects of Rocket.Chat's JSON.
//!
//! The server is loosely typed: a date is ISO text, epoch milliseconds or `{"$date": …}`, a flag may be text, an absent
//! object is `""` on a call and `null` on a chat, `NaN` becomes `null`. A field that cannot be read is absent, never an
//! error, so that one bad field loses neither its row nor its page. The module does not depend on an endpoint.

use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::unix_millis::UnixMillis;

/// A scalar that can be read from any JSON scalar with the same meaning.
pub(crate) trait FromScalar: Sized {
    fn from_text(_text: &str) -> Option<Self> {
        None
    }
    fn from_number(_number: f64) -> Option<Self> {
        None
    }
    fn from_integer(number: i64) -> Option<Self> {
        Self::from_number(number as f64)
    }
    fn from_bool(_flag: bool) -> Option<Self> {
        None
    }
    /// A scalar stands in an object of MongoDB's extended JSON.
    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let mut value = None;
        while let Some(key) = map.next_key::<Box<str>>()? {
            if &*key == "$date" {
                value = map.next_value::<Leniently<Self>>()?.0;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

impl FromScalar for bool {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    fn from_bool(flag: bool) -> Option<Self> {
        Some(flag)
    }
}

impl FromScalar for f64 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().and_then(Self::from_number)
    }
    fn from_number(number: f64) -> Option<Self> {
        number.is_finite().then_some(number)
    }
}

impl FromScalar for u64 {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked first"
    )]
    fn from_number(number: f64) -> Option<Self> {
        (0.0..=9e15).contains(&number).then_some(number as Self)
    }
    fn from_integer(number: i64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl FromScalar for Timestamp {
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of a millisecond is dropped")]
    fn from_number(number: f64) -> Option<Self> {
        Self::from_millisecond(number as i64).ok()
    }
    fn from_integer(number: i64) -> Option<Self> {
        Self::from_millisecond(number).ok()
    }
}

impl FromScalar for UnixMillis {
    fn from_text(text: &str) -> Option<Self> {
        Timestamp::from_text(text).map(Self::from)
    }
    fn from_number(number: f64) -> Option<Self> {
        Timestamp::from_number(number).map(Self::from)
    }
    fn from_integer(number: i64) -> Option<Self> {
        Timestamp::from_integer(number).map(Self::from)
    }
}

impl FromScalar for Box<str> {
    fn from_text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| text.into())
    }
    fn from_number(number: f64) -> Option<Self> {
        Some(number.to_string().into())
    }
    fn from_integer(number: i64) -> Option<Self> {
        Some(number.to_string().into())
    }
}

struct Lenient<T>(PhantomData<T>);

impl<'de, T: FromScalar> Visitor<'de> for Lenient<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(text))
    }
    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(flag))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(T::from_integer(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).ok().and_then(T::from_integer))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(T::from_number(number))
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map)
    }
}

/// A scalar or nothing, for a place where serde has no attribute.
pub(crate) struct Leniently<T>(pub(crate) Option<T>);

impl<'de, T: FromScalar> Deserialize<'de> for Leniently<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar(deserializer).map(Self)
    }
}

/// Reads a scalar; any other value is `None`.
pub(crate) fn scalar<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromScalar,
{
    deserializer.deserialize_any(Lenient(PhantomData))
}

/// Reads a flag; any other value is `false`.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(scalar(deserializer)?.unwrap_or(false))
}

/// True if the key is present, whatever its value.
pub(crate) fn presence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    deserializer.deserialize_ignored_any(IgnoredAny).map(|_| true)
}

/// Reads text that must be present, such as an `_id`.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Box<str>, D::Error> {
    scalar(deserializer)?.ok_or_else(|| serde::de::Error::custom("an id that is not text"))
}

/// Reads a list of text. Elements that are not text are left out; a value that is not a list is empty.
///
/// People write these texts: half an emoji in one of them is an error of JSON parsing, and must not lose the row.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Box<str>>, D::Error> {
    Ok(list_of_texts(deserializer)?.unwrap_or_default())
}

/// The same, if an empty list differs from a missing list: a value that is not a list is `None`.
pub(crate) fn list_of_texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<Box<str>>>, D::Error> {
    let list = <&RawValue>::deserialize(deserializer)?.get();
    let text = |element: &RawValue| serde_json::from_str(element.get()).ok();
    let elements: Option<Vec<&RawValue>> = serde_json::from_str(list).ok();
    Ok(elements.map(|elements| elements.into_iter().filter_map(text).collect()))
}

/// An object that is read whole; scalars have no such value.
struct Object<T>(T);

impl<T: DeserializeOwned> FromScalar for Object<T> {
    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|object| Some(Self(object)))
    }
}

/// Reads an object; any other value (`""`, `null`, a number) is `None`.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(scalar(deserializer)?.map(|Object(object)| object))
}

/// A reference to a named object: an agent or a department inside another object.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "Named")]
pub struct Reference {
    /// `_id`; absent if the server joined nothing.
    #[serde(rename(serialize = "_id"))]
    pub id: Option<Box<str>>,
    /// `username` of an agent or `name` of a department.
    pub name: Option<Box<str>>,
}

/// Both spellings are separate fields: as aliases of one field, an agent with both would be a duplicate-field error.
#[derive(serde::Deserialize)]
struct Named {
    #[serde(rename = "_id", default, deserialize_with = "scalar")]
    id: Option<Box<str>>,
    #[serde(default, deserialize_with = "scalar")]
    name: Option<Box<str>>,
    #[serde(default, deserialize_with = "scalar")]
    username: Option<Box<str>>,
}

impl From<Named> for Reference {
    fn from(named: Named) -> Self {
        Self { id: named.id, name: named.username.or(named.name) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Probe {
        #[serde(default, deserialize_with = "scalar")]
        at: Option<Timestamp>,
        #[serde(default, deserialize_with = "scalar")]
        seconds: Option<f64>,
        #[serde(default, deserialize_with = "flag")]
        open: bool,
        #[serde(default, deserialize_with = "object")]
        by: Option<Reference>,
        #[serde(default, deserialize_with = "texts")]
        tags: Vec<Box<str>>,
    }

    fn probe(json: &str) -> Probe {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_date_is_read_from_all_three_forms() {
        let expected = "2021-07-09T20:19:29.422Z".parse::<Timestamp>().unwrap();
        for at in ["\"2021-07-09T20:19:29.422Z\"", "1625861969422", r#"{"$date":1625861969422}"#] {
            assert_eq!(probe(&format!(r#"{{"at":{at}}}"#)).at, Some(expected), "{at}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_absent() {
        for odd in ["null", "\"\"", "[1,[2]]", r#"{"a":{"b":1}}"#, "true", "1e400", "\"x\""] {
            if let Ok(read) = serde_json::from_str::<Probe>(&format!(
                r#"{{"at":{odd},"seconds":{odd},"by":{odd}}}"#
            )) {
                assert!(read.at.is_none() && read.seconds.is_none(), "{odd}");
                assert!(read.by.is_none_or(|by| by == Reference::default()), "{odd}");
            }
        }
    }

    #[test]
    fn an_agent_with_both_names_is_known_by_its_username() {
        for (names, known) in [
            (r#""name":"Ada","username":"ada""#, Some("ada")),
            (r#""username":"ada""#, Some("ada")),
            (r#""name":"Sales","username":null"#, Some("Sales")),
            (r#""x":1"#, None),
        ] {
            let by = probe(&format!(r#"{{"by":{{"_id":"a",{names}}}}}"#)).by;
            assert_eq!(by.unwrap().name.as_deref(), known, "{names}");
        }
    }

    #[test]
    fn a_list_of_text_loses_its_odd_elements_and_nothing_else_is_a_list() {
        for (tags, read) in [
            (r#"["a","b c"]"#, vec!["a", "b c"]),
            (r#"["a",null,7,["x"],{"y":"z"},"\ud83d","caf\u00e9"]"#, vec!["a", "café"]),
            (r#""a""#, vec![]),
            ("null", vec![]),
            (r#"{"0":"a"}"#, vec![]),
            ("[]", vec![]),
        ] {
            let tags = probe(&format!(r#"{{"tags":{tags}}}"#)).tags;
            assert_eq!(tags.iter().map(|tag| &**tag).collect::<Vec<_>>(), read);
        }
    }

    #[test]
    fn numbers_and_flags_may_be_text() {
        let read = probe(r#"{"seconds":"23.5","open":"true"}"#);
        assert_eq!(read.seconds, Some(23.5));
        assert!(read.open);
    }
}
