//! The rules of one version of a call, as they are stored; what makes them sound; the two presets.
//! Amounts in won, shares in basis points, terms in days. Versions stored before a field was there still read.

use super::{
    AgreementRules, Condition, CostCategory, Envelope, FirmClass, FormRules, FundingRule, LetterRules, PLACES,
    PaymentRules, ReviewRules, RubricItem, ScreeningRules, SelectionMode, Wave, by_groups, conditions,
    rubric::{self, CRITERIA_MAX},
};
use crate::{
    core::{
        money::{BasisPoints, Won},
        refusal::Refusal,
    },
    ledger::{CapRule, CapSubject},
    organisations::VatType,
};
use serde::{Deserialize, Serialize};

pub const REVIEWERS_MIN: i64 = 3;
pub const REVIEWERS_MAX: i64 = 7;
pub const DAYS_MAX: i64 = 365;
pub const MONTHS_MAX: i64 = 60;
pub const TRACKS_MAX: usize = 12;
pub const CAPS_MAX: usize = 12;
/// Terms of a reminder: at most this many, each at most this many hours before closing.
pub const REMINDERS_MAX: usize = 6;
pub const REMINDER_HOURS_MAX: i64 = 24 * 60;

/// The rules of one version of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct CallRules {
    pub selection: SelectionMode,
    /// What each size class may have; a class that is not there may not apply.
    pub funding: Vec<FundingRule>,
    /// The firms whose VAT is fundable, by how they are taxed.
    pub vat_fundable: Vec<VatType>,
    /// Beside the programme's cap of a firm, which always holds.
    pub caps: Vec<CapRule>,
    /// None: the call itself is the one track.
    pub tracks: Vec<Track>,
    /// Points of 100 (in whole points) below which nobody is selected.
    pub pass_mark: i64,
    pub reviewers: i64,
    pub rubric: Vec<RubricItem>,
    pub categories: Vec<CategoryRule>,
    pub documents: Vec<DocumentRule>,
    pub supplement_days: i64,
    pub agreement_answer_days: i64,
    pub objection_days: i64,
    /// From agreement to the end of the work.
    pub term_months: i64,
    pub timers: Timers,
    pub stages: Stages,
    /// Who may apply, be agreed with and be paid.
    pub conditions: Vec<Condition>,
    /// Whether a second person of the firm certifies what is submitted.
    pub certification: bool,
    /// Questions beside the fixed form, in the order in which they are asked.
    pub questions: Vec<QuestionRule>,
    pub review: ReviewRules,
    pub payment: PaymentRules,
    pub screening: ScreeningRules,
    pub letters: LetterRules,
    pub form: FormRules,
    pub agreement: AgreementRules,
    /// Of regions and sectors, beside the quotas of tracks.
    pub envelopes: Vec<Envelope>,
}

/// A question of the library that a call asks, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionRule {
    pub code: String,
    pub version: i64,
    pub required: bool,
}

/// Terms that a call sets beside those above, in business days but for `reminder_hours`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timers {
    /// From submission to the end of screening.
    pub screening_days: i64,
    /// From agreement to the deposit of the own share.
    pub deposit_days: i64,
    /// From the issue of the voucher to its first use.
    pub first_use_days: i64,
    /// From delivery to acceptance.
    pub acceptance_days: i64,
    /// From a claim to its answer.
    pub claim_check_days: i64,
    /// From the approval of a claim to its payment.
    pub payment_days: i64,
    /// Before closing, to those who have not submitted; longest first.
    pub reminder_hours: Vec<i64>,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers {
            screening_days: 10,
            deposit_days: 10,
            first_use_days: 40,
            acceptance_days: 10,
            claim_check_days: 7,
            payment_days: 10,
            reminder_hours: vec![7 * 24, 2 * 24, 3],
        }
    }
}

/// Stages that a call asks for or skips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stages {
    /// The voucher is issued only when the whole own share has been deposited.
    pub own_share_deposit: bool,
    /// A claim is approved only after its vendor showed that the solution is used.
    pub usage_evidence: bool,
    /// What is missing may be supplemented after closing; else what was submitted is what is judged.
    pub supplement: bool,
}

