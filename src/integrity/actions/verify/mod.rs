//! Recomputes everything that must hold, in one snapshot: the chain of the history, the ledger, hashes, scores, states.
//! What is large is read by key in pages, so memory stays flat at any population.

mod caps;

use crate::{
    audit,
    core::{money::Won, secret::Seal},
    db::{Db, Tx},
    integrity::{
        rules::{self, Check, Report},
        store::checks::{
            self, Offender,
            content::{self, Hashed, Point},
            set_checks,
        },
    },
    ledger::{self, AccountKind, Month, rules::Turnover},
    payments,
    programmes::{self, CallId},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Instant};
use uuid::Uuid;

const PAGE_ROWS: i64 = 2_000;

/// Runs every check. An error is a fault of the database, a breach is in the report.
/// Without the sealing key the bank files, which hold account numbers, stay closed: that check is then left out.
pub async fn verify(db: &Db, seal: Option<&Seal>) -> anyhow::Result<Report> {
    let mut tx = db.read().await?;
    let mut report = Report::default();
    let mut began = Instant::now();
    let (sealed, _, breach) = audit::verify(&mut tx).await?;
    let breach = breach.map(|breach| format!("audit_record #{}: {}", breach.seq, breach.what));
    report.add(Check { name: "audit_chain", rows: sealed, breach }, &mut began);
    for check in set_checks() {
        let (rows, offender) = checks::run(&mut tx, check).await?;
        let breach = offender.map(|offender| say(check.noun, &offender));
        report.add(Check { name: check.name, rows, breach }, &mut began);
    }
    report.add(caps::cap_limits(&mut tx).await?, &mut began);
    report.add(closed_months(&mut tx).await?, &mut began);
    report.add(submitted_in_time(&mut tx).await?, &mut began);
    report.add(submission_hashes(&mut tx).await?, &mut began);
    report.add(agreement_hashes(&mut tx).await?, &mut began);
    if let Some(seal) = seal {
        report.add(bank_file_hashes(&mut tx, seal).await?, &mut began);
    }
    report.add(scores(&mut tx).await?, &mut began);
    Ok(report)
}

/// The report of every closed month, made again from the journal.
async fn closed_months(tx: &mut Tx) -> anyhow::Result<Check> {
    let mut check = Check { name: "closed_months", rows: 0, breach: None };
    let months = ledger::sealed_months(tx).await?;
    if months.is_empty() {
        return Ok(check);
    }
    let mut moved = ledger::sealed_turnovers(tx).await?.into_iter().peekable();
    let mut held: BTreeMap<AccountKind, Won> = BTreeMap::new();
    let mut before: Option<Vec<u8>> = None;
    for sealed in months {
        check.rows += sealed.postings;
        let mut turnovers: BTreeMap<AccountKind, Turnover> = held
            .iter()
            .map(|(kind, won)| {
                (*kind, Turnover { kind: *kind, opening_won: *won, in_won: Won::ZERO, out_won: Won::ZERO })
            })
            .collect();
        while let Some((_, kind, in_won, out_won)) = moved.next_if(|(month, ..)| *month <= sealed.month) {
            let empty = Turnover { kind, opening_won: Won::ZERO, in_won: Won::ZERO, out_won: Won::ZERO };
            let turnover = turnovers.entry(kind).or_insert(empty);
            turnover.in_won = turnover.in_won.plus(in_won);
            turnover.out_won = turnover.out_won.plus(out_won);
        }
        held = turnovers.iter().map(|(kind, turnover)| (*kind, turnover.closing())).collect();
        let turnovers: Vec<Turnover> = turnovers.into_values().collect();
        let again = sealed
            .month
            .parse::<Month>()
            .ok()
            .map(|month| ledger::rules::report(month, sealed.postings, sealed.late, before.as_deref(), &turnovers));
        let same =
            again.as_ref() == Some(&sealed.report) && Sha256::digest(&sealed.report)[..] == sealed.report_sha256[..];
        if !same && check.breach.is_none() {
            check.breach = Some(format!("period {}", sealed.month));
        }
        before = Some(sealed.report_sha256);
    }
    Ok(check)
}

fn say(noun: &str, offender: &Offender) -> String {
    match (offender.found, offender.wanted) {
        (Some(found), Some(wanted)) => format!("{noun} {}: {found} ≠ {wanted}", offender.id),
        _ => format!("{noun} {}", offender.id),
    }
}

