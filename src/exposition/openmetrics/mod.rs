//! Pages of many scrapes as one OpenMetrics text, which requires that all samples of a family stand together.
//!
//! One page is added per step. Memory holds only the changes from one page to the next, so that weeks fit. Values are
//! kept as the page has them, without any check. The text has no `_created`: promtool would store it as a series.

pub mod page;

use std::io::{self, Write};

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};

use crate::rocketchat::instant::epoch_seconds;

/// The last line of a page.
pub const END: &str = "# EOF\n";

/// The units that names of families end with.
const UNITS: [&str; 3] = ["seconds", "bytes", "ratio"];

/// Pages in the order of time.
#[derive(Debug, Default)]
pub struct Recording {
    /// Labels that are added to every series, as text that ends with a comma; empty for none.
    labels: String,
    /// Longest time from one sample of an unchanged value to the next; zero writes each step.
    unchanged_every: SignedDuration,
    times: Vec<Timestamp>,
    /// The families by name.
    families: IndexMap<String, RecordedFamily>,
}

#[derive(Debug, Default)]
struct RecordedFamily {
    kind: String,
    help: String,
    /// The series by name, grouped by label set: the buckets of a histogram stand together with its sum and count.
    groups: IndexMap<String, IndexMap<String, Track>>,
}

/// One series: its values at the steps where they changed, and [`AWAY`] from a step where the page did not have the
/// series.
#[derive(Debug)]
struct Track {
    changes: Vec<(u32, f64)>,
    /// The step after the last step in which the page had the series.
    seen_until: u32,
}

/// Marks a series that is not on the page. No page has this value.
const AWAY: f64 = f64::NAN;

impl Recording {
    /// A recording that adds these labels to every series. An unchanged value is written again only before a gap
    /// between two samples would become longer than `unchanged_every`. The names must be valid and differ from the
    /// labels of the page.
    pub fn thinned(labels: &[(String, String)], unchanged_every: SignedDuration) -> Self {
        let labels = labels.iter().map(|(name, value)| format!("{name}=\"{}\",", escaped(value)));
        Self { labels: labels.collect(), unchanged_every, ..Self::default() }
    }

    /// Adds the series of a page that `records` accepts, scraped at this instant; the page is in the text format.
    pub fn add(&mut self, at: Timestamp, page: &str, records: impl Fn(&str) -> bool) {
        let step = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        let mut family: Option<&mut RecordedFamily> = None;
        self.times.push(at);
        for line in page.lines() {
            if let Some((name, help)) = header(line, "# HELP ") {
                let named = self.families.entry(name.to_owned()).or_default();
                help.clone_into(&mut named.help);
                family = Some(named);
                continue;
            }
            let Some(family) = &mut family else { continue };
            if let Some((_, kind)) = header(line, "# TYPE ") {
                kind.clone_into(&mut family.kind);
            } else if let Some((series, value)) = sample(line).filter(|it| records(it.0)) {
                family.observe(step, series, value);
            }
        }
    }

    /// Writes all samples with their times, and `# EOF`.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for (name, family) in &self.families {
            family.write(name, self, out)?;
        }
        out.write_all(END.as_bytes())?;
        out.flush()
    }
}

impl RecordedFamily {
    fn observe(&mut self, step: u32, series: &str, value: f64) {
        let identity = identity(series);
        let place = self.groups.get_index_of(identity).unwrap_or_else(|| {
            let (place, _) = self.groups.insert_full(identity.to_owned(), IndexMap::new());
            place
        });
        let Some((_, group)) = self.groups.get_index_mut(place) else { return };
        if let Some(track) = group.get_mut(series) {
            return track.observe(step, value);
        }
        let changes = vec![(step, value)];
        group.insert(series.to_owned(), Track { changes, seen_until: step + 1 });
    }

