//! Aid from other agencies: their lists in preview and confirmed, and what a firm declares itself.

use super::lines;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::once::Once,
    files::{self, Received},
    organisations::{
        OrganisationId,
        forms::aid::NewAward,
        rules::{
            LEGAL_ZONE,
            aid::{LineProblem, award_key, is_heading, read_award},
        },
        store::{
            self,
            awards::{self as rows, Award, ImportLine},
        },
    },
};
use anyhow::Context;
use chrono::NaiveDate;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Lines that are read of one list; of a longer one the rest is sent as another.
const LINES_MAX: i64 = 100_000;
/// Lines that one statement confirms.
const CONFIRM_ROWS: i64 = 500;

/// Reads an agency's list into a preview: nothing counts before it is confirmed. Answers the import.
pub async fn preview(app: &App, actor: &Actor, agency: &str, received: &Received, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    if received.media_type != "text/csv" {
        return Err(Refusal::unacceptable("organisations-refusal-not-csv").at("file").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "organisations.preview_awards", now).await? {
        return Ok(first.parse().context("the first result of an import")?);
    }
    let file = files::adopt(&mut tx, actor, None, received, now).await?;
    let id = crate::core::ids::new_uuid();
    rows::insert_award_import(&mut tx, id, agency, &received.name, received.sha256.clone(), actor.id, now).await?;
    let record = Record::new("award_import", id, "awards_previewed")
        .with("agency", agency)
        .with("file", &received.name)
        .with("sha256", hex::encode(&received.sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;

    let today = local_date(now, LEGAL_ZONE);
    let (mut seen, mut first, mut count) = (BTreeSet::new(), true, 0);
    let mut batches = lines::read(&app.files, file).await?;
    while let Some(batch) = batches.recv().await {
        let mut read = Vec::with_capacity(batch.len());
        for line in batch {
            if std::mem::replace(&mut first, false) && line.cells.as_deref().is_some_and(is_heading) {
                continue;
            }
            read.push(import_line(&line, &mut seen, today));
        }
        count += read.len() as i64;
        let is_full = count >= LINES_MAX;
        if let Some(last) = read.last_mut().filter(|_| is_full) {
            *last = refused_line(last.line, LineProblem::TooMany, String::new(), today);
        }
        let mut tx = app.db.write().await?;
        rows::insert_lines(&mut tx, id, agency, read).await?;
        tx.commit().await?;
        if is_full {
            break;
        }
    }
    Ok(id)
}

fn import_line(line: &lines::Line, seen: &mut BTreeSet<(String, String)>, today: NaiveDate) -> ImportLine {
    let read = match &line.cells {
        Some(cells) => read_award(cells, today),
        None => Err(LineProblem::Encoding),
    };
    let read = read.and_then(|award| {
        let fresh = seen.insert((award.business_number.clone(), award_key(&award.reference)));
        if fresh { Ok(award) } else { Err(LineProblem::Twice) }
    });
    match read {
        Ok(award) => ImportLine {
            line: line.number,
            business_number: award.business_number,
            programme: award.programme,
            reference: award.reference,
            amount_won: award.amount,
            awarded_on: award.awarded_on,
            problem: String::new(),
            content: String::new(),
        },
        Err(problem) => refused_line(line.number, problem, line.content(), today),
    }
}

fn refused_line(line: i64, problem: LineProblem, content: String, today: NaiveDate) -> ImportLine {
    ImportLine {
        line,
        business_number: String::new(),
        programme: String::new(),
        reference: String::new(),
        amount_won: Won::ZERO,
        awarded_on: today,
        problem: problem.to_string(),
        content,
    }
}

/// Takes the good lines of a preview over, each award once. Answers how many were new.
pub async fn confirm(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "organisations.confirm_awards", now).await? {
        return Ok(first.parse().context("the first result of a confirmation")?);
    }
    let import = rows::find_award_import(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !rows::confirm_import(&mut tx, id, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let (mut taken, mut after) = (0, 0);
    loop {
        let good = rows::good_lines(&mut tx, id, after, CONFIRM_ROWS).await?;
        let Some(last) = good.last() else { break };
        after = last.line;
        for line in good {
            let award = Award {
                id: crate::core::ids::new_uuid(),
                business_number: line.business_number,
                agency: import.agency.clone(),
                programme: line.programme,
                reference: line.reference,
                amount_won: line.amount_won,
                awarded_on: line.awarded_on,
                source: "import".to_owned(),
                recorded_at: now,
            };
            taken += i64::from(rows::put_award(&mut tx, &award, Some(id), actor.id).await?);
        }
    }
    rows::note_taken(&mut tx, id, taken).await?;
    let record = Record::new("award_import", id, "awards_imported").with("agency", &import.agency).with("rows", taken);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, taken).await?;
    tx.commit().await?;
    Ok(taken)
}

/// A firm declares what another agency gave it.
pub async fn declare(app: &App, actor: &Actor, new: NewAward, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Documents)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.declare_award", now).await?.is_some() {
        return Ok(());
    }
    let firm = store::get(&mut tx, organisation).await?;
    let award = Award {
        id: crate::core::ids::new_uuid(),
        business_number: firm.business_number,
        agency: new.agency,
        programme: new.programme,
        reference: new.reference,
        amount_won: new.amount,
        awarded_on: new.awarded_on,
        source: "declared".to_owned(),
        recorded_at: now,
    };
    if !rows::put_award(&mut tx, &award, None, actor.id).await? {
        return Err(Refusal::conflict("organisations-refusal-award-known").at("reference").into());
    }
    let record = Record::new("organisation", organisation, "award_declared")
        .with("agency", &award.agency)
        .with("reference", &award.reference)
        .with("amount", award.amount_won)
        .with("day", award.awarded_on);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back what the firm declared; what an agency said stays.
pub async fn take_back_award(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Documents)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.take_back_award", now).await?.is_some() {
        return Ok(());
    }
    if !rows::remove_declared(&mut tx, organisation, id, actor.id, now).await? {
        return Err(Refusal::not_found().into());
    }
    audit::record(&mut tx, actor, Record::new("organisation", organisation, "award_taken_back"), now).await?;
    tx.commit().await?;
    Ok(())
}
