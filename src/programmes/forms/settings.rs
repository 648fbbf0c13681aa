//! What people send about the rules of a call, aspect by aspect. Each form becomes an edit of the rules; what it does
//! not ask stays as it was.

use super::{WON_MAX, share};
use crate::{
    core::{
        form::FormErrors,
        money::{BasisPoints, Won},
        names::fold_digits,
        refusal::Refusal,
    },
    ledger::{CapRule, CapSubject, CapWindow},
    organisations::VatType,
    programmes::rules::*,
    web::form::filled,
};
use serde::Deserialize;

/// An edit of the rules.
pub type Edit = Box<dyn FnOnce(&mut CallRules) -> Result<(), Refusal> + Send>;

pub(super) fn edit(change: impl FnOnce(&mut CallRules) + Send + 'static) -> Edit {
    Box::new(move |rules| {
        change(rules);
        Ok(())
    })
}

/// An optional amount: left empty there is no limit.
fn limit(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<Won> {
    filled(text).map(|text| errors.won(field, text, 1..=WON_MAX))
}

/// How applications are chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneralForm {
    pub version: String,
    pub pass_mark: String,
    pub reviewers: String,
    #[serde(default)]
    pub vat_fundable: Vec<String>,
    #[serde(default)]
    pub supplement: String,
    #[serde(default)]
    pub own_share_deposit: String,
    #[serde(default)]
    pub usage_evidence: String,
    #[serde(default)]
    pub asks_team: String,
}

impl GeneralForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let pass_mark = errors.integer("pass_mark", &self.pass_mark, 0..=100);
        let reviewers = errors.integer("reviewers", &self.reviewers, REVIEWERS_MIN..=REVIEWERS_MAX);
        let vat: Vec<Option<VatType>> =
            self.vat_fundable.iter().map(|code| errors.choice("vat_fundable", code)).collect();
        errors.done(edit(move |rules| {
            rules.pass_mark = pass_mark;
            rules.reviewers = reviewers;
            rules.vat_fundable = VatType::ALL.iter().copied().filter(|one| vat.contains(&Some(*one))).collect();
            rules.stages.supplement = self.supplement == "yes";
            rules.stages.own_share_deposit = self.own_share_deposit == "yes";
            rules.stages.usage_evidence = self.usage_evidence == "yes";
            rules.form.team = self.asks_team == "yes";
        }))
    }
}

/// Every term of a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermsForm {
    pub version: String,
    pub screening_days: String,
    pub supplement_days: String,
    pub objection_days: String,
    pub agreement_answer_days: String,
    pub deposit_days: String,
    pub first_use_days: String,
    pub acceptance_days: String,
    pub claim_check_days: String,
    pub payment_days: String,
    pub reminder_hours: String,
    pub term_months: String,
}

impl TermsForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let mut days = |field, text: &str| errors.integer(field, text, 1..=DAYS_MAX);
        let supplement_days = days("supplement_days", &self.supplement_days);
        let objection_days = days("objection_days", &self.objection_days);
        let agreement_answer_days = days("agreement_answer_days", &self.agreement_answer_days);
        let mut timers = Timers {
            screening_days: days("screening_days", &self.screening_days),
            deposit_days: days("deposit_days", &self.deposit_days),
            first_use_days: days("first_use_days", &self.first_use_days),
            acceptance_days: days("acceptance_days", &self.acceptance_days),
            claim_check_days: days("claim_check_days", &self.claim_check_days),
            payment_days: days("payment_days", &self.payment_days),
            reminder_hours: Vec::new(),
        };
        timers.reminder_hours =
            falling(&mut errors, "reminder_hours", &self.reminder_hours, REMINDER_HOURS_MAX, REMINDERS_MAX);
        let term_months = errors.integer("term_months", &self.term_months, 1..=MONTHS_MAX);
        errors.done(edit(move |rules| {
            rules.supplement_days = supplement_days;
            rules.objection_days = objection_days;
            rules.agreement_answer_days = agreement_answer_days;
            rules.timers = timers;
            rules.term_months = term_months;
        }))
    }
}

/// Reminders, extensions, idle vouchers and the reports to come. A list left empty: nobody is reminded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreementForm {
    pub version: String,
    pub offer_notices: String,
    pub expiry_notices: String,
    pub due_notice: String,
    pub extension_months: String,
    pub idle_percent: String,
    pub idle_warning: String,
    #[serde(default)]
    pub waves: Vec<String>,
}

