//! The verbs of programmes.
