//! Certification, receipts, what two submissions say differently.

use super::*;
