//! Stories of organisations.
