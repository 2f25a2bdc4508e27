//! Switches of the web config file.

use config::Value;

use crate::config::scalar::{self, ScalarResult};

/// A switch in the words of YAML 1.1, which the toolkit reads: it has more words for true and false than YAML 1.2.
pub(super) fn switch(value: &Value) -> ScalarResult<bool> {
    let word = scalar::text(value).unwrap_or_default().to_lowercase();
    match word.as_str() {
        "yes" | "on" | "y" => Ok(true),
        "no" | "off" | "n" => Ok(false),
        _ => scalar::switch(value),
    }
}
