//! A firm's documents, given once.

use super::received_file;
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal, Trouble},
        roles::OwnAct,
    },
    organisations::{
        OrganisationId, actions,
        forms::{people::NothingForm, vault::DocumentForm},
        rules::LEGAL_ZONE,
        store::vault as store,
        views::records::{VaultPage, may_open},
    },
    web::{Answer, Form, Posted, Visitor, page::encode, redirect_with, show_form, upload},
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, http::header, web};
use uuid::Uuid;

const LIST: &str = "/organisation/documents";

async fn vault_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let page = visitor.page("organisations-vault").back_to("/organisation", "organisations-own-title");
    let view = VaultPage {
        page: page.with_form(&form),
        form,
        documents: store::documents(&mut tx, OrganisationId(actor.organisation()?)).await?,
        today: local_date(app.clock.now(), LEGAL_ZONE),
        may_change: actor.may(OwnAct::Documents).is_ok(),
        allow_unscanned: app.config.allow_unscanned,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let form = Form::new(&visitor, "organisations");
    vault_page(&app, &visitor, &actor, form).await
}

pub async fn put(app: web::Data<App>, visitor: Visitor, actor: Actor, body: Multipart) -> Answer {
    actor.organisation()?;
    actor.may(OwnAct::Documents)?;
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "organisations", "file", trouble)?;
            return vault_page(&app, &visitor, &actor, form).await;
        }
    };
    let done: Outcome<()> = async {
        let new = uploaded.posted.read::<DocumentForm>()?.parse()?;
        actions::put_document(&app, &actor, new, received_file(&uploaded)?, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(LIST, "organisations-flash-document-added")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            let form = uploaded.posted.again(&visitor, "organisations", trouble)?;
            vault_page(&app, &visitor, &actor, form).await
        }
    }
}

pub async fn remove(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.read::<NothingForm>()?;
    actions::remove_document(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with(LIST, "organisations-flash-document-removed"))
}

pub async fn download(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let organisation = OrganisationId(actor.organisation()?);
    let document = store::find_document(&mut tx, organisation, *id).await?.ok_or_else(Refusal::not_found)?;
    if !may_open(&document, app.config.allow_unscanned) {
        return Err(Trouble::Refused(Refusal::forbidden("organisations-refusal-not-scanned")));
    }
    let name = format!("attachment; filename=\"document\"; filename*=UTF-8''{}", encode(&document.name));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, document.media_type))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .streaming(app.files.stream(document.file_id).await?))
}
