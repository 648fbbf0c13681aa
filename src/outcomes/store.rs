//! Every SQL text about outcomes.

use super::{
    ReportId,
    rules::{self, Method, ReportState},
};
use crate::{
    agreements::{Agreement, AgreementId},
    applications::ApplicationId,
    core::{actor::Actor, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::OrganisationId,
    programmes::Wave,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// An outcome report of one wave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    pub id: ReportId,
    pub agreement_id: AgreementId,
    pub application_id: ApplicationId,
    pub organisation_id: OrganisationId,
    pub wave: Wave,
    pub due_on: NaiveDate,
    /// The day on which it opens, of a report that follows the closing one.
    pub opens_on: Option<NaiveDate>,
    pub state: ReportState,
    pub active_users: Option<i64>,
    pub satisfaction: Option<i64>,
    pub would_pay: Option<bool>,
    pub comment: String,
    pub submitted_by: Option<Uuid>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub verified_by: Option<Uuid>,
    pub verified_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub state_since: DateTime<Utc>,
}

/// A value that a firm measured for one locked indicator.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Measurement {
    pub indicator_id: Uuid,
    pub value_milli: i64,
    pub measured_on: NaiveDate,
    pub method: Method,
}

/// A report as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct ReportRow {
    pub id: ReportId,
    pub agreement_number: String,
    pub firm_name: String,
    pub wave: Wave,
    pub due_on: NaiveDate,
    pub state: ReportState,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_report {
    ($rest:literal) => {
        concat!(
            "SELECT id, agreement_id, application_id, organisation_id, wave, due_on, opens_on, state, active_users, satisfaction, would_pay, comment, submitted_by, submitted_at, verified_by, verified_at, note, state_since FROM outcome_reports ",
            $rest
        )
    };
}

/// What `actor` may see: the firm its own, managers and auditors all.
fn visible(query: &mut Query, actor: &Actor) {
    if actor.is(Role::Firm) {
        query.add(" AND r.organisation_id = ?", (actor.organisation,));
    } else if !actor.is_any(&[Role::Manager, Role::Auditor]) {
        query.add(" AND 1 = 0", ());
    }
}

pub(super) async fn find_visible(tx: &mut Tx, actor: &Actor, id: ReportId) -> sqlx::Result<Option<Report>> {
    let mut query = tx.query(select_report!("r WHERE id = $1"), (id,));
    visible(&mut query, actor);
    tx.fetch_optional(query).await
}

/// The closing report of an agreement.
pub(super) async fn closing_of(tx: &mut Tx, agreement: AgreementId) -> sqlx::Result<Option<ReportId>> {
    tx.value("SELECT id FROM outcome_reports WHERE agreement_id = $1 AND wave = 'close'", (agreement,)).await
}

/// A page of reports, the latest change first.
pub(super) async fn list(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<ReportState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<ReportRow>> {
    let narrow = |query: &mut Query| {
        visible(query, actor);
        if let Some(state) = state {
            query.add(" AND r.state = ?", (state,));
        }
    };
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT r.id FROM outcome_reports r WHERE 1 = 1", ());
    narrow(&mut count);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    let mut query = tx.query(
        "SELECT r.id, g.number AS agreement_number, o.legal_name AS firm_name, r.wave, r.due_on, r.state, r.state_since
         FROM outcome_reports r JOIN agreements g ON g.id = r.agreement_id JOIN organisations o ON o.id = r.organisation_id
         WHERE 1 = 1",
        (),
    );
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (r.state_since, r.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY r.state_since DESC, r.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, count, |row: &ReportRow| Cursor { at: row.state_since, id: row.id.0 }))
}

pub(super) async fn measurements(tx: &mut Tx, report: ReportId) -> sqlx::Result<Vec<Measurement>> {
    tx.all(
        "SELECT indicator_id, value_milli, measured_on, method FROM outcome_measurements WHERE report_id = $1",
        (report,),
    )
    .await
}

