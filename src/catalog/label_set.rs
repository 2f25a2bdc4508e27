//! The values of the labels of one series, joined to one text.

/// End of each label value; no value contains it, and it sorts before every other character. So joined values sort like
/// lists of values, and different lists stay different.
const END: char = '\0';

/// The label values of one series, joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelSet<'a>(pub &'a str);

impl<'a> LabelSet<'a> {
    /// The label values, in the order of the labels.
    pub fn values(self) -> impl Iterator<Item = &'a str> {
        self.0.split_terminator(END)
    }

    /// True if the text consists of this number of label values.
    pub fn has(self, labels: usize) -> bool {
        let ends = self.0.matches(END).count();
        ends == labels && (self.0.is_empty() || self.0.ends_with(END))
    }
}

/// Appends a label value to joined values. The value contains no NUL.
pub fn append(value: &str, joined: &mut String) {
    joined.push_str(value);
    joined.push(END);
}

/// Joins label values into `joined`, and replaces its content.
pub fn join(values: &[&str], joined: &mut String) {
    joined.clear();
    for value in values {
        if value.contains(END) {
            append(&value.replace(END, "\u{fffd}"), joined);
        } else {
            append(value, joined);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_read_the_same_when_joined_stay_apart() {
        let joined = |labels: &[&str]| {
            let mut key = String::new();
            join(labels, &mut key);
            assert!(LabelSet(&key).has(labels.len()));
            key
        };
        assert_ne!(joined(&["ab", "c"]), joined(&["a", "bc"]));
        assert_ne!(joined(&["a\0b", ""]), joined(&["a", "b"]));
        assert_eq!(LabelSet(&joined(&[""])).values().collect::<Vec<_>>(), [""]);
        assert_eq!(LabelSet(&joined(&[])).values().count(), 0);
    }
}
