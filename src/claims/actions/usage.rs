//! Evidence of usage: logs that a vendor uploads, signed reports of its service, and the key that signs them.

use super::*;
use crate::{
    agreements::AgreementId,
    claims::rules::usage::{self, LogTrouble, Report},
    core::secret,
    db::once::Once,
    files::Received,
};
use sha2::{Digest, Sha256};

const FIELD: &str = "usage_log";
/// What the secret of a key is sealed as.
const PURPOSE: &str = "usage-key";

/// A key as it is shown, once.
#[derive(Debug, Clone)]
pub struct KeyMade {
    pub id: Uuid,
    pub secret: String,
}

/// A signed report as it came.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    pub key: &'a str,
    pub timestamp: &'a str,
    pub signature: &'a str,
    pub body: &'a [u8],
}

/// Keeps every row of an uploaded log; answers how many were new. The file itself is not kept: its hash is.
pub async fn keep_log(app: &App, actor: &Actor, id: AgreementId, received: &[Received], once: Once) -> Outcome<u64> {
    let kept = read_log(app, actor, id, received, once).await;
    app.files.discard(received).await;
    kept
}

async fn read_log(app: &App, actor: &Actor, id: AgreementId, received: &[Received], once: Once) -> Outcome<u64> {
    let upload = received.first().ok_or_else(|| Refusal::unacceptable("claims-refusal-no-file").at(FIELD))?;
    if upload.media_type != "text/csv" || upload.size_bytes > usage::LOG_BYTES_MAX as i64 {
        return Err(Refusal::unacceptable("claims-refusal-not-a-log").at(FIELD).into());
    }
    let rows = usage::read_log(&app.files.read(upload.id).await?).map_err(|trouble| refused(trouble).at(FIELD))?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "claims.usage", now).await? {
        return first_result(&first);
    }
    if !actor.is(Role::Vendor) {
        return Err(Refusal::not_found().into());
    }
    let agreement = agreements::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let hash = hex::encode(&upload.sha256);
    let mut kept = 0_u64;
    for (row, position) in rows.iter().zip(1..) {
        let origin = store::Origin {
            agreement: id,
            vendor: agreement.vendor_id,
            event_id: format!("log:{id}:{hash}:{position}"),
            source: "log",
            sha256: &upload.sha256,
        };
        kept += u64::from(store::insert_usage(&mut tx, origin, row, now).await?);
    }
    let record = Record::new("agreement", id, "usage_log_kept")
        .of_case(agreement.application_id)
        .with("file", &upload.name)
        .with("sha256", hash)
        .with("rows", kept);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, kept).await?;
    tx.commit().await?;
    Ok(kept)
}

fn refused(trouble: LogTrouble) -> Refusal {
    match trouble {
        LogTrouble::Columns => Refusal::unacceptable("claims-refusal-log-columns"),
        LogTrouble::Rows => Refusal::unacceptable("claims-refusal-log-rows").with("most", usage::LOG_ROWS_MAX),
        LogTrouble::Line(line) => Refusal::unacceptable("claims-refusal-log-line").with("line", line),
    }
}

/// Makes the key of the actor's vendor; the one before ends.
pub async fn make_key(app: &App, actor: &Actor, once: Once) -> Outcome<KeyMade> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    // The secret of the first sending was shown and is known to nobody here.
    if tx.seen(once, actor.id, "claims.usage_key", now).await?.is_some() {
        return Err(Refusal::conflict("claims-refusal-key-shown").into());
    }
    let organisation = organisations::OrganisationId(actor.organisation()?);
    let vendor = vendors::by_organisation(&mut tx, organisation).await?.ok_or_else(Refusal::not_found)?;
    let made = KeyMade { id: crate::core::ids::new_uuid(), secret: secret::random_token() };
    let sealed = app.seal.seal(PURPOSE, &made.secret);
    store::replace_key(&mut tx, vendor.id, (made.id, sealed), actor.id, now).await?;
    audit::record(&mut tx, actor, Record::new("vendor", vendor.id, "usage_key_made").with("key", made.id), now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Keeps a signed report; false when its event was reported before. Every refusal says only that it is refused.
pub async fn report(app: &App, sent: Signed<'_>) -> Outcome<bool> {
    let now = app.clock.now();
    let unsigned = || Refusal::forbidden("claims-refusal-signature");
    let key: Uuid = sent.key.parse().map_err(|_| unsigned())?;
    let mut tx = app.db.read().await?;
    let (vendor, sealed) = store::find_key(&mut tx, key).await?.ok_or_else(unsigned)?;
    let secret = app.seal.open(PURPOSE, &sealed)?;
    if !usage::is_timely(sent.timestamp, now) || !usage::is_signed(&secret, sent.timestamp, sent.body, sent.signature) {
        return Err(unsigned().into());
    }
    drop(tx);
    let report: Report =
        serde_json::from_slice(sent.body).map_err(|_| Refusal::unacceptable("claims-refusal-report"))?;
    let usage = report.usage().ok_or_else(|| Refusal::unacceptable("claims-refusal-report"))?;
    let actor = Actor::system();
    let mut tx = app.db.write().await?;
    let minute_ago = now - chrono::Duration::minutes(1);
    if store::reports_since(&mut tx, vendor, minute_ago).await? >= usage::REPORTS_PER_MINUTE {
        return Err(Refusal::too_many("refusal-too-many").into());
    }
    let (agreement, application) =
        store::agreement_of(&mut tx, vendor, &report.agreement).await?.ok_or_else(Refusal::not_found)?;
    let hash = Sha256::digest(sent.body);
    let origin =
        store::Origin { agreement, vendor, event_id: format!("api:{}", report.event_id), source: "api", sha256: &hash };
    let is_new = store::insert_usage(&mut tx, origin, &usage, now).await?;
    if is_new {
        let record = Record::new("agreement", agreement, "usage_reported")
            .of_case(application)
            .with("event", &report.event_id)
            .with("period", &usage.period)
            .with("sha256", hex::encode(hash));
        audit::record(&mut tx, &actor, record, now).await?;
    }
    tx.commit().await?;
    Ok(is_new)
}
