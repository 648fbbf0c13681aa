//! What people send about programmes.
