//! Complaints: a firm whose case names the vendor complains, or the agency; the vendor is heard; a manager ends it.

use super::{first_result, lock_own, lock_to_decide, own_organisation, write_to};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::once::Once,
    organisations::{self, OrganisationId},
    outbox::{self, Mail},
    people,
    vendors::{
        VendorId,
        forms::NewComplaint,
        rules::complaints::{ANSWER_DAYS, COMPLAINT_STEPS, ComplaintState},
        store::{self, Arrived},
    },
};
use chrono::Duration;
use uuid::Uuid;

/// Complains of a vendor. Of a firm's wish not to be named the vendor's page and mail keep to.
pub async fn complain(app: &App, actor: &Actor, vendor: VendorId, new: NewComplaint, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.complain", now).await? {
        return first_result(&first);
    }
    let organisation = match actor.is_staff() {
        true => None,
        false => Some(OrganisationId(actor.organisation()?)),
    };
    let vendor = store::find(&mut tx, vendor).await?.ok_or_else(Refusal::not_found)?;
    if let Some(firm) = organisation
        && !(actor.is(Role::Firm) && store::has_case(&mut tx, vendor.id, firm).await?)
    {
        return Err(Refusal::not_found().into());
    }
    let id = crate::core::ids::new_uuid();
    let answer_by = app.clock.today(ZONE) + Duration::days(ANSWER_DAYS);
    // The history of the vendor is the vendor's to read: it tells no name.
    let record = Record::new("complaint", id, "complaint_received")
        .of_case(vendor.id)
        .with("subject", &new.subject)
        .with("answer_by", answer_by);
    let subject = new.subject.clone();
    let arrived = Arrived {
        id,
        vendor: vendor.id,
        organisation,
        is_confidential: new.is_confidential && organisation.is_some(),
        subject: new.subject,
        content: new.content,
        answer_by,
    };
    store::insert_complaint(&mut tx, arrived, actor, now).await?;
    // Who complained in confidence stands in no record that the vendor reads.
    audit::record(&mut tx, &Actor::system(), record, now).await?;
    let values = [("subject", subject), ("answer_by", answer_by.to_string())];
    let link = format!("/vendor-complaints/{id}");
    write_to(&mut tx, &vendor, "complaint-received", &link, &values, &id.to_string(), now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The vendor's side of it.
pub async fn answer_complaint(app: &App, actor: &Actor, id: Uuid, answer: String, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.answer_complaint", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let complaint = store::complaint(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if complaint.vendor_id != vendor.id {
        return Err(Refusal::not_found().into());
    }
    step(COMPLAINT_STEPS, "answer", complaint.state)?;
    if !store::answer_complaint(&mut tx, id, answer, actor, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("complaint", id, "complaint_answered").of_case(vendor.id), now).await?;
    tx.commit().await?;
    Ok(())
}

/// A manager closes or upholds a complaint. The vendor's time to answer is given first, unless it answered.
pub async fn end_complaint(app: &App, actor: &Actor, id: Uuid, name: &str, note: String, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    if !actor.is(Role::Manager) || !matches!(name, "close" | "uphold") {
        return Err(Refusal::not_found().into());
    }
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.end_complaint", now).await?.is_some() {
        return Ok(());
    }
    let complaint = store::complaint(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let vendor = lock_to_decide(&mut tx, actor, complaint.vendor_id).await?;
    let step = step(COMPLAINT_STEPS, name, complaint.state)?;
    if name == "uphold" && complaint.state == ComplaintState::Received && app.clock.today(ZONE) <= complaint.answer_by {
        return Err(Refusal::conflict("vendors-refusal-not-heard").with("until", complaint.answer_by).into());
    }
    if !store::end_complaint(&mut tx, id, step.from, step.to, note.clone(), actor, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let kind = if name == "uphold" { "complaint_upheld" } else { "complaint_closed" };
    let record =
        Record::new("complaint", id, kind).of_case(vendor.id).with("subject", &complaint.subject).with("note", &note);
    audit::record(&mut tx, actor, record, now).await?;
    // An upheld complaint makes the agency look more closely.
    if name == "uphold" && vendor.watch_level < 3 {
        store::set_watch(&mut tx, vendor.id, vendor.watch_level + 1, vendor.project_limit_year).await?;
    }
    let event = format!("{id}:{}", step.to);
    let link = format!("/vendor-complaints/{id}");
    let firm = match complaint.organisation_id {
        Some(firm) => people::mail_contacts(&mut tx, firm.0, Role::Firm).await?,
        None => Vec::new(),
    };
    let own = people::mail_contacts(&mut tx, vendor.organisation_id.0, Role::Vendor).await?;
    let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    for (address, lang) in firm.into_iter().chain(own) {
        let values = [
            ("name", name.clone()),
            ("subject", complaint.subject.clone()),
            ("outcome", lang.code_word("complaint-state", step.to.as_str())),
            ("note", note.clone()),
        ];
        let mail = super::letter(Mail::new(address, lang, "complaint-ended"), &link, &values);
        outbox::mail(&mut tx, mail, &event, Some(vendor.id.0), now).await?;
    }
    tx.commit().await?;
    Ok(())
}
