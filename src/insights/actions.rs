//! The verbs of insights.
