//! What a database error means to the person who waits.

use crate::core::refusal::{Refusal, Trouble};

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Trouble {
        if is_passing(&error) {
            tracing::warn!(%error, "a passing database condition");
            return Trouble::Refused(Refusal::busy());
        }
        Trouble::Fault(error.into())
    }
}

/// Serialisation failures, deadlocks and an exhausted pool: nothing was stored, trying again helps.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => {
            matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03" | "5" | "517"))
        }
        _ => false,
    }
}

/// True when a UNIQUE constraint refused the statement; the unit of work is over.
pub fn is_taken(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.is_unique_violation())
}
