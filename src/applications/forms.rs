//! What people send about applications.
