//! What the pages of vendors show.
