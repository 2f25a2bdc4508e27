//! A reader of the samples of a page, for tests that read thousands of pages: a grammar took most of their time. It panics
//! on anything that the exporter does not write.

/// A sample: its name, its labels and its value.
pub type Sample<'p> = (&'p str, Vec<(&'p str, String)>, f64);

/// The gauges and counters of a page in the text format.
pub fn numbers(page: &str) -> impl Iterator<Item = Sample<'_>> {
    let mut is_number = false;
    page.lines().filter_map(move |line| {
        if let Some(comment) = line.strip_prefix('#') {
            if let Some(family) = comment.strip_prefix(" TYPE ") {
                is_number = family.ends_with(" gauge") || family.ends_with(" counter");
            }
            return None;
        }
        is_number.then(|| sample(line))
    })
}

/// The sample of a line.
pub fn sample(line: &str) -> Sample<'_> {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    (name, labels_of(labels.strip_suffix('}').unwrap()), value.parse().unwrap())
}

fn labels_of(mut rest: &str) -> Vec<(&str, String)> {
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (label, from) = rest.split_once("=\"").unwrap();
        let (value, behind) = unescaped(from);
        labels.push((label, value));
        // promtool writes a space behind the comma.
        rest = behind.strip_prefix(',').unwrap_or(behind).trim_start();
    }
    labels
}

/// The text up to the closing quote, and the rest behind the quote.
fn unescaped(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next().unwrap() {
            '"' => return (value, characters.as_str()),
            '\\' => value.push(match characters.next().unwrap() {
                'n' => '\n',
                escaped => escaped,
            }),
            other => value.push(other),
        }
    }
}
