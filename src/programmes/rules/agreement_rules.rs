//! What a call says about agreements under way: when parties are reminded, how far a term may be extended, and when a
//! voucher that lies idle is warned about.

use serde::{Deserialize, Serialize};

/// Reminders of one kind, at most; and the longest time before a day that one may come, in days.
pub const NOTICES_MAX: usize = 6;
pub const NOTICE_DAYS_MAX: i64 = 90;
/// The most months beyond the call's term that extensions may reach.
pub const EXTENSION_MONTHS_MAX: i64 = 24;

/// Reminders are calendar days before the day they are about, longest first (domain: deadlines and timers).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgreementRules {
    /// Before an offer ends, to those who have not answered it.
    pub offer_days: Vec<i64>,
    /// Before the last day of a voucher, with the one next act.
    pub expiry_days: Vec<i64>,
    /// Before the own share, the first use or an answer to a delivery is due.
    pub due_days: i64,
    /// Months beyond the call's term that extensions may reach together.
    pub extension_months: i64,
    /// A voucher lies idle when so many of a hundred less of it are used than of its term has gone.
    pub idle_percent: i64,
    /// From so many days before its end on a voucher is warned about that is not nearly used.
    pub idle_days: i64,
}

impl Default for AgreementRules {
    fn default() -> AgreementRules {
        AgreementRules {
            offer_days: vec![7, 2],
            expiry_days: vec![30, 14, 7, 1],
            due_days: 2,
            extension_months: 3,
            idle_percent: 25,
            idle_days: 30,
        }
    }
}

impl AgreementRules {
    pub fn is_sound(&self) -> bool {
        let sound = |days: &[i64]| {
            days.len() <= NOTICES_MAX
                && days.windows(2).all(|pair| pair[0] > pair[1])
                && days.iter().all(|days| (1..=NOTICE_DAYS_MAX).contains(days))
        };
        sound(&self.offer_days)
            && sound(&self.expiry_days)
            && (1..=NOTICE_DAYS_MAX).contains(&self.due_days)
            && (0..=EXTENSION_MONTHS_MAX).contains(&self.extension_months)
            && (1..=100).contains(&self.idle_percent)
            && (1..=NOTICE_DAYS_MAX).contains(&self.idle_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_fall_and_everything_has_an_end() {
        assert!(AgreementRules::default().is_sound());
        assert!(
            AgreementRules { offer_days: Vec::new(), ..AgreementRules::default() }.is_sound(),
            "nobody is reminded"
        );
        let faults: [&dyn Fn(&mut AgreementRules); 6] = [
            &|rules| rules.offer_days = vec![2, 7],
            &|rules| rules.expiry_days = vec![91],
            &|rules| rules.due_days = 0,
            &|rules| rules.extension_months = 25,
            &|rules| rules.idle_percent = 0,
            &|rules| rules.idle_days = 91,
        ];
        for (place, fault) in faults.into_iter().enumerate() {
            let mut rules = AgreementRules::default();
            fault(&mut rules);
            assert!(!rules.is_sound(), "fault {place}");
        }
    }
}
