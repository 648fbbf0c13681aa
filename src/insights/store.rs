//! Every SQL text of insights.
