//! Tests of a walk by offset while rows join and leave.

use super::*;
use proptest::prelude::*;
use proptest::sample::{Index, select};

type Row = (u32, Option<i64>);

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
}

/// The server's answer to a request: at most `clamp` rows, and the total. Rows without a time come first in ascending
/// order.
fn answer(
    rows: &[Row],
    order: Order,
    request: PageRequest,
    clamp: usize,
) -> (Vec<(String, Option<Timestamp>)>, u64) {
    assert_eq!((request.start, request.end), (None, None));
    let mut sorted = rows.to_vec();
    sorted.sort_by_key(|(id, ms)| (*ms, *id));
    if order == Order::Descending {
        sorted.reverse();
    }
    let count = (request.count as usize).min(clamp);
    let page = sorted.iter().skip(usize::try_from(request.offset).unwrap()).take(count);
    (page.map(|(id, ms)| (format!("{id:06}"), ms.map(at))).collect(), rows.len() as u64)
}

/// Reads the next page; false if there is none.
fn step(
    walk: &mut SortedOffsets,
    rows: &[Row],
    clamp: usize,
    found: &mut HashSet<u32>,
    told: impl Fn(u64) -> Option<u64>,
) -> bool {
    let Some(request) = walk.next() else { return false };
    let (page, total) = answer(rows, walk.order, request, clamp);
    let keys: Vec<_> = page.iter().map(|(id, at)| (id.as_str(), *at)).collect();
    let new = walk.absorb(&keys, keys.len() as u64, told(total)).unwrap();
    for ((id, _), new) in page.iter().zip(new) {
        assert_eq!(found.insert(id.parse().unwrap()), new, "{id} is new exactly once");
    }
    assert!(walk.pages() < 5_000, "the walk ends");
    true
}

fn started(order: Order, until: Option<i64>) -> SortedOffsets {
    SortedOffsets::new(order, until.map(at))
}

/// Walks to the end; `disturb` changes the rows before each page.
fn walked(
    order: Order,
    rows: &mut Vec<Row>,
    clamp: usize,
    mut disturb: impl FnMut(&mut Vec<Row>),
) -> (HashSet<u32>, u32) {
    let (mut walk, mut found) = (started(order, None), HashSet::new());
    loop {
        disturb(rows);
        if !step(&mut walk, rows, clamp, &mut found, Some) {
            return (found, walk.pages());
        }
    }
}

fn orders() -> impl Strategy<Value = Order> {
    select(vec![Order::Ascending, Order::Descending])
}

/// Few milliseconds for many rows, so that there are ties. One row in eight has no time.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let time = prop_oneof![7 => (0_i64..40).prop_map(Some), 1 => Just(None)];
    prop::collection::vec(time, 0..60).prop_map(|times| (0..).zip(times).collect())
}

fn stayed(rows: &[Row]) -> Vec<u32> {
    rows.iter().map(|(id, _)| *id).filter(|id| *id < 10_000).collect()
}

proptest! {
    #[test]
    fn a_quiet_list_is_walked_whole_with_any_page_size(
        order in orders(), mut rows in rows(), clamp in select(vec![1_usize, 2, 7, 25, 100])
    ) {
        let all: HashSet<u32> = rows.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(walked(order, &mut rows, clamp, |_| ()).0, all);
    }

    #[test]
    fn rows_that_stay_are_seen_whatever_joins_and_leaves_meanwhile(
        order in orders(), mut rows in rows(), clamp in select(vec![2_usize, 3, 7, 25, 100]),
        changes in prop::collection::vec((any::<Index>(), 0_i64..60, 0_u8..4), 0..40)
    ) {
        let mut changes = changes.into_iter().enumerate();
        let (found, _) = walked(order, &mut rows, clamp, |rows| {
            let Some((number, (index, ms, leave))) = changes.next() else { return };
            for _ in 0..leave.min(rows.len().try_into().unwrap_or(leave)) {
                rows.remove(index.index(rows.len()));
            }
            rows.push((10_000 + u32::try_from(number).unwrap(), Some(ms)));
        });
        for id in stayed(&rows) {
            prop_assert!(found.contains(&id), "{} was there all the time", id);
        }
    }

    #[test]
    fn pages_of_one_row_lose_nothing_while_rows_only_join_or_only_leave(
        order in orders(), mut rows in rows(), do_leave in any::<bool>(),
        changes in prop::collection::vec((any::<Index>(), 0_i64..60), 0..40)
    ) {
        let mut changes = changes.into_iter().enumerate();
        let (found, _) = walked(order, &mut rows, 1, |rows| match changes.next() {
            Some((_, (index, _))) if do_leave && !rows.is_empty() => {
                rows.remove(index.index(rows.len()));
            }
            Some((number, (_, ms))) if !do_leave => {
                rows.push((10_000 + u32::try_from(number).unwrap(), Some(ms)));
            }
            _ => {}
        });
        for id in stayed(&rows) {
            prop_assert!(found.contains(&id), "{} was there all the time", id);
        }
    }

    #[test]
    fn a_walk_ends_behind_the_last_row_of_its_time(
        order in orders(), rows in rows(), clamp in select(vec![1_usize, 2, 7, 25]), until in 0_i64..40
    ) {
        let (mut walk, mut found) = (started(order, Some(until)), HashSet::new());
        while step(&mut walk, &rows, clamp, &mut found, Some) {}
        for (id, _) in rows.iter().filter(|(_, ms)| {
            ms.is_some_and(|ms| ms == until || order.is_before(&ms, &until))
        }) {
            prop_assert!(found.contains(id), "{} is of the time", id);
        }
    }
}

