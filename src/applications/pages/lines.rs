//! The parts of the form that are lists: indicators, lines of cost, people. One form adds a row or changes one; the same
//! handlers serve both lists, which of them stands in the path.

use super::{
    Refused, conflicts,
    draft::{AUTOSAVE, autosaved, saved_at, section_page, typed},
    edit, open_draft, section_of,
};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Dossier},
        forms::VersionForm,
        rules::{Direction, Section, conditions::Rule},
        store::revisions::Place,
        views::{CostsPage, IndicatorsPage, TeamPage, checks, whole},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
    },
    db::Tx,
    reference,
    web::{Answer, Choice, Form, Link, Page, Posted, Visitor, page::encode, redirect_with, show_form},
};
use actix_web::{HttpRequest, web};
use uuid::Uuid;

type Row = web::Path<(ApplicationId, Uuid)>;

fn listed(id: ApplicationId, section: Section) -> actix_web::HttpResponse {
    redirect_with(format!("/applications/{id}/{}", section.path()), "applications-flash-saved")
}

#[derive(Default, serde::Deserialize)]
pub struct ProposalQuery {
    #[serde(default)]
    proposal: String,
}

/// What every list shows: the form for one row, and which row that is.
struct Desk {
    page: Page,
    form: Form,
    dossier: Dossier,
    row: Option<Uuid>,
    saved: String,
}

async fn desk(
    tx: &mut Tx,
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (id, place): (ApplicationId, Place),
    blank: Vec<(&str, String)>,
    refused: Refused<'_>,
) -> Outcome<Desk> {
    let dossier = open_draft(app, tx, actor, id).await?;
    let held = place.row.and_then(|row| actions::row_fields(&dossier, place.section, row));
    // Somebody removed it while this reader was typing: what was typed can still be added as a new row.
    let row = place.row.filter(|_| held.is_some());
    let form = match refused {
        Some((posted, trouble)) => {
            let again = posted.again(visitor, "applications", trouble)?;
            if row.is_none() || again.is_overtaken() {
                again.put("version", dossier.application.version)
            } else {
                again
            }
        }
        None if place.row.is_some() && held.is_none() => return Err(Refusal::not_found().into()),
        None => {
            let held = held.unwrap_or_default();
            let values = if row.is_some() {
                held.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
            } else {
                blank
            };
            Form::with(visitor, "applications", values).put("version", dossier.application.version)
        }
    };
    let page = section_page(visitor, id, place.section).with_form(&form);
    let saved = saved_at(tx, &page, id, place).await?;
    Ok(Desk { page, form, dossier, row, saved })
}

async fn list_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    place: Place,
    proposal: &str,
    refused: Refused<'_>,
) -> Answer {
    let mut tx = app.db.read().await?;
    match place.section {
        Section::Costs => {
            let blank = vec![("taxed", "yes".to_owned())];
            costs_page(app, id, desk(&mut tx, app, visitor, actor, (id, place), blank, refused).await?)
        }
        Section::Team => {
            let desk = desk(&mut tx, app, visitor, actor, (id, place), Vec::new(), refused).await?;
            if !desk.dossier.asks_team() {
                return Err(Refusal::not_found().into());
            }
            team_page(id, desk)
        }
        _ => {
            let application = super::visible(&mut tx, actor, id).await?;
            let proposed = match &application.use_case {
                Some(use_case) => reference::proposed_indicators(&mut tx, use_case).await?,
                None => Vec::new(),
            };
            let lang = visitor.lang;
            let blank = match proposed.iter().find(|one| one.code == proposal) {
                Some(one) => vec![
                    ("name", lang.of(&one.name_ko, &one.name_en).to_owned()),
                    ("unit", one.unit.clone()),
                    ("direction", one.direction.clone()),
                ],
                None => Vec::new(),
            };
            let links = proposed.iter().map(|one| {
                let aim = lang.code_word("application-direction", &one.direction);
                Link {
                    href: format!("/applications/{id}/indicators?proposal={}#name", encode(&one.code)),
                    label: format!("{} ({}, {aim})", lang.of(&one.name_ko, &one.name_en), one.unit),
                }
            });
            let links = links.collect();
            let desk = desk(&mut tx, app, visitor, actor, (id, place), blank.clone(), refused).await?;
            indicators_page(id, desk, links)
        }
    }
}

fn team_page(id: ApplicationId, desk: Desk) -> Answer {
    let Desk { page, form, dossier, row, saved } = desk;
    let rows = whole::member_rows(&page, &dossier);
    let view = TeamPage { version: dossier.application.version, rows, page, form, id, row, saved };
    show_form(&view, &view.form)
}

