//! Advisers: a firm's own, the adviser's desk, and the list for staff.

use crate::{
    app::App,
    audit,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::page::Cursor,
    organisations::{
        MandateId, actions,
        forms::mandates::MandateForm,
        rules::{
            LEGAL_ZONE,
            mandates::{FeeKind, Relation},
        },
        store::mandates::{self as store, AdviserFilter},
        views::people::*,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect_with, show as show_page,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use chrono::Duration;

const OWN: &str = "/organisation/advisers";
/// Acts of advisers that a firm sees at once.
const ACTS_SHOWN: i64 = 30;

pub async fn own(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let page = visitor.page("organisations-advisers-own").back_to("/organisation", "organisations-own-title");
    let rows = store::own_mandates(&mut tx, &actor).await?;
    let mut acts = Vec::new();
    for row in &rows {
        acts.extend(audit::history_of_mandate(&mut tx, row.id.0, ACTS_SHOWN).await?);
    }
    acts.sort_by_key(|act| std::cmp::Reverse((act.at, act.id)));
    acts.truncate(ACTS_SHOWN as usize);
    let mandates = rows.into_iter().map(|row| MandateView::new(&page, row, now)).collect();
    show_page(&OwnAdvisersPage { page, mandates, acts, may_give: actor.may(OwnAct::Mandate).is_ok() })
}

fn give_page(visitor: &Visitor, form: Form) -> Answer {
    let lang = visitor.lang;
    let page = visitor.page("organisations-mandate-give").back_to(OWN, "organisations-advisers-own");
    FormPage::new(page, form, "/organisation/advisers/new", "organisations-mandate-submit")
        .intro(lang.t("organisations-mandate-intro"))
        .field(Field::Email("email"))
        .field(Field::Text("name", "20"))
        .field(Field::Text("company", "30"))
        .field(Field::Text("adviser_number", "20"))
        .field(Field::Text("phone", "20"))
        .field(Field::Radios("relation", Choice::codes(lang, "adviser-relation", Relation::ALL)))
        .field(Field::Radios("fee_kind", Choice::codes(lang, "fee-kind", FeeKind::ALL)))
        .field(Field::Money("fee_won"))
        .field(Field::Number("fee_percent", "%".to_owned()))
        .field(Field::Date("starts_on"))
        .field(Field::Date("ends_on"))
        .field(Field::Inset(lang.t("organisations-mandate-limits-text")))
        .field(Field::Checkbox("limits"))
        .answer()
}

pub async fn show_give(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    actor.may(OwnAct::Mandate)?;
    let today = local_date(app.clock.now(), LEGAL_ZONE);
    let term = vec![("starts_on", today.to_string()), ("ends_on", (today + Duration::days(90)).to_string())];
    give_page(&visitor, Form::with(&visitor, "organisations", term))
}

pub async fn give(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done = async {
        let new = posted.read::<MandateForm>()?.parse(local_date(app.clock.now(), LEGAL_ZONE))?;
        actions::give_mandate(&app, &actor, new, posted.once).await
    };
    match done.await {
        Ok(_) => Ok(redirect_with(OWN, "organisations-flash-mandate-given")),
        Err(trouble) => give_page(&visitor, posted.again(&visitor, "organisations", trouble)?),
    }
}

pub async fn end(app: web::Data<App>, actor: Actor, id: web::Path<MandateId>, posted: Posted) -> Answer {
    posted.press()?;
    actions::end_mandate(&app, &actor, *id, posted.once).await?;
    let back = if actor.is(Role::Adviser) { "/mandates" } else { OWN };
    Ok(redirect_with(back, "organisations-flash-mandate-ended"))
}

pub async fn desk(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let page = visitor.page("organisations-desk");
    let rows = store::own_mandates(&mut tx, &actor).await?;
    let mandates = rows.into_iter().map(|row| MandateView::new(&page, row, now)).collect();
    show_page(&DeskPage { page, mandates, working_for: actor.mandate.map(|mandate| mandate.on_behalf_of) })
}

pub async fn answer(app: web::Data<App>, actor: Actor, path: web::Path<(MandateId, String)>, posted: Posted) -> Answer {
    let (id, verb) = path.into_inner();
    posted.press()?;
    let done: Outcome<&str> = async {
        match verb.as_str() {
            "accept" => actions::answer_mandate(&app, &actor, id, true, posted.once).await?,
            "decline" => actions::answer_mandate(&app, &actor, id, false, posted.once).await?,
            "work" => {
                actions::work(&app, &actor, id).await?;
                return Ok("/applications");
            }
            _ => return Err(Refusal::not_found().into()),
        }
        Ok("/mandates")
    }
    .await;
    match done? {
        "/applications" => Ok(redirect_with("/applications", "organisations-flash-working")),
        to => Ok(redirect_with(to, "organisations-flash-answered")),
    }
}

#[derive(serde::Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    flagged: String,
    #[serde(default)]
    after: String,
}

pub async fn list(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let filter = AdviserFilter { flagged: query.flagged == "yes" };
    let today = local_date(app.clock.now(), LEGAL_ZONE);
    let mut tx = app.db.read().await?;
    let paged = store::advisers(&mut tx, &filter, today, after).await?;
    let page = visitor.page("organisations-advisers");
    let flagged = if filter.flagged { "yes" } else { "" };
    let list = ListView::new(&page, &paged, "/advisers", &[("flagged", flagged)], after);
    let form = Form::with(&visitor, "organisations", vec![("flagged", flagged.to_owned())]);
    show_page(&AdvisersPage { page, form, advisers: paged.rows, list })
}

pub async fn adviser(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<MandateId>) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let named = store::find_mandate(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let rows = store::mandates_by_email(&mut tx, &named.email).await?;
    let page = visitor.page_titled(named.name).back_to("/advisers", "organisations-advisers");
    let mandates = rows.into_iter().map(|row| MandateView::new(&page, row, now)).collect();
    show_page(&AdviserPage { page, mandates })
}
