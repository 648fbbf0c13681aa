//! Documents of a draft: taken by the limits of their slot, named when they are there already, and let go.

use super::{Edit, Opened, finish, open, too_many, writable, write};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{Dossier, first_result},
        rules::{DOCUMENTS_MAX, Section, TRANSFER_NOTICE},
        store::draft,
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        ids::new_uuid,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    files::{self, Received},
    organisations,
    programmes::DocumentRule,
};
use uuid::Uuid;

/// Attaches an upload as a document of `kind`. Names no version: it takes nothing away from anybody.
pub async fn attach(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    kind: &str,
    received: &Received,
    once: Once,
) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.attach", now).await? {
        return first_result(&first);
    }
    let application = writable(&mut tx, actor, id).await?;
    let version = application.version;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    match dossier.rules().documents.iter().find(|rule| rule.kind == kind) {
        Some(rule) => within(rule, received)?,
        None if kind == TRANSFER_NOTICE => {}
        None => return Err(Refusal::not_found().into()),
    }
    if dossier.documents.len() >= DOCUMENTS_MAX {
        return Err(too_many("file", DOCUMENTS_MAX));
    }
    let same = dossier.documents.iter().find(|held| held.kind == kind && held.sha256 == received.sha256);
    if let Some(held) = same {
        let refusal = Refusal::unacceptable("applications-refusal-same-file").at("file").with("name", &held.name);
        return Err(refusal.into());
    }
    write(&mut tx, &dossier.application).await?;
    let file = files::adopt(&mut tx, actor, Some(dossier.application.organisation_id.0), received, now).await?;
    draft::insert_document(&mut tx, new_uuid(), id, kind, file, now).await?;
    let record = Record::new("application", id, "application_document_attached")
        .with("kind", kind)
        .with("name", &received.name)
        .with("sha256", hex::encode(&received.sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, version + 1).await?;
    tx.commit().await?;
    Ok(version + 1)
}

/// Attaches a document of the firm's vault that still counts. The stored file is the same; its hash stays what it was.
pub async fn attach_from_vault(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    kind: &str,
    document: Uuid,
    once: Once,
) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.attach_from_vault", now).await? {
        return first_result(&first);
    }
    let application = writable(&mut tx, actor, id).await?;
    let version = application.version;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    if !dossier.rules().documents.iter().any(|rule| rule.kind == kind) {
        return Err(Refusal::not_found().into());
    }
    if dossier.documents.len() >= DOCUMENTS_MAX {
        return Err(too_many("file", DOCUMENTS_MAX));
    }
    let firm = dossier.application.organisation_id;
    let (file, name) = organisations::vault::adopt(&mut tx, actor, firm, document, kind, now).await?;
    write(&mut tx, &dossier.application).await?;
    draft::insert_document(&mut tx, new_uuid(), id, kind, file, now).await?;
    let record = Record::new("application", id, "application_document_attached").with("kind", kind).with("name", name);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, version + 1).await?;
    tx.commit().await?;
    Ok(version + 1)
}

/// Refuses what the slot of the call does not take.
fn within(rule: &DocumentRule, received: &Received) -> Result<(), Refusal> {
    let ending = received.name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    if !rule.types.is_empty() && !rule.types.contains(&ending) {
        let types = rule.types.join(", ").to_uppercase();
        return Err(Refusal::unacceptable("applications-refusal-slot-type").at("file").with("types", types));
    }
    if let Some(most) = rule.max_bytes.filter(|most| received.size_bytes > *most) {
        let megabytes = most / 1024 / 1024;
        return Err(Refusal::unacceptable("applications-refusal-slot-size").at("file").with("megabytes", megabytes));
    }
    if let (Some(pages), Some(most)) = (received.pages, rule.max_pages)
        && pages > most
    {
        let refusal = Refusal::unacceptable("applications-refusal-slot-pages").at("file");
        return Err(refusal.with("pages", pages).with("most", most));
    }
    Ok(())
}

/// Takes a document off the draft. What was submitted with it keeps it.
pub async fn remove_document(app: &App, actor: &Actor, edit: Edit, document: Uuid) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let application = match open(&mut tx, actor, edit, "applications.save", now).await? {
        Opened::Fresh(application) => application,
        Opened::Before(version) => return Ok(version),
    };
    if !draft::remove_document(&mut tx, edit.id, document, now).await? {
        return Err(Refusal::not_found().into());
    }
    write(&mut tx, &application).await?;
    finish(tx, actor, edit, application.version + 1, &[], Section::Documents, now).await
}
