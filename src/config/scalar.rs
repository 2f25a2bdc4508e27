//! Checks single values of a file or a variable.
//!
//! Each error names the expected form and never repeats the value, because the value may be a secret. The values of
//! variables are text, so numbers and switches are accepted as text everywhere. `reader` reads mappings and lists.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use config::{Value, ValueKind};

use crate::rocketchat::token::stands_in_quotes;

/// A checked value, or the form that was expected.
pub(crate) type ScalarResult<T> = Result<T, Cow<'static, str>>;

/// A closed set of words, in their form in files, variables and flags.
pub(crate) trait NamedVariant: Copy + PartialEq + 'static {
    /// Every word with its meaning.
    const WORDS: &'static [(&'static str, Self)];

    /// The meaning of a word; `None` for an unknown word.
    fn of(word: &str) -> Option<Self> {
        let mut words = Self::WORDS.iter();
        words.find(|(known, _)| *known == word).map(|(_, meaning)| *meaning)
    }

    /// The word for this meaning.
    fn word(self) -> &'static str {
        let mut words = Self::WORDS.iter();
        words.find(|(_, meaning)| *meaning == self).map_or("", |(word, _)| word)
    }

    /// All words, for messages and help.
    fn list() -> Vec<&'static str> {
        Self::WORDS.iter().map(|(word, _)| *word).collect()
    }
}

/// Text; a number or a switch is refused, because YAML has already changed its spelling (`0012` is 12).
pub(crate) fn text(value: &Value) -> ScalarResult<String> {
    match &value.kind {
        ValueKind::String(text) => Ok(text.clone()),
        ValueKind::Table(_) | ValueKind::Array(_) => Err("must be text".into()),
        _ => Err("must be text: put it in quotes".into()),
    }
}

const LEAVE_OUT: &str = "leave out the quotes (Compose keeps them in the list form of environment)";

