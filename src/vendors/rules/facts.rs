//! What a careful buyer of AI wants to know of a solution, and how it scores (domain: 4.2 and 4.3).
//! A score is computed from the facts alone; its rule is shown beside it.

use super::{Hosting, ModelOrigin};
use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// Whose models do the work.
    ModelMaker { Own = "own", Foundation = "foundation", Both = "both" }
);

crate::text_enum!(
    /// How sensitive the data may be (domain: workload classification).
    DataClass { Public = "d0", Internal = "d1", Secret = "d2", Personal = "d3", Sensitive = "d4" }
);

crate::text_enum!(
    Language { Korean = "ko", English = "en", Multilingual = "multilingual", NonText = "non_text" }
);

crate::text_enum!(
    /// Who attacked the solution to find its weaknesses.
    RedTeam { None = "none", SelfTest = "self_test", Independent = "independent" }
);

crate::text_enum!(
    /// What the attack looked for.
    RedTeamScope { PromptInjection = "prompt_injection", Leakage = "leakage", KoreanAbuse = "korean_abuse" }
);

/// What a vendor says of a solution beyond its name. Nothing said is the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SolutionFacts {
    pub model_maker: Option<ModelMaker>,
    pub data_location: String,
    pub data_flow_documented: bool,
    pub data_classes: Vec<DataClass>,
    pub languages: Vec<Language>,
    pub red_team: Option<RedTeam>,
    pub red_team_by: String,
    pub red_team_report: String,
    pub red_team_on: Option<NaiveDate>,
    pub red_team_scope: Vec<RedTeamScope>,
    pub evaluation_task: String,
    pub evaluation_metric: String,
    pub evaluation_threshold: String,
    /// The evaluation runs again whenever the model changes.
    pub evaluation_regression: bool,
    /// Basis points: 99.95 % is 9995.
    pub availability_bp: Option<i64>,
    pub p95_ms: Option<i64>,
    pub support_hours: String,
    pub rpo_hours: Option<i64>,
    pub rto_hours: Option<i64>,
    pub service_credits: bool,
    pub training_days: Option<i64>,
    pub training_rollback: bool,
    pub model_card: bool,
    pub version_pinned: bool,
    pub training_data_stated: bool,
    pub known_limits: String,
    pub human_oversight: String,
    pub return_days: Option<i64>,
    pub deletion_certificate: bool,
    pub standard_api: bool,
    /// Data and prompts can be taken along.
    pub data_export: bool,
    pub security_mark: String,
    pub security_mark_until: Option<NaiveDate>,
    pub usage_log: bool,
}

/// A solution as one version of it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    pub name: String,
    pub summary: String,
    pub use_case: String,
    pub model_origin: ModelOrigin,
    pub model_names: String,
    pub hosting: Hosting,
    pub trains_on_customer_data: bool,
    pub exit_terms: String,
    #[serde(default)]
    pub facts: SolutionFacts,
}

/// A value of a fact, still without words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Text(String),
    YesNo(bool),
    /// Codes whose words are `<family>-<code>`.
    Codes(&'static str, Vec<&'static str>),
    /// A code of the use-case catalogue.
    UseCase(String),
    Day(Option<NaiveDate>),
    /// Basis points.
    Share(Option<i64>),
    /// A whole number and the key of its unit.
    Number(Option<i64>, &'static str),
}

impl Fact {
    pub fn is_said(&self) -> bool {
        match self {
            Fact::Text(text) | Fact::UseCase(text) => !text.is_empty(),
            Fact::Codes(_, codes) => !codes.is_empty(),
            Fact::Day(day) => day.is_some(),
            Fact::Share(number) | Fact::Number(number, _) => number.is_some(),
            Fact::YesNo(_) => true,
        }
    }
}

fn code<T: Copy>(family: &'static str, code: Option<T>, text: fn(T) -> &'static str) -> Fact {
    Fact::Codes(family, code.into_iter().map(text).collect())
}

