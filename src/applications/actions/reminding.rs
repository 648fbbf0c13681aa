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
};
use chrono::{DateTime, Duration, Utc};

/// One kind of reminder: how long before the end.
struct Kind {
    name: &'static str,
    before: Duration,
}

const fn kind(name: &'static str, before: Duration) -> Kind {
    Kind { name, before }
}

/// Most pressing first (domain: deadlines and timers, draft reminders).
const CLOSING: [Kind; 3] = [
    kind("closing_3h", Duration::hours(3)),
    kind("closing_2d", Duration::days(2)),
    kind("closing_7d", Duration::days(7)),
];
const SUPPLEMENT: [Kind; 1] = [kind("supplement_2d", Duration::days(2))];

/// Rows that one unit of work takes up; what is left is done a minute later.
const AT_ONCE: i64 = 200;

/// Sends what is due; answers how many applications were reminded. For the timer: cheap when there are none.
pub async fn remind(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut reminded = 0;
    for (place, kind) in CLOSING.iter().enumerate() {
        let mut tx = app.db.read().await?;
        let due = reminders::drafts(&mut tx, kind.name, now, now + kind.before, AT_ONCE).await?;
        drop(tx);
        reminded += send(app, due, kind, &CLOSING[place..], "application-closing", now).await?;
    }
    for kind in &SUPPLEMENT {
        let mut tx = app.db.read().await?;
        let due = reminders::supplements(&mut tx, kind.name, now, now + kind.before, AT_ONCE).await?;
        drop(tx);
        reminded += send(app, due, kind, &SUPPLEMENT, "application-supplement-due", now).await?;
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
            reminders::note(&mut tx, row.id, kind.name, now).await?;
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
