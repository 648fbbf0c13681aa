//! Rows of recoveries: the case, its plan, what came in, and what waits for one.

use crate::{
    applications::ApplicationId,
    core::{actor::Actor, money::Won, roles::Role, step::Step},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    integrity::{
        RecoveryId,
        rules::recoveries::{Cause, DebtorRole, Open, Rate, RecoveryState},
    },
    organisations::OrganisationId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Staff who read every recovery.
pub(in crate::integrity) const SEES_RECOVERIES: &[Role] =
    &[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor];

/// A recovery as lists and pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct Recovery {
    pub id: RecoveryId,
    pub number: String,
    pub application_id: ApplicationId,
    pub receipt_no: Option<String>,
    pub debtor_id: OrganisationId,
    pub debtor_name: String,
    pub debtor_role: DebtorRole,
    pub cause: Cause,
    pub reason: String,
    pub legal_basis: String,
    pub paid_won: Won,
    pub principal_won: Won,
    pub surcharge_won: Won,
    pub interest_from: NaiveDate,
    pub state: RecoveryState,
    pub noticed_by: Uuid,
    pub object_until: NaiveDate,
    pub objection: Option<String>,
    pub answer: Option<String>,
    pub due_on: Option<NaiveDate>,
    pub planned_at: Option<DateTime<Utc>>,
    pub principal_open_won: Won,
    pub surcharge_open_won: Won,
    pub interest_open_won: Won,
    pub interest_until: NaiveDate,
    pub interest_rest: i64,
    pub write_off_asked_by: Option<Uuid>,
    pub write_off_reason: Option<String>,
    pub state_since: DateTime<Utc>,
}

impl Recovery {
    /// What was open at the last reckoning of interest.
    pub fn open(&self) -> Open {
        Open {
            interest: self.interest_open_won,
            principal: self.principal_open_won,
            surcharge: self.surcharge_open_won,
        }
    }
}

macro_rules! select_recovery {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.number, r.application_id, a.receipt_no, r.debtor_id, o.legal_name AS debtor_name, r.debtor_role, r.cause,
                r.reason, r.legal_basis, r.paid_won, r.principal_won, r.surcharge_won, r.interest_from, r.state, r.noticed_by,
                r.object_until, r.objection, r.answer, r.due_on, r.planned_at, r.principal_open_won, r.surcharge_open_won,
                r.interest_open_won, r.interest_until, r.interest_rest, r.write_off_asked_by, r.write_off_reason, r.state_since
             FROM recoveries r JOIN applications a ON a.id = r.application_id JOIN organisations o ON o.id = r.debtor_id
             WHERE ",
            $rest
        )
    };
}

/// The debtor sees its own, staff who deal with them all.
fn visible(query: &mut Query, actor: &Actor) {
    if !actor.is_any(SEES_RECOVERIES) {
        query.add(" AND r.debtor_id = ?", (actor.organisation.unwrap_or_default(),));
    }
}

pub(in crate::integrity) async fn find_visible(
    tx: &mut Tx,
    actor: &Actor,
    id: RecoveryId,
) -> sqlx::Result<Option<Recovery>> {
    let mut query = tx.query(select_recovery!("1 = 1"), ());
    query.add(" AND r.id = ?", (id,));
    visible(&mut query, actor);
    tx.fetch_optional(query).await
}

/// The recovery, held until the unit of work is over.
pub(in crate::integrity) async fn lock(tx: &mut Tx, id: RecoveryId) -> sqlx::Result<Option<Recovery>> {
    let query = tx.query("SELECT id FROM recoveries WHERE id = $1", (id,));
    let query = tx.for_update(query);
    let _: Option<Uuid> = tx.fetch_value(query).await?;
    tx.find(select_recovery!("r.id = $1"), (id,)).await
}

