//! What a call says about agreements under way: when parties are reminded, how far a term may be extended, when a
//! voucher that lies idle is warned about, and which reports follow the end of the work.

use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// When a firm reports what came of its project.
    Wave {
        Close = "close",
        After6 = "6m",
        After12 = "12m",
        After24 = "24m",
        After36 = "36m",
        After48 = "48m",
        After60 = "60m",
    }
);

impl Wave {
    /// Those that a call may ask for beside the closing report, which every project files (domain: outcome waves).
    pub const FOLLOWING: &'static [Wave] =
        &[Wave::After6, Wave::After12, Wave::After24, Wave::After36, Wave::After48, Wave::After60];

    /// Months after the end of the work.
    pub const fn months(self) -> u32 {
        match self {
            Wave::Close => 0,
            Wave::After6 => 6,
            Wave::After12 => 12,
            Wave::After24 => 24,
            Wave::After36 => 36,
            Wave::After48 => 48,
            Wave::After60 => 60,
        }
    }
}

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
    /// The reports after the closing one, earliest first.
    pub waves: Vec<Wave>,
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
            waves: Vec::new(),
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
            && self.waves.windows(2).all(|pair| pair[0] < pair[1])
            && !self.waves.contains(&Wave::Close)
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
        let faults: [&dyn Fn(&mut AgreementRules); 8] = [
            &|rules| rules.waves = vec![Wave::Close],
            &|rules| rules.waves = vec![Wave::After12, Wave::After6],
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
