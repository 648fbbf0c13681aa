//! What each save of a part left: the base that two people began from.

use crate::{
    applications::{
        ApplicationId,
        rules::{Section, merging::Fields},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// Revisions of one part that are kept; a form that is older than all of them has no known base.
const KEPT: i64 = 50;

/// A part of a draft: one form, or one row of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub section: Section,
    /// None: the part is one form.
    pub row: Option<Uuid>,
}

impl Place {
    pub fn form(section: Section) -> Place {
        Place { section, row: None }
    }

    fn row_id(self) -> Uuid {
        self.row.unwrap_or_default()
    }
}

/// What a part said at some version, who saved it and when.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Revision {
    pub version: i64,
    pub fields: Json<Fields>,
    pub saved_by: Uuid,
    pub saved_by_name: String,
    pub saved_at: DateTime<Utc>,
}

/// The newest revision of a part that is not newer than `version`.
pub async fn at(tx: &mut Tx, id: ApplicationId, place: Place, version: i64) -> sqlx::Result<Option<Revision>> {
    tx.find(
        "SELECT r.version, r.fields, r.saved_by, p.name AS saved_by_name, r.saved_at
         FROM application_revisions r JOIN people p ON p.id = r.saved_by
         WHERE r.application_id = $1 AND r.section = $2 AND r.row_id = $3 AND r.version <= $4
         ORDER BY r.version DESC LIMIT 1",
        (id, place.section, place.row_id(), version),
    )
    .await
}

/// Notes what a part says from `version` on, and forgets what nobody can have open any more.
pub async fn insert(
    tx: &mut Tx,
    id: ApplicationId,
    place: Place,
    version: i64,
    fields: &Fields,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO application_revisions (application_id, section, row_id, version, fields, saved_by, saved_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (id, place.section, place.row_id(), version, Json(fields.clone()), by, now),
    )
    .await?;
    tx.later(
        "DELETE FROM application_revisions WHERE application_id = $1 AND section = $2 AND row_id = $3 AND version <
            (SELECT version FROM application_revisions WHERE application_id = $1 AND section = $2 AND row_id = $3
             ORDER BY version DESC LIMIT 1 OFFSET $4)",
        (id, place.section, place.row_id(), KEPT),
    )
    .await
}
