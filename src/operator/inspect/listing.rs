//! Rows to show: as a table for people, as one JSON object for programs.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::sanitize;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Nothing,
    Text(String),
    Count(u64),
    Seconds(f64),
    At(Timestamp),
}

impl Cell {
    pub(super) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Nothing, |text| Self::Text(text.to_owned()))
    }

    pub(super) fn seconds(seconds: Option<f64>) -> Self {
        seconds.map_or(Self::Nothing, Self::Seconds)
    }

    pub(super) fn at(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Nothing, Self::At)
    }

    fn printed(&self) -> String {
        match self {
            Self::Nothing => "-".to_owned(),
            Self::Text(text) => sanitize::terminal(text),
            Self::Count(count) => count.to_string(),
            Self::Seconds(seconds) => whole_seconds(*seconds),
            Self::At(at) => format!("{at:.0}"),
        }
    }

    fn value(&self) -> Value {
        match self {
            Self::Nothing => Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Seconds(seconds) => (*seconds).into(),
            Self::At(at) => format!("{at:.3}").into(),
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
        let shown = self.rows.iter().map(|row| row.iter().map(Cell::printed).collect());
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
        let row = |row: &Vec<Cell>| {
            let cells = self.columns.iter().zip(row);
            Value::Object(
                cells.map(|(column, cell)| ((*column).to_owned(), cell.value())).collect(),
            )
        };
        let rows: Vec<Value> = self.rows.iter().map(row).collect();
        let whole = Map::from_iter([
            ("workspace".to_owned(), workspace.into()),
            ("server_time".to_owned(), format!("{now:.3}").into()),
            ("complete".to_owned(), (!self.is_cut).into()),
            (self.subject.to_owned(), rows.into()),
        ]);
        format!("{:#}", Value::Object(whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing() -> Listing {
        let row = |id: &str, seconds| vec![Cell::Text(id.to_owned()), Cell::Seconds(seconds)];
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
