//! What people send about integrity.
