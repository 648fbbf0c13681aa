//! What people send about claims.