    fn write(&self, name: &str, recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(metadata(name, &self.kind, &self.help).as_bytes())?;
        for group in self.groups.values() {
            let labelled = |series: &String| with_labels(series, &recording.labels);
            let names: Vec<_> = group.keys().map(labelled).collect();
            let mut readers: Vec<_> = group.values().map(TrackReader::of).collect();
            for (step, at) in (0..).zip(&recording.times) {
                let seconds = epoch_seconds(*at);
                let next = recording.times.get(step as usize + 1);
                for (series, reader) in names.iter().zip(&mut readers) {
                    let value = reader.value(step);
                    if let Some(value) =
                        value.filter(|value| reader.is_due(*value, next, recording))
                    {
                        writeln!(out, "{series} {value} {seconds}")?;
                        reader.written = Some((*at, value));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Track {
    fn observe(&mut self, step: u32, value: f64) {
        if self.seen_until < step {
            self.changes.push((self.seen_until, AWAY));
        }
        self.seen_until = step + 1;
        if self.changes.last().is_none_or(|(_, last)| last.to_bits() != value.to_bits()) {
            self.changes.push((step, value));
        }
    }
}

/// Reads a track from its beginning.
struct TrackReader<'a> {
    track: &'a Track,
    next: usize,
    value: f64,
    /// Time and value of the last sample that was written.
    written: Option<(Timestamp, f64)>,
}

impl<'a> TrackReader<'a> {
    fn of(track: &'a Track) -> Self {
        Self { track, next: 0, value: AWAY, written: None }
    }

    /// The value in a step, `None` if the page did not have the series. Steps must be read in ascending order.
    fn value(&mut self, step: u32) -> Option<f64> {
        while let Some((_, value)) = self.track.changes.get(self.next).filter(|it| it.0 <= step) {
            self.value = *value;
            self.next += 1;
        }
        (step < self.track.seen_until && !self.value.is_nan()).then_some(self.value)
    }

    /// True if the value at this step has to be written: it is new, or the sample of the next step would come too late.
    /// The last step is always written.
    fn is_due(&self, value: f64, next: Option<&Timestamp>, recording: &Recording) -> bool {
        let Some((written_at, written)) = self.written else { return true };
        let is_late =
            |next: &Timestamp| next.duration_since(written_at) > recording.unchanged_every;
        written.to_bits() != value.to_bits() || next.is_none_or(is_late)
    }
}

/// The lines before the samples of a family. `name`, `kind` and `help` are those of the text format.
fn metadata(name: &str, kind: &str, help: &str) -> String {
    // In OpenMetrics the name of a counter's family lacks the suffix `_total` of its series.
    let name = if kind == "counter" { name.strip_suffix("_total").unwrap_or(name) } else { name };
    let help = help.replace('"', "\\\"");
    let is_unit = |unit: &&&str| name.strip_suffix(**unit).is_some_and(|it| it.ends_with('_'));
    let unit = UNITS.iter().find(is_unit);
    let unit = unit.map_or_else(String::new, |unit| format!("# UNIT {name} {unit}\n"));
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{unit}")
}

fn header<'a>(line: &'a str, what: &str) -> Option<(&'a str, &'a str)> {
    line.strip_prefix(what)?.split_once(' ')
}

fn sample(line: &str) -> Option<(&str, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    Some((series, value.parse().ok()?))
}

/// The series with further labels before its own.
fn with_labels(series: &str, labels: &str) -> String {
    match series.split_once('{') {
        _ if labels.is_empty() => series.to_owned(),
        Some((name, rest)) => format!("{name}{{{labels}{rest}"),
        None => format!("{series}{{{}}}", labels.trim_end_matches(',')),
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// The labels without `le`, which comes last. The remaining labels identify a group, because a family has one kind of
/// series.
fn identity(series: &str) -> &str {
    let labels = series.split_once('{').map_or("", |(_, labels)| labels.trim_end_matches('}'));
    labels.split_once("le=\"").map_or(labels, |(rest, _)| rest.trim_end_matches(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pages: &[&str]) -> String {
        let mut recording = Recording::default();
        for (number, page) in (0_i64..).zip(pages) {
            recording.add(Timestamp::from_second(1000 + 30 * number).unwrap(), page, |_| true);
        }
        let mut out = Vec::new();
        recording.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_counter_loses_the_suffix_of_its_family_and_keeps_that_of_its_series() {
        let page = "# HELP a_total All.\n# TYPE a_total counter\na_total{w=\"x y\"} 1\n";
        let expected = "# HELP a All.\n# TYPE a counter\n\
             a_total{w=\"x y\"} 1 1000\na_total{w=\"x y\"} 1 1030\n# EOF\n";
        assert_eq!(written(&[page, page]), expected);
    }

    #[test]
    fn what_was_away_has_no_samples_there() {
        let page = |value| format!("# HELP g G.\n# TYPE g gauge\n{value}");
        let pages = [page("g 1\n"), page(""), page("g 1\n"), page("")];
        let text = written(&pages.each_ref().map(String::as_str));
        assert_eq!(text, "# HELP g G.\n# TYPE g gauge\ng 1 1000\ng 1 1060\n# EOF\n");
    }

    #[test]
    fn the_buckets_of_one_histogram_stand_together_by_time() {
        let page = "# HELP h H.\n# TYPE h histogram\n\
             h_bucket{d=\"a\",le=\"+Inf\"} 2\nh_sum{d=\"a\"} 3\nh_bucket{d=\"b\",le=\"+Inf\"} 4\n";
        let text = written(&[page, page]);
        let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(samples[1].starts_with("h_sum") && samples[1].ends_with("3 1000"), "{text}");
        assert!(samples[3].starts_with("h_sum") && samples[3].ends_with("3 1030"), "{text}");
        assert!(samples[4].ends_with("4 1000"), "{text}");
    }

    #[test]
    fn an_unchanged_value_is_written_before_the_gap_is_too_long_and_at_the_end() {
        let mut recording = Recording::thinned(&[], SignedDuration::from_secs(90));
        for (step, value) in (0_i64..).zip([1, 1, 1, 1, 1, 2, 2]) {
            let page = format!("# HELP g G.\n# TYPE g gauge\ng {value}\n");
            recording.add(Timestamp::from_second(1000 + 30 * step).unwrap(), &page, |_| true);
        }
        let mut out = Vec::new();
        recording.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let samples: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(samples, ["g 1 1000", "g 1 1090", "g 2 1150", "g 2 1180"]);
    }

    #[test]
    fn labels_are_added_to_every_series() {
        let labels = [("job", "a\"b"), ("instance", "c")];
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut recording = Recording::thinned(&labels, SignedDuration::ZERO);
        let page = "# HELP g G.\n# TYPE g gauge\ng 1\ng{w=\"x\"} 2\n";
        recording.add(Timestamp::from_second(1000).unwrap(), page, |_| true);
        let mut out = Vec::new();
        recording.write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("g{job=\"a\\\"b\",instance=\"c\"} 1 1000\n"), "{text}");
        assert!(text.contains("g{job=\"a\\\"b\",instance=\"c\",w=\"x\"} 2 1000\n"), "{text}");
    }

    #[test]
    fn a_strict_reader_takes_it() {
        let page = "# HELP c_total C.\n# TYPE c_total counter\nc_total{d=\"a\"} 1\n\
             # HELP g G.\n# TYPE g gauge\ng{d=\"a\"} 0.5\n\
             # HELP h H.\n# TYPE h histogram\nh_bucket{d=\"a\",le=\"0.5\"} 1\n\
             h_bucket{d=\"a\",le=\"+Inf\"} 2\nh_sum{d=\"a\"} 3\nh_count{d=\"a\"} 2\n\
             # HELP s S.\n# TYPE s summary\ns_sum{d=\"a\"} 3\ns_count{d=\"a\"} 2\n";
        // The parser accepts one scrape, not a series of scrapes, hence one page.
        let text = written(&[page]);
        let read = openmetrics_parser::openmetrics::parse_openmetrics(&text);
        assert_eq!(read.unwrap().families.len(), 4, "{text}");
    }
}
