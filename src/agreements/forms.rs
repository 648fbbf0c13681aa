//! What people send about agreements.
