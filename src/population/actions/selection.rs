//! Cases from draft to decision.

use super::{AT_ONCE, Case, Stage, cast::at_work, phase};
use crate::population::rules::{self, Goal};
use crate::{
    applications::{
        self,
        actions::{Edit, screen, start, submit},
        forms::{NewCost, NewIndicator, NewPackage, NewUseCase, NewWorkload, Screening},
        rules::defects::own_words,
    },
    core::money::Won,
    db::once::Once,
    people::PersonId,
    programmes::CostCategory,
    reviews::{self, DecisionOutcome, DecisionReason, ItemScore},
};
use anyhow::Context;
use bytes::Bytes;
use futures_util::{future::try_join_all, stream};

/// The smallest file that says of itself that it is a PDF.
pub(super) const DOCUMENT: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";

/// Goals that are reached in the call that is still open.
fn in_open_call(case: &Case) -> bool {
    matches!(case.spec.goal, Goal::Draft | Goal::Submitted | Goal::SupplementRequested)
        || (matches!(case.spec.goal, Goal::Withdrawn | Goal::Ineligible) && case.spec.number.is_multiple_of(2))
}

pub(super) async fn play(stage: &Stage<'_>, cases: &mut [Case]) -> anyhow::Result<()> {
    let applies = |case: &&mut Case| case.reaches(Goal::Draft);
    phase!(stage, cases, 194, 162, |case| applies(case) && !in_open_call(case), apply);
    phase!(stage, cases, 159, 152, |case| applies(case) && !in_open_call(case), screened);
    phase!(stage, cases, 150, 138, |case| case.reaches(Goal::InReview), reviewed);
    phase!(stage, cases, 137, 132, |case| case.reaches(Goal::Rejected), decided);
    phase!(stage, cases, 5, 3, |case| applies(case) && in_open_call(case), apply);
    phase!(stage, cases, 2, 1, |case| applies(case) && in_open_call(case), screened);
    Ok(())
}

/// Amounts of a case: a licence of the vendor's package and its integration; two thirds are asked of the state.
struct Amounts {
    quantity: i64,
    licence: Won,
    integration: Won,
    support: Won,
}

fn amounts(case: &Case, unit_price: Won) -> Amounts {
    let target = case.spec.support.0 * 3 / 2;
    let quantity = (target * 6 / 10 / unit_price.0).max(1);
    let licence = quantity * unit_price.0;
    let integration = (target - licence).max(5_000_000);
    Amounts {
        quantity,
        licence: Won(licence),
        integration: Won(integration),
        support: Won(((licence + integration) * 2 / 3).min(200_000_000)),
    }
}

async fn apply(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let firm = stage.as_firm(case);
    let call = if in_open_call(case) { stage.open } else { stage.past };
    let id = start(app, &firm, call, None, Once::new()).await?;
    case.application = Some(id);
    let edit = |version| Edit { id, version, once: Once::new(), auto: false };
    let use_case = NewUseCase {
        title: format!("{} AI 도입", case.spec.legal_name.trim_start_matches("주식회사 ")),
        use_case: Some(case.spec.use_case.to_owned()),
        process_name: "시연 공정".to_owned(),
        problem: "사람이 하나씩 확인해 시간이 오래 걸리고 빠뜨리는 일이 잦습니다.".to_owned(),
        plan: "공급기업의 솔루션을 도입해 석 달 동안 시험하고 전체 공정에 적용합니다.".to_owned(),
    };
    let mut version = 1;
    version = applications::actions::save_use_case(app, &firm, edit(version), use_case).await?;
    let workload = NewWorkload {
        data_class: "D1".parse().ok(),
        latency_class: "L1".parse().ok(),
        language_class: Some("ko".parse().context("a language class")?),
        decision_impact: "human_in_loop".parse().ok(),
        model_origin: "sovereign".parse().ok(),
        hosting: "kr_public_cloud".parse().ok(),
        human_oversight: "담당자가 결과를 확인합니다.".to_owned(),
    };
    version = applications::actions::save_workload(app, &firm, edit(version), workload).await?;
    if case.spec.goal == Goal::Draft && case.spec.number.is_multiple_of(2) {
        return Ok(());
    }
    let indicator = NewIndicator {
        name: "건당 처리 시간".to_owned(),
        unit: "분".to_owned(),
        direction: "down".parse().context("a direction")?,
        baseline_milli: Some(rules::points(stage.plan.seed, case.spec.number, 10, 20, 60) * 1_000),
        target_milli: Some(rules::points(stage.plan.seed, case.spec.number, 11, 5, 15) * 1_000),
        baseline_period: "최근 6개월".to_owned(),
        baseline_source: "작업 기록".to_owned(),
    };
    version = applications::actions::save_indicators(app, &firm, edit(version), vec![indicator]).await?;
    let vendor = &stage.vendors[case.vendor];
    let amounts = amounts(case, vendor.unit_price);
    let package = NewPackage { package: Some(vendor.package), quantity: Some(amounts.quantity) };
    version = applications::actions::choose_package(app, &firm, edit(version), package).await?;
    let licence_support = Won(amounts.licence.0 * 2 / 3);
    let costs = vec![
        NewCost {
            category: CostCategory::SolutionLicence,
            description: "솔루션 이용권".to_owned(),
            unit: "식".to_owned(),
            taxed: true,
            in_kind: Won::ZERO,
            quantity: Some(amounts.quantity),
            unit_price: Some(vendor.unit_price),
            support: Some(licence_support),
        },
        NewCost {
            category: CostCategory::Integration,
            description: "설치와 연계".to_owned(),
            unit: "식".to_owned(),
            taxed: true,
            in_kind: Won::ZERO,
            quantity: Some(1),
            unit_price: Some(amounts.integration),
            support: Some(amounts.support.minus(licence_support)),
        },
    ];
    version = applications::actions::save_costs(app, &firm, edit(version), costs).await?;
    if case.spec.goal == Goal::Draft {
        return Ok(());
    }
    if stage.plan.documents {
        for (kind, name) in [("plan", "plan.pdf"), ("registration", "registration.pdf")] {
            let bytes = stream::iter([Ok(Bytes::from_static(DOCUMENT))]);
            let received = app.files.receive("file".to_owned(), name.to_owned(), 10_000, bytes).await?;
            version = applications::actions::attach(app, &firm, id, kind, &received, Once::new()).await?;
        }
    }
    submit(app, &firm, edit(version), app.clock.now()).await?;
    Ok(())
}

