//! What people send about outcomes.
