//! The requests that a server version accepts, so that a known server never receives a request that it rejects.
//!
//! The decision uses the version in `/api/info`. If the server hides its version, the decision uses signs in its
//! answers. The module sends nothing.

use super::evidence::{Evidence, Signs};
use super::server_version::{
    QUEUED_SINCE, RESPONSE_TIMES_SINCE, ServerVersion, VOIP_SINCE, VOIP_UNTIL,
};

/// Since this release, the chat limits of an agent and of a department apply together (server PR 35722).
const JOINT_CHAT_LIMITS_SINCE: ServerVersion = ServerVersion::new(7, 6);

/// Support of a request by the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// The server supports the request.
    Yes,
    /// The server does not support the request: it is never sent.
    No,
    /// The version is hidden, and nothing proves that the server does not support the request.
    Untried,
}

impl Support {
    fn when(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}

/// Form of the request for on-hold chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHoldForm {
    /// `onhold=true` alone.
    Alone,
    /// `open=true&onhold=true`: a server that ignores `onhold` must not answer with its whole history.
    WithOpen,
    /// The server has no on-hold chats.
    Unknown,
}

/// The requests that a server takes, and the meaning of its answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    version: Option<ServerVersion>,
    /// Signs of a server that hides its version.
    evidence: Evidence,
}

impl Capabilities {
    /// The capabilities of a server of this version; `None` if the server hides its version.
    pub fn of(version: Option<ServerVersion>) -> Self {
        Self { version, evidence: Evidence::default() }
    }

    /// The same server after it begins to show its version, or begins to hide it.
    #[must_use]
    pub fn with_version(self, version: Option<ServerVersion>) -> Self {
        let evidence = match (version, self.version) {
            (None, None) => self.evidence,
            (None, Some(shown)) => Evidence::of_version(shown),
            (Some(_), _) => Evidence::default(),
        };
        Self { version, evidence }
    }

    /// The version; `None` if the server hides it.
    pub fn version(&self) -> Option<ServerVersion> {
        self.version
    }

    /// `queued=true` on `livechat/rooms`. Where it is not supported, `open=true` includes the queue.
    pub fn queued_filter(&self) -> Support {
        match self.version {
            Some(version) => Support::when(version >= QUEUED_SINCE),
            None if self.evidence.lists_waiting_with_open() => Support::No,
            None => Support::Untried,
        }
    }

    /// `voip/rooms`.
    pub fn voip(&self) -> Support {
        self.version.map_or(Support::Untried, |version| {
            Support::when((VOIP_SINCE..VOIP_UNTIL).contains(&version))
        })
    }

    /// Form of the request for on-hold chats. The parameter is ignored before 3.0 and strict since 5.0.
    pub fn onhold(&self) -> OnHoldForm {
        match self.version {
            Some(version) if version.major < 3 => OnHoldForm::Unknown,
            Some(version) if version.major >= 5 => OnHoldForm::Alone,
            _ => OnHoldForm::WithOpen,
        }
    }

    /// Several departments in one `departmentId[]`: 7.7 is the earliest release for which this is proved.
    pub fn department_list(&self) -> bool {
        self.version.is_some_and(|version| version >= ServerVersion::new(7, 7))
    }

    /// The response figures of a room count only people's messages. In earlier releases, messages that the server itself
    /// writes into a chat count as answers.
    pub fn response_times(&self) -> bool {
        self.is_since(RESPONSE_TIMES_SINCE)
    }

    /// The limit of a department counts the chats of the department, and applies beside the limit of the agent, since
    /// 7.6 (server PR 35722, in the change log of `@rocket.chat/model-typings` 1.6.0). Before, the limit of a
    /// department replaced the limit of the agent.
    pub fn joint_chat_limits(&self) -> bool {
        self.is_since(JOINT_CHAT_LIMITS_SINCE)
    }

    /// True if the server has this version or a later one, by its version or by signs in its answers.
    fn is_since(&self, since: ServerVersion) -> bool {
        self.version.map_or_else(|| self.evidence.is_since(since), |version| version >= since)
    }

    /// The capabilities with these additional signs. The signs are ignored if the version is known.
    #[must_use]
    pub fn with(self, signs: Signs) -> Self {
        let evidence =
            if self.version.is_none() { self.evidence.with(signs) } else { self.evidence };
        Self { evidence, ..self }
    }

    /// The capabilities after the server may have been replaced by a newer one.
    #[must_use]
    pub fn doubted(self) -> Self {
        Self { evidence: self.evidence.doubted(), ..self }
    }

    /// True if a server of the known version does not show all of these signs.
    pub fn is_contradicted_by(&self, signs: Signs) -> bool {
        self.version.is_some_and(|version| signs.contradict(version))
    }

