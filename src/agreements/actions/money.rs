//! The firm's own share as received, and the voucher.

use super::{case_of, programme_of, record_of, tell, today};
use crate::{
    agreements::{
        AgreementId, VoucherId,
        forms::NewDeposit,
        rules::{self, AgreementState, VoucherState},
        store::{self, Agreement, Deposit, Voucher},
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
    ledger,
    organisations::{self, RegisterStatus},
    programmes::{self, Stage},
    vendors,
};
use chrono::{DateTime, Datelike, Utc};

async fn active(tx: &mut Tx, actor: &Actor, id: AgreementId) -> Outcome<Agreement> {
    let agreement = store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("agreements-refusal-not-active").into());
    }
    Ok(agreement)
}

/// Records a deposit of the own share. It must come from the firm itself, and each of the bank's references counts once.
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
    if !rules::same_payer(&firm.legal_name, &new.payer_name) {
        let refusal = Refusal::unacceptable("agreements-refusal-payer").at("payer_name");
        return Err(refusal.with("firm", firm.legal_name).into());
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
        .with("reference", &deposit.bank_reference);
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
    Ok(agreement.own_won.minus(applications::in_kind(tx, agreement.application_id).await?))
}

/// Issues the voucher once the own share is received and both businesses still stand in the register.
/// Its amount is what was selected: it moves from commitment to voucher in the ledger.
pub async fn issue_voucher(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.voucher", now).await?.is_some() {
        return Ok(());
    }
    let agreement = active(&mut tx, actor, id).await?;
    let received: Won = store::deposits(&mut tx, id).await?.iter().map(|deposit| deposit.amount_won).sum();
    let asked = deposit_asked(&mut tx, &agreement).await?;
    if received < asked {
        let missing = asked.minus(received);
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

/// Moves the voucher of an agreement when its state changes (exhausted once all of it is paid).
pub async fn set_voucher_state(
    tx: &mut Tx,
    actor: &Actor,
    agreement: AgreementId,
    from: VoucherState,
    to: VoucherState,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let voucher = store::voucher_of(tx, agreement).await?.ok_or_else(Refusal::not_found)?;
    let allowed = rules::VOUCHER_STEPS.iter().any(|step| step.from == from && step.to == to);
    if !allowed || !store::move_voucher(tx, voucher.id, from, to).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let agreement = store::get(tx, agreement).await?;
    let record = record_of(&agreement, "voucher_moved").with("from", from).with("state", to);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
