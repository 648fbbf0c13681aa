//! Statements of accounts, cases, firms and vendors: on a page, and as a stream of CSV.

use crate::{
    app::App,
    core::{actor::Actor, calendar::local_date, refusal::Refusal, roles::Role},
    db::{Tx, page::Cursor},
    ledger::{
        forms::SpanQuery,
        store::{
            heads,
            statements::{self, Line, Span, Whose},
        },
        views::StatementPage,
    },
    web::{Answer, Form, Visitor, list::ListView, page::ZONE, redirect, show},
};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use futures_util::stream;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Lines read at once for a file.
const CSV_ROWS: i64 = 1_000;
/// Pieces of a file that may wait for a slow reader, and how long it may take nothing.
const PIECES_WAITING: usize = 2;
const READER_SECONDS_MAX: u64 = 120;
/// Spreadsheets take a file for UTF-8 when it begins so.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn whose(kind: &str, id: Uuid) -> Result<Whose, Refusal> {
    match kind {
        "accounts" => Ok(Whose::Account(id)),
        "cases" => Ok(Whose::Case(id)),
        "firms" => Ok(Whose::Firm(id)),
        "vendors" => Ok(Whose::Vendor(id)),
        _ => Err(Refusal::not_found()),
    }
}

/// What the statement is called, when it is this reader's to see.
async fn name(
    tx: &mut Tx,
    visitor: &Visitor,
    actor: &Actor,
    whose: Whose,
) -> Result<String, crate::core::refusal::Trouble> {
    let found = match whose {
        Whose::Account(id) => {
            heads::account_kind(tx, actor, id).await?.map(|kind| visitor.lang.code_word("account", kind.as_str()))
        }
        Whose::Case(id) => heads::case_name(tx, actor, id).await?,
        Whose::Firm(id) => heads::firm_name(tx, actor, id).await?,
        Whose::Vendor(id) => heads::vendor_name(tx, actor, id).await?,
    };
    Ok(found.ok_or_else(Refusal::not_found)?)
}

pub async fn show_one(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(String, Uuid)>,
    query: web::Query<SpanQuery>,
) -> Answer {
    let (kind, id) = path.into_inner();
    let whose = whose(&kind, id)?;
    let mut tx = app.db.read().await?;
    let name = name(&mut tx, &visitor, &actor, whose).await?;
    let (from, to) = query.days(local_date(visitor.arrived_at, ZONE));
    let span = Span { whose, from, to };
    let after = Cursor::from_text(&query.after);
    let movements = statements::movements(&mut tx, &span).await?;
    let paged = statements::page(&mut tx, &span, after).await?;
    let page = visitor.page("ledger-statement-title");
    let here = format!("/ledger/statements/{kind}/{id}");
    let (from, to) = (from.to_string(), to.to_string());
    let list = ListView::new(&page, &paged, &here, &[("from", &from), ("to", &to)], after);
    show(&StatementPage {
        filter: Form::with(&visitor, "ledger", vec![("from", from.clone()), ("to", to.clone())]),
        csv: format!("{here}/csv?from={from}&to={to}"),
        shows_names: actor.is_any(heads::SEES_MONEY),
        lines: paged.rows,
        page,
        here,
        name,
        span,
        movements,
        list,
    })
}

/// The reader's own statement: of the vendor for those who act for one, else of the firm.
pub async fn own(app: web::Data<App>, actor: Actor) -> Answer {
    let organisation = actor.organisation.ok_or_else(Refusal::not_found)?;
    let mut tx = app.db.read().await?;
    if actor.is(Role::Vendor)
        && let Some(vendor) = heads::vendor_of(&mut tx, organisation).await?
    {
        return Ok(redirect(format!("/ledger/statements/vendors/{vendor}")));
    }
    Ok(redirect(format!("/ledger/statements/firms/{organisation}")))
}

pub async fn csv(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(String, Uuid)>,
    query: web::Query<SpanQuery>,
) -> Answer {
    let (kind, id) = path.into_inner();
    let whose = whose(&kind, id)?;
    let mut tx = app.db.read().await?;
    name(&mut tx, &visitor, &actor, whose).await?;
    let (from, to) = query.days(local_date(visitor.arrived_at, ZONE));
    let (sender, receiver) = mpsc::channel(PIECES_WAITING);
    let span = Span { whose, from, to };
    tokio::spawn(async move {
        if let Err(fault) = produce(&mut tx, &visitor, &span, &sender).await {
            tracing::warn!("a statement broke off: {fault:#}");
            let _ = sender.send(Err(std::io::Error::other("the statement broke off"))).await;
        }
    });
    let file = format!("attachment; filename=\"statement-{from}-{to}.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", file))
        .insert_header(("cache-control", "no-store"))
        .streaming(stream::unfold(receiver, async |mut receiver: mpsc::Receiver<std::io::Result<Bytes>>| {
            receiver.recv().await.map(|piece| (piece, receiver))
        })))
}

async fn produce(
    tx: &mut Tx,
    visitor: &Visitor,
    span: &Span,
    sender: &mpsc::Sender<std::io::Result<Bytes>>,
) -> anyhow::Result<()> {
    let columns =
        ["ledger-on", "ledger-posting", "ledger-receipt", "ledger-account", "ledger-amount", "ledger-late-of"];
    let mut piece = BYTE_ORDER_MARK.to_vec();
    write_row(&mut piece, columns.map(|key| visitor.lang.t(key)))?;
    let mut after = None;
    loop {
        let lines = statements::lines(tx, span, after, CSV_ROWS).await?;
        for line in &lines {
            write_row(&mut piece, cells(visitor, line))?;
        }
        let sending = sender.send(Ok(Bytes::from(std::mem::take(&mut piece))));
        tokio::time::timeout(Duration::from_secs(READER_SECONDS_MAX), sending).await??;
        match lines.last() {
            Some(last) if lines.len() as i64 == CSV_ROWS => after = Some(Cursor { at: last.at, id: last.id }),
            _ => return Ok(()),
        }
    }
}

fn cells(visitor: &Visitor, line: &Line) -> [String; 6] {
    [
        line.effective_on.to_string(),
        visitor.lang.code_word("posting", &line.kind),
        line.receipt_no.clone().unwrap_or_default(),
        visitor.lang.code_word("account", line.account_kind.as_str()),
        line.amount_won.0.to_string(),
        line.late_of.map(|day| day.to_string()).unwrap_or_default(),
    ]
}

fn write_row(piece: &mut Vec<u8>, cells: [String; 6]) -> anyhow::Result<()> {
    let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(piece);
    row.write_record(cells)?;
    row.flush()?;
    Ok(())
}
