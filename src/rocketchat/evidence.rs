//! Signs in the answers of a server that hides its version, and the conclusions about its release.
//!
//! A sign is something that only some releases accept or send. Stored data remains after an upgrade. So a field of a
//! newer release proves a first release, never a last one; only a current behaviour proves that the release is before
//! another one.

use strum::VariantArray;

use super::server_version::{MISSING_KEYS_SINCE, QUEUED_SINCE, ServerVersion};

/// The release since which a new room has `verified`.
const VERIFIED_SINCE: ServerVersion = ServerVersion::new(7, 0);

/// Something that only some releases accept or send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, VariantArray)]
pub enum Sign {
    /// `open=true` lists a waiting chat: before 6.11.
    WaitingAmongOpen,
    /// The server's own validator refuses `queued`: 5.0 to 6.10.
    QueuedRefused,
    /// `queued=true` lists a served chat: before 5.0, where an unknown parameter is ignored.
    QueuedIgnored,
    /// `queued=true` is answered and lists no served chat: the parameter is no longer refused or ignored.
    QueuedTaken,
    /// A department in `livechat/queue` has a key that is null: before 6.12.
    NullKeys,
    /// A department in `livechat/queue` lacks a key: 6.12 or later.
    MissingKeys,
    /// A room has `verified`: 7.0 or later.
    RoomVerified,
}

impl Sign {
    /// The first release that shows the sign; `None` if the sign has no first release.
    fn since(self) -> Option<ServerVersion> {
        match self {
            Self::MissingKeys => Some(MISSING_KEYS_SINCE),
            Self::RoomVerified => Some(VERIFIED_SINCE),
            _ => None,
        }
    }

    /// The first release that no longer shows the sign; `None` if the sign has no last release.
    fn before(self) -> Option<ServerVersion> {
        match self {
            Self::WaitingAmongOpen | Self::QueuedRefused => Some(QUEUED_SINCE),
            Self::QueuedIgnored => Some(ServerVersion::new(5, 0)),
            Self::NullKeys => Some(MISSING_KEYS_SINCE),
            _ => None,
        }
    }
}

/// The set of signs seen in some answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs(u8);

impl Signs {
    /// Adds a sign.
    pub fn note(&mut self, sign: Sign) {
        self.0 |= 1 << sign as u8;
    }

    /// True if the sign was seen.
    pub fn contains(self, sign: Sign) -> bool {
        self.0 & (1 << sign as u8) != 0
    }

    /// The signs of both sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn each(self) -> impl Iterator<Item = Sign> {
        Sign::VARIANTS.iter().copied().filter(move |sign| self.contains(*sign))
    }

    /// True if a server of this version does not show all of these signs.
    pub fn contradict(self, version: ServerVersion) -> bool {
        self.each().any(|sign| {
            sign.since().is_some_and(|since| version < since)
                || sign.before().is_some_and(|before| version >= before)
        })
    }
}

impl FromIterator<Sign> for Signs {
    fn from_iter<T: IntoIterator<Item = Sign>>(signs: T) -> Self {
        let mut all = Self::default();
        signs.into_iter().for_each(|sign| all.note(sign));
        all
    }
}

/// The conclusions about the release of a server, from the signs seen so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The server has at least this version.
    since: Option<ServerVersion>,
    /// `open=true` has listed waiting chats.
    has_listed_waiting: bool,
    /// `queued` was refused by the server's validator or ignored.
    lacks_queued: bool,
}

impl Evidence {
    /// The conclusions about a server that showed this version and now hides it.
    pub fn of_version(version: ServerVersion) -> Self {
        let lists_waiting = version < QUEUED_SINCE;
        Self { since: Some(version), has_listed_waiting: lists_waiting, ..Self::default() }
    }

    /// The conclusions with these additional signs.
    ///
    /// A refused or ignored `queued` may be caused by a proxy between us and the server. So it proves nothing against a
    /// sign of a release that supports the parameter.
    #[must_use]
    pub fn with(self, signs: Signs) -> Self {
        let meets = |sign| signs.contains(sign);
        let since = signs.each().filter_map(Sign::since).max().max(self.since);
        let answers_as_before = [
            (meets(Sign::WaitingAmongOpen), QUEUED_SINCE),
            (meets(Sign::NullKeys), MISSING_KEYS_SINCE),
        ];
        let since = since.filter(|since| {
            answers_as_before.iter().all(|(is_met, before)| !is_met || since < before)
        });
        let knows_queued = since.is_some_and(|since| since >= QUEUED_SINCE);
        let is_taken = meets(Sign::QueuedTaken);
        let is_lacking = meets(Sign::QueuedRefused) || meets(Sign::QueuedIgnored);
        let had_listed = self.has_listed_waiting && !knows_queued && !is_taken;
        Self {
            since,
            has_listed_waiting: had_listed || meets(Sign::WaitingAmongOpen),
            lacks_queued: (is_lacking || (self.lacks_queued && !is_taken)) && !knows_queued,
        }
    }