/// The remedy for a wrong value. If quotes are part of the value, the remedy names them: they are the likely cause.
pub(crate) fn remedy(expected: Cow<'static, str>, value: &Value) -> Cow<'static, str> {
    if without_quotes(value).is_ok() || expected.ends_with(LEAVE_OUT) {
        return expected;
    }
    format!("{expected}; {LEAVE_OUT}").into()
}

/// Refuses a text if quotes around it are part of the text.
pub(crate) fn without_quotes(value: &Value) -> ScalarResult<()> {
    match &value.kind {
        ValueKind::String(text) if stands_in_quotes(text) => {
            Err(format!("must not contain quotes of its own: {LEAVE_OUT}").into())
        }
        _ => Ok(()),
    }
}

/// Trimmed text; quotes around it are refused.
pub(crate) fn bare(value: &Value) -> ScalarResult<String> {
    without_quotes(value)?;
    Ok(text(value)?.trim().to_owned())
}

/// Trimmed text that is not empty and has no control characters.
pub(crate) fn name(value: &Value) -> ScalarResult<String> {
    let name = text(value)?.trim().to_owned();
    if name.is_empty() {
        return Err("must not be empty".into());
    }
    if name.chars().any(char::is_control) {
        return Err("must not contain control characters".into());
    }
    Ok(name)
}

/// Trimmed text; `None` if the text is empty.
pub(crate) fn optional_text(value: &Value) -> ScalarResult<Option<String>> {
    Ok(Some(text(value)?.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The path of a file; the content of a file is refused.
pub(crate) fn path(value: &Value) -> ScalarResult<PathBuf> {
    without_quotes(value)?;
    if is_content(&text(value)?) {
        return Err("must be the path of a file, not the content of the file".into());
    }
    name(value).map(PathBuf::from)
}

/// True if the text is the content of a file, such as a key in PEM, and not the path of a file.
pub(crate) fn is_content(text: &str) -> bool {
    let text = text.trim();
    text.contains(['\n', '\r']) || text.starts_with("-----BEGIN")
}

/// A word of a closed set.
pub(crate) fn word<T: NamedVariant>(value: &Value) -> ScalarResult<T> {
    let expected = || Cow::from(format!("must be one of {}", T::list().join(", ")));
    let text = text(value).map_err(|_| expected())?;
    T::of(&text).ok_or_else(expected)
}

/// `true` or `false`.
pub(crate) fn switch(value: &Value) -> ScalarResult<bool> {
    match &value.kind {
        ValueKind::Boolean(switch) => Ok(*switch),
        ValueKind::String(text) if text == "true" => Ok(true),
        ValueKind::String(text) if text == "false" => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

/// A whole number from 0 to 4294967295.
pub(crate) fn whole(value: &Value) -> ScalarResult<u32> {
    let number = match &value.kind {
        ValueKind::I64(number) => u32::try_from(*number).ok(),
        ValueKind::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| "must be a whole number from 0 to 4294967295".into())
}

/// A whole number from 1 to 4294967295.
pub(crate) fn count(value: &Value) -> ScalarResult<u32> {
    let positive = whole(value).ok().filter(|number| *number > 0);
    positive.ok_or_else(|| "must be a whole number from 1 to 4294967295".into())
}

/// A number above 0, at most `max`.
#[expect(
    clippy::cast_precision_loss,
    reason = "a whole number beyond 2^52 is beyond every maximum"
)]
pub(crate) fn number_up_to(max: f64, value: &Value) -> ScalarResult<f64> {
    let number = match &value.kind {
        ValueKind::I64(number) => Some(*number as f64),
        ValueKind::Float(number) => Some(*number),
        ValueKind::String(text) => text.parse().ok(),
        _ => None,
    };
    let fitting = number.filter(|number| *number > 0.0 && *number <= max);
    fitting.ok_or_else(|| format!("must be a number above 0 and at most {max}").into())
}

/// A duration with its unit, within bounds.
pub(crate) fn duration(bounds: RangeInclusive<Duration>, value: &Value) -> ScalarResult<Duration> {
    let hint = "must be a duration with its unit, e.g. \"30s\"";
    let text = text(value).map_err(|_| hint)?;
    let has_unit = text.contains(|c: char| c.is_ascii_alphabetic());
    let duration = humantime::parse_duration(&text).ok().filter(|_| has_unit).ok_or(hint)?;
    if bounds.contains(&duration) {
        return Ok(duration);
    }
    let (least, most) = bounds.into_inner();
    let (least, most) = (humantime::format_duration(least), humantime::format_duration(most));
    Err(format!("must be at least {least} and at most {most}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    enum Tide {
        Ebb,
        Flow,
    }

    impl NamedVariant for Tide {
        const WORDS: &'static [(&'static str, Self)] = &[("ebb", Self::Ebb), ("flow", Self::Flow)];
    }

    fn value(kind: impl Into<ValueKind>) -> Value {
        Value::new(None, kind)
    }

    fn seconds(least: u64, most: u64) -> RangeInclusive<Duration> {
        Duration::from_secs(least)..=Duration::from_secs(most)
    }

    #[test]
    fn a_number_where_text_belongs_is_to_be_quoted() {
        assert_eq!(text(&value(12)).unwrap_err(), "must be text: put it in quotes");
        assert_eq!(text(&value(true)).unwrap_err(), "must be text: put it in quotes");
        assert_eq!(text(&value(vec![1])).unwrap_err(), "must be text");
        assert_eq!(text(&value("0012")).unwrap(), "0012");
    }

    #[test]
    fn a_name_is_trimmed_and_never_empty() {
        assert_eq!(name(&value("  acme ")).unwrap(), "acme");
        assert!(name(&value("  ")).is_err());
        assert!(name(&value("a\u{7}b")).is_err());
        assert_eq!(optional_text(&value("  ")).unwrap(), None);
    }

    #[test]
    fn quotes_that_are_part_of_a_value_are_told_without_it() {
        for quoted in ["'s3cret'", " \"s3cret\" ", "''"] {
            let told = bare(&value(quoted)).unwrap_err();
            assert!(told.starts_with("must not contain quotes") && !told.contains("s3cret"));
            assert_eq!(remedy(told.clone(), &value(quoted)), told);
            assert!(path(&value(quoted)).is_err());
            let told = remedy(count(&value(quoted)).unwrap_err(), &value(quoted));
            assert!(told.starts_with("must be a whole number from 1 to 4294967295; leave out the"));
        }
        for other in [value("it's"), value("'"), value(7), value("'a\"")] {
            assert_eq!(remedy("must be true or false".into(), &other), "must be true or false");
        }
        assert_eq!(bare(&value(" 'a ")).unwrap(), "'a");
    }

    #[test]
    fn a_duration_needs_a_unit() {
        let bounds = || seconds(1, 60);
        assert_eq!(duration(bounds(), &value("1m")).unwrap(), Duration::from_secs(60));
        for unitless in [value(30), value("30"), value("0"), value(1.5), value("soon")] {
            let message = duration(bounds(), &unitless).unwrap_err();
            assert_eq!(message, "must be a duration with its unit, e.g. \"30s\"");
        }
    }

    #[test]
    fn a_duration_out_of_bounds_names_them() {
        for outside in ["999ms", "61s", "1000000y"] {
            let message = duration(seconds(1, 60), &value(outside)).unwrap_err();
            assert_eq!(message, "must be at least 1s and at most 1m");
        }
    }

    #[test]
    fn a_word_outside_its_set_lists_the_set() {
        assert_eq!(word::<Tide>(&value("flow")).unwrap(), Tide::Flow);
        assert_eq!(Tide::Ebb.word(), "ebb");
        for other in [value("Ebb"), value(1)] {
            assert_eq!(word::<Tide>(&other).unwrap_err(), "must be one of ebb, flow");
        }
    }

    #[test]
    fn numbers_and_switches_may_be_text() {
        assert_eq!(count(&value("42")).unwrap(), 42);
        assert_eq!(number_up_to(1.0, &value("0.8")), Ok(0.8));
        assert!(!switch(&value("false")).unwrap());
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for bad in
            [value(0), value(-1), value(4_294_967_296_i64), value("1.5"), value(1.5), value("")]
        {
            assert!(count(&bad).is_err());
        }
        for bad in [value(0), value(1.01), value("NaN"), value("inf"), value(false)] {
            assert!(number_up_to(1.0, &bad).is_err());
        }
        assert!(switch(&value(1)).is_err());
    }
}
