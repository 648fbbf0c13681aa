//! A small typed language in which the conditions of a call are written: facts, comparisons, a few functions.
//! Invariant: every text ends in an answer. There are no loops, length and depth are bounded, arithmetic is checked;
//! what a missing fact leaves open is open in the answer too (Kleene), unless the other operand decides.

mod evaluate;
mod parse;
#[cfg(test)]
mod tests;
mod types;

pub use evaluate::{Explanation, Gap, Part};
pub use types::{Type, Value};

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// Characters of one expression.
pub const LENGTH_MAX: usize = 2_000;
/// How deep an expression may be nested.
pub const DEPTH_MAX: usize = 64;

/// Something wrong with a text: what (a key of `words/`), where (characters before it), and about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: &'static str,
    pub at: usize,
    pub what: String,
}

/// What is known when an expression is evaluated. A fact that is not there is missing, never false.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(pub BTreeMap<String, Value>);

impl Facts {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Notes a fact; nothing when it is not known.
    pub fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// The text of the facts, names in order, and its SHA-256: what is frozen beside a result.
    pub fn seal(&self) -> (String, Vec<u8>) {
        use sha2::Digest;
        let text = serde_json::to_string(self).expect("facts are plain values");
        let hash = sha2::Sha256::digest(text.as_bytes()).to_vec();
        (text, hash)
    }
}

/// A text that was parsed: it has the shape of an expression, and is shown as its tree says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expression {
    root: parse::Node,
}

impl Expression {
    /// Parses `text` and checks it against the types of the facts: it must come to yes or no.
    /// Answers every problem with its place.
    pub fn check(text: &str, schema: &impl Fn(&str) -> Option<Type>) -> Result<Expression, Vec<Problem>> {
        let expression: Expression = text.parse().map_err(|problem| vec![problem])?;
        let problems = types::problems(&expression.root, schema);
        if problems.is_empty() { Ok(expression) } else { Err(problems) }
    }

    /// What is wrong with an expression that was stored before, by today's facts.
    pub fn problems(&self, schema: &impl Fn(&str) -> Option<Type>) -> Vec<Problem> {
        types::problems(&self.root, schema)
    }

    /// The facts it speaks of, each once, in the order of the text.
    pub fn facts(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.each_fact(&mut |name| {
            if !names.contains(&name) {
                names.push(name);
            }
        });
        names
    }

    /// Yes, no, or None when what is missing leaves it open. Stops as soon as it can tell.
    pub fn decide(&self, facts: &Facts) -> Option<bool> {
        evaluate::decide(&self.root, facts)
    }

    /// The same answer with everything that was seen on the way.
    pub fn explain(&self, facts: &Facts) -> Explanation {
        evaluate::explain(&self.root, facts)
    }
}

impl FromStr for Expression {
    type Err = Problem;
    fn from_str(text: &str) -> Result<Expression, Problem> {
        Ok(Expression { root: parse::parse(text)? })
    }
}

impl TryFrom<String> for Expression {
    type Error = String;
    fn try_from(text: String) -> Result<Expression, String> {
        text.parse().map_err(|problem: Problem| format!("{} at {}: {text}", problem.key, problem.at))
    }
}

impl From<Expression> for String {
    fn from(expression: Expression) -> String {
        expression.to_string()
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(f)
    }
}

/// Reads one value as it is written in an expression: `"small"`, `20`, `5 won`, `80%`, `2027-03-02`, `true`, `["a"]`.
pub fn read_value(text: &str) -> Option<Value> {
    let expression: Expression = text.parse().ok()?;
    expression.root.literal().cloned()
}