async fn submitted_in_time(tx: &mut Tx) -> sqlx::Result<Check> {
    let mut check = Check { name: "submitted_in_time", rows: 0, breach: None };
    for window in content::windows(tx).await? {
        let until = window.closes_at + chrono::Duration::seconds(window.grace_seconds);
        let (rows, offender) = content::outside_window(tx, window.id, window.opens_at, until).await?;
        check.rows += rows;
        check.breach = check.breach.or(offender.map(|offender| say("application", &offender)));
    }
    Ok(check)
}

async fn submission_hashes(tx: &mut Tx) -> sqlx::Result<Check> {
    let (mut rows, mut breach) = (0, content::strange_hash(tx).await?.map(|offender| say("application", &offender)));
    let (mut id, mut round) = (Uuid::nil(), 0);
    loop {
        let page = content::submissions_after(tx, id, round, PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        (id, round) = (last.id, last.round);
        rows += page.len() as i64;
        breach = breach.or(first_changed("application", &page));
    }
    Ok(Check { name: "submission_hashes", rows, breach })
}

async fn agreement_hashes(tx: &mut Tx) -> sqlx::Result<Check> {
    let (mut rows, mut breach, mut id) = (0, None, Uuid::nil());
    loop {
        let page = content::agreements_after(tx, id, PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        id = last.id;
        rows += page.len() as i64;
        breach = breach.or(first_changed("agreement", &page));
    }
    Ok(Check { name: "agreement_hashes", rows, breach })
}

async fn bank_file_hashes(tx: &mut Tx, seal: &Seal) -> sqlx::Result<Check> {
    let (mut rows, mut breach, mut id) = (0, None, Uuid::nil());
    loop {
        // A bank file may be large.
        let page = content::bank_files_after(tx, id, 10).await?;
        let Some(last) = page.last() else { break };
        id = last.id;
        rows += page.len() as i64;
        for batch in &page {
            let opened = payments::open_bank_file(seal, &batch.content);
            let same = opened.is_ok_and(|file| batch.sha256.as_deref() == Some(&Sha256::digest(&file)[..]));
            breach = breach.or((!same).then(|| format!("batch {}", batch.id)));
        }
    }
    Ok(Check { name: "bank_file_hashes", rows, breach })
}

fn first_changed(noun: &str, page: &[Hashed]) -> Option<String> {
    let changed = page.iter().find(|row| row.sha256.as_deref() != Some(&Sha256::digest(&row.content)[..]));
    changed.map(|row| format!("{noun} {}", row.id))
}

/// Every decision's score from the stored points and the rubric of its version.
async fn scores(tx: &mut Tx) -> anyhow::Result<Check> {
    let (mut rows, mut breach, mut after) = (0, None, Uuid::nil());
    let mut rubrics: BTreeMap<(Uuid, i64), Vec<(String, i64)>> = BTreeMap::new();
    loop {
        let decisions = content::decisions_after(tx, after, PAGE_ROWS).await?;
        let Some(last) = decisions.last() else { break };
        let points = content::points_between(tx, after, last.id).await?;
        let mut by_decision: BTreeMap<Uuid, Vec<&Point>> = BTreeMap::new();
        for point in &points {
            by_decision.entry(point.decision_id).or_default().push(point);
        }
        after = last.id;
        rows += decisions.len() as i64;
        for decision in decisions {
            let version = (decision.call_id, decision.call_version);
            if let std::collections::btree_map::Entry::Vacant(entry) = rubrics.entry(version) {
                let rules = programmes::rules_at(tx, CallId(version.0), version.1).await?;
                entry.insert(rules.rubric.into_iter().map(|item| (item.code, item.weight)).collect());
            }
            let points = by_decision.remove(&decision.id).unwrap_or_default();
            if !is_recomputed(&rubrics[&version], &points, decision.score_milli) {
                breach = breach.or(Some(format!("decision {}: {}", decision.id, decision.score_milli)));
            }
        }
    }
    Ok(Check { name: "scores_recomputed", rows, breach })
}

fn is_recomputed(rubric: &[(String, i64)], points: &[&Point], score_milli: i64) -> bool {
    let mut totals = Vec::new();
    for of_one in points.chunk_by(|one, other| one.assignment_id == other.assignment_id) {
        let items: Vec<(String, i64)> = of_one.iter().map(|point| (point.item.clone(), point.points)).collect();
        let total = rules::weighted_total(rubric, &items);
        if total.is_none() || total != of_one[0].total_milli {
            return false;
        }
        totals.extend(total);
    }
    rules::is_mean(&totals, score_milli)
}
