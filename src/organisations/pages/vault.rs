//! A firm's documents, given once.

use super::received_file;
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
        roles::OwnAct,
    },
    db::Tx,
    organisations::{
        OrganisationId, actions, forms::vault::DocumentForm, rules::LEGAL_ZONE, store::vault as store,
        views::records::VaultPage,
    },
    web::{
        Answer, Choice, Form, Page, Posted, Visitor, download as downloads, redirect_with, show_form, simple::Field,
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::web;
use chrono::NaiveDate;
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
    posted.press()?;
    actions::remove_document(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with(LIST, "organisations-flash-document-removed"))
}

pub async fn download(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let organisation = OrganisationId(actor.organisation()?);
    let document = store::find_document(&mut tx, organisation, *id).await?.ok_or_else(Refusal::not_found)?;
    let file = (document.file_id, document.name.as_str(), document.media_type);
    downloads::stored(&app, file, document.scan, "organisations-refusal-not-scanned").await
}

/// The documents of an organisation's own vault, for another room's form: one that counts may be picked in the place of
/// an upload, one that ended is named.
pub async fn picks(tx: &mut Tx, of: OrganisationId, page: &Page, today: NaiveDate) -> sqlx::Result<Vec<Field>> {
    let valid = store::list_valid(tx, of, today).await?;
    let ended = store::list_ended(tx, of, today).await?;
    let named = |document: &store::VaultDocument, key: &str| {
        let kind = page.code("vault-kind", document.kind);
        let until = document.valid_to.map(|day| format!(" · {}", page.t1(key, "day", page.date(day))));
        format!("{kind} · {}{}", document.name, until.unwrap_or_default())
    };
    let mut fields = Vec::new();
    if !valid.is_empty() {
        let picks = valid.iter().map(|one| Choice::new(one.id.to_string(), named(one, "organisations-vault-until")));
        let none = Choice::new("", page.t("organisations-vault-instead"));
        fields.push(Field::Select("vault", std::iter::once(none).chain(picks).collect()));
    }
    fields.extend(ended.iter().map(|one| Field::Inset(named(one, "organisations-vault-ended"))));
    Ok(fields)
}
