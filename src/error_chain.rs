//! The sources of an error, from the outermost to the innermost.

use std::error::Error;

/// The sources of an error, without the error itself.
pub(crate) fn sources(error: &dyn Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&source| source.source())
}

/// The texts of an error and its sources, `a: b: c`.
pub(crate) fn chain(error: &dyn Error) -> String {
    sources(error).fold(error.to_string(), |chain, source| format!("{chain}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot send")]
    struct Outer(#[source] Inner);

    #[derive(Debug, thiserror::Error)]
    #[error("refused")]
    struct Inner;

    #[test]
    fn a_chain_names_every_source() {
        assert_eq!(chain(&Outer(Inner)), "cannot send: refused");
        assert_eq!(chain(&Inner), "refused");
    }
}