    /// True if the waiting chats now come with another list than in `earlier`. Then the lists that were read before may
    /// show no queue or an old queue. Answers to a probe show the queue in either case.
    pub fn moves_queue_of(&self, earlier: Self) -> bool {
        let comes_with_open = |it: &Self| it.queued_filter() == Support::No;
        earlier.queued_filter() != Support::Untried
            && comes_with_open(&earlier) != comes_with_open(self)
    }

    /// Archived departments on request: `showArchived` on `livechat/department`, since 6.0 (server PR 27753). It is
    /// sent since 6.3, the first release whose validator was read.
    pub fn archived_departments(&self) -> bool {
        self.version.is_some_and(|version| version >= ServerVersion::new(6, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::Sign;
    use super::*;

    fn release(version: &str) -> Capabilities {
        Capabilities::of(Some(version.parse().unwrap()))
    }

    fn hidden(signs: impl IntoIterator<Item = Sign>) -> Capabilities {
        Capabilities::of(None).with(signs.into_iter().collect())
    }

    #[test]
    fn each_generation_is_asked_in_its_own_form() {
        use {OnHoldForm as H, Support as S};
        let expected = [
            ("2.4.0", S::No, S::No, H::Unknown, false),
            ("3.18.2", S::No, S::No, H::WithOpen, false),
            ("4.5", S::No, S::Yes, H::WithOpen, false),
            ("6.10.3", S::No, S::Yes, H::Alone, false),
            ("6.11.0-rc.1", S::Yes, S::Yes, H::Alone, false),
            ("7.6.9", S::Yes, S::Yes, H::Alone, false),
            ("7.7.1", S::Yes, S::Yes, H::Alone, true),
            ("8.0.0", S::Yes, S::No, H::Alone, true),
            ("9.0", S::Yes, S::No, H::Alone, true),
        ];
        for (version, queued, voip, onhold, list) in expected {
            let capabilities = release(version);
            assert_eq!(capabilities.queued_filter(), queued, "{version}");
            assert_eq!(capabilities.voip(), voip, "{version}");
            assert_eq!(capabilities.onhold(), onhold, "{version}");
            assert_eq!(capabilities.department_list(), list, "{version}");
        }
    }

    #[test]
    fn responses_are_peoples_alone_since_6_12_or_where_answers_prove_it() {
        assert!(!release("6.11.9").response_times() && release("6.12").response_times());
        assert!(!hidden([]).response_times() && !hidden([Sign::NullKeys]).response_times());
        assert!(hidden([Sign::MissingKeys]).response_times());
        assert!(hidden([Sign::RoomVerified]).response_times());
        assert!(
            release("8.1").with_version(None).response_times(),
            "the server showed it before it hid it"
        );
    }

    #[test]
    fn the_limit_of_a_department_replaces_the_limit_of_an_agent_before_7_6() {
        assert!(!release("7.5.9").joint_chat_limits() && release("7.6").joint_chat_limits());
        assert!(
            !hidden([]).joint_chat_limits()
                && release("9.0").with_version(None).joint_chat_limits()
        );
    }

    #[test]
    fn a_hidden_version_is_tried_in_the_form_that_no_server_answers_with_its_history() {
        let untried = hidden([]);
        assert_eq!((untried.queued_filter(), untried.voip()), (Support::Untried, Support::Untried));
        assert_eq!(untried.onhold(), OnHoldForm::WithOpen);
        let old = hidden([Sign::QueuedRefused]);
        assert_eq!(old.queued_filter(), Support::No);
        assert_eq!(old.doubted().queued_filter(), Support::Untried);
        assert_eq!(
            old.with_version("6.11".parse().ok()).with_version(None).queued_filter(),
            Support::Untried
        );
        assert_eq!(
            old.with_version("6.10".parse().ok()).with_version(None).queued_filter(),
            Support::No
        );
    }

    #[test]
    fn signs_change_nothing_of_a_told_version_and_may_contradict_it() {
        let signs = [Sign::WaitingAmongOpen].into_iter().collect();
        assert_eq!(release("8.1").with(signs), release("8.1"));
        assert!(
            release("8.1").is_contradicted_by(signs) && !release("6.10").is_contradicted_by(signs)
        );
        assert!(!hidden([]).is_contradicted_by(signs));
    }

    #[test]
    fn the_queue_moves_with_an_upgrade_and_a_downgrade_and_not_with_a_probe() {
        assert!(release("7.9").moves_queue_of(release("6.10")));
        assert!(release("6.10").moves_queue_of(release("7.9")));
        assert!(!release("8.0").moves_queue_of(release("7.9")));
        let old = hidden([Sign::QueuedRefused]);
        assert!(!old.moves_queue_of(hidden([])) && hidden([]).moves_queue_of(old));
    }
}
