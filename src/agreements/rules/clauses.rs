//! The clauses of agreements: texts in both languages with places that the agreement fills, some of them only where
//! they concern it. The same clauses and values always make the same text.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};
use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// Which agreements carry a clause.
    When {
        Always = "always",
        /// The firm pays a share of its own.
        OwnShare = "own_share",
        /// The call asks for evidence that the solution is used.
        UsageEvidence = "usage_evidence",
    }
);

crate::text_enum!(
    /// Where a change of the clauses stands.
    ClauseChangeState {
        Preparing = "preparing",
        Proposed = "proposed",
        Adopted = "adopted",
        Refused = "refused",
        Dropped = "dropped",
    }
);

const EDITORS: &[Role] = &[Role::Admin, Role::Manager];

pub const CLAUSE_STEPS: &[Step<ClauseChangeState>] = {
    use ClauseChangeState::*;
    &[
        Step { name: "propose", from: Preparing, to: Proposed, by: EDITORS, note: Note::Required },
        Step { name: "adopt", from: Proposed, to: Adopted, by: EDITORS, note: Note::None },
        Step { name: "refuse", from: Proposed, to: Refused, by: EDITORS, note: Note::Required },
        Step { name: "drop", from: Preparing, to: Dropped, by: EDITORS, note: Note::None },
        Step { name: "drop", from: Proposed, to: Dropped, by: EDITORS, note: Note::None },
    ]
};

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    pub code: String,
    pub applies: When,
    pub heading_ko: String,
    pub heading_en: String,
    pub text_ko: String,
    pub text_en: String,
}

pub const CLAUSES_MAX: usize = 40;

/// What a clause may leave to the agreement, written `{support}`.
pub const PLACEHOLDERS: &[&str] =
    &["firm", "vendor", "total", "support", "own", "starts_on", "ends_on", "deposit_days", "acceptance_days"];

/// The first place of a text that no agreement fills.
pub fn unknown_placeholder(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let place = rest[at..].strip_prefix('{').and_then(|after| after.split_once('}'));
        match place {
            Some((name, after)) if PLACEHOLDERS.contains(&name) => rest = after,
            _ => return Some(rest[at..].chars().take(20).collect()),
        }
    }
    None
}

/// The text with its places filled; values are never read for places again.
pub fn fill(text: &str, values: &[(&str, String)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}') {
            Some((name, after)) if values.iter().any(|(known, _)| *known == name) => {
                filled.extend(values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()));
                rest = after;
            }
            _ => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn places_are_known_and_filled_once() {
        let values = [("firm", "{vendor}".to_owned()), ("support", "80,000,000".to_owned())];
        assert_eq!(fill("{firm}: {support}원 {own}", &values), "{vendor}: 80,000,000원 {own}");
        assert_eq!(unknown_placeholder("{firm} 은 {support}원"), None);
        assert_eq!(unknown_placeholder("{frim}").as_deref(), Some("{frim}"));
        assert_eq!(unknown_placeholder("a } b").as_deref(), Some("} b"));
        assert_eq!(unknown_placeholder("{firm").as_deref(), Some("{firm"));
    }

    #[test]
    fn only_the_steps_of_the_table_are_taken() {
        use ClauseChangeState::*;
        let allowed = [
            (Preparing, Proposed),
            (Proposed, Adopted),
            (Proposed, Refused),
            (Preparing, Dropped),
            (Proposed, Dropped),
        ];
        for from in ClauseChangeState::ALL {
            for to in ClauseChangeState::ALL {
                let is = CLAUSE_STEPS.iter().any(|step| step.from == *from && step.to == *to);
                assert_eq!(is, allowed.contains(&(*from, *to)), "{from} -> {to}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_text_without_places_stays_as_it_is(text in "[^{}]{0,200}") {
            prop_assert_eq!(fill(&text, &[("firm", "x".to_owned())]), text.clone());
            prop_assert_eq!(unknown_placeholder(&text), None);
        }
    }
}
