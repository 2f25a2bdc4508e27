//! Parameters that no query sends, whatever its filter, its selection and its page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;
use rocketchat_omnichannel_exporter::rocketchat::capabilities::OnHoldForm;
use rocketchat_omnichannel_exporter::rocketchat::livechat_queue::{self, LoadFilter};
use rocketchat_omnichannel_exporter::rocketchat::livechat_rooms::{
    self, RoomFilter, RoomSelection,
};
use rocketchat_omnichannel_exporter::rocketchat::paging::PageRequest;
use rocketchat_omnichannel_exporter::rocketchat::query::Query;
use rocketchat_omnichannel_exporter::rocketchat::voip_room::CallOfVisitor;
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::CallDirection::{Inbound, Outbound};
use rocketchat_omnichannel_exporter::rocketchat::voip_rooms::{self, CallFilter};
use rocketchat_omnichannel_exporter::rocketchat::{agents, departments};
use serde_json::Value;

const ROOMS: &[&str] = &[
    "open",
    "queued",
    "onhold",
    "agents[]",
    "tags[]",
    "departmentId",
    "departmentId[]",
    "roomName",
    "customFields",
    "createdAt",
    "closedAt",
    "sort",
    "count",
    "offset",
];
const CALLS: &[&str] = &[
    "open",
    "agents[]",
    "tags[]",
    "queue",
    "direction",
    "visitorId",
    "roomName",
    "sort",
    "count",
    "offset",
];
const LOADS: &[&str] =
    &["includeOfflineAgents", "agentId", "departmentId", "sort", "count", "offset"];
const DIRECTORY: &[&str] = &["sort", "count", "offset"];
const DEPARTMENTS: &[&str] = &["sort", "showArchived", "count", "offset"];

fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap())
}

prop_compose! {
    fn page()(
        start in prop::option::of(instant()), end in prop::option::of(instant()),
        offset in any::<u64>(), count in any::<u32>(), is_empty in any::<bool>(),
    ) -> PageRequest {
        PageRequest { start, end, offset, count: if is_empty { 0 } else { count } }
    }
}

fn names() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(any::<String>(), 0..4)
}

fn selections() -> impl Strategy<Value = RoomSelection> {
    let form =
        prop::sample::select(vec![OnHoldForm::Alone, OnHoldForm::WithOpen, OnHoldForm::Unknown]);
    prop_oneof![
        Just(RoomSelection::Open),
        any::<bool>().prop_map(|probe| RoomSelection::Queued { probe }),
        form.prop_map(RoomSelection::OnHold),
        (instant(), instant()).prop_map(|(start, end)| RoomSelection::ClosedBetween { start, end }),
    ]
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(any::<String>())
}

prop_compose! {
    fn room_filter()(
        agents in names(), departments in names(), tags in names(), room_name in text(),
        custom_fields in prop::collection::btree_map(any::<String>(), any::<String>(), 0..3),
    ) -> RoomFilter {
        RoomFilter { agents, departments, tags, room_name, custom_fields }
    }
}

prop_compose! {
    fn call_filter()(
        agents in names(), tags in names(), queue in text(),
        direction in prop::sample::select(vec![None, Some(Inbound), Some(Outbound)]),
        visitor_id in text(), room_name in text(),
    ) -> CallFilter {
        CallFilter { agents, queue, direction, visitor_id, tags, room_name }
    }
}

/// The parameters as a server decodes them; asserts first the rules that hold for every query.
fn decoded(query: &Query, allowed: &[&str]) -> BTreeMap<String, Vec<String>> {
    let encoded = query.encoded().unwrap();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%=&-._*".contains(&byte);
    assert!(encoded.bytes().all(is_plain), "{encoded}");
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(encoded.as_bytes()) {
        assert!(allowed.contains(&&*name), "{name}");
        all.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    for (name, values) in &all {
        assert!(values.len() == 1 || name.ends_with("[]"), "{name} is said twice");
    }
    all
}

fn number(query: &BTreeMap<String, Vec<String>>, name: &str) -> Option<u64> {
    query.get(name).map(|values| values[0].parse().unwrap())
}

/// True if the query asks for a bounded page in a stated order.
fn is_bounded(query: &BTreeMap<String, Vec<String>>, page: PageRequest) -> bool {
    number(query, "count") == Some(u64::from(page.count.max(1)))
        && number(query, "offset").unwrap_or(0) == page.offset
        && query.contains_key("sort")
}

fn has_start(range: Option<&Vec<String>>) -> bool {
    range.is_some_and(|texts| {
        let range: Value = serde_json::from_str(&texts[0]).unwrap();
        range["start"].as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok())
    })
}

