//! How the owners of accounts are called; the ledger itself knows only ids. Whom a page is not for finds nothing here.

use crate::{
    core::{actor::Actor, money::Won, roles::Role},
    db::{Query, Tx},
    ledger::rules::AccountKind,
};
use uuid::Uuid;

/// Whoever reads every account.
pub const SEES_MONEY: &[Role] = &[Role::Manager, Role::Auditor, Role::Payer, Role::ClaimsOfficer];

/// What a kind of account holds over all applications of a call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct Total {
    pub kind: AccountKind,
    pub accounts: i64,
    pub balance_won: Won,
}

/// The money of a call by kind of account, in the order it moves.
pub(in crate::ledger) async fn totals_of_call(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<Total>> {
    let mut found: Vec<Total> = tx
        .all(
            "SELECT kind, COUNT(*) AS accounts, CAST(SUM(balance_won) AS BIGINT) AS balance_won
             FROM ledger_accounts WHERE scope_id = $1
                AND kind IN ('outside', 'budget', 'committed', 'voucher', 'held', 'payable', 'paid') GROUP BY kind",
            (call,),
        )
        .await?;
    found.sort_by_key(|total| total.kind);
    Ok(found)
}

/// What releases gave back to the budget of a call.
pub(in crate::ledger) async fn returned_to(tx: &mut Tx, call: Uuid) -> sqlx::Result<Won> {
    let won = tx
        .value(
            "SELECT CAST(COALESCE(SUM(e.amount_won), 0) AS BIGINT) FROM ledger_accounts a
             JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings p ON p.id = e.posting_id
             WHERE a.kind = 'budget' AND a.owner_id = $1 AND a.scope_id = $1 AND p.kind = 'release'",
            (call,),
        )
        .await?;
    Ok(won.unwrap_or(Won::ZERO))
}

/// Where the money of one track, region or section of industry stands.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct Envelope {
    /// The track's code, the region's, or the section's letter.
    pub code: String,
    /// Nothing for tracks, which only their call can name.
    pub name_ko: String,
    pub name_en: String,
    pub applications: i64,
    pub reserved_won: Won,
    pub committed_won: Won,
    pub spent_won: Won,
}

macro_rules! with_held {
    ($rest:literal) => {
        concat!(
            "WITH held AS (
                SELECT a.id, COALESCE(a.track, '') AS track, a.region_code, substr(a.industry_code, 1, 1) AS section,
                    CASE WHEN l.kind = 'committed' THEN l.balance_won ELSE 0 END AS reserved,
                    CASE WHEN l.kind IN ('voucher', 'held', 'payable') THEN l.balance_won ELSE 0 END AS committed,
                    CASE WHEN l.kind = 'paid' THEN l.balance_won ELSE 0 END AS spent
                FROM ledger_accounts l JOIN applications a ON a.id = l.owner_id
                WHERE l.scope_id = $1 AND l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid') AND l.balance_won > 0) ",
            $rest
        )
    };
}

