//! Suspensions, what they stop, and whom they touch. Whom they touch is read from the tables of later rooms:
//! no row of theirs is changed here.

use super::Vendor;
use crate::{
    core::actor::Actor,
    db::{
        Tx,
        page::{Cursor, PAGE_ROWS, Paged},
    },
    organisations::OrganisationId,
    vendors::{
        VendorId,
        rules::{VendorState, standing::SuspensionKind},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A suspension of a vendor.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Suspension {
    pub id: Uuid,
    pub vendor_id: VendorId,
    pub kind: SuspensionKind,
    pub reason: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    pub lifted_at: Option<DateTime<Utc>>,
}

impl Suspension {
    pub fn is_in_force(&self, day: NaiveDate) -> bool {
        self.lifted_at.is_none() && self.from_on <= day && self.to_on.is_none_or(|to| to >= day)
    }
}

pub async fn suspensions(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Suspension>> {
    tx.all(
        "SELECT id, vendor_id, kind, reason, from_on, to_on, lifted_at FROM vendor_suspensions
         WHERE vendor_id = $1 ORDER BY from_on DESC, ordered_at DESC LIMIT 100",
        (vendor,),
    )
    .await
}

/// Those in force on `day`.
pub async fn in_force(tx: &mut Tx, vendor: VendorId, day: NaiveDate) -> sqlx::Result<Vec<Suspension>> {
    tx.all(
        "SELECT id, vendor_id, kind, reason, from_on, to_on, lifted_at FROM vendor_suspensions
         WHERE vendor_id = $1 AND lifted_at IS NULL AND from_on <= $2 AND (to_on IS NULL OR to_on >= $2) ORDER BY from_on, id",
        (vendor, day),
    )
    .await
}

pub async fn insert_suspension(
    tx: &mut Tx,
    suspension: &Suspension,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_suspensions (id, vendor_id, kind, reason, from_on, to_on, ordered_by, ordered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (
            suspension.id,
            suspension.vendor_id,
            suspension.kind,
            suspension.reason.clone(),
            suspension.from_on,
            suspension.to_on,
            actor.person(),
            now,
        ),
    )
    .await
}

/// Lifts everything that is in force or announced.
pub async fn lift(
    tx: &mut Tx,
    vendor: VendorId,
    actor: &Actor,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendor_suspensions SET lifted_by = $2, lifted_at = $3
         WHERE vendor_id = $1 AND lifted_at IS NULL AND (to_on IS NULL OR to_on >= $4)",
        (vendor, actor.person(), now, day),
    )
    .await
}

/// Vendors whose state is behind their suspensions on `day`: a full one began, or the last one ended.
pub async fn out_of_step(tx: &mut Tx, day: NaiveDate) -> sqlx::Result<Vec<(VendorId, VendorState)>> {
    tx.all(
        "SELECT v.id, v.state FROM vendors v WHERE (v.state = 'approved' AND EXISTS (
                SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind = 'full' AND x.lifted_at IS NULL
                    AND x.from_on <= $1 AND (x.to_on IS NULL OR x.to_on >= $1)))
            OR (v.state = 'suspended' AND EXISTS (
                SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind = 'full' AND x.to_on < $1)
                AND NOT EXISTS (
                SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind = 'full' AND x.lifted_at IS NULL
                    AND x.from_on <= $1 AND (x.to_on IS NULL OR x.to_on >= $1)))
         ORDER BY v.id LIMIT 100",
        (day,),
    )
    .await
}

/// Moves a vendor into or out of suspension. False when it has left `from`.
pub async fn move_state(tx: &mut Tx, vendor: VendorId, from: VendorState, to: VendorState) -> sqlx::Result<bool> {
    let rows =
        tx.run("UPDATE vendors SET state = $3, version = version + 1 WHERE id = $1 AND state = $2", (vendor, from, to));
    Ok(rows.await? == 1)
}

/// A firm whose case names the vendor, and how far the case is.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Affected {
    pub application_id: Uuid,
    pub organisation_id: OrganisationId,
    pub firm_name: String,
    pub receipt_no: Option<String>,
    pub state: String,
    pub agreement_id: Option<Uuid>,
    pub agreement_number: Option<String>,
    pub agreement_state: Option<String>,
    /// A change of this agreement's vendor that is under way.
    pub change_id: Option<Uuid>,
    /// Claims that wait for money.
    pub claims_open: i64,
    pub state_since: DateTime<Utc>,
}

impl Affected {
    /// `choose` another package before the agreement; `change` of the agreement after it, `changing` once it is asked for.
    pub fn path(&self) -> &'static str {
        match (self.agreement_id.is_some(), self.state.as_str()) {
            (true, _) if self.change_id.is_some() => "changing",
            (true, _) => "change",
            (false, "draft") => "choose",
            (false, "selected") => "switch",
            (false, _) => "wait",
        }
    }
}

macro_rules! select_affected {
    ($rest:literal) => {
        concat!(
            "SELECT a.id AS application_id, a.organisation_id, o.legal_name AS firm_name, a.receipt_no, a.state, g.id AS agreement_id,
                g.number AS agreement_number, g.state AS agreement_state, x.id AS change_id, a.state_since,
                (SELECT COUNT(*) FROM claims c WHERE c.application_id = a.id
                    AND c.state IN ('submitted', 'delivery_accepted', 'returned', 'approved', 'ordered')) AS claims_open
             FROM applications a JOIN organisations o ON o.id = a.organisation_id
             LEFT JOIN agreements g ON g.application_id = a.id AND g.state IN ('offered', 'active')
             LEFT JOIN agreement_changes x ON x.agreement_id = g.id AND x.kind = 'vendor' AND x.state IN ('requested', 'assented')
             WHERE NOT a.is_test AND a.state NOT IN ('withdrawn', 'expired', 'rejected', 'ineligible', 'closed') ",
            $rest
        )
    };
}

