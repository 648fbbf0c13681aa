//! Advice of a generative model to whoever decides: what is sent, what may come back, where it stands. It holds no score
//! and no outcome, nothing of it enters a decision, and what of a firm or a person could be told from a text is masked.

use super::blind::{MASK, hide};
use crate::core::{
    names::clean_text,
    roles::Role,
    step::{Note, Step},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Of the instructions: a new text is a new version.
pub const PROMPT_VERSION: &str = "1";
const INSTRUCTIONS: &str = include_str!("advice_prompt.txt");

const SUMMARY_CHARS_MAX: usize = 3_000;
const ENTRY_CHARS_MAX: usize = 600;
const ENTRIES_MAX: usize = 12;
/// Digits in a row, broken by dashes or dots at most, from which on they are a number of somebody's: telephone, business
/// number, account.
const NUMBER_DIGITS: usize = 9;

crate::text_enum!(
    /// Where an advice stands.
    AdviceState {
        Waiting = "waiting",
        Answered = "answered",
        Failed = "failed",
        /// A person found it fit to read the case by.
        Accepted = "accepted",
        /// A person set it aside, with a reason.
        Overridden = "overridden",
    }
);

crate::text_enum!(
    /// Why there is no answer.
    AdviceTrouble {
        Unreachable = "unreachable",
        Slow = "slow",
        /// The endpoint answered with an error.
        Refused = "refused",
        TooLong = "too_long",
        /// Not in the form that was asked for.
        Unreadable = "unreadable",
        /// The application no longer waits for its first decision.
        TooLate = "too_late",
        /// The settings name no model any more.
        Off = "off",
    }
);

crate::text_enum!(
    /// What a person makes of an answer.
    Judgement { Accepted = "accepted", Overridden = "overridden" }
);

impl Judgement {
    pub fn step(self) -> &'static str {
        match self {
            Judgement::Accepted => "accept",
            Judgement::Overridden => "override",
        }
    }
}

const MANAGER: &[Role] = &[Role::Manager];

pub const ADVICE_STEPS: &[Step<AdviceState>] = &[
    Step { name: "answer", from: AdviceState::Waiting, to: AdviceState::Answered, by: &[], note: Note::None },
    Step { name: "fail", from: AdviceState::Waiting, to: AdviceState::Failed, by: &[], note: Note::None },
    Step { name: "accept", from: AdviceState::Answered, to: AdviceState::Accepted, by: MANAGER, note: Note::None },
    Step {
        name: "override",
        from: AdviceState::Answered,
        to: AdviceState::Overridden,
        by: MANAGER,
        note: Note::Required,
    },
];

/// What of an application is sent: its own texts, its costs, and the criteria. No field is a party's name or number.
#[derive(Debug, Clone, Serialize)]
pub struct Matter {
    pub language: &'static str,
    pub use_case: String,
    pub process: String,
    pub problem: String,
    pub plan: String,
    pub oversight: String,
    pub costs: Vec<MatterCost>,
    pub criteria: Vec<MatterCriterion>,
}

/// The fields of `Matter` that are somebody's, as the history names them.
pub const SENT_FIELDS: &str = "use_case, process, problem, plan, oversight, costs, criteria";

/// Amounts in won.
#[derive(Debug, Clone, Serialize)]
pub struct MatterCost {
    pub category: String,
    pub description: String,
    pub quantity: i64,
    pub unit_price: i64,
    pub support: i64,
    pub own: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct MatterCriterion {
    pub name: String,
    /// What points mean, one line each.
    pub anchors: String,
}

impl Matter {
    /// Without the names given, mail addresses, and numbers of people, firms and accounts.
    pub fn masked(mut self, names: &[String]) -> Matter {
        let conceal = |text: &mut String| *text = without_numbers(&hide(text, names));
        for text in [&mut self.process, &mut self.problem, &mut self.plan, &mut self.oversight] {
            conceal(text);
        }
        self.costs.iter_mut().for_each(|cost| conceal(&mut cost.description));
        self
    }

    pub fn prompt(&self) -> serde_json::Result<Prompt> {
        Ok(Prompt { instructions: INSTRUCTIONS.to_owned(), input: serde_json::to_string_pretty(self)? })
    }
}

/// What a model is asked, to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    pub instructions: String,
    pub input: String,
}

impl Prompt {
    /// Of the instructions, a line end, and the input.
    pub fn sha256(&self) -> Vec<u8> {
        Sha256::digest(format!("{}\n{}", self.instructions, self.input)).to_vec()
    }
}

/// `text` with a mask for every mail address and every long number.
fn without_numbers(text: &str) -> String {
    let masked = |word: &str| if is_address(word) { MASK.to_owned() } else { without_long_numbers(word) };
    text.split_inclusive(char::is_whitespace)
        .map(|piece| {
            let word = piece.trim_end();
            masked(word) + &piece[word.len()..]
        })
        .collect()
}

fn is_address(word: &str) -> bool {
    word.split(['@', '＠']).collect::<Vec<_>>().windows(2).any(|sides| {
        let ends = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        ends(sides[0].chars().last()) && ends(sides[1].chars().next())
    })
}

