//! The business register: importing it from a file, recording by hand, asking anew when an answer is old.

use super::lines;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        form::FormErrors,
        lang::Lang,
        numbers::BusinessNumber,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once},
    files::{self, Received},
    organisations::{
        OrganisationId,
        register::{BATCH_MAX, Imported, Register},
        rules::{
            LEGAL_ZONE, REGISTER_FRESH_DAYS, RegisterStatus,
            aid::{LineProblem, is_heading},
        },
        store::{
            self,
            register::{self as rows, Entry, RefusedLine, RegisterImport},
        },
    },
    outbox::{self, Mail},
    people,
};
use anyhow::Context;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Of the lines that cannot be taken so many are kept; the others are only counted.
const REFUSED_KEPT: i64 = 200;

/// A screener records what the business register says about the organisation today.
pub async fn record_register_status(
    app: &App,
    actor: &Actor,
    id: OrganisationId,
    status: RegisterStatus,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.record_register_status", now).await?.is_some() {
        return Ok(());
    }
    if store::set_register_status(&mut tx, id, status, now).await? == 0 {
        return Err(Refusal::not_found().into());
    }
    let record = Record::new("organisation", id, "register_status_recorded").with("status", status);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a file of the register over, as it stood on `as_of`: business number and status (and, if it ended, the day).
/// Lines are taken as they are read; sent again, the same file changes nothing. Answers the import.
pub async fn import(app: &App, actor: &Actor, as_of: NaiveDate, received: &Received, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    if as_of > local_date(now, LEGAL_ZONE) {
        return Err(Refusal::unacceptable("organisations-register-future").at("as_of").into());
    }
    if received.media_type != "text/csv" {
        return Err(Refusal::unacceptable("organisations-refusal-not-csv").at("file").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "organisations.import_register", now).await? {
        return Ok(first.parse().context("the first result of an import")?);
    }
    let file = files::adopt(&mut tx, actor, None, received, now).await?;
    let import = RegisterImport {
        id: crate::core::ids::new_uuid(),
        file_name: received.name.clone(),
        as_of,
        taken: 0,
        refused: 0,
        imported_at: now,
        finished_at: None,
    };
    rows::insert_import(&mut tx, &import, received.sha256.clone(), actor.id).await?;
    tx.remember(once, import.id).await?;
    tx.commit().await?;

    let (mut taken, mut refused, mut seen, mut first) = (0, 0, BTreeSet::new(), true);
    let mut batches = lines::read(&app.files, file).await?;
    while let Some(batch) = batches.recv().await {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for line in batch {
            if std::mem::replace(&mut first, false) && line.cells.as_deref().is_some_and(is_heading) {
                continue;
            }
            match read_entry(line.cells.as_deref()) {
                Ok(entry) if !seen.insert(entry.business_number.clone()) => bad.push((line, LineProblem::Twice)),
                Ok(entry) => good.push(entry),
                Err(problem) => bad.push((line, problem)),
            }
        }
        taken += good.len() as i64;
        let room = usize::try_from(REFUSED_KEPT - refused).unwrap_or(0);
        refused += bad.len() as i64;
        let kept = bad.into_iter().take(room).map(|(line, problem)| RefusedLine {
            line: line.number,
            problem: problem.to_string(),
            content: line.content(),
        });
        let mut tx = app.db.write().await?;
        rows::put_entries(&mut tx, import.id, as_of, good).await?;
        rows::insert_refused_lines(&mut tx, import.id, kept.collect()).await?;
        tx.commit().await?;
    }
    let mut tx = app.db.write().await?;
    rows::finish_import(&mut tx, import.id, taken, refused, app.clock.now()).await?;
    let record = Record::new("register_import", import.id, "register_imported")
        .with("file", &received.name)
        .with("sha256", hex::encode(&received.sha256))
        .with("rows", taken)
        .with("refused", refused);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(import.id)
}

fn read_entry(cells: Option<&[String]>) -> Result<Entry, LineProblem> {
    let cells = cells.ok_or(LineProblem::Encoding)?;
    let (Some(number), Some(status)) = (cells.first(), cells.get(1)) else { return Err(LineProblem::Columns) };
    let number: BusinessNumber = number.parse().map_err(|_| LineProblem::BusinessNumber)?;
    let status = read_status(status).ok_or(LineProblem::Status)?;
    let ended_on = match cells.get(2).map(|day| day.trim()).filter(|day| !day.is_empty()) {
        None => None,
        Some(day) => {
            let mut errors = FormErrors::new();
            let day = errors.date("", day);
            Some(errors.done(day).map_err(|_| LineProblem::Day)?)
        }
    };
    Ok(Entry { business_number: number.as_str().to_owned(), status, ended_on })
}

/// The tax office's codes, ours, and the words of its lists.
fn read_status(text: &str) -> Option<RegisterStatus> {
    let text = text.trim();
    let standing = [RegisterStatus::Active, RegisterStatus::Suspended, RegisterStatus::Closed];
    let by_code = standing.into_iter().zip(["01", "02", "03"]);
    let mut by_code = by_code.filter(|(status, code)| *code == text || status.as_str() == text.to_lowercase());
    by_code.next().map(|(status, _)| status).or_else(|| {
        let word = |status: &RegisterStatus| Lang::Ko.code_word("register-word", status.as_str());
        standing.into_iter().find(|status| word(status) == text)
    })
}

/// Timer: asks the imported register about businesses whose last answer is too old. Answers how many changed.
pub async fn recheck_stale(app: &App) -> anyhow::Result<u64> {
    let mut tx = app.db.read().await?;
    let Some(imported_at) = rows::last_import_at(&mut tx).await? else { return Ok(0) };
    drop(tx);
    // The file says the same until there is a newer one.
    let asked_since = imported_at.min(app.clock.now());
    recheck_with(app, &Imported, asked_since).await
}

/// Asks `register` about everybody whose last answer is too old and who was not asked about since `asked_since`,
/// batch by batch. A register that cannot answer changes nothing and is asked again later. Answers how many changed.
pub async fn recheck_with(app: &App, register: &impl Register, asked_since: DateTime<Utc>) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let fresh_since = now - Duration::days(REGISTER_FRESH_DAYS);
    let mut changed = 0;
    loop {
        let mut tx = app.db.read().await?;
        let stale = rows::stale(&mut tx, fresh_since, asked_since, BATCH_MAX as i64).await?;
        if stale.is_empty() {
            return Ok(changed);
        }
        let numbers: Vec<String> = stale.iter().map(|row| row.business_number.clone()).collect();
        let answers = match register.ask(&mut tx, &numbers).await {
            Ok(answers) => answers,
            Err(error) => {
                tracing::warn!(connector = register.name(), "the register gave no answer: {error:#}");
                return Ok(changed);
            }
        };
        drop(tx);
        let mut tx = app.db.write().await?;
        let ids: Vec<OrganisationId> = stale.iter().map(|row| row.id).collect();
        rows::note_asked(&mut tx, &ids, now).await?;
        for row in stale {
            if let Some(answer) = answers.get(&row.business_number) {
                changed += u64::from(note(&mut tx, register.name(), &row, answer, now).await?);
            }
        }
        tx.commit().await?;
    }
}

