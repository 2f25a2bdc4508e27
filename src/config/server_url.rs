//! The address of a workspace, in the form that the paths of requests are joined to.

use config::Value;
use url::Url;

use super::scalar::{ScalarResult, bare};

/// Reads an address. Its path ends in a slash, so that `join("api/v1/…")` keeps a sub-path.
pub(super) fn read(value: &Value) -> ScalarResult<Url> {
    let expected = "must be an http:// or https:// address, e.g. https://chat.example.com";
    let mut url: Url = bare(value)?.parse().map_err(|_| expected)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(expected.into());
    }
    refuse_extras(&url)?;
    let path = url.path().trim_end_matches('/').to_owned();
    if path == "/api" || path.ends_with("/api/v1") {
        return Err("must be the address of the workspace itself: leave out /api/v1".into());
    }
    url.set_path(&format!("{path}/"));
    Ok(url)
}

fn refuse_extras(url: &Url) -> ScalarResult<()> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not contain credentials: use user_id and auth_token_file".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(
            "must not contain a query or a fragment: leave out ? or # and everything after it"
                .into(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> ScalarResult<Url> {
        read(&Value::new(None, text))
    }

    #[test]
    fn a_sub_path_and_its_slashes_are_normalised() {
        for (given, base) in [
            ("https://chat.example.com", "https://chat.example.com/"),
            ("https://chat.example.com/", "https://chat.example.com/"),
            ("HTTPS://Chat.Example.com:443/team//", "https://chat.example.com/team/"),
            (" http://[::1]:3000/a/b ", "http://[::1]:3000/a/b/"),
        ] {
            assert_eq!(url(given).unwrap().as_str(), base);
        }
        let joined = url("https://example.com/chat").unwrap().join("api/v1/info").unwrap();
        assert_eq!(joined.path(), "/chat/api/v1/info");
    }

    #[test]
    fn an_address_of_the_api_is_refused_with_the_remedy() {
        for given in
            ["https://a/api/v1", "https://a/api/v1/", "https://a/sub/api/v1", "https://a/api"]
        {
            assert!(url(given).unwrap_err().contains("leave out /api/v1"), "{given}");
        }
    }

    #[test]
    fn credentials_queries_and_fragments_are_refused() {
        for given in ["https://ada@a", "https://ada:hunter2@a", "https://a?x=1", "https://a#x"] {
            let message = url(given).unwrap_err();
            assert!(message.starts_with("must not contain"), "{message}");
            assert!(!message.contains("hunter2"));
        }
    }

    #[test]
    fn what_is_no_http_address_is_refused() {
        for given in ["chat.example.com", "ftp://a", "localhost:3000", "http://", "", "mailto:a@b"]
        {
            let message = url(given).unwrap_err();
            assert!(message.starts_with("must be an http://"), "{given}");
        }
    }
}
