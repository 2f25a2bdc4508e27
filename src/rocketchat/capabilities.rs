//! What this server version accepts, so that a known server is never sent what it rejects.
//!
//! Decided by the version of `/api/info`; where the server hides it, by what a first request met. Called
//! by the gatherer to choose lists and forms; it sends nothing itself.

use std::fmt;
use std::str::FromStr;

/// A server version, as far as it matters: `major.minor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// The generation.
    pub major: u16,
    /// The release within it.
    pub minor: u16,
}

impl ServerVersion {
    const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

/// The text is not a version.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version of the form 8.1 or 8.1.0")]
pub struct NotAVersion;

impl FromStr for ServerVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut parts = text.trim().trim_start_matches('v').split(['.', '-', '+']);
        let mut number = || parts.next().and_then(|part| part.parse().ok()).ok_or(NotAVersion);
        Ok(Self { major: number()?, minor: number()? })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Whether the server has something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// It has.
    Yes,
    /// It has not: never sent.
    No,
    /// The version is hidden and nothing was tried yet.
    Untried,
}

impl Support {
    fn when(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }
}

/// How on-hold chats are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnHoldForm {
    /// `onhold=true` alone.
    Alone,
    /// `open=true&onhold=true`: a server that ignores `onhold` must not answer with its whole history.
    WithOpen,
    /// The server knows no chats on hold.
    Unknown,
}

/// What can be asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    version: Option<ServerVersion>,
    queued_filter: Support,
    voip: Support,
}

impl Capabilities {
    /// What a server of this version accepts; `None`: the server hides its version.
    pub fn of(version: Option<ServerVersion>) -> Self {
        let support = |test: fn(ServerVersion) -> bool| {
            version.map_or(Support::Untried, |version| Support::when(test(version)))
        };
        Self {
            version,
            queued_filter: support(|version| version >= ServerVersion::new(6, 11)),
            voip: support(|version| {
                version >= ServerVersion::new(4, 5) && version < ServerVersion::new(8, 0)
            }),
        }
    }

    /// The version, where the server shows it.
    pub fn version(&self) -> Option<ServerVersion> {
        self.version
    }

    /// `queued=true` on `livechat/rooms`, since 6.11 (server PR 32800); before, `open=true` includes the queue.
    pub fn queued_filter(&self) -> Support {
        self.queued_filter
    }

    /// `voip/rooms`, 4.5 to 7.x (removed by server PR 37689).
    pub fn voip(&self) -> Support {
        self.voip
    }

    /// How on-hold chats are asked for; the parameter is ignored before 3.0 and strict since 5.0.
    pub fn onhold(&self) -> OnHoldForm {
        match self.version {
            Some(version) if version.major < 3 => OnHoldForm::Unknown,
            Some(version) if version.major >= 5 => OnHoldForm::Alone,
            _ => OnHoldForm::WithOpen,
        }
    }

    /// `metrics.response` counts what people write alone, since 6.12 (server PR 32846).
    pub fn response_times(&self) -> bool {
        self.version.is_some_and(|version| version >= ServerVersion::new(6, 12))
    }

    /// Several departments in one `departmentId[]`; read off the validators of 7.10.
    pub fn department_list(&self) -> bool {
        self.version.is_some_and(|version| version >= ServerVersion::new(7, 10))
    }

    /// Remembers that a probe of the `queued` filter was refused or ignored. That it works is never
    /// learned: an answer without a served chat may come of a server that ignores the parameter.
    pub fn learn_no_queued_filter(&mut self) {
        self.queued_filter = Support::No;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_is_asked_in_its_own_form() {
        use {OnHoldForm as H, Support as S};
        let expected = [
            ("2.4.0", S::No, S::No, H::Unknown, false),
            ("3.18.2", S::No, S::No, H::WithOpen, false),
            ("4.5", S::No, S::Yes, H::WithOpen, false),
            ("6.10.3", S::No, S::Yes, H::Alone, false),
            ("6.11.0-rc.1", S::Yes, S::Yes, H::Alone, false),
            ("7.9.0", S::Yes, S::Yes, H::Alone, false),
            ("7.10", S::Yes, S::Yes, H::Alone, true),
            ("8.0.0", S::Yes, S::No, H::Alone, true),
        ];
        for (version, queued, voip, onhold, list) in expected {
            let capabilities = Capabilities::of(Some(version.parse().unwrap()));
            assert_eq!(capabilities.queued_filter(), queued, "{version}");
            assert_eq!(capabilities.voip(), voip, "{version}");
            assert_eq!(capabilities.onhold(), onhold, "{version}");
            assert_eq!(capabilities.department_list(), list, "{version}");
        }
    }

    #[test]
    fn a_hidden_version_is_tried_in_the_form_that_no_server_answers_with_its_history() {
        let mut hidden = Capabilities::of(None);
        assert_eq!((hidden.queued_filter(), hidden.voip()), (Support::Untried, Support::Untried));
        assert_eq!(hidden.onhold(), OnHoldForm::WithOpen);
        hidden.learn_no_queued_filter();
        assert_eq!(hidden.queued_filter(), Support::No);
    }

    #[test]
    fn what_is_not_a_version_is_refused() {
        for text in ["", "8", "x.y", "8.x"] {
            assert_eq!(text.parse::<ServerVersion>(), Err(NotAVersion), "{text}");
        }
    }
}
