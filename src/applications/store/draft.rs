//! Writes of a draft. Each raises the version; forms name the one they were made from.

use super::{
    Application,
    dossier::{DraftCost, DraftIndicator, DraftMember},
};
use crate::{
    applications::ApplicationId,
    db::{Dialect, Tx},
    files::FileId,
    organisations::Organisation,
    programmes::CallId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// False when the firm has a live application in the call already.
pub async fn insert(
    tx: &mut Tx,
    id: ApplicationId,
    call: (CallId, i64),
    track: Option<&str>,
    firm: &Organisation,
    search_text: String,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO applications (id, call_id, call_version, organisation_id, state, title, process_name, problem, plan,
                human_oversight, region_code, industry_code, created_at, state_since, search_text, track, is_test)
             SELECT $1, $2, $3, o.id, 'draft', '', '', '', '', '', $5, $6, $7, $7, $8, $9, o.is_test
             FROM organisations o WHERE o.id = $4 ON CONFLICT DO NOTHING",
            (
                id,
                call.0,
                call.1,
                firm.id,
                firm.region_code.clone(),
                firm.industry_code.clone(),
                now,
                search_text,
                track.map(str::to_owned),
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Keeps every other writer of this application out until the unit of work is over.
pub async fn lock(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<()> {
    // The one writer of SQLite is alone already.
    if tx.dialect() == Dialect::Postgres {
        tx.value::<i64>("SELECT version FROM applications WHERE id = $1 FOR UPDATE", (id,)).await?;
    }
    Ok(())
}

/// Writes everything of the draft that stands in its own row and raises the version, if that still is the one
/// `application` was read at and the firm may write; false otherwise.
pub async fn save(tx: &mut Tx, application: &Application) -> sqlx::Result<bool> {
    let new = application.clone();
    let mut update = tx.query("UPDATE applications SET version = version + 1", ());
    update.add(
        ", title = ?, use_case = ?, process_name = ?, problem = ?, plan = ?, search_text = ?",
        (new.title, new.use_case, new.process_name, new.problem, new.plan, new.search_text),
    );
    update.add(
        ", data_class = ?, latency_class = ?, language_class = ?, decision_impact = ?, model_origin = ?, hosting = ?,
           human_oversight = ?",
        (
            new.data_class,
            new.latency_class,
            new.language_class,
            new.decision_impact,
            new.model_origin,
            new.hosting,
            new.human_oversight,
        ),
    );
    update.add(
        ", vendor_id = ?, package_id = ?, package_quantity = ?, total_won = ?, support_won = ?, own_won = ?",
        (new.vendor_id, new.package_id, new.package_quantity, new.total_won, new.support_won, new.own_won),
    );
    update.add(" WHERE id = ? AND version = ? AND state IN ('draft', 'supplement_requested')", (new.id, new.version));
    Ok(tx.execute(update).await? == 1)
}

/// Puts these indicators in the place of all there were; positions count from 1.
pub async fn replace_indicators(tx: &mut Tx, id: ApplicationId, indicators: &[DraftIndicator]) -> sqlx::Result<()> {
    tx.run("DELETE FROM application_indicators WHERE application_id = $1", (id,)).await?;
    if indicators.is_empty() {
        return Ok(());
    }
    let mut insert = tx.query(
        "INSERT INTO application_indicators (id, application_id, position, name, unit, direction, baseline_milli, target_milli,
            baseline_period, baseline_source) VALUES ",
        (),
    );
    let rows = (1_i64..).zip(indicators).map(|(position, new)| {
        (
            new.id,
            id,
            position,
            new.name.clone(),
            new.unit.clone(),
            new.direction.clone(),
            new.baseline_milli,
            new.target_milli,
            new.baseline_period.clone(),
            new.baseline_source.clone(),
        )
    });
    insert.add_rows("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

/// Puts these lines in the place of all there were; positions count from 1.
pub async fn replace_costs(tx: &mut Tx, id: ApplicationId, lines: &[DraftCost]) -> sqlx::Result<()> {
    tx.run("DELETE FROM application_costs WHERE application_id = $1", (id,)).await?;
    if lines.is_empty() {
        return Ok(());
    }
    let mut insert = tx.query(
        "INSERT INTO application_costs (id, application_id, position, category, description, unit, taxed, quantity,
            unit_price_won, support_won, own_won, in_kind_won) VALUES ",
        (),
    );
    let rows = (1_i64..).zip(lines).map(|(position, new)| {
        (
            new.id,
            id,
            position,
            new.category,
            new.description.clone(),
            new.unit.clone(),
            new.taxed,
            new.quantity,
            new.unit_price_won,
            new.support_won,
            new.own_won,
            new.in_kind_won,
        )
    });
    insert.add_rows("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

/// Puts these people in the place of all there were; positions count from 1.
pub async fn replace_team(tx: &mut Tx, id: ApplicationId, team: &[DraftMember]) -> sqlx::Result<()> {
    tx.run("DELETE FROM application_team WHERE application_id = $1", (id,)).await?;
    if team.is_empty() {
        return Ok(());
    }
    let mut insert = tx.query(
        "INSERT INTO application_team (id, application_id, position, role, person, to_hire, share_percent, months) VALUES ",
        (),
    );
    let rows = (1_i64..).zip(team).map(|(position, new)| {
        (new.id, id, position, new.role.clone(), new.person.clone(), new.to_hire, new.share_percent, new.months)
    });
    insert.add_rows("(?, ?, ?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

pub async fn insert_document(
    tx: &mut Tx,
    id: Uuid,
    application: ApplicationId,
    kind: &str,
    file: FileId,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO application_documents (id, application_id, kind, file_id, attached_at) VALUES ($1, $2, $3, $4, $5)",
        (id, application, kind.to_owned(), file, now),
    )
    .await
}

/// False when it is not attached (any more).
pub async fn remove_document(
    tx: &mut Tx,
    application: ApplicationId,
    id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE application_documents SET removed_at = $3
             WHERE application_id = $1 AND id = $2 AND removed_at IS NULL",
            (application, id, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Drafts of calls whose grace has run out, oldest first.
pub async fn overdue(tx: &mut Tx, closed_before: DateTime<Utc>, limit: i64) -> sqlx::Result<Vec<ApplicationId>> {
    tx.values(
        "SELECT a.id FROM applications a JOIN calls c ON c.id = a.call_id
         WHERE a.state = 'draft' AND c.closes_at < $1 ORDER BY a.state_since, a.id LIMIT $2",
        (closed_before, limit),
    )
    .await
}
