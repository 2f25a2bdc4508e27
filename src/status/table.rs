//! A table of the page.

use maud::{Markup, html};

/// A table with a heading, in a frame that scrolls by itself where the window is too narrow.
pub(super) fn table(name: &str, class: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        h3 { (name) }
        div .scroll tabindex="0" role="region" aria-label=(name) {
            table class=(class) aria-label=(name) {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}