async fn screened(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let id = case.application.context("an application")?;
    let screening = match case.spec.goal {
        Goal::Draft | Goal::Submitted => return Ok(()),
        Goal::Withdrawn => {
            let reason = "내부 사정으로 사업을 미룹니다.";
            applications::actions::withdraw(app, &stage.as_firm(case), id, reason, Once::new()).await?;
            return Ok(());
        }
        Goal::SupplementRequested => Screening::Supplement(vec![own_words("documents: 최근 결산 재무제표")]),
        Goal::Ineligible => Screening::Ineligible("같은 과제로 다른 사업의 지원을 받고 있습니다.".to_owned()),
        _ => Screening::Eligible,
    };
    screen(app, &at_work(app, &stage.cast.screener), id, screening, Once::new()).await?;
    Ok(())
}

async fn reviewed(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let app = stage.app;
    let id = case.application.context("an application")?;
    let people: Vec<PersonId> = stage.cast.reviewers.iter().map(|reviewer| PersonId(reviewer.id)).collect();
    reviews::assign(app, &at_work(app, &stage.cast.manager), id, people, Once::new()).await?;
    let mut tx = app.db.read().await?;
    let assignments = reviews::assignments_of(&mut tx, id).await?;
    drop(tx);
    let rubric = crate::programmes::CallRules::ai_voucher().rubric;
    for (n, reviewer) in stage.cast.reviewers.iter().enumerate() {
        // In a case that stays in review the last reviewer has not begun.
        if case.spec.goal == Goal::InReview && n == 2 {
            return Ok(());
        }
        let reviewer = at_work(app, reviewer);
        let assignment = assignments.iter().find(|found| found.reviewer_id == reviewer.id).context("an assignment")?;
        reviews::declare(app, &reviewer, assignment.id, None, Once::new()).await?;
        let (low, high) = if case.spec.goal == Goal::Rejected { (35, 65) } else { (74, 94) };
        let scores = rubric
            .iter()
            .zip(0_u64..)
            .map(|(item, salt)| ItemScore {
                item: item.code.clone(),
                points: rules::points(stage.plan.seed, case.spec.number, n as u64 * 10 + salt, low, high),
                comment: "계획서에 적힌 내용과 근거를 확인했습니다.".to_owned(),
            })
            .collect();
        reviews::score_and_lock(app, &reviewer, assignment.id, scores, Once::new()).await?;
    }
    Ok(())
}

async fn decided(stage: &Stage<'_>, case: &mut Case) -> anyhow::Result<()> {
    let id = case.application.context("an application")?;
    let (outcome, reason, note) = match case.spec.goal {
        Goal::Rejected => (DecisionOutcome::Rejected, DecisionReason::BelowPassMark, "기준 점수에 미치지 못했습니다."),
        Goal::Reserve => (DecisionOutcome::Reserve, DecisionReason::BudgetShort, ""),
        _ => (DecisionOutcome::Selected, DecisionReason::WithinBudget, ""),
    };
    let manager = at_work(stage.app, &stage.cast.manager);
    reviews::decide(stage.app, &manager, id, outcome, reason, note, Once::new()).await?;
    Ok(())
}
