//! A model of the money: thousands of acts, legal and illegal, by whoever, against the service and against a few lines
//! of arithmetic that know nothing of it. What the model allows is done, what it forbids is refused, and after each act
//! every balance, state and month is the same on both sides.

use crate::support::Tester;
use chrono::{Datelike, Duration, NaiveDate};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use voucherdesk::{
    applications::ApplicationId,
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        money::Won,
        roles::Role,
    },
    db::once::Once,
    integrity::{
        self, RecoveryId, actions,
        forms::recoveries::NewRecovery,
        rules::recoveries::{Cause, DebtorRole},
    },
    ledger::{self, Account, AccountKind, Cap, Case, Debt},
};

const ACTS: usize = 2_500;
const BUDGET: i64 = 600_000_000;
const CAP: i64 = 120_000_000;
const FIRMS: u16 = 5;
/// The rate of the shipped reference data on all days of the test, in basis points.
const RATE: i128 = 310;

#[derive(Debug, Default, Clone)]
struct CaseModel {
    /// committed, voucher, held, payable, paid
    held: [i64; 5],
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Noticed,
    Due,
    Settled,
    WrittenOff,
    Revoked,
}

#[derive(Debug, Clone)]
struct DebtModel {
    id: RecoveryId,
    firm: usize,
    phase: Phase,
    noticed_by: usize,
    noticed_on: NaiveDate,
    due_on: NaiveDate,
    claimed: i64,
    principal: i64,
    surcharge: i64,
    interest: i64,
    rest: i128,
    until: NaiveDate,
    /// Set off and not counted yet.
    pending: Vec<(i64, NaiveDate)>,
    recovered: i64,
    written_off: i64,
    asked_by: Option<usize>,
}

impl DebtModel {
    fn open(&self) -> i64 {
        self.principal + self.surcharge + self.interest
    }

    /// What the ledger says is owed.
    fn booked(&self) -> i64 {
        if self.phase != Phase::Due {
            return 0;
        }
        self.open() - self.pending.iter().map(|(won, _)| won).sum::<i64>()
    }

    /// Day by day, however the service does it.
    fn accrue(&mut self, day: NaiveDate) -> bool {
        let before = self.interest;
        while self.until < day {
            self.until = self.until.succ_opt().unwrap();
            self.rest += i128::from(self.principal) * RATE;
            self.interest += i64::try_from(self.rest / 3_650_000).unwrap();
            self.rest %= 3_650_000;
        }
        self.interest > before
    }

    fn count(&mut self, amount: i64) {
        let interest = amount.min(self.interest);
        let principal = (amount - interest).min(self.principal);
        self.interest -= interest;
        self.principal -= principal;
        self.surcharge -= amount - interest - principal;
    }
}

type Month = (i32, u32);

fn month(day: NaiveDate) -> Month {
    (day.year(), day.month())
}

