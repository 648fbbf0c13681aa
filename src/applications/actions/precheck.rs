//! The check that anybody may do without an account, and how its answers go on into a draft.
//! Invariant: the answers travel sealed with the reader; nothing is stored until somebody signs in and takes them along.

use super::{Dossier, conditions::Judged, draft::fill_gaps, start};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        rules::{
            Section,
            conditions::{self, Check},
            merging::Fields,
        },
        store::{self, draft, eligibility},
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar,
        expression::{Facts, Value},
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    programmes::{CallId, CallRules, Stage, conditions::call_facts},
    vendors::Hosting,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Answers can be taken along this long.
const DAYS_KEPT: i64 = 30;

/// What an outsider answered, for which call, and until when it may be taken along.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answers {
    pub call: CallId,
    /// In a call of several tracks, the one that was asked about.
    #[serde(default)]
    pub track: Option<String>,
    pub facts: Facts,
    pub until: DateTime<Utc>,
}

/// The answers as they stand in a link: sealed, so that nobody can make them up or read them.
pub fn seal_answers(app: &App, call: CallId, track: Option<&str>, facts: Facts) -> String {
    let answers =
        Answers { call, track: track.map(str::to_owned), facts, until: app.clock.now() + Duration::days(DAYS_KEPT) };
    let text = serde_json::to_string(&answers).expect("answers are plain values");
    URL_SAFE_NO_PAD.encode(app.seal.seal("precheck", &text))
}

/// Reads a link of ours; a link of another call, a torn or an old one is none.
pub fn open_answers(app: &App, call: CallId, link: &str) -> Outcome<Answers> {
    let bytes = URL_SAFE_NO_PAD.decode(link).map_err(|_| Refusal::not_found())?;
    let text = app.seal.open("precheck", &bytes).map_err(|_| Refusal::not_found())?;
    let answers: Answers = serde_json::from_str(&text).map_err(anyhow::Error::from)?;
    if answers.call != call || answers.until < app.clock.now() {
        return Err(Refusal::conflict("conditions-refusal-answers-old").into());
    }
    Ok(answers)
}

/// The same conditions as the real check, over what was answered.
pub fn judge_answers(rules: &CallRules, answers: &Facts, zone: Tz, now: DateTime<Utc>) -> Vec<Check> {
    let facts = whole(rules, answers, zone, now);
    conditions::judge(&rules.conditions, Stage::PreCheck, &facts, &[])
}

fn whole(rules: &CallRules, answers: &Facts, zone: Tz, now: DateTime<Utc>) -> Facts {
    let class = match answers.get("firm_size_class") {
        Some(Value::Text(code)) => code.parse().ok(),
        _ => None,
    };
    let mut facts = call_facts(rules, class, calendar::local_date(now, zone));
    facts.0.extend(answers.0.clone());
    facts
}

/// Starts the firm's draft, or finds it, and writes down there what was answered, where it is still empty.
pub async fn carry_answers(app: &App, actor: &Actor, call: CallId, link: &str, once: Once) -> Outcome<ApplicationId> {
    let answers = open_answers(app, call, link)?;
    let id = start(app, actor, call, answers.track.as_deref(), once).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    draft::lock(&mut tx, id).await?;
    let mut application = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !application.state.is_open_to_firm() {
        return Ok(id);
    }
    let dossier = Dossier::read(&mut tx, application.clone(), now).await?;
    let checks = judge_answers(dossier.rules(), &answers.facts, dossier.zone, now);
    let mut judged = Judged::of(&dossier, Stage::PreCheck, checks, now);
    judged.facts = whole(dossier.rules(), &answers.facts, dossier.zone, now);
    // Taken along once, however often it is sent.
    if eligibility::has_answers(&mut tx, id, judged.facts.seal().1).await? {
        return Ok(id);
    }
    let text = |name: &str| match answers.facts.get(name) {
        Some(Value::Text(code)) => Some(code.clone()),
        _ => None,
    };
    let abroad = answers.facts.get("work_foreign") == Some(&Value::Boolean(true));
    let offered: Fields = [
        ("data_class", text("work_data_class")),
        ("latency_class", text("work_latency_class")),
        ("hosting", abroad.then(|| Hosting::ForeignRegion.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect();
    fill_gaps(&mut tx, actor, &mut application, Section::Workload, offered, now).await?;
    judged.keep(&mut tx, actor, now).await?;
    audit::record(&mut tx, actor, Record::new("application", id, "answers_carried"), now).await?;
    tx.commit().await?;
    Ok(id)
}
