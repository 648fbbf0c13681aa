//! The conditions of a call as data: an expression over facts, where it comes from, how a firm corrects what it
//! breaks, at which stages it holds, and the tests that prove it says what its author meant.
//! Invariant: rules with a condition that fails one of its own tests are never saved and never published.

mod facts;
mod known;
mod preset;

pub use facts::{FACTS, Fact, Source, find_fact, type_of};
pub use known::{call_facts, days_since, firm_facts, register_status};
pub use preset::standard;

use crate::core::{
    expression::{Explanation, Expression, Facts, Problem, Value},
    lang::Lang,
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};

/// Conditions of one call.
pub const CONDITIONS_MAX: usize = 60;
/// Tests of one condition.
pub const TESTS_MAX: usize = 40;

crate::text_enum!(
    /// When conditions are looked at.
    Stage {
        /// By anybody, without an account.
        PreCheck = "pre_check",
        Submission = "submission",
        Screening = "screening",
        Agreement = "agreement",
        Claim = "claim",
        Payment = "payment",
    }
);

crate::text_enum!(
    /// What happens while it cannot be told whether a condition holds.
    Undetermined {
        /// An officer looks and says why it may go on.
        Officer = "officer",
        /// It is noted and goes on.
        Noted = "noted",
    }
);

crate::text_enum!(
    /// Who may let a case pass that does not meet a condition.
    WaivedBy {
        Nobody = "nobody",
        Screener = "screener",
        /// The programme manager only.
        Manager = "manager",
    }
);

crate::text_enum!(
    /// What a condition comes to on some facts.
    Verdict {
        Met = "met",
        Unmet = "unmet",
        Undetermined = "undetermined",
        NotApplicable = "not_applicable",
    }
);

/// One condition of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Small letters, digits and underscores; once in a call.
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    /// What must hold, in one plain sentence.
    pub says_ko: String,
    pub says_en: String,
    /// How a firm corrects it.
    pub fix_ko: String,
    pub fix_en: String,
    /// The law or rule behind it.
    pub reference_ko: String,
    pub reference_en: String,
    /// Where it must be met.
    pub stages: Vec<Stage>,
    /// Where it only warns.
    pub warns_at: Vec<Stage>,
    /// It concerns only cases of which this is so.
    pub applies_if: Option<Expression>,
    pub must_hold: Expression,
    pub undetermined: Undetermined,
    pub waived_by: WaivedBy,
    pub tests: Vec<ConditionTest>,
}

/// What a condition must come to on these facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionTest {
    pub facts: Facts,
    pub expected: Verdict,
}

