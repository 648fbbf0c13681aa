//! Certification by a second person: one prepares, another certifies exactly what stands at that moment.
//! An edit afterwards raises the version, and with it the certification no longer counts.

use super::{Dossier, Edit, tell_firm};
use crate::{
    app::App,
    applications::store::{self, certifications, draft},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::Tx,
};
use chrono::{DateTime, Utc};

/// The firm's open application at the version that the page showed.
async fn as_seen(tx: &mut Tx, actor: &Actor, edit: Edit, now: DateTime<Utc>) -> Outcome<Dossier> {
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    draft::lock(tx, edit.id).await?;
    let dossier =
        Dossier::read_found(tx, store::visible(actor, edit.id), edit.id, now).await?.ok_or_else(Refusal::not_found)?;
    let application = &dossier.application;
    if !application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if application.version != edit.version {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    if !dossier.rules().certification {
        return Err(Refusal::not_found().into());
    }
    Ok(dossier)
}

/// Puts the present version before a signatory and tells the firm's people.
pub async fn prepare(app: &App, actor: &Actor, edit: Edit) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(edit.once, actor.id, "applications.prepare", now).await?.is_some() {
        return Ok(());
    }
    let dossier = as_seen(&mut tx, actor, edit, now).await?;
    let sha256 = dossier.content_hash()?;
    if !certifications::prepare(&mut tx, edit.id, edit.version, sha256.clone(), actor.id, now).await? {
        return Err(Refusal::conflict("applications-refusal-prepared-already").into());
    }
    let record = Record::new("application", edit.id, "application_prepared").with("sha256", hex::encode(sha256));
    audit::record(&mut tx, actor, record, now).await?;
    let title = dossier.application.title.clone();
    let dress = |mail: crate::outbox::Mail| mail.with("title", &title).with("name", &actor.name);
    let event = format!("{}:{}", edit.id, edit.version);
    tell_firm(&mut tx, &dossier.application, "application-to-certify", &event, dress, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Certifies what was prepared, if nothing of it changed since. Never by whoever prepared it.
pub async fn certify(app: &App, actor: &Actor, edit: Edit) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(edit.once, actor.id, "applications.certify", now).await?.is_some() {
        return Ok(());
    }
    let dossier = as_seen(&mut tx, actor, edit, now).await?;
    let prepared = dossier.certification.as_ref().ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    if prepared.prepared_by == actor.id {
        return Err(Refusal::forbidden("applications-refusal-own-certification").into());
    }
    if prepared.content_sha256 != dossier.content_hash()? {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    if !certifications::certify(&mut tx, edit.id, edit.version, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let sha256 = hex::encode(&prepared.content_sha256);
    let record = Record::new("application", edit.id, "application_certified").with("sha256", sha256);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
