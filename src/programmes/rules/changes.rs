//! What rules say, fact by fact, and what two versions say differently: for the change page and the history.

use super::{
    Allowance, CallRules, CostCategory, DocumentRule, FirmClass, FundingRule, ReviewRules, SelectionMode, Wave,
};
use crate::{
    core::money::{BasisPoints, Won},
    ledger::{CapSubject, CapWindow},
    organisations::VatType,
};

/// How limits of files are said, in bytes.
pub const MEGABYTE: i64 = 1024 * 1024;

/// One rule's value, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleValue {
    /// Not in this version.
    Absent,
    Won(Won),
    Share(BasisPoints),
    Number(i64),
    Megabytes(i64),
    Days(i64),
    Months(i64),
    Hours(Vec<i64>),
    ManyDays(Vec<i64>),
    Waves(Vec<Wave>),
    Yes(bool),
    Selection(SelectionMode),
    Allowed(Allowance),
    Words(String),
}

/// Which of several things of one kind a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    None,
    /// A name in both languages.
    Named(String, String),
    Category(CostCategory),
    Class(FirmClass),
    Vat(VatType),
    Cap(CapSubject, CapWindow),
    /// A class or a document of one track.
    InTrack(String, String, Box<Item>),
}

/// One thing that rules say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The field as forms and `words/` name it.
    pub field: &'static str,
    pub item: Item,
    pub value: RuleValue,
}

/// One thing that two versions of the rules say differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub field: &'static str,
    pub item: Item,
    pub from: RuleValue,
    pub to: RuleValue,
}

/// Everything that `after` says differently from `before`, in the order of the rules.
pub fn differences(before: &CallRules, after: &CallRules) -> Vec<Difference> {
    let (old, new) = (facts(before), facts(after));
    let same = |one: &Fact, other: &Fact| one.field == other.field && one.item == other.item;
    let mut found = Vec::new();
    for fact in &old {
        let to = new.iter().find(|other| same(fact, other)).map_or(RuleValue::Absent, |other| other.value.clone());
        if to != fact.value {
            found.push(Difference { field: fact.field, item: fact.item.clone(), from: fact.value.clone(), to });
        }
    }
    for fact in new {
        if !old.iter().any(|other| same(&fact, other)) {
            found.push(Difference { field: fact.field, item: fact.item, from: RuleValue::Absent, to: fact.value });
        }
    }
    found
}

