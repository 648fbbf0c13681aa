//! Sends one mail: plain text and HTML from the same words, in the reader's language.

use super::Mail;
use crate::config::MailConfig;
use anyhow::Context;
use askama::Template;
use lettre::{
    AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Message as Letter, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// lettre's own time-out covers the connection only: a server that says nothing would hold the worker for ever.
const SEND_SECONDS_MAX: u64 = 30;

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub to: String,
    pub subject: String,
    pub text: String,
}

#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    base_url: String,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>),
    /// A post box that tests read.
    Box(Arc<Mutex<Vec<Message>>>),
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Html {
    lang: &'static str,
    subject: String,
    paragraphs: Vec<String>,
    link: Option<String>,
    link_label: String,
    foot: String,
}

impl Mailer {
    pub fn new(config: &MailConfig, base_url: &str) -> anyhow::Result<Mailer> {
        let way = match config.transport.as_str() {
            "smtp" => Way::Smtp(smtp(config)?),
            "folder" => {
                std::fs::create_dir_all(&config.folder).context("cannot make the folder for mails")?;
                Way::Folder(AsyncFileTransport::new(&config.folder))
            }
            other => anyhow::bail!("mail.transport is `smtp` or `folder`, not `{other}`"),
        };
        Ok(Mailer {
            from: config.from.parse().context("mail.from is not an address")?,
            base_url: base_url.to_owned(),
            way,
        })
    }

    /// A mailer that keeps what it is given, for tests.
    pub fn post_box(base_url: &str) -> Mailer {
        Mailer {
            from: "voucherdesk@example.test".parse().expect("an address"),
            base_url: base_url.to_owned(),
            way: Way::Box(Arc::default()),
        }
    }

    /// What the post box of a test holds.
    pub fn posted(&self) -> Vec<Message> {
        match &self.way {
            Way::Box(messages) => messages.lock().expect("nobody panics while posting").clone(),
            _ => Vec::new(),
        }
    }

    pub fn message(&self, mail: &Mail) -> Message {
        let args: Vec<(&str, String)> = mail.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let body = mail.lang.t_with(&format!("mail-{}-body", mail.name), &args);
        let subject = mail.lang.t_with(&format!("mail-{}-subject", mail.name), &args);
        let link = self.link(mail).map(|link| format!("\n\n{link}")).unwrap_or_default();
        Message { to: mail.to.clone(), subject, text: format!("{body}{link}\n\n{}", mail.lang.t("mail-foot")) }
    }

    fn link(&self, mail: &Mail) -> Option<String> {
        mail.link.as_ref().map(|path| format!("{}{path}", self.base_url))
    }

    /// Sends, or says why not: the outbox tries again.
    pub async fn send(&self, mail: &Mail) -> anyhow::Result<()> {
        let message = self.message(mail);
        let transport = match &self.way {
            Way::Box(messages) => {
                messages.lock().expect("nobody panics while posting").push(message);
                return Ok(());
            }
            Way::Smtp(transport) => Ok(transport),
            Way::Folder(transport) => Err(transport),
        };
        let html = Html {
            lang: mail.lang.code(),
            subject: message.subject.clone(),
            paragraphs: message.text.split("\n\n").filter(|p| !p.starts_with("http")).map(str::to_owned).collect(),
            link: self.link(mail),
            link_label: mail.lang.t("mail-open"),
            foot: mail.lang.t("service-name"),
        };
        let letter = Letter::builder()
            .message_id(None)
            .from(self.from.clone())
            .to(mail.to.parse().context("not a mail address")?)
            .subject(message.subject)
            .multipart(MultiPart::alternative_plain_html(message.text, html.render()?))?;
        let sending = async {
            match transport {
                Ok(smtp) => smtp.send(letter).await.map(drop).map_err(anyhow::Error::from),
                Err(folder) => folder.send(letter).await.map(drop).map_err(anyhow::Error::from),
            }
        };
        tokio::time::timeout(Duration::from_secs(SEND_SECONDS_MAX), sending)
            .await
            .context("the mail server says nothing")?
    }
}

fn smtp(config: &MailConfig) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let tls = match config.tls.as_str() {
        "required" => Tls::Required(TlsParameters::new(config.host.clone())?),
        "none" => {
            let local = config.host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
            anyhow::ensure!(local || config.host == "localhost", "mail without TLS leaves this machine");
            Tls::None
        }
        other => anyhow::bail!("mail.tls is `required` or `none`, not `{other}`"),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
        .port(config.port)
        .tls(tls)
        .timeout(Some(Duration::from_secs(10)));
    if let (Some(user), Some(password)) = (&config.user, &config.password) {
        builder = builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
    }
    Ok(builder.build())
}
