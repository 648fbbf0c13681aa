//! Cases from agreement to outcome: assents, own share, voucher, invoices, payments, reports.

use super::{AT_ONCE, Case, Stage, cast::at_work, phase};
use crate::population::rules::Goal;
use crate::{
    agreements::{self, AgreementId, MilestoneId},
    claims::{self, ClaimId},
    core::money::Won,
    db::once::Once,
    organisations::{self, RegisterStatus},
    outcomes::{self, ReportId},
    payments::{self, Answer},
    vendors,
};
use anyhow::Context;
use chrono::Duration;
use chrono_tz::Asia::Seoul;
use futures_util::future::try_join_all;

/// What a case has made on its way.
#[derive(Default)]
pub(super) struct Trail {
    agreement: Option<AgreementId>,
    claim: Option<ClaimId>,
    report: Option<ReportId>,
}

/// Claims in one batch of a population.
const BATCH: usize = 60;

pub(super) async fn play(stage: &Stage<'_>, cases: &mut [Case]) -> anyhow::Result<()> {
    // An offer that is still to be answered is a recent one.
    phase!(stage, cases, 130, 125, |case| case.reaches(Goal::Active), offered);
    let only_offered = |case: &&mut Case| case.spec.goal == Goal::Offered;
    phase!(stage, cases, 124, 118, |case| case.reaches(Goal::Active), assented);
    phase!(stage, cases, 116, 110, |case| case.reaches(Goal::Issued), issued);
    for (round, invoiced) in [(0, 70), (1, 40)] {
        let takes_part = move |case: &&mut Case| {
            if round == 0 { case.reaches(Goal::Invoiced) } else { case.reaches(Goal::Reported) }
        };
        if round == 0 {
            phase!(stage, cases, invoiced, invoiced - 5, takes_part, first_invoice);
        } else {
            phase!(stage, cases, invoiced, invoiced - 5, takes_part, second_invoice);
        }
        let answered = |case: &&mut Case| takes_part(case) && case.reaches(Goal::Disputed);
        phase!(stage, cases, invoiced - 6, invoiced - 9, answered, delivery_answered);
        let approved = |case: &&mut Case| takes_part(case) && case.reaches(Goal::Approved);
        phase!(stage, cases, invoiced - 10, invoiced - 14, approved, claim_approved);
        for goal in [Goal::Ordered, Goal::Sent, Goal::Paid] {
            let claims: Vec<ClaimId> = cases
                .iter_mut()
                .filter(|case| {
                    takes_part(case) && (case.spec.goal == goal || (goal == Goal::Paid && case.reaches(goal)))
                })
                .filter_map(|case| case.money.claim)
                .collect();
            let batches = claims.len().div_ceil(BATCH).max(1);
            for (n, batch) in claims.chunks(BATCH).enumerate() {
                stage.go_to(invoiced - 15, invoiced - 22, n, batches);
                paid(stage, batch, goal).await?;
            }
        }
    }
    phase!(stage, cases, 20, 16, only_offered, offered);
    phase!(stage, cases, 12, 7, |case| case.reaches(Goal::Reported), reported);
    phase!(stage, cases, 5, 3, |case| case.reaches(Goal::Closed), closed);
    Ok(())
}

async fn offered(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let id = case.application.context("an application")?;
    let mut tx = app.db.read().await?;
    let application = crate::applications::get(&mut tx, id).await?;
    drop(tx);
    let starts_on = app.clock.today(Seoul) + Duration::days(14);
    // Two milestones, 60 and 40 of a hundred.
    let part = |amount: Won| Won(amount.0 * 6 / 10);
    let (supply, support) = (part(application.total_won), part(application.support_won));
    let milestone = |name: &str, days, supply, support| agreements::rules::NewMilestone {
        name: name.to_owned(),
        deliverables: "설치 확인서와 시험 결과".to_owned(),
        due_on: starts_on + Duration::days(days),
        supply,
        support,
    };
    let offer = agreements::forms::NewOffer {
        application: id,
        starts_on,
        ends_on: starts_on + Duration::days(180),
        milestones: vec![
            milestone("설치와 시험", 60, supply, support),
            milestone("전체 적용", 150, application.total_won.minus(supply), application.support_won.minus(support)),
        ],
    };
    let manager = at_work(app, &stage.cast.manager);
    case.money.agreement = Some(agreements::actions::offer(app, &manager, offer, Once::new()).await?);
    Ok(())
}

async fn assented(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let id = case.money.agreement.context("an agreement")?;
    for party in [stage.as_firm(case), stage.as_vendor(case), at_work(stage.app, &stage.cast.manager)] {
        agreements::actions::assent(stage.app, &party, id, Once::new()).await?;
    }
    Ok(())
}

async fn issued(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let id = case.money.agreement.context("an agreement")?;
    let mut tx = app.db.read().await?;
    let agreement = agreements::get(&mut tx, id).await?;
    drop(tx);
    let deposit = agreements::forms::NewDeposit {
        amount: agreement.own_won,
        payer_name: case.spec.legal_name.clone(),
        payer_number: None,
        mismatch_reason: None,
        bank_reference: format!("DEMO-{}", agreement.number),
        received_on: app.clock.today(Seoul),
    };
    let officer = at_work(app, &stage.cast.claims);
    agreements::actions::record_deposit(app, &officer, id, deposit, Once::new()).await?;
    agreements::actions::issue_voucher(app, &at_work(app, &stage.cast.manager), id, Once::new()).await?;
    Ok(())
}

async fn first_invoice(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    invoice(stage, case, 0).await
}

async fn second_invoice(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    invoice(stage, case, 1).await
}

