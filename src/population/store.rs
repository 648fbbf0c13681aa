//! The few statements of a population's own.

use crate::db::Tx;
use chrono::{DateTime, Utc};

/// Whether anybody is there already: a population fills only an empty database.
pub(super) async fn is_empty(tx: &mut Tx) -> sqlx::Result<bool> {
    Ok(!tx.exists("SELECT 1 FROM people LIMIT 1", ()).await?)
}

/// Mails to people who do not exist are never sent: they are kept as done.
pub(super) async fn keep_mails_unsent(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE outbox SET state = 'done', done_at = $1, last_error = 'not sent: the population is invented'
         WHERE state = 'waiting' AND kind = 'mail'",
        (now,),
    )
    .await
}
