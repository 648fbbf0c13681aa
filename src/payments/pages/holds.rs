//! Holds: what is not paid for now, and which of them nobody looked at.

use super::*;
use crate::payments::{
    rules::holds::{HoldLevel, is_aged},
    store::holds::{self, Which},
};

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<HoldsQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let today = local_date(visitor.arrived_at, ZONE);
    let which = match query.which.as_str() {
        "aged" => Which::Aged(today),
        "all" => Which::All,
        _ => Which::Open,
    };
    let mut tx = app.db.read().await?;
    let paged = holds::page(&mut tx, which, after).await?;
    let page = visitor.page("payments-holds-title").back_to("/payments", "payments-title");
    let list = ListView::new(&page, &paged, "/payments/holds", &[("which", query.which.as_str())], after);
    let rows = paged
        .rows
        .into_iter()
        .map(|hold| HoldView { is_aged: hold.lifted_at.is_none() && is_aged(hold.review_on, today), hold });
    crate::web::show(&HoldsPage {
        rows: rows.collect(),
        filter: Form::with(&visitor, "payments", vec![("which", query.which.clone())]),
        choices: Choice::codes(visitor.lang, "payments-which", &["open", "aged", "all"]),
        may_place: actor.is_any(&[Role::Payer, Role::Manager]),
        list,
        page,
    })
}

async fn new_page(app: &App, visitor: &Visitor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let owners = choices_of(&mut tx, visitor, &[Role::Payer, Role::Manager], "choose-one").await?;
    let page = visitor.page("payments-hold-new").back_to("/payments/holds", "payments-holds-title");
    FormPage::new(page, form, "/payments/holds/new", "payments-hold-place")
        .intro(visitor.lang.t("payments-hold-intro"))
        .field(Field::Radios("level", Choice::codes(visitor.lang, "hold-level", HoldLevel::ALL)))
        .field(Field::Text("subject", "20"))
        .field(Field::Textarea("reason", "3"))
        .field(Field::Select("owner", owners))
        .field(Field::Date("review_on"))
        .answer()
}

pub async fn show_new(app: web::Data<App>, visitor: Visitor) -> Answer {
    new_page(&app, &visitor, Form::new(&visitor, "payments")).await
}

pub async fn place(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<Uuid> = async {
        let new = posted.read::<HoldForm>()?.parse()?;
        actions::place_hold(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/payments/holds/{id}"), "payments-flash-held")),
        Err(trouble) => new_page(&app, &visitor, posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn page_of(app: &App, visitor: &Visitor, actor: &Actor, id: Uuid, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let hold = holds::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor
        .page_titled(format!("{} {}", visitor.lang.code_word("hold-level", hold.level.as_str()), hold.label))
        .back_to("/payments/holds", "payments-holds-title")
        .with_form(&form);
    let view = HoldPage {
        is_aged: hold.lifted_at.is_none() && is_aged(hold.review_on, local_date(visitor.arrived_at, ZONE)),
        may_lift: hold.lifted_at.is_none() && actor.is_any(&[Role::Payer, Role::Manager]),
        history: audit::history_of_subject(&mut tx, id).await?,
        hold,
        form,
        page,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    page_of(&app, &visitor, &actor, *id, Form::new(&visitor, "payments")).await
}

pub async fn lift(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<CancelForm>()?.parse()?;
        actions::lift_hold(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/payments/holds/{id}"), "payments-flash-lifted")),
        Err(trouble) => page_of(&app, &visitor, &actor, *id, posted.again(&visitor, "payments", trouble)?).await,
    }
}
