//! Stories of agreements.
