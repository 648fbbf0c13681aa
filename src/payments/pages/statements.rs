//! Statements of the bank, and what somebody says about the lines that fit nothing.

use super::*;
use crate::payments::{
    rules::{matching::LineState, returns::Meaning},
    store::statements,
};

async fn list_page(app: &App, visitor: &Visitor, actor: &Actor, query: &ListQuery, form: Form) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = statements::page(&mut tx, after).await?;
    let page = visitor.page("payments-statements-title").back_to("/payments", "payments-title").with_form(&form);
    let list = ListView::new(&page, &paged, "/payments/statements", &[], after);
    let view = StatementsPage {
        suspense: statements::in_suspense(&mut tx).await?,
        may_import: actor.is(Role::Payer),
        rows: paged.rows,
        list,
        form,
        page,
    };
    show_form(&view, &view.form)
}

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    list_page(&app, &visitor, &actor, &query, Form::new(&visitor, "payments")).await
}

pub async fn import(app: web::Data<App>, visitor: Visitor, actor: Actor, body: Multipart) -> Answer {
    let blank = ListQuery::default();
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "payments", "statement_file", trouble)?;
            return list_page(&app, &visitor, &actor, &blank, form).await;
        }
    };
    match actions::import_statement(&app, &actor, &uploaded.files, uploaded.posted.once).await {
        Ok(id) => Ok(redirect_with(format!("/payments/statements/{id}"), "payments-flash-imported")),
        Err(trouble) => {
            let form = uploaded.posted.again(&visitor, "payments", trouble)?;
            list_page(&app, &visitor, &actor, &blank, form).await
        }
    }
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<StatementId>) -> Answer {
    let mut tx = app.db.read().await?;
    let statement = statements::find(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let before = statements::before(&mut tx, &statement).await?;
    let importer = people::find_person(&mut tx, PersonId(statement.imported_by)).await?;
    let page = visitor
        .page_titled(statement.statement_id.clone())
        .back_to("/payments/statements", "payments-statements-title");
    crate::web::show(&StatementPage {
        lines: statements::lines_of(&mut tx, *id).await?,
        sums: statements::sums_of(&mut tx, *id).await?,
        history: audit::history_of_subject(&mut tx, *id).await?,
        follows: before.map(|before| before.closing_won == statement.opening_won),
        may_match: actor.is(Role::Payer) && statement.imported_by != actor.id,
        is_own: statement.imported_by == actor.id,
        importer: importer.map(|person| person.name).unwrap_or_default(),
        statement,
        page,
    })
}

async fn match_page(app: &App, visitor: &Visitor, actor: &Actor, id: Uuid, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let line = statements::find_line(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let here = format!("/payments/statements/{}", line.statement_id);
    if line.state != LineState::Suspense {
        return Ok(redirect(here));
    }
    let form = form.unwrap_or_else(|| Form::with(visitor, "payments", vec![("payment", line.end_to_end_id.clone())]));
    let page = visitor.page("payments-match-title").back_to(here, "payments-back-to-statement").with_form(&form);
    let open: &[Meaning] = if line.amount_won.is_positive() {
        &[Meaning::Return, Meaning::Refund, Meaning::Other]
    } else {
        &[Meaning::Payment, Meaning::Other]
    };
    let view = MatchPage {
        meanings: Choice::codes(visitor.lang, "meaning", open),
        is_own: line.imported_by == actor.id,
        line,
        form,
        page,
    };
    show_form(&view, &view.form)
}

pub async fn show_match(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    match_page(&app, &visitor, &actor, *id, None).await
}

pub async fn match_line(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    let done: Outcome<StatementId> = async {
        let new = posted.read::<MatchForm>()?.parse()?;
        actions::match_line(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(statement) => Ok(redirect_with(format!("/payments/statements/{statement}"), "payments-flash-matched")),
        Err(trouble) => {
            match_page(&app, &visitor, &actor, *id, Some(posted.again(&visitor, "payments", trouble)?)).await
        }
    }
}
