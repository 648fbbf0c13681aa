//! What the pages of insights show.
