//! The types of webhooks, and the lists that each of them changes.

use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use strum::{AsRefStr, EnumCount, EnumString, VariantArray};

use crate::omnichannel::list::List;

/// The `type` of a webhook; the value of the label `type`. Source: `CRMActions` in
/// `apps/meteor/app/livechat/server/hooks/sendToCRM.ts` and `offlineMessage.ts`; the types of a start, a taken, a queued
/// and a forwarded chat exist since 3.3 (PR 17503).
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsRefStr, EnumCount, EnumString, VariantArray)]
pub enum EventType {
    /// A chat began.
    LivechatSessionStart,
    /// A chat entered the queue, or an agent returned it to the queue.
    LivechatSessionQueued,
    /// An agent took a chat.
    LivechatSessionTaken,
    /// A chat was forwarded to another agent or department.
    LivechatSessionForwarded,
    /// A chat was closed; also the sample that the button `Send test` sends.
    LivechatSession,
    /// The data of a closed chat were edited.
    LivechatEdit,
    /// A visitor left a message while no agent was available.
    LivechatOfflineMessage,
    /// A message in a chat.
    Message,
    /// Any other type, such as `LeadCapture`, or none.
    #[strum(serialize = "other")]
    Other,
}

impl EventType {
    /// The type that the beginning of a body names. The server sends `type` before the messages of the chat, so the
    /// beginning of a long body is enough.
    pub fn of(beginning: &[u8]) -> Self {
        let mut found = None;
        // The text may be cut after the type, which is an error of no interest.
        let _cut = serde_json::Deserializer::from_slice(beginning)
            .deserialize_map(TypeField(&mut found))
            .is_err();
        found.unwrap_or(Self::Other)
    }

    /// The lists that the event changes; none if the next regular poll is early enough.
    ///
    /// A message changes figures of the longest list and comes more often than all other types together. An edit of a
    /// closed chat and an offline message change no list.
    pub fn lists(self) -> &'static [List] {
        match self {
            // A chat may have an agent from its beginning, and below 6.11 the open list holds the waiting chats.
            Self::LivechatSessionStart => &[List::Queued, List::Open],
            Self::LivechatSessionQueued
            | Self::LivechatSessionTaken
            | Self::LivechatSessionForwarded => &[List::Queued, List::Open, List::Queue],
            Self::LivechatSession => {
                &[List::Queued, List::Closed, List::OnHold, List::Open, List::Queue]
            }
            Self::LivechatEdit | Self::LivechatOfflineMessage | Self::Message | Self::Other => &[],
        }
    }
}

/// Reads the field `type` of an object and skips every other field.
struct TypeField<'a>(&'a mut Option<EventType>);

impl<'de> Visitor<'de> for TypeField<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(key) = fields.next_key::<String>()? {
            if key == "type" {
                *self.0 = fields.next_value::<String>()?.parse().ok();
                return Ok(());
            }
            fields.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_type_is_read_wherever_it_stands_before_the_cut() {
        for (body, expected) in [
            (&br#"{"type":"LivechatSessionQueued"}"#[..], EventType::LivechatSessionQueued),
            (
                br#"{"_id":"x","visitor":{"type":"Message","a":[1,{}]},"type":"LivechatEdit"}"#,
                EventType::LivechatEdit,
            ),
            (br#"{"type":"Message","messages":[{"msg":"cut h"#, EventType::Message),
            (br#"{"ty\u0070e":"Message"}"#, EventType::Message),
            (br#"{"type":"LeadCapture"}"#, EventType::Other),
            (br#"{"type":"message"}"#, EventType::Other),
            (br#"{"type":"other"}"#, EventType::Other),
            (br#"{"type":7}"#, EventType::Other),
            (br#"{"type":"Mess"#, EventType::Other),
            (br#"["type"]"#, EventType::Other),
            (b"", EventType::Other),
            (b"type=Message", EventType::Other),
        ] {
            assert_eq!(EventType::of(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn a_label_is_the_type_as_the_server_sends_it() {
        for event_type in EventType::VARIANTS {
            let body = format!(r#"{{"type":"{}"}}"#, event_type.as_ref());
            assert_eq!(EventType::of(body.as_bytes()), *event_type);
        }
        assert_eq!(EventType::VARIANTS.len(), EventType::COUNT);
    }

    proptest! {
        #[test]
        fn no_body_is_too_strange(body in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(EventType::VARIANTS.contains(&EventType::of(&body)));
        }

        #[test]
        fn a_deep_body_is_refused_and_not_followed(depth in 1_usize..20_000) {
            let body = format!("{{\"a\":{}", "[".repeat(depth));
            prop_assert_eq!(EventType::of(body.as_bytes()), EventType::Other);
        }
    }
}
