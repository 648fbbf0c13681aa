//! What a reviewer says about themselves.

use crate::{
    app::App,
    core::{actor::Actor, refusal::Outcome},
    reference,
    reviews::{
        actions,
        forms::{InterestForm, ProfileForm},
        rules::Relation,
        store,
        views::ProfilePage,
    },
    web::{Answer, Choice, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;
use uuid::Uuid;

async fn profile_page(app: &App, visitor: &Visitor, actor: &Actor, posted: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let profile = store::profile(&mut tx, actor.id).await?;
    let skills = store::skills(&mut tx, actor.id).await?;
    let cases = reference::use_cases(&mut tx).await?;
    let form = posted.unwrap_or_else(|| {
        let mut values: Vec<(&str, String)> = skills.into_iter().map(|skill| ("skills", skill)).collect();
        if let Some(profile) = &profile {
            values.push(("load_max", profile.load_max.map(|most| most.to_string()).unwrap_or_default()));
            if profile.reads_english {
                values.push(("reads_english", "yes".to_owned()));
            }
        }
        Form::with(visitor, "reviewer", values)
    });
    let page = visitor.page("reviewer-title").back_to("/reviews/mine", "reviews-mine-title").with_form(&form);
    let view = ProfilePage {
        skills: cases.iter().map(|case| Choice::new(case.code.clone(), case.name(page.lang))).collect(),
        relations: Choice::codes(page.lang, "relation", Relation::ALL),
        interests: store::interests(&mut tx, actor.id).await?,
        has_phone: profile.as_ref().is_some_and(|profile| profile.phone_key.is_some()),
        has_address: profile.as_ref().is_some_and(|profile| profile.address_key.is_some()),
        page,
        form,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    profile_page(&app, &visitor, &actor, None).await
}

async fn back(app: &App, visitor: &Visitor, actor: &Actor, posted: &Posted, done: Outcome<()>) -> Answer {
    match done {
        Ok(()) => Ok(redirect_with("/reviews/profile", "reviews-flash-profile")),
        Err(trouble) => profile_page(app, visitor, actor, Some(posted.again(visitor, "reviewer", trouble)?)).await,
    }
}

pub async fn save(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<ProfileForm>()?.parse()?;
        actions::save_profile(&app, &actor, new, posted.once).await
    }
    .await;
    back(&app, &visitor, &actor, &posted, done).await
}

pub async fn add_interest(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<InterestForm>()?.parse()?;
        actions::add_interest(&app, &actor, new, posted.once).await
    }
    .await;
    back(&app, &visitor, &actor, &posted, done).await
}

pub async fn end_interest(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::end_interest(&app, &actor, *id, posted.once).await
    }
    .await;
    back(&app, &visitor, &actor, &posted, done).await
}
