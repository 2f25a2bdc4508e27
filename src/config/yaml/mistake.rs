//! The mistakes in a YAML text. No error repeats a part of the text, because it may be a secret.

/// The reason why a text is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum YamlError {
    /// The text as a whole is not a mapping.
    #[error(transparent)]
    Whole(Mistake),
    /// A mistake in one line.
    #[error("line {line}: {mistake}")]
    At { line: usize, mistake: Mistake },
}

/// A mistake, with its remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mistake {
    #[error(
        "not a YAML mapping; look for a missing space after a colon, a missing quote or a wrong indentation"
    )]
    NoMapping,
    #[error(
        "an alias without an anchor: write & and its name before a value above, or put the text in quotes"
    )]
    NoAnchor,
    #[error("a second document begins here: delete this --- and everything after it")]
    SecondDocument,
    #[error("nested too deep: no setting has as many levels")]
    TooDeep,
    #[error("aliases repeat too much: write the values in full, or use fewer anchors (&)")]
    TooLarge,
    #[error("an alias inside its own anchor: write the value in full")]
    InsideItself,
    #[error("a key must be text: look for a missing quote or an extra brace")]
    NoKey,
    #[error("the same key is in this mapping twice: delete one of the two")]
    Twice,
    #[error("a second << in one mapping: write one with a list, <<: [*a, *b]")]
    TwoMerges,
    #[error(
        "<< takes a mapping, or a list of mappings, e.g. <<: *name where &name is before a mapping"
    )]
    NoMerge,
}

impl Mistake {
    /// The mistake in this line.
    pub(super) fn at(self, line: usize) -> YamlError {
        YamlError::At { line, mistake: self }
    }
}