impl AgreementForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let waves: Vec<Option<Wave>> = self.waves.iter().map(|code| errors.choice("waves", code)).collect();
        if waves.contains(&Some(Wave::Close)) {
            errors.add("waves", "form-choose");
        }
        let agreement = AgreementRules {
            offer_days: falling(&mut errors, "offer_notices", &self.offer_notices, NOTICE_DAYS_MAX, NOTICES_MAX),
            expiry_days: falling(&mut errors, "expiry_notices", &self.expiry_notices, NOTICE_DAYS_MAX, NOTICES_MAX),
            due_days: errors.integer("due_notice", &self.due_notice, 1..=NOTICE_DAYS_MAX),
            extension_months: errors.integer("extension_months", &self.extension_months, 0..=EXTENSION_MONTHS_MAX),
            idle_percent: errors.integer("idle_percent", &self.idle_percent, 1..=100),
            idle_days: errors.integer("idle_warning", &self.idle_warning, 1..=NOTICE_DAYS_MAX),
            waves: Wave::FOLLOWING.iter().copied().filter(|wave| waves.contains(&Some(*wave))).collect(),
        };
        errors.done(edit(move |rules| rules.agreement = agreement))
    }
}

/// Times before something, longest first: `168, 48, 3`. Empty: nobody is reminded.
fn falling(errors: &mut FormErrors, field: &'static str, text: &str, longest: i64, most: usize) -> Vec<i64> {
    let folded = fold_digits(text);
    let parts: Vec<&str> = folded.split([',', ' ']).filter(|part| !part.is_empty()).collect();
    let mut times: Vec<i64> = parts.iter().map(|part| errors.integer(field, part, 1..=longest)).collect();
    times.sort_unstable_by(|one, other| other.cmp(one));
    times.dedup();
    if times.len() > most {
        errors.add_with(field, "programmes-too-many-reminders", vec![("most", most.to_string())]);
    }
    times
}

/// What one size class may have, in the call or in one track.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FundingForm {
    pub version: String,
    pub class: String,
    #[serde(default)]
    pub track: String,
    #[serde(default)]
    pub may_apply: String,
    pub support_max: String,
    pub share_max: String,
    pub own_cash_min: String,
    pub in_kind_max: String,
    #[serde(default)]
    pub own_share_exempt: String,
}

impl FundingForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let class = errors.choice("class", &self.class).unwrap_or(FirmClass::Micro);
        let may_apply = self.may_apply == "yes";
        let rule = may_apply.then(|| FundingRule {
            class,
            support_max_won: errors.won("support_max", &self.support_max, 1..=WON_MAX),
            share_max: share(&mut errors, "share_max", &self.share_max),
            own_cash_min: share(&mut errors, "own_cash_min", &self.own_cash_min),
            in_kind_max: share(&mut errors, "in_kind_max", &self.in_kind_max),
            own_share_exempt: self.own_share_exempt == "yes",
        });
        errors.done(Box::new(move |rules: &mut CallRules| {
            let funding = match filled(&self.track) {
                None => &mut rules.funding,
                Some(code) => {
                    let of_call = rules.funding.clone();
                    let track = rules.tracks.iter_mut().find(|track| track.code == code);
                    track.ok_or_else(Refusal::not_found)?.funding.get_or_insert(of_call)
                }
            };
            funding.retain(|known| known.class != class);
            funding.extend(rule);
            funding.sort_by_key(|rule| rule.class);
            Ok(())
        }))
    }
}

/// One kind of cost.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryForm {
    pub version: String,
    pub category: String,
    #[serde(default)]
    pub allowed: String,
    pub category_share: String,
    pub category_most: String,
}

impl CategoryForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let rule = CategoryRule {
            code: errors.choice("category", &self.category).unwrap_or(CostCategory::Data),
            allowed: errors.choice("allowed", &self.allowed).unwrap_or(Allowance::No),
            share_max: filled(&self.category_share).map(|text| share(&mut errors, "category_share", text)),
            most_won: limit(&mut errors, "category_most", &self.category_most),
        };
        errors.done(edit(move |rules| {
            rules.categories.retain(|known| known.code != rule.code);
            rules.categories.push(rule);
            rules.categories.sort_by_key(|rule| rule.code);
        }))
    }
}

/// One cap. With neither limit there is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapForm {
    pub version: String,
    #[serde(default)]
    pub subject: String,
    #[serde(default)]
    pub window: String,
    pub most_won: String,
    pub most_count: String,
}

impl CapForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let rule = CapRule {
            subject: errors.choice("subject", &self.subject).unwrap_or(CapSubject::Firm),
            window: errors.choice("window", &self.window).unwrap_or(CapWindow::Call),
            most_won: limit(&mut errors, "most_won", &self.most_won),
            most_count: filled(&self.most_count).map(|text| errors.integer("most_count", text, 1..=1_000)),
        };
        errors.done(edit(move |rules| {
            rules.caps.retain(|known| (known.subject, known.window) != (rule.subject, rule.window));
            if rule.most_won.is_some() || rule.most_count.is_some() {
                rules.caps.push(rule);
            }
            rules.caps.sort_by_key(|rule| (rule.subject, rule.window));
        }))
    }
}