/// Everything that rules say.
pub fn facts(rules: &CallRules) -> Vec<Fact> {
    use RuleValue::*;
    let mut facts: Vec<Fact> = Vec::new();
    let mut say = |field, item, value| {
        if value != Absent {
            facts.push(Fact { field, item, value });
        }
    };
    say("selection", Item::None, Selection(rules.selection));
    funding_facts(&rules.funding, &|class| Item::Class(class), &mut say);
    for vat in VatType::ALL {
        say("vat_fundable", Item::Vat(*vat), Yes(rules.vat_fundable.contains(vat)));
    }
    for cap in &rules.caps {
        let item = || Item::Cap(cap.subject, cap.window);
        say("most_won", item(), cap.most_won.map_or(Absent, Won));
        say("most_count", item(), cap.most_count.map_or(Absent, Number));
    }
    for track in &rules.tracks {
        say("track", Item::Named(track.name_ko.clone(), track.name_en.clone()), Yes(true));
        say("quota", Item::Named(track.name_ko.clone(), track.name_en.clone()), track.quota_won.map_or(Absent, Won));
        let within = |item| Item::InTrack(track.name_ko.clone(), track.name_en.clone(), Box::new(item));
        funding_facts(track.funding.as_deref().unwrap_or_default(), &|class| within(Item::Class(class)), &mut say);
        for rule in track.documents.iter().flatten() {
            say("documents", within(named(rule)), Yes(rule.required));
        }
    }
    for envelope in &rules.envelopes {
        let field = if envelope.subject == CapSubject::Sector { "sector_envelope" } else { "region_envelope" };
        say(field, Item::Named(envelope.name_ko.clone(), envelope.name_en.clone()), Won(envelope.most_won));
    }
    say("pass_mark", Item::None, Number(rules.pass_mark));
    say("reviewers", Item::None, Number(rules.reviewers));
    for item in &rules.rubric {
        let named = || Item::Named(item.name_ko.clone(), item.name_en.clone());
        say("rubric", named(), Number(item.weight));
        say("minimum", named(), if item.minimum > 0 { Number(item.minimum) } else { Absent });
        let anchors = format!("{}\n{}", item.anchors_ko, item.anchors_en);
        say("anchors", named(), if anchors.trim().is_empty() { Absent } else { Words(anchors) });
    }
    review_facts(&rules.review, &mut say);
    for code in CostCategory::ALL {
        let rule = rules.category(*code);
        say("categories", Item::Category(*code), Allowed(rule.allowed));
        say("category_share", Item::Category(*code), rule.share_max.map_or(Absent, Share));
        say("category_most", Item::Category(*code), rule.most_won.map_or(Absent, Won));
    }
    for rule in &rules.documents {
        say("documents", named(rule), Yes(rule.required));
        say("document_most_mb", named(rule), rule.max_bytes.map_or(Absent, |bytes| Megabytes(bytes / MEGABYTE)));
        say("document_most_pages", named(rule), rule.max_pages.map_or(Absent, Number));
        if !rule.types.is_empty() {
            say("document_types", named(rule), Words(rule.types.join(", ")));
        }
    }
    let timers = &rules.timers;
    for (field, days) in [
        ("screening_days", timers.screening_days),
        ("supplement_days", rules.supplement_days),
        ("objection_days", rules.objection_days),
        ("agreement_answer_days", rules.agreement_answer_days),
        ("deposit_days", timers.deposit_days),
        ("first_use_days", timers.first_use_days),
        ("acceptance_days", timers.acceptance_days),
        ("claim_check_days", timers.claim_check_days),
        ("payment_days", timers.payment_days),
    ] {
        say(field, Item::None, Days(days));
    }
    let payment = &rules.payment;
    say("second_check_over", Item::None, payment.second_check_over.map_or(Absent, Won));
    say("third_check_over", Item::None, payment.third_check_over.map_or(Absent, Won));
    say("vendor_share_max", Item::None, payment.vendor_share_max.map_or(Absent, Share));
    say("vendor_count_max", Item::None, payment.vendor_count_max.map_or(Absent, Number));
    let screening = &rules.screening;
    if screening.spot_check_mille > 0 {
        say("spot_check_mille", Item::None, Number(screening.spot_check_mille));
        say("spot_check_seed", Item::None, Words(screening.spot_check_seed.clone()));
    }
    let letters = &rules.letters;
    for (field, ko, en) in [
        ("letter_selected", &letters.selected_ko, &letters.selected_en),
        ("letter_rejected", &letters.rejected_ko, &letters.rejected_en),
    ] {
        say(field, Item::None, if ko.is_empty() { Absent } else { Words(format!("{ko}\n{en}")) });
    }
    say("reminder_hours", Item::None, Hours(timers.reminder_hours.clone()));
    let agreement = &rules.agreement;
    say("offer_notices", Item::None, ManyDays(agreement.offer_days.clone()));
    say("expiry_notices", Item::None, ManyDays(agreement.expiry_days.clone()));
    say("due_notice", Item::None, Days(agreement.due_days));
    say("extension_months", Item::None, Months(agreement.extension_months));
    say("idle_percent", Item::None, Share(BasisPoints(agreement.idle_percent * 100)));
    say("idle_warning", Item::None, Days(agreement.idle_days));
    say("waves", Item::None, Waves(agreement.waves.clone()));
    say("term_months", Item::None, Months(rules.term_months));
    say("own_share_deposit", Item::None, Yes(rules.stages.own_share_deposit));
    say("supplement", Item::None, Yes(rules.stages.supplement));
    say("usage_evidence", Item::None, Yes(rules.stages.usage_evidence));
    say("asks_team", Item::None, Yes(rules.form.team));
    say("certification", Item::None, Yes(rules.certification));
    for rule in &rules.questions {
        let named = format!("{}.{}", rule.code, rule.version);
        say("questions", Item::Named(named.clone(), named), Yes(rule.required));
    }
    for condition in &rules.conditions {
        let named = Item::Named(condition.name_ko.clone(), condition.name_en.clone());
        say("conditions", named, Words(condition.told().join(" · ")));
    }
    facts
}

