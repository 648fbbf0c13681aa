//! Supporting documents of a claim.

use super::*;
use crate::{
    core::calendar::{ZONE, local_date},
    organisations::{OrganisationId, vault},
    web::download as downloads,
};
use uuid::Uuid;

async fn add_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let here = format!("/claims/{id}");
    let page = visitor.page("claims-documents-add").back_to(here.clone(), "claims-back-to-claim");
    let today = local_date(app.clock.now(), ZONE);
    let picks = vault::picks(&mut tx, OrganisationId(actor.organisation()?), &page, today).await?;
    let intro = page.t("claims-documents-add-intro");
    let view = FormPage::new(page, form, format!("{here}/documents"), "claims-documents-add").intro(intro);
    let view = picks.into_iter().fold(view, FormPage::field);
    view.field(Field::File("document_file", files::DOCUMENT_ENDINGS)).link(here, "claims-back-to-claim").answer()
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    add_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

pub async fn add(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    body: Multipart,
) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "claims", "document_file", trouble)?;
            return add_page(&app, &visitor, &actor, *id, form).await;
        }
    };
    let done: Outcome<()> = async {
        let picked = uploaded.posted.read::<DocumentForm>()?.parse()?;
        let file = uploaded.files.iter().find(|file| file.field == "document_file");
        actions::attach(&app, &actor, *id, file, picked, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-document")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            let form = uploaded.posted.again(&visitor, "claims", trouble)?;
            add_page(&app, &visitor, &actor, *id, form).await
        }
    }
}

pub async fn remove(app: web::Data<App>, actor: Actor, path: web::Path<(ClaimId, Uuid)>, posted: Posted) -> Answer {
    let (id, document) = path.into_inner();
    posted.press()?;
    actions::detach(&app, &actor, id, document, posted.once).await?;
    Ok(redirect_with(format!("/claims/{id}"), "claims-flash-document-gone"))
}

pub async fn download(app: web::Data<App>, actor: Actor, path: web::Path<(ClaimId, Uuid)>) -> Answer {
    let (id, document) = path.into_inner();
    let mut tx = app.db.read().await?;
    store::find_visible(&mut tx, &actor, id).await?.ok_or_else(Refusal::not_found)?;
    let document = store::find_document(&mut tx, id, document).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let file = (document.file_id, document.name.as_str(), document.media_type);
    downloads::stored(&app, file, document.scan, "claims-refusal-not-scanned").await
}
