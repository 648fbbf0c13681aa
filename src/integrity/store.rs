//! Every SQL text of integrity.