impl Default for Stages {
    fn default() -> Stages {
        Stages { own_share_deposit: true, usage_evidence: false, supplement: true }
    }
}

/// One track: a budget of its own within the call's, and rules that differ from the call's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    /// The most of the call's budget that this track may take.
    pub quota_won: Option<Won>,
    /// None: as the call says.
    #[serde(default)]
    pub funding: Option<Vec<FundingRule>>,
    #[serde(default)]
    pub documents: Option<Vec<DocumentRule>>,
}

/// A document that an application carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRule {
    pub kind: String,
    pub name_ko: String,
    pub name_en: String,
    pub required: bool,
    /// The largest file; the service's own limit where the call names none.
    #[serde(default)]
    pub max_bytes: Option<i64>,
    /// Endings that are taken, as `pdf`; empty for every kind that the service takes.
    #[serde(default)]
    pub types: Vec<String>,
    /// The most pages of a PDF.
    #[serde(default)]
    pub max_pages: Option<i64>,
}

crate::text_enum!(
    /// Whether a kind of cost may be funded.
    Allowance {
        Yes = "yes",
        /// An officer looks at it first.
        PriorApproval = "prior_approval",
        No = "no",
    }
);

/// A kind of cost, whether it may be funded, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryRule {
    pub code: CostCategory,
    pub allowed: Allowance,
    /// The largest part of the whole cost.
    pub share_max: Option<BasisPoints>,
    pub most_won: Option<Won>,
}

impl CategoryRule {
    pub fn plain(code: CostCategory) -> CategoryRule {
        CategoryRule { code, allowed: Allowance::Yes, share_max: None, most_won: None }
    }

