//! What people send about programmes, calls and their rules.

pub mod conditions;
mod documents;
mod review;
mod settings;

pub use documents::DocumentForm;
pub use review::*;
pub use settings::*;

use super::{
    ProgrammeId,
    rules::{CallRules, package::Package, simulation::Question},
};
use crate::{
    core::{
        calendar::closing_instant,
        form::FormErrors,
        money::{BasisPoints, Won},
        names::fold_digits,
    },
    web::form::filled,
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

crate::text_enum!(
    /// The two kinds of call a new one begins as.
    Preset {
        ReviewedProject = "reviewed_project",
        CatalogueVoucher = "catalogue_voucher",
    }
);

impl Preset {
    /// Its rules, held to the programme's cap of a firm.
    fn rules(self, firm_cap: Won) -> CallRules {
        let mut rules = match self {
            Preset::ReviewedProject => CallRules::ai_voucher(),
            Preset::CatalogueVoucher => CallRules::catalogue_voucher(),
        };
        rules.funding.iter_mut().for_each(|rule| rule.support_max_won = rule.support_max_won.min(firm_cap));
        rules
    }
}

/// Name, window and budget of a call.
#[derive(Debug, Clone)]
pub struct NewWindow {
    pub name_ko: String,
    pub name_en: String,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
    pub budget: Won,
}

/// What was typed of them.
struct Typed<'a> {
    name_ko: &'a str,
    name_en: &'a str,
    opens_on: &'a str,
    opens_time: &'a str,
    closes_on: &'a str,
    closes_time: &'a str,
    grace_seconds: &'a str,
    budget: &'a str,
}

impl Typed<'_> {
    /// Dates and times are of the programme's zone; a call may not be over before it is prepared.
    fn parse(&self, errors: &mut FormErrors, zone: Tz, now: DateTime<Utc>) -> NewWindow {
        let name_ko = errors.line("name_ko", self.name_ko, 100);
        let name_en = errors.line("name_en", self.name_en, 100);
        let opens_on = errors.date("opens_on", self.opens_on);
        let opens_time = time(errors, "opens_time", self.opens_time);
        let closes_on = errors.date("closes_on", self.closes_on);
        let closes_time = time(errors, "closes_time", self.closes_time);
        let opens_at = closing_instant(opens_on, opens_time, zone);
        let closes_at = closing_instant(closes_on, closes_time, zone);
        let read = |names: &[&str]| !errors.0.iter().any(|trouble| names.contains(&trouble.field));
        if read(&["opens_on", "opens_time", "closes_on", "closes_time"]) && closes_at <= opens_at {
            errors.add("closes_on", "programmes-closes-before-opening");
        } else if read(&["closes_on", "closes_time"]) && closes_at <= now {
            errors.add("closes_on", "programmes-closes-in-past");
        }
        let grace_seconds = errors.integer("grace_seconds", self.grace_seconds, 0..=3_600);
        let budget = errors.won("budget", self.budget, 1..=WON_MAX);
        NewWindow { name_ko, name_en, opens_at, closes_at, grace_seconds, budget }
    }
}

impl NewWindow {
    /// The call of this window with a code and rules.
    pub fn into_call(self, code: String, rules: CallRules) -> NewCall {
        let NewWindow { name_ko, name_en, opens_at, closes_at, grace_seconds, budget } = self;
        NewCall { code, name_ko, name_en, opens_at, closes_at, grace_seconds, budget, rules }
    }
}

macro_rules! typed {
    ($form:expr) => {
        Typed {
            name_ko: &$form.name_ko,
            name_en: &$form.name_en,
            opens_on: &$form.opens_on,
            opens_time: &$form.opens_time,
            closes_on: &$form.closes_on,
            closes_time: &$form.closes_time,
            grace_seconds: &$form.grace_seconds,
            budget: &$form.budget,
        }
    };
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallForm {
    #[serde(default)]
    pub preset: String,
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
    pub fn parse(self, zone: Tz, now: DateTime<Utc>, firm_cap: Won) -> Result<NewCall, FormErrors> {
        let mut errors = FormErrors::new();
        let preset = errors.choice("preset", &self.preset).unwrap_or(Preset::ReviewedProject);
        let code = code(&mut errors, &self.code);
        let window = typed!(self).parse(&mut errors, zone, now);
        errors.done(window.into_call(code, preset.rules(firm_cap)))
    }
}

/// Another name, window or budget of a draft.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowForm {
    pub name_ko: String,
    pub name_en: String,
    pub opens_on: String,
    pub opens_time: String,
    pub closes_on: String,
    pub closes_time: String,
    pub grace_seconds: String,
    pub budget: String,
}

