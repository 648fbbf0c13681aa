//! A firm submits: the conditions, the number, the content and its hash, in one unit of work.

use super::{
    Certified, Dossier, Edit,
    conditions::{Judged, keep_refused},
    draft::search_words,
    first_result, spot_checks, tell,
};
use crate::{
    app::App,
    applications::{
        Application, ApplicationId, ApplicationState,
        rules::{
            self, STEPS,
            conditions::{Check, Rule},
        },
        store::{
            self,
            submission::{self, Fixed},
        },
    },
    audit,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once, series::Series},
    organisations, outbox, people,
    programmes::{SelectionMode, Stage},
};
use chrono::{DateTime, Utc};

/// What the firm holds in its hand after submitting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub number: String,
    pub round: i64,
    pub received_at: DateTime<Utc>,
    pub sha256: Vec<u8>,
}

/// Submits the version that was certified, when every condition holds. A request that arrived before the
/// closing counts if it ends within the grace. An answered supplement is a further round under the same number.
/// What a refused attempt was refused on is kept.
pub async fn submit(app: &App, actor: &Actor, edit: Edit, arrived_at: DateTime<Utc>) -> Outcome<Receipt> {
    let done = receive(app, actor, edit, arrived_at).await;
    keep_refused(app, done).await
}

async fn receive(app: &App, actor: &Actor, edit: Edit, arrived_at: DateTime<Utc>) -> Outcome<Receipt> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(edit.once, actor.id, "applications.submit", now).await? {
        let round: i64 = first_result(&first)?;
        return receipt(&mut tx, actor, edit, round).await;
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Submit)?;
    let own = store::own_locked(&tx, actor, edit.id);
    let dossier = Dossier::read_found(&mut tx, own, edit.id, now).await?.ok_or_else(Refusal::not_found)?;
    let application = &dossier.application;
    if application.is_test {
        return Err(Refusal::conflict("applications-refusal-test").into());
    }
    organisations::check_not_excluded(&mut tx, application.organisation_id, now).await?;
    let step = STEPS
        .iter()
        .find(|step| step.from == application.state && step.to == ApplicationState::Submitted)
        .ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    if application.version != edit.version {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    let checks = dossier.checks(arrived_at, now);
    refuse_unmet(&dossier, &checks, arrived_at)
        .map_err(|refusal| refusal.on(Judged::of(&dossier, Stage::Submission, checks.clone(), now).evidence(actor)))?;
    if dossier.certified()?.is_some_and(|certified| certified != Certified::Yes) {
        return Err(Refusal::conflict("applications-refusal-not-certified").into());
    }
    let firm = people::contacts(application.organisation_id.0, Role::Firm);
    let (receipt, contacts) = match step.from {
        ApplicationState::Draft => {
            let number = tx.next(Series::Receipt);
            let (number, contacts) = tx.together((number, firm)).await?;
            let (number,) = number.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
            (first_round(&mut tx, actor, &dossier, edit.version, number, now).await?, contacts)
        }
        _ => (next_round(&mut tx, actor, &dossier, edit.version, now).await?, tx.rows(firm).await?),
    };
    Judged::of(&dossier, Stage::Submission, checks, now).keep(&mut tx, actor, now).await?;
    spot_checks::pick(&mut tx, &dossier, now).await?;
    let hash = hex::encode(&receipt.sha256);
    let record = audit::Record::new("application", edit.id, "application_moved")
        .with("step", step.name)
        .with("state", step.to)
        .with("receipt_no", &receipt.number)
        .with("round", receipt.round)
        .with("sha256", &hash);
    audit::record(&mut tx, actor, record, now).await?;
    let (number, at) = (receipt.number.clone(), dossier.said(now));
    let dress = |mail: crate::outbox::Mail| mail.with("number", &number).with("at", &at).with("hash", &hash);
    let event = format!("{}:{}", edit.id, receipt.round);
    tell(&mut tx, &contacts, &dossier.application, "application-received", &event, dress, now).await?;
    if dossier.rules().selection == SelectionMode::CatalogueAuto {
        decide_soon(&mut tx, edit.id, edit.once, now).await?;
    }
    tx.remember(edit.once, receipt.round).await?;
    tx.commit().await?;
    Ok(receipt)
}

