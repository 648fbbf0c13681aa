//! Rows of aid from other agencies: imports in preview, and what stands.

use crate::{
    core::money::Won,
    db::Tx,
    organisations::{OrganisationId, rules::aid::award_key},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AwardImport {
    pub id: Uuid,
    pub agency: String,
    pub file_name: String,
    pub made_at: DateTime<Utc>,
    pub confirmed_at: Option<DateTime<Utc>>,
    pub taken: i64,
    pub good: i64,
    pub bad: i64,
    /// Good lines that stand on record already.
    pub known: i64,
}

macro_rules! select_import {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.agency, i.file_name, i.made_at, i.confirmed_at, i.taken,
                (SELECT COUNT(*) FROM award_import_lines l WHERE l.import_id = i.id AND l.problem = '') AS good,
                (SELECT COUNT(*) FROM award_import_lines l WHERE l.import_id = i.id AND l.problem <> '') AS bad,
                (SELECT COUNT(*) FROM award_import_lines l JOIN outside_awards a ON a.agency_key = l.agency_key
                    AND a.reference_key = l.reference_key AND a.business_number = l.business_number AND a.removed_at IS NULL
                    AND a.source = 'import'
                 WHERE l.import_id = i.id AND l.problem = '') AS known
             FROM award_imports i ",
            $rest
        )
    };
}

/// A line of an import, good or with what is wrong with it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ImportLine {
    pub line: i64,
    pub business_number: String,
    pub programme: String,
    pub reference: String,
    pub amount_won: Won,
    pub awarded_on: NaiveDate,
    pub problem: String,
    pub content: String,
}

/// An award by another agency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Award {
    pub id: Uuid,
    pub business_number: String,
    pub agency: String,
    pub programme: String,
    pub reference: String,
    pub amount_won: Won,
    pub awarded_on: NaiveDate,
    pub source: String,
    pub recorded_at: DateTime<Utc>,
}

pub(in crate::organisations) async fn insert_award_import(
    tx: &mut Tx,
    id: Uuid,
    agency: &str,
    file_name: &str,
    sha256: Vec<u8>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO award_imports (id, agency, file_name, sha256, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6)",
        (id, agency.to_owned(), file_name.to_owned(), sha256, by, now),
    )
    .await
}

