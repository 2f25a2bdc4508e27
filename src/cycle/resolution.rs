//! Resolution of the departments in a filter to ids that exist on the server.
//!
//! A filter names a department by its id or by its name; several departments may share a name. A name without a known
//! id is never sent: in the place of an id it matches no chat, and the empty page would look like a quiet department.
//! One unknown department makes the whole filter unusable, because the totals of the others would look like the totals
//! of all.

use crate::rocketchat::endpoint::Endpoint;
use crate::rocketchat::error::{Failure, Reason};

/// Ids of the departments in `named`, each once. `Err` holds the names without an id.
pub(crate) fn resolve(
    named: &[String],
    ids_of: impl Fn(&str) -> Vec<String>,
) -> Result<Vec<String>, Vec<String>> {
    let (mut ids, mut unknown) = (Vec::new(), Vec::new());
    for name in named {
        let found = ids_of(name);
        if found.is_empty() {
            unknown.push(name.clone());
        }
        ids.extend(found);
    }
    ids.sort_unstable();
    ids.dedup();
    if unknown.is_empty() { Ok(ids) } else { Err(unknown) }
}

/// The failure for a directory that was read and contains none of `unknown` among its `listed` departments.
pub(crate) fn not_listed(unknown: &[String], listed: usize) -> Failure {
    let unknown = quoted(unknown);
    let what = format!("none of the {listed} departments has the name or id {unknown}");
    Failure::new(Endpoint::Departments, Reason::FilterUnresolved, what)
}

/// The failure for a directory that cannot be read, so that the ids are not known.
pub(crate) fn not_readable(unknown: &[String], failure: &Failure) -> Failure {
    let unknown = quoted(unknown);
    let what = format!("{}, so no id is known for the department {unknown}", failure.what);
    let cause = Some(failure.reason);
    let unresolved = Failure::new(failure.endpoint, Reason::FilterUnresolved, what);
    Failure { cause, ..unresolved }.of_server(failure.own_chats, failure.server_version)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    fn ids_of(name: &str) -> Vec<String> {
        match name {
            "Sales" => texts(&["s1", "s2"]),
            "s1" => texts(&["s1"]),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_name_stands_for_each_department_of_that_name_and_an_id_for_one() {
        assert_eq!(resolve(&texts(&["Sales", "s1"]), ids_of), Ok(texts(&["s1", "s2"])));
        assert_eq!(resolve(&[], ids_of), Ok(Vec::new()));
    }

    #[test]
    fn one_that_is_not_known_leaves_no_filter_at_all() {
        assert_eq!(resolve(&texts(&["Sales", "Salse"]), ids_of), Err(texts(&["Salse"])));
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        let misspelt = not_listed(&texts(&["Salse", "Care"]), 5);
        assert_eq!(
            misspelt.to_string(),
            "livechat/department: none of the 5 departments has the name or id \"Salse\" or \"Care\"; correct \
             filter.departments"
        );
        let refused = Failure::new(Endpoint::Departments, Reason::Forbidden, "HTTP 403");
        assert_eq!(
            not_readable(&texts(&["Sales"]), &refused).to_string(),
            "livechat/department: HTTP 403, so no id is known for the department \"Sales\"; grant the \
             exporter's user the permission view-l-room or view-livechat-departments"
        );
    }
}
