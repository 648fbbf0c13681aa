//! What two versions of a call's rules say differently: for the settings page and the history.

use super::{CallRules, CostCategory, DocumentRule, QuestionRule, RubricItem, SelectionMode};
use crate::core::money::{BasisPoints, Won};

/// One rule's value, as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleValue {
    Won(Won),
    Share(BasisPoints),
    Number(i64),
    Days(i64),
    Months(i64),
    Yes(bool),
    Selection(SelectionMode),
}

/// Which of several things of one kind a difference is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    None,
    /// A name in both languages.
    Named(String, String),
    Category(CostCategory),
}

/// One thing that two versions of the rules say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field as forms and `words/` name it.
    pub field: &'static str,
    pub item: Item,
    pub from: RuleValue,
    pub to: RuleValue,
}

/// Everything that `after` says differently from `before`, in the order of the form.
pub fn differences(before: &CallRules, after: &CallRules) -> Vec<Difference> {
    use RuleValue::*;
    let mut found: Vec<Difference> = Vec::new();
    let mut compare = |field, item, from: RuleValue, to: RuleValue| {
        if from != to {
            found.push(Difference { field, item, from, to });
        }
    };
    compare("selection", Item::None, Selection(before.selection), Selection(after.selection));
    compare("support_max", Item::None, Won(before.support_max_won), Won(after.support_max_won));
    compare("share_sme", Item::None, Share(before.share_max_sme), Share(after.share_max_sme));
    compare("share_mid_sized", Item::None, Share(before.share_max_mid_sized), Share(after.share_max_mid_sized));
    compare("large_firms", Item::None, Yes(before.large_firms), Yes(after.large_firms));
    compare("pass_mark", Item::None, Number(before.pass_mark), Number(after.pass_mark));
    compare("reviewers", Item::None, Number(before.reviewers), Number(after.reviewers));
    compare("supplement_days", Item::None, Days(before.supplement_days), Days(after.supplement_days));
    let (from, to) = (before.agreement_answer_days, after.agreement_answer_days);
    compare("agreement_answer_days", Item::None, Days(from), Days(to));
    compare("objection_days", Item::None, Days(before.objection_days), Days(after.objection_days));
    compare("term_months", Item::None, Months(before.term_months), Months(after.term_months));

    let weight = |rules: &CallRules, code: &str| {
        Number(rules.rubric.iter().find(|item| item.code == code).map_or(0, |item| item.weight))
    };
    let mut codes: Vec<&RubricItem> = before.rubric.iter().collect();
    codes.extend(after.rubric.iter().filter(|item| !before.rubric.iter().any(|known| known.code == item.code)));
    for item in codes {
        let named = Item::Named(item.name_ko.clone(), item.name_en.clone());
        compare("rubric", named, weight(before, &item.code), weight(after, &item.code));
    }
    for category in CostCategory::ALL {
        let has = |rules: &CallRules| Yes(rules.categories.contains(category));
        compare("categories", Item::Category(*category), has(before), has(after));
    }
    let required = |rules: &CallRules, kind: &str| Yes(rules.requires(kind));
    let mut kinds: Vec<&DocumentRule> = before.documents.iter().collect();
    kinds.extend(after.documents.iter().filter(|rule| !before.documents.iter().any(|known| known.kind == rule.kind)));
    for rule in kinds {
        let named = Item::Named(rule.name_ko.clone(), rule.name_en.clone());
        compare("documents", named, required(before, &rule.kind), required(after, &rule.kind));
    }
    compare("certification", Item::None, Yes(before.certification), Yes(after.certification));
    compare("in_kind_max", Item::None, Share(before.in_kind_max), Share(after.in_kind_max));
    let asked = |rules: &CallRules, code: &str| {
        // 0: not asked; otherwise the version, negative where an answer is optional.
        let found = rules.questions.iter().find(|rule| rule.code == code);
        Number(found.map_or(0, |rule| if rule.required { rule.version } else { -rule.version }))
    };
    let mut questions: Vec<&QuestionRule> = before.questions.iter().collect();
    questions.extend(after.questions.iter().filter(|q| !before.questions.iter().any(|known| known.code == q.code)));
    for rule in questions {
        let named = Item::Named(rule.code.clone(), rule.code.clone());
        compare("questions", named, asked(before, &rule.code), asked(after, &rule.code));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_shows_as_a_difference() {
        let before = CallRules::ai_voucher();
        assert_eq!(differences(&before, &before), []);
        let mut after = before.clone();
        after.pass_mark = 60;
        after.share_max_sme = BasisPoints(7_550);
        after.documents[2].required = true;
        after.rubric[0].weight = 10;
        after.rubric.push(RubricItem {
            code: "green".to_owned(),
            name_ko: "친환경".to_owned(),
            name_en: "Green".to_owned(),
            weight: 10,
        });
        after.categories.retain(|category| *category != CostCategory::Staff);
        let found = differences(&before, &after);
        let fields: Vec<&str> = found.iter().map(|difference| difference.field).collect();
        assert_eq!(fields, ["share_sme", "pass_mark", "rubric", "rubric", "categories", "documents"]);
        assert_eq!(found[1].from, RuleValue::Number(70));
        assert_eq!(found[1].to, RuleValue::Number(60));
    }
}
