//! Doors of reviews: the manager's queue, panels, ranking, decisions and objections; the reviewer's own assignments;
//! what a firm reads and answers; the public draw.

mod advice;
mod bulk;
mod case;
mod draw;
mod letters;
mod objections;
mod own;
mod profile;
mod quality;
mod queue;
mod ranking;
mod reasons;

use super::{
    actions,
    rules::RestsOn,
    rules::clock::{Elapsed, elapsed},
    store::{self, Clarification, Decision},
    views::{Content, EnvelopeLine, Said},
};
use crate::{
    applications::{Application, ApplicationState},
    core::{
        calendar::{ZONE, local_date},
        lang::Lang,
        money::Won,
        roles::Role,
    },
    db::Tx,
    ledger::{self, Account, AccountKind, Cap},
    organisations,
    programmes::{CallId, CallRules, Envelope},
    reference, vendors,
    web::{Door, Need, Visitor, page::MenuEntry},
};
use chrono::{DateTime, NaiveDate, Utc};

const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const SEES_REVIEWS: Need = Need::AnyOf(&[Role::Manager, Role::Auditor]);
const REVIEWER: Need = Need::AnyOf(&[Role::Reviewer]);
const ADMIN: Need = Need::AnyOf(&[Role::Admin]);
const SEES_REASONS: Need = Need::AnyOf(&[Role::Admin, Role::Manager, Role::Auditor]);
const FIRM: Need = Need::AnyOf(&[Role::Firm]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/reviews", SEES_REVIEWS, queue::queue),
        Door::post("/reviews/panels", MANAGER, queue::assign_all),
        Door::get("/reviews/mine", REVIEWER, own::mine),
        Door::get("/reviews/profile", REVIEWER, profile::show),
        Door::post("/reviews/profile", REVIEWER, profile::save),
        Door::post("/reviews/profile/interests", REVIEWER, profile::add_interest),
        Door::post("/reviews/profile/interests/{id}/end", REVIEWER, profile::end_interest),
        Door::get("/reviews/ranking", SEES_REVIEWS, ranking::ranking),
        Door::post("/reviews/promotions", MANAGER, ranking::promote),
        Door::post("/reviews/lots", MANAGER, ranking::draw_lots),
        Door::post("/reviews/bulk", MANAGER, bulk::plan),
        Door::get("/reviews/bulk/{id}", SEES_REVIEWS, bulk::show),
        Door::post("/reviews/bulk/{id}/steps", MANAGER, bulk::take_step),
        Door::get("/reviews/quality", SEES_REVIEWS, quality::show),
        Door::post("/reviews/quality/{id}", MANAGER, quality::assign),
        Door::get("/reviews/applications/{id}", SEES_REVIEWS, case::show),
        Door::post("/reviews/applications/{id}/panel", MANAGER, case::assign),
        Door::post("/reviews/applications/{id}/closing", MANAGER, case::close),
        Door::post("/reviews/applications/{id}/questions", MANAGER, case::ask),
        Door::post("/reviews/applications/{id}/decision", MANAGER, case::decide),
        Door::post("/reviews/applications/{id}/confirmation", MANAGER, case::confirm),
        Door::post("/reviews/applications/{id}/refusal", MANAGER, case::refuse),
        Door::post("/reviews/applications/{id}/undo", MANAGER, case::undo),
        Door::get("/reviews/applications/{id}/advice", SEES_REVIEWS, advice::show),
        Door::post("/reviews/applications/{id}/advice", MANAGER, advice::ask),
        Door::post("/reviews/advices/{id}/judgement", MANAGER, advice::judge),
        Door::get("/reviews/{id}", REVIEWER, own::assignment),
        Door::get("/reviews/{id}/conflict", REVIEWER, own::show_conflict),
        Door::post("/reviews/{id}/conflict", REVIEWER, own::declare),
        Door::post("/reviews/{id}/scores", REVIEWER, own::score),
        Door::post("/reviews/{id}/questions", REVIEWER, own::ask),
        Door::get("/decisions/{id}", Need::AnyOf(&[Role::Firm, Role::Manager, Role::Auditor]), letters::letter),
        Door::get("/decisions/{id}/objection", FIRM, letters::show_objection),
        Door::post("/decisions/{id}/objection", FIRM, letters::object),
        Door::get("/clarifications/{id}", FIRM, letters::show_question),
        Door::post("/clarifications/{id}", FIRM, letters::answer),
        Door::get("/decision-reasons", SEES_REASONS, reasons::list),
        Door::get("/decision-reasons/edit", ADMIN, reasons::show_edit),
        Door::post("/decision-reasons/edit", ADMIN, reasons::edit),
        Door::get("/objections", SEES_REVIEWS, objections::list),
        Door::get("/objections/{id}", SEES_REVIEWS, objections::show),
        Door::post("/objections/{id}/hearing", MANAGER, objections::hear),
        Door::get("/calls/{id}/draw", Need::Nobody, draw::show),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/reviews/mine", key: "reviews-mine-title", roles: &[Role::Reviewer] },
        MenuEntry { path: "/reviews", key: "reviews-title", roles: &[Role::Manager, Role::Auditor] },
        MenuEntry { path: "/decision-reasons", key: "reasons-title", roles: &[Role::Admin] },
        MenuEntry { path: "/objections", key: "objections-title", roles: &[Role::Manager, Role::Auditor] },
    ]
}

