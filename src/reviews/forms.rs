//! What people send about reviews.