/// A page of the `cases` that a suspension of the vendor touches, those waiting longest first.
pub async fn affected(
    tx: &mut Tx,
    vendor: VendorId,
    cases: i64,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Affected>> {
    let mut query = tx.query(select_affected!("AND a.vendor_id = $1"), (vendor,));
    if let Some(after) = after {
        query.add(" AND (a.state_since, a.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY a.state_since, a.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, cases, |row: &Affected| Cursor { at: row.state_since, id: row.application_id }))
}

/// How many cases, of how many firms, a suspension touches.
pub async fn count_affected(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<(i64, i64)> {
    let counts = tx
        .find(
            "SELECT COUNT(*), COUNT(DISTINCT organisation_id) FROM applications WHERE vendor_id = $1 AND NOT is_test
                AND state NOT IN ('withdrawn', 'expired', 'rejected', 'ineligible', 'closed')",
            (vendor,),
        )
        .await?;
    Ok(counts.unwrap_or_default())
}

/// The cases of one firm whose vendor is suspended on `day`, each with the suspension and the vendor's name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Notice {
    pub application_id: Uuid,
    pub title: String,
    pub receipt_no: Option<String>,
    pub state: String,
    pub agreement_id: Option<Uuid>,
    pub change_id: Option<Uuid>,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub kind: SuspensionKind,
    pub reason: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

impl Notice {
    /// As `Affected::path`.
    pub fn path(&self) -> &'static str {
        match (self.agreement_id.is_some(), self.state.as_str(), self.kind) {
            (_, _, SuspensionKind::NoPay) => "wait",
            (true, ..) if self.change_id.is_some() => "changing",
            (true, ..) => "change",
            (false, "draft", _) => "choose",
            (false, "selected", _) => "switch",
            _ => "wait",
        }
    }
}

pub async fn notices(tx: &mut Tx, firm: OrganisationId, day: NaiveDate) -> sqlx::Result<Vec<Notice>> {
    tx.all(
        "SELECT a.id AS application_id, a.title, a.receipt_no, a.state, g.id AS agreement_id, c.id AS change_id, v.id AS vendor_id,
            o.legal_name AS vendor_name, x.kind, x.reason, x.from_on, x.to_on
         FROM applications a JOIN vendors v ON v.id = a.vendor_id JOIN organisations o ON o.id = v.organisation_id
         JOIN vendor_suspensions x ON x.vendor_id = v.id AND x.lifted_at IS NULL AND (x.to_on IS NULL OR x.to_on >= $2)
         LEFT JOIN agreements g ON g.application_id = a.id AND g.state IN ('offered', 'active')
         LEFT JOIN agreement_changes c ON c.agreement_id = g.id AND c.kind = 'vendor' AND c.state IN ('requested', 'assented')
         WHERE a.organisation_id = $1 AND a.state NOT IN ('withdrawn', 'expired', 'rejected', 'ineligible', 'closed')
         ORDER BY x.from_on DESC, a.id LIMIT 100",
        (firm, day),
    )
    .await
}

/// How many projects the vendor took on in a year: selected in it and not given up.
pub async fn projects_between(
    tx: &mut Tx,
    vendor: VendorId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<i64> {
    let count = tx.value(
        "SELECT COUNT(*) FROM applications WHERE vendor_id = $1 AND state IN ('selected', 'agreed', 'closed')
            AND submitted_at >= $2 AND submitted_at < $3",
        (vendor, from, until),
    );
    Ok(count.await?.unwrap_or(0))
}

/// Approved vendors whose term ends on `day`.
pub async fn expiring_on(tx: &mut Tx, day: NaiveDate) -> sqlx::Result<Vec<VendorId>> {
    tx.values("SELECT id FROM vendors WHERE state = 'approved' AND expires_on = $1 ORDER BY id LIMIT 1000", (day,))
        .await
}

/// Vendors registered since before `since` that had nothing accepted since then, some at a time.
pub async fn idle(tx: &mut Tx, since: NaiveDate, since_at: DateTime<Utc>) -> sqlx::Result<Vec<VendorId>> {
    tx.values(
        "SELECT v.id FROM vendors v WHERE v.state = 'approved' AND v.approved_on < $1
            AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.vendor_id = v.id AND c.delivery_at >= $2)
            AND NOT EXISTS (SELECT 1 FROM agreements g WHERE g.vendor_id = v.id AND g.state IN ('offered', 'active'))
         ORDER BY v.id LIMIT 100",
        (since, since_at),
    )
    .await
}

/// Whether the firm has a case that names the vendor: only then has it something to complain of.
pub async fn has_case(tx: &mut Tx, vendor: VendorId, firm: OrganisationId) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM applications WHERE vendor_id = $1 AND organisation_id = $2 AND state <> 'draft' LIMIT 1",
        (vendor, firm),
    )
    .await
}

/// Other vendors that are paid to the same account: endings and banks narrow, the caller opens the seals.
pub async fn accounts_ending(tx: &mut Tx, bank_code: &str, ending: &str) -> sqlx::Result<Vec<Vendor>> {
    tx.all(
        "SELECT id, organisation_id, registry_no, state, website, support_email, support_phone, references_text, bank_code, account_sealed,
            account_ending, account_holder, submitted_at, decided_by, decided_at, decision_note, expires_on, version, created_at,
            search_text, exception_reason, approved_on, terminated_on, watch_level, project_limit_year
         FROM vendors WHERE bank_code = $1 AND account_ending = $2 LIMIT 50",
        (bank_code.to_owned(), ending.to_owned()),
    )
    .await
}
