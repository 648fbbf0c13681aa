//! The firm answers, the officer decides, and the letter that says so.

use super::*;
use uuid::Uuid;

async fn answer_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let milestone = agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?;
    let (_, vendor_name) = names(&mut tx, &claim).await?;
    let here = format!("/claims/{id}");
    let choices = Choice::codes(visitor.lang, "claims-answer", &["accept", "dispute"]);
    let said = [
        ("vendor", vendor_name),
        ("number", claim.number.clone()),
        ("total", crate::web::page::show_won(visitor.lang, claim.total_won)),
    ];
    FormPage::new(
        visitor.page("claims-answer-title").back_to(here.clone(), "claims-back-to-claim"),
        form,
        format!("{here}/answer"),
        "claims-answer-send",
    )
    .intro(visitor.lang.t_with("claims-answer-intro", &said))
    .field(Field::Heading(milestone.name))
    .field(Field::Inset(milestone.deliverables))
    .field(Field::Radios("answer", choices))
    .field(Field::Textarea("note", "5"))
    .answer()
}

pub async fn show_answer(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    answer_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

pub async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (accept, note) = posted.read::<AnswerForm>()?.parse()?;
        actions::answer(&app, &actor, *id, accept, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-answered")),
        Err(trouble) => answer_page(&app, &visitor, &actor, *id, posted.again(&visitor, "claims", trouble)?).await,
    }
}

async fn check_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let (checks, compared) = actions::present(&mut tx, actor, &claim, app.clock.now()).await?;
    let clash = audit::clash(&mut tx, actor, claim.application_id.0, Act::ClaimApproved).await?;
    let case = actions::money_case(&mut tx, &claim).await?;
    let balance = ledger::balance(&mut tx, case.account(AccountKind::Voucher)).await?;
    let (firm_name, vendor_name) = names(&mut tx, &claim).await?;
    let number = store::approval_number(&mut tx, claim.id).await?;
    let hindrance = if claim.state != ClaimState::DeliveryAccepted {
        Some(visitor.lang.t("claims-not-to-decide"))
    } else {
        clash.map(|act| visitor.lang.refusal(&audit::apart(visitor.lang, act)))
    };
    let page = visitor.page("claims-check-title").back_to(format!("/claims/{id}"), "claims-back-to-claim");
    let view = CheckPage {
        compared: comparisons(&page, &compared),
        left: actions::lines_left(&mut tx, claim.agreement_id, Some(claim.id)).await?,
        candidates: store::candidates(&mut tx, claim.id).await?,
        service: actions::service(&mut tx, &claim, app.clock.now()).await?,
        checks: present_checks(&page, &checks),
        lines: store::lines(&mut tx, claim.id).await?,
        milestone: agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?,
        file: kept_file(&mut tx, &claim).await?,
        documents: store::documents(&mut tx, claim.id).await?,
        approval_number: shown_number(&number),
        page: page.with_form(&form),
        form,
        claim,
        firm_name,
        vendor_name,
        balance,
        hindrance,
    };
    show_form(&view, &view.form)
}

pub async fn show_check(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    check_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

pub async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let decision = posted.read::<DecisionForm>()?.parse()?;
        actions::decide(&app, &actor, *id, decision, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-decided")),
        Err(trouble) => check_page(&app, &visitor, &actor, *id, posted.again(&visitor, "claims", trouble)?).await,
    }
}

/// What was decided, line by line, for both parties.
pub async fn letter(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let (Some(supply), Some(vat), Some(decided_at)) =
        (claim.approved_supply_won, claim.approved_vat_won, claim.checked_at)
    else {
        return Err(Refusal::not_found().into());
    };
    let (firm_name, vendor_name) = names(&mut tx, &claim).await?;
    let here = format!("/claims/{}", claim.id);
    show(&LetterPage {
        page: visitor.page("claims-letter-title").back_to(here, "claims-back-to-claim"),
        lines: store::decided_lines(&mut tx, claim.id).await?,
        firm_name,
        vendor_name,
        supply,
        vat,
        decided_at,
        claim,
    })
}

async fn clear_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (id, candidate): (ClaimId, Uuid),
    form: Form,
) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let known = store::candidates(&mut tx, id).await?;
    let found = known.into_iter().find(|known| known.id == candidate).ok_or_else(Refusal::not_found)?;
    let said = [
        ("number", claim.number),
        ("other", found.other_number),
        ("kind", visitor.lang.code_word("claim-candidate", &found.kind)),
        ("total", crate::web::page::show_won(visitor.lang, found.other_total_won)),
    ];
    FormPage::new(
        visitor.page("claims-clear-title").back_to(format!("/claims/{id}/check"), "claims-back-to-check"),
        form,
        format!("/claims/{id}/candidates/{candidate}"),
        "claims-clear",
    )
    .intro(visitor.lang.t_with("claims-clear-intro", &said))
    .field(Field::Textarea("reason", "4"))
    .link(format!("/claims/{}", found.other_id), "claims-clear-other")
    .answer()
}

pub async fn show_clear(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ClaimId, Uuid)>,
) -> Answer {
    clear_page(&app, &visitor, &actor, *path, Form::new(&visitor, "claims")).await
}

pub async fn clear(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ClaimId, Uuid)>,
    posted: Posted,
) -> Answer {
    let (id, candidate) = *path;
    let done: Outcome<()> = async {
        let reason = posted.read::<ReasonForm>()?.parse()?;
        actions::clear(&app, &actor, id, candidate, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}/check"), "claims-flash-cleared")),
        Err(trouble) => clear_page(&app, &visitor, &actor, *path, posted.again(&visitor, "claims", trouble)?).await,
    }
}
