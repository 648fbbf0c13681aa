//! What people send about programmes, calls and their rules.

pub mod conditions;

use super::rules::{CallRules, DAYS_MAX, MONTHS_MAX, REVIEWERS_MAX, REVIEWERS_MIN};
use crate::core::{
    calendar::closing_instant,
    form::FormErrors,
    money::{BasisPoints, Won},
    names::fold_digits,
};
use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;

/// No budget or cap is larger, in won.
const WON_MAX: i64 = 100_000_000_000_000;

/// A programme as it is set up.
#[derive(Debug, Clone)]
pub struct NewProgramme {
    /// Capitals, digits and dashes; once.
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub year: i64,
    /// The most one firm may be committed over all calls of the programme.
    pub firm_cap: Won,
}

/// A call as it is prepared.
#[derive(Debug, Clone)]
pub struct NewCall {
    /// Capitals, digits and dashes; once.
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    /// A submission that began in the window still counts when it ends this many seconds after closing (0 to 3,600).
    pub grace_seconds: i64,
    pub budget: Won,
    pub rules: CallRules,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeForm {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub year: String,
    pub firm_cap: String,
}

impl ProgrammeForm {
    pub fn parse(self) -> Result<NewProgramme, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewProgramme {
            code: code(&mut errors, &self.code),
            name_ko: errors.line("name_ko", &self.name_ko, 100),
            name_en: errors.line("name_en", &self.name_en, 100),
            year: errors.integer("year", &self.year, 2020..=2100),
            firm_cap: errors.won("firm_cap", &self.firm_cap, 1..=WON_MAX),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallForm {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub opens_on: String,
    pub opens_time: String,
    pub closes_on: String,
    pub closes_time: String,
    pub grace_seconds: String,
    pub budget: String,
}

impl CallForm {
    /// Dates and times are of the programme's zone; a call may not be over before it is prepared.
    pub fn parse(self, zone: Tz, now: DateTime<Utc>, firm_cap: Won) -> Result<NewCall, FormErrors> {
        let mut errors = FormErrors::new();
        let code = code(&mut errors, &self.code);
        let name_ko = errors.line("name_ko", &self.name_ko, 100);
        let name_en = errors.line("name_en", &self.name_en, 100);
        let opens_on = errors.date("opens_on", &self.opens_on);
        let opens_time = time(&mut errors, "opens_time", &self.opens_time);
        let closes_on = errors.date("closes_on", &self.closes_on);
        let closes_time = time(&mut errors, "closes_time", &self.closes_time);
        let opens_at = closing_instant(opens_on, opens_time, zone);
        let closes_at = closing_instant(closes_on, closes_time, zone);
        let read = |names: &[&str]| !errors.0.iter().any(|trouble| names.contains(&trouble.field));
        if read(&["opens_on", "opens_time", "closes_on", "closes_time"]) && closes_at <= opens_at {
            errors.add("closes_on", "programmes-closes-before-opening");
        } else if read(&["closes_on", "closes_time"]) && closes_at <= now {
            errors.add("closes_on", "programmes-closes-in-past");
        }
        let mut rules = CallRules::ai_voucher();
        rules.support_max_won = rules.support_max_won.min(firm_cap);
        let new = NewCall {
            code,
            name_ko,
            name_en,
            opens_at,
            closes_at,
            grace_seconds: errors.integer("grace_seconds", &self.grace_seconds, 0..=3_600),
            budget: errors.won("budget", &self.budget, 1..=WON_MAX),
            rules,
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesForm {
    pub version: String,
    pub support_max: String,
    pub share_sme: String,
    pub share_mid_sized: String,
    #[serde(default)]
    pub large_firms: String,
    pub pass_mark: String,
    pub reviewers: String,
    pub supplement_days: String,
    pub agreement_answer_days: String,
    pub objection_days: String,
    pub term_months: String,
    #[serde(default)]
    pub documents: Vec<String>,
}

impl RulesForm {
    /// The version that was looked at and the rules as they are to be; what the form does not ask stays as in `present`.
    pub fn parse(self, present: &CallRules) -> Result<(i64, CallRules), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.integer("", &self.version, 0..=i64::MAX);
        let mut rules = present.clone();
        rules.support_max_won = errors.won("support_max", &self.support_max, 1..=WON_MAX);
        rules.share_max_sme = share(&mut errors, "share_sme", &self.share_sme);
        rules.share_max_mid_sized = share(&mut errors, "share_mid_sized", &self.share_mid_sized);
        rules.large_firms = errors.choice::<String>("large_firms", &self.large_firms).is_some_and(|yes| yes == "yes");
        rules.pass_mark = errors.integer("pass_mark", &self.pass_mark, 0..=100);
        rules.reviewers = errors.integer("reviewers", &self.reviewers, REVIEWERS_MIN..=REVIEWERS_MAX);
        rules.supplement_days = errors.integer("supplement_days", &self.supplement_days, 1..=DAYS_MAX);
        rules.agreement_answer_days =
            errors.integer("agreement_answer_days", &self.agreement_answer_days, 1..=DAYS_MAX);
        rules.objection_days = errors.integer("objection_days", &self.objection_days, 1..=DAYS_MAX);
        rules.term_months = errors.integer("term_months", &self.term_months, 1..=MONTHS_MAX);
        for rule in &mut rules.documents {
            rule.required = self.documents.contains(&rule.kind);
        }
        errors.done((version, rules))
    }
}

/// Capitals, digits and dashes; small letters are folded.
fn code(errors: &mut FormErrors, text: &str) -> String {
    let code = fold_digits(&errors.line("code", text, 20)).to_uppercase();
    if !code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-') {
        errors.add("code", "programmes-code-malformed");
    }
    code
}

/// A time of day written `15:00`.
fn time(errors: &mut FormErrors, field: &'static str, text: &str) -> NaiveTime {
    let text = fold_digits(text.trim());
    if text.is_empty() {
        errors.add(field, "form-required");
        return NaiveTime::MIN;
    }
    NaiveTime::parse_from_str(&text, "%H:%M").unwrap_or_else(|_| {
        errors.add(field, "programmes-not-a-time");
        NaiveTime::MIN
    })
}

/// A share in percent with at most two decimal places.
fn share(errors: &mut FormErrors, field: &'static str, text: &str) -> BasisPoints {
    let before = errors.0.len();
    let milli = errors.milli(field, text.trim().trim_end_matches('%'));
    if errors.0.len() == before && (milli % 10 != 0 || !(0..=100_000).contains(&milli)) {
        errors.add(field, "programmes-share-malformed");
    }
    BasisPoints(milli / 10)
}
