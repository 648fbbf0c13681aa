//! Two ways to one answer: `decide` stops as soon as it can tell, `explain` looks at everything and says what it saw.
//! A property test holds them together.

use super::{
    Facts,
    parse::{Function, Kind, Node, Op},
    types::Value,
};
use crate::core::money::{BasisPoints, Won};
use chrono::{Datelike, NaiveDate};
use std::{borrow::Cow, cmp::Ordering};

/// Why a part has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// This fact is not known.
    Missing(String),
    /// The sum does not fit.
    Overflow,
    /// The fact is of another type than the expression was checked for.
    WrongType,
}

/// A part of the expression that is yes, no or open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub text: String,
    pub result: Option<bool>,
}

/// An answer and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub result: Option<bool>,
    /// Each fact once, with the value that was seen.
    pub seen: Vec<(String, Option<Value>)>,
    /// Every comparison and connective, from the inside to the outside.
    pub parts: Vec<Part>,
    /// Each reason once for which something stayed open.
    pub gaps: Vec<Gap>,
}

type Found<'a> = Result<Cow<'a, Value>, Gap>;

pub(super) fn decide(root: &Node, facts: &Facts) -> Option<bool> {
    yes_or_no(&value(root, facts, &mut ()))
}

pub(super) fn explain(root: &Node, facts: &Facts) -> Explanation {
    let mut seen: Vec<(String, Option<Value>)> = Vec::new();
    root.each_fact(&mut |name| {
        if !seen.iter().any(|(known, _)| known == name) {
            seen.push((name.to_owned(), facts.get(name).cloned()));
        }
    });
    let mut notes = Notes::default();
    let result = yes_or_no(&value(root, facts, &mut notes));
    Explanation { result, seen, parts: notes.parts, gaps: notes.gaps }
}

