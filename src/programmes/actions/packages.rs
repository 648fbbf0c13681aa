//! A call leaves the house as one signed text and comes into it again; or is copied within it for another year.

use super::setup::add_call;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    programmes::{
        CallId, ProgrammeId,
        forms::NewCall,
        rules::package::{FORMAT, Package, Seal, Signed, canonical},
        store,
    },
};
use anyhow::Context;

const PURPOSE: &str = "call package";

/// The whole call as one signed text. Answers its file name and the text; leaves a record.
pub async fn export(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<(String, String)> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    let call = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let programme = store::get_programme(&mut tx, call.programme_id).await?;
    let zone = programme.tz()?;
    let wall = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    let package = Package {
        format: FORMAT.to_owned(),
        programme: programme.code,
        zone: programme.zone,
        code: call.code.clone(),
        name_ko: call.name_ko,
        name_en: call.name_en,
        opens: wall(call.opens_at),
        closes: wall(call.closes_at),
        grace_seconds: call.grace_seconds,
        budget_won: call.budget_won,
        rules_version: call.version,
        rules: store::rules_at(&mut tx, call.id, call.version).await?,
        exported_at: now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
    };
    let package = serde_json::to_value(package).context("a package")?;
    let signature = app.seal.sign(PURPOSE, &canonical(&package));
    let signed = Signed { package, key: Some(app.seal.signing_key_name()), signature: Some(signature.clone()) };
    let text = serde_json::to_string_pretty(&signed).context("a package")?;
    // Asking again for the same form writes the text anew but not the record.
    if tx.seen(once, actor.id, "programmes.export", now).await?.is_none() {
        let record =
            Record::new("call", call.id, "call_exported").with("version", call.version).with("signature", &signature);
        audit::record(&mut tx, actor, record, now).await?;
    }
    tx.commit().await?;
    Ok((format!("{}-v{}.json", call.code, call.version), text))
}

/// A package as it arrived: what it would make, and whether it is whole.
#[derive(Debug, Clone)]
pub struct Arrived {
    pub package: Package,
    pub seal: Seal,
}

/// Reads a package without doing anything: refused when it is none, when it was altered, or signed elsewhere.
pub fn look(app: &App, text: &str) -> Result<Arrived, Refusal> {
    let malformed = || Refusal::unacceptable("programmes-refusal-no-package").at("package");
    let signed: Signed = serde_json::from_str(text).map_err(|_| malformed())?;
    let content = canonical(&signed.package);
    let seal = match (&signed.key, &signed.signature) {
        (None, None) => Seal::Unsigned,
        (Some(key), _) if *key != app.seal.signing_key_name() => Seal::Foreign,
        (_, Some(signature)) if app.seal.is_signed(PURPOSE, &content, signature) => Seal::Whole,
        _ => Seal::Broken,
    };
    match seal {
        Seal::Broken => return Err(Refusal::unacceptable("programmes-refusal-package-broken").at("package")),
        Seal::Foreign => return Err(Refusal::unacceptable("programmes-refusal-package-foreign").at("package")),
        Seal::Whole | Seal::Unsigned => {}
    }
    let package: Package = serde_json::from_value(signed.package).map_err(|_| malformed())?;
    if package.format != FORMAT {
        return Err(malformed());
    }
    Ok(Arrived { package, seal })
}

/// Makes a draft of a package that was looked at; `new` is the package as this programme reads it. One that nobody
/// signed needs to be accepted as such.
pub async fn import(
    app: &App,
    actor: &Actor,
    programme: ProgrammeId,
    arrived: &Arrived,
    new: NewCall,
    accepts_unsigned: bool,
    once: Once,
) -> Outcome<CallId> {
    let now = app.clock.now();
    if arrived.seal == Seal::Unsigned && !accepts_unsigned {
        return Err(Refusal::unacceptable("programmes-refusal-unsigned").at("unsigned").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.import", now).await? {
        return Ok(first.parse().context("the first result of an import")?);
    }
    let (seal, from) = (arrived.seal, arrived.package.code.clone());
    let dress = |record: Record| record.with("imported", from).with("signature", seal);
    let id = add_call(&mut tx, actor, programme, new, dress, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a draft with the present rules of another call.
pub async fn copy_call(
    app: &App,
    actor: &Actor,
    from: CallId,
    programme: ProgrammeId,
    mut new: NewCall,
    once: Once,
) -> Outcome<CallId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.copy_call", now).await? {
        return Ok(first.parse().context("the first result of a copy")?);
    }
    let source = store::find_call(&mut tx, from).await?.ok_or_else(Refusal::not_found)?;
    new.rules = store::rules_at(&mut tx, from, source.version).await?;
    let dress = |record: Record| record.with("copied_from", &source.code).with("version", source.version);
    let id = add_call(&mut tx, actor, programme, new, dress, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}
