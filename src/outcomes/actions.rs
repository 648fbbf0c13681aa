//! The verbs of outcomes.
