//! The verbs of vendors.