/// What a walk does beside finding the value.
trait Walk {
    /// Whether the second operand is looked at although the first decides.
    const WHOLE: bool;
    fn note(&mut self, node: &Node, found: &Found<'_>);
}

impl Walk for () {
    const WHOLE: bool = false;
    fn note(&mut self, _: &Node, _: &Found<'_>) {}
}

#[derive(Default)]
struct Notes {
    parts: Vec<Part>,
    gaps: Vec<Gap>,
}

impl Walk for Notes {
    const WHOLE: bool = true;
    fn note(&mut self, node: &Node, found: &Found<'_>) {
        if let Err(gap) = found
            && !self.gaps.contains(gap)
        {
            self.gaps.push(gap.clone());
        }
        let is_part = match &node.kind {
            Kind::Not(_) | Kind::Between(..) | Kind::Known(_) => true,
            Kind::Binary(op, ..) => !matches!(op, Op::Plus | Op::Minus | Op::Times),
            Kind::Call(function, _) => matches!(function, Function::Empty | Function::Within),
            Kind::Literal(_) | Kind::Fact(_) => false,
        };
        if is_part {
            self.parts.push(Part { text: node.to_string(), result: yes_or_no(found) });
        }
    }
}

fn yes_or_no(found: &Found<'_>) -> Option<bool> {
    match found.as_deref() {
        Ok(Value::Boolean(yes)) => Some(*yes),
        _ => None,
    }
}

fn own<'a>(value: Value) -> Found<'a> {
    Ok(Cow::Owned(value))
}

fn boolean<'a>(yes: bool) -> Found<'a> {
    own(Value::Boolean(yes))
}

fn value<'a, W: Walk>(node: &'a Node, facts: &'a Facts, walk: &mut W) -> Found<'a> {
    let found = match &node.kind {
        Kind::Literal(value) => Ok(Cow::Borrowed(value)),
        Kind::Fact(name) => facts.get(name).map(Cow::Borrowed).ok_or_else(|| Gap::Missing(name.clone())),
        Kind::Known(name) => boolean(facts.get(name).is_some()),
        Kind::Not(inner) => value(inner, facts, walk).and_then(|inner| match inner.as_ref() {
            Value::Boolean(yes) => boolean(!yes),
            _ => Err(Gap::WrongType),
        }),
        Kind::Binary(op @ (Op::And | Op::Or), left, right) => connect(*op, left, right, facts, walk),
        Kind::Binary(op, left, right) => {
            let (left, right) = (value(left, facts, walk), value(right, facts, walk));
            match (left, right) {
                (Ok(left), Ok(right)) => binary(*op, &left, &right),
                (Err(gap), _) | (_, Err(gap)) => Err(gap),
            }
        }
        Kind::Between(inner, low, high) => {
            let (inner, low) = (value(inner, facts, walk), value(low, facts, walk));
            let high = value(high, facts, walk);
            match (inner, low, high) {
                (Ok(inner), Ok(low), Ok(high)) => order(&inner, &low)
                    .and_then(|from| Ok(from.is_ge() && order(&inner, &high)?.is_le()))
                    .and_then(boolean),
                (Err(gap), _, _) | (_, Err(gap), _) | (_, _, Err(gap)) => Err(gap),
            }
        }
        Kind::Call(function, arguments) => {
            let mut values = Vec::with_capacity(arguments.len());
            let mut gap = None;
            for argument in arguments {
                match value(argument, facts, walk) {
                    Ok(value) => values.push(value),
                    Err(found) => gap = gap.or(Some(found)),
                }
            }
            match gap {
                Some(gap) => Err(gap),
                None => call(*function, &values),
            }
        }
    };
    walk.note(node, &found);
    found
}

/// Kleene: what one operand decides, a gap in the other does not undo.
fn connect<'a, W: Walk>(op: Op, left: &'a Node, right: &'a Node, facts: &'a Facts, walk: &mut W) -> Found<'a> {
    let decisive = op == Op::Or;
    let first = value(left, facts, walk);
    if !W::WHOLE && yes_or_no(&first) == Some(decisive) {
        return boolean(decisive);
    }
    let second = value(right, facts, walk);
    match (yes_or_no(&first), yes_or_no(&second)) {
        (Some(yes), _) | (_, Some(yes)) if yes == decisive => boolean(decisive),
        (Some(_), Some(_)) => boolean(!decisive),
        (None, _) => Err(first.err().unwrap_or(Gap::WrongType)),
        (_, None) => Err(second.err().unwrap_or(Gap::WrongType)),
    }
}

fn order(left: &Value, right: &Value) -> Result<Ordering, Gap> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(left.cmp(right)),
        (Value::Won(left), Value::Won(right)) => Ok(left.cmp(right)),
        (Value::Share(left), Value::Share(right)) => Ok(left.cmp(right)),
        (Value::Date(left), Value::Date(right)) => Ok(left.cmp(right)),
        _ => Err(Gap::WrongType),
    }
}

fn binary<'a>(op: Op, left: &Value, right: &Value) -> Found<'a> {
    let same = || if left.kind() == right.kind() { Ok(left == right) } else { Err(Gap::WrongType) };
    match op {
        Op::Equal => boolean(same()?),
        Op::Unequal => boolean(!same()?),
        Op::Less => boolean(order(left, right)?.is_lt()),
        Op::AtMost => boolean(order(left, right)?.is_le()),
        Op::More => boolean(order(left, right)?.is_gt()),
        Op::AtLeast => boolean(order(left, right)?.is_ge()),
        Op::In => match (left, right) {
            (Value::Text(text), Value::List(items)) => boolean(items.contains(text)),
            _ => Err(Gap::WrongType),
        },
        Op::Plus => sum(left, right, i64::checked_add),
        Op::Minus => sum(left, right, i64::checked_sub),
        Op::Times => product(left, right),
        Op::And | Op::Or => Err(Gap::WrongType),
    }
}

