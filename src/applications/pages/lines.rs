//! The parts of the form that are lists: indicators and lines of cost. One form adds a row or changes one;
//! rows are named by their position, which the version they were read at keeps true.

use super::{Refused, again, edit, open_draft};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Dossier},
        forms::*,
        rules::{Direction, Section, conditions::Rule},
        views::{CostsPage, IndicatorsPage, whole},
    },
    core::{
        actor::Actor,
        measure::show_milli,
        refusal::{Outcome, Refusal},
    },
    reference,
    web::{Answer, Choice, Form, Link, Page, Posted, Visitor, page::encode, redirect_with, show_form},
};
use actix_web::web;

type Row = web::Path<(ApplicationId, usize)>;

fn section_page(visitor: &Visitor, id: ApplicationId, section: Section) -> Page {
    let title = visitor.lang.code_word("application-section", section.as_str());
    visitor.page_titled(title).back_to(format!("/applications/{id}"), "applications-tasks")
}

fn listed(id: ApplicationId, section: Section) -> actix_web::HttpResponse {
    redirect_with(format!("/applications/{id}/{}", section.path()), "applications-flash-saved")
}

/// The row that is being changed, if it is there.
fn at<T>(rows: &[T], position: Option<usize>) -> Result<Option<&T>, Refusal> {
    match position {
        None => Ok(None),
        Some(position) => position.checked_sub(1).and_then(|at| rows.get(at)).map(Some).ok_or_else(Refusal::not_found),
    }
}

#[derive(Default, serde::Deserialize)]
pub struct ProposalQuery {
    #[serde(default)]
    proposal: String,
}

async fn indicators_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    position: Option<usize>,
    proposal: &str,
    refused: Refused<'_>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let proposed = match &dossier.application.use_case {
        Some(use_case) => reference::proposed_indicators(&mut tx, use_case).await?,
        None => Vec::new(),
    };
    let lang = visitor.lang;
    let decimal = |milli: Option<i64>| milli.map(|milli| show_milli(milli).replace(',', "")).unwrap_or_default();
    let values = match (at(&dossier.indicators, position), proposed.iter().find(|one| one.code == proposal)) {
        (Ok(Some(held)), _) => vec![
            ("name", held.name.clone()),
            ("unit", held.unit.clone()),
            ("direction", held.direction.clone()),
            ("baseline", decimal(held.baseline_milli)),
            ("target", decimal(held.target_milli)),
            ("baseline_period", held.baseline_period.clone()),
            ("baseline_source", held.baseline_source.clone()),
        ],
        (Ok(None), Some(one)) => vec![
            ("name", lang.of(&one.name_ko, &one.name_en).to_owned()),
            ("unit", one.unit.clone()),
            ("direction", one.direction.clone()),
        ],
        (Ok(None), None) => Vec::new(),
        // Somebody removed it while this reader was typing: what was typed is still shown.
        (Err(_), _) if refused.is_some() => Vec::new(),
        (Err(gone), _) => return Err(gone.into()),
    };
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application)?.0,
        None => Form::with(visitor, "applications", values).put("version", dossier.application.version),
    };
    let page = section_page(visitor, id, Section::Indicators).with_form(&form);
    let view = IndicatorsPage {
        rows: whole::indicator_rows(&page, &dossier),
        proposals: proposed
            .iter()
            .map(|one| Link {
                href: format!("/applications/{id}/indicators?proposal={}#name", encode(&one.code)),
                label: format!("{} ({})", lang.of(&one.name_ko, &one.name_en), one.unit),
            })
            .collect(),
        directions: Choice::codes(lang, "application-direction", Direction::ALL),
        version: dossier.application.version,
        page,
        form,
        id,
        position,
    };
    show_form(&view, &view.form)
}

pub async fn show_indicators(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<ProposalQuery>,
) -> Answer {
    indicators_page(&app, &visitor, &actor, *id, None, &query.proposal, None).await
}

pub async fn show_indicator(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row) -> Answer {
    indicators_page(&app, &visitor, &actor, row.0, Some(row.1), "", None).await
}

async fn put_indicator(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    position: Option<usize>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let form: IndicatorForm = posted.read()?;
        actions::put_indicator(app, actor, edit(id, &posted)?, position, form.parse()?).await
    }
    .await;
    match done {
        Ok(_) => Ok(listed(id, Section::Indicators)),
        Err(trouble) => indicators_page(app, visitor, actor, id, position, "", Some((&posted, trouble))).await,
    }
}

pub async fn add_indicator(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    put_indicator(&app, &visitor, &actor, *id, None, posted).await
}

pub async fn change_indicator(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row, posted: Posted) -> Answer {
    put_indicator(&app, &visitor, &actor, row.0, Some(row.1), posted).await
}

