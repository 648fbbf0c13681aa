//! Suspension with everybody it touches told, watch, and what other rooms ask before they rely on a vendor.

use super::{criteria::party, letter, lock_to_decide, write_to};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{self, ZONE},
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    organisations::{self, ExclusionCause, OrganisationId},
    outbox::{self, Mail},
    people,
    vendors::{
        VendorId, VendorState,
        forms::{NewSuspension, NewWatch},
        rules::{
            STEPS,
            criteria::{self, Tie},
            standing::{self, PayHold, SuspensionKind},
        },
        store::{self, Affected, Suspension, Vendor},
    },
};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Suspends a vendor in one of three kinds, from a day and, where it is said, to a day. The vendor and every firm
/// whose case names it are told, each with the way that is open to it.
pub async fn suspend(app: &App, actor: &Actor, id: VendorId, new: NewSuspension, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = app.clock.today(ZONE);
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.suspend", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    if !matches!(vendor.state, VendorState::Approved | VendorState::Suspended) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    standing::check_term(new.from_on, new.to_on, today)?;
    let suspension = Suspension {
        id: crate::core::ids::new_uuid(),
        vendor_id: id,
        kind: new.kind,
        reason: new.reason,
        from_on: new.from_on,
        to_on: new.to_on,
        lifted_at: None,
    };
    order(&mut tx, actor, &vendor, &suspension, today, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A suspension within a unit of work: stored, recorded, told.
pub(super) async fn order(
    tx: &mut Tx,
    actor: &Actor,
    vendor: &Vendor,
    suspension: &Suspension,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<()> {
    store::insert_suspension(tx, suspension, actor, now).await?;
    let begins = suspension.kind == SuspensionKind::Full && suspension.from_on <= today;
    if begins && vendor.state == VendorState::Approved {
        let step = step(STEPS, "suspend", vendor.state)?;
        store::move_state(tx, vendor.id, step.from, step.to).await?;
    }
    let record = Record::new("vendor", vendor.id, "vendor_suspended")
        .with("suspension", suspension.kind)
        .with("note", &suspension.reason)
        .with("from_day", suspension.from_on)
        .with("to_day", suspension.to_on.map(|day| day.to_string()).unwrap_or_default());
    audit::record(tx, actor, record, now).await?;
    let event = suspension.id.to_string();
    let name = organisations::get(tx, vendor.organisation_id).await?.legal_name;
    let to = suspension.to_on.map_or_else(|| "-".to_owned(), |day| day.to_string());
    for (address, lang) in people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await? {
        let values = [
            ("name", name.clone()),
            ("kind", lang.code_word("suspension", suspension.kind.as_str())),
            ("note", suspension.reason.clone()),
            ("from", suspension.from_on.to_string()),
            ("to", to.clone()),
        ];
        let mail = letter(Mail::new(address, lang, "vendor-suspended"), "/vendor", &values);
        outbox::mail(tx, mail, &event, Some(vendor.id.0), now).await?;
    }
    let (count, _) = store::count_affected(tx, vendor.id).await?;
    let mut after = None;
    loop {
        let cases = store::affected(tx, vendor.id, count, after).await?;
        for case in cases.rows {
            tell_touched(tx, suspension, &name, &case, now).await?;
        }
        after = cases.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
/// A firm whose case names the vendor reads which way is open to it.
async fn tell_touched(
    tx: &mut Tx,
    suspension: &Suspension,
    vendor: &str,
    case: &Affected,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let path = if suspension.kind == SuspensionKind::NoPay { "wait" } else { case.path() };
    let event = format!("{}:{}", suspension.id, case.application_id);
    let to = suspension.to_on.map_or_else(|| "-".to_owned(), |day| day.to_string());
    for (address, lang) in people::mail_contacts(tx, case.organisation_id.0, Role::Firm).await? {
        let values = [
            ("vendor", vendor.to_owned()),
            ("kind", lang.code_word("suspension", suspension.kind.as_str())),
            ("path", lang.code_word("suspension-path", path)),
            ("from", suspension.from_on.to_string()),
            ("to", to.clone()),
        ];
        let mail = letter(Mail::new(address, lang, "vendor-suspended-firm"), "/vendor-notices", &values);
        outbox::mail(tx, mail, &event, Some(case.application_id), now).await?;
    }
    Ok(())
}

/// Lifts every suspension of a vendor, announced ones as well.
pub async fn reinstate(app: &App, actor: &Actor, id: VendorId, note: String, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.reinstate", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    let lifted = store::lift(&mut tx, id, actor, app.clock.today(ZONE), now).await?;
    if vendor.state == VendorState::Suspended {
        let step = step(STEPS, "reinstate", vendor.state)?;
        store::move_state(&mut tx, id, step.from, step.to).await?;
    } else if lifted == 0 {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("vendor", id, "vendor_reinstated").with("note", &note), now).await?;
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    let event = format!("{}:{}:{}", vendor.id, vendor.version, now.timestamp_micros());
    let values = [("name", organisation.legal_name), ("note", note)];
    write_to(&mut tx, &vendor, "vendor-reinstated", "/vendor", &values, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Says how closely the agency looks at a vendor, and how many projects a year it may take on.
pub async fn set_watch(app: &App, actor: &Actor, id: VendorId, new: NewWatch, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.watch", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    store::set_watch(&mut tx, id, new.level, new.limit).await?;
    let limit = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_else(|| "-".to_owned());
    let record = Record::new("vendor", id, "vendor_watched")
        .with("watch_level", format!("{} → {}", vendor.watch_level, new.level))
        .with("project_limit_year", format!("{} → {}", limit(vendor.project_limit_year), limit(new.limit)))
        .with("note", new.note);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses when the vendor may not be relied on for what begins on `day`: not registered, or suspended for it
/// (domain: invariants 16).
pub async fn check_stands(tx: &mut Tx, id: VendorId, day: NaiveDate) -> Outcome<()> {
    let vendor = store::get(tx, id).await?;
    organisations::check_not_excluded(tx, vendor.organisation_id, calendar::start_of_day(day, ZONE)).await?;
    let is_registered = vendor.state == VendorState::Approved && vendor.expires_on.is_none_or(|expires| expires >= day);
    let stops = |suspension: &Suspension| suspension.kind != SuspensionKind::NoPay;
    if !is_registered || store::in_force(tx, id, day).await?.iter().any(stops) {
        return Err(Refusal::conflict("vendors-refusal-takes-none").into());
    }
    Ok(())
}

/// As `check_stands`, and refuses when the vendor is at its limit of projects for the year (domain: invariants 5).
/// To be asked before the case at hand counts.
pub async fn check_takes_new(tx: &mut Tx, id: VendorId, day: NaiveDate) -> Outcome<()> {
    check_stands(tx, id, day).await?;
    let Some(limit) = store::get(tx, id).await?.project_limit_year else { return Ok(()) };
    // Two selections at once must not both see the last place.
    store::lock(tx, id).await?;
    let (from, until) = year(day)?;
    if store::projects_between(tx, id, from, until).await? >= limit {
        return Err(Refusal::conflict("vendors-refusal-limit").with("limit", limit).into());
    }
    Ok(())
}

fn year(day: NaiveDate) -> anyhow::Result<(DateTime<Utc>, DateTime<Utc>)> {
    let first = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(|day| calendar::start_of_day(day, ZONE));
    match (first(day.year()), first(day.year() + 1)) {
        (Some(from), Some(until)) => Ok((from, until)),
        _ => anyhow::bail!("a year beyond the calendar"),
    }
}

/// As `pay_hold`, of each of these vendors that has one; each is looked at once.
pub async fn pay_holds(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = VendorId>,
    day: NaiveDate,
) -> sqlx::Result<BTreeMap<VendorId, PayHold>> {
    let mut holds = BTreeMap::new();
    for id in ids.into_iter().collect::<BTreeSet<_>>() {
        if let Some(hold) = pay_hold(tx, id, day).await? {
            holds.insert(id, hold);
        }
    }
    Ok(holds)
}

/// Why nothing may be paid to the vendor on `day`; None when it may be paid. What a vendor delivered before its
/// registration ran out is still paid.
pub async fn pay_hold(tx: &mut Tx, id: VendorId, day: NaiveDate) -> sqlx::Result<Option<PayHold>> {
    let vendor = store::get(tx, id).await?;
    if !matches!(vendor.state, VendorState::Approved | VendorState::Lapsed | VendorState::Suspended) {
        return Ok(Some(PayHold::NotRegistered));
    }
    let stops = |suspension: &Suspension| suspension.kind != SuspensionKind::NoNew;
    if vendor.state == VendorState::Suspended || store::in_force(tx, id, day).await?.iter().any(stops) {
        return Ok(Some(PayHold::Suspended));
    }
    if organisations::is_excluded_for(tx, vendor.organisation_id, ExclusionCause::Sanction, day).await? {
        return Ok(Some(PayHold::Excluded));
    }
    Ok(store::open_change(tx, id).await?.map(|_| PayHold::AccountChanging))
}

/// What ties a vendor to a firm (domain: features, E7): identity, representative, address, telephone.
pub async fn ties(tx: &mut Tx, vendor: OrganisationId, firm: OrganisationId) -> sqlx::Result<Vec<Tie>> {
    let vendor = organisations::get(tx, vendor).await?;
    let firm = organisations::get(tx, firm).await?;
    Ok(criteria::ties(party(&vendor), party(&firm)))
}
