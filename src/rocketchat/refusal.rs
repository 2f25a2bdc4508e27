//! The meaning of a status that is not a success, and of the body where the status is misleading.
//!
//! The functions are pure: they read a status and the beginning of a body. Since 9.0 a body may report with status 400
//! that no user is logged in.

use serde::Deserialize;

use super::endpoint::Endpoint;
use super::error::{Failure, Reason};
use super::{front, wire};

/// No user is logged in, with status 400.
const NOBODY: &str = "error-invalid-user";
/// The token requires the second factor.
const SECOND_FACTOR: &str = "totp-required";

/// The route needs a licence, with status 400 (`api/server/middlewares/license.ts` of the server).
const NO_LICENCE: &str = "error-action-not-allowed";
const WORDS: [&str; 3] = [NOBODY, SECOND_FACTOR, NO_LICENCE];

const LICENCE: &str = "it needs a licence of Rocket.Chat with the module livechat-enterprise";

const IGNORES_SECOND_FACTOR: &str =
    "create a new personal access token with \"Ignore two factor authentication\"";

/// Remedy for a 408, which does not show if it comes from Node or from a proxy in front of it.
const SLOW_REQUEST: &str =
    "the server did not receive the request in time: check the network to Rocket.Chat";
const LONG_FILTER: &str = "shorten the filter of this workspace, or raise the limit of header sizes of the proxy or \
    of Node (--max-http-header-size)";

/// The part of a body that is read.
#[derive(Debug, Default, Deserialize)]
struct Words {
    #[serde(rename = "errorType", default, deserialize_with = "wire::scalar")]
    error_type: Option<Box<str>>,
}

/// The failure for a status that is not a success, and the beginning of its body.
pub(super) fn failure(endpoint: Endpoint, status: u16, text: &str) -> Failure {
    if front::has_answered(status, text) {
        return by_front(endpoint, status, text);
    }
    let word = word(status, text);
    let reason = match status {
        300..=399 => Reason::Redirected,
        400 if word == Some(NO_LICENCE) => Reason::Forbidden,
        _ if word.is_some() => Reason::Unauthorized,
        401 => Reason::Unauthorized,
        403 => Reason::Forbidden,
        404 => Reason::NotFound,
        429 => Reason::RateLimited,
        400..=499 => Reason::Rejected,
        _ => Reason::Server,
    };
    let more = word.map(|word| format!(" ({word})")).unwrap_or_default();
    Failure {
        unknown_parameter: reason == Reason::Rejected && text.contains("additional properties"),
        remedy: match (status, word) {
            (_, Some(SECOND_FACTOR)) => Some(IGNORES_SECOND_FACTOR),
            (400, Some(NO_LICENCE)) => Some(LICENCE),
            (408, _) => Some(SLOW_REQUEST),
            (431, _) => Some(LONG_FILTER),
            _ => None,
        },
        ..Failure::new(endpoint, reason, format!("HTTP {status}{more}"))
    }
}

fn by_front(endpoint: Endpoint, status: u16, text: &str) -> Failure {
    let reason = match status {
        429 => Reason::RateLimited,
        400..=499 => Reason::Blocked,
        _ => Reason::Server,
    };
    let failure = Failure::new(endpoint, reason, format!("HTTP {status} {}", front::ANSWERED));
    failure.with_remedy(front::remedy(status, text))
}

/// The known error code in the body.
fn word(status: u16, text: &str) -> Option<&'static str> {
    if !matches!(status, 400 | 401) {
        return None;
    }
    let words: Words = serde_json::from_str(text).unwrap_or_default();
    let said = words.error_type?;
    WORDS.into_iter().find(|word| *word == &*said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, text: &str) -> Failure {
        failure(Endpoint::Me, status, text)
    }

    fn reason(status: u16, text: &str) -> Reason {
        refused(status, text).reason
    }

    #[test]
    fn a_status_alone_says_why() {
        for (status, expected) in [
            (302, Reason::Redirected),
            (400, Reason::Rejected),
            (401, Reason::Unauthorized),
            (403, Reason::Forbidden),
            (404, Reason::NotFound),
            (408, Reason::Rejected),
            (431, Reason::Rejected),
            (418, Reason::Rejected),
            (429, Reason::RateLimited),
            (503, Reason::Server),
        ] {
            assert_eq!(reason(status, ""), expected, "{status}");
        }
    }

    #[test]
    fn only_a_400_or_a_401_means_what_its_word_says() {
        let body = |word: &str| format!(r#"{{"success":false,"errorType":"{word}"}}"#);
        for word in [NOBODY, SECOND_FACTOR] {
            assert_eq!(reason(400, &body(word)), Reason::Unauthorized, "{word}");
            assert_eq!(reason(403, &body(word)), Reason::Forbidden, "{word}");
            assert_eq!(reason(500, &body(word)), Reason::Server, "{word}");
        }
        let unlicensed = refused(400, &body(NO_LICENCE));
        assert_eq!((unlicensed.reason, unlicensed.remedy), (Reason::Forbidden, Some(LICENCE)));
        for other in ["error-invalid-sort", "error-invalid-user-status", ""] {
            assert_eq!(reason(400, &body(other)), Reason::Rejected, "{other}");
        }
        assert_eq!(
            reason(400, r#"{"success":false,"error":"no error-invalid-user"}"#),
            Reason::Rejected
        );
    }

    #[test]
    fn a_refusal_by_something_in_front_says_nothing_of_permissions_and_tokens() {
        let page = "<html><title>Forbidden</title></html>";
        for (status, expected) in [
            (401, Reason::Blocked),
            (403, Reason::Blocked),
            (407, Reason::Blocked),
            (414, Reason::Blocked),
            (429, Reason::RateLimited),
            (502, Reason::Server),
        ] {
            let failure = refused(status, page);
            assert_eq!(failure.reason, expected, "{status}");
            assert!(
                failure.remedy.is_some() && failure.what.ends_with(front::ANSWERED),
                "{status}"
            );
        }
    }

    #[test]
    fn a_request_that_is_too_long_or_too_slow_for_node_is_told_what_helps_and_nobody_in_front() {
        for (status, told) in [(408, "check the network"), (431, "shorten the filter")] {
            let failure = refused(status, "");
            assert_eq!(failure.what, format!("HTTP {status}"));
            assert!(failure.remedy.unwrap().contains(told), "{status}");
        }
    }

    #[test]
    fn the_second_factor_is_told_from_a_missing_session() {
        let asks = |word: &str| {
            let body = format!(r#"{{"success":false,"errorType":"{word}"}}"#);
            refused(400, &body).remedy.is_some_and(|it| it.contains("two factor"))
        };
        assert!(asks(SECOND_FACTOR) && !asks(NOBODY));
    }
}