impl WindowForm {
    pub fn parse(self, zone: Tz, now: DateTime<Utc>) -> Result<NewWindow, FormErrors> {
        let mut errors = FormErrors::new();
        let window = typed!(self).parse(&mut errors, zone, now);
        errors.done(window)
    }
}

/// A call made of another one; its rules come with it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyForm {
    pub programme: String,
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

impl CopyForm {
    pub fn parse(
        self,
        zone: Tz,
        now: DateTime<Utc>,
        rules: CallRules,
    ) -> Result<(Option<ProgrammeId>, NewCall), FormErrors> {
        let mut errors = FormErrors::new();
        let programme = errors.choice("programme", &self.programme);
        let code = code(&mut errors, &self.code);
        let window = typed!(self).parse(&mut errors, zone, now);
        errors.done((programme, window.into_call(code, rules)))
    }
}

/// A package and what was ticked beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportForm {
    pub package: String,
    pub step: String,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub unsigned: String,
}

impl ImportForm {
    /// The call that a package makes in this programme, under the code given here.
    pub fn parse(&self, package: &Package, zone: Tz, now: DateTime<Utc>) -> Result<NewCall, FormErrors> {
        let mut errors = FormErrors::new();
        let code = code(&mut errors, &self.code);
        let apart = |text: &str| {
            let (day, time) = text.split_once(' ').unwrap_or((text, ""));
            (day.to_owned(), time.to_owned())
        };
        let ((opens_on, opens_time), (closes_on, closes_time)) = (apart(&package.opens), apart(&package.closes));
        let window = Typed {
            name_ko: &package.name_ko,
            name_en: &package.name_en,
            opens_on: &opens_on,
            opens_time: &opens_time,
            closes_on: &closes_on,
            closes_time: &closes_time,
            grace_seconds: &package.grace_seconds.to_string(),
            budget: &package.budget_won.to_string(),
        }
        .parse(&mut errors, zone, now);
        let mut under_package = FormErrors::new();
        for trouble in errors.0 {
            let field = if trouble.field == "code" { "code" } else { "package" };
            under_package.add_with(field, trouble.key, trouble.args);
        }
        under_package.done(window.into_call(code, package.rules.clone()))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExtensionForm {
    pub closes_on: String,
    pub closes_time: String,
    pub reason: String,
}

impl ExtensionForm {
    pub fn parse(self, zone: Tz) -> Result<(DateTime<Utc>, String), FormErrors> {
        let mut errors = FormErrors::new();
        let closes_on = errors.date("closes_on", &self.closes_on);
        let closes_time = time(&mut errors, "closes_time", &self.closes_time);
        let reason = errors.text("reason", &self.reason, 2_000);
        errors.done((closing_instant(closes_on, closes_time, zone), reason))
    }
}

/// A step that somebody takes on a change, from the version they looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeForm {
    pub version: String,
    pub step: String,
    #[serde(default)]
    pub note: String,
}

impl ChangeForm {
    pub fn parse(self) -> Result<(i64, String, String), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.integer("", &self.version, 0..=i64::MAX);
        let wants_note = matches!(&*self.step, "propose" | "refuse");
        let note = if wants_note { errors.text("note", &self.note, 2_000) } else { String::new() };
        errors.done((version, self.step, note))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionForm {
    pub apply_share: String,
    pub supply: String,
    pub officers: String,
    pub screened_a_day: String,
    #[serde(default)]
    pub track: String,
}

impl QuestionForm {
    pub fn parse(self, days: i64, budget_won: Won) -> Result<Question, FormErrors> {
        let mut errors = FormErrors::new();
        let question = Question {
            apply_share: share(&mut errors, "apply_share", &self.apply_share),
            supply_won: errors.won("supply", &self.supply, 1..=WON_MAX),
            officers: errors.integer("officers", &self.officers, 1..=1_000),
            screened_a_day: errors.integer("screened_a_day", &self.screened_a_day, 1..=1_000),
            days,
            budget_won,
            track: filled(&self.track).map(str::to_owned),
        };
        errors.done(question)
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

/// A code of our own kind: small letters, digits and underscores, beginning with a letter.
fn small_code(errors: &mut FormErrors, field: &'static str, text: &str) -> String {
    let code = errors.line(field, text, 40);
    let well_formed = code.starts_with(|c: char| c.is_ascii_lowercase())
        && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !code.is_empty() && !well_formed {
        errors.add(field, "conditions-code-malformed");
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