pub async fn remove_indicator(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row, posted: Posted) -> Answer {
    let done: Outcome<i64> = async {
        posted.read::<VersionForm>()?;
        actions::remove_indicator(&app, &actor, edit(row.0, &posted)?, row.1).await
    }
    .await;
    match done {
        Ok(_) => Ok(listed(row.0, Section::Indicators)),
        Err(trouble) => indicators_page(&app, &visitor, &actor, row.0, None, "", Some((&posted, trouble))).await,
    }
}

/// The state share as a sum anybody can follow.
fn arithmetic(page: &Page, dossier: &Dossier) -> Vec<String> {
    let totals = dossier.totals();
    let size = dossier.around.size_class.clone().unwrap_or_else(|| "none".to_owned());
    let size = page.code("application-size", size);
    let limit = dossier.limits().share_max(dossier.size_group());
    let mut told = vec![page.lang.t_with(
        "applications-share-sum",
        &[
            ("support", page.won(totals.support)),
            ("total", page.won(totals.total)),
            ("share", totals.share().to_string()),
        ],
    )];
    let supply = totals.total;
    let split = dossier.funding().map(|rule| rule.split(supply, dossier.funds_vat()));
    match limit {
        Some(limit) => told.push(page.lang.t_with(
            "applications-share-limit",
            &[
                ("size", size),
                ("limit", limit.to_string()),
                ("most", page.won(split.map_or(totals.support_max(limit), |split| split.support_most.min(supply)))),
            ],
        )),
        None => told.push(page.t1("applications-share-none", "size", size)),
    }
    if let Some(split) = split.filter(|split| split.vat_outside.is_positive()) {
        told.push(page.t1("applications-vat-outside", "won", page.won(split.vat_outside)));
    }
    told.extend(whole::cap_lines(page, dossier));
    told
}

async fn costs_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    position: Option<usize>,
    refused: Refused<'_>,
) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let values = match at(&dossier.costs, position) {
        Ok(Some(held)) => vec![
            ("category", held.category.to_string()),
            ("description", held.description.clone()),
            ("quantity", held.quantity.map(|quantity| quantity.to_string()).unwrap_or_default()),
            ("unit_price", held.unit_price_won.map(|price| price.to_string()).unwrap_or_default()),
            ("support", held.support_won.map(|support| support.to_string()).unwrap_or_default()),
        ],
        Ok(None) => Vec::new(),
        Err(_) if refused.is_some() => Vec::new(),
        Err(gone) => return Err(gone.into()),
    };
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application)?.0,
        None => Form::with(visitor, "applications", values).put("version", dossier.application.version),
    };
    let page = section_page(visitor, id, Section::Costs).with_form(&form);
    let mut checks = dossier.checks(now, now);
    checks.retain(|check| {
        let shown = [Rule::CostsAddUp, Rule::CostsComplete].iter().all(|rule| check.rule != rule.as_str());
        check.section == Some(Section::Costs) && shown
    });
    let view = CostsPage {
        rows: whole::cost_rows(&page, &dossier),
        categories: Choice::codes(page.lang, "application-category", &dossier.rules().allowed_categories()),
        total: page.won(dossier.application.total_won),
        support: page.won(dossier.application.support_won),
        own: page.won(dossier.application.own_won),
        arithmetic: arithmetic(&page, &dossier),
        checks: whole::check_views(&page, id, &dossier.rules().conditions, &checks),
        version: dossier.application.version,
        page,
        form,
        id,
        position,
    };
    show_form(&view, &view.form)
}

pub async fn show_costs(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    costs_page(&app, &visitor, &actor, *id, None, None).await
}

pub async fn show_cost(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row) -> Answer {
    costs_page(&app, &visitor, &actor, row.0, Some(row.1), None).await
}

async fn put_cost(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    position: Option<usize>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let form: CostForm = posted.read()?;
        actions::put_cost(app, actor, edit(id, &posted)?, position, form.parse()?).await
    }
    .await;
    match done {
        Ok(_) => Ok(listed(id, Section::Costs)),
        Err(trouble) => costs_page(app, visitor, actor, id, position, Some((&posted, trouble))).await,
    }
}

pub async fn add_cost(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    put_cost(&app, &visitor, &actor, *id, None, posted).await
}

pub async fn change_cost(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row, posted: Posted) -> Answer {
    put_cost(&app, &visitor, &actor, row.0, Some(row.1), posted).await
}

pub async fn remove_cost(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row, posted: Posted) -> Answer {
    let done: Outcome<i64> = async {
        posted.read::<VersionForm>()?;
        actions::remove_cost(&app, &actor, edit(row.0, &posted)?, row.1).await
    }
    .await;
    match done {
        Ok(_) => Ok(listed(row.0, Section::Costs)),
        Err(trouble) => costs_page(&app, &visitor, &actor, row.0, None, Some((&posted, trouble))).await,
    }
}