impl Condition {
    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }

    pub fn says(&self, lang: Lang) -> &str {
        lang.of(&self.says_ko, &self.says_en)
    }

    pub fn fix(&self, lang: Lang) -> &str {
        lang.of(&self.fix_ko, &self.fix_en)
    }

    pub fn reference(&self, lang: Lang) -> &str {
        lang.of(&self.reference_ko, &self.reference_en)
    }

    /// Whether it is looked at then: `Some(true)` when it only warns.
    pub fn at(&self, stage: Stage) -> Option<bool> {
        if self.stages.contains(&stage) {
            return Some(false);
        }
        self.warns_at.contains(&stage).then_some(true)
    }

    /// What it comes to: the quick way, for many cases.
    pub fn decide(&self, facts: &Facts) -> Verdict {
        let applies = self.applies_if.as_ref().map_or(Some(true), |applies| applies.decide(facts));
        if applies == Some(false) {
            return Verdict::NotApplicable;
        }
        verdict(applies, self.must_hold.decide(facts))
    }

    /// The same with every fact that was seen and every part that was judged.
    pub fn explain(&self, facts: &Facts) -> (Verdict, Explanation) {
        let mut seen = self.must_hold.explain(facts);
        let Some(applies) = self.applies_if.as_ref().map(|applies| applies.explain(facts)) else {
            return (verdict(Some(true), seen.result), seen);
        };
        let found = match applies.result {
            Some(false) => Verdict::NotApplicable,
            applies => verdict(applies, seen.result),
        };
        for fact in applies.seen {
            if !seen.seen.contains(&fact) {
                seen.seen.push(fact);
            }
        }
        seen.parts.splice(0..0, applies.parts);
        for gap in applies.gaps {
            if !seen.gaps.contains(&gap) {
                seen.gaps.push(gap);
            }
        }
        (found, seen)
    }

    /// The facts it speaks of, those that must hold first.
    pub fn facts(&self) -> Vec<&str> {
        let mut names = self.must_hold.facts();
        for name in self.applies_if.iter().flat_map(Expression::facts) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The part of the application in which its facts are corrected.
    pub fn section(&self) -> Option<&'static str> {
        self.facts().into_iter().find_map(|name| find_fact(name)?.section)
    }

    /// The tests that do not come to what they expect, counted from 1, with what they came to.
    pub fn failing_tests(&self) -> Vec<(usize, Verdict)> {
        let found = self.tests.iter().map(|test| self.decide(&test.facts));
        let found = (1..).zip(found).zip(&self.tests).filter(|((_, found), test)| *found != test.expected);
        found.map(|(found, _)| found).collect()
    }

    /// Everything it says, part by part: what two versions are compared by.
    pub fn told(&self) -> [String; 9] {
        let stages = |stages: &[Stage]| stages.iter().map(|stage| stage.as_str()).collect::<Vec<_>>().join(", ");
        let both = |ko: &str, en: &str| format!("{ko} / {en}");
        [
            both(&self.name_ko, &self.name_en),
            both(&self.says_ko, &self.says_en),
            both(&self.fix_ko, &self.fix_en),
            both(&self.reference_ko, &self.reference_en),
            format!("{}; {}", stages(&self.stages), stages(&self.warns_at)),
            self.applies_if.as_ref().map_or_else(|| "true".to_owned(), ToString::to_string),
            self.must_hold.to_string(),
            format!("{}; {}", self.undetermined, self.waived_by),
            self.tests.iter().map(write_test).collect::<Vec<_>>().join("\n"),
        ]
    }

    fn problems(&self) -> Vec<Problem> {
        let of = |expression: &Expression| expression.problems(&|name| type_of(name));
        self.applies_if.iter().flat_map(of).chain(of(&self.must_hold)).collect()
    }
}

/// Not applicable is decided before; while that is open, only a condition that holds anyway is met.
fn verdict(applies: Option<bool>, holds: Option<bool>) -> Verdict {
    match (applies, holds) {
        (_, Some(true)) => Verdict::Met,
        (Some(true), Some(false)) => Verdict::Unmet,
        _ => Verdict::Undetermined,
    }
}

/// Refuses conditions that cannot be read, that name unknown facts, or of which a test fails.
pub fn check(conditions: &[Condition]) -> Result<(), Refusal> {
    if conditions.len() > CONDITIONS_MAX {
        return Err(Refusal::unacceptable("conditions-refusal-too-many").with("most", CONDITIONS_MAX));
    }
    for (place, condition) in conditions.iter().enumerate() {
        let about = |key| Refusal::unacceptable(key).with("condition", &condition.code);
        if conditions[..place].iter().any(|other| other.code == condition.code) {
            return Err(about("conditions-refusal-code-taken").at("code"));
        }
        if let Some(problem) = condition.problems().into_iter().next() {
            return Err(about("conditions-refusal-unsound").at("must_hold").with("what", problem.what));
        }
        if let Some((number, found)) = condition.failing_tests().into_iter().next() {
            let refusal = about("conditions-refusal-test-fails").at("tests").with("number", number);
            return Err(refusal.with("found", found));
        }
    }
    Ok(())
}

/// The facts an outsider is asked for: those that the conditions of the pre-check speak of, in the order of the catalogue.
pub fn questions(conditions: &[Condition]) -> Vec<&'static Fact> {
    let asked: Vec<&str> = conditions
        .iter()
        .filter(|condition| condition.at(Stage::PreCheck).is_some())
        .flat_map(Condition::facts)
        .collect();
    FACTS.iter().filter(|fact| fact.asked && asked.contains(&fact.name)).collect()
}

/// A test as it is written: `work_data_class = "D4", work_foreign = true => unmet`.
pub fn write_test(test: &ConditionTest) -> String {
    let facts: Vec<String> = test.facts.0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{} => {}", facts.join(", "), test.expected)
}

