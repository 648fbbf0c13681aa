//! The catalogue of reasons changes by new wordings; decisions keep the one they were taken with.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    reviews::{
        rules::{self, Wording},
        store,
    },
};

/// What the history of all reasons is about.
pub const REASONS: uuid::Uuid = uuid::uuid!("dec15105-0000-4000-8000-000000000001");

/// Adds a reason, words it anew, or retires it. `base` is the version that was looked at, 0 for a new one.
pub async fn word_reason(app: &App, actor: &Actor, base: i64, new: Wording, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.word_reason", now).await?.is_some() {
        return Ok(());
    }
    let latest = store::latest_reason(&mut tx, &new.code).await?;
    if base == 0 && latest.is_some() {
        return Err(Refusal::unacceptable("reasons-refusal-code-taken").at("code").into());
    }
    let was_retired = latest.as_ref().is_some_and(|reason| reason.retired);
    let note = new.note.clone();
    let next = rules::reworded(latest.as_ref(), new)?;
    if next.version != base + 1 || !store::insert_reason(&mut tx, &next, &note, actor.id, now).await? {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    let kind = match (next.version, next.retired && !was_retired) {
        (1, _) => "reason_added",
        (_, true) => "reason_retired",
        _ => "reason_reworded",
    };
    let record = Record::new("reasons", REASONS, kind)
        .with("worded", format!("{} / {}", next.name_ko, next.name_en))
        .with("version", next.version)
        .with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
