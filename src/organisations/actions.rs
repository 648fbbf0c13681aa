//! The verbs of organisations.
