//! Stories of integrity.
