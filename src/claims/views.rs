//! What the pages of claims show.