#[test]
fn a_list_that_fits_takes_one_page_and_longer_ones_repeat_one_row_a_page() {
    let list = |rows: u32| (0..rows).map(|id| (id, Some(i64::from(id)))).collect::<Vec<_>>();
    for (rows, clamp, pages) in
        [(0, 100, 1), (60, 100, 1), (130, 100, 2), (198, 100, 2), (60, 25, 3), (1, 1, 1)]
    {
        let taken = walked(Order::Ascending, &mut list(rows), clamp, |_| ()).1;
        assert_eq!(taken, pages, "{rows} rows, {clamp} a page");
    }
    let (mut walk, mut found) = (started(Order::Descending, Some(9_950)), HashSet::new());
    while step(&mut walk, &list(10_000), 100, &mut found, Some) {}
    assert_eq!((walk.pages(), found.len()), (1, 100), "what is older is left alone");
}

#[test]
fn a_walk_that_rested_goes_on_where_it_was_however_far_the_rows_have_moved() {
    let old = 0..1_000_u32;
    for (joined, left) in [(250, 0), (0, 250), (90, 150), (0, 1)] {
        let mut rows: Vec<Row> = old.clone().map(|id| (id, Some(i64::from(id)))).collect();
        let (mut walk, mut found) = (started(Order::Descending, None), HashSet::new());
        for _ in 0..4 {
            step(&mut walk, &rows, 100, &mut found, Some);
        }
        rows.truncate(1_000 - left);
        rows.extend((0..joined).map(|id| (10_000 + id, Some(i64::from(10_000 + id)))));
        while step(&mut walk, &rows, 100, &mut found, Some) {}
        assert!(old.clone().all(|id| found.contains(&id)), "{joined} joined, {left} left");
        assert!(walk.pages() < 20, "{} pages", walk.pages());
    }
}

#[test]
fn a_walk_goes_on_at_the_position_of_an_earlier_one_however_far_the_rows_have_moved() {
    for (joined, left) in [(0, 0), (250, 0), (0, 250), (90, 150), (0, 1)] {
        let mut rows: Vec<Row> = (0..1_000).map(|id| (id, Some(i64::from(id)))).collect();
        let (mut walk, mut found) = (started(Order::Descending, None), HashSet::new());
        for _ in 0..4 {
            step(&mut walk, &rows, 100, &mut found, Some);
        }
        rows.truncate(1_000 - left);
        rows.extend((0..joined).map(|id| (10_000 + id, Some(i64::from(10_000 + id)))));
        let written = serde_json::to_string(&walk.position()).unwrap();
        let mut walk = started(Order::Descending, None).at(serde_json::from_str(&written).unwrap());
        let mut later = HashSet::new();
        while step(&mut walk, &rows, 100, &mut later, Some) {}
        let all = (0..1_000).all(|id| found.contains(&id) || later.contains(&id));
        assert!(all && walk.pages() < 16, "{joined} joined, {left} left: {}", walk.pages());
    }
}

#[test]
fn a_total_that_lies_costs_requests_but_no_rows() {
    let rows: Vec<Row> = (0..30).map(|id| (id, Some(i64::from(id)))).collect();
    for order in [Order::Ascending, Order::Descending] {
        for lie in [Some(0), Some(3), Some(1_000_000), None] {
            for clamp in [1, 2, 7, 100] {
                let (mut walk, mut found) = (started(order, None), HashSet::new());
                while step(&mut walk, &rows, clamp, &mut found, |_| lie) {}
                assert_eq!(found.len(), 30, "{lie:?}");
                assert!(walk.pages() < 70, "{} pages", walk.pages());
            }
        }
    }
}

#[test]
fn rows_that_cannot_be_decoded_neither_stop_a_walk_nor_turn_it_back() {
    let mut walk = started(Order::Descending, None);
    let page = [("c", Some(at(3))), ("b", Some(at(2)))];
    assert_eq!(walk.absorb(&page, 3, Some(9)), Ok(vec![true, true]));
    assert_eq!(walk.next().unwrap().offset, 2);
    walk.absorb(&[("a", Some(at(1)))], 3, Some(9)).unwrap();
    assert_eq!(walk.next().unwrap().offset, 4);
    walk.absorb(&[], 3, Some(9)).unwrap();
    assert_eq!(walk.next().unwrap().offset, 6);
}

#[test]
fn a_server_that_contradicts_itself_is_not_asked_for_ever() {
    let page = [("a", Some(at(1))), ("b", Some(at(2))), ("c", Some(at(3)))];
    let mut walk = started(Order::Ascending, None);
    while let Some(request) = walk.next() {
        let rows = if request.offset == 0 { &page[..] } else { &[] };
        walk.absorb(rows, rows.len() as u64, Some(9)).unwrap();
        assert!(walk.pages() < 20, "the walk ends");
    }
}

#[test]
fn a_server_that_ignores_the_order_is_found_out() {
    let rows = [("a", Some(at(7))), ("c", None), ("b", Some(at(6)))];
    let absorb = |order| started(order, None).absorb(&rows, 3, Some(3));
    assert_eq!(absorb(Order::Ascending), Err(WalkError::Unsorted));
    assert_eq!(absorb(Order::Descending), Ok(vec![true, true, true]));
}