impl Described {
    /// Every fact under the name of its field, in the order in which a buyer reads them. The words of a field are
    /// `vendors-solution-<field>`.
    pub fn rows(&self) -> Vec<(&'static str, Fact)> {
        let f = &self.facts;
        let text = |text: &str| Fact::Text(text.to_owned());
        vec![
            ("name", text(&self.name)),
            ("summary", text(&self.summary)),
            ("use_case", Fact::UseCase(self.use_case.clone())),
            ("model_maker", code("model-maker", f.model_maker, ModelMaker::as_str)),
            ("model_origin", code("model-origin", Some(self.model_origin), ModelOrigin::as_str)),
            ("model_names", text(&self.model_names)),
            ("hosting", code("hosting", Some(self.hosting), Hosting::as_str)),
            ("data_location", text(&f.data_location)),
            ("data_flow_documented", Fact::YesNo(f.data_flow_documented)),
            ("data_classes", Fact::Codes("data-sensitivity", f.data_classes.iter().map(|c| c.as_str()).collect())),
            ("trains_on_customer_data", Fact::YesNo(self.trains_on_customer_data)),
            ("languages", Fact::Codes("solution-language", f.languages.iter().map(|c| c.as_str()).collect())),
            ("human_oversight", text(&f.human_oversight)),
            ("model_card", Fact::YesNo(f.model_card)),
            ("version_pinned", Fact::YesNo(f.version_pinned)),
            ("training_data_stated", Fact::YesNo(f.training_data_stated)),
            ("known_limits", text(&f.known_limits)),
            ("red_team", code("red-team", f.red_team, RedTeam::as_str)),
            ("red_team_by", text(&f.red_team_by)),
            ("red_team_report", text(&f.red_team_report)),
            ("red_team_on", Fact::Day(f.red_team_on)),
            ("red_team_scope", Fact::Codes("red-team-scope", f.red_team_scope.iter().map(|c| c.as_str()).collect())),
            ("evaluation_task", text(&f.evaluation_task)),
            ("evaluation_metric", text(&f.evaluation_metric)),
            ("evaluation_threshold", text(&f.evaluation_threshold)),
            ("evaluation_regression", Fact::YesNo(f.evaluation_regression)),
            ("availability", Fact::Share(f.availability_bp)),
            ("p95_ms", Fact::Number(f.p95_ms, "vendors-unit-ms")),
            ("support_hours", text(&f.support_hours)),
            ("rpo_hours", Fact::Number(f.rpo_hours, "vendors-unit-hours")),
            ("rto_hours", Fact::Number(f.rto_hours, "vendors-unit-hours")),
            ("service_credits", Fact::YesNo(f.service_credits)),
            ("training_days", Fact::Number(f.training_days, "vendors-unit-days")),
            ("training_rollback", Fact::YesNo(f.training_rollback)),
            ("exit_terms", text(&self.exit_terms)),
            ("return_days", Fact::Number(f.return_days, "vendors-unit-days")),
            ("deletion_certificate", Fact::YesNo(f.deletion_certificate)),
            ("standard_api", Fact::YesNo(f.standard_api)),
            ("data_export", Fact::YesNo(f.data_export)),
            ("security_mark", text(&f.security_mark)),
            ("security_mark_until", Fact::Day(f.security_mark_until)),
            ("usage_log", Fact::YesNo(f.usage_log)),
        ]
    }

    /// What differs in `after`: the field, as it was and as it is.
    pub fn differences(&self, after: &Described) -> Vec<(&'static str, Fact, Fact)> {
        let pairs = self.rows().into_iter().zip(after.rows());
        pairs.filter(|(was, is)| was != is).map(|((field, was), (_, is))| (field, was, is)).collect()
    }

    /// Whether the change to `after` asks for a new check: another place, another model, more sensitive data.
    pub fn wants_recheck(&self, after: &Described) -> bool {
        let models = |d: &Described| (d.model_origin, d.model_names.clone(), d.facts.model_maker);
        let place = |d: &Described| (d.hosting, d.facts.data_location.clone());
        models(self) != models(after)
            || place(self) != place(after)
            || self.facts.data_classes != after.facts.data_classes
            || self.trains_on_customer_data != after.trains_on_customer_data
    }

    /// Points by item, 0 to 5 (domain: 4.3). The rule of an item in words is `procurement-<item>-rule`.
    pub fn score(&self, today: NaiveDate) -> Vec<Score> {
        let f = &self.facts;
        let all = |facts: &[bool]| facts.iter().filter(|fact| **fact).count() as i64;
        let in_korea = matches!(self.hosting, Hosting::KrPublicCloud | Hosting::KrPrivate | Hosting::EdgeDevice);
        let hosting = match (in_korea && !f.data_location.is_empty(), f.data_flow_documented) {
            (true, true) => 5,
            (true, false) => 3,
            _ => 0,
        };
        let stated = [f.model_card, f.version_pinned, f.training_data_stated, !f.known_limits.is_empty()];
        let transparency = if all(&stated) == 4 { 5 } else { all(&stated) };
        let is_recent =
            f.red_team_on.and_then(|on| on.checked_add_months(Months::new(12))).is_some_and(|end| end >= today);
        let red_team = match f.red_team {
            Some(RedTeam::Independent) if is_recent && f.red_team_scope.len() == RedTeamScope::ALL.len() => 5,
            Some(RedTeam::Independent) if is_recent => 4,
            Some(RedTeam::Independent) => 2,
            Some(RedTeam::SelfTest) if is_recent => 2,
            Some(RedTeam::SelfTest) => 1,
            _ => 0,
        };
        let recovery = f.rpo_hours.is_some() && f.rto_hours.is_some();
        let inference = [
            f.availability_bp.is_some_and(|bp| bp >= 9_900),
            f.p95_ms.is_some(),
            !f.support_hours.is_empty(),
            recovery,
            f.service_credits,
        ];
        let harness =
            [!f.evaluation_task.is_empty(), !f.evaluation_metric.is_empty(), !f.evaluation_threshold.is_empty()];
        let evaluation = all(&harness) + if f.evaluation_regression && all(&harness) == 3 { 2 } else { 0 };
        let training = match (f.training_days.is_some(), f.training_rollback) {
            (true, true) => 5,
            (true, false) | (false, true) => 3,
            _ => 0,
        };
        let exit = match (f.return_days.is_some(), f.deletion_certificate) {
            (true, true) => 5,
            (true, false) | (false, true) => 3,
            _ => i64::from(!self.exit_terms.is_empty()),
        };
        let swap = match (f.standard_api, f.data_export) {
            (true, true) => 5,
            (true, false) | (false, true) => 3,
            _ => 0,
        };
        let has_mark = !f.security_mark.is_empty() && f.security_mark_until.is_some_and(|until| until >= today);
        vec![
            Score { item: "hosting", points: hosting },
            Score { item: "transparency", points: transparency },
            Score { item: "red_team", points: red_team },
            Score { item: "inference", points: all(&inference) },
            Score { item: "training", points: training },
            Score { item: "evaluation", points: evaluation },
            Score { item: "observability", points: if f.usage_log { 5 } else { 0 } },
            Score { item: "security", points: if has_mark { 5 } else { 0 } },
            Score { item: "exit", points: exit },
            Score { item: "swap", points: swap },
        ]
    }
}

