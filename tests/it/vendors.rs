//! Stories of vendors.
