//! The language as people use it, and as nobody should.

use super::{
    parse::{FUNCTIONS, Kind, Node, Op},
    *,
};
use crate::core::money::{BasisPoints, Won};
use chrono::NaiveDate;
use proptest::prelude::*;

fn schema(name: &str) -> Option<Type> {
    Some(match name {
        "yes" | "no" | "unknown" => Type::Boolean,
        "staff" => Type::Number,
        "cost" => Type::Won,
        "share" => Type::Share,
        "founded" => Type::Date,
        "size" => Type::Text,
        "items" => Type::List,
        _ => return None,
    })
}

fn facts() -> Facts {
    let mut facts = Facts::default();
    facts.put("yes", Some(Value::Boolean(true)));
    facts.put("no", Some(Value::Boolean(false)));
    facts.put("staff", Some(Value::Number(20)));
    facts.put("cost", Some(Value::Won(Won(50_000_000))));
    facts.put("share", Some(Value::Share(BasisPoints(8_000))));
    facts.put("founded", NaiveDate::from_ymd_opt(2015, 3, 31).map(Value::Date));
    facts.put("size", Some(Value::text("small")));
    facts.put("items", Some(Value::List(vec!["data".to_owned(), "staff".to_owned()])));
    facts
}

fn decide(text: &str) -> Option<bool> {
    let expression = Expression::check(text, &schema).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let explained = expression.explain(&facts());
    assert_eq!(explained.result, expression.decide(&facts()), "{text}");
    assert_eq!(expression.to_string().parse::<Expression>().as_ref(), Ok(&expression), "{text}");
    explained.result
}

#[test]
fn conditions_read_as_they_are_written() {
    for text in [
        r#"size in ["micro", "small"]"#,
        "staff >= 20 and staff < 21",
        "cost <= 200_000_000 won",
        "share <= 80% and share > 79.99%",
        "share * cost = 40_000_000 won",
        "2 * cost - 1 won < 100_000_000 won",
        "founded <= 2015-03-31",
        "years_between(founded, 2027-03-30) = 11",
        "years_between(founded, 2027-03-31) = 12",
        "months_between(founded, 2015-04-30) = 0",
        "months_between(2015-05-01, founded) = -1",
        "days_between(2015-03-31, founded) = 0",
        "staff between 20 and 20",
        "min(staff, 3, 7) = 3 and max(cost, 60_000_000 won) = 60_000_000 won",
        "count(items) = 2 and not empty(items)",
        r#"within(items, ["staff", "data", "cloud"])"#,
        "share_of(40_000_000 won, cost) = 80%",
        "share_of(40_000_001 won, cost) > 80%",
        "known(cost) and not known(unknown)",
        "not (no or unknown and no)",
        "no or yes and yes",
        r#"size != "가\"나\\다""#,
        "staff - -5 = 25",
    ] {
        assert_eq!(decide(text), Some(true), "{text}");
    }
}

#[test]
fn a_missing_fact_leaves_open_only_what_it_decides() {
    for (text, answer) in [
        ("unknown", None),
        ("not unknown", None),
        ("unknown and no", Some(false)),
        ("no and unknown", Some(false)),
        ("unknown or yes", Some(true)),
        ("unknown and yes", None),
        ("unknown or no", None),
        // A sum that does not fit leaves it open as well, and says so.
        ("9_223_372_036_854_775_807 + staff > 0", None),
        ("cost * 9_000_000_000_000 > 0 won or yes", Some(true)),
    ] {
        assert_eq!(decide(text), answer, "{text}");
    }
    let seen = "unknown and staff + 9_223_372_036_854_775_807 > 0".parse::<Expression>().unwrap().explain(&facts());
    assert_eq!(seen.gaps, [Gap::Missing("unknown".to_owned()), Gap::Overflow]);
    assert_eq!(seen.seen[0], ("unknown".to_owned(), None));
    assert_eq!(seen.seen[1], ("staff".to_owned(), Some(Value::Number(20))));
    assert_eq!(seen.parts.last().unwrap().result, None);
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    for (text, key, at) in [
        ("", "expression-unfinished", 0),
        ("staff >", "expression-unfinished", 7),
        ("staff > 3 staff", "expression-unexpected", 10),
        ("(staff > 3", "expression-expected", 10),
        ("staff > 3 ; yes", "expression-bad-character", 10),
        ("size = \"small", "expression-open-text", 7),
        ("founded = 2027-02-30", "expression-no-date", 10),
        ("staff > 1.5", "expression-no-decimals", 8),
        ("share > 1.555%", "expression-share-decimals", 8),
        ("staff > 9_223_372_036_854_775_808", "expression-too-large", 8),
        ("loop(3)", "expression-no-function", 0),
        ("known(3)", "expression-expected-fact", 6),
        ("size in [3]", "expression-list-of-text", 9),
        ("between", "expression-unexpected", 0),
        ("staff", "expression-wrong-type", 0),
        ("age > 3", "expression-no-fact", 0),
        ("cost > 3", "expression-types-differ", 7),
        ("size < \"b\"", "expression-not-ordered", 0),
        ("size + \"b\" = \"b\"", "expression-no-arithmetic", 0),
        ("years_between(founded) > 3", "expression-argument-count", 0),
        ("yes and staff", "expression-wrong-type", 8),
    ] {
        let problems = Expression::check(text, &schema).expect_err(text);
        assert_eq!((problems[0].key, problems[0].at), (key, at), "{text}");
    }
    let both = Expression::check("age > 3 and cost > 3", &schema).unwrap_err();
    assert_eq!(both.len(), 2, "all problems at once");
    for deep in [
        format!("{}yes{}", "(".repeat(900), ")".repeat(900)),
        "not ".repeat(400) + "yes",
        "yes or ".repeat(200) + "yes",
    ] {
        assert_eq!(Expression::check(&deep, &schema).unwrap_err()[0].key, "expression-too-deep");
    }
    assert_eq!(Expression::check(&"a".repeat(LENGTH_MAX + 1), &schema).unwrap_err()[0].key, "expression-too-long");
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Number),
        any::<i64>().prop_map(|won| Value::Won(Won(won))),
        (-1_000_000_i64..1_000_000).prop_map(|share| Value::Share(BasisPoints(share))),
        (0_i32..3_000_000).prop_map(|days| Value::Date(NaiveDate::from_num_days_from_ce_opt(days.max(1)).unwrap())),
        "[ -~가-힣]{0,6}".prop_map(Value::Text),
        prop::collection::vec("[ -~]{0,4}", 0..3).prop_map(Value::List),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["yes", "no", "unknown", "staff", "cost", "share", "founded", "size", "items"])
        .prop_map(str::to_owned)
}

