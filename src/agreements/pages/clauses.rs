//! The clauses: what is in force, the change under way, one form a clause.

use super::*;
use crate::{
    audit,
    web::{
        Choice,
        simple::{Field, FormPage},
    },
};

async fn overview_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let latest = store::latest_clauses(&mut tx).await?;
    let open = store::open_clause_change(&mut tx).await?;
    let is_mine = match &open {
        Some(change) => store::had_hand(&mut tx, change.id, actor.id).await?,
        None => false,
    };
    let view = ClausesPage {
        page: visitor.page("agreement-clauses-title").back_to("/agreements", "agreements-title").with_form(&form),
        may_edit: actor.is_any(&[Role::Admin, Role::Manager]),
        is_mine,
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        history: audit::history_of_subject(&mut tx, actions::CLAUSES).await?,
        versions: store::clause_versions(&mut tx).await?,
        form,
        latest,
        open,
    };
    show_form(&view, &view.form)
}

pub(super) async fn overview(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    overview_page(&app, &visitor, &actor, Form::new(&visitor, "agreements")).await
}

#[derive(serde::Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    code: String,
}

async fn edit_page(app: &App, visitor: &Visitor, code: &str, posted: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let open = store::open_clause_change(&mut tx).await?;
    let version = open.as_ref().map_or(0, |change| change.version);
    let clauses = match open {
        Some(change) => change.clauses.0,
        None => store::latest_clauses(&mut tx).await?.clauses.0,
    };
    let known = clauses.into_iter().find(|clause| clause.code == code);
    let is_known = known.is_some();
    let form = posted.unwrap_or_else(|| {
        let mut values = vec![("version", version.to_string())];
        if let Some(clause) = known {
            values.extend([
                ("code", clause.code),
                ("applies", clause.applies.to_string()),
                ("heading_ko", clause.heading_ko),
                ("heading_en", clause.heading_en),
                ("text_ko", clause.text_ko),
                ("text_en", clause.text_en),
            ]);
        }
        Form::with(visitor, "clauses", values)
    });
    let form = if form.is_overtaken() { form.put("version", version) } else { form };
    let page = visitor.page("clauses-edit-title").back_to("/agreement-clauses", "agreement-clauses-title");
    let places = PLACEHOLDERS.iter().map(|place| format!("{{{place}}}")).collect::<Vec<_>>().join(", ");
    let intro = page.t1("clauses-places", "places", places);
    let applies = Choice::codes(visitor.lang, "clause-applies", When::ALL);
    let code = if is_known { Field::Hidden("code") } else { Field::Text("code", "20") };
    let with = FormPage::new(page, form, "/agreement-clauses/edit", "save")
        .intro(intro)
        .field(Field::Hidden("version"))
        .field(code)
        .field(Field::Radios("applies", applies))
        .field(Field::Text("heading_ko", "30"))
        .field(Field::Textarea("text_ko", "5"))
        .field(Field::Text("heading_en", "30"))
        .field(Field::Textarea("text_en", "5"));
    if is_known { with.field(Field::Checkbox("take_out")).answer() } else { with.answer() }
}

pub(super) async fn show_edit(app: web::Data<App>, visitor: Visitor, query: web::Query<Which>) -> Answer {
    edit_page(&app, &visitor, &query.code, None).await
}

pub(super) async fn edit(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let (version, edit) = posted.read::<ClauseForm>()?.parse()?;
        actions::edit_clause(&app, &actor, version, edit, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/agreement-clauses", "agreements-flash-clause")),
        Err(trouble) => {
            let form = posted.again(&visitor, "clauses", trouble)?;
            edit_page(&app, &visitor, posted.value("code"), Some(form)).await
        }
    }
}

pub(super) async fn take_step(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let (version, step, note) = posted.read::<ClauseStepForm>()?.parse()?;
        match step.as_str() {
            "propose" => actions::propose_clauses(&app, &actor, version, &note, posted.once).await,
            "adopt" => actions::decide_clauses(&app, &actor, version, None, posted.once).await,
            "refuse" => actions::decide_clauses(&app, &actor, version, Some(&note), posted.once).await,
            "drop" => actions::drop_clauses(&app, &actor, version, posted.once).await,
            _ => Err(Refusal::not_found().into()),
        }
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/agreement-clauses", "agreements-flash-clauses-moved")),
        Err(trouble) => overview_page(&app, &visitor, &actor, posted.again(&visitor, "agreements", trouble)?).await,
    }
}
