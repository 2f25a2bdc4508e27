//! Filters of rows by their own fields: a server may support only a part of the query.

use jiff::{SignedDuration, Timestamp};

use crate::cli::inspect::When;
use crate::cycle::Plan;
use crate::omnichannel::chat::Phase;
use crate::operator::RECENT;
use crate::rocketchat::instant::{earlier, later};
use crate::rocketchat::livechat_rooms::RoomRow;

/// Bounds of a time, inclusive.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Between {
    pub(super) after: Option<Timestamp>,
    pub(super) before: Option<Timestamp>,
}

impl Between {
    pub(super) fn of(after: Option<When>, before: Option<When>, now: Timestamp) -> Self {
        let at = |when: Option<When>| when.map(|when| when.seen_from(now));
        Self { after: at(after), before: at(before) }
    }

    /// Sets both bounds: without a start, one hour before the end; without an end, the present.
    pub(super) fn recent(after: Option<When>, before: Option<When>, now: Timestamp) -> Self {
        let Self { after, before } = Self::of(after, before, now);
        // The server's `Date` has whole seconds, so its present may be one second later.
        let end = before.unwrap_or_else(|| later(now, SignedDuration::from_secs(1)));
        Self { after: after.or(Some(earlier(end, RECENT))), before: Some(end) }
    }

    pub(super) fn takes(&self, at: Option<Timestamp>) -> bool {
        let is_late_enough = self.after.is_none_or(|after| at.is_some_and(|at| at >= after));
        is_late_enough && self.before.is_none_or(|before| at.is_some_and(|at| at <= before))
    }
}

/// The wanted departments.
#[derive(Debug, Default)]
pub(super) struct DepartmentFilter {
    /// Wanted ids. If there are none and `public` is false, all departments are wanted.
    pub(super) ids: Vec<String>,
    /// True if rows without a department are wanted, which the metrics call `Public`.
    pub(super) public: bool,
}

impl DepartmentFilter {
    /// The ids for the query. The server cannot be asked for rows without a department, so the ids are empty if those
    /// rows are wanted.
    pub(super) fn sent(&self) -> &[String] {
        if self.public { &[] } else { &self.ids }
    }

    pub(super) fn takes(&self, id: Option<&str>) -> bool {
        match id {
            Some(id) if !self.ids.is_empty() => self.ids.iter().any(|known| known == id),
            Some(_) => !self.public,
            None => self.public || self.ids.is_empty(),
        }
    }
}

/// The wanted chats.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) plan: &'a Plan,
    pub(super) phase: Phase,
    pub(super) places: DepartmentFilter,
    pub(super) opened: Between,
    pub(super) closed: Between,
}

impl Wanted<'_> {
    pub(super) fn takes(&self, row: &RoomRow) -> bool {
        Phase::of(row) == self.phase
            && self.places.takes(row.department_id.as_deref())
            && self.plan.wants_agent(row.agent_id())
            && self.opened.takes(row.ts)
            && (self.phase != Phase::Closed || self.closed.takes(row.closed_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    #[test]
    fn what_has_ended_is_of_an_hour_unless_more_is_asked_for() {
        let now = hour(100);
        let ago = |hours| Some(When::Ago(SignedDuration::from_hours(hours)));
        let between =
            |after, before| Between { after: Some(hour(after)), before: Some(hour(before)) };
        let second = SignedDuration::from_secs(1);
        let recent = Between { after: Some(hour(99) + second), before: Some(now + second) };
        assert_eq!(Between::recent(None, None, now), recent);
        let longer = Between { after: Some(hour(95)), ..recent };
        assert_eq!(Between::recent(ago(5), None, now), longer);
        assert_eq!(Between::recent(None, ago(5), now), between(94, 95));
        assert_eq!(Between::recent(Some(When::At(hour(7))), ago(5), now), between(7, 95));
    }

    #[test]
    fn what_has_no_department_is_a_place_of_its_own() {
        let places = |ids: &[&str], public| DepartmentFilter {
            ids: ids.iter().map(ToString::to_string).collect(),
            public,
        };
        for (places, takes) in [
            (places(&[], false), [true, true, true]),
            (places(&["a"], false), [true, false, false]),
            (places(&[], true), [false, false, true]),
            (places(&["a"], true), [true, false, true]),
        ] {
            assert_eq!(
                [Some("a"), Some("b"), None].map(|id| places.takes(id)),
                takes,
                "{places:?}"
            );
        }
    }

    #[test]
    fn bounds_are_inclusive_and_what_has_no_time_is_outside_of_any() {
        let between = Between { after: Some(hour(1)), before: Some(hour(2)) };
        for (at, is_inside) in [(0, false), (1, true), (2, true), (3, false)] {
            assert_eq!(between.takes(Some(hour(at))), is_inside, "{at}");
        }
        assert!(!between.takes(None));
        assert!(Between::default().takes(None));
    }
}
