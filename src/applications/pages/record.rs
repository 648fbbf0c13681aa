//! One application: tasks for the firm that writes it, the whole case for those who work on it.

use super::{find_dossier, names, reader, supplements::may_allow};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        rules::{
            ApplicationState, STEPS, content,
            course::{CourseDays, course},
        },
        store::{
            eligibility,
            submission::{self, Round},
        },
        views::{self, ApplicationPage, DifferencesPage, checks, whole},
    },
    audit,
    core::{actor::Actor, calendar, refusal::Refusal, roles::Role, step::open_steps},
    reference,
    web::{Answer, Choice, Link, Page, Visitor, show as show_page},
};
use actix_web::web;

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let dossier = find_dossier(&app, &mut tx, &actor, *id).await?;
    let names = names(&mut tx).await?;
    let holidays = reference::holidays(&mut tx).await?;
    let history = audit::history(&mut tx, *id).await?;
    let rounds = submission::rounds(&mut tx, *id).await?;
    let is_firm = actor.is_any(&[Role::Firm, Role::Adviser]);
    let title = Some(dossier.application.title.clone()).filter(|title| !title.is_empty());
    let page = visitor.page_titled(title.unwrap_or_else(|| visitor.lang.t("applications-untitled")));
    let back = if is_firm { "applications-own-title" } else { "applications-queue-title" };
    // Claims officers and payers come from their own queues and have no list of applications.
    let has_list = is_firm || actor.is_any(&[Role::Screener, Role::Manager, Role::Auditor]);
    let page = if has_list { page.back_to("/applications", back) } else { page };
    let checks = dossier.checks(now, now);
    let seen = checks::check_views(&page, *id, &dossier.rules().conditions, &checks);
    let sections: Vec<_> = checks.iter().map(|check| check.section).collect();
    let state = dossier.application.state;
    let since = calendar::local_date(dossier.application.state_since, dossier.zone);
    let closes = calendar::local_date(dossier.around.closes_at, dossier.zone);
    let differences = latest(&rounds).map(|(one, other)| content::differences(&one.content, &other.content));
    let submitted = dossier.application.submitted_at.map(|at| calendar::local_date(at, dossier.zone));
    let waits = state == ApplicationState::SupplementRequested;
    let due =
        dossier.supplement.as_ref().filter(|_| waits).map(|asked| calendar::local_date(asked.due_at, dossier.zone));
    let days = CourseDays {
        closes,
        submitted,
        supplement_due: due,
        decided: dossier.application.decided_at.map(|at| calendar::local_date(at, dossier.zone)),
        screening_days: u32::try_from(dossier.rules().timers.screening_days).unwrap_or_default(),
        agreement_answer_days: dossier.rules().agreement_answer_days,
        term_months: dossier.rules().term_months,
        holidays: &holidays,
    };
    let asked = dossier.supplement.as_ref().map_or(0, |asked| asked.round);
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
        runs: match is_firm {
            true => Vec::new(),
            false => {
                let looks = eligibility::looks(&mut tx, *id).await?;
                let frozen = eligibility::frozen(&mut tx, *id).await?;
                let conditions = &dossier.rules().conditions;
                checks::check_runs(&page, *id, conditions, &looks, frozen.as_ref())?
            }
        },
        moves: whole::moves(&page, &history),
        history: if is_firm { Vec::new() } else { history },
        differences: whole::difference_views(&page, &dossier, &names, differences.unwrap_or_default()),
        rounds: rounds.len(),
        course: whole::course_views(&page, course(state, days)),
        certified: if is_firm { dossier.certified()? } else { None },
        can_allow_round: actor.is(Role::Manager) && may_allow(state, asked, dossier.next_round_allowed),
        supplement: whole::supplement(&page, &dossier),
        can_screen: actor.is(Role::Screener)
            && matches!(state, ApplicationState::Submitted | ApplicationState::SupplementRequested),
        can_withdraw: open_steps(STEPS, state, &actor.roles).iter().any(|step| step.name == "withdraw"),
        call_name: page.lang.of(&dossier.around.call_name_ko, &dossier.around.call_name_en).to_owned(),
        closes_at: dossier.around.closes_at,
        related: related(&page, &actor, *id, state),
        is_firm,
        application: dossier.application,
        page,
    })
}

/// The last two submissions, when there are two.
pub(super) fn latest(rounds: &[Round]) -> Option<(&Round, &Round)> {
    let (last, before) = rounds.split_last()?;
    Some((before.last()?, last))
}

#[derive(serde::Deserialize)]
pub struct BetweenQuery {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

/// What any two submissions say differently, field by field, for everybody who may see the application.
pub async fn differences(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<BetweenQuery>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = find_dossier(&app, &mut tx, &actor, *id).await?;
    let names = names(&mut tx).await?;
    let rounds = submission::rounds(&mut tx, *id).await?;
    let chosen = |text: &str| text.parse::<i64>().ok().and_then(|wanted| rounds.iter().find(|r| r.round == wanted));
    let last_two = latest(&rounds);
    let before = chosen(&query.from).or(last_two.map(|(before, _)| before)).or(rounds.first());
    let after = chosen(&query.to).or(rounds.last());
    let (before, after) = before.zip(after).ok_or_else(Refusal::not_found)?;
    let page = visitor.page("applications-differences").back_to(format!("/applications/{id}"), "applications-back");
    let found = content::differences(&before.content, &after.content);
    let choices = rounds
        .iter()
        .map(|round| {
            let name = page.t1("applications-round", "round", round.round);
            Choice::new(round.round.to_string(), format!("{name} · {}", page.datetime(round.received_at)))
        })
        .collect();
    show_page(&DifferencesPage {
        differences: whole::difference_views(&page, &dossier, &names, found),
        from: before.round.to_string(),
        to: after.round.to_string(),
        id: *id,
        choices,
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
    let ways: [(bool, &[Role], String, &str); 6] = [
        (true, &officers, format!("/applications/{id}/conditions"), "conditions-case-title"),
        (judged, &[Role::Manager, Role::Auditor], format!("/reviews/applications/{id}"), "reviews-title"),
        (judged || state == Ineligible, &[Role::Firm], format!("/decisions/{id}"), "reviews-letter-title"),
        (selected, &parties, "/agreements".to_owned(), "agreements-title"),
        (selected, &money, format!("/ledger/cases/{id}"), "ledger-case-title"),
        (after_work, &[Role::Firm, Role::Manager, Role::Auditor], "/outcomes".to_owned(), "outcomes-title"),
    ];
    let open = ways.into_iter().filter(|(come, roles, ..)| *come && actor.is_any(roles));
    open.map(|(.., href, key)| Link { href, label: page.t(key) }).collect()
}
