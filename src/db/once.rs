//! Every form that creates or moves something carries a `once` id, stored in the same unit of work:
//! a double click, a retry or a lost answer shows the first result instead of doing the act again.

use super::Tx;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The id a form carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once(pub Uuid);

impl Once {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Once {
        Once(crate::core::ids::random_uuid())
    }
}

impl Tx {
    /// Notes that `person` sends the form `once` for `act`. Answers the first result when it was sent before
    /// (empty text if that unit of work stored none), and None when this is the first time.
    pub async fn seen(
        &mut self,
        once: Once,
        person: Uuid,
        act: &'static str,
        at: DateTime<Utc>,
    ) -> sqlx::Result<Option<String>> {
        let fresh = self
            .run(
                "INSERT INTO once_keys (id, person_id, act, result, at) VALUES ($1, $2, $3, '', $4)
                 ON CONFLICT (id) DO NOTHING",
                (once.0, person, act, at),
            )
            .await?;
        if fresh == 1 {
            return Ok(None);
        }
        let first = self
            .value("SELECT result FROM once_keys WHERE id = $1 AND person_id = $2 AND act = $3", (once.0, person, act))
            .await?;
        // Somebody else's key, or another act: never theirs to see.
        first.map(Some).ok_or(sqlx::Error::RowNotFound)
    }

    /// Remembers what a second sending of the form `once` is to be shown: usually an id.
    pub async fn remember(&mut self, once: Once, result: impl ToString) -> sqlx::Result<()> {
        self.last("UPDATE once_keys SET result = $2 WHERE id = $1", (once.0, result.to_string())).await
    }

    /// What was remembered under `once`; None when it was never seen. Timers keep their place so.
    pub async fn remembered(&mut self, once: Once) -> sqlx::Result<Option<String>> {
        self.value("SELECT result FROM once_keys WHERE id = $1", (once.0,)).await
    }

    /// What the form `once` of `person` for `act` resulted in, for the page that shows it.
    pub async fn result_of(&mut self, once: Once, person: Uuid, act: &'static str) -> sqlx::Result<Option<String>> {
        self.value("SELECT result FROM once_keys WHERE id = $1 AND person_id = $2 AND act = $3", (once.0, person, act))
            .await
    }
}
