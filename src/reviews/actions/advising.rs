//! Advice of a generative model: whoever may decide asks for it once the panel has locked its scores, a job fetches the
//! answer, a person judges it. Until then nobody decides; afterwards nothing reads it.

use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal, Trouble},
        step::step,
    },
    db::{Tx, once::Once},
    organisations::{self, OrganisationId},
    outbox, people,
    programmes::{self, CallRules},
    reference,
    reviews::{
        AdviceId, Advised, Assistant,
        rules::{
            ADVICE_STEPS, AdviceState, AdviceTrouble, Judgement, Matter, MatterCost, MatterCriterion, PROMPT_VERSION,
            Prompt, SENT_FIELDS, blind::names_of,
        },
        store::{self, NewAdvice, ReviewResult},
    },
    vendors,
};
use anyhow::Context;
use std::sync::Arc;

/// The kind of the job that asks the model.
pub const ADVICE_JOB: &str = "ask_assistant";

/// What an application would be sent as: texts, costs and criteria, names and numbers masked.
pub async fn prompt_of(
    tx: &mut Tx,
    application: &Application,
    rules: &CallRules,
    lang: Lang,
) -> anyhow::Result<Prompt> {
    let cases = reference::use_cases(tx).await?;
    let use_case = cases.iter().find(|case| Some(&case.code) == application.use_case.as_ref());
    let costs = applications::costs(tx, application.id).await?;
    let matter = Matter {
        language: lang.code(),
        use_case: use_case.map(|case| case.name(lang).to_owned()).unwrap_or_default(),
        process: application.process_name.clone(),
        problem: application.problem.clone(),
        plan: application.plan.clone(),
        oversight: application.human_oversight.clone(),
        costs: costs
            .into_iter()
            .map(|cost| MatterCost {
                category: lang.code_word("cost-category", cost.category.as_str()),
                description: cost.description,
                quantity: cost.quantity,
                unit_price: cost.unit_price_won.0,
                support: cost.support_won.0,
                own: cost.own_won.0,
            })
            .collect(),
        criteria: rules
            .rubric
            .iter()
            .map(|item| MatterCriterion {
                name: lang.of(&item.name_ko, &item.name_en).to_owned(),
                anchors: lang.of(&item.anchors_ko, &item.anchors_en).to_owned(),
            })
            .collect(),
    };
    let mut names = parties(tx, application.organisation_id).await?;
    if let Some(vendor) = application.vendor_id {
        let vendor = vendors::get(tx, vendor).await?;
        names.extend(parties(tx, vendor.organisation_id).await?);
    }
    // The longest first, so that no part of a name is left beside a mask.
    names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
    Ok(matter.masked(&names).prompt()?)
}

