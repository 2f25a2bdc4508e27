//! `GET /api/info`: the server's version, without a token.

use serde::Deserialize;

use super::server_version::ServerVersion;
use super::wire;

/// The information that the server gives about itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Info {
    /// `version`: `major.minor` without a token, longer with `view-statistics`; absent if it is hidden.
    #[serde(default, deserialize_with = "wire::scalar")]
    version: Option<Box<str>>,
    #[serde(default, deserialize_with = "wire::object")]
    info: Option<InfoField>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct InfoField {
    #[serde(default, deserialize_with = "wire::scalar")]
    version: Option<Box<str>>,
}

impl Info {
    /// The version; `None` if the server hides it or sends something else.
    pub fn version(&self) -> Option<ServerVersion> {
        let detail = self.info.as_ref().and_then(|info| info.version.as_ref());
        self.version.as_ref().or(detail).and_then(|text| text.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_at_the_top_or_inside_info_or_nowhere() {
        let read = |json: &str| {
            serde_json::from_str::<Info>(json).unwrap().version().map(|v| v.to_string())
        };
        assert_eq!(read(r#"{"version":"8.1","success":true}"#).as_deref(), Some("8.1"));
        assert_eq!(read(r#"{"info":{"version":"3.18.2"}}"#).as_deref(), Some("3.18"));
        assert_eq!(read(r#"{"version":null,"info":""}"#), None);
    }
}