    /// The conclusions that remain after the server may have been replaced by a newer one.
    #[must_use]
    pub fn doubted(self) -> Self {
        Self { since: self.since, ..Self::default() }
    }

    /// True if the waiting chats are proved to come with the open ones.
    pub fn lists_waiting_with_open(self) -> bool {
        self.has_listed_waiting || self.lacks_queued
    }

    /// True if the server is proved to have at least this version.
    pub fn is_since(self, version: ServerVersion) -> bool {
        self.since.is_some_and(|since| since >= version)
    }
}

#[cfg(test)]
mod tests {
    use super::Sign::{
        MissingKeys, NullKeys, QueuedIgnored, QueuedRefused, QueuedTaken, RoomVerified,
        WaitingAmongOpen,
    };
    use super::*;

    /// The proof of some rounds of signs: that the waiting come with the open ones, and that only people respond.
    fn proved(rounds: &[&[Sign]]) -> (bool, bool) {
        let signs = rounds.iter().map(|round| round.iter().copied().collect::<Signs>());
        let evidence = signs.fold(Evidence::default(), Evidence::with);
        (evidence.lists_waiting_with_open(), evidence.is_since(MISSING_KEYS_SINCE))
    }

    #[test]
    fn each_sign_proves_what_only_its_releases_show() {
        assert_eq!(proved(&[]), (false, false));
        assert_eq!(proved(&[&[WaitingAmongOpen]]), (true, false));
        assert_eq!(proved(&[&[QueuedRefused]]), (true, false));
        assert_eq!(proved(&[&[QueuedIgnored]]), (true, false));
        assert_eq!(proved(&[&[QueuedTaken]]), (false, false));
        assert_eq!(proved(&[&[NullKeys]]), (false, false));
        assert_eq!(proved(&[&[MissingKeys]]), (false, true));
        assert_eq!(proved(&[&[RoomVerified]]), (false, true));
    }

    #[test]
    fn a_refusal_of_the_filter_proves_nothing_against_a_sign_of_a_release_that_has_it() {
        for newer in [RoomVerified, MissingKeys] {
            for refusal in [QueuedRefused, QueuedIgnored] {
                assert_eq!(proved(&[&[newer, refusal]]), (false, true), "{newer:?} {refusal:?}");
                assert_eq!(proved(&[&[newer], &[refusal]]), (false, true), "{newer:?} {refusal:?}");
                assert_eq!(proved(&[&[refusal], &[newer]]), (false, true), "{newer:?} {refusal:?}");
            }
        }
    }

    #[test]
    fn a_waiting_chat_among_the_open_ones_outweighs_what_is_stored() {
        assert_eq!(proved(&[&[RoomVerified, WaitingAmongOpen]]), (true, false));
        assert_eq!(proved(&[&[RoomVerified], &[WaitingAmongOpen]]), (true, false));
        assert_eq!(proved(&[&[WaitingAmongOpen], &[RoomVerified]]), (false, true), "an upgrade");
        assert_eq!(proved(&[&[RoomVerified], &[NullKeys]]), (false, false));
    }

    #[test]
    fn what_is_taken_again_or_doubted_is_open_again() {
        assert_eq!(proved(&[&[QueuedRefused, WaitingAmongOpen], &[QueuedTaken]]), (false, false));
        let signs: Signs = [WaitingAmongOpen, QueuedRefused].into_iter().collect();
        assert!(!Evidence::default().with(signs).doubted().lists_waiting_with_open());
        let newer = Evidence::of_version(ServerVersion::new(8, 1)).doubted();
        assert!(newer.is_since(MISSING_KEYS_SINCE), "a server is not replaced by an older one");
    }

    #[test]
    fn a_told_version_is_contradicted_by_what_it_never_shows() {
        let contradicts = |sign: Sign, version: &str| {
            [sign].into_iter().collect::<Signs>().contradict(version.parse().unwrap())
        };
        let shown = [
            (WaitingAmongOpen, ["6.10", "6.11"]),
            (QueuedRefused, ["6.10", "6.11"]),
            (QueuedIgnored, ["4.8", "5.0"]),
            (NullKeys, ["6.11", "6.12"]),
        ];
        for (sign, [shows, never]) in shown {
            assert!(!contradicts(sign, shows) && contradicts(sign, never), "{sign:?}");
        }
        for (sign, [shows, never]) in
            [(MissingKeys, ["6.12", "6.11"]), (RoomVerified, ["7.0", "6.13"])]
        {
            assert!(!contradicts(sign, shows) && contradicts(sign, never), "{sign:?}");
        }
    }
}
