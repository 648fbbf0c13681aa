//! Stories of programmes.
