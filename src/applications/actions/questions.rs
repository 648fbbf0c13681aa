//! The library of questions, and the form that a call makes of it.

use super::{NewCallForm, NewQuestion};
use crate::{
    app::App,
    applications::{
        forms::read_asked_if,
        store::questions::{self, Question},
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    programmes::{self, CallId, CallRules, ChangeId, actions::Basis},
};
use anyhow::Context;

/// Writes a question, or the next version of it; answers its version. Calls go on asking the version they named.
pub async fn write_question(app: &App, actor: &Actor, new: NewQuestion, once: Once) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.write_question", now).await? {
        return super::first_result(&first);
    }
    let before = questions::versions(&mut tx, &new.code).await?.into_iter().next();
    let version = before.as_ref().map_or(0, |before| before.version) + 1;
    if before.is_some_and(|before| before.kind != new.kind) {
        // Answers of both versions are compared with each other.
        return Err(Refusal::unacceptable("applications-refusal-question-kind").at("kind").into());
    }
    let library: Vec<_> = questions::newest(&mut tx).await?.into_iter().map(|known| (known.code, known.kind)).collect();
    let asked_if = read_asked_if(&new.asked_if, &library)?;
    let question = Question {
        code: new.code,
        version,
        kind: new.kind,
        label_ko: new.label_ko,
        label_en: new.label_en,
        hint_ko: new.hint_ko,
        hint_en: new.hint_en,
        choices_ko: new.choices_ko,
        choices_en: new.choices_en,
        asked_if,
        made_by: actor.id,
        made_at: now,
    };
    if !questions::insert(&mut tx, &question).await? {
        return Err(Refusal::conflict("refusal-changed-meanwhile").into());
    }
    let record = Record::new("question", crate::core::ids::new_uuid(), "question_written")
        .with("code", &question.code)
        .with("version", version)
        .with("label", &question.label_ko);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, version).await?;
    tx.commit().await?;
    Ok(version)
}

/// Changes what a call's form asks, in the change of its rules that is under way.
pub async fn change_call_form(
    app: &App,
    actor: &Actor,
    call: CallId,
    basis: Basis,
    new: NewCallForm,
    once: Once,
) -> Outcome<ChangeId> {
    let mut tx = app.db.read().await.context("reading the library")?;
    if questions::asked(&mut tx, &new.questions).await?.contains(&None) {
        return Err(Refusal::unacceptable("refusal-form-malformed").into());
    }
    drop(tx);
    let edit = move |rules: &mut CallRules| {
        rules.certification = new.certification;
        rules.questions = new.questions;
        Ok(())
    };
    programmes::actions::edit_rules(app, actor, call, basis, edit, once).await
}
