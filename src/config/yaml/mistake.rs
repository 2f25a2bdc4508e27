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
        "not a YAML mapping; look for a missing space after a colon, a quote or an indentation"
    )]
    NoMapping,
    #[error(
        "an alias of nothing: write & and its name before a value above, or put the text in quotes"
    )]
    NoAnchor,
    #[error("a second document begins: leave out this --- and what follows")]
    SecondDocument,
    #[error("nested too deep: no setting is")]
    TooDeep,
    #[error("aliases repeat too much: write out what is meant, or name less with &")]
    TooLarge,
    #[error("an alias inside of what it stands for: write out what is meant")]
    InsideItself,
    #[error("a key must be text: look for a missing quote, or a brace too many")]
    NoKey,
    #[error("the same key stands twice in one mapping")]
    Twice,
    #[error("a second << in one mapping: write one with a list, <<: [*a, *b]")]
    TwoMerges,
    #[error(
        "<< takes a mapping, or a list of mappings, e.g. <<: *name where &name stands before a mapping"
    )]
    NoMerge,
}

impl Mistake {
    /// The mistake in this line.
    pub(super) fn at(self, line: usize) -> YamlError {
        YamlError::At { line, mistake: self }
    }
}
