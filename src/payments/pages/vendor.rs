//! What a vendor gets, and when.

use super::{list::Terms, *};
use crate::{
    claims::ClaimState,
    organisations::OrganisationId,
    payments::{rules::Age, store::lists},
    vendors,
};

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let organisation = OrganisationId(actor.organisation()?);
    let page = visitor.page("payments-mine-title");
    let vendor = vendors::by_organisation(&mut tx, organisation).await?.ok_or_else(Refusal::not_found)?;
    let paged = lists::remittances(&mut tx, vendor.id, after).await?;
    let (expected_won, paid_won) = lists::remittance_totals(&mut tx, vendor.id).await?;
    let list = ListView::new(&page, &paged, "/payments/mine", &[], after);
    let mut terms = Terms::read(&mut tx, local_date(visitor.arrived_at, ZONE)).await?;
    let mut rows = Vec::new();
    for row in paged.rows {
        let promised_on = terms.promised_on(&mut tx, (row.call_id, row.call_version), row.approved_at).await?;
        let is_late = row.state != ClaimState::Paid && terms.age(promised_on) == Age::Late;
        rows.push(RemittanceView { row, promised_on, is_late });
    }
    crate::web::show(&RemittancePage { rows, page, list, expected_won, paid_won })
}
