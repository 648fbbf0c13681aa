//! Which caps apply to a firm in a call.

use crate::{
    db::Tx,
    ledger::{Cap, CapSubjects},
    organisations::{self, OrganisationId},
    programmes::{CallId, rules::CallRules, store},
};
use uuid::Uuid;

/// Every cap that an award to this firm in this call and track counts against: the programme's cap of a firm, the
/// rules' own caps, the quota of the track, and how much of the call one vendor may have.
pub async fn caps_of(
    tx: &mut Tx,
    call: CallId,
    firm: OrganisationId,
    vendor: Option<Uuid>,
    rules: &CallRules,
    track: Option<&str>,
) -> sqlx::Result<Vec<Cap>> {
    let call = store::get_call(tx, call).await?;
    let programme = store::get_programme(tx, call.programme_id).await?;
    let subjects = CapSubjects { firm: firm.0, representative: organisations::representative_of(tx, firm).await? };
    let mut caps = vec![Cap::of_firm(programme.id.0, firm.0, programme.firm_cap_won)];
    caps.extend(rules.caps.iter().map(|rule| Cap::of_rule(rule, &subjects, call.id.0, programme.id.0)));
    if let Some(track) = track.and_then(|code| rules.track(code))
        && let Some(quota) = track.quota_won
    {
        caps.push(Cap::of_track(call.id.0, &track.code, quota));
    }
    let share = rules.payment.vendor_most(call.budget_won);
    caps.extend(vendor.and_then(|vendor| Cap::of_vendor(call.id.0, vendor, share, rules.payment.vendor_count_max)));
    Ok(caps)
}
