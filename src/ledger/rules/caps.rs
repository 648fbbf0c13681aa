//! Caps: the most that one subject may be awarded within one window, in won, in awards, or both (domain: cap rules).
//! A cap of a fixed window is a pair of accounts that are never negative; the rolling window is summed by date
//! under the lock of the subject's account. A group has no account: what its present members hold is summed under
//! the lock of all of them, so that it counts right whoever joins or leaves.

use super::{Account, AccountKind};
use crate::core::money::Won;
use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::text_enum!(
    /// Who is capped.
    CapSubject {
        Firm = "firm",
        /// The person who represents one or several firms.
        Representative = "representative",
        /// Firms that belong together.
        Group = "group",
        /// All awards of one track of a call: its quota.
        Track = "track",
        /// All awards of a call to firms of one region.
        Region = "region",
        /// All awards of a call to firms of one section of industry.
        Sector = "sector",
        /// All awards of a call that are spent with one vendor.
        Vendor = "vendor",
    }
);

impl CapSubject {
    /// Those that a cap rule may name; a quota is a rule of its track.
    pub const RULED: &'static [CapSubject] = &[CapSubject::Firm, CapSubject::Representative, CapSubject::Group];
}

crate::text_enum!(
    /// Over what a cap counts.
    CapWindow {
        Call = "call",
        /// The programme, which is of one year.
        Year = "year",
        Rolling = "rolling_36_months",
        Lifetime = "lifetime",
    }
);

/// How far back the rolling window reaches.
pub const ROLLING_MONTHS: u32 = 36;

/// One cap rule of a call. At least one of the two limits is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapRule {
    pub subject: CapSubject,
    pub window: CapWindow,
    pub most_won: Option<Won>,
    pub most_count: Option<i64>,
}

/// The ids of whom a firm's awards count for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapSubjects {
    pub firm: Uuid,
    /// None: the firm's number stands for its representative.
    pub representative: Option<Uuid>,
}

/// The awards that a window looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Call(Uuid),
    Programme(Uuid),
    Everything,
}

/// A cap as it applies to one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    pub subject: CapSubject,
    pub window: CapWindow,
    /// The subject's id in the ledger.
    pub owner: Uuid,
    /// The call, the programme, or what stands for a window without a record of its own.
    pub scope: Uuid,
    pub most_won: Option<Won>,
    pub most_count: Option<i64>,
    /// The firm whose award it is.
    pub firm: Uuid,
}

