//! Evidence by criterion: what the vendor states, whom it names, and what officers decide.

use super::{lock_own, lock_to_decide, own_organisation};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    files::{self, Received},
    organisations::{self, Organisation, vault},
    vendors::{
        VendorId, VendorState,
        forms::{NewReference, NewStatement},
        rules::criteria::{self, Criterion, Finding, Ground, Party, Verdict},
        store::{self, ReferenceRow, Statement, Vendor},
    },
};
use chrono::NaiveDate;
use uuid::Uuid;

/// States one criterion of the actor's own entry, with a document where one came along.
pub async fn state_criterion(
    app: &App,
    actor: &Actor,
    criterion: Criterion,
    new: NewStatement,
    received: Option<&Received>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.state", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    check_may_state(vendor.state)?;
    let known = store::criteria(&mut tx, vendor.id).await?;
    let has_file = known.iter().any(|row| row.criterion == criterion && row.file_id.is_some());
    if criterion.wants_evidence() && !has_file && received.is_none() && new.vault.is_none() {
        return Err(Refusal::unacceptable("form-required").at("file").into());
    }
    let (file, name) = match (received, new.vault) {
        (Some(received), _) => {
            (Some(files::adopt(&mut tx, actor, actor.organisation, received, now).await?), received.name.clone())
        }
        (None, Some(document)) => {
            let (file, name) = vault::adopt_any(&mut tx, vendor.organisation_id, document, now).await?;
            (Some(file), name)
        }
        (None, None) => (None, String::new()),
    };
    let record = Record::new("vendor", vendor.id, "criterion_stated")
        .with("criterion", criterion)
        .with("figure", new.milli.map(crate::core::measure::show_milli).unwrap_or_default())
        .with("words", &new.text)
        .with("day", new.on.map(|day| day.to_string()).unwrap_or_default())
        .with("file", name);
    let statement = Statement { criterion, milli: new.milli, text: new.text, on: new.on, file };
    store::state(&mut tx, vendor.id, statement, actor, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Evidence is given while the entry is open, and while the agency asks.
fn check_may_state(state: VendorState) -> Result<(), Refusal> {
    if state == VendorState::Clarification { Ok(()) } else { state.check_entry_open() }
}

/// Names a customer. What ties it to the vendor is computed and kept with it.
pub async fn add_reference(app: &App, actor: &Actor, new: NewReference, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.add_reference", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    check_may_state(vendor.state)?;
    let own = organisations::get(&mut tx, vendor.organisation_id).await?;
    let customer = organisations::by_number(&mut tx, &new.business_number).await?;
    let ties = match &customer {
        Some(customer) => criteria::ties(party(&own), party(customer)),
        None if new.business_number == own.business_number => vec![criteria::Tie::SameBusiness],
        None => Vec::new(),
    };
    let ties = ties.iter().map(|tie| tie.as_str()).collect::<Vec<_>>().join(", ");
    let id = crate::core::ids::new_uuid();
    let record = Record::new("vendor", vendor.id, "reference_added")
        .with("name", &new.name)
        .with("business_number", &new.business_number)
        .with("ties", &ties);
    if !store::insert_reference(&mut tx, id, vendor.id, new, ties, customer.is_some(), now).await? {
        return Err(Refusal::conflict("vendors-refusal-reference-exists").at("business_number").into());
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn remove_reference(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.remove_reference", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    check_may_state(vendor.state)?;
    let named = store::references(&mut tx, vendor.id).await?.into_iter().find(|reference| reference.id == id);
    let named = named.ok_or_else(Refusal::not_found)?;
    store::delete_reference(&mut tx, vendor.id, id).await?;
    let record = Record::new("vendor", vendor.id, "reference_removed")
        .with("name", &named.name)
        .with("business_number", &named.business_number);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

pub(super) fn party(organisation: &Organisation) -> Party<'_> {
    Party {
        business_number: &organisation.business_number,
        representative: &organisation.representative_name,
        address: &organisation.address,
        phone: &organisation.phone,
    }
}

/// What the service sees of each criterion on `day`.
pub async fn findings(tx: &mut Tx, vendor: &Vendor, day: NaiveDate) -> sqlx::Result<Vec<(Criterion, Finding)>> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let equity = organisations::financials(tx, vendor.organisation_id).await?.first().map(|year| year.equity_won);
    let references = store::references(tx, vendor.id).await?;
    let ground = Ground {
        references: references.iter().filter(|reference| ReferenceRow::counts(reference)).count(),
        equity,
        founded_on: organisation.founded_on,
        today: day,
    };
    let stated = store::criteria(tx, vendor.id).await?;
    let of = |criterion: Criterion| stated.iter().find(|row| row.criterion == criterion).map(|row| row.stated());
    Ok(Criterion::ALL.iter().map(|one| (*one, criteria::assess(*one, of(*one), ground))).collect())
}

/// An officer writes down what the evidence shows. Against what the service sees only with a note.
pub async fn decide_criteria(
    app: &App,
    actor: &Actor,
    id: VendorId,
    verdicts: Vec<(Criterion, Verdict, String)>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.decide_criteria", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    if vendor.state != VendorState::Submitted {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let findings = findings(&mut tx, &vendor, app.clock.today(ZONE)).await?;
    let mut record = Record::new("vendor", vendor.id, "criteria_decided");
    for (criterion, verdict, note) in verdicts {
        let seen = findings.iter().find(|(one, _)| *one == criterion).map(|(_, finding)| *finding);
        if verdict == Verdict::Met && seen == Some(Finding::Unmet) && note.is_empty() {
            let field = crate::vendors::forms::note_field(criterion);
            return Err(Refusal::unacceptable("vendors-refusal-against-finding").at(field).into());
        }
        record = record.with(criterion.as_str(), verdict);
        store::judge(&mut tx, vendor.id, criterion, verdict, note, actor, now).await?;
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses while a criterion is open or unmet.
pub(super) async fn check_judged(tx: &mut Tx, actor: &Actor, vendor: VendorId) -> Outcome<()> {
    let judged = store::criteria(tx, vendor).await?;
    let passes = |criterion: &Criterion| {
        let verdict = judged.iter().find(|row| row.criterion == *criterion).and_then(|row| row.verdict);
        matches!(verdict, Some(Verdict::Met | Verdict::Waived))
    };
    let open: Vec<String> = Criterion::ALL
        .iter()
        .filter(|criterion| !passes(criterion))
        .map(|criterion| actor.lang.code_word("criterion", criterion.as_str()))
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    Err(Refusal::unacceptable("vendors-refusal-criteria-open").with("criteria", open.join(", ")).into())
}
