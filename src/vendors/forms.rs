//! What people send about vendors.
