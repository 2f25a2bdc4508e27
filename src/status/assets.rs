//! The style sheet and the script of the page, and the policy that allows exactly these two.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The style sheet.
pub const STYLE: &str = include_str!("assets/page.css");
/// The script that renews the page.
pub const SCRIPT: &str = include_str!("assets/page.js");

/// The value of the header `Content-Security-Policy`: the style sheet and the script by their hashes, requests to this
/// exporter only, and no frame around the page.
pub fn content_security_policy() -> String {
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src '{style}'; script-src '{script}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}
