//! The metrics page in OpenMetrics 1.0, made of the page in the text format.
//!
//! Both have the same series with the same values, so that a scraper may change the format. OpenMetrics adds the unit of
//! a family, `# EOF`, and as `_created` the time at which a counted value was zero, where it is known. There are no
//! exemplars: no event has a trace.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;

use super::{escaped, header, metadata};
use crate::rocketchat::instant::epoch_seconds;

/// The times at which counted values were zero.
#[derive(Debug, Clone, Default)]
pub struct Created(BTreeMap<&'static str, ByWorkspace>);

/// Seconds of the Unix time by the printed label of the workspace.
type ByWorkspace = BTreeMap<String, f64>;

impl Created {
    /// Notes that the values of a family of a workspace were zero at this time.
    pub fn note(&mut self, family: &'static str, workspace: &str, at: Timestamp) {
        self.0.entry(family).or_default().insert(escaped(workspace), epoch_seconds(at));
    }
}

/// Appends families in OpenMetrics to a page; `families` is in the text format.
pub fn append(families: &str, created: &Created, page: &mut String) {
    let (mut help, mut family) = ("", CountedFamily::default());
    for line in families.lines() {
        if let Some((_, text)) = header(line, "# HELP ") {
            help = text;
        } else if let Some((name, kind)) = header(line, "# TYPE ") {
            *page += &metadata(name, kind, std::mem::take(&mut help));
            family = CountedFamily::of(name, kind, created);
        } else {
            *page += line;
            page.push('\n');
            family.append_created(line, page);
        }
    }
}

/// The family of the lines that follow, as far as its samples are counted.
#[derive(Default)]
struct CountedFamily<'a> {
    /// End of the name of the sample after which `_created` stands: the last one of its label set.
    suffix: &'static str,
    created: Option<&'a ByWorkspace>,
}

impl<'a> CountedFamily<'a> {
    fn of(name: &str, kind: &str, created: &'a Created) -> Self {
        let suffix = if kind == "counter" { "_total" } else { "_count" };
        Self { suffix, created: created.0.get(name) }
    }

    fn append_created(&self, line: &str, text: &mut String) {
        let Some((name, labels, seconds)) = self.created_after(line) else { return };
        // Writing to a text cannot fail.
        let _written = writeln!(text, "{name}_created{labels} {seconds}").is_ok();
    }

    fn created_after<'l>(&self, line: &'l str) -> Option<(&'l str, &'l str, f64)> {
        let created = self.created?;
        let (series, _) = line.rsplit_once(' ')?;
        let (name, labels) = series.split_at_checked(series.find('{')?)?;
        let name = name.strip_suffix(self.suffix)?;
        Some((name, labels, *created.get(workspace(labels)?)?))
    }
}

/// The printed value of the first label, which is the workspace.
fn workspace(labels: &str) -> Option<&str> {
    let (_, value) = labels.split_once("=\"")?;
    let mut is_escaped = false;
    let end = value.find(|character| {
        let is_end = character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        is_end
    })?;
    value.get(..end)
}

#[cfg(test)]
mod tests {
    use super::super::END;
    use super::*;

    const PAGE: &str = "# HELP c_total Says \"yes\".\n# TYPE c_total counter\n\
         c_total{workspace=\"a\",d=\"x\"} 3\nc_total{workspace=\"b\\\"\\\\\",d=\"x\"} 1\n\
         # HELP g_seconds G.\n# TYPE g_seconds gauge\ng_seconds{workspace=\"a\"} 0.5\n\
         # HELP h_seconds H.\n# TYPE h_seconds histogram\n\
         h_seconds_bucket{workspace=\"a\",le=\"+Inf\"} 2\nh_seconds_sum{workspace=\"a\"} 3\n\
         h_seconds_count{workspace=\"a\"} 2\n\
         # HELP process_cpu_seconds_total P.\n# TYPE process_cpu_seconds_total counter\n\
         process_cpu_seconds_total 9\n";

    fn written() -> String {
        let at = |milliseconds| Timestamp::from_millisecond(milliseconds).unwrap();
        let mut created = Created::default();
        created.note("c_total", "a", at(1_500));
        created.note("c_total", "b\"\\", at(2_000));
        created.note("h_seconds", "a", at(3_000));
        let mut page = String::new();
        append(PAGE, &created, &mut page);
        page + END
    }

    #[test]
    fn families_have_a_unit_and_counted_values_their_beginning() {
        let expected = "# HELP c Says \\\"yes\\\".\n# TYPE c counter\n\
             c_total{workspace=\"a\",d=\"x\"} 3\nc_created{workspace=\"a\",d=\"x\"} 1.5\n\
             c_total{workspace=\"b\\\"\\\\\",d=\"x\"} 1\nc_created{workspace=\"b\\\"\\\\\",d=\"x\"} 2\n\
             # HELP g_seconds G.\n# TYPE g_seconds gauge\n# UNIT g_seconds seconds\n\
             g_seconds{workspace=\"a\"} 0.5\n\
             # HELP h_seconds H.\n# TYPE h_seconds histogram\n# UNIT h_seconds seconds\n\
             h_seconds_bucket{workspace=\"a\",le=\"+Inf\"} 2\nh_seconds_sum{workspace=\"a\"} 3\n\
             h_seconds_count{workspace=\"a\"} 2\nh_seconds_created{workspace=\"a\"} 3\n\
             # HELP process_cpu_seconds P.\n# TYPE process_cpu_seconds counter\n\
             # UNIT process_cpu_seconds seconds\nprocess_cpu_seconds_total 9\n# EOF\n";
        assert_eq!(written(), expected);
    }

    /// OpenMetrics 1.0 allows the unit of a histogram, but release 0.5 of the reader refuses it.
    #[test]
    fn a_strict_reader_takes_it() {
        let page = written().replace("# UNIT h_seconds seconds\n", "");
        let read = openmetrics_parser::openmetrics::parse_openmetrics(&page);
        assert_eq!(read.unwrap().families.len(), 4);
    }
}
