//! Seals: the text in force as a file whose hash stands in the history, and the check that anybody can make.

use super::record_of;
use crate::{
    agreements::{
        AgreementId,
        content::{self, Signed},
        store::{self, Agreement, TextVersion},
    },
    app::App,
    audit,
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    files, outbox, pdf,
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// The job that makes the file of a text in force.
pub const SEAL_JOB: &str = "seal_agreement";

/// Asks for the file of a text that came into force in this unit of work.
pub(super) async fn ask(tx: &mut Tx, agreement: &Agreement, version: i64, now: DateTime<Utc>) -> sqlx::Result<()> {
    let payload = serde_json::json!({ "agreement": agreement.id, "version": version });
    let once = format!("seal:{}:{version}", agreement.id);
    outbox::job(tx, SEAL_JOB, &once, payload, Some(agreement.application_id.0), now).await
}

/// Makes the file, keeps it, and writes its hash into the history. Done twice it changes nothing.
pub async fn seal_job(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let id: AgreementId = serde_json::from_value(payload["agreement"].clone()).context("the agreement's id")?;
    let version = payload["version"].as_i64().context("the version of the text")?;
    let mut tx = app.db.read().await?;
    let agreement = store::get(&mut tx, id).await?;
    let text = store::text(&mut tx, id, version).await?.context("the text of the agreement")?;
    let in_force_at = text.in_force_at.context("a text that is not in force is not sealed")?;
    if text.pdf_sha256.is_some() {
        return Ok(());
    }
    let assents = store::assents(&mut tx, id, text.change_id).await?;
    drop(tx);
    let signed: Vec<Signed> = assents.iter().map(in_words).collect();
    let last = assents.last().map(|assent| assent.person_id).context("an agreement that nobody assented to")?;
    let sha256 = hex::encode(&text.content_sha256);
    let document = content::document(&agreement.number, version, &text.content, &sha256, &signed, in_force_at);
    let bytes = tokio::task::spawn_blocking(move || pdf::render(&document)).await??;
    let file = app.files.keep(format!("{}-v{version}.pdf", agreement.number), "application/pdf", bytes).await?;
    let now = app.clock.now();
    let sealer = Actor { id: last, ..Actor::system() };
    let mut tx = app.db.write().await?;
    files::adopt(&mut tx, &sealer, None, &file, now).await?;
    if !store::seal_text(&mut tx, id, version, file.id, &file.sha256, now).await? {
        app.files.discard(&[file]).await;
        return Ok(());
    }
    let record =
        record_of(&agreement, "agreement_sealed").with("version", version).with("sha256", hex::encode(&file.sha256));
    audit::record(&mut tx, &Actor::system(), record, now).await?;
    tx.commit().await?;
    Ok(())
}

fn in_words(assent: &store::AssentRow) -> Signed {
    let both = |family: &str, code: &str| {
        [Lang::Ko, Lang::En].map(|lang| lang.t(&format!("{family}-{}", code.replace('_', "-")))).join(" / ")
    };
    let at = assent.at.with_timezone(&crate::core::calendar::ZONE).format("%Y-%m-%d %H:%M:%S %:z").to_string();
    [both("agreement-party", assent.party.as_str()), assent.name.clone(), at, both("proof", assent.how.as_str())]
}

/// What anybody may know of a file that calls itself an agreement of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    Valid {
        since: DateTime<Utc>,
    },
    /// It was in force, and another text took its place; or the agreement is over.
    Superseded {
        since: DateTime<Utc>,
        until: DateTime<Utc>,
    },
    Invalid,
}

/// Checks a file by its hash, and by the number of its agreement where it is given.
pub async fn check(app: &App, number: Option<&str>, sha256: &[u8]) -> Outcome<Checked> {
    if sha256.len() != 32 {
        return Err(Refusal::unacceptable("agreements-refusal-hash").at("sha256").into());
    }
    let mut tx = app.db.read().await?;
    let Some(text) = store::text_sealed_as(&mut tx, sha256).await? else { return Ok(Checked::Invalid) };
    let agreement = store::get(&mut tx, text.agreement_id).await?;
    if number.is_some_and(|number| number != agreement.number) {
        return Ok(Checked::Invalid);
    }
    Ok(standing(&text))
}

fn standing(text: &TextVersion) -> Checked {
    match (text.in_force_at, text.superseded_at) {
        (Some(since), Some(until)) => Checked::Superseded { since, until },
        (Some(since), None) => Checked::Valid { since },
        (None, _) => Checked::Invalid,
    }
}