pub(in crate::organisations) async fn insert_lines(
    tx: &mut Tx,
    import: Uuid,
    agency: &str,
    lines: Vec<ImportLine>,
) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let agency = award_key(agency);
    let mut insert = tx.query(
        "INSERT INTO award_import_lines (import_id, line, business_number, programme, reference, agency_key, reference_key,
            amount_won, awarded_on, problem, content) VALUES ",
        (),
    );
    let rows = lines.into_iter().map(|line| {
        let reference_key = award_key(&line.reference);
        (
            import,
            line.line,
            line.business_number,
            line.programme,
            line.reference,
            agency.clone(),
            reference_key,
            line.amount_won,
            line.awarded_on,
            line.problem,
            line.content,
        )
    });
    insert.add_rows("(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

pub(in crate::organisations) async fn award_imports(tx: &mut Tx) -> sqlx::Result<Vec<AwardImport>> {
    tx.all(select_import!("ORDER BY i.made_at DESC, i.id DESC LIMIT 20"), ()).await
}

pub(in crate::organisations) async fn find_award_import(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<AwardImport>> {
    tx.find(select_import!("WHERE i.id = $1"), (id,)).await
}

/// The first lines that cannot be taken, and the first that can.
pub(in crate::organisations) async fn lines(tx: &mut Tx, import: Uuid, bad: bool) -> sqlx::Result<Vec<ImportLine>> {
    let mut query = tx.query(
        "SELECT line, business_number, programme, reference, amount_won, awarded_on, problem, content
         FROM award_import_lines WHERE import_id = $1",
        (import,),
    );
    query.add(if bad { " AND problem <> ''" } else { " AND problem = ''" }, ());
    query.add(" ORDER BY line LIMIT 100", ());
    tx.fetch_all(query).await
}

/// False when somebody confirmed it before.
pub(in crate::organisations) async fn confirm_import(
    tx: &mut Tx,
    id: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE award_imports SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1 AND confirmed_at IS NULL",
            (id, by, now),
        )
        .await?;
    Ok(rows == 1)
}

pub(in crate::organisations) async fn note_taken(tx: &mut Tx, id: Uuid, taken: i64) -> sqlx::Result<u64> {
    tx.run("UPDATE award_imports SET taken = $2 WHERE id = $1", (id, taken)).await
}

/// Good lines of an import behind `after`, in their order.
pub(in crate::organisations) async fn good_lines(
    tx: &mut Tx,
    import: Uuid,
    after: i64,
    limit: i64,
) -> sqlx::Result<Vec<ImportLine>> {
    tx.all(
        "SELECT line, business_number, programme, reference, amount_won, awarded_on, problem, content
         FROM award_import_lines WHERE import_id = $1 AND problem = '' AND line > $2 ORDER BY line LIMIT $3",
        (import, after, limit),
    )
    .await
}

/// Records an award once per agency, reference and firm. What an agency says takes the place of what the firm declared.
pub(in crate::organisations) async fn put_award(
    tx: &mut Tx,
    award: &Award,
    import: Option<Uuid>,
    by: Uuid,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO outside_awards (id, business_number, agency, programme, reference, agency_key, reference_key, amount_won,
                awarded_on, source, import_id, recorded_by, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (agency_key, reference_key, business_number) WHERE removed_at IS NULL
             DO UPDATE SET programme = excluded.programme, amount_won = excluded.amount_won, awarded_on = excluded.awarded_on,
                source = excluded.source, import_id = excluded.import_id, recorded_by = excluded.recorded_by,
                recorded_at = excluded.recorded_at
             WHERE outside_awards.source = 'declared' AND excluded.source = 'import'",
            (
                award.id,
                award.business_number.clone(),
                award.agency.clone(),
                award.programme.clone(),
                award.reference.clone(),
                award_key(&award.agency),
                award_key(&award.reference),
                award.amount_won,
                award.awarded_on,
                award.source.clone(),
                import,
                by,
                award.recorded_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Takes back what the firm itself declared.
pub(in crate::organisations) async fn remove_declared(
    tx: &mut Tx,
    organisation: OrganisationId,
    id: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE outside_awards SET removed_by = $3, removed_at = $4 WHERE id = $2 AND source = 'declared' AND removed_at IS NULL
                AND business_number = (SELECT business_number FROM organisations WHERE id = $1)",
            (organisation, id, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Aid of a firm since a day, newest first.
pub(in crate::organisations) async fn awards(
    tx: &mut Tx,
    organisation: OrganisationId,
    since: NaiveDate,
) -> sqlx::Result<Vec<Award>> {
    tx.all(
        "SELECT a.id, a.business_number, a.agency, a.programme, a.reference, a.amount_won, a.awarded_on, a.source, a.recorded_at
         FROM outside_awards a JOIN organisations o ON o.business_number = a.business_number
         WHERE o.id = $1 AND a.removed_at IS NULL AND a.awarded_on >= $2 ORDER BY a.awarded_on DESC, a.id LIMIT 500",
        (organisation, since),
    )
    .await
}

/// What other agencies gave a firm on or after `since`, as imported and as declared, in won.
pub async fn aid_total(tx: &mut Tx, organisation: OrganisationId, since: NaiveDate) -> sqlx::Result<Won> {
    let total = tx
        .value(
            "SELECT CAST(COALESCE(SUM(a.amount_won), 0) AS BIGINT) FROM outside_awards a
             JOIN organisations o ON o.business_number = a.business_number
             WHERE o.id = $1 AND a.removed_at IS NULL AND a.awarded_on >= $2",
            (organisation, since),
        )
        .await?;
    Ok(total.unwrap_or(Won::ZERO))
}
