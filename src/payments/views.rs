//! What the pages of payments show.
