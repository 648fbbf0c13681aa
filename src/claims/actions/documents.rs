//! Supporting documents: what a vendor lays beside its invoice, from a file or from its vault.

use super::*;
use crate::{
    db::once::Once,
    files::{self, Received},
    organisations::{OrganisationId, vault},
};

/// Lays a document beside the claim: an upload or, without one, a document of the vendor's vault that counts today.
pub async fn attach(
    app: &App,
    actor: &Actor,
    id: ClaimId,
    received: Option<&Received>,
    from_vault: Option<Uuid>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.attach", now).await?.is_some() {
        return Ok(());
    }
    let claim = changeable(&mut tx, actor, id).await?;
    if store::documents(&mut tx, id).await?.len() as i64 >= rules::DOCUMENTS_MAX {
        let refusal = Refusal::conflict("claims-refusal-documents-many").at("document_file");
        return Err(refusal.with("most", rules::DOCUMENTS_MAX).into());
    }
    let of = actor.organisation()?;
    let (file, name) = match (received, from_vault) {
        (Some(received), _) => (files::adopt(&mut tx, actor, Some(of), received, now).await?, received.name.clone()),
        (None, Some(document)) => vault::adopt_any(&mut tx, OrganisationId(of), document, now).await?,
        (None, None) => return Err(Refusal::unacceptable("form-required").at("document_file").into()),
    };
    if !store::insert_document(&mut tx, id, (file, &name), actor.id, now).await? {
        return Err(Refusal::conflict("claims-refusal-document-twice").at("vault").into());
    }
    let record = Record::new("claim", id, "claim_document_added").of_case(claim.application_id).with("name", &name);
    audit::record(&mut tx, actor, record.with("file", file), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a document out again, as long as nothing is decided.
pub async fn detach(app: &App, actor: &Actor, id: ClaimId, document: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.detach", now).await?.is_some() {
        return Ok(());
    }
    let claim = changeable(&mut tx, actor, id).await?;
    let found = store::find_document(&mut tx, id, document).await?.ok_or_else(Refusal::not_found)?;
    if !store::remove_document(&mut tx, id, document, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("claim", id, "claim_document_removed").of_case(claim.application_id);
    let record = record.with("name", &found.name).with("file", found.file_id);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn changeable(tx: &mut Tx, actor: &Actor, id: ClaimId) -> Outcome<Claim> {
    let claim = filing::own(tx, actor, id).await?;
    if !rules::takes_documents(claim.state) {
        return Err(Refusal::conflict("claims-refusal-documents-closed").into());
    }
    Ok(claim)
}
