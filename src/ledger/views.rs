//! What the pages of the ledger show.
