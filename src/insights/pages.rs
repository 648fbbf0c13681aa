//! Doors of insights.

use super::{
    actions,
    forms::ExportForm,
    rules::{self, Cell},
    store::{self, FigureRow},
    views::{ExportsPage, FiguresPage, HistoryPage, Money, SearchPage, Section, lines, name_of},
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        names::fold_digits,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    reference,
    web::{
        Answer, Choice, Door, Form, Need, Page, Posted, Visitor,
        list::ListView,
        page::{MenuEntry, ZONE},
        redirect, redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::{HttpResponse, web};
use uuid::Uuid;

const SEES: &[Role] = &[Role::Analyst, Role::Manager, Role::Auditor, Role::Admin];
const EXPORTS: &[Role] = &[Role::Analyst, Role::Manager, Role::Auditor];
const READS_HISTORY: &[Role] = &[Role::Auditor, Role::Manager];

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/insights", Need::AnyOf(SEES), figures),
        Door::get("/insights/export", Need::AnyOf(EXPORTS), show_export),
        Door::post("/insights/applications.csv", Need::AnyOf(EXPORTS), export),
        Door::get("/insights/exports", Need::AnyOf(SEES), exports),
        Door::get("/history", Need::AnyOf(READS_HISTORY), search),
        Door::get("/history/{id}", Need::AnyOf(READS_HISTORY), history),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/insights", key: "insights-title", roles: SEES },
        MenuEntry { path: "/history", key: "insights-history-title", roles: &[Role::Auditor] },
    ]
}

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    call: String,
}

/// Whoever only analyses sees no group that is small enough to know the firms in it.
fn is_guarded(actor: &Actor) -> bool {
    !actor.is_any(&[Role::Manager, Role::Auditor, Role::Admin])
}

async fn figures(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Filter>) -> Answer {
    let call: Option<Uuid> = query.call.parse().ok();
    let mut tx = app.db.read().await?;
    let rows = store::figures(&mut tx, call).await?;
    let ledger = store::ledger_total(&mut tx, call).await?;
    let (page, guarded) = (visitor.page("insights-title"), is_guarded(&actor));
    let regions = reference::all_regions(&mut tx).await?;
    let industries = reference::industry_sections(&mut tx).await?;
    let of = |dimension: &str| rows.iter().filter(|row| row.dimension == dimension).collect::<Vec<&FigureRow>>();
    let sections = vec![
        Section { name: "region", lines: lines(&page, of("region"), |code| name_of(&page, &regions, code), guarded) },
        Section {
            name: "section",
            lines: lines(&page, of("section"), |code| name_of(&page, &industries, code), guarded),
        },
        Section { name: "size", lines: lines(&page, of("size"), |code| page.code("insights-size", code), guarded) },
    ];
    let by_region: i64 = of("region").iter().map(|row| row.committed.0).sum();
    let total = of("total").first().copied().cloned().unwrap_or_default();
    let cell = |count: i64| if guarded { rules::suppress(&[count])[0] } else { Cell::Shown };
    let number = |count: i64| match cell(count) {
        Cell::Shown => crate::core::money::Won(count).to_string(),
        _ => format!("<{}", rules::SMALL_CELL),
    };
    let mut calls = vec![Choice::new("", page.t("insights-all-calls"))];
    calls.extend(store::calls(&mut tx).await?.into_iter().map(|row| {
        Choice::new(row.id.to_string(), format!("{} {}", row.code, page.lang.of(&row.name_ko, &row.name_en)))
    }));
    show(&FiguresPage {
        filter: Form::with(&visitor, "insights", vec![("call", query.call.clone())]),
        calls,
        applied: number(total.applied),
        selected: number(total.selected),
        requested: (cell(total.applied) == Cell::Shown).then_some(total.requested),
        money: (cell(total.selected) == Cell::Shown).then(|| Money::of(&total)),
        is_equal: total.committed == ledger && by_region == ledger.0,
        ledger,
        sections,
        guarded,
        may_export: actor.is_any(EXPORTS),
        page,
    })
}

fn export_page(page: Page, form: Form) -> Answer {
    let intro = page.t("insights-export-intro");
    let content = page.t("insights-export-content");
    FormPage::new(page.back_to("/insights", "insights-title"), form, "/insights/applications.csv", "insights-download")
        .intro(intro)
        .intro(content)
        .field(Field::Textarea("purpose", "3"))
        .link("/insights/exports", "insights-exports-title")
        .answer()
}

async fn show_export(visitor: Visitor) -> Answer {
    export_page(visitor.page("insights-export-title"), Form::new(&visitor, "insights"))
}

async fn export(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let begun: Outcome<_> = async {
        let purpose = posted.read::<ExportForm>()?.parse()?;
        actions::begin_export(&app, &actor, &purpose, posted.once).await
    }
    .await;
    match begun {
        Ok(Some(id)) => {
            let name = format!("attachment; filename=\"applications-{}.csv\"", app.clock.today(ZONE));
            Ok(HttpResponse::Ok()
                .content_type("text/csv; charset=utf-8")
                .insert_header(("content-disposition", name))
                .streaming(actions::export(app.into_inner(), actor, id)))
        }
        Ok(None) => Ok(redirect_with("/insights/exports", "insights-flash-exported-already")),
        Err(trouble) => {
            export_page(visitor.page("insights-export-title"), posted.again(&visitor, "insights", trouble)?)
        }
    }
}

#[derive(serde::Deserialize)]
pub struct Place {
    #[serde(default)]
    after: String,
}

async fn exports(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Place>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::exports(&mut tx, after).await?;
    let page = visitor.page("insights-exports-title").back_to("/insights", "insights-title");
    let list = ListView::new(&page, &paged, "/insights/exports", &[], after);
    show(&ExportsPage { page, exports: paged.rows, list, may_export: actor.is_any(EXPORTS) })
}

#[derive(serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

async fn search(app: web::Data<App>, visitor: Visitor, query: web::Query<Asked>) -> Answer {
    let typed: String = fold_digits(query.q.trim()).chars().take(60).collect();
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let mut tx = app.db.read().await?;
    let hits = match typed.parse::<Uuid>() {
        Ok(id) => store::by_id(&mut tx, id).await?.into_iter().collect(),
        Err(_) if typed.is_empty() => Vec::new(),
        Err(_) => store::by_number(&mut tx, &typed, &digits).await?,
    };
    match hits.as_slice() {
        [first, rest @ ..] if rest.iter().all(|hit| hit.case_id == first.case_id) => {
            Ok(redirect(format!("/history/{}", first.case_id)))
        }
        _ => show(&SearchPage {
            page: visitor.page("insights-history-title"),
            filter: Form::with(&visitor, "insights", vec![("q", query.q.clone())]),
            hits,
            asked: !typed.is_empty(),
        }),
    }
}

async fn history(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<String>) -> Answer {
    let id: Uuid = id.parse().map_err(|_| Refusal::not_found())?;
    let history = actions::read_history(&app, &actor, id).await?;
    if history.subject.case_id != id {
        return Ok(redirect(format!("/history/{}", history.subject.case_id)));
    }
    let title = format!("{} {}", visitor.lang.code_word("record", &history.subject.kind), history.subject.label);
    let page = visitor.page_titled(title).back_to("/history", "insights-history-title");
    show(&HistoryPage { page, history })
}
