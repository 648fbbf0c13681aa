//! One application: tasks for the firm that writes it, the whole case for those who work on it.

use super::{names, reader, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::Dossier,
        rules::{ApplicationState, STEPS, content},
        store::{eligibility, submission},
        views::{self, ApplicationPage, whole},
    },
    audit,
    core::{actor::Actor, calendar, roles::Role, step::open_steps},
    reference,
    web::{Answer, Link, Page, Visitor, show as show_page},
};
use actix_web::web;

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, &actor, *id).await?;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    let names = names(&mut tx).await?;
    let holidays = reference::holidays(&mut tx).await?;
    let history = audit::history(&mut tx, *id).await?;
    let rounds = submission::rounds(&mut tx, *id).await?;
    let stored = eligibility::checks(&mut tx, *id).await?;
    let is_firm = actor.is_any(&[Role::Firm, Role::Adviser]);
    let title = Some(dossier.application.title.clone()).filter(|title| !title.is_empty());
    let page = visitor.page_titled(title.unwrap_or_else(|| visitor.lang.t("applications-untitled")));
    let back = if is_firm { "applications-own-title" } else { "applications-queue-title" };
    let page = page.back_to("/applications", back);
    let checks = dossier.checks(now, now);
    let seen = whole::check_views(&page, *id, &dossier.rules().conditions, &checks);
    let sections: Vec<_> = checks.iter().map(|check| check.section).collect();
    let state = dossier.application.state;
    let since = calendar::local_date(dossier.application.state_since, dossier.zone);
    let closes = calendar::local_date(dossier.around.closes_at, dossier.zone);
    let (before, after) = (rounds.first(), rounds.last());
    let differences = before.zip(after).map(|(one, other)| content::differences(&one.content, &other.content));
    show_page(&ApplicationPage {
        tasks: match is_firm && state.is_open_to_firm() {
            true => views::tasks(&page, &dossier, &seen, &sections),
            false => Vec::new(),
        },
        unmet: seen.iter().filter(|check| check.unmet).count(),
        expected_by: match (&dossier.supplement, state) {
            (Some(asked), ApplicationState::SupplementRequested) => {
                Some(calendar::local_date(asked.due_at, dossier.zone))
            }
            _ => state.expected_by(
                since,
                closes,
                u32::try_from(dossier.rules().timers.screening_days).unwrap_or_default(),
                &holidays,
            ),
        },
        whole: whole::whole(&page, &dossier, &names, &reader(&app)),
        runs: if is_firm { Vec::new() } else { whole::check_runs(&page, *id, &dossier.rules().conditions, &stored) },
        moves: whole::moves(&page, &history),
        history: if is_firm { Vec::new() } else { history },
        differences: whole::difference_views(&page, differences.unwrap_or_default()),
        can_screen: actor.is(Role::Screener)
            && matches!(state, ApplicationState::Submitted | ApplicationState::SupplementRequested),
        can_withdraw: open_steps(STEPS, state, &actor.roles).iter().any(|step| step.name == "withdraw"),
        call_name: page.lang.of(&dossier.around.call_name_ko, &dossier.around.call_name_en).to_owned(),
        closes_at: dossier.around.closes_at,
        related: related(&page, &actor, *id, state),
        is_firm,
        supplement: dossier.supplement,
        application: dossier.application,
        page,
    })
}

/// The pages of later rooms on which this reader follows the case.
fn related(page: &Page, actor: &Actor, id: ApplicationId, state: ApplicationState) -> Vec<Link> {
    use ApplicationState::*;
    let judged = matches!(state, Eligible | InReview | Selected | Reserve | Rejected | Agreed | Closed);
    let selected = matches!(state, Selected | Agreed | Closed);
    let after_work = matches!(state, Agreed | Closed);
    let parties = [Role::Firm, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor];
    let money = [Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor];
    let officers = [Role::Screener, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor];
    let ways: [(bool, &[Role], String, &str); 5] = [
        (true, &officers, format!("/applications/{id}/conditions"), "conditions-case-title"),
        (judged, &[Role::Manager, Role::Auditor], format!("/reviews/applications/{id}"), "reviews-title"),
        (selected, &parties, "/agreements".to_owned(), "agreements-title"),
        (selected, &money, format!("/ledger/cases/{id}"), "ledger-case-title"),
        (after_work, &[Role::Firm, Role::Manager, Role::Auditor], "/outcomes".to_owned(), "outcomes-title"),
    ];
    let open = ways.into_iter().filter(|(come, roles, ..)| *come && actor.is_any(roles));
    open.map(|(.., href, key)| Link { href, label: page.t(key) }).collect()
}