#[derive(Default, serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    call: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    track: String,
    #[serde(default)]
    after: String,
    /// What those on the pages before ask for, in won.
    #[serde(default)]
    asked: String,
}

async fn content_of(
    tx: &mut Tx,
    visitor: &Visitor,
    application: Application,
    now: DateTime<Utc>,
) -> sqlx::Result<Content> {
    let firm = organisations::get(tx, application.organisation_id).await?;
    let vendor_name = match application.vendor_id {
        Some(id) => {
            let vendor = vendors::get(tx, id).await?;
            organisations::get(tx, vendor.organisation_id).await?.legal_name
        }
        None => String::new(),
    };
    let cases = reference::use_cases(tx).await?;
    let use_case = cases.iter().find(|case| Some(&case.code) == application.use_case.as_ref());
    Ok(Content {
        firm_name: firm.legal_name,
        vendor_name,
        use_case: use_case.map(|case| case.name(visitor.lang).to_owned()).unwrap_or_default(),
        indicators: crate::applications::indicators(tx, application.id).await?,
        costs: crate::applications::costs(tx, application.id).await?,
        clarifications: store::clarifications(tx, application.id).await?,
        application,
        now,
    })
}

impl Said {
    async fn of(
        tx: &mut Tx,
        (code, version, rests_on): (&str, i64, &str),
        rules: &CallRules,
        lang: Lang,
    ) -> sqlx::Result<Said> {
        let reason = store::reason_at(tx, code, version).await?;
        let on = RestsOn::several(rests_on);
        let named: Vec<&str> = on.iter().filter_map(|one| one.name(rules, lang)).collect();
        Ok(Said {
            name: reason.as_ref().map_or_else(|| code.to_owned(), |reason| reason.name(lang).to_owned()),
            letter: reason.map(|reason| reason.letter(lang).to_owned()).unwrap_or_default(),
            rests_on: named.join(", "),
        })
    }

    async fn of_decision(tx: &mut Tx, decision: &Decision, rules: &CallRules, lang: Lang) -> sqlx::Result<Said> {
        let why = (decision.reason.as_str(), decision.reason_version, decision.rests_on.as_str());
        Said::of(tx, why, rules, lang).await
    }
}

/// The service clock of a review, and whether it stands still now; None before a review begins.
async fn clock_of(
    tx: &mut Tx,
    application: &Application,
    asked: &[Clarification],
    decided_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> sqlx::Result<(Option<Elapsed>, bool)> {
    let Some(began) = store::review_began(tx, application.id).await? else { return Ok((None, false)) };
    let holidays = reference::holidays(tx).await?;
    let day = |at: DateTime<Utc>| local_date(at, ZONE);
    let pauses: Vec<(NaiveDate, NaiveDate)> = asked.iter().map(|one| (day(one.asked_at), day(one.ends_at()))).collect();
    let under_way = application.state == ApplicationState::InReview;
    let until = if under_way { now } else { decided_at.unwrap_or(now) };
    let stands = under_way && asked.iter().any(|one| one.is_waiting(now));
    Ok((Some(elapsed(&holidays, day(began), day(until), &pauses)), stands))
}

/// What is left of envelopes, with their names.
async fn envelope_lines(
    tx: &mut Tx,
    envelopes: Vec<(Envelope, Cap)>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<EnvelopeLine>> {
    let mut lines = Vec::with_capacity(envelopes.len());
    for (envelope, cap) in envelopes {
        let left = actions::left_of(tx, (&envelope, &cap), now).await?;
        lines.push(EnvelopeLine { cap: cap.owner, envelope, left });
    }
    Ok(lines)
}

async fn cap_left(tx: &mut Tx, cap: Won, firm: uuid::Uuid, programme: uuid::Uuid) -> sqlx::Result<Won> {
    let used = Account { kind: AccountKind::CapUsed, owner: firm, scope: programme };
    Ok(cap.minus(ledger::balance(tx, used).await?))
}

async fn budget_left(tx: &mut Tx, call: CallId) -> sqlx::Result<Won> {
    ledger::balance(tx, Account { kind: AccountKind::Budget, owner: call.0, scope: call.0 }).await
}