async fn invoice(stage: &Stage<'_>, case: &mut Case, which: usize) -> anyhow::Result<()> {
    let app = stage.app;
    let agreement = case.money.agreement.context("an agreement")?;
    let mut tx = app.db.read().await?;
    let milestones = agreements::milestones(&mut tx, agreement).await?;
    drop(tx);
    let milestone = milestones.get(which).context("a milestone")?;
    let today = app.clock.today(Seoul);
    let serial = case.spec.number * 2 + u32::try_from(which)?;
    let invoice = claims::rules::Invoice {
        approval_number: format!("{}41000096{serial:08}", today.format("%Y%m%d"))
            .parse()
            .map_err(|_| anyhow::anyhow!("an approval number"))?,
        invoice_no: format!("INV-{serial:07}"),
        kind: claims::rules::TaxKind::Taxable,
        issued_on: today,
        supplied_on: today,
        supplier_number: stage.vendors[case.vendor].business_number.parse().map_err(|_| anyhow::anyhow!("a number"))?,
        buyer_number: case.spec.business_number.clone(),
        supply: milestone.supply_won,
        vat: milestone.supply_won.vat(),
        total: milestone.supply_won.plus(milestone.supply_won.vat()),
        lines: vec![claims::rules::InvoiceLine {
            description: milestone.name.clone(),
            quantity: 1,
            unit_price: milestone.supply_won,
            net: milestone.supply_won,
        }],
    };
    let claim = claims::actions::NewClaim { agreement, milestone: MilestoneId(milestone.id.0), invoice, file: None };
    case.money.claim = Some(claims::actions::submit(app, &stage.as_vendor(case), claim, Once::new()).await?);
    Ok(())
}

async fn delivery_answered(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let id = case.money.claim.context("a claim")?;
    let accepts = case.spec.goal != Goal::Disputed;
    let note = if accepts {
        "현장에서 확인했습니다."
    } else {
        "시험 결과가 약속한 기준에 미치지 못합니다."
    };
    claims::actions::answer(stage.app, &stage.as_firm(case), id, accepts, note, Once::new()).await?;
    Ok(())
}

async fn claim_approved(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let id = case.money.claim.context("a claim")?;
    let officer = at_work(stage.app, &stage.cast.claims);
    claims::actions::decide(stage.app, &officer, id, claims::actions::Decision::Approve, Once::new()).await?;
    Ok(())
}

/// Before money goes out the register is asked again about firms and vendors.
async fn ask_register(stage: &Stage<'_>, batch: &[ClaimId]) -> anyhow::Result<()> {
    let app = stage.app;
    let mut tx = app.db.read().await?;
    let mut asked = std::collections::BTreeSet::new();
    for id in batch {
        let claim = claims::find(&mut tx, *id).await?.context("a claim")?;
        let vendor = vendors::get(&mut tx, claim.vendor_id).await?;
        asked.extend([claim.organisation_id, vendor.organisation_id]);
    }
    drop(tx);
    let officer = at_work(app, &stage.cast.screener);
    for chunk in asked.into_iter().collect::<Vec<_>>().chunks(AT_ONCE) {
        try_join_all(chunk.iter().map(|id| {
            organisations::actions::record_register_status(app, &officer, *id, RegisterStatus::Active, Once::new())
        }))
        .await?;
    }
    Ok(())
}

/// One batch as far as `goal` says: prepared, sent, or confirmed by the bank.
async fn paid(stage: &Stage<'_>, batch: &[ClaimId], goal: Goal) -> anyhow::Result<()> {
    let app = stage.app;
    ask_register(stage, batch).await?;
    let payer = |n: usize| at_work(app, &stage.cast.payers[n]);
    let id = payments::actions::prepare(app, &payer(0), batch.to_vec(), Once::new()).await?;
    if goal == Goal::Ordered {
        return Ok(());
    }
    payments::actions::approve(app, &payer(1), id, Once::new()).await?;
    payments::actions::release(app, &payer(2), id, Once::new()).await?;
    if goal == Goal::Sent {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let sent = payments::payments_of(&mut tx, id).await?;
    drop(tx);
    for chunk in sent.chunks(AT_ONCE) {
        let officer = payer(0);
        try_join_all(chunk.iter().map(|payment| {
            let answer = Answer::Confirmed { reference: format!("BANK-{}", payment.end_to_end_id) };
            payments::actions::answer(app, &officer, payment.id, answer, Once::new())
        }))
        .await?;
    }
    Ok(())
}

async fn reported(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let agreement = case.money.agreement.context("an agreement")?;
    let id = outcomes::actions::open(app, &crate::core::actor::Actor::system(), agreement).await?;
    let mut tx = app.db.read().await?;
    let indicators = agreements::indicators(&mut tx, agreement).await?;
    drop(tx);
    let today = app.clock.today(Seoul);
    let report = outcomes::actions::NewReport {
        measurements: indicators
            .iter()
            .map(|indicator| outcomes::actions::NewMeasurement {
                indicator: indicator.id,
                // Most of the way to the target.
                value_milli: indicator.target_milli + (indicator.baseline_milli - indicator.target_milli) / 5,
                measured_on: today,
                method: outcomes::rules::Method::Log,
            })
            .collect(),
        active_users: 5 + i64::from(case.spec.number % 40),
        satisfaction: 3 + i64::from(case.spec.number % 3),
        would_pay: !case.spec.number.is_multiple_of(3),
        comment: "시연용 성과 보고입니다.".to_owned(),
    };
    outcomes::actions::submit(app, &stage.as_firm(case), id, report, Once::new()).await?;
    case.money.report = Some(id);
    Ok(())
}

async fn closed(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let id = case.money.report.context("a report")?;
    let manager = at_work(stage.app, &stage.cast.manager);
    outcomes::actions::verify(stage.app, &manager, id, true, "", Once::new()).await?;
    Ok(())
}
