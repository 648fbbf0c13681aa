//! What the pages of integrity show.
