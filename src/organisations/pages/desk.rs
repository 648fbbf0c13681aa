//! For officers: organisations that may be one, the business register, lists of other agencies.

use super::{members::only, received_file};
use crate::{
    app::App,
    audit,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    organisations::{
        AffiliationId, actions,
        forms::aid::{AgencyForm, RegisterFileForm, VerdictForm},
        rules::REGISTER_FRESH_DAYS,
        store::{self, affiliations::AffiliationFilter},
        views::records::*,
    },
    web::{Answer, Choice, Form, Posted, Visitor, list::ListView, redirect_with, show as show_page, show_form, upload},
};
use actix_multipart::Multipart;
use actix_web::web;
use chrono::Duration;
use uuid::Uuid;

/// Whoever decides about ties and takes lists over.
pub const OFFICERS: &[Role] = &[Role::Screener, Role::Manager];

#[derive(serde::Deserialize)]
pub struct DuplicatesQuery {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    across: String,
    #[serde(default)]
    after: String,
}

pub async fn duplicates(app: web::Data<App>, visitor: Visitor, query: web::Query<DuplicatesQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    // What waits comes first; "all" is chosen.
    let state = query.state.clone().unwrap_or_else(|| "open".to_owned());
    let filter =
        AffiliationFilter { state: state.parse().ok(), kind: query.kind.parse().ok(), across: query.across == "yes" };
    let mut tx = app.db.read().await?;
    let paged = store::affiliations::affiliations(&mut tx, &filter, after).await?;
    let counts = store::affiliations::open_counts(&mut tx).await?;
    let page = visitor.page("organisations-duplicates");
    let filters = [("state", state.as_str()), ("kind", query.kind.as_str()), ("across", query.across.as_str())];
    let list = ListView::new(&page, &paged, "/organisations/duplicates", &filters, after);
    let form =
        Form::with(&visitor, "organisations-tie", filters.map(|(name, value)| (name, value.to_owned())).to_vec());
    show_page(&DuplicatesPage { page, form, ties: paged.rows, counts, list })
}

impl DuplicatesPage {
    /// The box that leaves only ties between a firm and a vendor.
    pub fn across(&self) -> Vec<Choice> {
        only(self.page.t("organisations-tie-across-yes"))
    }
}

async fn duplicate_page(app: &App, visitor: &Visitor, actor: &Actor, id: AffiliationId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let tie = store::affiliations::find_affiliation(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let one = store::get(&mut tx, tie.one_id).await?;
    let other = store::get(&mut tx, tie.other_id).await?;
    let mut between = store::affiliations::ties_of(&mut tx, tie.one_id).await?;
    between.retain(|of| of.other_id == tie.other_id || of.one_id == tie.other_id);
    // Each decision stands in the history of both: one of the two is enough here.
    let mut history = audit::history_of_subject(&mut tx, id.0).await?;
    history.dedup_by_key(|record| (record.at, record.kind.clone()));
    let form = form.unwrap_or_else(|| Form::new(visitor, "organisations"));
    let form = form.put("from", tie.state);
    let page = visitor.page("organisations-duplicate").back_to("/organisations/duplicates", "organisations-duplicates");
    let may_decide = actor.is_any(OFFICERS);
    let view = DuplicatePage { page: page.with_form(&form), form, tie, one, other, between, history, may_decide };
    show_form(&view, &view.form)
}

pub async fn duplicate(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AffiliationId>) -> Answer {
    duplicate_page(&app, &visitor, &actor, *id, None).await
}

pub async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AffiliationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let verdict = posted.read::<VerdictForm>()?.parse()?;
        actions::decide_affiliation(&app, &actor, *id, verdict.from, verdict.to, &verdict.reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/organisations/duplicates", "organisations-flash-tie-decided")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            duplicate_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}

async fn register_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let fresh_since = app.clock.now() - Duration::days(REGISTER_FRESH_DAYS);
    let page = visitor.page("organisations-register-desk").back_to("/organisations", "organisations-title");
    let view = RegisterPage {
        page: page.with_form(&form),
        form,
        imports: store::register::imports(&mut tx).await?,
        changes: store::register::changes(&mut tx).await?,
        stale: store::register::stale_count(&mut tx, fresh_since).await?,
        may_import: actor.is_any(OFFICERS),
    };
    show_form(&view, &view.form)
}

pub async fn register(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let form = Form::new(&visitor, "organisations");
    register_page(&app, &visitor, &actor, form).await
}

pub async fn import_register(app: web::Data<App>, visitor: Visitor, actor: Actor, body: Multipart) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "organisations", "file", trouble)?;
            return register_page(&app, &visitor, &actor, form).await;
        }
    };
    let done: Outcome<Uuid> = async {
        let as_of = uploaded.posted.read::<RegisterFileForm>()?.parse()?;
        actions::import_register(&app, &actor, as_of, received_file(&uploaded)?, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/organisations/register/{id}"), "organisations-flash-register-imported")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            let form = uploaded.posted.again(&visitor, "organisations", trouble)?;
            register_page(&app, &visitor, &actor, form).await
        }
    }
}

pub async fn register_import(app: web::Data<App>, visitor: Visitor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let import = store::register::find_import(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("organisations-register-import");
    show_page(&RegisterImportPage {
        page: page.back_to("/organisations/register", "organisations-register-desk"),
        refused: store::register::refused_lines(&mut tx, *id).await?,
        import,
    })
}

async fn awards_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let page = visitor.page("organisations-awards").back_to("/organisations", "organisations-title");
    let view = AwardsPage {
        page: page.with_form(&form),
        form,
        imports: store::awards::award_imports(&mut tx).await?,
        may_import: actor.is_any(OFFICERS),
    };
    show_form(&view, &view.form)
}

pub async fn awards(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let form = Form::new(&visitor, "organisations");
    awards_page(&app, &visitor, &actor, form).await
}

pub async fn preview_awards(app: web::Data<App>, visitor: Visitor, actor: Actor, body: Multipart) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "organisations", "file", trouble)?;
            return awards_page(&app, &visitor, &actor, form).await;
        }
    };
    let done: Outcome<Uuid> = async {
        let agency = uploaded.posted.read::<AgencyForm>()?.parse()?;
        actions::preview_awards(&app, &actor, &agency, received_file(&uploaded)?, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/organisations/awards/{id}"), "organisations-flash-awards-read")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            let form = uploaded.posted.again(&visitor, "organisations", trouble)?;
            awards_page(&app, &visitor, &actor, form).await
        }
    }
}

async fn award_import_page(app: &App, visitor: &Visitor, actor: &Actor, id: Uuid, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let import = store::awards::find_award_import(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("organisations-award-import").back_to("/organisations/awards", "organisations-awards");
    let view = AwardImportPage {
        page: page.with_form(&form),
        form,
        good: store::awards::lines(&mut tx, id, false).await?,
        bad: store::awards::lines(&mut tx, id, true).await?,
        may_confirm: actor.is_any(OFFICERS) && import.confirmed_at.is_none() && import.good > 0,
        import,
    };
    show_form(&view, &view.form)
}

pub async fn award_import(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    let form = Form::new(&visitor, "organisations");
    award_import_page(&app, &visitor, &actor, *id, form).await
}

pub async fn confirm_awards(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    posted.press()?;
    match actions::confirm_awards(&app, &actor, *id, posted.once).await {
        Ok(_) => Ok(redirect_with(format!("/organisations/awards/{id}"), "organisations-flash-awards-taken")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            award_import_page(&app, &visitor, &actor, *id, form).await
        }
    }
}
