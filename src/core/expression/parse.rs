//! From text to tree and back. Printing a tree and parsing it again gives the same tree.

use super::{DEPTH_MAX, LENGTH_MAX, Problem, types::Value};
use crate::core::money::{BasisPoints, Won};
use chrono::NaiveDate;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    In,
    Plus,
    Minus,
    Times,
}

impl Op {
    fn text(self) -> &'static str {
        match self {
            Op::Or => "or",
            Op::And => "and",
            Op::Equal => "=",
            Op::Unequal => "!=",
            Op::Less => "<",
            Op::AtMost => "<=",
            Op::More => ">",
            Op::AtLeast => ">=",
            Op::In => "in",
            Op::Plus => "+",
            Op::Minus => "-",
            Op::Times => "*",
        }
    }

    /// The higher, the closer it binds.
    fn level(self) -> u8 {
        match self {
            Op::Or => 1,
            Op::And => 2,
            Op::Plus | Op::Minus => 5,
            Op::Times => 6,
            _ => COMPARISON,
        }
    }
}

const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const SUM: u8 = 5;
const SINGLE: u8 = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    YearsBetween,
    MonthsBetween,
    DaysBetween,
    Min,
    Max,
    Count,
    Empty,
    Within,
    ShareOf,
}

pub(super) const FUNCTIONS: &[(&str, Function)] = &[
    ("years_between", Function::YearsBetween),
    ("months_between", Function::MonthsBetween),
    ("days_between", Function::DaysBetween),
    ("min", Function::Min),
    ("max", Function::Max),
    ("count", Function::Count),
    ("empty", Function::Empty),
    ("within", Function::Within),
    ("share_of", Function::ShareOf),
];

impl Function {
    pub(super) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }
}