/// Who checks payments, and how much of the call one vendor may have. Left empty there is no limit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentForm {
    pub version: String,
    pub second_check_over: String,
    pub third_check_over: String,
    pub vendor_share_max: String,
    pub vendor_count_max: String,
}

impl PaymentForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let payment = PaymentRules {
            second_check_over: limit(&mut errors, "second_check_over", &self.second_check_over),
            third_check_over: limit(&mut errors, "third_check_over", &self.third_check_over),
            vendor_share_max: filled(&self.vendor_share_max).map(|text| share(&mut errors, "vendor_share_max", text)),
            vendor_count_max: filled(&self.vendor_count_max)
                .map(|text| errors.integer("vendor_count_max", text, 1..=1_000)),
        };
        errors.done(edit(move |rules| rules.payment = payment))
    }
}

/// How much one region or sector may have. Left empty it has no envelope.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeForm {
    pub version: String,
    pub envelope: String,
    pub envelope_most: String,
}

impl EnvelopeForm {
    /// `places`: those that there are, named.
    pub fn parse(self, places: &[Envelope]) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let most = limit(&mut errors, "envelope_most", &self.envelope_most);
        let place = places.iter().find(|place| format!("{}:{}", place.subject, place.code) == self.envelope).cloned();
        if place.is_none() {
            errors.add("envelope", "form-choose");
        }
        errors.done(edit(move |rules| {
            let Some(place) = place else { return };
            rules.envelopes.retain(|known| (known.subject, &known.code) != (place.subject, &place.code));
            rules.envelopes.extend(most.map(|most_won| Envelope { most_won, ..place }));
            rules.envelopes.sort_by(|one, other| (one.subject, &one.code).cmp(&(other.subject, &other.code)));
        }))
    }
}

/// Spot checks. Left empty there is none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningForm {
    pub version: String,
    pub spot_check_mille: String,
    pub spot_check_seed: String,
}

impl ScreeningForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let mille = filled(&self.spot_check_mille).map(|text| errors.integer("spot_check_mille", text, 0..=1_000));
        let seed = errors.optional_line("spot_check_seed", &self.spot_check_seed, SEED_MAX);
        errors.done(edit(move |rules| {
            rules.screening = ScreeningRules { spot_check_mille: mille.unwrap_or_default(), spot_check_seed: seed };
        }))
    }
}

/// Paragraphs of the call's own. Left empty, its letters say what every letter says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LettersForm {
    pub version: String,
    pub letter_selected_ko: String,
    pub letter_selected_en: String,
    pub letter_rejected_ko: String,
    pub letter_rejected_en: String,
}

impl LettersForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let letters = LetterRules {
            selected_ko: errors.optional_text("letter_selected_ko", &self.letter_selected_ko, LETTER_MAX),
            selected_en: errors.optional_text("letter_selected_en", &self.letter_selected_en, LETTER_MAX),
            rejected_ko: errors.optional_text("letter_rejected_ko", &self.letter_rejected_ko, LETTER_MAX),
            rejected_en: errors.optional_text("letter_rejected_en", &self.letter_rejected_en, LETTER_MAX),
        };
        errors.done(edit(move |rules| rules.letters = letters))
    }
}

/// One track. Its code, once given, names it; ticked as ended it is taken out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrackForm {
    pub version: String,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub quota: String,
    #[serde(default)]
    pub own_documents: Vec<String>,
    #[serde(default)]
    pub take_out: String,
}

impl TrackForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let code = super::code(&mut errors, &self.code).to_lowercase();
        let name_ko = errors.line("name_ko", &self.name_ko, 60);
        let name_en = errors.line("name_en", &self.name_en, 60);
        let quota_won = limit(&mut errors, "quota", &self.quota);
        errors.done(edit(move |rules| {
            if self.take_out == "yes" {
                rules.tracks.retain(|track| track.code != code);
                return;
            }
            let documents: Vec<DocumentRule> = rules
                .documents
                .iter()
                .map(|rule| DocumentRule { required: self.own_documents.contains(&rule.kind), ..rule.clone() })
                .collect();
            let documents = (documents != rules.documents).then_some(documents);
            match rules.tracks.iter_mut().find(|track| track.code == code) {
                Some(track) => {
                    *track = Track {
                        name_ko,
                        name_en,
                        quota_won,
                        documents,
                        code: code.clone(),
                        funding: track.funding.take(),
                    };
                }
                None => rules.tracks.push(Track { code, name_ko, name_en, quota_won, funding: None, documents }),
            }
        }))
    }
}

/// A share as the form takes it: `80` or `80.5`.
pub fn percent(share: BasisPoints) -> String {
    share.to_string().trim_end_matches('%').to_owned()
}
