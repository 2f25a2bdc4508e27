//! The metrics page, and the parts of it that a query selects.
//!
//! `?workspace=NAME` selects a workspace, `?process=true` the families about the process. Both may be repeated and
//! joined. Without them the whole page is the answer. `?created=false` leaves out `_created` in OpenMetrics. Other
//! parameters are ignored.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::header::VARY;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use url::form_urlencoded;

use super::accept::prefers_openmetrics;
use super::encoding;
use super::plain_text::text;
use crate::exposition::format::Format;
use crate::exposition::page_part::PagePart;
use crate::exposition::publisher::{Exposition, PartError, Published};

/// The parameter that selects a workspace.
pub(super) const WORKSPACE: &str = "workspace";
/// The parameter that selects the families about the process.
pub(super) const PROCESS: &str = "process";
/// The only value of [`PROCESS`].
pub(super) const SELECTED: &str = "true";
/// The parameter that leaves out `_created`.
const CREATED: &str = "created";

/// Answers a request for the page with this query.
pub(super) async fn answer(
    published: &Published,
    query: Option<&str>,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    match page(published, query, headers).await {
        Ok((page, format)) => {
            if method == Method::GET {
                page.scraped();
            }
            let mut answer = encoding::answer(&page.text, headers, format.content_type());
            answer.headers_mut().insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
            answer
        }
        Err(refusal) => refusal,
    }
}

/// The answer to a request that gets no page.
fn refusal(error: PartError) -> Response {
    match error {
        PartError::Unknown(_) => {
            text(StatusCode::NOT_FOUND, format!("{error}; /sd lists the workspaces\n"))
        }
        PartError::Publish(error) => {
            tracing::error!(%error, "A scrape of the metrics failed.");
            text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n"))
        }
    }
}

async fn page(
    published: &Published,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<(Arc<Exposition>, Format), Response> {
    let refused = |error: NotSelected| text(StatusCode::BAD_REQUEST, format!("{error}\n"));
    let (part, created) = selection(query).map_err(refused)?;
    let format =
        if prefers_openmetrics(headers) { Format::OpenMetrics { created } } else { Format::Text };
    let page = match part {
        None => published.whole(format).await.map_err(PartError::from),
        Some(part) => published.part(part, format).await.map(Arc::new),
    };
    Ok((page.map_err(refusal)?, format))
}

/// A query whose parameter [`PROCESS`] has another value.
#[derive(Debug, thiserror::Error)]
#[error("process can only be true: ?process=true selects the families about the process.")]
struct NotSelected;

/// The part of the page that a query selects, or `None` for the whole page; and `false` if `_created` is left out.
fn selection(query: Option<&str>) -> Result<(Option<PagePart>, bool), NotSelected> {
    let (mut part, mut created) = (None::<PagePart>, true);
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*key {
            WORKSPACE => {
                part.get_or_insert_default().workspaces.insert(Cow::into_owned(value));
            }
            PROCESS if value == SELECTED => part.get_or_insert_default().process = true,
            PROCESS => return Err(NotSelected),
            CREATED if value == "false" => created = false,
            _ => {}
        }
    }
    Ok((part, created))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(query: &str) -> Option<(bool, Vec<String>)> {
        let (part, _) = selection(Some(query)).unwrap_or_else(|_| panic!("{query}"));
        part.map(|part| (part.process, part.workspaces.into_iter().collect()))
    }

    #[test]
    fn a_query_without_the_two_parameters_is_the_whole_page() {
        assert!(selection(None).is_ok_and(|(part, _)| part.is_none()));
        for query in ["", "&", "a=b", "Workspace=a", "workspaces=a&name%5B%5D=up"] {
            assert_eq!(selected(query), None, "{query}");
        }
    }

    #[test]
    fn workspaces_and_the_process_are_selected_together_and_once() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        for (query, process, workspaces) in [
            ("workspace=a", false, &["a"][..]),
            ("workspace=b&x=y&workspace=a&workspace=b", false, &["a", "b"]),
            ("process=true", true, &[]),
            ("workspace=a&process=true", true, &["a"]),
            ("workspace", false, &[""]),
            ("workspace=caf%C3%A9+%26+co%2F1", false, &["café & co/1"]),
            ("workspace=%FF", false, &["\u{fffd}"]),
        ] {
            assert_eq!(selected(query), Some((process, names(workspaces))), "{query}");
        }
    }

    #[test]
    fn another_value_of_process_is_refused() {
        for query in ["process", "process=false", "workspace=a&process=1"] {
            assert!(selection(Some(query)).is_err(), "{query}");
        }
    }
}
