//! Every cap that the rules of calls name, of firms, representatives, groups, tracks, regions and sectors, in won and in awards, in every
//! window: none is used beyond the loosest limit that it ever had.

use crate::{
    db::Tx,
    integrity::{
        rules::Check,
        store::checks::caps::{self, Version},
    },
    ledger::{self, Cap, CapRule, CapSubject, CapSubjects, CapWindow},
    organisations::{self, OrganisationId},
    programmes::{self, CallId},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

const PAGE_ROWS: i64 = 2_000;

/// The loosest of two limits; none is looser than any.
fn loosest<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.zip(other).map(|(one, other)| one.max(other))
}

fn scope_of(rule: &CapRule, version: &Version) -> Uuid {
    match rule.window {
        CapWindow::Call => version.call_id,
        CapWindow::Year => version.programme_id,
        CapWindow::Rolling | CapWindow::Lifetime => Uuid::nil(),
    }
}

/// The rules about caps as all versions of all calls together allow.
#[derive(Default)]
struct Limits {
    rules: BTreeMap<(CapSubject, CapWindow, Uuid), CapRule>,
    envelopes: BTreeMap<(Uuid, String), Cap>,
    versions: Vec<(Version, Vec<CapRule>)>,
}

impl Limits {
    async fn read(tx: &mut Tx) -> anyhow::Result<Limits> {
        let mut limits = Limits::default();
        for version in caps::versions(tx).await? {
            let rules = programmes::rules_at(tx, CallId(version.call_id), version.version).await?;
            for rule in &rules.caps {
                let key = (rule.subject, rule.window, scope_of(rule, &version));
                let known = limits.rules.entry(key).or_insert(*rule);
                known.most_won = loosest(known.most_won, rule.most_won);
                known.most_count = loosest(known.most_count, rule.most_count);
            }
            for (envelope, cap) in rules.envelopes_in(version.call_id) {
                let name = format!("{} {}", envelope.subject, envelope.code);
                let known = limits.envelopes.entry((version.call_id, name)).or_insert(cap);
                known.most_won = loosest(known.most_won, cap.most_won);
            }
            limits.versions.push((version, rules.caps));
        }
        Ok(limits)
    }

    /// What applies to the awards of a call: its own rules, each with the loosest limit of its scope.
    fn of_call(&self, call: Uuid) -> Vec<CapRule> {
        let mut found: BTreeMap<(CapSubject, CapWindow, Uuid), CapRule> = BTreeMap::new();
        for (version, rules) in self.versions.iter().filter(|(version, _)| version.call_id == call) {
            for rule in rules {
                let key = (rule.subject, rule.window, scope_of(rule, version));
                if let Some(limit) = self.rules.get(&key) {
                    found.insert(key, *limit);
                }
            }
        }
        found.into_values().filter(|rule| rule.subject != CapSubject::Group || self.is_everywhere(rule, call)).collect()
    }

    /// A group's awards count in every call its window looks at, also where the call has no such rule: then the sum says
    /// nothing about this one.
    fn is_everywhere(&self, rule: &CapRule, call: Uuid) -> bool {
        let programme =
            self.versions.iter().find(|(version, _)| version.call_id == call).map(|(of, _)| of.programme_id);
        self.versions
            .iter()
            .filter(|(version, _)| match rule.window {
                CapWindow::Call => version.call_id == call,
                CapWindow::Year => Some(version.programme_id) == programme,
                CapWindow::Rolling | CapWindow::Lifetime => true,
            })
            .all(|(_, rules)| rules.iter().any(|other| (other.subject, other.window) == (rule.subject, rule.window)))
    }
}

pub(super) async fn cap_limits(tx: &mut Tx) -> anyhow::Result<Check> {
    let mut check = Check { name: "cap_limits", rows: 0, breach: None };
    // Rolling windows are judged as of the last posting: then nothing was used beyond them.
    let Some(now) = caps::last_posting(tx).await? else { return Ok(check) };
    let limits = Limits::read(tx).await?;
    for ((call, code), cap) in &limits.envelopes {
        check.rows += 1;
        if is_over(tx, cap, now).await? {
            check.breach = check.breach.or(Some(format!("call {call}: {code}")));
        }
    }
    let mut calls: Vec<&Version> = limits.versions.iter().map(|(version, _)| version).collect();
    calls.dedup_by_key(|version| version.call_id);
    for version in calls {
        let rules = limits.of_call(version.call_id);
        if rules.is_empty() {
            continue;
        }
        let mut after = Uuid::nil();
        loop {
            let firms = caps::awarded_after(tx, version.call_id, after, PAGE_ROWS).await?;
            let Some(last) = firms.last() else { break };
            after = *last;
            for firm in firms {
                check.rows += 1;
                if check.breach.is_none() && is_firm_over(tx, firm, version, &rules, now).await? {
                    check.breach = Some(format!("organisation {firm}"));
                }
            }
        }
    }
    Ok(check)
}

async fn is_firm_over(
    tx: &mut Tx,
    firm: Uuid,
    version: &Version,
    rules: &[CapRule],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let representative = organisations::representative_of(tx, OrganisationId(firm)).await?;
    let subjects = CapSubjects { firm, representative };
    for rule in rules {
        let cap = Cap::of_rule(rule, &subjects, version.call_id, version.programme_id);
        // Firms that were found to belong together only after their awards may have more.
        let late = cap.is_of_group() && caps::tied_after_award(tx, firm).await?;
        if !late && is_over(tx, &cap, now).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn is_over(tx: &mut Tx, cap: &Cap, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let used = ledger::cap_used(tx, cap, now).await?;
    Ok(cap.most_won.is_some_and(|most| used.won > most) || cap.most_count.is_some_and(|most| used.count > most))
}
