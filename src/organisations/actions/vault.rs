//! The document vault: a firm gives a document once and attaches it wherever it still counts.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once},
    files::{self, FileId, Received},
    organisations::{
        OrganisationId,
        forms::vault::NewDocument,
        rules::{
            LEGAL_ZONE,
            vault::{self as rules, DaysTrouble},
        },
        store::vault as rows,
    },
    outbox::{self, Mail},
    people,
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Warnings that one unit of work writes.
const WARNED_AT_ONCE: i64 = 200;

/// Puts an upload into the vault.
pub async fn put(app: &App, actor: &Actor, new: NewDocument, received: &Received, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Documents)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.vault_put", now).await?.is_some() {
        return Ok(());
    }
    let today = local_date(now, LEGAL_ZONE);
    let valid_to = rules::valid_to(new.kind, new.issued_on, new.valid_to, today).map_err(refusal)?;
    if !rules::counts_on(valid_to, today) {
        return Err(Refusal::unacceptable("organisations-vault-over").at("issued_on").into());
    }
    let file = files::adopt(&mut tx, actor, Some(organisation.0), received, now).await?;
    let id = crate::core::ids::new_uuid();
    rows::insert_document(&mut tx, id, organisation, new.kind, file, new.issued_on, valid_to, actor.id, now).await?;
    let mut record = Record::new("organisation", organisation, "vault_document_added")
        .with("document", new.kind)
        .with("name", &received.name)
        .with("sha256", hex::encode(&received.sha256));
    if let Some(end) = valid_to {
        record = record.with("ends_on", end);
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

fn refusal(trouble: DaysTrouble) -> Refusal {
    match trouble {
        DaysTrouble::IssuedInFuture => Refusal::unacceptable("organisations-vault-future").at("issued_on"),
        DaysTrouble::EndNeeded => Refusal::unacceptable("organisations-vault-end-needed").at("valid_to"),
        DaysTrouble::EndsBeforeIssue => Refusal::unacceptable("organisations-vault-end-before").at("valid_to"),
        DaysTrouble::EndsTooLate(latest) => {
            Refusal::unacceptable("organisations-vault-end-late").at("valid_to").with("latest", latest)
        }
    }
}

/// Takes a document out of the vault; what was attached with it keeps it.
pub async fn remove(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Documents)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.vault_remove", now).await?.is_some() {
        return Ok(());
    }
    let document = rows::find_document(&mut tx, organisation, id).await?.ok_or_else(Refusal::not_found)?;
    if !rows::remove_document(&mut tx, organisation, id, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("organisation", organisation, "vault_document_removed")
        .with("document", document.kind)
        .with("name", &document.name);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The stored file of a vault document that `actor` may attach today as a document of `kind`: it counts, no scanner
/// refused it, and an adviser is shown no bank data. The bytes are not copied; the later room refers to the same file.
pub async fn adopt(
    tx: &mut Tx,
    actor: &Actor,
    organisation: OrganisationId,
    id: Uuid,
    kind: &str,
    now: DateTime<Utc>,
) -> Outcome<(FileId, String)> {
    let valid = rows::list_valid(tx, organisation, local_date(now, LEGAL_ZONE)).await?;
    let fits = |document: &rows::VaultDocument| {
        document.id == id
            && document.kind.as_str() == kind
            && !(actor.is(Role::Adviser) && document.kind.shows_bank_data())
    };
    let document = valid.into_iter().find(fits).ok_or_else(|| Refusal::conflict("organisations-refusal-vault-gone"))?;
    Ok((document.file_id, document.name))
}

/// As `adopt`, where any kind of document will do.
pub async fn adopt_any(
    tx: &mut Tx,
    organisation: OrganisationId,
    id: Uuid,
    now: DateTime<Utc>,
) -> Outcome<(FileId, String)> {
    let valid = rows::list_valid(tx, organisation, local_date(now, LEGAL_ZONE)).await?;
    let document = valid.into_iter().find(|document| document.id == id);
    let document = document.ok_or_else(|| Refusal::conflict("organisations-refusal-vault-gone").at("vault"))?;
    Ok((document.file_id, document.name))
}

/// Timer: tells firms once that a document which nothing newer replaces ends soon. Answers how many.
pub async fn warn_ending(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let today = local_date(now, LEGAL_ZONE);
    let until = today + Duration::days(rules::WARNING_DAYS_MAX);
    let mut warned = 0;
    loop {
        let mut tx = app.db.read().await?;
        let ending = rows::ending(&mut tx, today, until, WARNED_AT_ONCE).await?;
        drop(tx);
        if ending.is_empty() {
            return Ok(warned);
        }
        let mut tx = app.db.write().await?;
        for document in ending {
            if !rows::note_warned(&mut tx, document.id, now).await? {
                continue;
            }
            for role in [Role::Firm, Role::Vendor] {
                for (address, lang) in people::mail_contacts(&mut tx, document.organisation_id.0, role).await? {
                    let mail = Mail::new(address, lang, "vault-ending")
                        .with("document", lang.code_word("vault-kind", document.kind.as_str()))
                        .with("day", document.valid_to.map(|day| day.to_string()).unwrap_or_default())
                        .link("/organisation/documents");
                    outbox::mail(&mut tx, mail, &document.id.to_string(), None, now).await?;
                }
            }
            warned += 1;
        }
        tx.commit().await?;
    }
}
