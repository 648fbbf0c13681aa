//! Definitions of figures; cells that a spreadsheet would run.
