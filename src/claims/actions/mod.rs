//! The verbs of claims: file, read a file, answer, decide, and the steps that payments take.

mod amending;
mod answering;
mod clearing;
mod deciding;
mod documents;
mod filing;
mod reading;
mod usage;

pub use amending::{NewAmendment, amend, settle};
pub use answering::answer;
pub use clearing::clear;
pub use deciding::{Decision, decide};
pub use documents::{attach, detach};
pub use filing::{NewClaim, resubmit, submit, withdraw};
pub use reading::{Kept, filled_from, receive_invoice};
pub use usage::{KeyMade, Signed, keep_log, make_key, report};

use super::{
    Claim, ClaimId,
    rules::{
        self, ClaimState, Ground, Invoice, InvoiceLine, clock,
        four_way::{self, Agreed, AgreedLine, CataloguePrice, Comparison, count_claimed},
        matching,
    },
    store,
};
use crate::{
    agreements::{self, Agreement, BlockCause, Milestone, MilestoneState, Voucher, VoucherState},
    app::App,
    applications,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{Holidays, ZONE, local_date},
        form::FormErrors,
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::{Note, step},
    },
    db::Tx,
    ledger::{self, AccountKind},
    organisations::{self, Organisation, RegisterStatus},
    outbox::{self, Mail},
    people,
    programmes::{self, CostCategory},
    reference,
    vendors::{self, Vendor, VendorState},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Takes the step `name` of the table with its audit record; answers the claim as it was before.
