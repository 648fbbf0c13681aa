//! The verbs of integrity.