pub(in crate::integrity) async fn page(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<RecoveryState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Recovery>> {
    let narrow = |query: &mut Query| {
        visible(query, actor);
        if let Some(state) = state {
            query.add(" AND r.state = ?", (state,));
        }
    };
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT r.id FROM recoveries r WHERE 1 = 1", ());
    narrow(&mut count);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    let mut query = tx.query(select_recovery!("1 = 1"), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (r.state_since, r.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY r.state_since DESC, r.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, count, |row: &Recovery| Cursor { at: row.state_since, id: row.id.0 }))
}

/// Recoveries that are being paid, after one of them, by key.
pub(in crate::integrity) async fn due_after(tx: &mut Tx, after: RecoveryId, limit: i64) -> sqlx::Result<Vec<Recovery>> {
    tx.all(select_recovery!("r.state = 'due' AND r.id > $1 ORDER BY r.id LIMIT $2"), (after, limit)).await
}

/// A paid claim whose tax invoice was amended, as far as no recovery followed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct Awaiting {
    pub amendment_id: Uuid,
    pub application_id: ApplicationId,
    pub claim_id: Uuid,
    pub claim_number: String,
    pub firm_name: String,
    /// What of the invoice was taken back (at most zero), and what of it was paid for.
    pub amended_won: Won,
    pub invoiced_won: Won,
    pub support_won: Won,
}

impl Awaiting {
    /// The part of the support that the amended part of the invoice had, rounded down.
    pub fn principal(&self) -> Won {
        if self.invoiced_won.0 <= 0 {
            return self.support_won;
        }
        let part = i128::from(self.support_won.0) * i128::from(-self.amended_won.0) / i128::from(self.invoiced_won.0);
        Won(i64::try_from(part).unwrap_or(i64::MAX)).min(self.support_won)
    }
}

macro_rules! select_awaiting {
    ($rest:literal) => {
        concat!(
            "SELECT t.id AS amendment_id, c.application_id, c.id AS claim_id, c.number AS claim_number, o.legal_name AS firm_name,
                t.supply_won AS amended_won, c.supply_won AS invoiced_won, c.support_won
             FROM tax_amendments t JOIN claims c ON c.id = t.claim_id JOIN organisations o ON o.id = c.organisation_id
             WHERE c.state = 'paid' AND t.supply_won < 0
                AND NOT EXISTS (SELECT 1 FROM recoveries r WHERE r.amendment_id = t.id)",
            $rest
        )
    };
}

pub(in crate::integrity) async fn awaiting(tx: &mut Tx) -> sqlx::Result<Vec<Awaiting>> {
    tx.all(select_awaiting!(" ORDER BY t.recorded_at, t.id LIMIT 100"), ()).await
}

pub(in crate::integrity) async fn awaiting_one(tx: &mut Tx, amendment: Uuid) -> sqlx::Result<Option<Awaiting>> {
    tx.find(select_awaiting!(" AND t.id = $1"), (amendment,)).await
}

/// The parties of a case and what was paid on it that is not claimed back yet.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct PaidCase {
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_id: OrganisationId,
    pub firm_name: String,
    pub vendor_id: Option<OrganisationId>,
    pub vendor_name: Option<String>,
    pub paid_won: Won,
    pub claimed_won: Won,
}

impl PaidCase {
    pub fn claimable(&self) -> Won {
        self.paid_won.minus(self.claimed_won).max(Won::ZERO)
    }
}

