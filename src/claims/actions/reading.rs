//! Reads a structured invoice that a vendor uploads: refused before anything is kept, or kept and read into the form.

use super::*;
use crate::{
    agreements::AgreementId,
    claims::rules::{
        filling::{self, Filled},
        four_way,
        ubl::{self, Examined, ReadTrouble},
    },
    core::refusal::Trouble,
    db::once::Once,
    files::{self, FileId, Received},
};
use std::time::Duration;

/// The reader's own limits bound its time; this is the last resort.
const READ_SECONDS_MAX: u64 = 5;
/// The input of the upload form.
const FIELD: &str = "invoice_file";

/// A structured file that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub file: FileId,
    /// The claim whose invoice it takes back, when it is a credit note.
    pub amends: Option<ClaimId>,
}

/// Keeps an uploaded invoice that can be read; answers the file it is kept as.
pub async fn receive_invoice(
    app: &App,
    actor: &Actor,
    agreement: AgreementId,
    received: &[Received],
    once: Once,
) -> Outcome<Kept> {
    let kept = keep(app, actor, agreement, received, once).await;
    match &kept {
        Ok(kept) if received.iter().any(|upload| upload.id == kept.file) => {}
        _ => app.files.discard(received).await,
    }
    kept
}

async fn keep(app: &App, actor: &Actor, agreement: AgreementId, received: &[Received], once: Once) -> Outcome<Kept> {
    let upload = received.first().ok_or_else(|| Refusal::unacceptable("claims-refusal-no-file").at(FIELD))?;
    if upload.media_type != "application/xml" {
        return Err(Refusal::unacceptable("claims-refusal-file-not-an-invoice").at(FIELD).into());
    }
    if upload.size_bytes > ubl::MAX_BYTES as i64 {
        return Err(unreadable(&ReadTrouble::TooLarge).into());
    }
    let examined = examine(app.files.read(upload.id).await?.to_vec()).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let agreement = agreements::find_visible(&mut tx, actor, agreement).await?.ok_or_else(Refusal::not_found)?;
    let amends = amended_claim(&mut tx, &agreement, &examined).await?;
    if let Some(first) = tx.seen(once, actor.id, "claims.read", now).await? {
        return Ok(Kept { file: first_result(&first)?, amends });
    }
    if !examined.broken.is_empty() {
        let rules = examined.broken.join(", ");
        return Err(Refusal::unacceptable("claims-refusal-file-breaks-rules").at(FIELD).with("rules", rules).into());
    }
    let file = files::adopt(&mut tx, actor, actor.organisation, upload, now).await?;
    let record = Record::new("file", file, "invoice_file_read")
        .of_case(agreement.application_id)
        .with("file", &upload.name)
        .with("sha256", hex::encode(&upload.sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, file).await?;
    tx.commit().await?;
    Ok(Kept { file, amends })
}

/// The claim of the agreement whose invoice a credit note names; a credit note that names none is refused.
async fn amended_claim(tx: &mut Tx, agreement: &Agreement, examined: &Examined) -> Outcome<Option<ClaimId>> {
    if !filling::is_credit_note(&examined.invoice) {
        return Ok(None);
    }
    let named: Vec<String> = examined
        .invoice
        .preceding
        .iter()
        .filter_map(|preceding| preceding.number.as_deref())
        .map(four_way::fold)
        .collect();
    let claims = store::of_agreement(tx, agreement.id).await?;
    let found = claims
        .iter()
        .find(|claim| rules::is_live(claim.state) && named.contains(&four_way::fold(&claim.invoice_no)))
        .ok_or_else(|| Refusal::unacceptable("claims-refusal-credit-note").at(FIELD))?;
    Ok(Some(found.id))
}

/// The form that a kept invoice fills, for the organisation that uploaded it.
pub async fn filled_from(app: &App, actor: &Actor, file: FileId) -> Outcome<Filled> {
    let mut tx = app.db.read().await?;
    let known = files::find(&mut tx, file).await?;
    known
        .filter(|file| file.organisation_id == Some(actor.organisation.unwrap_or_default()))
        .ok_or_else(Refusal::not_found)?;
    drop(tx);
    Ok(filling::fill(&examine(app.files.read(file).await?.to_vec()).await?.invoice))
}

async fn examine(bytes: Vec<u8>) -> Outcome<Examined> {
    let reading = tokio::task::spawn_blocking(move || ubl::examine(&bytes));
    let read = tokio::time::timeout(Duration::from_secs(READ_SECONDS_MAX), reading)
        .await
        .map_err(|_| unreadable(&ReadTrouble::TooManyNodes))?
        .map_err(|error| Trouble::Fault(anyhow::Error::new(error).context("reading an invoice")))?;
    Ok(read.map_err(|trouble| unreadable(&trouble))?)
}

fn unreadable(trouble: &ReadTrouble) -> Refusal {
    let refusal = match trouble {
        ReadTrouble::TooLarge => {
            Refusal::unacceptable("claims-refusal-file-too-large").with("megabytes", ubl::MAX_BYTES / 1024 / 1024)
        }
        ReadTrouble::NotUtf8 => Refusal::unacceptable("claims-refusal-file-not-utf8"),
        ReadTrouble::UnsupportedEncoding { declared } => {
            Refusal::unacceptable("claims-refusal-file-unsupported-encoding").with("declared", declared)
        }
        ReadTrouble::Dtd => Refusal::unacceptable("claims-refusal-file-dtd"),
        ReadTrouble::TooDeep => Refusal::unacceptable("claims-refusal-file-too-deep"),
        ReadTrouble::TooManyNodes => Refusal::unacceptable("claims-refusal-file-too-many-nodes"),
        ReadTrouble::Malformed { line, column } => {
            Refusal::unacceptable("claims-refusal-file-malformed").with("line", line).with("column", column)
        }
        ReadTrouble::NotAnInvoice { .. } => Refusal::unacceptable("claims-refusal-file-not-an-invoice"),
    };
    refusal.at(FIELD)
}
