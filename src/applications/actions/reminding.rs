//! Reminders by the timer: to those who have a draft that is not submitted before the call closes, and to those
//! who owe an answer to a supplement. Each kind once; the most pressing one stands for those that it overtook.

use super::{Dossier, tell_firm};
use crate::{
    app::App,
    applications::store::{
        self,
        reminders::{self, Due},
    },
    core::refusal::Trouble,
    db::Tx,
    programmes::{self, Call},
};
use chrono::{DateTime, Duration, Utc};

/// One kind of reminder: how long before the end.
struct Kind {
    name: String,
    before: Duration,
}

/// Of a supplement that is due (domain: deadlines and timers, draft reminders).
const SUPPLEMENT_DAYS: i64 = 2;

/// Rows that one unit of work takes up; what is left is done a minute later.
const AT_ONCE: i64 = 200;

/// Sends what is due; answers how many applications were reminded. For the timer: cheap when there are none.
pub async fn remind(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut reminded = 0;
    let mut after = None;
    loop {
        let mut tx = app.db.read().await?;
        let calls = programmes::open_calls_after(&mut tx, now, after).await?;
        drop(tx);
        let Some(last) = calls.last() else { break };
        after = Some((last.closes_at, last.id));
        reminded += remind_drafts(app, calls, now).await?;
    }
    let kind = Kind { name: format!("supplement_{SUPPLEMENT_DAYS}d"), before: Duration::days(SUPPLEMENT_DAYS) };
    let mut tx = app.db.read().await?;
    let due = reminders::supplements(&mut tx, &kind.name, now, now + kind.before, AT_ONCE).await?;
    drop(tx);
    reminded += send(app, due, &kind, std::slice::from_ref(&kind), "application-supplement-due", now).await?;
    Ok(reminded)
}

async fn remind_drafts(app: &App, calls: Vec<Call>, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let mut reminded = 0;
    for call in calls {
        let mut tx = app.db.read().await?;
        let hours = programmes::rules_at(&mut tx, call.id, call.version).await?.timers.reminder_hours;
        drop(tx);
        // The rules name the longest first; the most pressing one goes first.
        let kinds: Vec<Kind> = hours
            .iter()
            .rev()
            .map(|hours| Kind { name: format!("closing_{hours}h"), before: Duration::hours(*hours) })
            .collect();
        for (place, kind) in kinds.iter().enumerate().filter(|(_, kind)| call.closes_at <= now + kind.before) {
            let mut tx = app.db.read().await?;
            let due = reminders::drafts(&mut tx, call.id, &kind.name, AT_ONCE).await?;
            drop(tx);
            reminded += send(app, due, kind, &kinds[place..], "application-closing", now).await?;
        }
    }
    Ok(reminded)
}

async fn send(
    app: &App,
    due: Vec<Due>,
    kind: &Kind,
    overtaken: &[Kind],
    mail: &'static str,
    now: DateTime<Utc>,
) -> anyhow::Result<u64> {
    if due.is_empty() {
        return Ok(0);
    }
    let mut told = 0;
    let mut tx = app.db.write().await?;
    for row in due {
        for kind in overtaken {
            reminders::note(&mut tx, row.id, &kind.name, now).await?;
        }
        // Who began after the moment of this reminder needs none: the page they began on said it.
        if row.begun_at < row.ends_at - kind.before {
            tell(&mut tx, &row, kind, mail, now).await?;
            told += 1;
        }
    }
    tx.commit().await?;
    Ok(told)
}

async fn tell(tx: &mut Tx, due: &Due, kind: &Kind, name: &'static str, now: DateTime<Utc>) -> Result<(), Trouble> {
    let application = store::get(tx, due.id).await?;
    let dossier = Dossier::read(tx, application, now).await?;
    let title = dossier.application.title.clone();
    let (call_ko, call_en) = (dossier.around.call_name_ko.clone(), dossier.around.call_name_en.clone());
    let at = dossier.said(due.ends_at);
    let dress = |mail: crate::outbox::Mail| {
        let call = mail.lang.of(&call_ko, &call_en).to_owned();
        mail.with("title", &title).with("call", call).with("at", &at)
    };
    let event = format!("{}:{}:{}", due.id, kind.name, due.ends_at.timestamp());
    tell_firm(tx, &dossier.application, name, &event, dress, now).await?;
    Ok(())
}
