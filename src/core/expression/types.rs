//! Types and values, and the check that an expression makes sense of its facts.

use super::{
    Problem,
    parse::{Function, Kind, Node, Op},
};
use crate::core::money::{BasisPoints, Won};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

crate::text_enum!(
    /// What kind of value a fact or a part of an expression is.
    Type {
        Boolean = "boolean",
        Number = "number",
        Won = "won",
        /// Basis points.
        Share = "share",
        Date = "date",
        Text = "text",
        /// Of text.
        List = "list",
    }
);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    Boolean(bool),
    Number(i64),
    Won(Won),
    Share(BasisPoints),
    Date(NaiveDate),
    Text(String),
    List(Vec<String>),
}

impl Value {
    pub fn kind(&self) -> Type {
        match self {
            Value::Boolean(_) => Type::Boolean,
            Value::Number(_) => Type::Number,
            Value::Won(_) => Type::Won,
            Value::Share(_) => Type::Share,
            Value::Date(_) => Type::Date,
            Value::Text(_) => Type::Text,
            Value::List(_) => Type::List,
        }
    }

    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl fmt::Display for Value {
    /// As it is written in an expression.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(yes) => write!(f, "{yes}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Won(won) => write!(f, "{} won", won.0),
            Value::Share(share) => {
                let sign = if share.0 < 0 { "-" } else { "" };
                let points = share.0.unsigned_abs();
                write!(f, "{sign}{}", points / 100)?;
                if points % 100 != 0 {
                    write!(f, ".{:02}", points % 100)?;
                }
                f.write_str("%")
            }
            Value::Date(date) => write!(f, "{date}"),
            Value::Text(text) => quote(f, text),
            Value::List(items) => {
                f.write_str("[")?;
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        f.write_str(", ")?;
                    }
                    quote(f, item)?;
                }
                f.write_str("]")
            }
        }
    }
}

struct Checker<'a, S> {
    schema: &'a S,
    found: Vec<Problem>,
}

/// Everything that does not fit together; the whole must be yes or no.
pub(super) fn problems(root: &Node, schema: &impl Fn(&str) -> Option<Type>) -> Vec<Problem> {
    let mut checker = Checker { schema, found: Vec::new() };
    checker.want(root, Type::Boolean);
    checker.found
}

impl<S: Fn(&str) -> Option<Type>> Checker<'_, S> {
    fn note(&mut self, key: &'static str, at: usize, what: impl ToString) {
        self.found.push(Problem { key, at, what: what.to_string() });
    }

    fn want(&mut self, node: &Node, wanted: Type) {
        if let Some(found) = self.of(node)
            && found != wanted
        {
            self.note("expression-wrong-type", node.at, node);
        }
    }

    /// Both sides, when they are of one type.
    fn same(&mut self, left: &Node, right: &Node) -> Option<Type> {
        let (left_type, right_type) = (self.of(left)?, self.of(right)?);
        if left_type != right_type {
            self.note("expression-types-differ", right.at, right);
            return None;
        }
        Some(left_type)
    }

    fn ordered(&mut self, node: &Node, kind: Type) {
        if matches!(kind, Type::Boolean | Type::Text | Type::List) {
            self.note("expression-not-ordered", node.at, node);
        }
    }

    /// The type of a part; None when it has none, which is noted where it is seen first.
    fn of(&mut self, node: &Node) -> Option<Type> {
        match &node.kind {
            Kind::Literal(value) => Some(value.kind()),
            Kind::Fact(name) | Kind::Known(name) => {
                let kind = (self.schema)(name);
                if kind.is_none() {
                    self.note("expression-no-fact", node.at, name);
                }
                if matches!(node.kind, Kind::Known(_)) { Some(Type::Boolean) } else { kind }
            }
            Kind::Not(inner) => {
                self.want(inner, Type::Boolean);
                Some(Type::Boolean)
            }
            Kind::Binary(op, left, right) => self.binary(*op, left, right),
            Kind::Between(value, low, high) => {
                if let Some(kind) = self.same(value, low) {
                    self.ordered(value, kind);
                }
                self.same(low, high);
                Some(Type::Boolean)
            }
            Kind::Call(function, arguments) => self.call(node, *function, arguments),
        }
    }

    fn binary(&mut self, op: Op, left: &Node, right: &Node) -> Option<Type> {
        match op {
            Op::And | Op::Or => {
                self.want(left, Type::Boolean);
                self.want(right, Type::Boolean);
            }
            Op::Equal | Op::Unequal => {
                self.same(left, right);
            }
            Op::Less | Op::AtMost | Op::More | Op::AtLeast => {
                if let Some(kind) = self.same(left, right) {
                    self.ordered(left, kind);
                }
            }
            Op::In => {
                self.want(left, Type::Text);
                self.want(right, Type::List);
            }
            Op::Plus | Op::Minus => {
                let kind = self.same(left, right)?;
                if !matches!(kind, Type::Number | Type::Won | Type::Share) {
                    self.note("expression-no-arithmetic", left.at, left);
                    return None;
                }
                return Some(kind);
            }
            Op::Times => {
                let kinds = (self.of(left)?, self.of(right)?);
                return match kinds {
                    (Type::Number, kind @ (Type::Number | Type::Won | Type::Share)) => Some(kind),
                    (kind @ (Type::Won | Type::Share), Type::Number) => Some(kind),
                    (Type::Share, Type::Won) | (Type::Won, Type::Share) => Some(Type::Won),
                    _ => {
                        self.note("expression-no-arithmetic", left.at, left);
                        None
                    }
                };
            }
        }
        Some(Type::Boolean)
    }

    fn call(&mut self, node: &Node, function: Function, arguments: &[Node]) -> Option<Type> {
        let (count, result) = match function {
            Function::YearsBetween | Function::MonthsBetween | Function::DaysBetween => (2, Type::Number),
            Function::ShareOf => (2, Type::Share),
            Function::Within => (2, Type::Boolean),
            Function::Count => (1, Type::Number),
            Function::Empty => (1, Type::Boolean),
            Function::Min | Function::Max => (arguments.len().max(2), Type::Boolean),
        };
        if arguments.len() != count {
            self.note("expression-argument-count", node.at, function.name());
            return None;
        }
        let wanted = match function {
            Function::YearsBetween | Function::MonthsBetween | Function::DaysBetween => Type::Date,
            Function::ShareOf => Type::Won,
            Function::Within | Function::Count => Type::List,
            Function::Empty => {
                let kind = self.of(&arguments[0])?;
                if !matches!(kind, Type::Text | Type::List) {
                    self.note("expression-wrong-type", arguments[0].at, &arguments[0]);
                }
                return Some(result);
            }
            Function::Min | Function::Max => {
                let kind = self.of(&arguments[0])?;
                self.ordered(&arguments[0], kind);
                for argument in &arguments[1..] {
                    self.same(&arguments[0], argument);
                }
                return Some(kind);
            }
        };
        for argument in arguments {
            self.want(argument, wanted);
        }
        Some(result)
    }
}