/// Any tree at all, well typed or not.
fn trees() -> impl Strategy<Value = Node> {
    let ops = [
        Op::Or,
        Op::And,
        Op::Equal,
        Op::Unequal,
        Op::Less,
        Op::AtMost,
        Op::More,
        Op::AtLeast,
        Op::In,
        Op::Plus,
        Op::Minus,
        Op::Times,
    ];
    let node = |kind| Node { at: 0, kind };
    let leaf = prop_oneof![
        values().prop_map(move |value| node(Kind::Literal(value))),
        names().prop_map(move |name| node(Kind::Fact(name))),
        names().prop_map(move |name| node(Kind::Known(name))),
    ];
    leaf.prop_recursive(5, 40, 3, move |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            boxed.clone().prop_map(move |inner| node(Kind::Not(inner))),
            (prop::sample::select(ops.to_vec()), boxed.clone(), boxed.clone())
                .prop_map(move |(op, left, right)| node(Kind::Binary(op, left, right))),
            (boxed.clone(), boxed.clone(), boxed)
                .prop_map(move |(value, low, high)| node(Kind::Between(value, low, high))),
            (prop::sample::select(FUNCTIONS.to_vec()), prop::collection::vec(inner, 0..4))
                .prop_map(move |((_, function), arguments)| node(Kind::Call(function, arguments))),
        ]
    })
}

fn some_facts() -> impl Strategy<Value = Facts> {
    prop::collection::btree_map(names(), values(), 0..9).prop_map(Facts)
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_run_on(text in "\\PC{0,200}", facts in some_facts()) {
        if let Ok(expression) = text.parse::<Expression>() {
            prop_assert_eq!(expression.decide(&facts), expression.explain(&facts).result);
        }
    }

    #[test]
    fn no_heap_of_words_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "and", "or", "not", "in", "between", "known", "(", ")", "[", "]", ",", "<", "<=", "=", "!=", "+", "-", "*",
            "staff", "size", "cost", "min", "count", "share_of", "\"a\"", "7", "7 won", "80%", "2027-03-02", "true",
        ]), 0..60),
        facts in some_facts(),
    ) {
        let text = words.join(" ");
        if let Ok(expression) = text.parse::<Expression>() {
            prop_assert_eq!(expression.decide(&facts), expression.explain(&facts).result);
            prop_assert_eq!(expression.to_string().parse::<Expression>(), Ok(expression));
        }
        let _ = Expression::check(&text, &schema);
    }

    #[test]
    fn both_ways_come_to_one_answer_and_printing_keeps_the_tree(root in trees(), facts in some_facts()) {
        let expression = Expression { root };
        prop_assert_eq!(expression.decide(&facts), expression.explain(&facts).result);
        let _ = expression.problems(&schema);
        let text = expression.to_string();
        if text.chars().count() <= LENGTH_MAX {
            prop_assert_eq!(text.parse::<Expression>(), Ok(expression), "{}", text);
        }
    }

    #[test]
    fn learning_a_fact_never_overturns_a_decision(root in trees(), facts in some_facts(), name in names()) {
        // `known` asks about knowledge itself; everything else only ever gets clearer.
        let expression = Expression { root };
        let mut less = facts.clone();
        less.0.remove(&name);
        if let Some(decided) = expression.decide(&less)
            && !expression.to_string().contains("known(")
        {
            prop_assert_eq!(expression.decide(&facts), Some(decided));
        }
    }

    #[test]
    fn facts_survive_their_text(facts in some_facts()) {
        let (text, hash) = facts.seal();
        let read: Facts = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &facts);
        prop_assert_eq!(read.seal().1, hash);
    }
}
