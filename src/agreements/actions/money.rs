//! The firm's own share as received and paid back, and the issue of the voucher.

use super::{case_of, due_in, programme_of, record_of, tell, today};
use crate::{
    agreements::{
        AgreementId, VoucherId,
        forms::{NewDeposit, NewRefund},
        rules::{self, AgreementState, Payer, Refundable, VoucherState},
        store::{self, Agreement, Deposit, Refund, Voucher},
    },
    app::App,
    applications, audit,
    core::{
        actor::Actor,
        ids::new_uuid,
        money::Won,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once, series::Series},
    ledger::{self, AccountKind},
    organisations::{self, RegisterStatus},
    programmes::{self, Stage},
    vendors,
};
use chrono::Datelike;

async fn active(tx: &mut Tx, actor: &Actor, id: AgreementId) -> Outcome<Agreement> {
    let agreement = store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("agreements-refusal-not-active").into());
    }
    Ok(agreement)
}

/// Records a deposit of the own share; each of the bank's references counts once. It must come from the firm itself:
/// from anybody else it counts only with the officer's reason, from the vendor never (domain C19).
pub async fn record_deposit(app: &App, actor: &Actor, id: AgreementId, new: NewDeposit, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.deposit", now).await?.is_some() {
        return Ok(());
    }
    let agreement = active(&mut tx, actor, id).await?;
    if agreement.own_won == Won::ZERO {
        return Err(Refusal::conflict("agreements-refusal-no-own-share").into());
    }
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let vendor = vendors::get(&mut tx, agreement.vendor_id).await?;
    let vendor = organisations::get(&mut tx, vendor.organisation_id).await?;
    let payer = rules::payer(
        (&firm.legal_name, &firm.business_number),
        (&vendor.legal_name, &vendor.business_number),
        &new.payer_name,
        new.payer_number.as_deref(),
    );
    match payer {
        Payer::Vendor => return Err(Refusal::unacceptable("agreements-refusal-payer-vendor").at("payer_name").into()),
        Payer::Other if new.mismatch_reason.is_none() => {
            let refusal = Refusal::unacceptable("agreements-refusal-payer").at("payer_name");
            return Err(refusal.with("firm", firm.legal_name).into());
        }
        _ => {}
    }
    let programme = programme_of(&mut tx, &agreement).await?;
    if new.received_on > today(&programme, now) {
        return Err(Refusal::unacceptable("agreements-refusal-future").at("received_on").into());
    }
    let deposit = Deposit {
        id: new_uuid(),
        agreement_id: id,
        amount_won: new.amount,
        payer_name: new.payer_name,
        payer_number: new.payer_number,
        mismatch_reason: new.mismatch_reason.filter(|_| payer == Payer::Other),
        bank_reference: new.bank_reference,
        received_on: new.received_on,
        recorded_by: actor.id,
        recorded_at: now,
    };
    if !store::insert_deposit(&mut tx, &deposit).await? {
        return Err(Refusal::conflict("agreements-refusal-reference-taken").at("bank_reference").into());
    }
    let record = record_of(&agreement, "deposit_recorded")
        .with("amount", deposit.amount_won)
        .with("payer", &deposit.payer_name)
        .with("reference", &deposit.bank_reference)
        .with("note", deposit.mismatch_reason.clone().unwrap_or_default());
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What of the own share must have been received before the voucher: all that is not brought in kind, unless the call
/// skips that stage.
pub async fn deposit_asked(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<Won> {
    let application = applications::get(tx, agreement.application_id).await?;
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    if !rules.stages.own_share_deposit {
        return Ok(Won::ZERO);
    }
    // A smaller scope may leave less than what was to be brought in kind.
    Ok(agreement.own_won.minus(applications::in_kind(tx, agreement.application_id).await?).max(Won::ZERO))
}

/// What of the own share may be paid back now.
pub async fn refundable(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<Refundable> {
    let deposits = store::deposits(tx, agreement.id).await?;
    let refunds = store::refunds(tx, agreement.id).await?;
    refundable_of(tx, agreement, &deposits, &refunds).await
}

/// The same, from what was read of the agreement's deposits and refunds.
pub async fn refundable_of(
    tx: &mut Tx,
    agreement: &Agreement,
    deposits: &[Deposit],
    refunds: &[Refund],
) -> sqlx::Result<Refundable> {
    let case = case_of(tx, agreement).await?;
    let mut paid = Won::ZERO;
    for kind in [AccountKind::Held, AccountKind::Payable, AccountKind::Paid] {
        paid = paid.plus(ledger::balance(tx, case.account(kind)).await?);
    }
    Ok(Refundable {
        received: deposits.iter().map(|deposit| deposit.amount_won).sum(),
        refunded: refunds.iter().map(|refund| refund.amount_won).sum(),
        asked: deposit_asked(tx, agreement).await?,
        is_over: !matches!(agreement.state, AgreementState::Offered | AgreementState::Active),
        own: agreement.own_won,
        support: agreement.support_won,
        paid,
    })
}

/// Records that some of the surplus was paid back to the firm; each of the bank's references counts once.
pub async fn record_refund(app: &App, actor: &Actor, id: AgreementId, new: NewRefund, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.refund", now).await?.is_some() {
        return Ok(());
    }
    store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    // Two refunds at once must not both see the same surplus.
    let agreement = store::lock(&mut tx, id).await?;
    let surplus = refundable(&mut tx, &agreement).await?.surplus();
    if new.amount > surplus {
        let refusal = Refusal::conflict("agreements-refusal-refund-more").at("refund_amount");
        return Err(refusal.with("surplus", surplus).into());
    }
    let programme = programme_of(&mut tx, &agreement).await?;
    if new.paid_on > today(&programme, now) {
        return Err(Refusal::unacceptable("agreements-refusal-future").at("paid_on").into());
    }
    let refund = Refund {
        id: new_uuid(),
        agreement_id: id,
        amount_won: new.amount,
        bank_reference: new.bank_reference,
        paid_on: new.paid_on,
        reason: new.reason,
        recorded_by: actor.id,
        recorded_at: now,
    };
    if !store::insert_refund(&mut tx, &refund).await? {
        return Err(Refusal::conflict("agreements-refusal-reference-taken").at("refund_reference").into());
    }
    let record = record_of(&agreement, "own_share_refunded")
        .with("amount", refund.amount_won)
        .with("reference", &refund.bank_reference)
        .with("note", &refund.reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Issues the voucher once the own share is received and both businesses still stand in the register.
/// Its amount is what was selected: it moves from commitment to voucher in the ledger.
pub async fn issue_voucher(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let done = issue(app, actor, id, once).await;
    applications::keep_refused(app, done).await
}

async fn issue(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.voucher", now).await?.is_some() {
        return Ok(());
    }
    let agreement = active(&mut tx, actor, id).await?;
    let missing = refundable(&mut tx, &agreement).await?.missing();
    if missing.is_positive() {
        return Err(Refusal::conflict("agreements-refusal-own-share-missing").with("missing", missing).into());
    }
    let vendor = vendors::get(&mut tx, agreement.vendor_id).await?;
    for organisation in [agreement.organisation_id, vendor.organisation_id] {
        let organisation = organisations::get(&mut tx, organisation).await?;
        if organisation.register_status == RegisterStatus::Closed {
            return Err(Refusal::conflict("agreements-refusal-closed").with("name", organisation.legal_name).into());
        }
    }
    applications::require(&mut tx, actor, agreement.application_id, Stage::Agreement, now).await?;
    let programme = programme_of(&mut tx, &agreement).await?;
    let day = today(&programme, now);
    if day > agreement.ends_on {
        return Err(Refusal::conflict("agreements-refusal-term-over").into());
    }
    vendors::check_stands(&mut tx, agreement.vendor_id, day).await?;
    let voucher = Voucher {
        id: VoucherId::new(),
        agreement_id: id,
        number: format!("VC{}-{:05}", day.year(), tx.next_number(Series::Voucher).await?),
        amount_won: agreement.support_won,
        state: VoucherState::Issued,
        issued_by: actor.id,
        issued_at: now,
        expires_on: agreement.ends_on,
        first_used_at: None,
        first_use_by: Some(due_in(&mut tx, &agreement, |timers| timers.first_use_days, now).await?),
        risk_points: 0,
        risk_reasons: String::new(),
    };
    if !store::insert_voucher(&mut tx, &voucher).await? {
        return Err(Refusal::conflict("agreements-refusal-issued-already").into());
    }
    let case = case_of(&mut tx, &agreement).await?;
    ledger::issue(&mut tx, actor, &case, voucher.id.0, voucher.amount_won, now).await?;
    let record =
        record_of(&agreement, "voucher_issued").with("number", &voucher.number).with("amount", voucher.amount_won);
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &agreement, "voucher-issued", now).await?;
    tx.commit().await?;
    Ok(())
}
