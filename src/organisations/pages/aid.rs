//! What a firm got from other agencies, as imported and as it declares.

use crate::{
    app::App,
    core::{actor::Actor, calendar::local_date, refusal::Outcome, roles::OwnAct},
    organisations::{
        OrganisationId, actions,
        forms::aid::AwardForm,
        rules::{LEGAL_ZONE, aid::aid_since},
        store::awards as store,
        views::records::OwnAidPage,
    },
    web::{Answer, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;
use uuid::Uuid;

const OWN: &str = "/organisation/aid";

async fn aid_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let organisation = OrganisationId(actor.organisation()?);
    let since = aid_since(app.clock.now());
    let mut tx = app.db.read().await?;
    let page = visitor.page("organisations-aid").back_to("/organisation", "organisations-own-title");
    let view = OwnAidPage {
        page: page.with_form(&form),
        form,
        awards: store::awards(&mut tx, organisation, since).await?,
        total: store::aid_total(&mut tx, organisation, since).await?,
        since,
        may_declare: actor.may(OwnAct::Documents).is_ok(),
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let form = Form::new(&visitor, "organisations");
    aid_page(&app, &visitor, &actor, form).await
}

pub async fn declare(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<AwardForm>()?.parse(local_date(app.clock.now(), LEGAL_ZONE))?;
        actions::declare(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(OWN, "organisations-flash-award-declared")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            aid_page(&app, &visitor, &actor, form).await
        }
    }
}

pub async fn take_back(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.press()?;
    actions::take_back_award(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with(OWN, "organisations-flash-award-taken-back"))
}