/// Answers whether the standing changed.
async fn note(
    tx: &mut Tx,
    connector: &'static str,
    row: &rows::Stale,
    answer: &crate::organisations::register::Answer,
    now: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let before = row.register_status;
    let as_of = answer.as_of.unwrap_or(now).min(now);
    let Some(status) = answer.status else {
        rows::insert_ask(tx, row, connector, answer, "unknown", before, now).await?;
        return Ok(false);
    };
    if !rows::note_answer(tx, row.id, status, as_of).await? {
        rows::insert_ask(tx, row, connector, answer, "older", before, now).await?;
        return Ok(false);
    }
    if status == before {
        rows::insert_ask(tx, row, connector, answer, "same", status, now).await?;
        return Ok(false);
    }
    rows::insert_ask(tx, row, connector, answer, "changed", status, now).await?;
    let record = Record::new("organisation", row.id, "register_status_changed")
        .with("status", format!("{before} → {status}"))
        .with("source", connector);
    audit::record(tx, &Actor::system(), record, now).await?;
    // The first answer is no news to anybody.
    if before != RegisterStatus::Unknown {
        for role in [Role::Firm, Role::Vendor] {
            for (address, lang) in people::mail_contacts(tx, row.id.0, role).await? {
                let mail = Mail::new(address, lang, "register-changed")
                    .with("status", lang.code_word("register-status", status.as_str()))
                    .link("/organisation");
                outbox::mail(tx, mail, &format!("{}:{}", row.id, now.timestamp_micros()), None, now).await?;
            }
        }
    }
    Ok(true)
}