/// The call selects by its catalogue: a job takes the decision within seconds, or leaves it to an officer.
pub(super) async fn decide_soon(tx: &mut Tx, id: ApplicationId, once: Once, now: DateTime<Utc>) -> sqlx::Result<()> {
    let payload = serde_json::json!({ "application": id });
    outbox::job(tx, "decide_catalogue", &format!("decide:{id}:{}", once.0), payload, Some(id.0), now).await
}

fn refuse_unmet(dossier: &Dossier, checks: &[Check], arrived_at: DateTime<Utc>) -> Result<(), Refusal> {
    let unmet: Vec<&Check> = checks.iter().filter(|check| check.blocks()).collect();
    if unmet.iter().any(|check| check.rule == Rule::InTime.as_str()) {
        let key = if arrived_at < dossier.around.opens_at {
            "applications-refusal-too-early"
        } else {
            "applications-refusal-late"
        };
        return Err(Refusal::conflict(key)
            .with("arrived", dossier.said(arrived_at))
            .with("opens", dossier.said(dossier.around.opens_at))
            .with("closes", dossier.said(dossier.around.closes_at)));
    }
    if unmet.is_empty() {
        return Ok(());
    }
    Err(Refusal::unacceptable("applications-refusal-conditions").with("count", unmet.len()))
}

async fn first_round(
    tx: &mut Tx,
    actor: &Actor,
    dossier: &Dossier,
    version: i64,
    number: i64,
    now: DateTime<Utc>,
) -> Outcome<Receipt> {
    let (application, around) = (&dossier.application, &dossier.around);
    let number = rules::receipt_no(around.year, number);
    let receipt = seal(tx, actor, dossier, number, 1, now).await?;
    let fixed = Fixed {
        call_version: around.rules_version,
        size_class: around.firm.size_class.clone(),
        region_code: around.firm.region_code.clone(),
        industry_code: around.firm.industry_code.clone(),
        receipt_no: receipt.number.clone(),
        search_text: search_words(
            (&around.legal_name, &around.business_number),
            &application.title,
            &application.process_name,
            &receipt.number,
        ),
    };
    submission::submit(tx, application.id, version, fixed, actor.id, receipt.sha256.clone(), now).await?;
    Ok(receipt)
}

async fn next_round(
    tx: &mut Tx,
    actor: &Actor,
    dossier: &Dossier,
    version: i64,
    now: DateTime<Utc>,
) -> Outcome<Receipt> {
    let id = dossier.application.id;
    let number = dossier.application.receipt_no.clone().ok_or_else(|| anyhow::anyhow!("{id} has no number"))?;
    let round = dossier.supplement.as_ref().map_or(1, |asked| asked.round) + 1;
    let receipt = seal(tx, actor, dossier, number, round, now).await?;
    if !submission::resubmit(tx, id, version, receipt.sha256.clone(), now).await? {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    Ok(receipt)
}

async fn seal(
    tx: &mut Tx,
    actor: &Actor,
    dossier: &Dossier,
    number: String,
    round: i64,
    now: DateTime<Utc>,
) -> Outcome<Receipt> {
    let content = dossier.content(actor, &number, round, now);
    let (text, sha256) = content.seal().map_err(anyhow::Error::from)?;
    submission::insert_content(tx, dossier.application.id, round, text, sha256.clone(), actor.id, now).await?;
    Ok(Receipt { number, round, received_at: now, sha256 })
}

async fn receipt(tx: &mut Tx, actor: &Actor, edit: Edit, round: i64) -> Outcome<Receipt> {
    let application: Application = store::find_visible(tx, actor, edit.id).await?.ok_or_else(Refusal::not_found)?;
    let rounds = submission::rounds(tx, edit.id).await?;
    let found = rounds.into_iter().find(|found| found.round == round).ok_or_else(Refusal::not_found)?;
    Ok(Receipt {
        number: application.receipt_no.unwrap_or_default(),
        round,
        received_at: found.received_at,
        sha256: found.sha256,
    })
}