fn without_long_numbers(word: &str) -> String {
    let joins = |c: char| matches!(c, '-' | '.' | '+' | '(' | ')' | '‐'..='―' | '−' | '－');
    let (mut kept, mut run) = (String::new(), String::new());
    let end = |run: &mut String, kept: &mut String| {
        let digits = run.chars().filter(|c| c.is_numeric()).count();
        kept.push_str(if digits >= NUMBER_DIGITS { MASK } else { run });
        run.clear();
    };
    for c in word.chars() {
        if c.is_numeric() || joins(c) {
            run.push(c);
        } else {
            end(&mut run, &mut kept);
            kept.push(c);
        }
    }
    end(&mut run, &mut kept);
    kept
}

/// What came back, as it is kept: there is no place in it for a score or an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    pub summary: String,
    #[serde(default)]
    pub strengths: Vec<String>,
    #[serde(default)]
    pub concerns: Vec<String>,
    #[serde(default)]
    pub questions: Vec<String>,
}

impl Advice {
    /// What a model wrote, if it is what was asked for; some put it between fences.
    pub fn read(text: &str) -> Option<Advice> {
        let (from, to) = (text.find('{')?, text.rfind('}')?);
        let said: Advice = serde_json::from_str(text.get(from..=to)?).ok()?;
        let cleaned = |entries: Vec<String>| -> Option<Vec<String>> {
            let entries: Option<Vec<String>> =
                entries.iter().map(|entry| clean_text(entry, ENTRY_CHARS_MAX).ok()).collect();
            let mut entries = entries?;
            entries.retain(|entry| !entry.is_empty());
            (entries.len() <= ENTRIES_MAX).then_some(entries)
        };
        let advice = Advice {
            summary: clean_text(&said.summary, SUMMARY_CHARS_MAX).ok()?,
            strengths: cleaned(said.strengths)?,
            concerns: cleaned(said.concerns)?,
            questions: cleaned(said.questions)?,
        };
        (!advice.summary.is_empty()).then_some(advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn only_the_steps_of_the_table_are_taken() {
        for from in AdviceState::ALL {
            for name in ["answer", "fail", "accept", "override"] {
                let allowed = matches!(
                    (name, from),
                    ("answer" | "fail", AdviceState::Waiting) | ("accept" | "override", AdviceState::Answered)
                );
                assert_eq!(step(ADVICE_STEPS, name, *from).is_ok(), allowed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn another_text_of_the_instructions_is_another_version() {
        let known = [("1", "01b2bda6f0764c42")];
        let hash = hex::encode(&Sha256::digest(INSTRUCTIONS)[..8]);
        assert_eq!(known.last(), Some(&(PROMPT_VERSION, hash.as_str())));
    }

    #[test]
    fn numbers_and_addresses_of_people_are_masked_and_figures_stay() {
        for told in [
            "kim@hanbit.co.kr",
            "메일(kim.min-su@hanbit.test)로",
            "010-1234-5678",
            "(02)123-4567",
            "+82-10-1234-5678",
            "０１０－１２３４－５６７８",
            "123-45-67890",
            "110-123-456789",
            "1101234567890",
            "사업자번호:1234567890입니다",
        ] {
            let hidden = without_numbers(told);
            assert!(hidden.contains(MASK), "{told}");
            assert!(
                hidden.chars().filter(|c| c.is_numeric()).count() < 4 && !hidden.contains("@h"),
                "{told}: {hidden}"
            );
        }
        for figure in ["120,000,000원", "2027-03-15부터 2027.06.30", "불량률 3.25%에서\n0.85%로", "@ 5", "RTX-4090 2대"]
        {
            assert_eq!(without_numbers(figure), figure);
        }
    }

    #[test]
    fn an_answer_is_taken_only_in_the_form_that_was_asked_for() {
        let read = |text: &str| Advice::read(text);
        let whole = r#"{"summary": " 요약입니다 ", "strengths": ["가", ""], "concerns": [], "questions": ["나"]}"#;
        let advice = read(whole).unwrap();
        assert_eq!((advice.summary.as_str(), advice.strengths.as_slice()), ("요약입니다", &["가".to_owned()][..]));
        assert_eq!(read(&format!("```json\n{whole}\n```")), Some(advice));
        let more = r#"{"summary": "s", "decision": "approve", "score": 100}"#;
        assert_eq!(serde_json::to_string(&read(more).unwrap()).unwrap().matches("approve").count(), 0);
        let long = format!(r#"{{"summary": "{}"}}"#, "가".repeat(SUMMARY_CHARS_MAX + 1));
        let many = format!(r#"{{"summary": "s", "concerns": [{}"x"]}}"#, r#""x","#.repeat(ENTRIES_MAX));
        for wrong in [
            "",
            "}{",
            "approve",
            "[]",
            r#"{"summary": ""}"#,
            r#"{"summary": 1}"#,
            r#"{"strengths": []}"#,
            r#"{"summary": "s", "concerns": "x"}"#,
            "{\"summary\": \"\\u202e\"}",
            "{\"summary\": \"\\u0000\"}",
            &long,
            &many,
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
