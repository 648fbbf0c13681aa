//! One struct, from one TOML file and the environment (`VOUCHERDESK__SECTION__KEY`). Every default is said here.

use anyhow::Context;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// `sqlite://path` or `postgres://…`; the environment variable DATABASE_URL comes first.
    pub database_url: SecretString,
    pub listen: String,
    /// How people reach the service: links in mails, the origin that may post forms.
    pub base_url: String,
    /// Needed to serve plain HTTP on an address outside this machine: a proxy in front ends TLS.
    pub behind_tls_proxy: bool,
    /// The proxy whose X-Forwarded-For is believed; nobody's otherwise.
    pub trusted_proxy: Option<std::net::IpAddr>,
    /// Uploads and other stored files.
    pub files_dir: PathBuf,
    /// 32 bytes in hexadecimal: seals account numbers and second-factor seeds.
    pub sealing_key: SecretString,
    /// `host:port` of clamd; without it, uploads stay unscanned.
    pub clamd: Option<String>,
    /// Whether a document that no scanner has seen may be opened by anyone.
    pub allow_unscanned: bool,
    /// Staff and vendors must have a second factor.
    pub second_factor_required: bool,
    /// Signing in by an OpenID provider, beside the password; without it, by password alone.
    pub oidc: Option<OidcConfig>,
    /// A generative model that may be asked about an application; without it nothing of that is there.
    pub assistant: Option<AssistantConfig>,
    /// Says on every page that this is a demonstration, and lets its accounts in without a second factor.
    pub demo: bool,
    pub mail: MailConfig,
    /// Days that pass between the second officer's confirmation of a vendor's new account and its first use.
    pub account_cooling_days: i64,
    /// Forms a second that one address may send, and how many at once.
    pub rate_per_second: u32,
    pub rate_burst: u32,
    pub workers: usize,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailConfig {
    /// `smtp` or `folder` (one file a mail, for trial and demonstration).
    pub transport: String,
    pub folder: PathBuf,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<SecretString>,
    /// `required` or, on this machine only, `none`.
    pub tls: String,
    pub from: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcConfig {
    /// As the provider's own description calls it, to the letter.
    pub issuer: String,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// Values of `acr` by which the provider says that it took a second factor.
    #[serde(default)]
    pub second_factor_acr: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssistantConfig {
    /// Of an endpoint that speaks the chat completions of OpenAI, without `/v1/chat/completions`.
    pub url: String,
    pub model: String,
    #[serde(default)]
    pub key: Option<SecretString>,
    /// How long an answer may take: less than a job is leased for.
    #[serde(default = "assistant_seconds")]
    pub seconds: u64,
}

fn assistant_seconds() -> u64 {
    45
}

impl Default for Config {
    fn default() -> Config {
        Config {
            database_url: "sqlite://data/voucherdesk.db".into(),
            listen: "127.0.0.1:8080".to_owned(),
            base_url: "http://127.0.0.1:8080".to_owned(),
            behind_tls_proxy: false,
            trusted_proxy: None,
            files_dir: "data/files".into(),
            sealing_key: "".into(),
            clamd: None,
            allow_unscanned: false,
            second_factor_required: true,
            oidc: None,
            assistant: None,
            demo: false,
            mail: MailConfig::default(),
            account_cooling_days: 7,
            rate_per_second: 200,
            rate_burst: 1_000,
            workers: 2,
        }
    }
}

impl Default for MailConfig {
    fn default() -> MailConfig {
        MailConfig {
            transport: "folder".to_owned(),
            folder: "data/mail".into(),
            host: "127.0.0.1".to_owned(),
            port: 587,
            user: None,
            password: None,
            tls: "required".to_owned(),
            from: "voucherdesk@localhost.localdomain".to_owned(),
        }
    }
}

impl Config {
    /// Reads `file` when given, then the environment.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Config> {
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file));
        }
        let environment =
            config::Environment::with_prefix("VOUCHERDESK").prefix_separator("__").separator("__").try_parsing(true);
        let mut config: Config =
            builder.add_source(environment).build()?.try_deserialize().context("the settings cannot be read")?;
        if let Ok(url) = std::env::var("DATABASE_URL") {
            config.database_url = url.into();
        }
        Ok(config)
    }

    /// What must hold before the service may listen.
    pub fn check(&self) -> anyhow::Result<()> {
        let address: std::net::SocketAddr = self.listen.parse().context("`listen` is not an address with a port")?;
        anyhow::ensure!(
            address.ip().is_loopback() || self.behind_tls_proxy,
            "plain HTTP outside this machine: put a TLS proxy in front and set behind_tls_proxy = true"
        );
        if let Some(oidc) = &self.oidc {
            anyhow::ensure!(crate::people::is_private(&oidc.issuer), "oidc.issuer must begin with https://");
        }
        if let Some(assistant) = &self.assistant {
            anyhow::ensure!(crate::people::is_private(&assistant.url), "assistant.url must begin with https://");
            anyhow::ensure!((1..=100).contains(&assistant.seconds), "assistant.seconds is 1 to 100");
        }
        Ok(())
    }
}
