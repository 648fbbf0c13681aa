//! An officer screens: the rules run again, and the officer decides on what they show.

use super::{
    Dossier, Screening,
    conditions::{Judged, cleared, keep_refused},
    submission::decide_soon,
    take_step, tell_firm,
    waivers::grant,
};
use crate::{
    app::App,
    applications::{
        ApplicationId, ApplicationState,
        rules::{SUPPLEMENT_ROUNDS, conditions::Check, defects::Defect},
        store::{
            self,
            spot_checks::{self, SpotOutcome},
            supplements,
        },
    },
    audit::{self, Act},
    core::{
        actor::Actor,
        calendar::closing_instant,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once},
    outbox::Mail,
    programmes::{SelectionMode, Stage},
    reference,
};
use chrono::{DateTime, NaiveTime, Utc};

/// Decides on a submitted application; keeps what the rules showed at that moment, even when they do not allow it.
pub async fn screen(app: &App, actor: &Actor, id: ApplicationId, screening: Screening, once: Once) -> Outcome<()> {
    let done = decide(app, actor, id, screening, once).await;
    keep_refused(app, done).await
}

async fn decide(app: &App, actor: &Actor, id: ApplicationId, screening: Screening, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.screen", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Screener) {
        return Err(Refusal::not_found().into());
    }
    let application = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    audit::take(&mut tx, actor, id.0, Act::Screened, now).await?;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    let mut checks = dossier.checks_at(Stage::Screening, now, now);
    if let Screening::Eligible | Screening::Cleared(_) = &screening {
        let grounds = if let Screening::Cleared(grounds) = &screening { grounds.as_str() } else { "" };
        let judged = Judged::of(&dossier, Stage::Screening, checks.clone(), now);
        clear(&mut tx, actor, id, &judged, grounds, now).await?;
        checks = cleared(checks);
        spot_checks::decide(&mut tx, id, SpotOutcome::Confirmed, actor.id, grounds, now).await?;
    }
    Judged::of(&dossier, Stage::Screening, checks, now).keep(&mut tx, actor, now).await?;
    match screening {
        Screening::Eligible | Screening::Cleared(_) => {
            take_step(&mut tx, actor, id, "confirm_eligible", "", now).await?;
            tell(&mut tx, &dossier, "application-eligible", once, |mail| mail, now).await?;
            if dossier.rules().selection == SelectionMode::CatalogueAuto {
                decide_soon(&mut tx, id, once, now).await?;
            }
        }
        Screening::Ineligible(reason) => {
            // While the firm may still answer, nobody decides against it.
            let waits =
                dossier.supplement.as_ref().is_some_and(|asked| asked.answered_at.is_none() && now <= asked.due_at);
            if dossier.application.state == ApplicationState::SupplementRequested && waits {
                return Err(Refusal::conflict("applications-refusal-answer-pending").into());
            }
            take_step(&mut tx, actor, id, "find_ineligible", &reason, now).await?;
            spot_checks::decide(&mut tx, id, SpotOutcome::Defect, actor.id, &reason, now).await?;
            tell(&mut tx, &dossier, "application-ineligible", once, |mail| mail.with("reason", &reason), now).await?;
        }
        Screening::Supplement(defects) => ask(&mut tx, actor, &dossier, defects, once, now).await?,
    }
    tx.commit().await?;
    Ok(())
}

/// Nothing unmet is left, and what cannot be told is let pass on the officer's grounds.
async fn clear(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    judged: &Judged,
    grounds: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let unmet = judged.checks.iter().filter(|check| check.blocks()).count();
    if unmet > 0 {
        let refusal = Refusal::unacceptable("applications-refusal-unmet").with("count", unmet);
        return Err(refusal.on(judged.evidence(actor)).into());
    }
    let open: Vec<&Check> = judged.checks.iter().filter(|check| check.waits()).collect();
    if !open.is_empty() && grounds.is_empty() {
        let refusal = Refusal::unacceptable("conditions-refusal-grounds-needed").at("grounds");
        return Err(refusal.with("count", open.len()).into());
    }
    for check in open {
        grant(tx, actor, id, check, grounds, now).await?;
    }
    Ok(())
}

/// Asks at once for everything that is missing (domain: invariant 11). A second round only where a manager allowed it.
async fn ask(
    tx: &mut Tx,
    actor: &Actor,
    dossier: &Dossier,
    defects: Vec<Defect>,
    once: Once,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let id = dossier.application.id;
    if !dossier.rules().stages.supplement {
        return Err(Refusal::conflict("applications-refusal-no-supplement").at("decision").into());
    }
    let round = dossier.supplement.as_ref().map_or(0, |asked| asked.round) + 1;
    if round > SUPPLEMENT_ROUNDS && !supplements::is_approved(tx, id, round).await? {
        return Err(Refusal::conflict("applications-refusal-second-round").at("decision").into());
    }
    let days = u32::try_from(dossier.rules().supplement_days).unwrap_or_default();
    let due_on = reference::holidays(tx).await?.add_business_days(dossier.today, days);
    let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    let due_at = closing_instant(due_on, end, dossier.zone);
    let listed = |lang: Lang| defects.iter().map(|defect| in_words(lang, defect)).collect::<Vec<_>>().join("\n");
    let note = listed(Lang::Ko);
    supplements::insert(tx, id, round, (note.clone(), &defects), due_at, actor.id, now).await?;
    take_step(tx, actor, id, "request_supplement", &note, now).await?;
    spot_checks::decide(tx, id, SpotOutcome::Defect, actor.id, &note, now).await?;
    let due = dossier.said(due_at);
    let dress = |mail: Mail| {
        let items = listed(mail.lang);
        mail.with("items", items).with("due", &due)
    };
    tell(tx, dossier, "application-supplement", once, dress, now).await
}

/// A defect as mails and histories say it.
fn in_words(lang: Lang, defect: &Defect) -> String {
    let part = defect.section.map(|section| lang.t(&key("application-section", section.as_str())));
    let what =
        if defect.code.is_empty() { defect.note.clone() } else { lang.t(&key("application-defect", &defect.code)) };
    part.map_or(what.clone(), |part| format!("{part}: {what}"))
}

fn key(family: &str, code: &str) -> String {
    format!("{family}-{}", code.replace('_', "-"))
}

async fn tell(
    tx: &mut Tx,
    dossier: &Dossier,
    name: &'static str,
    once: Once,
    dress: impl Fn(Mail) -> Mail,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let number = dossier.application.receipt_no.clone().unwrap_or_default();
    let dress = |mail: Mail| dress(mail.with("number", &number));
    Ok(tell_firm(tx, &dossier.application, name, &once.0.to_string(), dress, now).await?)
}
