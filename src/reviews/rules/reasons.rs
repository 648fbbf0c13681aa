//! Why something is decided. Reasons are data that staff word and retire; those that the program gives or checks by
//! itself keep their meaning. A reason may name the criterion or the condition of the call that it rests on.

use super::DecisionOutcome;
use crate::{
    core::{form::FormErrors, lang::Lang, refusal::Refusal},
    programmes::CallRules,
};

crate::text_enum!(
    /// Reasons that the program gives or checks by itself (domain C11).
    DecisionReason {
        /// Ranked above the line that the budget draws.
        WithinBudget = "within_budget",
        /// The draw put it above that line.
        Drawn = "drawn",
        /// A place on the reserve list has come free.
        PlaceFreed = "place_freed",
        /// The call's own conditions are all met.
        CatalogueRules = "catalogue_rules",
        BudgetShort = "budget_short",
        CapShort = "cap_short",
        BelowPassMark = "below_pass_mark",
        /// A criterion is below its own minimum.
        BelowMinimum = "below_minimum",
        BudgetExhausted = "budget_exhausted",
    }
);

crate::text_enum!(
    /// What kind of thing a reason is about.
    Basis {
        Ranking = "ranking",
        Score = "score",
        Criterion = "criterion",
        Budget = "budget",
        Cap = "cap",
        Rule = "rule",
    }
);

/// One wording of a reason.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reason {
    pub code: String,
    pub version: i64,
    /// What it can be the reason of, joined by commas; empty: only the call's own rules give it.
    pub outcomes: String,
    pub basis: Basis,
    pub name_ko: String,
    pub name_en: String,
    /// What the letter says.
    pub letter_ko: String,
    pub letter_en: String,
    pub retired: bool,
}

impl Reason {
    /// Whether a person may give it for `outcome`.
    pub fn fits(&self, outcome: DecisionOutcome) -> bool {
        !self.retired && self.outcomes().contains(&outcome)
    }

    pub fn outcomes(&self) -> Vec<DecisionOutcome> {
        self.outcomes.split(',').filter_map(|outcome| outcome.parse().ok()).collect()
    }

    pub fn is(&self, reason: DecisionReason) -> bool {
        self.code == reason.as_str()
    }

    /// The program gives or checks it: its words change, its meaning does not, and it is never retired.
    pub fn is_the_programs(&self) -> bool {
        self.code.parse::<DecisionReason>().is_ok()
    }

    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }

    pub fn letter(&self, lang: Lang) -> &str {
        lang.of(&self.letter_ko, &self.letter_en)
    }

    /// As a history keeps it: the code of a wording that came with the program, else the words of that day.
    pub fn recorded(&self) -> String {
        if self.version == 1 && self.is_the_programs() {
            return self.code.clone();
        }
        format!("{} / {}", self.name_ko, self.name_en)
    }
}

/// What of a call's rules a reason rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestsOn {
    Criterion(String),
    Condition(String),
}

impl std::fmt::Display for RestsOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RestsOn::Criterion(code) => write!(f, "criterion:{code}"),
            RestsOn::Condition(code) => write!(f, "condition:{code}"),
        }
    }
}

impl std::str::FromStr for RestsOn {
    type Err = crate::core::ids::NoSuchValue;

    fn from_str(text: &str) -> Result<RestsOn, Self::Err> {
        match text.split_once(':') {
            Some(("criterion", code)) => Ok(RestsOn::Criterion(code.to_owned())),
            Some(("condition", code)) => Ok(RestsOn::Condition(code.to_owned())),
            _ => Err(crate::core::ids::NoSuchValue(&["criterion:", "condition:"])),
        }
    }
}

impl RestsOn {
    /// As it is stored, several joined by commas.
    pub fn joined(several: &[RestsOn]) -> String {
        several.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }

    pub fn several(text: &str) -> Vec<RestsOn> {
        text.split(',').filter_map(|one| one.parse().ok()).collect()
    }

    /// What a reason of this basis may rest on in a call.
    pub fn choices(rules: &CallRules) -> Vec<RestsOn> {
        let criteria = rules.rubric.iter().map(|item| RestsOn::Criterion(item.code.clone()));
        criteria.chain(rules.conditions.iter().map(|one| RestsOn::Condition(one.code.clone()))).collect()
    }

    /// Its name in these rules; None where they do not have it.
    pub fn name<'a>(&self, rules: &'a CallRules, lang: Lang) -> Option<&'a str> {
        match self {
            RestsOn::Criterion(code) => {
                let item = rules.rubric.iter().find(|item| item.code == *code)?;
                Some(lang.of(&item.name_ko, &item.name_en))
            }
            RestsOn::Condition(code) => Some(rules.conditions.iter().find(|one| one.code == *code)?.name(lang)),
        }
    }

    fn is_of(&self, basis: Basis) -> bool {
        matches!((self, basis), (RestsOn::Criterion(_), Basis::Criterion) | (RestsOn::Condition(_), Basis::Rule))
    }
}

/// Refuses what the call's rules do not have, or what the reason is not about.
pub fn check_rests_on(reason: &Reason, named: &[RestsOn], rules: &CallRules) -> Result<(), Refusal> {
    let sound = |one: &RestsOn| one.is_of(reason.basis) && one.name(rules, Lang::Ko).is_some();
    if named.iter().all(sound) {
        return Ok(());
    }
    Err(Refusal::unacceptable("reviews-refusal-rests-on").at("rests_on"))
}

