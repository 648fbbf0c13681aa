//! Documents: one slot for each kind that the call asks for, and a download that no browser will execute.

use super::{Refused, again, edit, open_draft, reader, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId, actions,
        forms::VersionForm,
        rules::{Section, TRANSFER_NOTICE},
        store::dossier::find_document,
        views::{
            DocumentsPage, Slot,
            whole::{self, document_kind},
        },
    },
    core::{
        actor::Actor,
        calendar,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    organisations::vault::{self, VaultDocument},
    web::{Answer, Choice, Form, Page, Posted, Visitor, download as downloads, redirect_with, show_form, upload},
};
use actix_multipart::Multipart;
use actix_web::web;
use uuid::Uuid;

/// `at`: the slot that an upload was refused for.
async fn documents_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    at: &str,
    refused: Refused<'_>,
) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, at_file(trouble), &dossier.application)?,
        None => Form::new(visitor, "applications"),
    };
    let title = visitor.lang.code_word("application-section", Section::Documents.as_str());
    let page = visitor.page_titled(title).back_to(format!("/applications/{id}"), "applications-tasks").with_form(&form);
    let mut kinds: Vec<(String, bool)> =
        dossier.rules().documents.iter().map(|rule| (rule.kind.clone(), rule.required)).collect();
    let notice = dossier.wants("work_transfer_notice", now);
    if notice || dossier.documents.iter().any(|document| document.kind == TRANSFER_NOTICE) {
        kinds.push((TRANSFER_NOTICE.to_owned(), notice));
    }
    let firm = dossier.application.organisation_id;
    let today = calendar::local_date(now, dossier.zone);
    let valid = vault::list_valid(&mut tx, firm, today).await?;
    let ended = vault::list_ended(&mut tx, firm, today).await?;
    let mut rows = whole::document_rows(&page, &dossier, &reader(app));
    let slots = kinds
        .into_iter()
        .map(|(kind, required)| Slot {
            name: document_kind(page.lang, dossier.rules(), &kind),
            limits: whole::slot_limits(&page, dossier.rules(), &kind),
            accept: whole::slot_types(dossier.rules(), &kind)
                .iter()
                .map(|ending| format!(".{ending}"))
                .collect::<Vec<_>>()
                .join(","),
            documents: rows.extract_if(.., |row| row.kind == kind).collect(),
            vault: vault_choices(&page, actor, &valid, &kind),
            ended: vault_ended(&page, actor, &ended, &kind),
            error: if kind == at { form.error("file") } else { None },
            kind,
            required,
        })
        .collect();
    let view = DocumentsPage { version: dossier.application.version, page, form, id, slots };
    show_form(&view, &view.form)
}

/// What of the firm's vault fits a slot: an adviser is shown no bank data.
fn vault_choices(page: &Page, actor: &Actor, valid: &[VaultDocument], kind: &str) -> Vec<Choice> {
    let fits = |document: &&VaultDocument| {
        document.kind.as_str() == kind && !(actor.is(Role::Adviser) && document.kind.shows_bank_data())
    };
    let label = |document: &VaultDocument| match document.valid_to {
        Some(end) => format!("{} · {}", document.name, page.t1("applications-vault-until", "day", page.date(end))),
        None => document.name.clone(),
    };
    valid.iter().filter(fits).map(|document| Choice::new(document.id.to_string(), label(document))).collect()
}

/// What would fit had it not ended.
fn vault_ended(page: &Page, actor: &Actor, ended: &[VaultDocument], kind: &str) -> Vec<(String, String)> {
    let fits = ended.iter().filter(|document| document.kind.as_str() == kind);
    let shown = fits.filter(|document| !(actor.is(Role::Adviser) && document.kind.shows_bank_data()));
    shown
        .map(|document| (document.name.clone(), document.valid_to.map(|day| page.date(day)).unwrap_or_default()))
        .collect()
}

/// What is wrong with an upload belongs beside its field.
fn at_file(trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Refused(refusal) if refusal.field.is_none() && refusal.key != "refusal-changed-meanwhile" => {
            Trouble::Refused(refusal.at("file"))
        }
        other => other,
    }
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    documents_page(&app, &visitor, &actor, *id, "", None).await
}

pub async fn attach(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
    body: Multipart,
) -> Answer {
    let (id, kind) = path.into_inner();
    // Only the firm's own draft: nothing is stored for anybody else's.
    let mut tx = app.db.read().await?;
    open_draft(&app, &mut tx, &actor, id).await?;
    drop(tx);
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            return documents_page(&app, &visitor, &actor, id, &kind, Some((&Posted::nothing(), trouble))).await;
        }
    };
    let done: Outcome<i64> = async {
        let missing = Refusal::unacceptable("form-required").at("file");
        let received = uploaded.files.iter().find(|file| file.field == "file").ok_or(missing)?;
        actions::attach(&app, &actor, id, &kind, received, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}/documents"), "applications-flash-attached")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            documents_page(&app, &visitor, &actor, id, &kind, Some((&uploaded.posted, trouble))).await
        }
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct VaultForm {
    document: String,
}

pub async fn attach_from_vault(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
    posted: Posted,
) -> Answer {
    let (id, kind) = path.into_inner();
    let done: Outcome<i64> = async {
        let document = posted.read::<VaultForm>()?.document.parse().map_err(|_| Refusal::not_found())?;
        actions::attach_from_vault(&app, &actor, id, &kind, document, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}/documents"), "applications-flash-attached")),
        Err(trouble) => documents_page(&app, &visitor, &actor, id, &kind, Some((&posted, trouble))).await,
    }
}

pub async fn remove(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, Uuid)>,
    posted: Posted,
) -> Answer {
    let (id, document) = path.into_inner();
    let done: Outcome<i64> = async {
        posted.read::<VersionForm>()?;
        actions::remove_document(&app, &actor, edit(id, &posted, false)?, document).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}/documents"), "applications-flash-removed")),
        Err(trouble) => documents_page(&app, &visitor, &actor, id, "", Some((&posted, trouble))).await,
    }
}

pub async fn download(app: web::Data<App>, actor: Actor, path: web::Path<(ApplicationId, Uuid)>) -> Answer {
    let (id, document) = path.into_inner();
    let mut tx = app.db.read().await?;
    visible(&mut tx, &actor, id).await?;
    let document = find_document(&mut tx, id, document).await?.ok_or_else(Refusal::not_found)?;
    let file = (document.file_id, document.name.as_str(), document.media_type);
    downloads::stored(&app, file, document.scan, "applications-refusal-not-scanned").await
}