/// Reads a test; None when it is none, or names a fact that is not there or of another type.
pub fn read_test(line: &str) -> Option<ConditionTest> {
    let (facts, expected) = line.rsplit_once("=>")?;
    let expected = expected.trim().parse().ok()?;
    let mut found = Facts::default();
    for part in split_outside_text(facts) {
        let (name, value) = part.split_once('=')?;
        let fact = find_fact(name.trim())?;
        let value: Value = crate::core::expression::read_value(value)?;
        if value.kind() != fact.kind {
            return None;
        }
        found.put(fact.name, Some(value));
    }
    Some(ConditionTest { facts: found, expected })
}

/// Parts between commas that stand neither in quotes nor in brackets.
fn split_outside_text(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut open, mut escaped) = (Vec::new(), 0, false, 0, false);
    for (at, c) in text.char_indices() {
        let literal = std::mem::replace(&mut escaped, false);
        match c {
            _ if literal => {}
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => open += 1,
            ']' if !quoted => open -= 1,
            ',' if !quoted && open == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_conditions_are_sound_and_every_one_is_tested_both_ways() {
        let standard = standard();
        assert_eq!(check(&standard), Ok(()));
        for condition in &standard {
            for wanted in [Verdict::Met, Verdict::Unmet] {
                assert!(condition.tests.iter().any(|test| test.expected == wanted), "{} {wanted}", condition.code);
            }
            for test in &condition.tests {
                assert_eq!(condition.explain(&test.facts).0, test.expected, "{}", condition.code);
                assert_eq!(read_test(&write_test(test)).as_ref(), Some(test));
            }
            assert!(!condition.stages.is_empty() || !condition.warns_at.is_empty());
        }
        let asked = questions(&standard).len();
        assert!((8..=14).contains(&asked), "{asked} questions");
    }

    #[test]
    fn a_condition_is_refused_when_its_test_fails_or_it_names_what_is_not_there() {
        let mut conditions = standard();
        conditions[0].tests[0].expected = Verdict::Unmet;
        assert_eq!(check(&conditions).unwrap_err().key, "conditions-refusal-test-fails");
        let mut conditions = standard();
        conditions[0].must_hold = "no_such_fact".parse().unwrap();
        assert_eq!(check(&conditions).unwrap_err().key, "conditions-refusal-unsound");
        let mut conditions = standard();
        conditions[1].code = conditions[0].code.clone();
        assert_eq!(check(&conditions).unwrap_err().key, "conditions-refusal-code-taken");
    }

    #[test]
    fn while_it_is_open_whether_it_applies_only_what_holds_anyway_is_met() {
        let gate = standard().into_iter().find(|condition| condition.code == "hosting_gate").unwrap();
        let facts = |line: &str| read_test(&format!("{line} => met")).unwrap().facts;
        assert_eq!(gate.decide(&facts("work_foreign = false")), Verdict::Met);
        assert_eq!(gate.decide(&facts("work_foreign = true")), Verdict::Undetermined);
        assert_eq!(gate.decide(&facts(r#"work_data_class = "D4""#)), Verdict::Undetermined);
        assert_eq!(gate.decide(&facts(r#"work_data_class = "D1""#)), Verdict::NotApplicable);
        let (found, seen) = gate.explain(&facts(r#"work_data_class = "D4", work_foreign = true"#));
        assert_eq!(found, Verdict::Unmet);
        assert_eq!(seen.seen.len(), 2);
    }

    #[test]
    fn a_test_is_read_as_it_is_written_and_nothing_else() {
        for line in [
            r#"call_categories = ["data"], costs_categories = ["data", "staff"] => unmet"#,
            r#"firm_size_class = "a, \"b\"" => undetermined"#,
            "costs_support = 5 won => met",
            " => undetermined",
        ] {
            let test = read_test(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(write_test(&test).trim(), line.trim());
        }
        for line in ["", "=> perhaps", "nothing = 3 => met", "costs_support = 5 => met", "work_foreign => met"] {
            assert_eq!(read_test(line), None, "{line}");
        }
    }
}