/// A new wording of a reason.
#[derive(Debug, Clone)]
pub struct Wording {
    pub code: String,
    pub outcomes: Vec<DecisionOutcome>,
    pub basis: Basis,
    pub name: [String; 2],
    pub letter: [String; 2],
    pub retired: bool,
    /// Why it is changed.
    pub note: String,
}

/// The version after `latest` with this wording. The program's own reasons keep outcomes and basis and stay.
pub fn reworded(latest: Option<&Reason>, new: Wording) -> Result<Reason, FormErrors> {
    let mut errors = FormErrors::new();
    let fixed = latest.filter(|reason| reason.is_the_programs());
    if fixed.is_some() && new.retired {
        errors.refuse("retire", Refusal::unacceptable("reasons-refusal-the-programs"));
    }
    let (outcomes, basis) = match fixed {
        Some(reason) => (reason.outcomes.clone(), reason.basis),
        None => (new.outcomes.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(","), new.basis),
    };
    if fixed.is_none() && outcomes.is_empty() {
        errors.add("outcomes", "form-choose");
    }
    let ([name_ko, name_en], [letter_ko, letter_en]) = (new.name, new.letter);
    let version = latest.map_or(0, |reason| reason.version);
    let next = Reason {
        code: new.code,
        version,
        outcomes,
        basis,
        name_ko,
        name_en,
        letter_ko,
        letter_en,
        retired: new.retired,
    };
    if latest == Some(&next) {
        errors.refuse("", Refusal::unacceptable("reasons-refusal-nothing-changed"));
    }
    errors.done(Reason { version: version + 1, ..next })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(code: &str, basis: Basis) -> Reason {
        Reason {
            code: code.to_owned(),
            version: 1,
            outcomes: "reserve,rejected".to_owned(),
            basis,
            name_ko: "까닭".to_owned(),
            name_en: "Reason".to_owned(),
            letter_ko: "글".to_owned(),
            letter_en: "Text".to_owned(),
            retired: false,
        }
    }

    fn wording(code: &str, name_en: &str, retired: bool) -> Wording {
        Wording {
            code: code.to_owned(),
            outcomes: vec![DecisionOutcome::Rejected],
            basis: Basis::Rule,
            name: ["까닭".to_owned(), name_en.to_owned()],
            letter: ["글".to_owned(), "Text".to_owned()],
            retired,
            note: "why".to_owned(),
        }
    }

    #[test]
    fn a_reason_fits_its_outcomes_until_it_is_retired() {
        let known = reason("late", Basis::Rule);
        assert!(known.fits(DecisionOutcome::Rejected) && !known.fits(DecisionOutcome::Selected));
        assert!(!Reason { retired: true, ..known.clone() }.fits(DecisionOutcome::Rejected));
        assert!(!Reason { outcomes: String::new(), ..known }.fits(DecisionOutcome::Rejected));
    }

    #[test]
    fn what_the_program_gives_by_itself_is_worded_but_not_changed_or_retired() {
        let own = reason("cap_short", Basis::Cap);
        let next = reworded(Some(&own), wording("cap_short", "No room", false)).unwrap();
        assert_eq!((next.version, next.outcomes.as_str(), next.basis), (2, "reserve,rejected", Basis::Cap));
        assert_eq!(next.recorded(), "까닭 / No room");
        assert_eq!(own.recorded(), "cap_short");
        assert!(reworded(Some(&own), wording("cap_short", "No room", true)).is_err());
        assert!(reworded(Some(&own), wording("cap_short", "Reason", false)).is_err(), "nothing changed");
        let free = reworded(None, wording("late", "Late", false)).unwrap();
        assert_eq!((free.version, free.outcomes.as_str()), (1, "rejected"));
        assert!(reworded(Some(&free), wording("late", "Late", true)).unwrap().retired);
        assert!(reworded(None, Wording { outcomes: Vec::new(), ..wording("late", "Late", false) }).is_err());
    }

    #[test]
    fn a_reason_rests_on_what_the_call_has_and_it_is_about() {
        let rules = CallRules::ai_voucher();
        let (criterion, condition) = (reason("weak", Basis::Criterion), reason("twice", Basis::Rule));
        for named in RestsOn::choices(&rules) {
            let is_criterion = matches!(named, RestsOn::Criterion(_));
            let one = std::slice::from_ref(&named);
            assert_eq!(check_rests_on(&criterion, one, &rules).is_ok(), is_criterion, "{named}");
            assert_eq!(check_rests_on(&condition, one, &rules).is_ok(), !is_criterion, "{named}");
            assert!(check_rests_on(&reason("less", Basis::Budget), one, &rules).is_err());
            assert_eq!(RestsOn::several(&RestsOn::joined(&[named.clone(), named.clone()])), [named.clone(), named]);
        }
        assert!(check_rests_on(&criterion, &[RestsOn::Criterion("beauty".to_owned())], &rules).is_err());
        assert!(check_rests_on(&criterion, &[], &rules).is_ok());
    }
}