/// By what a text may name an organisation or somebody of it.
async fn parties(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<String>> {
    let organisation = organisations::get(tx, id).await?;
    let mut names = names_of(&organisation.legal_name, &organisation.representative_name);
    names.extend([organisation.business_number, organisation.address]);
    names.extend(people::members(tx, id.0).await?.into_iter().map(|member| member.name));
    // One letter is no name, and masking it would leave nothing to read.
    names.retain(|name| name.trim().chars().count() >= 2);
    Ok(names)
}

/// The result that an advice would stand beside, if this person may ask for one now: whoever still scores never may.
pub async fn may_ask(tx: &mut Tx, actor: &Actor, application: &Application) -> Outcome<ReviewResult> {
    let id = application.id;
    if store::still_scores(tx, actor.id, id).await? {
        return Err(Refusal::not_found().into());
    }
    check_duties(tx, actor, id).await?;
    if store::decided_before(tx, id, actor.id).await? {
        return Err(Refusal::forbidden("reviews-refusal-decided-before").into());
    }
    let result = store::result_of(tx, id).await?;
    let result = result.ok_or_else(|| Refusal::conflict("reviews-refusal-not-scored"))?;
    if application.state != ApplicationState::InReview {
        return Err(Refusal::conflict("reviews-refusal-advice-late").into());
    }
    Ok(result)
}

/// Asks for an advice; the job that follows fetches it. One at a time.
pub async fn ask_assistant(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let assistant = app.assistant.as_ref().ok_or_else(Refusal::not_found)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.ask_assistant", now).await?.is_some() {
        return Ok(());
    }
    applications::lock(&mut tx, id).await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let result = may_ask(&mut tx, actor, &application).await?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let prompt = prompt_of(&mut tx, &application, &rules, actor.lang).await?;
    let new = NewAdvice {
        id: AdviceId::new(),
        application: id,
        round: result.round,
        asked_by: actor.id,
        asked_at: now,
        model: assistant.model().to_owned(),
        prompt,
    };
    if !store::insert_advice(&mut tx, &new).await? {
        return Err(Refusal::conflict("reviews-refusal-advice-open").into());
    }
    let payload = serde_json::json!({ "advice": new.id });
    outbox::job(&mut tx, ADVICE_JOB, &format!("{ADVICE_JOB}:{}", new.id), payload, Some(id.0), now).await?;
    let record = Record::new("advice", new.id, "advice_asked")
        .of_case(id)
        .with("model", &new.model)
        .with("prompt_version", PROMPT_VERSION)
        .with("sha256", hex::encode(new.prompt.sha256()))
        .with("sent", SENT_FIELDS);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks the model and keeps what it said, or why it said nothing. For the worker: it is not tried again by itself.
pub async fn fetch_advice(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let id: AdviceId = serde_json::from_value(payload["advice"].clone()).context("the advice's id")?;
    let mut tx = app.db.read().await?;
    let advice = store::find_advice(&mut tx, id).await?.context("an advice that is not there")?;
    drop(tx);
    if advice.state != AdviceState::Waiting {
        return Ok(());
    }
    let answer = match app.assistant.clone().filter(|assistant| assistant.model() == advice.model) {
        Some(assistant) => asked(assistant, advice.prompt()).await?,
        None => Err(AdviceTrouble::Off),
    };
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    // A decision that is being taken waits for this, or this for it.
    applications::lock(&mut tx, advice.application_id).await?;
    let state = applications::get(&mut tx, advice.application_id).await?.state;
    let answer = answer.and_then(|advised| match state {
        ApplicationState::InReview => Ok(advised),
        _ => Err(AdviceTrouble::TooLate),
    });
    let (record, kept) = match &answer {
        Ok(advised) => {
            let step = step(ADVICE_STEPS, "answer", advice.state).map_err(Trouble::from)?;
            let text = serde_json::to_string(&advised.advice)?;
            let kept = store::answer_advice(&mut tx, id, step, (advised, text), now).await?;
            (Record::new("advice", id, "advice_answered").with("model", &advised.model), kept)
        }
        Err(trouble) => {
            let step = step(ADVICE_STEPS, "fail", advice.state).map_err(Trouble::from)?;
            let kept = store::fail_advice(&mut tx, id, step, *trouble, now).await?;
            (Record::new("advice", id, "advice_failed").with("advice_trouble", trouble), kept)
        }
    };
    // Another worker was first where nothing was kept.
    if kept {
        audit::record(&mut tx, &Actor::system(), record.of_case(advice.application_id), now).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn asked(assistant: Arc<dyn Assistant>, prompt: Prompt) -> anyhow::Result<Result<Advised, AdviceTrouble>> {
    Ok(tokio::task::spawn_blocking(move || assistant.advise(&prompt)).await?)
}

/// A person says what they make of an answer, once.
pub async fn judge_advice(
    app: &App,
    actor: &Actor,
    id: AdviceId,
    judgement: Judgement,
    note: &str,
    once: Once,
) -> Outcome<ApplicationId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let advice = store::find_seen_advice(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let case = advice.application_id;
    if tx.seen(once, actor.id, "reviews.judge_advice", now).await?.is_some() {
        return Ok(case);
    }
    check_duties(&mut tx, actor, case).await?;
    let step = step(ADVICE_STEPS, judgement.step(), advice.state)?;
    if !store::judge_advice(&mut tx, id, step, (actor.id, note), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = match judgement {
        Judgement::Accepted => Record::new("advice", id, "advice_accepted"),
        Judgement::Overridden => Record::new("advice", id, "advice_overridden"),
    };
    audit::record(&mut tx, actor, record.of_case(case).with("model", &advice.model).with("note", note), now).await?;
    tx.commit().await?;
    Ok(case)
}

/// Whoever may not decide asks for no help with it, and judges none.
pub async fn check_duties(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<()> {
    audit::check_apart(tx, actor, id.0, Act::Selected).await
}

/// Refuses a decision while an answer waits for somebody's judgement.
pub(super) async fn check_judged(tx: &mut Tx, id: ApplicationId) -> Outcome<()> {
    match store::advice_waits(tx, id).await? {
        true => Err(Refusal::conflict("reviews-refusal-advice-waits").at("advice").into()),
        false => Ok(()),
    }
}