fn indicators_page(id: ApplicationId, desk: Desk, proposals: Vec<Link>) -> Answer {
    let Desk { page, form, dossier, row, saved } = desk;
    let view = IndicatorsPage {
        rows: whole::indicator_rows(&page, &dossier),
        proposals,
        directions: Choice::codes(page.lang, "application-direction", Direction::ALL),
        version: dossier.application.version,
        page,
        form,
        id,
        row,
        saved,
    };
    show_form(&view, &view.form)
}

/// The state share as a sum anybody can follow.
fn arithmetic(page: &Page, dossier: &Dossier) -> Vec<String> {
    let totals = dossier.totals();
    let size = dossier.around.firm.size_class.clone().unwrap_or_else(|| "none".to_owned());
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
    let split = dossier.split();
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

fn costs_page(app: &App, id: ApplicationId, desk: Desk) -> Answer {
    let Desk { page, form, dossier, row, saved } = desk;
    let now = app.clock.now();
    let mut checks = dossier.checks(now, now);
    checks.retain(|check| {
        let shown = [Rule::CostsAddUp, Rule::CostsComplete].iter().all(|rule| check.rule != rule.as_str());
        check.section == Some(Section::Costs) && shown
    });
    let view = CostsPage {
        rows: whole::cost_rows(&page, &dossier),
        categories: Choice::codes(page.lang, "application-category", &dossier.rules().allowed_categories()),
        taxed: ["yes", "no"].map(|code| Choice::new(code, page.code("application-taxed", code))).to_vec(),
        asks_in_kind: dossier.takes_in_kind() || dossier.costs.iter().any(|line| line.in_kind_won.is_positive()),
        sums: whole::sums(&page, &dossier),
        arithmetic: arithmetic(&page, &dossier),
        checks: checks::check_views(&page, id, &dossier.rules().conditions, &checks),
        version: dossier.application.version,
        page,
        form,
        id,
        row,
        saved,
    };
    show_form(&view, &view.form)
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<ProposalQuery>,
) -> Answer {
    let place = Place::form(section_of(&visitor)?);
    list_page(&app, &visitor, &actor, *id, place, &query.proposal, None).await
}

pub async fn show_row(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row) -> Answer {
    let place = Place { section: section_of(&visitor)?, row: Some(row.1) };
    list_page(&app, &visitor, &actor, row.0, place, "", None).await
}

pub async fn add(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let place = Place::form(section_of(&visitor)?);
    put(&app, &visitor, &actor, *id, place, posted, false).await
}

pub async fn change(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    request: HttpRequest,
    row: Row,
    posted: Posted,
) -> Answer {
    let place = Place { section: section_of(&visitor)?, row: Some(row.1) };
    put(&app, &visitor, &actor, row.0, place, posted, request.headers().contains_key(AUTOSAVE)).await
}

async fn put(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    place: Place,
    posted: Posted,
    auto: bool,
) -> Answer {
    let done: Outcome<i64> = async {
        let mut tx = app.db.read().await?;
        let dossier = open_draft(app, &mut tx, actor, id).await?;
        drop(tx);
        let fields = typed(&dossier, place.section, &posted)?;
        actions::put_row(app, actor, edit(id, &posted, auto)?, place.section, place.row, fields).await
    }
    .await;
    match done {
        Ok(_) if auto => autosaved(app, visitor, actor, id, place, &posted).await,
        Ok(_) => Ok(listed(id, place.section)),
        Err(trouble) if auto => Err(trouble),
        Err(trouble) if conflicts::is_overtaken(&trouble) => {
            conflicts::page(app, visitor, actor, id, place, &posted).await
        }
        Err(trouble) => list_page(app, visitor, actor, id, place, "", Some((&posted, trouble))).await,
    }
}

pub async fn remove(app: web::Data<App>, visitor: Visitor, actor: Actor, row: Row, posted: Posted) -> Answer {
    let section = section_of(&visitor)?;
    let done: Result<i64, Trouble> = async {
        posted.read::<VersionForm>()?;
        actions::remove_row(&app, &actor, edit(row.0, &posted, false)?, section, row.1).await
    }
    .await;
    match done {
        Ok(_) => Ok(listed(row.0, section)),
        Err(trouble) => {
            list_page(&app, &visitor, &actor, row.0, Place::form(section), "", Some((&posted, trouble))).await
        }
    }
}
