//! What falls due by itself: reminders, lapses, the daily look at the risk of each voucher; and the list for officers.

use crate::{
    agreements::{AgreementId, MilestoneId, VoucherId, rules::*},
    core::money::Won,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

/// Rows that one look of a timer takes up.
const AT_ONCE: i64 = 200;

/// Notes a reminder; false when it was given before.
pub async fn note_given(tx: &mut Tx, subject: Uuid, kind: &str, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO agreement_notices (subject_id, kind, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            (subject, kind.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Whose rules agreements under way follow.
pub async fn rules_followed(tx: &mut Tx) -> sqlx::Result<Vec<(CallId, i64)>> {
    tx.all(
        "SELECT v.call_id, v.version FROM call_versions v WHERE EXISTS (SELECT 1 FROM agreements g
            WHERE g.call_id = v.call_id AND g.call_version = v.version AND g.state IN ('offered', 'active'))
         ORDER BY v.call_id, v.version",
        (),
    )
    .await
}

/// Offers that end until `until` and whose reminder of this kind was not given.
pub async fn offers_ending(
    tx: &mut Tx,
    (call, version): (CallId, i64),
    kind: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<AgreementId>> {
    tx.values(
        "SELECT g.id FROM agreements g WHERE g.state = 'offered' AND g.answer_by >= $2 AND g.answer_by <= $3
            AND NOT EXISTS (SELECT 1 FROM agreement_notices n WHERE n.subject_id = g.id AND n.kind = $1)
            AND g.call_id = $5 AND g.call_version = $6
         ORDER BY g.answer_by, g.id LIMIT $4",
        (kind.to_owned(), now, until, AT_ONCE, call, version),
    )
    .await
}

/// Agreements without a voucher whose own share is due until `until`.
pub async fn deposits_due(
    tx: &mut Tx,
    (call, version): (CallId, i64),
    kind: &str,
    until: NaiveDate,
) -> sqlx::Result<Vec<AgreementId>> {
    tx.values(
        "SELECT g.id FROM agreements g WHERE g.state = 'active' AND g.deposit_by <= $2
            AND NOT EXISTS (SELECT 1 FROM vouchers v WHERE v.agreement_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM agreement_notices n WHERE n.subject_id = g.id AND n.kind = $1)
            AND g.call_id = $4 AND g.call_version = $5
         ORDER BY g.deposit_by, g.id LIMIT $3",
        (kind.to_owned(), until, AT_ONCE, call, version),
    )
    .await
}

/// Unused vouchers whose first use is due until `until`, with their agreements.
pub async fn first_uses_due(
    tx: &mut Tx,
    (call, version): (CallId, i64),
    kind: &str,
    until: NaiveDate,
) -> sqlx::Result<Vec<(VoucherId, AgreementId)>> {
    tx.all(
        "SELECT v.id, v.agreement_id FROM vouchers v JOIN agreements g ON g.id = v.agreement_id
         WHERE v.state = 'issued' AND v.first_used_at IS NULL AND v.first_use_by <= $2
            AND NOT EXISTS (SELECT 1 FROM agreement_notices n WHERE n.subject_id = v.id AND n.kind = $1)
            AND g.call_id = $4 AND g.call_version = $5
         ORDER BY v.first_use_by, v.id LIMIT $3",
        (kind.to_owned(), until, AT_ONCE, call, version),
    )
    .await
}

/// Deliveries that the firm is to answer until `until`, with their agreements. A delivery anew is another one.
pub async fn answers_due(
    tx: &mut Tx,
    (call, version): (CallId, i64),
    kind: &str,
    until: NaiveDate,
) -> sqlx::Result<Vec<(MilestoneId, AgreementId)>> {
    tx.all(
        "SELECT m.id, m.agreement_id FROM milestones m JOIN agreements g ON g.id = m.agreement_id
         WHERE m.state = 'delivered' AND m.answer_by <= $2 AND g.state = 'active'
            AND NOT EXISTS (SELECT 1 FROM agreement_notices n WHERE n.subject_id = m.id AND n.kind = $1 AND n.at >= m.delivered_at)
            AND g.call_id = $4 AND g.call_version = $5
         ORDER BY m.answer_by, m.id LIMIT $3",
        (kind.to_owned(), until, AT_ONCE, call, version),
    )
    .await
}

/// Reminders of an earlier delivery make way for those of a new one.
pub async fn forget_notices(tx: &mut Tx, subject: Uuid) -> sqlx::Result<u64> {
    tx.run("DELETE FROM agreement_notices WHERE subject_id = $1", (subject,)).await
}

/// Vouchers with something left on them that end until `until` and were not told so, with their agreements.
pub async fn expiring(
    tx: &mut Tx,
    (call, version): (CallId, i64),
    kind: &str,
    today: NaiveDate,
    until: NaiveDate,
) -> sqlx::Result<Vec<(VoucherId, AgreementId)>> {
    tx.all(
        "SELECT v.id, v.agreement_id FROM vouchers v JOIN agreements g ON g.id = v.agreement_id
         JOIN ledger_accounts l ON l.owner_id = g.application_id AND l.kind = 'voucher'
         WHERE v.state IN ('issued', 'active', 'suspended') AND v.expires_on >= $2 AND v.expires_on <= $3 AND l.balance_won > 0
            AND NOT EXISTS (SELECT 1 FROM agreement_notices n WHERE n.subject_id = v.id AND n.kind = $1)
            AND g.call_id = $5 AND g.call_version = $6
         ORDER BY v.expires_on, v.id LIMIT $4",
        (kind.to_owned(), today, until, AT_ONCE, call, version),
    )
    .await
}

/// Vouchers whose last day is over. Those with a claim that was filed in time wait for its decision.
pub async fn expired(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<AgreementId>> {
    tx.values(
        "SELECT v.agreement_id FROM vouchers v WHERE v.state IN ('issued', 'active', 'suspended') AND v.expires_on < $1
            AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.agreement_id = v.agreement_id
                AND c.state IN ('submitted', 'delivery_accepted', 'returned'))
         ORDER BY v.expires_on, v.id LIMIT $2",
        (today, AT_ONCE),
    )
    .await
}

/// A voucher as its risk is computed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Unrated {
    pub id: VoucherId,
    pub issued_at: DateTime<Utc>,
    pub expires_on: NaiveDate,
    pub first_use_by: Option<NaiveDate>,
    pub first_used_at: Option<DateTime<Utc>>,
    pub state: VoucherState,
    pub amount_won: Won,
    pub left_won: Won,
    pub late: i64,
    pub call_id: CallId,
    pub call_version: i64,
}

/// Vouchers that were not looked at today.
pub async fn unrated(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<Unrated>> {
    tx.all(
        "SELECT v.id, v.issued_at, v.expires_on, v.first_use_by, v.first_used_at, v.state, v.amount_won,
            CAST(COALESCE((SELECT l.balance_won FROM ledger_accounts l WHERE l.owner_id = g.application_id AND l.kind = 'voucher'), 0) AS BIGINT) AS left_won,
            (SELECT COUNT(*) FROM milestones m WHERE m.agreement_id = g.id AND m.state <> 'accepted' AND m.due_on < $1) AS late,
            g.call_id, g.call_version
         FROM vouchers v JOIN agreements g ON g.id = v.agreement_id
         WHERE v.state IN ('issued', 'active', 'suspended') AND (v.rated_on IS NULL OR v.rated_on < $1)
         ORDER BY v.id LIMIT $2",
        (today, AT_ONCE),
    )
    .await
}

pub async fn set_rated(tx: &mut Tx, id: VoucherId, rated: &Rated, today: NaiveDate) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vouchers SET risk_points = $2, risk_reasons = $3, rated_on = $4 WHERE id = $1",
        (id, rated.points, rated.reasons.join(","), today),
    )
    .await
}

crate::text_enum!(
    /// The order of the list for officers.
    RiskOrder { Risk = "risk", Expiry = "expiry" }
);

/// What the list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct RiskFilter {
    pub level: Option<Level>,
    pub state: Option<VoucherState>,
    pub call: Option<CallId>,
    /// Only those whom nobody called yet.
    pub uncalled: bool,
}

/// A voucher in the list for officers.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RiskRow {
    pub id: VoucherId,
    pub agreement_id: AgreementId,
    pub number: String,
    pub firm_name: String,
    pub phone: String,
    pub state: VoucherState,
    pub left_won: Won,
    pub expires_on: NaiveDate,
    pub risk_points: i64,
    pub risk_reasons: String,
    pub called_at: Option<DateTime<Utc>>,
}

