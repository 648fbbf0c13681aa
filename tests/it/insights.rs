//! Stories of insights.
