//! Whom to remind, and who was reminded of what.

use crate::{applications::ApplicationId, db::Tx, programmes::CallId};
use chrono::{DateTime, Utc};

/// A draft whose call closes soon, or a supplement that is due soon.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Due {
    pub id: ApplicationId,
    pub begun_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
}

/// Drafts of a call that were not reminded of `kind`, longest waiting first.
pub async fn drafts(tx: &mut Tx, call: CallId, kind: &str, limit: i64) -> sqlx::Result<Vec<Due>> {
    tx.all(
        "SELECT a.id, a.created_at AS begun_at, c.closes_at AS ends_at
         FROM applications a JOIN calls c ON c.id = a.call_id
         WHERE a.call_id = $1 AND a.state = 'draft' AND NOT a.is_test
           AND NOT EXISTS (SELECT 1 FROM application_reminders r WHERE r.application_id = a.id AND r.kind = $2)
         ORDER BY a.state_since, a.id LIMIT $3",
        (call, kind.to_owned(), limit),
    )
    .await
}

/// Unanswered supplements that are due after `now` and by `until` and were not reminded of `kind`.
pub async fn supplements(
    tx: &mut Tx,
    kind: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Due>> {
    tx.all(
        "SELECT a.id, s.asked_at AS begun_at, s.due_at AS ends_at
         FROM applications a JOIN supplement_requests s ON s.application_id = a.id
         WHERE a.state = 'supplement_requested' AND s.answered_at IS NULL AND s.due_at > $2 AND s.due_at <= $3
           AND NOT EXISTS (SELECT 1 FROM application_reminders r WHERE r.application_id = a.id AND r.kind = $1
                           AND r.at >= s.asked_at)
         ORDER BY a.state_since, a.id LIMIT $4",
        (kind.to_owned(), now, until, limit),
    )
    .await
}

/// Notes a reminder; a kind that comes back (another round of supplements) takes the place of the first.
pub async fn note(tx: &mut Tx, id: ApplicationId, kind: &str, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO application_reminders (application_id, kind, at) VALUES ($1, $2, $3)
         ON CONFLICT (application_id, kind) DO UPDATE SET at = $3",
        (id, kind.to_owned(), now),
    )
    .await
}
