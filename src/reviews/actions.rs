//! The verbs of reviews.
