//! What falls due by itself (domain: deadlines and timers): reminders, each kind once, the most pressing one standing for
//! those that it overtook; and the daily look at how likely each voucher is to lapse.

use super::tell_parties;
use crate::{
    agreements::{
        AgreementId,
        rules::{self, AgreementState, Party, Standing, VoucherState},
        store::{self, Agreement},
    },
    app::App,
    core::{
        calendar::{ZONE, local_date},
        money::Won,
    },
    db::Tx,
    ledger::{self, AccountKind},
    outbox::Mail,
    programmes::{self, AgreementRules, CallId},
};
use chrono::{DateTime, Days, Duration, NaiveDate, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The rules that agreements under way follow, with what they say.
type Followed = BTreeMap<(CallId, i64), AgreementRules>;

/// Sends what is due and rates what was not rated today; answers how many reminders went out. Cheap when there are none.
pub async fn fall_due(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    let mut tx = app.db.read().await?;
    let mut followed = Followed::new();
    for (call, version) in store::rules_followed(&mut tx).await? {
        followed.insert((call, version), programmes::rules_at(&mut tx, call, version).await?.agreement);
    }
    drop(tx);
    let mut sent = 0;
    for (of, rules) in &followed {
        sent += remind_of_offers(app, *of, rules, now).await?;
        sent += remind_of_expiry(app, *of, rules, today, now).await?;
        sent += remind_of_terms(app, *of, rules, today, now).await?;
    }
    rate_vouchers(app, &followed, today).await?;
    Ok(sent)
}

/// Those who did not answer an offer, days before it ends.
async fn remind_of_offers(
    app: &App,
    of: (CallId, i64),
    rules: &AgreementRules,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut sent = 0;
    for (place, days) in rules.offer_days.iter().enumerate().rev() {
        let kind = format!("offer_{days}");
        let mut tx = app.db.read().await?;
        let due = store::offers_ending(&mut tx, of, &kind, now, now + Duration::days(*days)).await?;
        drop(tx);
        for id in due {
            let mut tx = app.db.write().await?;
            let agreement = store::get(&mut tx, id).await?;
            note_all(&mut tx, id.0, "offer", &rules.offer_days[..=place], now).await?;
            let open = |party: &Party| agreement.assent_of(*party).is_none();
            let waits: Vec<Party> = Party::ALL.iter().copied().filter(open).collect();
            // Who was offered it after the moment of this reminder was told then.
            if agreement.state == AgreementState::Offered
                && agreement.offered_at < agreement.answer_by - Duration::days(*days)
            {
                let until = local_date(agreement.answer_by, ZONE);
                let make = |to, lang| Mail::new(to, lang, "agreement-offer-due").with("until", until);
                tell_parties(&mut tx, &agreement, &waits, make, &format!("{kind}:{id}"), now).await?;
                sent += 1;
            }
            tx.commit().await?;
        }
    }
    Ok(sent)
}

/// Notes this kind of reminder and the milder ones that it overtakes.
async fn note_all(tx: &mut Tx, subject: Uuid, kind: &str, days: &[i64], now: DateTime<Utc>) -> sqlx::Result<()> {
    for days in days {
        store::note_given(tx, subject, &format!("{kind}_{days}"), now).await?;
    }
    Ok(())
}

/// Firm and vendor of a voucher that ends soon, with the one next act (domain: features, H7).
async fn remind_of_expiry(
    app: &App,
    of: (CallId, i64),
    rules: &AgreementRules,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut sent = 0;
    for (place, days) in rules.expiry_days.iter().enumerate().rev() {
        let kind = format!("expiry_{days}");
        let until = today + Days::new(days.unsigned_abs());
        let mut tx = app.db.read().await?;
        let due = store::expiring(&mut tx, of, &kind, today, until).await?;
        drop(tx);
        for (voucher, id) in due {
            let mut tx = app.db.write().await?;
            note_all(&mut tx, voucher.0, "expiry", &rules.expiry_days[..=place], now).await?;
            let agreement = store::get(&mut tx, id).await?;
            let found = store::find_voucher(&mut tx, voucher).await?;
            let states: Vec<_> =
                store::milestones(&mut tx, id).await?.iter().map(|milestone| milestone.state).collect();
            let act = rules::next_act(&states);
            let case = super::case_of(&mut tx, &agreement).await?;
            let left = ledger::balance(&mut tx, case.account(AccountKind::Voucher)).await?;
            let ends_on = found.map_or(agreement.ends_on, |voucher| voucher.expires_on);
            let make = |to, lang: crate::core::lang::Lang| {
                Mail::new(to, lang, "voucher-expiring")
                    .with("left", left)
                    .with("until", ends_on)
                    .with("act", lang.t(&format!("voucher-next-{act}")))
            };
            let event = format!("{kind}:{voucher}:{ends_on}");
            tell_parties(&mut tx, &agreement, &[Party::Firm, Party::Vendor], make, &event, now).await?;
            tx.commit().await?;
            sent += 1;
        }
    }
    Ok(sent)
}

/// The own share, the first use and the answer to a delivery: before the day, and when it is over.
async fn remind_of_terms(
    app: &App,
    of: (CallId, i64),
    rules: &AgreementRules,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut sent = 0;
    let soon = today + Days::new(rules.due_days.unsigned_abs());
    let yesterday = today.pred_opt().unwrap_or(today);
    for (kind, until) in [("late", yesterday), ("due", soon)] {
        let mut tx = app.db.read().await?;
        let deposits = store::deposits_due(&mut tx, of, &format!("deposit_{kind}"), until).await?;
        let uses = store::first_uses_due(&mut tx, of, &format!("first_use_{kind}"), until).await?;
        let answers = store::answers_due(&mut tx, of, &format!("answer_{kind}"), until).await?;
        drop(tx);
        for id in deposits {
            sent += deposit(app, id, kind, now).await?;
        }
        for (voucher, id) in uses {
            let day = |found: &Found| found.first_use_by;
            let names = ("voucher-use-due", "voucher-use-late");
            sent +=
                one(app, (voucher.0, id), ("first_use", kind), names, &[Party::Firm, Party::Vendor], day, now).await?;
        }
        for (milestone, id) in answers {
            let day = |found: &Found| found.answers.iter().find(|(one, _)| *one == milestone.0).and_then(|(_, by)| *by);
            let names = ("delivery-answer-due", "delivery-answer-late");
            sent += one(app, (milestone.0, id), ("answer", kind), names, &[Party::Firm], day, now).await?;
        }
    }
    Ok(sent)
}

/// What a reminder's day is looked up in.
struct Found {
    first_use_by: Option<NaiveDate>,
    answers: Vec<(Uuid, Option<NaiveDate>)>,
}

async fn one(
    app: &App,
    (subject, id): (Uuid, AgreementId),
    (what, kind): (&str, &str),
    (due, late): (&'static str, &'static str),
    parties: &[Party],
    day: impl Fn(&Found) -> Option<NaiveDate>,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    let mut tx = app.db.write().await?;
    note_terms(&mut tx, subject, what, kind, now).await?;
    let agreement = store::get(&mut tx, id).await?;
    let answers = store::milestones(&mut tx, id).await?;
    let found = Found {
        first_use_by: store::voucher_of(&mut tx, id).await?.and_then(|voucher| voucher.first_use_by),
        answers: answers.into_iter().map(|milestone| (milestone.id.0, milestone.answer_by)).collect(),
    };
    let day = day(&found).unwrap_or(agreement.ends_on);
    remind(&mut tx, &agreement, (what, kind), if kind == "late" { late } else { due }, parties, day, now).await?;
    tx.commit().await?;
    Ok(1)
}

async fn deposit(app: &App, id: AgreementId, kind: &str, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let mut tx = app.db.write().await?;
    note_terms(&mut tx, id.0, "deposit", kind, now).await?;
    let agreement = store::get(&mut tx, id).await?;
    let own = super::refundable(&mut tx, &agreement).await?;
    let is_missing = own.missing().is_positive();
    if is_missing {
        let day = agreement.deposit_by.unwrap_or(agreement.ends_on);
        let name = if kind == "late" { "deposit-late" } else { "deposit-due" };
        remind(&mut tx, &agreement, ("deposit", kind), name, &[Party::Firm], day, now).await?;
    }
    tx.commit().await?;
    Ok(u64::from(is_missing))
}

/// What is late needs no word that it is due.
async fn note_terms(tx: &mut Tx, subject: Uuid, what: &str, kind: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    store::note_given(tx, subject, &format!("{what}_{kind}"), now).await?;
    if kind == "late" {
        store::note_given(tx, subject, &format!("{what}_due"), now).await?;
    }
    Ok(())
}

async fn remind(
    tx: &mut Tx,
    agreement: &Agreement,
    (what, kind): (&str, &str),
    name: &'static str,
    parties: &[Party],
    day: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let make = |to, lang| Mail::new(to, lang, name).with("until", day);
    let event = format!("{what}_{kind}:{}:{day}", agreement.id);
    tell_parties(tx, agreement, parties, make, &event, now).await
}

/// The risk of every voucher in use, once a day.
async fn rate_vouchers(app: &App, followed: &Followed, today: NaiveDate) -> anyhow::Result<()> {
    loop {
        let mut tx = app.db.read().await?;
        let unrated = store::unrated(&mut tx, today).await?;
        drop(tx);
        if unrated.is_empty() {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        for voucher in unrated {
            let rules = followed.get(&(voucher.call_id, voucher.call_version)).cloned().unwrap_or_default();
            let rated = rules::rate(Standing {
                today,
                issued_on: local_date(voucher.issued_at, ZONE),
                expires_on: voucher.expires_on,
                first_use_by: voucher.first_use_by,
                amount: voucher.amount_won,
                left: voucher.left_won.max(Won::ZERO),
                is_used: voucher.first_used_at.is_some(),
                is_blocked: voucher.state == VoucherState::Suspended,
                late: voucher.late,
                idle_percent: rules.idle_percent,
                idle_days: rules.idle_days,
            });
            store::set_rated(&mut tx, voucher.id, &rated, today).await?;
        }
        tx.commit().await?;
    }
}
