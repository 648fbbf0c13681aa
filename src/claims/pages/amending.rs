//! Amended and cancelled tax invoices: reported by the vendor or an officer, settled by an officer.

use super::*;

async fn amend_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let original = shown_number(&store::approval_number(&mut tx, id).await?);
    let mut reasons = vec![Choice::new("", visitor.lang.t("choose-one"))];
    reasons.extend(Choice::codes(visitor.lang, "claim-amend-reason", &[1, 2, 3, 4, 5, 6]));
    let said = [("number", claim.number), ("original", original)];
    FormPage::new(
        visitor.page("claims-amend-title").back_to(format!("/claims/{id}"), "claims-back-to-claim"),
        form,
        format!("/claims/{id}/amendment"),
        "claims-amend",
    )
    .intro(visitor.lang.t_with("claims-amend-intro", &said))
    .intro(visitor.lang.t("claims-amend-effect"))
    .field(Field::Text("approval_number", "30"))
    .field(Field::Select("amend_reason", reasons))
    .field(Field::Date("issued_on"))
    .field(Field::Money("supply_won"))
    .field(Field::Money("vat_won"))
    .field(Field::Textarea("note", "4"))
    .warning()
    .answer()
}

pub async fn show_amend(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    query: web::Query<NewQuery>,
) -> Answer {
    let values = match query.file.parse::<FileId>() {
        Ok(file) => from_credit_note(&actions::filled_from(&app, &actor, file).await?),
        Err(_) => Vec::new(),
    };
    amend_page(&app, &visitor, &actor, *id, Form::with(&visitor, "claims-amendment", values)).await
}

pub async fn amend(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<AmendmentForm>()?.parse()?;
        actions::amend(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-amended")),
        Err(trouble) => {
            let form = posted.again(&visitor, "claims-amendment", trouble)?;
            amend_page(&app, &visitor, &actor, *id, form).await
        }
    }
}

async fn settle_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    FormPage::new(
        visitor.page("claims-settle-title").back_to(format!("/claims/{id}"), "claims-back-to-claim"),
        form,
        format!("/claims/{id}/settlement"),
        "claims-settle",
    )
    .intro(visitor.lang.t_with("claims-settle-intro", &[("number", claim.number)]))
    .field(Field::Textarea("reason", "4"))
    .answer()
}

pub async fn show_settle(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    settle_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

pub async fn settle(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<ReasonForm>()?.parse()?;
        actions::settle(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-settled")),
        Err(trouble) => settle_page(&app, &visitor, &actor, *id, posted.again(&visitor, "claims", trouble)?).await,
    }
}
