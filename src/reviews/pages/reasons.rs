//! The catalogue of reasons: as it is worded now, with its history, and one form a reason.

use crate::{
    app::App,
    audit,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    reviews::{
        actions::{self, REASONS},
        forms::WordingForm,
        rules::{Basis, DecisionOutcome},
        store,
        views::ReasonsPage,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect_with, show as show_page,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    let page = visitor.page("reasons-title");
    let page = if actor.is(Role::Admin) { page } else { page.back_to("/reviews", "reviews-title") };
    show_page(&ReasonsPage {
        reasons: store::reasons(&mut tx).await?,
        history: audit::history_of_subject(&mut tx, REASONS).await?,
        may_edit: actor.is(Role::Admin),
        page,
    })
}

#[derive(serde::Deserialize)]
pub struct Which {
    #[serde(default)]
    code: String,
}

async fn edit_page(app: &App, visitor: &Visitor, code: &str, posted: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let known = store::latest_reason(&mut tx, code).await?;
    if known.is_none() && !code.is_empty() && posted.is_none() {
        return Err(Refusal::not_found().into());
    }
    // A new code that somebody else took meanwhile stays a new one on the form that comes back.
    let known = known.filter(|_| posted.as_ref().is_none_or(|form| form.value("version") != "0"));
    let version = known.as_ref().map_or(0, |reason| reason.version);
    let form = posted.unwrap_or_else(|| {
        let mut values = vec![("version", version.to_string())];
        if let Some(reason) = &known {
            values.extend(reason.outcomes().iter().map(|outcome| ("outcomes", outcome.to_string())));
            values.extend([
                ("code", reason.code.clone()),
                ("basis", reason.basis.to_string()),
                ("name_ko", reason.name_ko.clone()),
                ("name_en", reason.name_en.clone()),
                ("letter_ko", reason.letter_ko.clone()),
                ("letter_en", reason.letter_en.clone()),
            ]);
            if reason.retired {
                values.push(("retire", "yes".to_owned()));
            }
        }
        Form::with(visitor, "reasons", values)
    });
    let form = if form.is_overtaken() { form.put("version", version) } else { form };
    let is_fixed = known.as_ref().is_some_and(|reason| reason.is_the_programs());
    let page = match &known {
        Some(reason) => visitor.page_titled(reason.name(visitor.lang).to_owned()),
        None => visitor.page("reasons-add"),
    };
    let page = page.back_to("/decision-reasons", "reasons-title");
    let intro = page.t(if is_fixed { "reasons-fixed" } else { "reasons-intro" });
    let with = FormPage::new(page, form, "/decision-reasons/edit", "save").intro(intro).field(Field::Hidden("version"));
    let with = match known.is_some() {
        true => with.field(Field::Hidden("code")),
        false => with.field(Field::Text("code", "20")),
    };
    let with = match is_fixed {
        true => with,
        false => with
            .field(Field::Checkboxes("outcomes", Choice::codes(visitor.lang, "decision-outcome", DecisionOutcome::ALL)))
            .field(Field::Radios("basis", Choice::codes(visitor.lang, "reason-basis", Basis::ALL))),
    };
    let with = with
        .field(Field::Text("name_ko", ""))
        .field(Field::Textarea("letter_ko", "3"))
        .field(Field::Text("name_en", ""))
        .field(Field::Textarea("letter_en", "3"))
        .field(Field::Textarea("note", "2"));
    if known.is_some() && !is_fixed { with.field(Field::Checkbox("retire")).answer() } else { with.answer() }
}

pub async fn show_edit(app: web::Data<App>, visitor: Visitor, query: web::Query<Which>) -> Answer {
    edit_page(&app, &visitor, &query.code, None).await
}

pub async fn edit(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let (base, wording) = posted.read::<WordingForm>()?.parse()?;
        actions::word_reason(&app, &actor, base, wording, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/decision-reasons", "reasons-flash-worded")),
        Err(trouble) => {
            let form = posted.again(&visitor, "reasons", trouble)?;
            edit_page(&app, &visitor, posted.value("code"), Some(form)).await
        }
    }
}