proptest! {
    #[test]
    fn no_query_for_chats_can_ask_for_the_whole_history(
        selection in selections(), filter in room_filter(), page in page()
    ) {
        let query = decoded(&livechat_rooms::query(selection, &filter, page), ROOMS);
        prop_assert!(is_bounded(&query, page));
        let says_true = |name: &str| query.get(name).is_some_and(|values| values == &["true"]);
        let narrows = ["open", "queued", "onhold"].into_iter().any(says_true);
        prop_assert!(narrows || has_start(query.get("closedAt")), "{query:?}");
        prop_assert!(!(query.contains_key("departmentId") && query.contains_key("departmentId[]")));
    }

    #[test]
    fn a_filter_for_chats_travels_unharmed(filter in room_filter(), page in page()) {
        let query = decoded(&livechat_rooms::query(RoomSelection::Open, &filter, page), ROOMS);
        let list = |name: &str| query.get(name).cloned().unwrap_or_default();
        prop_assert_eq!(list("agents[]"), filter.agents);
        prop_assert_eq!(list("tags[]"), filter.tags);
        let departments = [list("departmentId"), list("departmentId[]")].concat();
        prop_assert_eq!(departments, filter.departments);
        prop_assert_eq!(list("roomName"), Vec::from_iter(filter.room_name));
        let fields = list("customFields").concat();
        let fields: BTreeMap<String, String> = serde_json::from_str(&fields).unwrap_or_default();
        prop_assert_eq!(fields, filter.custom_fields);
    }

    #[test]
    fn every_query_for_calls_says_open_and_never_a_time(
        is_open in any::<bool>(), filter in call_filter(), page in page()
    ) {
        let (selection, open, sort) = if is_open {
            (voip_rooms::CallSelection::Open, "true", r#"{"ts":1,"_id":1}"#)
        } else {
            (voip_rooms::CallSelection::Closed, "false", r#"{"closedAt":-1,"_id":-1}"#)
        };
        let query = decoded(&voip_rooms::query(selection, &filter, page), CALLS);
        prop_assert!(is_bounded(&query, page));
        prop_assert_eq!((&*query["open"][0], &*query["sort"][0]), (open, sort));
    }

    #[test]
    fn the_short_lists_are_asked_for_by_their_own_parameters_alone(
        offline in any::<bool>(), agent_id in text(), department_id in text(), page in page()
    ) {
        let filter = LoadFilter { agent_id, department_id };
        let loads = decoded(&livechat_queue::query(offline, &filter, page), LOADS);
        prop_assert!(is_bounded(&loads, page));
        prop_assert_eq!(loads.contains_key("includeOfflineAgents"), offline);
        prop_assert!(is_bounded(&decoded(&agents::query(page), DIRECTORY), page));
        for archived in [false, true] {
            let departments = decoded(&departments::query(page, archived), DEPARTMENTS);
            prop_assert!(is_bounded(&departments, page));
            prop_assert_eq!(departments.contains_key("showArchived"), archived);
        }
    }

    #[test]
    fn a_single_call_is_asked_for_by_room_and_token_or_not_at_all(
        rid in "[ a-zA-Z0-9]{0,3}", token in "[ \t&=?a-z]{0,3}"
    ) {
        match CallOfVisitor::new(&rid, &token) {
            Ok(call) => {
                let query = decoded(&call.query(), &["rid", "token"]);
                prop_assert_eq!(&query["rid"], &[rid]);
                prop_assert_eq!(&query["token"], &[token]);
            }
            Err(_) => prop_assert!(rid.trim().is_empty() || token.trim().is_empty()),
        }
    }
}