fn next((year, month): Month) -> Month {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

#[derive(Debug, Clone, PartialEq)]
enum Closing {
    Open,
    Proposed(usize),
    Closed,
}

struct Model {
    budget: i64,
    cases: Vec<CaseModel>,
    debts: Vec<DebtModel>,
    months: BTreeMap<Month, (Closing, i64)>,
    posted: BTreeSet<(&'static str, Uuid)>,
    transfers: BTreeSet<String>,
    /// Debts whose debtor is kept out.
    excluded: BTreeSet<usize>,
}

impl Model {
    fn post(&mut self, day: NaiveDate) {
        let closed =
            self.months.iter().filter(|(_, (state, _))| *state == Closing::Closed).map(|(month, _)| *month).max();
        let at = closed.map_or(month(day), |closed| month(day).max(next(closed)));
        self.months.entry(at).or_insert((Closing::Open, 0)).1 += 1;
    }

    /// Whether the event is new, and remembers it.
    fn fresh(&mut self, kind: &'static str, event: Uuid) -> bool {
        self.posted.insert((kind, event))
    }

    fn is_out(&self, firm: usize) -> bool {
        self.excluded.iter().any(|at| self.debts[*at].firm == firm)
    }

    fn used(&self, firm: usize) -> i64 {
        self.cases[firm].held.iter().sum()
    }

    fn claimed(&self, firm: usize) -> i64 {
        let counts = |debt: &&DebtModel| debt.firm == firm && debt.phase != Phase::Revoked;
        self.debts.iter().filter(counts).map(|debt| debt.claimed).sum()
    }
}

struct World {
    t: Tester,
    cases: Vec<Case>,
    people: Vec<(String, Role)>,
    actors: Vec<Actor>,
    random: StdRng,
    events: Vec<Uuid>,
}

impl World {
    fn today(&self) -> NaiveDate {
        local_date(self.t.now(), ZONE)
    }

    /// Mostly a new event, sometimes one that was used before.
    fn event(&mut self) -> Uuid {
        if !self.events.is_empty() && self.random.random_range(0..8) == 0 {
            return self.events[self.random.random_range(0..self.events.len())];
        }
        let event = Uuid::from_u128(self.random.random());
        self.events.push(event);
        event
    }

    fn amount(&mut self, around: i64) -> i64 {
        match self.random.random_range(0..4) {
            0 if around > 0 => around,
            1 if around > 1 => self.random.random_range(1..=around),
            2 => around + 1,
            _ => self.random.random_range(1..=60_000_000),
        }
    }

    fn actor(&mut self) -> (usize, Actor) {
        let at = self.random.random_range(0..self.actors.len());
        (at, Actor { proven_at: self.t.now(), ..self.actors[at].clone() })
    }

    fn is(&self, at: usize, roles: &[Role]) -> bool {
        roles.contains(&self.people[at].1)
    }
}

const STEPS: [(&str, usize, usize); 6] =
    [("issue", 0, 1), ("hold", 1, 2), ("release_hold", 2, 1), ("order", 2, 3), ("unorder", 3, 2), ("pay", 3, 4)];

/// One act on both sides: what was done, what the model allows, and whether the service did it.
async fn act(world: &mut World, model: &mut Model) -> (String, bool, bool) {
    let (now, today) = (world.t.now(), world.today());
    let firm = world.random.random_range(0..model.cases.len());
    let case = world.cases[firm];
    let system = Actor::system();
    match world.random.random_range(0..24) {
        0..=3 => {
            let room = (CAP - model.used(firm)).min(model.budget).max(1);
            let (amount, event) = (world.amount(room), world.event());
            let allowed = !model.is_out(firm)
                && amount <= model.budget
                && model.used(firm) + amount <= CAP
                && !model.posted.contains(&("commit", event));
            if allowed {
                model.fresh("commit", event);
                // The first award opens the cap: a posting of its own.
                if model.fresh("cap", Uuid::from_u128(firm as u128)) {
                    model.post(today);
                }
                model.post(today);
                model.budget -= amount;
                model.cases[firm].held[0] += amount;
            }
            let mut tx = world.t.app.db.write().await.unwrap();
            let caps = [Cap::of_firm(case.programme, case.organisation, Won(CAP))];
            let done = ledger::commit(&mut tx, &system, &case, &caps, Won(amount), event, now).await.is_ok();
            if done {
                tx.commit().await.unwrap();
            }
            (format!("commit {amount} to {firm}"), allowed, done)
        }
        4..=11 => {
            let (name, from, to) = STEPS[world.random.random_range(0..STEPS.len())];
            let (amount, event) = (world.amount(model.cases[firm].held[from]), world.event());
            let barred = name == "order" && model.is_out(firm);
            let allowed = model.cases[firm].held[from] >= amount && !barred && !model.posted.contains(&(name, event));
            if allowed {
                model.fresh(name, event);
                model.post(today);
                model.cases[firm].held[from] -= amount;
                model.cases[firm].held[to] += amount;
            }
            let mut tx = world.t.app.db.write().await.unwrap();
            let won = Won(amount);
            let done = match name {
                "issue" => ledger::issue(&mut tx, &system, &case, event, won, now).await,
                "hold" => ledger::hold(&mut tx, &system, &case, event, won, now).await,
                "release_hold" => ledger::release_hold(&mut tx, &system, &case, event, won, now).await,
                "order" => ledger::order(&mut tx, &system, &case, event, won, now).await,
                "unorder" => ledger::unorder(&mut tx, &system, &case, event, won, now).await,
                _ => ledger::pay(&mut tx, &system, &case, event, won, now).await,
            };
            let done = done.is_ok();
            if done {
                tx.commit().await.unwrap();
            }
            (format!("{name} {amount} of {firm}"), allowed, done)
        }
        12 => {
            let event = world.event();
            let total = model.cases[firm].held[0] + model.cases[firm].held[1];
            let allowed = total == 0 || !model.posted.contains(&("release", event));
            if allowed && total > 0 {
                model.fresh("release", event);
                model.post(today);
                model.budget += total;
                model.cases[firm].held[0] = 0;
                model.cases[firm].held[1] = 0;
            }
            let mut tx = world.t.app.db.write().await.unwrap();
            let back = ledger::release(&mut tx, &system, &case, event, now).await;
            if let Ok(back) = &back {
                assert_eq!(back.0, total);
                tx.commit().await.unwrap();
            }
            (format!("release of {firm}"), allowed, back.is_ok())
        }
        13 => {
            let (by, actor) = world.actor();
            let left = model.cases[firm].held[4] - model.claimed(firm);
            let principal = world.amount(left.max(1));
            let allowed = world.is(by, &[Role::Manager, Role::ClaimsOfficer]) && principal <= left;
            let times = if world.random.random_range(0..2) == 0 { (Cause::Overpaid, 0) } else { (Cause::Breach, 2) };
            let new = NewRecovery {
                application: ApplicationId(case.application),
                amendment: None,
                debtor: DebtorRole::Firm,
                cause: times.0,
                principal: Won(principal),
                reason: "reason".to_owned(),
                legal_basis: "law".to_owned(),
                interest_from: today,
            };
            let made = actions::notice_recovery(&world.t.app, &actor, new, Once::new()).await;
            if let (true, Ok(id)) = (allowed, &made) {
                model.debts.push(DebtModel {
                    id: *id,
                    firm,
                    phase: Phase::Noticed,
                    noticed_by: by,
                    noticed_on: today,
                    due_on: today,
                    claimed: principal,
                    principal,
                    surcharge: principal * times.1,
                    interest: 0,
                    rest: 0,
                    until: today.pred_opt().unwrap(),
                    pending: Vec::new(),
                    recovered: 0,
                    written_off: 0,
                    asked_by: None,
                });
            }
            (format!("{} claims back {principal} of {firm}", world.people[by].0), allowed, made.is_ok())
        }
        14..=18 if !model.debts.is_empty() => on_debt(world, model).await,
        19 => {
            let (amount, event) = (world.amount(model.cases[firm].held[3]), world.event());
            let owed: i64 = model.debts.iter().filter(|debt| debt.firm == firm).map(DebtModel::booked).sum();
            let total = owed.min(amount);
            let allowed =
                total == 0 || (model.cases[firm].held[3] >= total && !model.posted.contains(&("offset", event)));
            let mut tx = world.t.app.db.write().await.unwrap();
            let kept = ledger::offset(&mut tx, &system, &case, event, case.organisation, Won(amount), now).await;
            if let (true, Ok(kept)) = (allowed, &kept) {
                assert_eq!(kept.iter().map(|(_, won)| won.0).sum::<i64>(), total);
                for (id, won) in kept {
                    let debt = model.debts.iter_mut().find(|debt| debt.id.0 == *id).unwrap();
                    assert!(won.0 <= debt.booked());
                    debt.pending.push((won.0, today));
                    debt.recovered += won.0;
                }
                if total > 0 {
                    model.fresh("offset", event);
                    model.post(today);
                    model.cases[firm].held[3] -= total;
                    model.cases[firm].held[4] += total;
                }
            }
            let done = kept.is_ok();
            if done {
                tx.commit().await.unwrap();
            }
            (format!("offset {amount} of {firm}"), allowed, done)
        }
        20 => {
            for at in 0..model.debts.len() {
                turn(model, at, today);
            }
            integrity::turn_recoveries(&world.t.app).await.unwrap();
            ("the timer turns".to_owned(), true, true)
        }
        21 => close(world, model).await,
        22 => {
            world.t.advance(Duration::days(world.random.random_range(0..9)));
            ("days pass".to_owned(), true, true)
        }
        _ => close(world, model).await,
    }
}

/// What the timer does to one debt: counts what was set off, and keeps its debtor out or lets it in.
fn turn(model: &mut Model, at: usize, today: NaiveDate) {
    if model.debts[at].phase != Phase::Due {
        return;
    }
    let pending = std::mem::take(&mut model.debts[at].pending);
    for (won, day) in pending {
        if model.debts[at].accrue(day) {
            model.post(day);
        }
        model.debts[at].count(won);
    }
    settle(model, at);
    let debt = &model.debts[at];
    if debt.phase == Phase::Due && debt.due_on < today {
        model.excluded.insert(at);
    } else {
        model.excluded.remove(&at);
    }
}

fn settle(model: &mut Model, at: usize) -> bool {
    if model.debts[at].open() == 0 {
        model.debts[at].phase = Phase::Settled;
        model.excluded.remove(&at);
        return true;
    }
    false
}

async fn on_debt(world: &mut World, model: &mut Model) -> (String, bool, bool) {
    let today = world.today();
    let at = world.random.random_range(0..model.debts.len());
    let (by, actor) = world.actor();
    let (id, who) = (model.debts[at].id, world.people[by].0.clone());
    let debt = model.debts[at].clone();
    match world.random.random_range(0..8) {
        0..=2 => {
            let order = world.random.random_range(0..5) > 0;
            let in_term = today <= debt.noticed_on + Duration::days(14);
            let allowed = world.is(by, &[Role::Manager])
                && debt.phase == Phase::Noticed
                && debt.noticed_by != by
                && !(order && in_term);
            if allowed {
                model.debts[at].phase = if order { Phase::Due } else { Phase::Revoked };
                model.debts[at].due_on = today + Duration::days(30);
                if order {
                    model.post(today);
                }
            }
            let name = if order { "order" } else { "revoke" };
            let done = actions::decide_recovery(&world.t.app, &actor, id, name, "answer", Once::new()).await.is_ok();
            (format!("{who} decides {name} of {}", id.0), allowed, done)
        }
        3..=5 => {
            let on = today - Duration::days(world.random.random_range(0..3) * 17);
            let mut after = debt.clone();
            let mut postings = Vec::new();
            for (won, day) in std::mem::take(&mut after.pending) {
                if after.accrue(day) {
                    postings.push(day);
                }
                after.count(won);
            }
            if after.accrue(on) {
                postings.push(on);
            }
            let amount = world.amount(after.open());
            let reference = format!("transfer {}", world.random.random_range(0..60));
            let allowed = world.is(by, &[Role::Payer])
                && debt.phase == Phase::Due
                && amount <= after.open()
                && !model.transfers.contains(&reference);
            if allowed {
                after.count(amount);
                after.recovered += amount;
                model.transfers.insert(reference.clone());
                model.debts[at] = after;
                postings.push(on);
                for day in postings {
                    model.post(day);
                }
                settle(model, at);
            }
            let done =
                actions::receive(&world.t.app, &actor, id, Won(amount), &reference, on, Once::new()).await.is_ok();
            (format!("{who} receives {amount} on {on} for {}", id.0), allowed, done)
        }
        6 => {
            let allowed = world.is(by, &[Role::Manager, Role::ClaimsOfficer])
                && debt.phase == Phase::Due
                && debt.asked_by.is_none();
            if allowed {
                model.debts[at].asked_by = Some(by);
            }
            let done = actions::ask_write_off(&world.t.app, &actor, id, "reason", Once::new()).await.is_ok();
            (format!("{who} asks to write off {}", id.0), allowed, done)
        }
        _ => {
            let allowed = world.is(by, &[Role::Manager])
                && debt.phase == Phase::Due
                && debt.asked_by.is_some_and(|first| first != by);
            if allowed {
                let mut after = debt.clone();
                for (won, day) in std::mem::take(&mut after.pending) {
                    if after.accrue(day) {
                        model.post(day);
                    }
                    after.count(won);
                }
                if after.accrue(today) {
                    model.post(today);
                }
                model.debts[at] = after;
                if !settle(model, at) {
                    model.post(today);
                    model.debts[at].written_off = model.debts[at].open();
                    model.debts[at].phase = Phase::WrittenOff;
                    model.excluded.remove(&at);
                }
            }
            let done = actions::write_off(&world.t.app, &actor, id, Once::new()).await.is_ok();
            (format!("{who} writes off {}", id.0), allowed, done)
        }
    }
}

async fn close(world: &mut World, model: &mut Model) -> (String, bool, bool) {
    let (by, actor) = world.actor();
    let today = world.today();
    let months: Vec<Month> = model.months.keys().copied().collect();
    let at = months[world.random.random_range(0..months.len())];
    let earlier_open = model.months.iter().any(|(month, (state, _))| *month < at && *state != Closing::Closed);
    let may = world.is(by, &[Role::Manager, Role::Payer]) && at < month(today) && !earlier_open;
    let name: ledger::Month = format!("{:04}-{:02}", at.0, at.1).parse().unwrap();
    let state = model.months[&at].0.clone();
    if world.random.random_range(0..2) == 0 {
        let allowed = may && state == Closing::Open;
        if allowed {
            model.months.get_mut(&at).unwrap().0 = Closing::Proposed(by);
        }
        let done = ledger::actions::propose_close(&world.t.app, &actor, name, Once::new()).await.is_ok();
        return (format!("{} proposes to close {name}", world.people[by].0), allowed, done);
    }
    let allowed = may && matches!(state, Closing::Proposed(first) if first != by);
    if allowed {
        model.months.get_mut(&at).unwrap().0 = Closing::Closed;
    }
    let done = ledger::actions::close(&world.t.app, &actor, name, Once::new()).await.is_ok();
    (format!("{} closes {name}", world.people[by].0), allowed, done)
}

async fn compare(world: &World, model: &Model, what: &str) {
    let mut tx = world.t.app.db.read().await.unwrap();
    let kinds =
        [AccountKind::Committed, AccountKind::Voucher, AccountKind::Held, AccountKind::Payable, AccountKind::Paid];
    let first = world.cases[0];
    let budget = ledger::balance(&mut tx, first.account(AccountKind::Budget)).await.unwrap().0;
    assert_eq!(budget, model.budget, "budget after {what}");
    for (at, (case, expected)) in world.cases.iter().zip(&model.cases).enumerate() {
        let mut held = [0; 5];
        for (place, kind) in kinds.iter().enumerate() {
            held[place] = ledger::balance(&mut tx, case.account(*kind)).await.unwrap().0;
        }
        assert_eq!(held, expected.held, "case {at} after {what}");
        let used = ledger::balance(&mut tx, case.account(AccountKind::CapUsed)).await.unwrap().0;
        assert_eq!(used, model.used(at), "cap of {at} after {what}");
    }
    for debt in &model.debts {
        let owner = world.cases[debt.firm].organisation;
        let expected = [
            (AccountKind::Recoverable, debt.booked()),
            (AccountKind::Recovered, debt.recovered),
            (AccountKind::WrittenOff, debt.written_off),
        ];
        for (kind, won) in expected {
            let found = ledger::balance(&mut tx, Account::of_recovery(kind, owner, debt.id.0)).await.unwrap().0;
            assert_eq!(found, won, "{kind} of {debt:?} after {what}");
        }
        let state: Option<String> = tx.value("SELECT state FROM recoveries WHERE id = $1", (debt.id,)).await.unwrap();
        let expected = match debt.phase {
            Phase::Noticed => "noticed",
            Phase::Due => "due",
            Phase::Settled => "settled",
            Phase::WrittenOff => "written_off",
            Phase::Revoked => "revoked",
        };
        assert_eq!(state.as_deref(), Some(expected), "{debt:?} after {what}");
    }
    let months: Vec<(String, String, i64)> = tx
        .all(
            "SELECT m.month, m.state, COUNT(p.id) FROM ledger_periods m LEFT JOIN ledger_postings p ON p.period = m.month
             GROUP BY m.month, m.state ORDER BY m.month",
            (),
        )
        .await
        .unwrap();
    let expected: Vec<(String, String, i64)> = model
        .months
        .iter()
        .map(|((year, month), (state, count))| {
            let state = match state {
                Closing::Open => "open",
                Closing::Proposed(_) => "proposed",
                Closing::Closed => "closed",
            };
            (format!("{year:04}-{month:02}"), state.to_owned(), *count)
        })
        .collect();
    assert_eq!(months, expected, "months after {what}");
}

both!(thousands_of_acts_agree_with_the_model, async |t: Tester| {
    let call = t.call(Won(BUDGET)).await;
    let vendor = t.vendor(1).await;
    let mut cases = Vec::new();
    for number in 2..2 + FIRMS {
        let built = t.application(&call, &vendor, number, "submitted", 100_000_000).await;
        cases.push(built.case(&call));
    }
    let mut people = Vec::new();
    for (at, role) in [Role::Manager, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Payer, Role::Auditor]
        .into_iter()
        .enumerate()
    {
        let email = format!("{role}{at}@model.test");
        let person = t.person(&email).await;
        t.grant(person, role, None).await;
        people.push((email, role));
    }
    let mut actors = Vec::new();
    for (email, _) in &people {
        actors.push(t.actor(email).await);
    }
    let mut model = Model {
        budget: BUDGET,
        cases: vec![CaseModel::default(); cases.len()],
        debts: Vec::new(),
        months: BTreeMap::new(),
        posted: BTreeSet::new(),
        transfers: BTreeSet::new(),
        excluded: BTreeSet::new(),
    };
    let mut world = World { t, cases, people, actors, random: StdRng::seed_from_u64(20_270_302), events: Vec::new() };
    // The budget was appropriated when the call was made.
    model.post(world.today());
    let mut counted: BTreeMap<(String, bool), usize> = BTreeMap::new();
    for number in 0..ACTS {
        let (what, allowed, done) = act(&mut world, &mut model).await;
        assert_eq!(done, allowed, "act {number}: {what}");
        let verb = what.split(' ').find(|word| !word.contains('@')).unwrap_or_default().to_owned();
        *counted.entry((verb, done)).or_default() += 1;
        if number % 10 == 0 || number + 1 == ACTS {
            compare(&world, &model, &format!("act {number}: {what}")).await;
        }
    }
    // Every kind of act was both done and refused, as far as it can be.
    for verb in [
        "commit", "issue", "hold", "order", "unorder", "pay", "offset", "claims", "decides", "receives", "proposes",
        "closes",
    ] {
        for done in [true, false] {
            assert!(counted.contains_key(&(verb.to_owned(), done)), "{verb} {done}: {counted:?}");
        }
    }
    let report = integrity::verify(&world.t.app.db, Some(&world.t.app.seal)).await.unwrap();
    // The states of applications and claims are not part of this model.
    let about_money = |name: &str| {
        ["ledger", "cap", "recoveries", "closed", "call_budgets", "firm_caps"].iter().any(|part| name.starts_with(part))
    };
    let broken: Vec<_> = report.breaches().filter(|check| about_money(check.name)).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let debt = Debt { recovery: Uuid::nil(), debtor: Uuid::nil(), application: Uuid::nil() };
    let mut tx = world.t.app.db.write().await.unwrap();
    assert!(
        ledger::receive(&mut tx, &Actor::system(), &debt, Uuid::nil(), Won(1), world.today(), world.t.now())
            .await
            .is_err()
    );
});
