//! Lists of agreements: everybody's own, all for staff; and selected applications that wait for an offer.

use crate::{
    agreements::{AgreementId, rules::*},
    applications::ApplicationId,
    core::{actor::Actor, money::Won, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AgreementRow {
    pub id: AgreementId,
    pub number: String,
    pub title: String,
    pub firm_name: String,
    pub vendor_name: String,
    pub state: AgreementState,
    pub support_won: Won,
    pub answer_by: DateTime<Utc>,
    pub state_since: DateTime<Utc>,
}

fn narrow(query: &mut Query, actor: &Actor, state: Option<AgreementState>) {
    if actor.is(Role::Firm) {
        query.add(" AND g.organisation_id = ?", (actor.organisation,));
    } else if actor.is(Role::Vendor) {
        query.add(" AND g.vendor_id IN (SELECT id FROM vendors WHERE organisation_id = ?)", (actor.organisation,));
    } else if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]) {
        query.add(" AND 1 = 0", ());
    }
    if let Some(state) = state {
        query.add(" AND g.state = ?", (state,));
    }
}

/// The agreements that `actor` may see, those that moved last first.
pub async fn page(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<AgreementState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<AgreementRow>> {
    let mut query = tx.query(
        "SELECT g.id, g.number, x.title, f.legal_name AS firm_name, w.legal_name AS vendor_name, g.state, g.support_won,
            g.answer_by, g.state_since
         FROM agreements g JOIN applications x ON x.id = g.application_id JOIN organisations f ON f.id = g.organisation_id
         JOIN vendors v ON v.id = g.vendor_id JOIN organisations w ON w.id = v.organisation_id WHERE 1 = 1",
        (),
    );
    narrow(&mut query, actor, state);
    if let Some(after) = after {
        query.add(" AND (g.state_since, g.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY g.state_since DESC, g.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM agreements g WHERE 1 = 1", ());
    narrow(&mut count, actor, state);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &AgreementRow| Cursor { at: row.state_since, id: row.id.0 }))
}

/// A selected application without an agreement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitingRow {
    pub id: ApplicationId,
    pub title: String,
    pub firm_name: String,
    pub support_won: Won,
    pub state_since: DateTime<Utc>,
}

/// Selected applications that wait for an offer, longest waiting first.
pub async fn waiting_for_offer(tx: &mut Tx) -> sqlx::Result<Vec<WaitingRow>> {
    tx.all(
        "SELECT x.id, x.title, o.legal_name AS firm_name, x.support_won, x.state_since
         FROM applications x JOIN organisations o ON o.id = x.organisation_id
         WHERE x.state = 'selected' AND NOT EXISTS (SELECT 1 FROM agreements g WHERE g.application_id = x.id)
         ORDER BY x.state_since, x.id LIMIT 50",
        (),
    )
    .await
}