fn narrow(query: &mut Query, filter: &RiskFilter) {
    match filter.state {
        Some(state) => query.add(" AND v.state = ?", (state,)),
        None => query.add(" AND v.state IN ('issued', 'active', 'suspended')", ()),
    }
    if let Some(level) = filter.level {
        let above = Level::ALL.iter().map(|level| level.least()).filter(|least| *least > level.least()).min();
        query.add(" AND v.risk_points >= ? AND v.risk_points < ?", (level.least(), above.unwrap_or(i64::MAX)));
    }
    if let Some(call) = filter.call {
        query.add(" AND g.call_id = ?", (call,));
    }
    if filter.uncalled {
        query.add(" AND NOT EXISTS (SELECT 1 FROM voucher_contacts k WHERE k.voucher_id = v.id)", ());
    }
}

/// Points and days stand in a cursor as instants: both orders are keyset orders.
fn place(row: &RiskRow, order: RiskOrder) -> Cursor {
    let at = match order {
        RiskOrder::Risk => DateTime::from_timestamp(row.risk_points, 0).unwrap_or_default(),
        RiskOrder::Expiry => row.expires_on.and_time(NaiveTime::MIN).and_utc(),
    };
    Cursor { at, id: row.id.0 }
}

/// Vouchers by their risk, the highest first, or by their last day, the next first.
pub async fn risk_page(
    tx: &mut Tx,
    filter: &RiskFilter,
    order: RiskOrder,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<RiskRow>> {
    let mut query = tx.query(
        "SELECT v.id, v.agreement_id, v.number, o.legal_name AS firm_name, o.phone, v.state,
            CAST(COALESCE((SELECT l.balance_won FROM ledger_accounts l WHERE l.owner_id = g.application_id AND l.kind = 'voucher'), 0) AS BIGINT) AS left_won,
            v.expires_on, v.risk_points, v.risk_reasons,
            (SELECT MAX(k.at) FROM voucher_contacts k WHERE k.voucher_id = v.id) AS called_at
         FROM vouchers v JOIN agreements g ON g.id = v.agreement_id JOIN organisations o ON o.id = g.organisation_id WHERE 1 = 1",
        (),
    );
    narrow(&mut query, filter);
    match (order, after) {
        (RiskOrder::Risk, Some(after)) => {
            query.add(" AND (v.risk_points, v.id) < (?, ?)", (after.at.timestamp(), after.id));
        }
        (RiskOrder::Expiry, Some(after)) => {
            query.add(" AND (v.expires_on, v.id) > (?, ?)", (after.at.date_naive(), after.id));
        }
        (_, None) => {}
    }
    match order {
        RiskOrder::Risk => query.add(" ORDER BY v.risk_points DESC, v.id DESC LIMIT ?", (PAGE_ROWS + 1,)),
        RiskOrder::Expiry => query.add(" ORDER BY v.expires_on, v.id LIMIT ?", (PAGE_ROWS + 1,)),
    }
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM vouchers v JOIN agreements g ON g.id = v.agreement_id WHERE 1 = 1",
        (),
    );
    narrow(&mut count, filter);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &RiskRow| place(row, order)))
}

pub async fn insert_contact(
    tx: &mut Tx,
    voucher: VoucherId,
    note: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO voucher_contacts (id, voucher_id, note, by_id, at) VALUES ($1, $2, $3, $4, $5)",
        (crate::core::ids::new_uuid(), voucher, note.to_owned(), by, now),
    )
    .await
}

/// Calls that have vouchers, for the filter.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallChoice {
    pub id: CallId,
    pub name_ko: String,
    pub name_en: String,
}

pub async fn calls_with_vouchers(tx: &mut Tx) -> sqlx::Result<Vec<CallChoice>> {
    tx.all(
        "SELECT c.id, c.name_ko, c.name_en FROM calls c WHERE EXISTS (SELECT 1 FROM agreements g JOIN vouchers v ON v.agreement_id = g.id
            WHERE g.call_id = c.id) ORDER BY c.opens_at DESC, c.id LIMIT 100",
        (),
    )
    .await
}
