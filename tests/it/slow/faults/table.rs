//! The documentation's table of faults, generated from the seen reports.

use std::collections::BTreeMap;
use std::path::Path;

use rocketchat_omnichannel_exporter::rocketchat::error::Reason;

use super::expected::{FAULTS, ROUTES, Says};
use super::matrix::Seen;

const PAGE: &str = include_str!("../../../../docs/faults.md");
const START: &str =
    "<!-- faults: generated from what the real binary said, checked by a test -->\n";
const END: &str = "<!-- /faults -->";
const HEAD: &str = "| fault | what the exporter says | effect |\n| --- | --- | --- |\n";

fn shown() -> &'static str {
    let (_, rest) = PAGE.split_once(START).expect(START);
    rest.split_once(END).expect(END).0
}

fn words(seen: &Seen) -> String {
    let says = seen.says.iter().map(|says| match says {
        Says::Fails(reason) => format!("`{}`", reason.as_ref()),
        Says::NotOffered => "not offered".to_owned(),
        Says::Invalid => "rows `invalid`".to_owned(),
        Says::Nothing => "nothing".to_owned(),
    });
    let says: Vec<String> = says.collect();
    format!("{}, `up` {}", says.join(" and "), u8::from(seen.is_up))
}

/// A row of the table; routes with the same words share a cell.
fn row(name: &str, effect: &str, seen: &[&Seen]) -> String {
    let mut by_words: Vec<(String, Vec<&str>)> = Vec::new();
    for (seen, asking) in seen.iter().zip(&ROUTES) {
        let words = words(seen);
        match by_words.iter_mut().find(|(known, _)| *known == words) {
            Some((_, routes)) => routes.push(asking.path),
            None => by_words.push((words, vec![asking.path])),
        }
    }
    let is_one = by_words.len() == 1;
    let told = by_words.into_iter().map(|(words, routes)| {
        if is_one {
            format!("{words}: every route")
        } else {
            format!("{words}: {}", routes.join(", "))
        }
    });
    format!("| {name} | {} | {effect} |\n", told.collect::<Vec<_>>().join("; "))
}

/// The rows of the faults on single routes.
pub fn rows(seen: &BTreeMap<(usize, usize), Seen>) -> String {
    let row = |(number, fault): (usize, &super::expected::Fault)| {
        let seen: Vec<&Seen> = (0..ROUTES.len()).map(|route| &seen[&(number, route)]).collect();
        row(fault.name, fault.effect, &seen)
    };
    FAULTS.iter().enumerate().map(row).collect()
}

fn whole_rows(faults: &[(&str, Reason)]) -> String {
    let effect = "counters catch up afterwards, up to 24 h back";
    let row = |(name, reason): &(&str, Reason)| {
        format!("| {name} | `{}`, `up` 0: every route | {effect} |\n", reason.as_ref())
    };
    faults.iter().map(row).collect()
}

/// Asserts that the documentation shows these rows after the rows of faults on all routes.
pub fn assert_shown(rows: &str) {
    let right = format!("{HEAD}{}{rows}", whole_rows(&super::whole::FAULTS));
    if shown() != right {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.md");
        std::fs::write(&path, &right).unwrap();
        panic!(
            "the table of docs/faults.md differs from what was seen; the right one is {}",
            path.display()
        );
    }
}

/// Asserts that the documentation shows the faults on all routes.
pub fn assert_whole_shown(faults: &[(&str, Reason)]) {
    assert!(shown().contains(&whole_rows(faults)), "{}", whole_rows(faults));
}

#[test]
fn the_page_of_faults_shows_what_is_expected_of_each_fault() {
    let mut expected = BTreeMap::new();
    for (number, fault) in FAULTS.iter().enumerate() {
        for (route, asking) in ROUTES.iter().enumerate() {
            expected.insert((number, route), Seen::expected(asking, fault.says[route]));
        }
    }
    assert_shown(&rows(&expected));
}