fn sum<'a>(left: &Value, right: &Value, add: fn(i64, i64) -> Option<i64>) -> Found<'a> {
    let add = |left, right| add(left, right).ok_or(Gap::Overflow);
    own(match (left, right) {
        (Value::Number(left), Value::Number(right)) => Value::Number(add(*left, *right)?),
        (Value::Won(left), Value::Won(right)) => Value::Won(Won(add(left.0, right.0)?)),
        (Value::Share(left), Value::Share(right)) => Value::Share(BasisPoints(add(left.0, right.0)?)),
        _ => return Err(Gap::WrongType),
    })
}

fn product<'a>(left: &Value, right: &Value) -> Found<'a> {
    let times = |left: i64, right: i64| left.checked_mul(right).ok_or(Gap::Overflow);
    own(match (left, right) {
        (Value::Number(left), Value::Number(right)) => Value::Number(times(*left, *right)?),
        (Value::Number(count), Value::Won(won)) | (Value::Won(won), Value::Number(count)) => {
            Value::Won(Won(times(*count, won.0)?))
        }
        (Value::Number(count), Value::Share(share)) | (Value::Share(share), Value::Number(count)) => {
            Value::Share(BasisPoints(times(*count, share.0)?))
        }
        // Rounded down, as shares of amounts are everywhere.
        (Value::Share(share), Value::Won(won)) | (Value::Won(won), Value::Share(share)) => {
            let part = (i128::from(won.0) * i128::from(share.0)).div_euclid(10_000);
            Value::Won(Won(i64::try_from(part).map_err(|_| Gap::Overflow)?))
        }
        _ => return Err(Gap::WrongType),
    })
}

fn call<'a>(function: Function, values: &[Cow<'_, Value>]) -> Found<'a> {
    let values: Vec<&Value> = values.iter().map(Cow::as_ref).collect();
    match (function, values.as_slice()) {
        (Function::YearsBetween, [Value::Date(from), Value::Date(to)]) => own(Value::Number(months(*from, *to) / 12)),
        (Function::MonthsBetween, [Value::Date(from), Value::Date(to)]) => own(Value::Number(months(*from, *to))),
        (Function::DaysBetween, [Value::Date(from), Value::Date(to)]) => {
            own(Value::Number(to.signed_duration_since(*from).num_days()))
        }
        (Function::Count, [Value::List(items)]) => own(Value::Number(i64::try_from(items.len()).unwrap_or(i64::MAX))),
        (Function::Empty, [Value::List(items)]) => boolean(items.is_empty()),
        (Function::Empty, [Value::Text(text)]) => boolean(text.is_empty()),
        (Function::Within, [Value::List(some), Value::List(all)]) => {
            boolean(some.iter().all(|item| all.contains(item)))
        }
        (Function::ShareOf, [Value::Won(part), Value::Won(whole)]) => own(Value::Share(share_of(*part, *whole)?)),
        (Function::Min | Function::Max, [first, rest @ ..]) => {
            let wanted = if function == Function::Min { Ordering::Less } else { Ordering::Greater };
            let mut found = *first;
            // A lone value that has no order is as wrong as two of them.
            order(found, found)?;
            for value in rest {
                if order(value, found)? == wanted {
                    found = value;
                }
            }
            own(found.clone())
        }
        _ => Err(Gap::WrongType),
    }
}

/// The part of the whole, rounded up: what is over a limit never reads as the limit. Nothing of nothing is 0 %.
fn share_of(part: Won, whole: Won) -> Result<BasisPoints, Gap> {
    if whole.0 <= 0 {
        return Ok(BasisPoints(0));
    }
    let points = (i128::from(part.0) * 10_000 + i128::from(whole.0) - 1).div_euclid(i128::from(whole.0));
    Ok(BasisPoints(i64::try_from(points).map_err(|_| Gap::Overflow)?))
}

/// Whole months from one day to another; negative when the other is earlier.
fn months(from: NaiveDate, to: NaiveDate) -> i64 {
    if to < from {
        return -months(to, from);
    }
    let count = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    count(to) - count(from) - i64::from(to.day() < from.day())
}