const KEYWORDS: &[&str] = &["and", "or", "not", "in", "between", "known", "true", "false", "won"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Literal(Value),
    Fact(String),
    Known(String),
    Not(Box<Node>),
    Binary(Op, Box<Node>, Box<Node>),
    Between(Box<Node>, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

/// A part of an expression, and how many characters stand before it.
#[derive(Debug, Clone, Eq)]
pub(super) struct Node {
    pub at: usize,
    pub kind: Kind,
}

/// Where a part stood in the text is not part of what it says.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    pub(super) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Literal(_) | Kind::Fact(_) | Kind::Known(_) => Vec::new(),
            Kind::Not(inner) => vec![inner],
            Kind::Binary(_, left, right) => vec![left, right],
            Kind::Between(value, low, high) => vec![value, low, high],
            Kind::Call(_, arguments) => arguments.iter().collect(),
        }
    }

    pub(super) fn each_fact<'a>(&'a self, see: &mut impl FnMut(&'a str)) {
        if let Kind::Fact(name) | Kind::Known(name) = &self.kind {
            see(name);
        }
        for child in self.children() {
            child.each_fact(see);
        }
    }

    pub(super) fn literal(&self) -> Option<&Value> {
        match &self.kind {
            Kind::Literal(value) => Some(value),
            _ => None,
        }
    }

    fn depth(&self) -> usize {
        1 + self.children().into_iter().map(Node::depth).max().unwrap_or(0)
    }

    fn level(&self) -> u8 {
        match &self.kind {
            Kind::Not(_) => NOT,
            Kind::Binary(op, ..) => op.level(),
            Kind::Between(..) => COMPARISON,
            _ => SINGLE,
        }
    }

    /// Writes the part, in parentheses when it binds less than its place asks.
    fn write(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.level() < least {
            f.write_str("(")?;
            self.write(f, 0)?;
            return f.write_str(")");
        }
        match &self.kind {
            Kind::Literal(value) => write!(f, "{value}"),
            Kind::Fact(name) => f.write_str(name),
            Kind::Known(name) => write!(f, "known({name})"),
            Kind::Not(inner) => {
                f.write_str("not ")?;
                inner.write(f, NOT)
            }
            Kind::Binary(op, left, right) => {
                let comparison = op.level() == COMPARISON;
                left.write(f, if comparison { SUM } else { op.level() })?;
                write!(f, " {} ", op.text())?;
                right.write(f, op.level() + 1)
            }
            Kind::Between(value, low, high) => {
                value.write(f, SUM)?;
                f.write_str(" between ")?;
                low.write(f, SUM)?;
                f.write_str(" and ")?;
                high.write(f, SUM)
            }
            Kind::Call(function, arguments) => {
                write!(f, "{}(", function.name())?;
                for (place, argument) in arguments.iter().enumerate() {
                    if place > 0 {
                        f.write_str(", ")?;
                    }
                    argument.write(f, 0)?;
                }
                f.write_str(")")
            }
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// Digits as they stand.
    Digits(String),
    Date(NaiveDate),
    /// Basis points.
    Share(i64),
    Text(String),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "(", ")", "[", "]", ","];

fn problem(key: &'static str, at: usize, what: impl ToString) -> Problem {
    Problem { key, at, what: what.to_string() }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, Problem> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LENGTH_MAX {
        return Err(problem("expression-too-long", LENGTH_MAX, LENGTH_MAX));
    }
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (start, c) = (at, chars[at]);
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let run = |from: usize, part: fn(char) -> bool| -> usize {
            chars[from..].iter().take_while(|c| part(**c)).count() + from
        };
        let token = if c.is_ascii_lowercase() {
            at = run(at, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            Token::Word(chars[start..at].iter().collect())
        } else if c.is_ascii_digit() {
            at = run(at, |c| c.is_ascii_digit() || c == '_');
            let digits: String = chars[start..at].iter().filter(|c| **c != '_').collect();
            number(&chars, start, &mut at, digits)?
        } else if c == '"' {
            let (token, end) = quoted(&chars, at)?;
            at = end;
            token
        } else {
            let ahead: String = chars[at..chars.len().min(at + 2)].iter().collect();
            let sign = SIGNS.iter().find(|sign| ahead.starts_with(**sign));
            let sign = sign.ok_or_else(|| problem("expression-bad-character", at, c))?;
            at += sign.len();
            Token::Sign(sign)
        };
        found.push((start, token));
    }
    Ok(found)
}

/// What begins with digits: a date, a share, or a number.
fn number(chars: &[char], start: usize, at: &mut usize, digits: String) -> Result<Token, Problem> {
    let is_date = *at - start == 4 && chars.get(*at) == Some(&'-') && chars.get(*at + 3) == Some(&'-');
    if is_date && chars.len() >= start + 10 {
        let text: String = chars[start..start + 10].iter().collect();
        if text.chars().filter(char::is_ascii_digit).count() == 8 {
            *at = start + 10;
            let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d");
            return date.map(Token::Date).map_err(|_| problem("expression-no-date", start, text));
        }
    }
    let mut decimals = String::new();
    if chars.get(*at) == Some(&'.') {
        decimals = chars[*at + 1..].iter().take_while(|c| c.is_ascii_digit()).collect();
        *at += 1 + decimals.len();
    }
    if chars.get(*at) == Some(&'%') {
        *at += 1;
        let too_large = || problem("expression-too-large", start, &digits);
        if decimals.len() > 2 {
            return Err(problem("expression-share-decimals", start, decimals));
        }
        let points: i64 = format!("{digits}{decimals:0<2}").parse().map_err(|_| too_large())?;
        return Ok(Token::Share(points));
    }
    if !decimals.is_empty() || chars.get(at.wrapping_sub(1)) == Some(&'.') {
        return Err(problem("expression-no-decimals", start, format!("{digits}.{decimals}")));
    }
    Ok(Token::Digits(digits))
}

fn quoted(chars: &[char], start: usize) -> Result<(Token, usize), Problem> {
    let mut text = String::new();
    let mut at = start + 1;
    loop {
        match chars.get(at) {
            None => return Err(problem("expression-open-text", start, "\"")),
            Some('"') => return Ok((Token::Text(text), at + 1)),
            Some('\\') => match chars.get(at + 1) {
                Some(escaped @ ('"' | '\\')) => {
                    text.push(*escaped);
                    at += 2;
                }
                _ => return Err(problem("expression-bad-character", at, "\\")),
            },
            Some(c) if c.is_control() => return Err(problem("expression-bad-character", at, "?")),
            Some(c) => {
                text.push(*c);
                at += 1;
            }
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Node, Problem> {
    let tokens = tokens(text)?;
    let end = text.chars().count();
    let mut parser = Parser { tokens, place: 0, depth: 0, end };
    let node = parser.any()?;
    if let Some((at, token)) = parser.tokens.get(parser.place) {
        return Err(problem("expression-unexpected", *at, shown(token)));
    }
    if node.depth() > DEPTH_MAX {
        return Err(problem("expression-too-deep", 0, DEPTH_MAX));
    }
    Ok(node)
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Digits(text) => text.clone(),
        Token::Text(text) => format!("\"{text}\""),
        Token::Date(date) => date.to_string(),
        Token::Share(points) => Value::Share(BasisPoints(*points)).to_string(),
        Token::Sign(sign) => (*sign).to_owned(),
    }
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    place: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn at(&self) -> usize {
        self.tokens.get(self.place).map_or(self.end, |(at, _)| *at)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place).map(|(_, token)| token)
    }

    fn is(&self, sign: &str) -> bool {
        match self.peek() {
            Some(Token::Sign(found)) => *found == sign,
            Some(Token::Word(found)) => found == sign,
            _ => false,
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.place += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), Problem> {
        if self.take(sign) { Ok(()) } else { Err(problem("expression-expected", self.at(), sign)) }
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Parser) -> Result<T, Problem>) -> Result<T, Problem> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(problem("expression-too-deep", self.at(), DEPTH_MAX));
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// A chain of operators of one level, from left to right.
    fn chain(&mut self, ops: &[Op], next: impl Fn(&mut Parser) -> Result<Node, Problem>) -> Result<Node, Problem> {
        let mut left = next(self)?;
        while let Some(op) = ops.iter().find(|op| self.is(op.text())) {
            self.place += 1;
            let right = next(self)?;
            left = Node { at: left.at, kind: Kind::Binary(*op, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn any(&mut self) -> Result<Node, Problem> {
        self.deeper(|parser| parser.chain(&[Op::Or], |parser| parser.chain(&[Op::And], Parser::negation)))
    }

    fn negation(&mut self) -> Result<Node, Problem> {
        let at = self.at();
        if !self.take("not") {
            return self.comparison();
        }
        let inner = self.deeper(Parser::negation)?;
        Ok(Node { at, kind: Kind::Not(Box::new(inner)) })
    }

    fn comparison(&mut self) -> Result<Node, Problem> {
        const OPS: [Op; 7] = [Op::Equal, Op::Unequal, Op::AtMost, Op::AtLeast, Op::Less, Op::More, Op::In];
        let left = self.sum()?;
        let at = left.at;
        if self.take("between") {
            let low = self.sum()?;
            self.expect("and")?;
            let high = self.sum()?;
            return Ok(Node { at, kind: Kind::Between(Box::new(left), Box::new(low), Box::new(high)) });
        }
        let Some(op) = OPS.into_iter().find(|op| self.is(op.text())) else { return Ok(left) };
        self.place += 1;
        let right = self.sum()?;
        Ok(Node { at, kind: Kind::Binary(op, Box::new(left), Box::new(right)) })
    }

    fn sum(&mut self) -> Result<Node, Problem> {
        self.chain(&[Op::Plus, Op::Minus], |parser| parser.chain(&[Op::Times], Parser::single))
    }

    fn single(&mut self) -> Result<Node, Problem> {
        let at = self.at();
        let Some(token) = self.peek().cloned() else { return Err(problem("expression-unfinished", at, "")) };
        self.place += 1;
        let kind = match token {
            Token::Date(date) => Kind::Literal(Value::Date(date)),
            Token::Share(points) => Kind::Literal(Value::Share(BasisPoints(points))),
            Token::Text(text) => Kind::Literal(Value::Text(text)),
            Token::Digits(digits) => Kind::Literal(self.amount(at, &digits, "")?),
            Token::Sign("-") => self.negative(at)?,
            Token::Sign("[") => Kind::Literal(Value::List(self.list()?)),
            Token::Sign("(") => {
                let inner = self.any()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Word(word) => self.word(at, &word)?,
            Token::Sign(sign) => return Err(problem("expression-unexpected", at, sign)),
        };
        Ok(Node { at, kind })
    }

    fn negative(&mut self, at: usize) -> Result<Kind, Problem> {
        let token = self.peek().cloned();
        self.place += 1;
        match token {
            Some(Token::Digits(digits)) => Ok(Kind::Literal(self.amount(at, &digits, "-")?)),
            Some(Token::Share(points)) => Ok(Kind::Literal(Value::Share(BasisPoints(-points)))),
            _ => Err(problem("expression-unexpected", at, "-")),
        }
    }

    fn amount(&mut self, at: usize, digits: &str, sign: &str) -> Result<Value, Problem> {
        let number: i64 = format!("{sign}{digits}").parse().map_err(|_| problem("expression-too-large", at, digits))?;
        Ok(if self.take("won") { Value::Won(Won(number)) } else { Value::Number(number) })
    }

    fn list(&mut self) -> Result<Vec<String>, Problem> {
        let mut items = Vec::new();
        while !self.take("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            match self.peek().cloned() {
                Some(Token::Text(text)) => items.push(text),
                _ => return Err(problem("expression-list-of-text", self.at(), "")),
            }
            self.place += 1;
        }
        Ok(items)
    }

    fn word(&mut self, at: usize, word: &str) -> Result<Kind, Problem> {
        match word {
            "true" | "false" => Ok(Kind::Literal(Value::Boolean(word == "true"))),
            "known" => {
                self.expect("(")?;
                let place = self.at();
                let Some(Token::Word(name)) = self.peek().cloned() else {
                    return Err(problem("expression-expected-fact", place, ""));
                };
                if KEYWORDS.contains(&name.as_str()) {
                    return Err(problem("expression-expected-fact", place, name));
                }
                self.place += 1;
                self.expect(")")?;
                Ok(Kind::Known(name))
            }
            _ if KEYWORDS.contains(&word) => Err(problem("expression-unexpected", at, word)),
            _ if self.is("(") => {
                let found = FUNCTIONS.iter().find(|(name, _)| *name == word);
                let (_, function) = found.ok_or_else(|| problem("expression-no-function", at, word))?;
                self.place += 1;
                let mut arguments = Vec::new();
                while !self.take(")") {
                    if !arguments.is_empty() {
                        self.expect(",")?;
                    }
                    arguments.push(self.any()?);
                }
                Ok(Kind::Call(*function, arguments))
            }
            _ => Ok(Kind::Fact(word.to_owned())),
        }
    }
}