pub(in crate::integrity) async fn paid_case(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Option<PaidCase>> {
    tx.find(
        "SELECT a.receipt_no, a.title, a.organisation_id AS firm_id, f.legal_name AS firm_name,
            v.organisation_id AS vendor_id, w.legal_name AS vendor_name,
            CAST(COALESCE((SELECT SUM(l.balance_won) FROM ledger_accounts l WHERE l.kind = 'paid' AND l.owner_id = a.id), 0) AS BIGINT) AS paid_won,
            CAST(COALESCE((SELECT SUM(r.principal_won) FROM recoveries r WHERE r.application_id = a.id AND r.state <> 'revoked'), 0) AS BIGINT) AS claimed_won
         FROM applications a JOIN organisations f ON f.id = a.organisation_id
         LEFT JOIN agreements g ON g.application_id = a.id AND g.state IN ('active', 'completed', 'terminated')
         LEFT JOIN vendors v ON v.id = COALESCE(g.vendor_id, a.vendor_id) LEFT JOIN organisations w ON w.id = v.organisation_id
         WHERE a.id = $1 ORDER BY g.offered_at DESC LIMIT 1",
        (id,),
    )
    .await
}

pub(in crate::integrity) async fn insert(
    tx: &mut Tx,
    new: &Recovery,
    claim: Option<Uuid>,
    amendment: Option<Uuid>,
) -> sqlx::Result<()> {
    let mut query = tx.query(
        "INSERT INTO recoveries (id, number, application_id, debtor_id, debtor_role, claim_id, amendment_id, cause, reason,
            legal_basis, paid_won, principal_won, surcharge_won, interest_from, state, noticed_by, noticed_at, object_until,
            principal_open_won, surcharge_open_won, interest_open_won, interest_until, interest_rest, state_since) VALUES (",
        (),
    );
    query.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ",
        (
            new.id,
            new.number.clone(),
            new.application_id,
            new.debtor_id,
            new.debtor_role,
            claim,
            amendment,
            new.cause,
            new.reason.clone(),
            new.legal_basis.clone(),
        ),
    );
    query.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ",
        (
            new.paid_won,
            new.principal_won,
            new.surcharge_won,
            new.interest_from,
            new.state,
            new.noticed_by,
            new.state_since,
            new.object_until,
        ),
    );
    query.add(
        "?, ?, 0, ?, 0, ?)",
        (new.principal_open_won, new.surcharge_open_won, new.interest_until, new.state_since),
    );
    tx.execute(query).await?;
    Ok(())
}

