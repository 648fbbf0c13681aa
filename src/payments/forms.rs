//! What people send about payments.
