//! Months: which are open, closing one by two people, and the report that can be printed.

use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
    },
    ledger::{
        actions::{self, CLOSERS},
        rules::{Month, PeriodState, check_close},
        store::periods,
        views::{PeriodPage, PeriodsPage},
    },
    web::{Answer, Form, Posted, Visitor, page::ZONE, redirect_with, show, show_form},
};
use actix_web::web;

fn month(text: &str) -> Result<Month, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

pub async fn list(app: web::Data<App>, visitor: Visitor) -> Answer {
    let mut tx = app.db.read().await?;
    show(&PeriodsPage { page: visitor.page("ledger-periods-title"), periods: periods::all(&mut tx).await? })
}

async fn month_page(app: &App, visitor: &Visitor, actor: &Actor, month: Month, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let period = periods::find(&mut tx, month).await?.ok_or_else(Refusal::not_found)?;
    let (postings, late) = periods::counts(&mut tx, month).await?;
    let today = local_date(visitor.arrived_at, ZONE);
    let hindrance = match (check_close(month, today, periods::earlier_open(&mut tx, month).await?), period.state) {
        (_, PeriodState::Closed) => None,
        (Err(refusal), _) => Some(visitor.lang.refusal(&refusal)),
        (Ok(()), PeriodState::Proposed) if period.proposed_by == Some(actor.id) => {
            Some(visitor.lang.t("ledger-refusal-same-person"))
        }
        _ => None,
    };
    let page = visitor
        .page_titled(visitor.lang.t_with("ledger-period-title", &[("month", month.to_string())]))
        .back_to("/ledger/periods", "ledger-periods-title")
        .with_form(&form);
    let view = PeriodPage {
        turnovers: periods::turnovers(&mut tx, month).await?,
        late_rows: periods::late(&mut tx, month).await?,
        may_act: actor.is_any(CLOSERS),
        page,
        form,
        period,
        postings,
        late,
        hindrance,
    };
    show_form(&view, &view.form)
}

pub async fn one(app: web::Data<App>, visitor: Visitor, actor: Actor, path: web::Path<String>) -> Answer {
    let form = Form::new(&visitor, "ledger");
    month_page(&app, &visitor, &actor, month(&path)?, form).await
}

async fn answer(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    month: Month,
    posted: Posted,
    done: Outcome<()>,
    flash: &'static str,
) -> Answer {
    match done {
        Ok(()) => Ok(redirect_with(format!("/ledger/periods/{month}"), flash)),
        Err(trouble) => month_page(app, visitor, actor, month, posted.again(visitor, "ledger", trouble)?).await,
    }
}

pub async fn propose(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<String>,
    posted: Posted,
) -> Answer {
    let month = month(&path)?;
    let done = actions::propose_close(&app, &actor, month, posted.once).await;
    answer(&app, &visitor, &actor, month, posted, done, "ledger-flash-proposed").await
}

pub async fn reopen(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<String>,
    posted: Posted,
) -> Answer {
    let month = month(&path)?;
    let done = actions::reopen(&app, &actor, month, posted.once).await;
    answer(&app, &visitor, &actor, month, posted, done, "ledger-flash-reopened").await
}

pub async fn close(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<String>,
    posted: Posted,
) -> Answer {
    let month = month(&path)?;
    let done = actions::close(&app, &actor, month, posted.once).await;
    answer(&app, &visitor, &actor, month, posted, done, "ledger-flash-closed").await
}
