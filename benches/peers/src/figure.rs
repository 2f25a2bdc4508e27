//! A measured figure and its spelling in a table.

/// Best, median and highest of several rounds.
#[derive(Debug, Clone, Copy)]
pub struct Figure {
    pub best: f64,
    pub median: f64,
    pub highest: f64,
}

impl Figure {
    /// Of at least one round.
    pub fn of(mut rounds: Vec<f64>) -> Self {
        rounds.sort_by(f64::total_cmp);
        let at = |index: usize| rounds.get(index).copied().unwrap_or(f64::NAN);
        Self {
            best: at(0),
            median: at(rounds.len() / 2),
            highest: at(rounds.len().saturating_sub(1)),
        }
    }
}

/// The number with about two digits.
pub fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 9.95 => whole(value),
        size if size >= 0.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The number without a fraction.
pub fn whole(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut spelled = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            spelled.push(',');
        }
        spelled.push(digit);
    }
    spelled
}

/// A table of Markdown.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let rule = line(vec!["---"; head.len()]);
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    line(head.to_vec()) + &rule + &rows.collect::<String>()
}