/// An id made of words: the same words, the same id.
fn named(kind: &str, of: Uuid, rest: &str) -> Uuid {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    hash.update(kind.as_bytes());
    hash.update(of.as_bytes());
    hash.update(rest.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

impl Cap {
    /// The cap of one firm over all calls of a programme.
    pub fn of_firm(programme: Uuid, firm: Uuid, most: Won) -> Cap {
        let (subject, window) = (CapSubject::Firm, CapWindow::Year);
        Cap { subject, window, owner: firm, scope: programme, most_won: Some(most), most_count: None, firm }
    }

    /// The quota of one track of a call.
    pub fn of_track(call: Uuid, track: &str, quota: Won) -> Cap {
        Cap::of_envelope(CapSubject::Track, call, track, quota)
    }

    /// How much of a call one of its tracks, one region or one sector may have.
    pub fn of_envelope(subject: CapSubject, call: Uuid, code: &str, most: Won) -> Cap {
        let owner = named(subject.as_str(), call, code);
        Cap {
            subject,
            window: CapWindow::Call,
            owner,
            scope: call,
            most_won: Some(most),
            most_count: None,
            firm: owner,
        }
    }

    /// How much of a call, and how many of its awards, one vendor may have; None without a limit.
    pub fn of_vendor(call: Uuid, vendor: Uuid, most_won: Option<Won>, most_count: Option<i64>) -> Option<Cap> {
        most_won.map(|_| ()).or(most_count.map(|_| ()))?;
        let (subject, window) = (CapSubject::Vendor, CapWindow::Call);
        let owner = Cap::vendor_owner(vendor);
        Some(Cap { subject, window, owner, scope: call, most_won, most_count, firm: owner })
    }

    /// A vendor's id as a subject of caps.
    pub fn vendor_owner(vendor: Uuid) -> Uuid {
        named("vendor", vendor, "")
    }

    /// A rule as it applies in this call to a firm with these subjects. A firm without a representative on record
    /// is its own.
    pub fn of_rule(rule: &CapRule, subjects: &CapSubjects, call: Uuid, programme: Uuid) -> Cap {
        let owner = match rule.subject {
            CapSubject::Firm | CapSubject::Track | CapSubject::Region | CapSubject::Sector | CapSubject::Vendor => {
                subjects.firm
            }
            CapSubject::Representative => named("representative", subjects.representative.unwrap_or(subjects.firm), ""),
            CapSubject::Group => named("group", subjects.firm, ""),
        };
        let scope = match rule.window {
            CapWindow::Call => call,
            CapWindow::Year => programme,
            CapWindow::Rolling => named("rolling", Uuid::nil(), ""),
            CapWindow::Lifetime => named("lifetime", Uuid::nil(), ""),
        };
        let CapRule { subject, window, most_won, most_count } = *rule;
        Cap { subject, window, owner, scope, most_won, most_count, firm: subjects.firm }
    }

    /// Whether it is summed over the members of the firm's group.
    pub fn is_of_group(&self) -> bool {
        self.subject == CapSubject::Group
    }

    /// Which awards a cap without accounts of its own looks at.
    pub fn looks_at(&self) -> Scope {
        match self.window {
            CapWindow::Call => Scope::Call(self.scope),
            CapWindow::Year => Scope::Programme(self.scope),
            CapWindow::Rolling | CapWindow::Lifetime => Scope::Everything,
        }
    }

    fn account(&self, kind: AccountKind, owner: Uuid) -> Account {
        Account { kind, owner, scope: self.scope }
    }

    pub(in crate::ledger) fn won(&self) -> Meter {
        Meter {
            source: self.account(AccountKind::CapSource, self.scope),
            left: self.account(AccountKind::CapLeft, self.owner),
            used: self.account(AccountKind::CapUsed, self.owner),
        }
    }

    pub(in crate::ledger) fn count(&self) -> Meter {
        Meter {
            source: self.account(AccountKind::CountSource, self.scope),
            left: self.account(AccountKind::CountLeft, self.owner),
            used: self.account(AccountKind::CountUsed, self.owner),
        }
    }

    pub(in crate::ledger) fn rolling(&self) -> (Account, Account) {
        (self.account(AccountKind::RollingSource, self.scope), self.account(AccountKind::RollingUsed, self.owner))
    }

    /// Every account this cap may touch.
    pub(in crate::ledger) fn accounts(&self) -> Vec<Account> {
        let mut accounts = Vec::new();
        if self.is_of_group() {
            return accounts;
        }
        if self.window == CapWindow::Rolling {
            let (source, used) = self.rolling();
            accounts.extend([source, used]);
            return accounts;
        }
        if self.most_won.is_some() {
            let Meter { source, left, used } = self.won();
            accounts.extend([source, left, used]);
        }
        if self.most_count.is_some() {
            let Meter { source, left, used } = self.count();
            accounts.extend([source, left, used]);
        }
        accounts
    }
}

/// The three accounts of one limit: what may still be had and what was had add up to the limit.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Meter {
    pub source: Account,
    pub left: Account,
    pub used: Account,
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// Where the caps of one subject and window are one: of several limits the least holds.
pub fn merged(caps: &[Cap]) -> Vec<Cap> {
    let mut merged: Vec<Cap> = Vec::new();
    for cap in caps {
        match merged.iter_mut().find(|known| (known.owner, known.scope) == (cap.owner, cap.scope)) {
            Some(known) => {
                known.most_won = least(known.most_won, cap.most_won);
                known.most_count = least(known.most_count, cap.most_count);
            }
            None => merged.push(*cap),
        }
    }
    merged
}

/// The first instant that still counts in the rolling window at `now`.
pub fn rolling_since(now: DateTime<Utc>) -> DateTime<Utc> {
    now.checked_sub_months(Months::new(ROLLING_MONTHS)).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// How far a cap is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Used {
    pub won: Won,
    pub count: i64,
}

impl Cap {
    /// What is left of the won, if they are limited; never below nothing.
    pub fn won_left(&self, used: Used) -> Option<Won> {
        self.most_won.map(|most| most.minus(used.won).max(Won::ZERO))
    }

    pub fn count_left(&self, used: Used) -> Option<i64> {
        self.most_count.map(|most| (most - used.count).max(0))
    }

    /// Whether an award of `amount` still fits.
    pub fn fits(&self, used: Used, amount: Won) -> bool {
        self.won_left(used).is_none_or(|left| amount <= left) && self.count_left(used).is_none_or(|left| left >= 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(subject: CapSubject, window: CapWindow) -> CapRule {
        CapRule { subject, window, most_won: Some(Won(10)), most_count: Some(1) }
    }

    fn subjects(firm: u128, representative: Option<u128>) -> CapSubjects {
        let id = Uuid::from_u128;
        CapSubjects { firm: id(firm), representative: representative.map(id) }
    }

    #[test]
    fn subjects_and_windows_never_share_an_account() {
        let mut seen = std::collections::BTreeSet::new();
        for subject in CapSubject::RULED {
            for window in CapWindow::ALL {
                let cap =
                    Cap::of_rule(&rule(*subject, *window), &subjects(1, None), Uuid::from_u128(2), Uuid::from_u128(3));
                assert!(seen.insert((cap.owner, cap.scope)), "{subject} {window}");
            }
        }
        let vendor = Cap::of_vendor(Uuid::from_u128(2), Uuid::from_u128(1), None, Some(1)).unwrap();
        assert!(seen.insert((vendor.owner, vendor.scope)));
        assert_eq!(Cap::of_vendor(Uuid::nil(), Uuid::nil(), None, None), None);
        assert!(seen.insert((Cap::of_track(Uuid::from_u128(2), "green", Won(1)).owner, Uuid::from_u128(2))));
    }

    #[test]
    fn two_firms_of_one_representative_share_its_cap_only() {
        let (call, programme) = (Uuid::from_u128(8), Uuid::from_u128(9));
        for window in CapWindow::ALL {
            let owner =
                |subject, firm| Cap::of_rule(&rule(subject, *window), &subjects(firm, Some(7)), call, programme).owner;
            assert_eq!(owner(CapSubject::Representative, 1), owner(CapSubject::Representative, 2));
            assert_ne!(owner(CapSubject::Firm, 1), owner(CapSubject::Firm, 2));
            assert_ne!(owner(CapSubject::Group, 1), owner(CapSubject::Group, 2));
        }
    }

    #[test]
    fn of_two_rules_about_the_same_the_stricter_holds() {
        let firm = Cap::of_firm(Uuid::from_u128(3), Uuid::from_u128(1), Won(20));
        let year = Cap::of_rule(
            &rule(CapSubject::Firm, CapWindow::Year),
            &subjects(1, None),
            Uuid::from_u128(2),
            Uuid::from_u128(3),
        );
        let one = merged(&[firm, year]);
        assert_eq!((one.len(), one[0].most_won, one[0].most_count), (1, Some(Won(10)), Some(1)));
        assert_eq!(merged(&[year, firm])[0].most_won, Some(Won(10)));
    }

    proptest! {
        #[test]
        fn what_fits_never_passes_the_cap(most in 0i64..1_000, count in 0i64..20, amounts in prop::collection::vec(1i64..300, 0..40)) {
            let cap = Cap { most_won: Some(Won(most)), most_count: Some(count), ..Cap::of_firm(Uuid::nil(), Uuid::nil(), Won(0)) };
            let mut used = Used::default();
            for amount in amounts {
                if cap.fits(used, Won(amount)) {
                    used = Used { won: used.won.plus(Won(amount)), count: used.count + 1 };
                }
                prop_assert!(used.won <= Won(most) && used.count <= count);
                prop_assert_eq!(cap.won_left(used), Some(Won(most).minus(used.won)));
            }
        }

        #[test]
        fn the_rolling_window_moves_with_the_day(seconds in 0i64..4_000_000_000) {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            let since = rolling_since(now);
            prop_assert!(since < now);
            let days = (now - since).num_days();
            prop_assert!((1_094..=1_097).contains(&days), "{days}");
        }
    }
}
