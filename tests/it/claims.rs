//! Stories of claims.