/// Points of one item of the procurement score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    pub item: &'static str,
    /// 0 to 5.
    pub points: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare() -> Described {
        Described {
            name: "비전검사".to_owned(),
            summary: "불량을 찾습니다".to_owned(),
            use_case: "QC_VISION".to_owned(),
            model_origin: ModelOrigin::Sovereign,
            model_names: "한빛 2".to_owned(),
            hosting: Hosting::KrPrivate,
            trains_on_customer_data: false,
            exit_terms: String::new(),
            facts: SolutionFacts::default(),
        }
    }

    fn whole() -> Described {
        let facts = SolutionFacts {
            data_location: "서울".to_owned(),
            data_flow_documented: true,
            model_card: true,
            version_pinned: true,
            training_data_stated: true,
            known_limits: "어두운 사진".to_owned(),
            red_team: Some(RedTeam::Independent),
            red_team_on: NaiveDate::from_ymd_opt(2026, 3, 2),
            red_team_scope: RedTeamScope::ALL.to_vec(),
            availability_bp: Some(9_900),
            p95_ms: Some(300),
            support_hours: "9-18".to_owned(),
            rpo_hours: Some(4),
            rto_hours: Some(8),
            service_credits: true,
            training_days: Some(7),
            training_rollback: true,
            evaluation_task: "불량 분류".to_owned(),
            evaluation_metric: "재현율".to_owned(),
            evaluation_threshold: "95 %".to_owned(),
            evaluation_regression: true,
            usage_log: true,
            security_mark: "ISMS-P".to_owned(),
            security_mark_until: NaiveDate::from_ymd_opt(2027, 3, 2),
            return_days: Some(30),
            deletion_certificate: true,
            standard_api: true,
            data_export: true,
            ..SolutionFacts::default()
        };
        Described { facts, ..bare() }
    }

    fn points(of: &Described, item: &str, today: NaiveDate) -> i64 {
        of.score(today).into_iter().find(|score| score.item == item).unwrap().points
    }

    #[test]
    fn nothing_said_is_nothing_scored_and_everything_is_five_each() {
        let today = NaiveDate::from_ymd_opt(2027, 3, 2).unwrap();
        assert!(bare().score(today).iter().all(|score| score.points == 0));
        assert!(whole().score(today).iter().all(|score| score.points == 5), "{:?}", whole().score(today));
    }

    #[test]
    fn what_grew_old_counts_less() {
        let later = NaiveDate::from_ymd_opt(2027, 3, 3).unwrap();
        assert_eq!(points(&whole(), "red_team", later), 2);
        assert_eq!(points(&whole(), "security", later), 0);
        let mut abroad = whole();
        abroad.hosting = Hosting::ForeignRegion;
        assert_eq!(points(&abroad, "hosting", later), 0);
    }

    #[test]
    fn another_place_model_or_data_class_asks_for_a_new_check_and_words_do_not() {
        let was = whole();
        let mut is = was.clone();
        is.summary = "더 잘 찾습니다".to_owned();
        assert!(!was.wants_recheck(&is));
        assert_eq!(was.differences(&is).len(), 1);
        for change in [
            |d: &mut Described| d.hosting = Hosting::ForeignRegion,
            |d: &mut Described| d.model_names = "한빛 3".to_owned(),
            |d: &mut Described| d.facts.data_classes = vec![DataClass::Sensitive],
            |d: &mut Described| d.trains_on_customer_data = true,
        ] {
            let mut is = was.clone();
            change(&mut is);
            assert!(was.wants_recheck(&is));
        }
    }

    #[test]
    fn an_entry_from_before_reads_as_nothing_said() {
        assert_eq!(serde_json::from_str::<SolutionFacts>("{}").unwrap(), SolutionFacts::default());
    }
}
