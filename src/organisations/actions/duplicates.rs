//! Who may be one and the same: candidates found when an organisation registers or changes, decided by an officer.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    organisations::{
        AffiliationId, OrganisationId,
        rules::duplicates::{AffiliationKind, AffiliationState, Facts, groups, keys, ordered},
        store::{self, Organisation, affiliations as rows},
    },
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// Organisations whose keys the timer computes in one unit of work.
const KEYED_AT_ONCE: i64 = 100;

/// Computes the keys of an organisation anew and notes whoever shares one. Answers how many ties are new.
pub(super) async fn compare(tx: &mut Tx, organisation: &Organisation, now: DateTime<Utc>) -> Outcome<usize> {
    let facts = Facts {
        legal_name: &organisation.legal_name,
        representative_name: &organisation.representative_name,
        address: &organisation.address,
        phone: &organisation.phone,
        region_code: &organisation.region_code,
    };
    let found = keys(facts);
    let mut new = 0;
    for kind in AffiliationKind::ALL.iter().filter(|kind| **kind != AffiliationKind::SharedBankAccount) {
        let value = found.iter().find(|(of, _)| of == kind).map(|(_, value)| value.as_str());
        new += note_key(tx, organisation.id, *kind, value, now).await?;
    }
    rows::note_keyed(tx, organisation.id).await?;
    Ok(new)
}

async fn note_key(
    tx: &mut Tx,
    id: OrganisationId,
    kind: AffiliationKind,
    value: Option<&str>,
    now: DateTime<Utc>,
) -> Outcome<usize> {
    if !rows::put_key(tx, id, kind, value).await? {
        return Ok(0);
    }
    let Some(value) = value else { return Ok(0) };
    let mut new = 0;
    for other in rows::sharers(tx, id, kind, value).await? {
        new += usize::from(rows::insert_affiliation(tx, ordered(id.0, other.0), kind, now).await?);
    }
    Ok(new)
}

/// Notes the bank account of a vendor by its keyed fingerprint, and whoever has the same.
pub async fn note_account(tx: &mut Tx, id: OrganisationId, fingerprint: &str, now: DateTime<Utc>) -> Outcome<()> {
    note_key(tx, id, AffiliationKind::SharedBankAccount, Some(fingerprint), now).await?;
    Ok(())
}

/// Timer: compares organisations that were stored before there were keys. Answers how many.
pub async fn compare_unkeyed(app: &App) -> anyhow::Result<u64> {
    let mut done = 0;
    loop {
        let mut tx = app.db.read().await?;
        let unkeyed = rows::unkeyed(&mut tx, KEYED_AT_ONCE).await?;
        drop(tx);
        if unkeyed.is_empty() {
            return Ok(done);
        }
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        for id in unkeyed {
            let organisation = store::get(&mut tx, id).await?;
            compare(&mut tx, &organisation, now).await?;
            done += 1;
        }
        tx.commit().await?;
    }
}

/// An officer clears or confirms a tie, with a reason; groups are drawn anew. A decision may be changed by a later one.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: AffiliationId,
    from: AffiliationState,
    to: AffiliationState,
    reason: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.decide_affiliation", now).await?.is_some() {
        return Ok(());
    }
    if to == AffiliationState::Open || from == to {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let tie = rows::find_affiliation(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    rows::lock_groups(&mut tx).await?;
    // Whoever may fall out of a group is among those that can be reached before the decision.
    let mut around: BTreeSet<OrganisationId> = [tie.one_id, tie.other_id].into();
    for (one, other) in rows::confirmed_around(&mut tx, tie.one_id).await? {
        around.extend([OrganisationId(one), OrganisationId(other)]);
    }
    if !rows::decide(&mut tx, id, from, to, actor.id, reason, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut ties = rows::confirmed_around(&mut tx, tie.one_id).await?;
    ties.extend(rows::confirmed_around(&mut tx, tie.other_id).await?);
    for (one, other) in &ties {
        around.extend([OrganisationId(*one), OrganisationId(*other)]);
    }
    // Those cut off from both ends still have ties among themselves.
    for member in around.clone() {
        ties.extend(rows::confirmed_around(&mut tx, member).await?);
    }
    let members: Vec<OrganisationId> = around.into_iter().collect();
    rows::put_groups(&mut tx, &members, &groups(&ties)).await?;
    for organisation in [tie.one_id, tie.other_id] {
        let other = if organisation == tie.one_id { &tie.other_name } else { &tie.one_name };
        let record = Record::new("affiliation", id.0, "affiliation_decided")
            .of_case(organisation)
            .with("affiliation", tie.kind)
            .with("state", to)
            .with("organisation", other)
            .with("reason", reason);
        audit::record(&mut tx, actor, record, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
