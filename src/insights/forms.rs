//! What people send about insights.
