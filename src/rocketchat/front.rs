//! Proxies, firewalls and load balancers in front of Rocket.Chat, which may answer in its place.
//!
//! Rocket.Chat refuses in JSON with `success` or `status`. Some statuses never come from Rocket.Chat. Other statuses
//! with an empty body may come from Node, on which Rocket.Chat runs.

/// Text for the source of such an answer.
pub(super) const ANSWERED: &str = "from a proxy or firewall in front of Rocket.Chat";

/// The remedy if a proxy requires a login.
pub(super) const PROXY_LOGIN: &str =
    "put the user name and the password of the proxy into proxy_url";

/// Statuses that neither the API of Rocket.Chat nor Node ever returns for a GET.
const NEVER_OF_THE_API: [u16; 8] = [402, 405, 407, 413, 414, 502, 503, 504];

/// Statuses that either side may return, so that the body decides.
const OF_EITHER: [u16; 6] = [400, 401, 403, 408, 429, 431];

/// True if the status and the beginning of the body are not from the API. An empty body proves nothing.
pub(super) fn has_answered(status: u16, text: &str) -> bool {
    let text = text.trim();
    match status {
        // An internal error of Rocket.Chat itself may have any text.
        500 => text.starts_with('<'),
        _ if NEVER_OF_THE_API.contains(&status) => !is_of_the_api(text),
        _ => OF_EITHER.contains(&status) && !text.is_empty() && !is_of_the_api(text),
    }
}

/// True if the text, which may be cut, begins like the API's own JSON.
fn is_of_the_api(text: &str) -> bool {
    let is_refusal = |after: &str| {
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        value.is_some_and(|it| it.starts_with("\"error\"") || it.starts_with("\"fail\""))
    };
    text.starts_with('{')
        && (text.contains("\"success\"") || text.split("\"status\"").skip(1).any(is_refusal))
}

/// The remedy for such an answer.
pub(super) fn remedy(status: u16, text: &str) -> &'static str {
    match status {
        // Texts of nginx.
        400 if text.contains("sent to HTTPS port") => "write https:// in url",
        400 if text.contains("SSL certificate") => {
            "it requires a client certificate: set tls.certificate_file and tls.key_file, or check these files"
        }
        401 => "it requires its own login: let /api/v1 through without this login",
        402 => "it requires a payment: check the account at the host of the workspace",
        405 => "it refuses GET requests: let GET requests to /api/v1 through",
        407 => PROXY_LOGIN,
        408 => "it waited too long for the request: check the network to it, or raise its timeout",
        413 | 414 | 431 => {
            "the request is too long for it: raise its limits for URLs and headers, or shorten the filter of this \
             workspace"
        }
        429 => "raise its limit for the address of the exporter, or poll less often",
        502..=504 => "check that Rocket.Chat runs behind it, and read its log",
        500.. => "read its log and the log of Rocket.Chat",
        _ => "let GET requests to /api/v1 from the address of the exporter through",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = r#"{"success":false,"error":"unauthorized"}"#;
    const OLD_API: &str = r#"{"status":"error","message":"You must be logged in to do this."}"#;
    const CUT: &str = "\n{ \"message\": \"status\", \"status\" : \"fail\", \"error\": \"Matc";
    const PAGE: &str = "<html><head><title>403 Forbidden</title></head>";

    #[test]
    fn a_page_is_no_answer_of_the_api_and_its_json_is() {
        for status in OF_EITHER {
            assert!(has_answered(status, PAGE), "{status}");
            for other in [
                r#"{"message":"Forbidden"}"#,
                r#"{"status":403,"message":"Forbidden"}"#,
                r#"{"status" : "blocked"}"#,
                r#"<script>{"success":false}</script>"#,
                r#"Forbidden: "success""#,
            ] {
                assert!(has_answered(status, other), "{status} {other}");
            }
            for own in [API, OLD_API, CUT, "", " \n"] {
                assert!(!has_answered(status, own), "{status} {own}");
            }
        }
    }

    #[test]
    fn some_statuses_are_never_the_apis_and_a_missing_page_may_be() {
        for status in NEVER_OF_THE_API {
            assert!(has_answered(status, "") && has_answered(status, PAGE), "{status}");
            assert!(!has_answered(status, API), "{status}");
        }
        assert!(has_answered(500, PAGE));
        for own in [API, "", "Internal Server Error", r#"{"message":"broken"}"#] {
            assert!(!has_answered(500, own), "{own}");
        }
        assert!(!has_answered(404, "404 Not Found") && !has_answered(404, PAGE));
    }
}