pub(in crate::ledger) async fn by_track(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<Envelope>> {
    tx.all(
        with_held!(
            "SELECT track AS code, '' AS name_ko, '' AS name_en, COUNT(DISTINCT id) AS applications,
                CAST(SUM(reserved) AS BIGINT) AS reserved_won, CAST(SUM(committed) AS BIGINT) AS committed_won,
                CAST(SUM(spent) AS BIGINT) AS spent_won
             FROM held GROUP BY track ORDER BY track"
        ),
        (call,),
    )
    .await
}

pub(in crate::ledger) async fn by_region(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<Envelope>> {
    tx.all(
        with_held!(
            "SELECT COALESCE(r.code, '') AS code, COALESCE(r.name_ko, '') AS name_ko, COALESCE(r.name_en, '') AS name_en,
                COUNT(DISTINCT h.id) AS applications, CAST(SUM(h.reserved) AS BIGINT) AS reserved_won,
                CAST(SUM(h.committed) AS BIGINT) AS committed_won, CAST(SUM(h.spent) AS BIGINT) AS spent_won
             FROM held h LEFT JOIN regions r ON r.code = h.region_code GROUP BY r.code, r.name_ko, r.name_en ORDER BY 1"
        ),
        (call,),
    )
    .await
}

pub(in crate::ledger) async fn by_section(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<Envelope>> {
    tx.all(
        with_held!(
            "SELECT COALESCE(s.code, '') AS code, COALESCE(s.name_ko, '') AS name_ko, COALESCE(s.name_en, '') AS name_en,
                COUNT(DISTINCT h.id) AS applications, CAST(SUM(h.reserved) AS BIGINT) AS reserved_won,
                CAST(SUM(h.committed) AS BIGINT) AS committed_won, CAST(SUM(h.spent) AS BIGINT) AS spent_won
             FROM held h LEFT JOIN industry_sections s ON s.code = h.section GROUP BY s.code, s.name_ko, s.name_en ORDER BY 1"
        ),
        (call,),
    )
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct CallHead {
    pub id: Uuid,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
}

pub(in crate::ledger) async fn call_head(tx: &mut Tx, call: Uuid) -> sqlx::Result<Option<CallHead>> {
    tx.find("SELECT id, code, name_ko, name_en FROM calls WHERE id = $1", (call,)).await
}

/// How a submitted application is called.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct CaseHead {
    pub id: Uuid,
    pub call_id: Uuid,
    pub organisation_id: Uuid,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
}

pub(in crate::ledger) async fn case_head(tx: &mut Tx, application: Uuid) -> sqlx::Result<Option<CaseHead>> {
    tx.find(
        "SELECT a.id, a.call_id, a.organisation_id, a.receipt_no, a.title, o.legal_name AS firm_name
         FROM applications a JOIN organisations o ON o.id = a.organisation_id
         WHERE a.id = $1 AND a.submitted_at IS NOT NULL",
        (application,),
    )
    .await
}

/// Narrows to what the reader's own organisation owns, for whoever does not read every account.
fn own_only(query: &mut Query, actor: &Actor, clause: &'static str) {
    if !actor.is_any(SEES_MONEY) {
        query.add(clause, (actor.organisation.unwrap_or_default(),));
    }
}

/// The title of a case's statement.
pub(in crate::ledger) async fn case_name(tx: &mut Tx, actor: &Actor, id: Uuid) -> sqlx::Result<Option<String>> {
    let mut query = tx.query("SELECT a.title FROM applications a WHERE a.submitted_at IS NOT NULL", ());
    query.add(" AND a.id = ?", (id,));
    own_only(&mut query, actor, " AND a.organisation_id = ?");
    tx.fetch_value(query).await
}

/// The name of a firm with a statement of its own.
pub(in crate::ledger) async fn firm_name(tx: &mut Tx, actor: &Actor, id: Uuid) -> sqlx::Result<Option<String>> {
    let mut query = tx.query("SELECT o.legal_name FROM organisations o WHERE 1 = 1", ());
    query.add(" AND o.id = ?", (id,));
    own_only(&mut query, actor, " AND o.id = ?");
    tx.fetch_value(query).await
}

pub(in crate::ledger) async fn vendor_name(tx: &mut Tx, actor: &Actor, id: Uuid) -> sqlx::Result<Option<String>> {
    let mut query =
        tx.query("SELECT o.legal_name FROM vendors v JOIN organisations o ON o.id = v.organisation_id WHERE 1 = 1", ());
    query.add(" AND v.id = ?", (id,));
    own_only(&mut query, actor, " AND v.organisation_id = ?");
    tx.fetch_value(query).await
}

/// The kind of an account; accounts by themselves are for whoever reads all of them.
pub(in crate::ledger) async fn account_kind(tx: &mut Tx, actor: &Actor, id: Uuid) -> sqlx::Result<Option<AccountKind>> {
    if !actor.is_any(SEES_MONEY) {
        return Ok(None);
    }
    tx.value("SELECT kind FROM ledger_accounts WHERE id = $1", (id,)).await
}

/// The vendor that an organisation is registered as.
pub(in crate::ledger) async fn vendor_of(tx: &mut Tx, organisation: Uuid) -> sqlx::Result<Option<Uuid>> {
    tx.value("SELECT id FROM vendors WHERE organisation_id = $1", (organisation,)).await
}
