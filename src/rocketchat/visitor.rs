//! The visitor of a room, for an operator who requests it.
//!
//! Only `inspect --visitors` decodes this data, separately from the row: the rows that the cycle decodes have no field
//! for it. The visitor's token is a credential and is not read here either.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::page::Row;
use super::wire;

/// The visitor of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct VisitorRow {
    /// `v`: the visitor.
    #[serde(default, deserialize_with = "wire::object")]
    pub v: Option<PersonRow>,
    /// `fname`: the room's name, which is the visitor's name.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub fname: Option<Box<str>>,
}

/// `v` of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct PersonRow {
    /// `name`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub name: Option<Box<str>>,
    /// `username`.
    #[serde(default, deserialize_with = "wire::scalar")]
    pub username: Option<Box<str>>,
    /// `phone`: the number of a call, or the first number of a chat.
    #[serde(default, deserialize_with = "phone")]
    pub phone: Option<Box<str>>,
}

impl VisitorRow {
    /// The name, or the username without a name.
    pub fn name(&self) -> Option<&str> {
        let person = self.v.as_ref();
        let name = person.and_then(|person| person.name.as_ref()).or(self.fname.as_ref());
        name.or(person.and_then(|person| person.username.as_ref())).map(|name| &**name)
    }

    /// The phone number.
    pub fn phone(&self) -> Option<&str> {
        self.v.as_ref()?.phone.as_deref()
    }
}

/// Text in a call, a list of objects in a chat.
fn phone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Phone {
        phone_number: Box<str>,
    }
    let phone = <&RawValue>::deserialize(deserializer)?.get();
    let text = serde_json::from_str(phone).ok();
    let first = || serde_json::from_str::<Vec<Phone>>(phone).ok()?.into_iter().next();
    Ok(text.or_else(|| first().map(|phone| phone.phone_number)))
}

/// A row together with its visitor.
#[derive(Debug, Clone)]
pub struct WithVisitor<R> {
    /// The row as the cycle decodes it.
    pub row: R,
    /// The visitor.
    pub visitor: VisitorRow,
}

/// Decodes the text twice, so that an error in one part does not affect the other part.
impl<'de, R: Row> Deserialize<'de> for WithVisitor<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let row = serde_json::from_str(text).map_err(|_| serde::de::Error::custom("no row"))?;
        Ok(Self { row, visitor: serde_json::from_str(text).unwrap_or_default() })
    }
}

impl<R: Row> Row for WithVisitor<R> {
    const LIST_KEY: &'static str = R::LIST_KEY;
    const SECOND_LIST_KEY: &'static str = R::SECOND_LIST_KEY;

    fn is_same(&self, other: &Self) -> bool {
        self.row.is_same(&other.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rocketchat::livechat_rooms::RoomRow;
    use crate::rocketchat::page;

    fn visitor(json: &str) -> VisitorRow {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_visitor_is_known_by_the_name_the_room_or_the_user_name() {
        for (json, name) in [
            (r#"{"v":{"name":"Mary","username":"guest-1"},"fname":"Room"}"#, Some("Mary")),
            (r#"{"v":{"username":"guest-1"},"fname":"Room"}"#, Some("Room")),
            (r#"{"v":{"username":"guest-1"}}"#, Some("guest-1")),
            (r#"{"v":""}"#, None),
        ] {
            assert_eq!(visitor(json).name(), name, "{json}");
        }
    }

    #[test]
    fn a_phone_is_text_or_the_first_of_a_list() {
        for (json, phone) in [
            (r#"{"v":{"phone":"+49 30"}}"#, Some("+49 30")),
            (r#"{"v":{"phone":[{"phoneNumber":"1"},{"phoneNumber":"2"}]}}"#, Some("1")),
            (r#"{"v":{"phone":[]}}"#, None),
            (r#"{"v":{"phone":null}}"#, None),
        ] {
            assert_eq!(visitor(json).phone(), phone, "{json}");
        }
    }

    #[test]
    fn a_row_and_its_visitor_are_read_side_by_side() {
        let body = br#"{"rooms":[{"_id":"a","open":true,"v":{"name":"Mary"}},{"_id":"b","v":{"name":"\ud83d"}},{}]}"#;
        let page = page::decode::<WithVisitor<RoomRow>>(body).unwrap();
        let names: Vec<_> = page.rows.iter().map(|it| (&*it.row.id, it.visitor.name())).collect();
        assert_eq!((names, page.invalid), (vec![("a", Some("Mary")), ("b", None)], 1));
    }
}