    /// Whether `amount` of a cost of `total` is within both ceilings.
    pub fn within(&self, amount: Won, total: Won) -> bool {
        let share = |share: BasisPoints| i128::from(amount.0) * 10_000 <= i128::from(total.0) * i128::from(share.0);
        self.share_max.is_none_or(share) && self.most_won.is_none_or(|most| amount <= most)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StoredCategory {
    Code(CostCategory),
    Rule(CategoryRule),
}

/// As any version of this program wrote it.
#[derive(Deserialize)]
struct Stored {
    selection: SelectionMode,
    #[serde(default)]
    funding: Vec<FundingRule>,
    support_max_won: Option<Won>,
    share_max_sme: Option<BasisPoints>,
    share_max_mid_sized: Option<BasisPoints>,
    #[serde(default)]
    large_firms: bool,
    #[serde(default)]
    vat_fundable: Vec<VatType>,
    #[serde(default)]
    caps: Vec<CapRule>,
    #[serde(default)]
    tracks: Vec<Track>,
    pass_mark: i64,
    reviewers: i64,
    rubric: Vec<RubricItem>,
    categories: Vec<StoredCategory>,
    documents: Vec<DocumentRule>,
    supplement_days: i64,
    agreement_answer_days: i64,
    objection_days: i64,
    term_months: i64,
    #[serde(default)]
    timers: Timers,
    #[serde(default)]
    stages: Stages,
    #[serde(default = "conditions::standard")]
    conditions: Vec<Condition>,
    #[serde(default)]
    certification: bool,
    #[serde(default)]
    questions: Vec<QuestionRule>,
    #[serde(default)]
    review: ReviewRules,
    #[serde(default)]
    payment: PaymentRules,
    #[serde(default)]
    screening: ScreeningRules,
    #[serde(default)]
    letters: LetterRules,
    #[serde(default)]
    form: FormRules,
    #[serde(default)]
    agreement: AgreementRules,
    #[serde(default)]
    envelopes: Vec<Envelope>,
}

impl From<Stored> for CallRules {
    fn from(stored: Stored) -> CallRules {
        let before = match (stored.support_max_won, stored.share_max_sme, stored.share_max_mid_sized) {
            (Some(most), Some(sme), Some(mid_sized)) => by_groups(most, sme, mid_sized, stored.large_firms),
            _ => Vec::new(),
        };
        let rule = |category| match category {
            StoredCategory::Code(code) => CategoryRule::plain(code),
            StoredCategory::Rule(rule) => rule,
        };
        CallRules {
            selection: stored.selection,
            funding: if stored.funding.is_empty() { before } else { stored.funding },
            vat_fundable: stored.vat_fundable,
            caps: stored.caps,
            tracks: stored.tracks,
            pass_mark: stored.pass_mark,
            reviewers: stored.reviewers,
            rubric: stored.rubric,
            categories: stored.categories.into_iter().map(rule).collect(),
            documents: stored.documents,
            supplement_days: stored.supplement_days,
            agreement_answer_days: stored.agreement_answer_days,
            objection_days: stored.objection_days,
            term_months: stored.term_months,
            timers: stored.timers,
            stages: stored.stages,
            conditions: stored.conditions,
            certification: stored.certification,
            questions: stored.questions,
            review: stored.review,
            payment: stored.payment,
            screening: stored.screening,
            letters: stored.letters,
            form: stored.form,
            agreement: stored.agreement,
            envelopes: stored.envelopes,
        }
    }
}

impl CallRules {
    /// Whether an application needs a document of this kind.
    pub fn requires(&self, kind: &str) -> bool {
        self.documents.iter().any(|rule| rule.kind == kind && rule.required)
    }

    /// The points, whole, below which nobody is selected; a draw among the eligible has none.
    pub fn mark(&self) -> i64 {
        if self.selection == SelectionMode::Lottery { 0 } else { self.pass_mark }
    }

    pub fn track(&self, code: &str) -> Option<&Track> {
        self.tracks.iter().find(|track| track.code == code)
    }

    /// The track that an application begins in: the one chosen of several, the only one, or none.
    pub fn track_chosen(&self, code: Option<&str>) -> Result<Option<&str>, Refusal> {
        match (self.tracks.as_slice(), code) {
            ([], _) => Ok(None),
            ([only], _) => Ok(Some(&only.code)),
            (_, Some(code)) if self.track(code).is_some() => Ok(self.track(code).map(|track| track.code.as_str())),
            _ => Err(Refusal::unacceptable("form-choose").at("track")),
        }
    }

    /// The rules as they hold in one track; those of the call for none.
    pub fn in_track(mut self, code: Option<&str>) -> CallRules {
        if let Some(track) = code.and_then(|code| self.track(code)).cloned() {
            self.funding = track.funding.unwrap_or(self.funding);
            self.documents = track.documents.unwrap_or(self.documents);
        }
        self
    }

    /// What a firm of this class may have; None where it may not apply.
    pub fn funding_of(&self, class: FirmClass) -> Option<&FundingRule> {
        self.funding.iter().find(|rule| rule.class == class)
    }

    /// The most that anybody may ask for.
    pub fn support_max(&self) -> Won {
        let own = self.tracks.iter().filter_map(|track| track.funding.as_ref()).flatten();
        self.funding.iter().chain(own).map(|rule| rule.support_max_won).max().unwrap_or_default()
    }

    /// How a kind of cost is judged; a kind that the rules do not name is not allowed.
    pub fn category(&self, code: CostCategory) -> CategoryRule {
        let known = self.categories.iter().find(|rule| rule.code == code).copied();
        known.unwrap_or(CategoryRule { allowed: Allowance::No, ..CategoryRule::plain(code) })
    }

    /// The kinds of cost that an application may name.
    pub fn allowed_categories(&self) -> Vec<CostCategory> {
        self.categories.iter().filter(|rule| rule.allowed != Allowance::No).map(|rule| rule.code).collect()
    }

    /// Refuses rules that contradict themselves or the cap of a firm in the programme.
    pub fn check(&self, firm_cap: Won) -> Result<(), Refusal> {
        let unsound = |field| Refusal::unacceptable("programmes-refusal-rules-unsound").at(field);
        if !self.support_max().is_positive() || self.support_max() > firm_cap {
            let refusal = Refusal::unacceptable("programmes-refusal-support-over-cap");
            return Err(refusal.at("support_max").with("cap", firm_cap));
        }
        self.check_funding(&self.funding)?;
        let mut codes: Vec<&str> = self.tracks.iter().map(|track| track.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        if codes.len() != self.tracks.len() || self.tracks.len() > TRACKS_MAX {
            return Err(Refusal::unacceptable("programmes-refusal-track-twice").at("code"));
        }
        for track in &self.tracks {
            self.check_funding(track.funding.as_ref().unwrap_or(&self.funding))?;
            if track.quota_won.is_some_and(|quota| !quota.is_positive()) {
                return Err(unsound("quota"));
            }
        }
        if !self.envelopes_are_sound() {
            return Err(unsound("envelope_most"));
        }
        self.check_caps()?;
        if self.rubric.iter().map(|item| item.weight).sum::<i64>() != 100 {
            return Err(Refusal::unacceptable("programmes-refusal-weights").at("rubric"));
        }
        let timers = &self.timers;
        let days = [
            self.supplement_days,
            self.agreement_answer_days,
            self.objection_days,
            timers.screening_days,
            timers.deposit_days,
            timers.first_use_days,
            timers.acceptance_days,
            timers.claim_check_days,
            timers.payment_days,
        ];
        let falling = timers.reminder_hours.windows(2).all(|pair| pair[0] > pair[1]);
        self.review.check(self.reviewers)?;
        let sound = self.rubric.iter().all(|item| item.weight > 0 && (0..=100).contains(&item.minimum))
            && self.rubric.len() <= CRITERIA_MAX
            && (0..=100).contains(&self.pass_mark)
            && (REVIEWERS_MIN..=REVIEWERS_MAX).contains(&self.reviewers)
            && days.iter().all(|days| (1..=DAYS_MAX).contains(days))
            && (1..=MONTHS_MAX).contains(&self.term_months)
            && falling
            && timers.reminder_hours.len() <= REMINDERS_MAX
            && timers.reminder_hours.iter().all(|hours| (1..=REMINDER_HOURS_MAX).contains(hours))
            && self.agreement.is_sound()
            && !self.allowed_categories().is_empty();
        if !sound {
            return Err(Refusal::unacceptable("programmes-refusal-rules-unsound"));
        }
        if !self.screening.is_sound() {
            return Err(Refusal::unacceptable("programmes-refusal-seed").at("spot_check_seed"));
        }
        if let Some(field) = self.letters.fault() {
            let places = PLACES.join(" ");
            return Err(Refusal::unacceptable("programmes-refusal-letter").at(field).with("places", places));
        }
        if !self.payment.is_sound() {
            return Err(Refusal::unacceptable("programmes-refusal-bands").at("third_check_over"));
        }
        conditions::check(&self.conditions)
    }

    fn check_funding(&self, funding: &[FundingRule]) -> Result<(), Refusal> {
        let twice =
            funding.iter().enumerate().any(|(at, rule)| funding[..at].iter().any(|one| one.class == rule.class));
        if funding.is_empty() || twice || !funding.iter().all(FundingRule::is_sound) {
            return Err(Refusal::unacceptable("programmes-refusal-shares").at("share_max"));
        }
        let share = |class| funding.iter().find(|rule| rule.class == class).map(|rule| rule.share());
        let largest_sme = [FirmClass::Micro, FirmClass::Small, FirmClass::Medium].into_iter().filter_map(share).max();
        let over = |class| matches!((share(class), largest_sme), (Some(share), Some(sme)) if share > sme);
        if over(FirmClass::MidSized) || over(FirmClass::Large) {
            return Err(Refusal::unacceptable("programmes-share-larger-than-sme").at("share_max"));
        }
        Ok(())
    }

    fn check_caps(&self) -> Result<(), Refusal> {
        let same = |one: &CapRule, other: &CapRule| (one.subject, one.window) == (other.subject, other.window);
        let twice = self.caps.iter().enumerate().any(|(at, rule)| self.caps[..at].iter().any(|one| same(one, rule)));
        if twice {
            return Err(Refusal::unacceptable("programmes-refusal-cap-twice").at("subject"));
        }
        let limited = |rule: &CapRule| {
            (rule.most_won.is_some() || rule.most_count.is_some())
                && rule.most_won.is_none_or(Won::is_positive)
                && rule.most_count.is_none_or(|count| count > 0)
                && CapSubject::RULED.contains(&rule.subject)
        };
        if self.caps.len() > CAPS_MAX || !self.caps.iter().all(limited) {
            return Err(Refusal::unacceptable("programmes-refusal-cap-empty").at("most_won"));
        }
        Ok(())
    }

    /// The reviewed "AI voucher": up to KRW 200,000,000, state share at most 80 % for small and medium-sized firms
    /// and 70 % for mid-sized ones, three reviewers, pass mark 70 (domain: programme history, default rubric, timers).
    pub fn ai_voucher() -> CallRules {
        let document = |kind: &str, name_ko: &str, name_en: &str, required| DocumentRule {
            kind: kind.to_owned(),
            name_ko: name_ko.to_owned(),
            name_en: name_en.to_owned(),
            required,
            max_bytes: None,
            types: Vec::new(),
            max_pages: None,
        };
        let plan = DocumentRule {
            max_bytes: Some(10 * 1024 * 1024),
            types: ["pdf", "hwpx", "docx"].map(str::to_owned).to_vec(),
            max_pages: Some(30),
            ..document("plan", "사업계획서", "Project plan", true)
        };
        CallRules {
            selection: SelectionMode::Scored,
            funding: by_groups(Won(200_000_000), BasisPoints(8_000), BasisPoints(7_000), false),
            vat_fundable: Vec::new(),
            caps: Vec::new(),
            tracks: Vec::new(),
            pass_mark: 70,
            reviewers: 3,
            rubric: rubric::standard(),
            categories: CostCategory::ALL.iter().copied().map(CategoryRule::plain).collect(),
            documents: vec![
                plan,
                document("registration", "사업자등록증", "Business registration certificate", true),
                document("financials", "재무제표", "Financial statements", false),
                document("tax_clearance", "국세·지방세 납세증명서", "Tax clearance", false),
            ],
            supplement_days: 7,
            agreement_answer_days: 30,
            objection_days: 10,
            term_months: 7,
            timers: Timers::default(),
            stages: Stages::default(),
            conditions: conditions::standard(),
            certification: false,
            questions: Vec::new(),
            review: ReviewRules { sample_percent: 5, promotes_by_itself: true, ..ReviewRules::default() },
            payment: PaymentRules::default(),
            screening: ScreeningRules::default(),
            letters: LetterRules::default(),
            form: FormRules::default(),
            agreement: AgreementRules { waves: Wave::FOLLOWING.to_vec(), ..AgreementRules::default() },
            envelopes: Vec::new(),
        }
    }

    /// The "catalogue voucher": up to KRW 5,000,000 for a package of the catalogue at its public price, one award a
    /// firm and call, no panel; what passes every check is selected at once (domain: two regimes in one engine).
    pub fn catalogue_voucher() -> CallRules {
        let voucher = CallRules::ai_voucher();
        CallRules {
            selection: SelectionMode::CatalogueAuto,
            funding: by_groups(Won(5_000_000), BasisPoints(8_000), BasisPoints(7_000), false),
            categories: vec![CategoryRule::plain(CostCategory::SolutionLicence)],
            documents: voucher.documents.iter().map(|rule| DocumentRule { required: false, ..rule.clone() }).collect(),
            term_months: 6,
            agreement: AgreementRules { waves: vec![Wave::After12], ..voucher.agreement },
            ..voucher
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::CapWindow;

    const CAP: Won = Won(200_000_000);

    #[test]
    fn the_presets_are_sound_and_faults_are_refused() {
        assert_eq!(CallRules::catalogue_voucher().check(CAP), Ok(()));
        let preset = CallRules::ai_voucher();
        assert_eq!(preset.check(CAP), Ok(()));
        assert!(preset.check(Won(199_999_999)).is_err());
        let cap = |most_won, most_count| CapRule {
            subject: CapSubject::Firm,
            window: CapWindow::Lifetime,
            most_won,
            most_count,
        };
        let faults: &[&dyn Fn(&mut CallRules)] = &[
            &|rules| rules.rubric[0].weight = 21,
            &|rules| rules.reviewers = 2,
            &|rules| rules.reviewers = 8,
            &|rules| rules.pass_mark = 101,
            &|rules| rules.funding[0].share_max = BasisPoints(10_001),
            &|rules| rules.funding[3].share_max = BasisPoints(8_001),
            &|rules| rules.funding[1].support_max_won = Won(0),
            &|rules| rules.funding.clear(),
            &|rules| rules.funding.push(rules.funding[0]),
            &|rules| rules.supplement_days = 0,
            &|rules| rules.timers.payment_days = 366,
            &|rules| rules.timers.reminder_hours = vec![3, 48],
            &|rules| rules.payment.third_check_over = Some(Won(1)),
            &|rules| rules.screening.spot_check_mille = 1,
            &|rules| rules.letters.selected_ko = "축하합니다".to_owned(),
            &|rules| rules.agreement.due_days = 0,
            &|rules| rules.categories.clear(),
            &|rules| rules.categories.iter_mut().for_each(|rule| rule.allowed = Allowance::No),
            &|rules| rules.caps = vec![cap(None, None)],
            &|rules| rules.caps = vec![cap(Some(Won(0)), None)],
            &|rules| rules.caps = vec![cap(Some(Won(1)), None), cap(None, Some(1))],
        ];
        for (place, fault) in faults.iter().enumerate() {
            let mut rules = preset.clone();
            fault(&mut rules);
            assert!(rules.check(CAP).is_err(), "fault {place}");
        }
    }

    #[test]
    fn what_was_stored_before_there_were_classes_still_reads() {
        let old = serde_json::json!({
            "selection": "scored", "support_max_won": 150_000_000, "share_max_sme": 7_500, "share_max_mid_sized": 5_000,
            "large_firms": true, "pass_mark": 65, "reviewers": 5, "rubric": [], "categories": ["data", "staff"],
            "documents": [], "supplement_days": 5, "agreement_answer_days": 20, "objection_days": 9, "term_months": 6,
        });
        let rules: CallRules = serde_json::from_value(old).unwrap();
        assert_eq!(rules.funding_of(FirmClass::Micro).unwrap().share_max, BasisPoints(7_500));
        assert_eq!(rules.funding_of(FirmClass::Large).unwrap().share_max, BasisPoints(5_000));
        assert_eq!(rules.support_max(), Won(150_000_000));
        assert_eq!(rules.allowed_categories(), [CostCategory::Data, CostCategory::Staff]);
        assert_eq!(rules.timers, Timers::default());
        assert_eq!(rules.stages, Stages::default());
    }

    #[test]
    fn what_is_stored_now_reads_back_the_same() {
        let mut rules = CallRules::ai_voucher();
        rules.tracks.push(Track {
            code: "green".to_owned(),
            name_ko: "녹색".to_owned(),
            name_en: "Green".to_owned(),
            quota_won: Some(Won(1)),
            funding: Some(by_groups(Won(9), BasisPoints(9_000), BasisPoints(5_000), false)),
            documents: Some(Vec::new()),
        });
        let text = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<CallRules>(&text).unwrap(), rules);
        let green = rules.clone().in_track(Some("green"));
        assert_eq!(green.funding_of(FirmClass::Small).unwrap().support_max_won, Won(9));
        assert!(green.documents.is_empty());
        assert_eq!(rules.clone().in_track(Some("unknown")), rules);
    }

    #[test]
    fn a_category_has_two_ceilings() {
        let rule = CategoryRule {
            share_max: Some(BasisPoints(3_000)),
            most_won: Some(Won(20)),
            ..CategoryRule::plain(CostCategory::Staff)
        };
        assert!(rule.within(Won(20), Won(100)));
        assert!(!rule.within(Won(21), Won(100)), "over the won");
        assert!(!rule.within(Won(20), Won(66)), "over the share");
        assert!(rule.within(Won(0), Won(0)));
    }
}
