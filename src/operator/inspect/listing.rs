//! Rows to show: as a table for people, as one JSON object for programs.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::sanitize;

/// One value of a row, as it is printed and as a value of JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    printed: String,
    value: Value,
}

impl Cell {
    pub(super) fn text(text: Option<&str>) -> Self {
        Self::of(text, sanitize::terminal, Value::from)
    }

    pub(super) fn count(count: Option<u64>) -> Self {
        Self::of(count, |count| count.to_string(), Value::from)
    }

    pub(super) fn seconds(seconds: Option<f64>) -> Self {
        Self::of(seconds, whole_seconds, Value::from)
    }

    pub(super) fn at(at: Option<Timestamp>) -> Self {
        Self::of(at, |at| format!("{at:.0}"), |at| format!("{at:.3}").into())
    }

    fn of<T: Copy>(
        known: Option<T>,
        printed: impl Fn(T) -> String,
        value: impl Fn(T) -> Value,
    ) -> Self {
        match known {
            Some(known) => Self { printed: printed(known), value: value(known) },
            None => Self { printed: "-".to_owned(), value: Value::Null },
        }
    }
}

/// A duration in whole seconds. Clocks that disagree can make the duration negative, which is shown as 0 s.
fn whole_seconds(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds.max(0.0).floor()).unwrap_or_default();
    humantime::format_duration(whole).to_string()
}

/// Rows under their columns.
#[derive(Debug)]
pub(super) struct Listing {
    /// The kind of the rows, which is their key in the JSON object.
    pub(super) subject: &'static str,
    /// The keys of the JSON object; the heads of the columns are made from them.
    pub(super) columns: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// True if there are more rows than these.
    pub(super) is_cut: bool,
}

impl Listing {
    /// Keeps the first `limit` rows.
    pub(super) fn limit(mut self, limit: usize) -> Self {
        self.is_cut |= self.rows.len() > limit;
        self.rows.truncate(limit);
        self
    }

    /// A table with columns as wide as their widest value, and a last line if rows are missing.
    pub(super) fn to_table(&self) -> String {
        if self.rows.is_empty() && !self.is_cut {
            return format!("no {}", self.subject.replace('_', " "));
        }
        let heads = self.columns.iter().map(|column| column.to_uppercase().replace('_', " "));
        let heads: Vec<String> = heads.collect();
        let shown = self.rows.iter().map(|row| row.iter().map(|it| it.printed.clone()).collect());
        let lines: Vec<Vec<String>> = std::iter::once(heads).chain(shown).collect();
        let width = |column: usize| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut table: Vec<String> = lines.iter().map(line).collect();
        if self.is_cut {
            table.push("(there are more rows: raise --limit)".to_owned());
        }
        table.join("\n")
    }

    /// One JSON object: the workspace, the server's time, the completeness of the rows, and the rows.
    pub(super) fn to_json(&self, workspace: &str, now: Timestamp) -> String {
        let row = |row: &Vec<Cell>| -> Value {
            let cells = self.columns.iter().zip(row);
            cells.map(|(column, cell)| (*column, cell.value.clone())).collect()
        };
        let whole = Value::from_iter([
            ("workspace", workspace.into()),
            ("server_time", format!("{now:.3}").into()),
            ("complete", (!self.is_cut).into()),
            (self.subject, self.rows.iter().map(row).collect::<Value>()),
        ]);
        format!("{whole:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        let row = |id: &str, seconds| vec![Cell::text(Some(id)), Cell::seconds(Some(seconds))];
        Listing {
            subject: "chats",
            columns: vec!["room_id", "waiting"],
            rows: vec![row("a\u{1b}[1m", 2472.9), row("bc", -3.0), row("d", f64::NAN)],
            is_cut: false,
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_value_and_steer_no_terminal() {
        assert_eq!(
            listing().limit(2).to_table(),
            "ROOM ID  WAITING\na\u{fffd}[1m    41m 12s\nbc       0s\n(there are more rows: raise --limit)"
        );
    }

    #[test]
    fn an_object_says_whether_it_is_complete() {
        let json: Value =
            serde_json::from_str(&listing().to_json("acme", Timestamp::UNIX_EPOCH)).unwrap();
        assert_eq!(json["complete"], true);
        assert_eq!(json["chats"][0]["waiting"], 2472.9);
        assert_eq!(json["chats"][2]["waiting"], Value::Null);
        assert_eq!(json["server_time"], "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn nothing_is_said_in_words() {
        let empty = Listing { rows: Vec::new(), ..listing() };
        assert_eq!(empty.to_table(), "no chats");
    }
}
