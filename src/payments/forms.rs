//! What people send about payments.

use super::{
    ProfileId,
    actions::{NewBatch, NewHold, NewMatch, NewProfile},
    rules::{
        Answer, BankResult,
        bank_file::{Columns, Encoding, Format},
        holds::HoldLevel,
        pain001::Version,
        returns::Meaning,
    },
    store::checks::NewAbsence,
};
use crate::{
    core::{form::FormErrors, names::fold_digits, numbers::fold_account},
    web::form::filled,
};
use serde::Deserialize;
use uuid::Uuid;

/// Which batches a list shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub after: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareForm {
    #[serde(default)]
    claims: Vec<String>,
    #[serde(default)]
    profile: String,
    #[serde(default)]
    checker: String,
}

impl PrepareForm {
    pub fn parse(self) -> Result<NewBatch, FormErrors> {
        let mut errors = FormErrors::new();
        if self.claims.is_empty() {
            errors.add("claims", "payments-refusal-none-chosen");
        }
        let claims = self.claims.iter().filter_map(|id| errors.choice("claims", id)).collect();
        let profile: Option<ProfileId> = filled(&self.profile).and_then(|id| errors.choice("profile", id));
        let checker: Option<Uuid> = filled(&self.checker).and_then(|id| errors.choice("checker", id));
        errors.done(NewBatch { claims, profile, checker })
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelForm {
    #[serde(default)]
    note: String,
}

impl CancelForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("note", &self.note, 1_000);
        errors.done(note)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    #[serde(default)]
    result: String,
    #[serde(default)]
    bank_reference: String,
    #[serde(default)]
    note: String,
}

impl AnswerForm {
    pub fn parse(self) -> Result<Answer, FormErrors> {
        let mut errors = FormErrors::new();
        let result: Option<BankResult> = errors.choice("result", &self.result);
        let reference = match result {
            Some(BankResult::Confirmed) => errors.line("bank_reference", &self.bank_reference, 100),
            _ => errors.optional_line("bank_reference", &self.bank_reference, 100),
        };
        let note = match result {
            Some(BankResult::Failed | BankResult::Unknown) => errors.text("note", &self.note, 1_000),
            _ => errors.optional_text("note", &self.note, 1_000),
        };
        let answer = result.and_then(|result| Answer::new(result, &reference, &note));
        match answer {
            Some(answer) => errors.done(answer),
            None => Err(errors),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreeForm {
    #[serde(default)]
    agree: String,
}

impl AgreeForm {
    /// Whether the second person agrees with what the first found out.
    pub fn parse(self) -> Result<bool, FormErrors> {
        let mut errors = FormErrors::new();
        let agree = match self.agree.as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                errors.add("agree", "form-choose");
                false
            }
        };
        errors.done(agree)
    }
}

/// Which holds a list shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HoldsQuery {
    #[serde(default)]
    pub which: String,
    #[serde(default)]
    pub after: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldForm {
    #[serde(default)]
    level: String,
    subject: String,
    reason: String,
    owner: String,
    review_on: String,
}

impl HoldForm {
    pub fn parse(self) -> Result<NewHold, FormErrors> {
        let mut errors = FormErrors::new();
        let level: Option<HoldLevel> = errors.choice("level", &self.level);
        let subject = fold_digits(&errors.line("subject", &self.subject, 60));
        let reason = errors.text("reason", &self.reason, 1_000);
        let owner: Option<Uuid> = errors.choice("owner", &self.owner);
        let review_on = errors.date("review_on", &self.review_on);
        match (level, owner) {
            (Some(level), Some(owner)) => errors.done(NewHold { level, subject, reason, owner, review_on }),
            _ => Err(errors),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchForm {
    #[serde(default)]
    meaning: String,
    #[serde(default)]
    payment: String,
    reason: String,
}

impl MatchForm {
    pub fn parse(self) -> Result<NewMatch, FormErrors> {
        let mut errors = FormErrors::new();
        let meaning: Option<Meaning> = errors.choice("meaning", &self.meaning);
        let payment = match meaning {
            Some(Meaning::Other) => errors.optional_line("payment", &self.payment, 40),
            _ => errors.line("payment", &self.payment, 40),
        };
        let reason = errors.text("reason", &self.reason, 1_000);
        match meaning {
            Some(meaning) => errors.done(NewMatch { meaning, payment: filled(&payment).map(str::to_owned), reason }),
            None => Err(errors),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbsenceForm {
    person: String,
    deputy: String,
    from_on: String,
    to_on: String,
    reason: String,
}

impl AbsenceForm {
    pub fn parse(self) -> Result<NewAbsence, FormErrors> {
        let mut errors = FormErrors::new();
        let person: Option<Uuid> = errors.choice("person", &self.person);
        let deputy: Option<Uuid> = errors.choice("deputy", &self.deputy);
        let from_on = errors.date("from_on", &self.from_on);
        let to_on = errors.date("to_on", &self.to_on);
        let reason = errors.text("reason", &self.reason, 500);
        match (person, deputy) {
            (Some(person), Some(deputy)) => errors.done(NewAbsence { person, deputy, from_on, to_on, reason }),
            _ => Err(errors),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileForm {
    profile_name: String,
    #[serde(default)]
    format: String,
    holder: String,
    bank_code: String,
    account_number: String,
    bic: String,
    columns: String,
    #[serde(default)]
    encoding: String,
}

impl ProfileForm {
    pub fn parse(self) -> Result<NewProfile, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("profile_name", &self.profile_name, 60);
        let format: Option<Format> = errors.choice("format", &self.format);
        let holder = errors.line("holder", &self.holder, 100);
        let bank_code = errors.line("bank_code", &self.bank_code, 3);
        let account_number = fold_account(&self.account_number).unwrap_or_else(|_| {
            errors.add("account_number", "payments-refusal-account-number");
            String::new()
        });
        let bic = filled(&self.bic).map(str::to_uppercase);
        let version = format.and_then(Format::message).unwrap_or(Version::V09);
        if let Some(bic) = bic.as_deref().filter(|bic| !version.takes_bic(bic)) {
            let only_later = Version::V09.takes_bic(bic);
            errors.add("bic", if only_later { "payments-refusal-bic-earlier" } else { "payments-refusal-bic" });
        }
        let mut columns = errors.optional_text("columns", &self.columns, 2_000);
        let mut encoding = Encoding::Utf8;
        if format == Some(Format::Csv) {
            encoding = errors.choice("encoding", &self.encoding).unwrap_or(encoding);
            if Columns::parse(&columns).is_none() {
                errors.add("columns", "payments-refusal-columns");
            }
        } else {
            columns.clear();
        }
        match format {
            Some(format) => {
                errors.done(NewProfile { name, format, holder, bank_code, account_number, bic, columns, encoding })
            }
            None => Err(errors),
        }
    }
}
