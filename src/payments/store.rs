//! Every SQL text about payments.

use super::{BatchId, PaymentId, rules::*};
use crate::{applications::ApplicationId, claims::ClaimId, core::money::Won, vendors::VendorId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A batch of payments.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    pub id: BatchId,
    pub number: String,
    pub state: BatchState,
    pub payment_count: i64,
    pub total_won: Won,
    pub prepared_by: Uuid,
    pub prepared_at: DateTime<Utc>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub released_by: Option<Uuid>,
    pub released_at: Option<DateTime<Utc>>,
    pub file_text: Option<String>,
    pub file_sha256: Option<Vec<u8>>,
    pub state_since: DateTime<Utc>,
}

/// One payment order.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Payment {
    pub id: PaymentId,
    pub claim_id: ClaimId,
    pub application_id: ApplicationId,
    pub vendor_id: VendorId,
    pub batch_id: BatchId,
    pub end_to_end_id: String,
    pub amount_won: Won,
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub account_holder: String,
    pub state: PaymentState,
    pub bank_reference: Option<String>,
    pub bank_note: Option<String>,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<DateTime<Utc>>,
    pub confirmed_by: Option<Uuid>,
    pub state_since: DateTime<Utc>,
}
