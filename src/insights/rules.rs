//! Disclosure control, pseudonyms, cells that no spreadsheet runs, and what every figure is called by.

use crate::core::cells::harmless;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Counts of firms below it are hidden from analysts (domain: invariants, personal data).
pub const SMALL_CELL: i64 = 5;

/// The figures of the dashboard, in the order of its columns; their words are `definition-<code>`.
pub const DEFINITIONS: &[&str] = &["D01", "D02", "D03", "D04", "D05", "D06", "D07", "D08"];
/// Raised when a definition changes; kept with every export.
pub const DEFINITION_VERSION: &str = "applications_flat/1";

/// Columns of the export, in order. Codes, not words: the file is read by programs too.
pub const COLUMNS: [&str; 25] = [
    "firm",
    "call",
    "region_code",
    "region_name",
    "ksic_section",
    "ksic_division",
    "size_class",
    "state",
    "use_case",
    "data_class",
    "latency_class",
    "language_class",
    "decision_impact",
    "model_origin",
    "hosting",
    "total_won",
    "requested_won",
    "committed_won",
    "vouchered_won",
    "paid_won",
    "submitted_at",
    "decided_at",
    "decision",
    "decision_reason",
    "score",
];

/// What a small cell becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    Shown,
    /// Below the smallest count that is shown.
    Small,
    /// Hidden because small cells could be computed from it and the total.
    Complement,
}

/// Which counts of one column are hidden. Fewer than five and not none is small; then as many of the next smallest as it
/// takes that at least two are hidden and that together they hold at least five.
pub fn suppress(counts: &[i64]) -> Vec<Cell> {
    let mut cells: Vec<Cell> =
        counts.iter().map(|count| if (1..SMALL_CELL).contains(count) { Cell::Small } else { Cell::Shown }).collect();
    loop {
        let hidden: Vec<i64> =
            counts.iter().zip(&cells).filter(|(_, cell)| **cell != Cell::Shown).map(|(count, _)| *count).collect();
        if hidden.is_empty() || (hidden.len() > 1 && hidden.iter().sum::<i64>() >= SMALL_CELL) {
            return cells;
        }
        let next = (0..counts.len()).filter(|i| cells[*i] == Cell::Shown && counts[*i] > 0).min_by_key(|i| counts[*i]);
        match next {
            Some(next) => cells[next] = Cell::Complement,
            None => return cells,
        }
    }
}

/// One row: cells made harmless, quoted where needed, ended by CRLF (RFC 4180).
pub fn write_row<C: AsRef<str>>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = C>) -> Result<(), csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    for cell in cells {
        writer.write_field(harmless(cell.as_ref()).as_bytes())?;
    }
    writer.write_record(None::<&[u8]>)?;
    writer.flush()?;
    Ok(())
}

/// Gives firms names that only this deployment could trace back, the same in every export.
#[derive(Clone)]
pub struct Pseudonyms {
    key: [u8; 32],
}

impl Pseudonyms {
    /// `secret` is the deployment's own; what is derived from it here says nothing about it.
    pub fn new(secret: &str) -> Pseudonyms {
        let derived = Sha256::new().chain_update("pseudonyms of firms\0").chain_update(secret).finalize();
        Pseudonyms { key: derived.into() }
    }

    pub fn of(&self, id: Uuid) -> String {
        let hash = Sha256::new().chain_update(self.key).chain_update(id.as_bytes()).finalize();
        format!("F{}", hex::encode(&hash[..10]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_lone_small_cell_takes_a_neighbour_with_it() {
        use Cell::*;
        assert_eq!(suppress(&[10, 20, 30]), vec![Shown, Shown, Shown]);
        assert_eq!(suppress(&[10, 3, 30]), vec![Complement, Small, Shown]);
        assert_eq!(suppress(&[4, 3, 30]), vec![Small, Small, Shown]);
        assert_eq!(suppress(&[1, 1, 30, 0]), vec![Small, Small, Complement, Shown]);
        assert_eq!(suppress(&[3, 0, 0]), vec![Small, Shown, Shown]);
        assert_eq!(suppress(&[]), vec![]);
    }

    #[test]
    fn formulas_are_defused_however_they_begin() {
        for cell in ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", "\r=1", "|calc", "%0"] {
            assert!(harmless(cell).starts_with('\''), "{cell:?}");
        }
        for cell in ["", "한빛정밀", "12", "a=b", "2027-03-02"] {
            assert_eq!(harmless(cell), cell);
        }
    }

    #[test]
    fn a_firm_has_one_pseudonym_per_deployment() {
        let (one, other) = (Pseudonyms::new("a"), Pseudonyms::new("b"));
        let firm = Uuid::from_u128(7);
        assert_eq!(one.of(firm), Pseudonyms::new("a").of(firm));
        assert_ne!(one.of(firm), other.of(firm));
        assert_ne!(one.of(firm), one.of(Uuid::from_u128(8)));
        assert!(!one.of(firm).contains(&firm.simple().to_string()));
    }

    proptest! {
        #[test]
        fn nobody_can_compute_a_small_cell_from_the_total(counts in prop::collection::vec(0_i64..40, 0..12)) {
            let cells = suppress(&counts);
            let hidden: Vec<i64> =
                counts.iter().zip(&cells).filter(|(_, cell)| **cell != Cell::Shown).map(|(count, _)| *count).collect();
            for (count, cell) in counts.iter().zip(&cells) {
                prop_assert_eq!(*cell == Cell::Small, (1..SMALL_CELL).contains(count));
            }
            let shown = counts.iter().zip(&cells).any(|(count, cell)| *cell == Cell::Shown && *count > 0);
            prop_assert!(hidden.is_empty() || !shown || (hidden.len() > 1 && hidden.iter().sum::<i64>() >= SMALL_CELL));
        }

        #[test]
        fn any_cells_come_back_harmless_and_whole(cells in prop::collection::vec("\\PC{0,20}|[=+@\\-\t\r\n\", ]{0,6}.{0,10}", 1..6)) {
            let mut out = Vec::new();
            write_row(&mut out, &cells).unwrap();
            prop_assert!(out.ends_with(b"\r\n"));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            for (read, cell) in rows[0].iter().zip(&cells) {
                prop_assert!(!read.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{:?}", read);
                prop_assert_eq!(read.strip_prefix('\'').filter(|_| !cell.starts_with('\'')).unwrap_or(read), cell);
            }
        }
    }
}