/// Refused when the claim has moved on, when the actor's roles do not take this step, or when its reason is missing.
pub async fn take_step(
    tx: &mut Tx,
    actor: &Actor,
    id: ClaimId,
    name: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<Claim> {
    let claim = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::STEPS, name, claim.state)?;
    if step.to == ClaimState::Ordered && is_frozen(tx, &claim).await? {
        return Err(Refusal::conflict("claims-refusal-frozen").with("number", &claim.number).into());
    }
    if !step.by.is_empty() && !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    if step.note == Note::Required && note.trim().is_empty() {
        let mut errors = FormErrors::new();
        errors.add("note", "form-required");
        return Err(errors.into());
    }
    if !store::move_state(tx, id, step.from, step.to, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record =
        Record::new("claim", id, "claim_moved").of_case(claim.application_id).with("step", name).with("state", step.to);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(claim)
}

/// Whether the voucher of the claim is frozen: nothing of it is paid.
pub async fn is_frozen(tx: &mut Tx, claim: &Claim) -> sqlx::Result<bool> {
    let voucher = agreements::voucher_of(tx, claim.agreement_id).await?;
    Ok(voucher.is_some_and(|voucher| voucher.state == VoucherState::Suspended))
}

/// Whose money the claim is about.
pub async fn money_case(tx: &mut Tx, claim: &Claim) -> sqlx::Result<ledger::Case> {
    let agreement = agreements::get(tx, claim.agreement_id).await?;
    let call = programmes::get_call(tx, agreement.call_id).await?;
    Ok(ledger::Case {
        application: claim.application_id.0,
        call: call.id.0,
        programme: call.programme_id.0,
        organisation: claim.organisation_id.0,
    })
}

/// Everything an invoice is held against.
pub struct Setting {
    pub agreement: Agreement,
    pub milestone: Milestone,
    pub voucher: Option<Voucher>,
    pub firm: Organisation,
    pub vendor: Vendor,
    pub supplier: Organisation,
    balance: Won,
    holidays: Holidays,
}

impl Setting {
    /// The agreement as `actor` may see it, with its milestone.
    pub async fn find(
        tx: &mut Tx,
        actor: &Actor,
        agreement: agreements::AgreementId,
        milestone: agreements::MilestoneId,
    ) -> Outcome<Setting> {
        let agreement = agreements::find_visible(tx, actor, agreement).await?.ok_or_else(Refusal::not_found)?;
        let milestone = agreements::find_milestone(tx, milestone)
            .await?
            .filter(|milestone| milestone.agreement_id == agreement.id)
            .ok_or_else(Refusal::not_found)?;
        let vendor = vendors::get(tx, agreement.vendor_id).await?;
        let account = ledger::Account {
            kind: AccountKind::Voucher,
            owner: agreement.application_id.0,
            scope: agreement.call_id.0,
        };
        Ok(Setting {
            voucher: agreements::voucher_of(tx, agreement.id).await?,
            firm: organisations::get(tx, agreement.organisation_id).await?,
            supplier: organisations::get(tx, vendor.organisation_id).await?,
            balance: ledger::balance(tx, account).await?,
            holidays: reference::holidays(tx).await?,
            agreement,
            milestone,
            vendor,
        })
    }

    pub fn voucher_is_usable(&self, today: NaiveDate) -> bool {
        self.voucher.as_ref().is_some_and(|voucher| voucher.state.is_usable() && voucher.expires_on >= today)
    }

    /// What the four-way match looks at besides: agreed lines, the catalogue's price on the day of application, and
    /// what was claimed before.
    async fn agreed(&self, tx: &mut Tx, but: Option<ClaimId>) -> Outcome<Agreed> {
        let lines = lines_left(tx, self.agreement.id, but).await?;
        let application = applications::get(tx, self.agreement.application_id).await?;
        let chosen = match application.package_id.zip(application.submitted_at) {
            Some((package, at)) => vendors::package_choice(tx, package, local_date(at, ZONE)).await?,
            None => None,
        };
        Ok(Agreed {
            lines: lines.into_iter().map(|(_, line)| line).collect(),
            catalogue: chosen.map(|chosen| CataloguePrice {
                package: chosen.package_name,
                solution: chosen.solution_name,
                unit_price: chosen.unit_price_won,
            }),
            claimed_before: store::claimed_before(tx, self.agreement.id, but).await?,
            total: self.agreement.total_won,
        })
    }

    /// What the rules look at, for an invoice of `total` supplied on `supplied_on`.
    pub async fn ground(
        &self,
        tx: &mut Tx,
        invoice: &Invoice,
        but: Option<ClaimId>,
        now: DateTime<Utc>,
    ) -> sqlx::Result<Ground> {
        let today = local_date(now, ZONE);
        let same_amount =
            store::same_amount(tx, self.vendor.id, self.agreement.organisation_id, invoice.total, but).await?;
        let rules = programmes::rules_at(tx, self.agreement.call_id, self.agreement.call_version).await?;
        let usage_reports = match rules.stages.usage_evidence {
            true => Some(store::count_usage(tx, self.agreement.id).await?),
            false => None,
        };
        Ok(Ground {
            usage_reports,
            supplier_number: self.supplier.business_number.clone(),
            buyer_number: self.firm.business_number.clone(),
            starts_on: self.agreement.starts_on,
            ends_on: self.agreement.ends_on,
            milestone_supply: self.milestone.supply_won,
            milestone_support: self.milestone.support_won,
            voucher_balance: self.balance,
            // What was supplied in time is decided after the last day as well.
            voucher_issued: self.voucher_is_usable(invoice.supplied_on),
            vendor_approved: self.vendor.state == VendorState::Approved,
            same_organisation: self.supplier.id == self.firm.id,
            delivery_accepted: self.milestone.state == MilestoneState::Accepted,
            supplier_active_on: active_on(&self.supplier),
            buyer_active_on: active_on(&self.firm),
            same_amount,
            issue_by: self.holidays.on_or_after(matching::issue_deadline(invoice.supplied_on)),
            today,
        })
    }
}

/// The lines of an agreement by category, each with what claims other than `but` took of it.
pub async fn lines_left(
    tx: &mut Tx,
    agreement: agreements::AgreementId,
    but: Option<ClaimId>,
) -> sqlx::Result<Vec<(CostCategory, AgreedLine)>> {
    let lines = agreements::lines(tx, agreement).await?;
    let (categories, mut agreed): (Vec<_>, Vec<_>) = lines
        .into_iter()
        .map(|line| {
            let (quantity, unit_price) = (line.quantity, line.unit_price_won);
            (line.category, AgreedLine { description: line.description, quantity, unit_price, ..AgreedLine::default() })
        })
        .unzip();
    count_claimed(&mut agreed, &store::lines_claimed(tx, agreement, but).await?);
    Ok(categories.into_iter().zip(agreed).collect())
}

/// The day the register last called the organisation active.
fn active_on(organisation: &Organisation) -> Option<NaiveDate> {
    let checked_at = organisation.register_checked_at?;
    (organisation.register_status == RegisterStatus::Active).then(|| local_date(checked_at, ZONE))
}

/// The invoice of a claim as it was filed last.
pub async fn invoice_of(tx: &mut Tx, claim: &Claim) -> Outcome<Invoice> {
    let unreadable = |what: &str| anyhow::anyhow!("claim {} holds an unreadable {what}", claim.number);
    let approval = store::approval_number(tx, claim.id).await?;
    let lines = store::lines(tx, claim.id).await?;
    Ok(Invoice {
        kind: claim.tax_kind,
        approval_number: approval.parse().map_err(|_| unreadable("approval number"))?,
        invoice_no: claim.invoice_no.clone(),
        issued_on: claim.issued_on,
        supplied_on: claim.supplied_on,
        supplier_number: claim.supplier_number.parse().map_err(|_| unreadable("supplier number"))?,
        buyer_number: claim.buyer_number.parse().map_err(|_| unreadable("buyer number"))?,
        supply: claim.supply_won,
        vat: claim.vat_won,
        total: claim.total_won,
        lines: lines
            .into_iter()
            .map(|line| InvoiceLine {
                description: line.description,
                quantity: line.quantity,
                unit_price: line.unit_price_won,
                net: line.net_won,
            })
            .collect(),
    })
}

/// The checks and the four-way match of a claim as they stand at this moment, not as they were kept.
pub async fn present(
    tx: &mut Tx,
    actor: &Actor,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Outcome<(Vec<rules::Check>, Vec<Comparison>)> {
    let (setting, invoice, ground) = standing(tx, actor, claim, now).await?;
    let compared = four_way::compare(&invoice, &ground, &setting.agreed(tx, Some(claim.id)).await?);
    Ok((matching::checks(&invoice, &ground), compared))
}

/// A claim's invoice and what it is held against now.
async fn standing(
    tx: &mut Tx,
    actor: &Actor,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Outcome<(Setting, Invoice, Ground)> {
    let setting = Setting::find(tx, actor, claim.agreement_id, claim.milestone_id).await?;
    let invoice = invoice_of(tx, claim).await?;
    let ground = setting.ground(tx, &invoice, Some(claim.id), now).await?;
    Ok((setting, invoice, ground))
}

/// The four-way match of an invoice that was not filed yet, for the vendor who would file it.
pub async fn match_before(
    app: &App,
    actor: &Actor,
    new: &NewClaim,
    claim: Option<ClaimId>,
) -> Outcome<Vec<Comparison>> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let setting = Setting::find(&mut tx, actor, new.agreement, new.milestone).await?;
    let ground = setting.ground(&mut tx, &new.invoice, claim, now).await?;
    Ok(four_way::compare(&new.invoice, &ground, &setting.agreed(&mut tx, claim).await?))
}

/// Where the service clock of a claim stands.
#[derive(Debug, Clone)]
pub struct Service {
    /// Business days that passed.
    pub elapsed: i64,
    pub due_at: Option<DateTime<Utc>>,
    /// The pause that is open: the clock stands.
    pub paused: Option<store::PauseRow>,
    pub is_late: bool,
}

/// The service clock of a claim; none once it was decided.
pub async fn service(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> sqlx::Result<Option<Service>> {
    use ClaimState::*;
    if !matches!(claim.state, Submitted | DeliveryAccepted | Disputed | Returned | Reopened) {
        return Ok(None);
    }
    let holidays = reference::holidays(tx).await?;
    let rows = store::pauses(tx, claim.id).await?;
    let pauses: Vec<clock::Pause> = rows.iter().map(store::PauseRow::pause).collect();
    let due_at = clock::due_at(&holidays, claim.queued_at, &pauses, now);
    Ok(Some(Service {
        elapsed: clock::elapsed(&holidays, claim.queued_at, &pauses, now),
        is_late: due_at.is_some_and(|due| now >= due),
        due_at,
        paused: rows.into_iter().find(|row| row.resumed_at.is_none()),
    }))
}

/// Stops the clock until the vendor answers.
async fn pause(
    tx: &mut Tx,
    actor: &Actor,
    claim: ClaimId,
    reason: &'static str,
    items: &str,
    now: DateTime<Utc>,
) -> Outcome<DateTime<Utc>> {
    let answer_by = clock::answer_by(&reference::holidays(tx).await?, now);
    store::pause(tx, claim, (reason, items), actor.id, (now, answer_by)).await?;
    Ok(answer_by)
}

/// Mails about a claim: one for each person of `organisation` in `role`.
async fn tell(
    tx: &mut Tx,
    (organisation, role): (Uuid, Role),
    make: impl Fn(String, Lang) -> Mail,
    claim: &Claim,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let event = format!("{}:{event}", claim.id);
    for (address, lang) in people::mail_contacts(tx, organisation, role).await? {
        let mail = make(address, lang).with("number", &claim.number).link(format!("/claims/{}", claim.id));
        outbox::mail(tx, mail, &event, Some(claim.application_id.0), now).await?;
    }
    Ok(())
}

/// What a form that was sent before resulted in.
fn first_result<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into())
}

/// Where a resubmission leads and whether the firm has to answer again.
fn asks_firm_again(to: ClaimState) -> bool {
    to == ClaimState::Submitted
}