/// Opens the closing report. False when the agreement has one already.
pub(super) async fn insert_closing(
    tx: &mut Tx,
    id: ReportId,
    agreement: &Agreement,
    due_on: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO outcome_reports (id, agreement_id, application_id, organisation_id, wave, due_on, state, comment, state_since)
             VALUES ($1, $2, $3, $4, $5, $6, 'open', '', $7) ON CONFLICT (agreement_id, wave) DO NOTHING",
            (id, agreement.id, agreement.application_id, agreement.organisation_id, Wave::Close, due_on, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Puts reports that follow a closing one on the days on which they open.
pub(super) async fn schedule(
    tx: &mut Tx,
    closing: &Report,
    days: impl Iterator<Item = (Wave, NaiveDate)>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let mut insert = tx.query(
        "INSERT INTO outcome_reports (id, agreement_id, application_id, organisation_id, wave, due_on, opens_on, state, comment, state_since) VALUES ",
        (),
    );
    insert.add_rows(
        "(?, ?, ?, ?, ?, ?, ?, 'scheduled', '', ?)",
        days.map(|(wave, opens_on)| {
            let due_on = rules::due_on(opens_on);
            let of = (closing.agreement_id, closing.application_id, closing.organisation_id);
            (ReportId::new(), of.0, of.1, of.2, wave, due_on, opens_on, now)
        }),
    );
    tx.execute(insert).await
}

/// A report that waits for its day.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Scheduled {
    pub id: ReportId,
    pub agreement_id: AgreementId,
    pub wave: Wave,
}

/// Reports whose day has come, longest due first.
pub(super) async fn scheduled(tx: &mut Tx, today: NaiveDate, limit: i64) -> sqlx::Result<Vec<Scheduled>> {
    tx.all(
        "SELECT id, agreement_id, wave FROM outcome_reports WHERE state = 'scheduled' AND opens_on <= $1
         ORDER BY opens_on, id LIMIT $2",
        (today, limit),
    )
    .await
}

/// Opens a report on its day, or after it; false when somebody else has.
pub(super) async fn open(tx: &mut Tx, id: ReportId, due_on: NaiveDate, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE outcome_reports SET state = 'open', due_on = $2, state_since = $3 WHERE id = $1 AND state = 'scheduled'",
            (id, due_on, now),
        )
        .await?;
    Ok(rows == 1)
}

/// When the next report of an agreement opens.
pub(super) async fn next_scheduled(tx: &mut Tx, agreement: AgreementId) -> sqlx::Result<Option<NaiveDate>> {
    tx.value(
        "SELECT opens_on FROM outcome_reports WHERE agreement_id = $1 AND state = 'scheduled' ORDER BY opens_on LIMIT 1",
        (agreement,),
    )
    .await
}

/// What a firm says beside its measured values.
pub(super) struct Answers {
    pub active_users: i64,
    pub satisfaction: i64,
    pub would_pay: bool,
    pub comment: String,
}

/// Takes the report in if it still stands where it stood.
pub(super) async fn submit(
    tx: &mut Tx,
    id: ReportId,
    from: ReportState,
    answers: Answers,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE outcome_reports SET state = 'submitted', active_users = $3, satisfaction = $4, would_pay = $5, comment = $6,
                submitted_by = $7, submitted_at = $8, note = NULL, state_since = $8 WHERE id = $1 AND state = $2",
            (id, from, answers.active_users, answers.satisfaction, answers.would_pay, answers.comment, by, now),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn put_measurement(tx: &mut Tx, report: ReportId, measured: Measurement) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO outcome_measurements (report_id, indicator_id, value_milli, measured_on, method)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (report_id, indicator_id) DO UPDATE SET value_milli = $3, measured_on = $4, method = $5",
        (report, measured.indicator_id, measured.value_milli, measured.measured_on, measured.method),
    )
    .await
}

/// The answer of whoever checks, if the report still waits for it.
pub(super) async fn answer(
    tx: &mut Tx,
    id: ReportId,
    to: ReportState,
    note: Option<String>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let verified = to == ReportState::Verified;
    let rows = tx
        .run(
            "UPDATE outcome_reports SET state = $2, note = $3, verified_by = $4, verified_at = $5, state_since = $6
             WHERE id = $1 AND state = 'submitted'",
            (id, to, note, verified.then_some(by), verified.then_some(now), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Active agreements whose work has ended and that have no closing report: the voucher is used up, the term is over,
/// or every milestone is accepted and paid.
pub(super) async fn ended_without_report(
    tx: &mut Tx,
    today: NaiveDate,
    after: Uuid,
    limit: i64,
) -> sqlx::Result<Vec<AgreementId>> {
    tx.values(
        "SELECT g.id FROM agreements g
         WHERE g.state = 'active' AND g.id > $2
            AND NOT EXISTS (SELECT 1 FROM outcome_reports r WHERE r.agreement_id = g.id AND r.wave = 'close')
            AND (g.ends_on < $1
                OR EXISTS (SELECT 1 FROM vouchers v WHERE v.agreement_id = g.id AND v.state = 'exhausted')
                OR (EXISTS (SELECT 1 FROM milestones m WHERE m.agreement_id = g.id)
                    AND NOT EXISTS (
                        SELECT 1 FROM milestones m WHERE m.agreement_id = g.id AND (m.state <> 'accepted' OR NOT EXISTS (
                            SELECT 1 FROM claims c WHERE c.milestone_id = m.id
                                AND (c.state = 'paid' OR (c.state = 'approved' AND c.support_won = 0)))))))
         ORDER BY g.id LIMIT $3",
        (today, after, limit),
    )
    .await
}
