//! Which caps apply to a firm in a call.

use crate::{
    db::Tx,
    ledger::{Cap, CapSubjects},
    organisations::{self, OrganisationId},
    programmes::{
        CallId,
        rules::{CallRules, Place},
        store,
    },
};
use uuid::Uuid;

/// Every cap that an award to this firm in this call and place counts against: the programme's cap of a firm, the rules'
/// own caps, the envelopes of track, region and sector, and how much of the call one vendor may have.
pub async fn caps_of(
    tx: &mut Tx,
    call: CallId,
    firm: OrganisationId,
    vendor: Option<Uuid>,
    rules: &CallRules,
    place: Place<'_>,
) -> sqlx::Result<Vec<Cap>> {
    let call = store::get_call(tx, call).await?;
    let programme = store::get_programme(tx, call.programme_id).await?;
    let subjects = CapSubjects { firm: firm.0, representative: organisations::representative_of(tx, firm).await? };
    let mut caps = vec![Cap::of_firm(programme.id.0, firm.0, programme.firm_cap_won)];
    caps.extend(rules.caps.iter().map(|rule| Cap::of_rule(rule, &subjects, call.id.0, programme.id.0)));
    caps.extend(rules.envelopes_at(call.id.0, place).into_iter().map(|(_, cap)| cap));
    let share = rules.payment.vendor_most(call.budget_won);
    caps.extend(vendor.and_then(|vendor| Cap::of_vendor(call.id.0, vendor, share, rules.payment.vendor_count_max)));
    Ok(caps)
}
