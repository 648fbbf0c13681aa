//! What people send about organisations.