pub(in crate::integrity) async fn object(
    tx: &mut Tx,
    id: RecoveryId,
    by: Uuid,
    text: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE recoveries SET state = 'objected', objection = $3, objected_by = $2, objected_at = $4, state_since = $4
             WHERE id = $1 AND state = 'noticed'",
            (id, by, text.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Orders or revokes; the engine refuses whoever gave notice.
pub(in crate::integrity) async fn decide(
    tx: &mut Tx,
    id: RecoveryId,
    step: &Step<RecoveryState>,
    by: Uuid,
    answer: &str,
    due_on: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE recoveries SET state = $3, decided_by = $4, decided_at = $7, answer = $5, due_on = $6, state_since = $7
             WHERE id = $1 AND state = $2",
            (id, step.from, step.to, by, answer.to_owned(), due_on, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Writes down what is open now and how far interest is reckoned.
pub(in crate::integrity) async fn put_open(
    tx: &mut Tx,
    id: RecoveryId,
    open: &Open,
    interest_until: NaiveDate,
    interest_rest: i64,
) -> sqlx::Result<()> {
    tx.run(
        "UPDATE recoveries SET principal_open_won = $2, surcharge_open_won = $3, interest_open_won = $4, interest_until = $5,
            interest_rest = $6 WHERE id = $1 AND state = 'due'",
        (id, open.principal, open.surcharge, open.interest, interest_until, interest_rest),
    )
    .await?;
    Ok(())
}

/// Ends a recovery that was being paid; false when it is not.
pub(in crate::integrity) async fn end(
    tx: &mut Tx,
    id: RecoveryId,
    to: RecoveryState,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE recoveries SET state = $2, written_off_by = $3, state_since = $4 WHERE id = $1 AND state = 'due'",
            (id, to, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// The first of two people asks; false when somebody did.
pub(in crate::integrity) async fn ask_write_off(
    tx: &mut Tx,
    id: RecoveryId,
    by: Uuid,
    reason: &str,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE recoveries SET write_off_asked_by = $2, write_off_reason = $3
             WHERE id = $1 AND state = 'due' AND write_off_asked_by IS NULL",
            (id, by, reason.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

/// The plan of a recovery, the first instalment first.
pub(in crate::integrity) async fn instalments(tx: &mut Tx, id: RecoveryId) -> sqlx::Result<Vec<(NaiveDate, Won)>> {
    tx.all("SELECT due_on, amount_won FROM recovery_instalments WHERE recovery_id = $1 ORDER BY position", (id,)).await
}

/// Puts a plan in the place of the one before.
pub(in crate::integrity) async fn put_plan(
    tx: &mut Tx,
    id: RecoveryId,
    plan: &[(NaiveDate, Won)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.run("DELETE FROM recovery_instalments WHERE recovery_id = $1", (id,)).await?;
    for ((due_on, amount), position) in plan.iter().zip(1_i64..) {
        tx.run(
            "INSERT INTO recovery_instalments (recovery_id, position, due_on, amount_won) VALUES ($1, $2, $3, $4)",
            (id, position, *due_on, *amount),
        )
        .await?;
    }
    tx.run("UPDATE recoveries SET planned_at = $2 WHERE id = $1", (id, now)).await?;
    Ok(())
}

/// What came in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct Receipt {
    pub id: Uuid,
    pub kind: String,
    pub reference: String,
    pub amount_won: Won,
    pub interest_won: Won,
    pub principal_won: Won,
    pub surcharge_won: Won,
    pub received_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
}

pub(in crate::integrity) async fn receipts(tx: &mut Tx, id: RecoveryId) -> sqlx::Result<Vec<Receipt>> {
    tx.all(
        "SELECT id, kind, reference, amount_won, interest_won, principal_won, surcharge_won, received_on, recorded_at
         FROM recovery_receipts WHERE recovery_id = $1 ORDER BY recorded_at, id LIMIT 500",
        (id,),
    )
    .await
}

/// What came in since an instant.
pub(in crate::integrity) async fn received_since(
    tx: &mut Tx,
    id: RecoveryId,
    since: DateTime<Utc>,
) -> sqlx::Result<Won> {
    let won = tx
        .value(
            "SELECT CAST(COALESCE(SUM(amount_won), 0) AS BIGINT) FROM recovery_receipts
             WHERE recovery_id = $1 AND recorded_at >= $2",
            (id, since),
        )
        .await?;
    Ok(won.unwrap_or(Won::ZERO))
}

/// False when a transfer with this reference was recorded before, here or on another recovery.
pub(in crate::integrity) async fn insert_receipt(
    tx: &mut Tx,
    id: RecoveryId,
    new: &Receipt,
    by: Option<Uuid>,
) -> sqlx::Result<bool> {
    let mut query = tx.query(
        "INSERT INTO recovery_receipts (id, recovery_id, kind, reference, amount_won, interest_won, principal_won,
            surcharge_won, received_on, recorded_by, recorded_at) VALUES (",
        (),
    );
    query.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            new.id,
            id,
            new.kind.clone(),
            new.reference.clone(),
            new.amount_won,
            new.interest_won,
            new.principal_won,
            new.surcharge_won,
            new.received_on,
            by,
            new.recorded_at,
        ),
    );
    Ok(tx.execute(query).await? == 1)
}

/// What was kept back from payments for a recovery and is not counted on it yet.
pub(in crate::integrity) async fn uncounted_offsets(
    tx: &mut Tx,
    id: RecoveryId,
) -> sqlx::Result<Vec<(String, Won, NaiveDate)>> {
    tx.all(
        "SELECT p.reference, e.amount_won, p.effective_on FROM ledger_accounts a
         JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings p ON p.id = e.posting_id
         WHERE a.kind = 'recovered' AND a.scope_id = $1 AND p.kind = 'offset' AND NOT EXISTS (
            SELECT 1 FROM recovery_receipts r WHERE r.recovery_id = $1 AND r.reference = p.reference) ORDER BY p.at, p.id",
        (id,),
    )
    .await
}

/// The rates of interest, in the order of their days.
pub(in crate::integrity) async fn rates(tx: &mut Tx) -> sqlx::Result<Vec<Rate>> {
    tx.all("SELECT valid_from, rate_bp FROM recovery_rates ORDER BY valid_from", ()).await
}

/// How many times the principal a cause adds to it, by the row in force on `day`.
pub(in crate::integrity) async fn surcharge_times(tx: &mut Tx, cause: Cause, day: NaiveDate) -> sqlx::Result<i64> {
    let times = tx
        .value(
            "SELECT times FROM surcharge_rates WHERE cause = $1 AND valid_from <= $2 ORDER BY valid_from DESC LIMIT 1",
            (cause, day),
        )
        .await?;
    Ok(times.unwrap_or(0))
}
