//! What the pages of organisations show.
