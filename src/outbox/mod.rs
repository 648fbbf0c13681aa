//! Mail and jobs as rows, written with the change that causes them. A worker does them later, each once;
//! what fails is tried again with doubling delay, then waits as "stuck" for a person.

mod mail;
mod store;
mod worker;

pub use mail::{Mailer, Message};
pub use store::{OutboxRow, OutboxState, of_case, page, retry};
pub use worker::{run_due, work};

use crate::{core::lang::Lang, db::Tx};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A mail to write: its words are `mail-<name>-subject` and `mail-<name>-body` with these values put in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mail {
    pub to: String,
    pub lang: Lang,
    pub name: String,
    pub args: Vec<(String, String)>,
    /// The page the mail leads to, as a path.
    pub link: Option<String>,
}

impl Mail {
    pub fn new(to: impl Into<String>, lang: Lang, name: &'static str) -> Mail {
        Mail { to: to.into(), lang, name: name.to_owned(), args: Vec::new(), link: None }
    }

    /// As it is kept once it is sent: a link that lets its reader in is a secret, stored nowhere but as a hash.
    fn sent(mut self) -> Mail {
        let secret = |link: &String| ["/reset/", "/sign-up/", "/invitations/"].iter().any(|way| link.starts_with(way));
        self.link = self.link.filter(|link| !secret(link));
        self
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Mail {
        self.args.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn link(mut self, path: impl Into<String>) -> Mail {
        self.link = Some(path.into());
        self
    }
}

/// Puts a mail into the unit of work. `event` names what caused it: one event, one mail per address.
pub async fn mail(tx: &mut Tx, mail: Mail, event: &str, case: Option<Uuid>, now: DateTime<Utc>) -> sqlx::Result<()> {
    let dedupe = format!("mail:{}:{event}:{}", mail.name, mail.to);
    let payload = serde_json::to_value(mail).map_err(|error| sqlx::Error::Encode(error.into()))?;
    store::insert(tx, "mail", &dedupe, payload, case, now, now).await
}

/// Puts a job into the unit of work, to be done as soon as possible, once per `dedupe`.
pub async fn job(
    tx: &mut Tx,
    kind: &'static str,
    dedupe: &str,
    payload: serde_json::Value,
    case: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    store::insert(tx, kind, dedupe, payload, case, now, now).await
}
