//! Cells of CSV files that people open in a spreadsheet.

use std::borrow::Cow;

/// A cell that a spreadsheet shows and never runs: text that begins like a formula gets an apostrophe in front.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let starts_formula = cell
        .trim_start_matches([' ', '\u{3000}', '\u{a0}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%', '＝', '＋', '－', '＠', '\u{feff}']);
    if starts_formula { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}
