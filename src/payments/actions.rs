//! The verbs of payments.