fn review_facts(review: &ReviewRules, say: &mut dyn FnMut(&'static str, Item, RuleValue)) {
    use RuleValue::*;
    let over_zero = |number| if number > 0 { Number(number) } else { Absent };
    for (field, value) in [
        ("quorum", Number(review.quorum)),
        ("hide_firm", Yes(review.hide_firm)),
        ("hide_reviewers", Yes(review.hide_reviewers)),
        ("reveal_after", Yes(review.reveal_after)),
        ("spread_max", over_zero(review.spread_max)),
        ("sample_percent", over_zero(review.sample_percent)),
        ("draw_ties", Yes(review.draw_ties)),
        ("second_approval", review.second_approval_won.map_or(Absent, Won)),
        ("third_approval", review.third_approval_won.map_or(Absent, Won)),
        ("undo_days", Days(review.undo_days)),
        ("clarification_days", Days(review.clarification_days)),
        ("promotes_by_itself", Yes(review.promotes_by_itself)),
    ] {
        say(field, Item::None, value);
    }
}

fn named(rule: &DocumentRule) -> Item {
    Item::Named(rule.name_ko.clone(), rule.name_en.clone())
}

fn funding_facts(
    funding: &[FundingRule],
    item: &dyn Fn(FirmClass) -> Item,
    say: &mut dyn FnMut(&'static str, Item, RuleValue),
) {
    for rule in funding {
        say("support_max", item(rule.class), RuleValue::Won(rule.support_max_won));
        say("share_max", item(rule.class), RuleValue::Share(rule.share_max));
        say("own_cash_min", item(rule.class), RuleValue::Share(rule.own_cash_min));
        say("in_kind_max", item(rule.class), RuleValue::Share(rule.in_kind_max));
        say("own_share_exempt", item(rule.class), RuleValue::Yes(rule.own_share_exempt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ledger::CapRule,
        programmes::rules::{RubricItem, Track},
    };

    #[test]
    fn every_change_shows_as_a_difference() {
        let before = CallRules::ai_voucher();
        assert_eq!(differences(&before, &before), []);
        let mut after = before.clone();
        after.pass_mark = 60;
        after.funding[1].share_max = BasisPoints(7_550);
        after.funding.remove(3);
        after.documents[2].required = true;
        after.rubric[0].weight = 10;
        after.rubric.push(RubricItem {
            code: "green".to_owned(),
            name_ko: "친환경".to_owned(),
            name_en: "Green".to_owned(),
            weight: 10,
            minimum: 0,
            anchors_ko: String::new(),
            anchors_en: String::new(),
        });
        after.categories.retain(|rule| rule.code != CostCategory::Staff);
        after.caps.push(CapRule {
            subject: CapSubject::Group,
            window: CapWindow::Lifetime,
            most_won: Some(Won(7)),
            most_count: None,
        });
        after.tracks.push(Track {
            code: "green".to_owned(),
            name_ko: "녹색".to_owned(),
            name_en: "Green".to_owned(),
            quota_won: Some(Won(9)),
            funding: None,
            documents: None,
        });
        after.timers.reminder_hours.pop();
        after.stages.own_share_deposit = false;
        let found = differences(&before, &after);
        let fields: Vec<&str> = found.iter().map(|difference| difference.field).collect();
        let gone = ["support_max", "share_max", "own_cash_min", "in_kind_max", "own_share_exempt"];
        assert_eq!(fields[0], "share_max");
        assert_eq!(fields[1..6], gone, "the rule for mid-sized firms is gone whole");
        assert_eq!(
            fields[6..],
            [
                "pass_mark",
                "rubric",
                "categories",
                "documents",
                "reminder_hours",
                "own_share_deposit",
                "most_won",
                "track",
                "quota",
                "rubric"
            ]
        );
        assert_eq!(found[6].from, RuleValue::Number(70));
        assert_eq!(found[6].to, RuleValue::Number(60));
        // Back again is the same list with its sides changed.
        assert_eq!(differences(&after, &before).len(), found.len());
    }
}
