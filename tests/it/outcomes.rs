//! Stories of outcomes.
