//! The OpenID provider that the settings name: what it publishes, the way there, and the exchange of a code for a token.
//! Nothing of it is reached before somebody signs in by it.

use super::id_token::{self, Claims, Expected, KeySet, Wrong};
use crate::{
    config::OidcConfig,
    core::secret::{Seal, random_token},
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;

/// How long somebody may take at the provider.
const FLIGHT_MINUTES: i64 = 10;
/// What the provider publishes is read anew after this.
const KNOWN_MINUTES: i64 = 60;
/// Keys that somebody's token asks for are looked for at most this often.
const ANEW_SECONDS: i64 = 30;
const ANSWER_SECONDS: u64 = 8;
const ANSWER_BYTES_MAX: u64 = 256 * 1024;
const PURPOSE: &str = "sign-in under way";

pub struct Provider {
    settings: OidcConfig,
    redirect_uri: String,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    published: Published,
    keys: KeySet,
    at: DateTime<Utc>,
}

/// The part of a provider's description that is used here.
#[derive(Debug, Clone, Deserialize)]
struct Published {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

/// A sign-in that is under way: sealed in a cookie, so that only the browser that began it can end it.
#[derive(Serialize, Deserialize)]
struct Flight {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    begun_at: DateTime<Utc>,
}

/// Somebody whom the provider vouches for.
pub struct Vouched {
    pub issuer: String,
    pub claims: Claims,
    /// The provider says that a second factor was used.
    pub strong: bool,
    /// Where the sign-in was to lead.
    pub next: String,
}

/// Why nobody is vouched for.
#[derive(Debug)]
pub enum NotVouched {
    /// The browser, the state or the time is not that of the beginning.
    Flight,
    Token(Wrong),
    /// The provider did not answer, or not what it should.
    Provider(anyhow::Error),
}

impl From<anyhow::Error> for NotVouched {
    fn from(error: anyhow::Error) -> NotVouched {
        NotVouched::Provider(error)
    }
}

impl Provider {
    pub fn new(settings: OidcConfig, base_url: &str) -> Provider {
        let redirect_uri = format!("{}/sign-in/provider/back", base_url.trim_end_matches('/'));
        Provider { settings, redirect_uri, known: Mutex::new(None) }
    }

    /// Where the browser goes, and what it keeps until it is back.
    pub async fn begin(&self, seal: &Seal, next: &str, now: DateTime<Utc>) -> anyhow::Result<(String, String)> {
        let known = self.known(now, KNOWN_MINUTES * 60).await?;
        let flight = Flight {
            state: random_token(),
            nonce: random_token(),
            verifier: random_token(),
            next: next.to_owned(),
            begun_at: now,
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(flight.verifier.as_bytes()));
        let wanted = self.settings.second_factor_acr.join(" ");
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid email"),
            ("state", &flight.state),
            ("nonce", &flight.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if !wanted.is_empty() {
            query.push(("acr_values", &wanted));
        }
        let query = serde_html_form::to_string(query)?;
        let endpoint = known.published.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        let kept = URL_SAFE_NO_PAD.encode(seal.seal(PURPOSE, &serde_json::to_string(&flight)?));
        Ok((format!("{endpoint}{joint}{query}"), kept))
    }

    /// Ends what `begin` began: `kept` is the browser's cookie, `code` and `state` what the provider sent along.
    pub async fn finish(
        &self,
        seal: &Seal,
        (kept, code, state): (&str, &str, &str),
        now: DateTime<Utc>,
    ) -> Result<Vouched, NotVouched> {
        let opened = URL_SAFE_NO_PAD.decode(kept).ok().and_then(|sealed| seal.open(PURPOSE, &sealed).ok());
        let flight = opened.and_then(|text| serde_json::from_str::<Flight>(&text).ok()).ok_or(NotVouched::Flight)?;
        let same = bool::from(flight.state.as_bytes().ct_eq(state.as_bytes()));
        if !same || now - flight.begun_at > Duration::minutes(FLIGHT_MINUTES) || code.is_empty() {
            return Err(NotVouched::Flight);
        }
        let known = self.known(now, KNOWN_MINUTES * 60).await?;
        let token = self.exchange(&known.published.token_endpoint, code, &flight.verifier).await?;
        let issuer = known.published.issuer;
        let expected = Expected { issuer: &issuer, client: &self.settings.client_id, nonce: &flight.nonce };
        let claims = match id_token::check(&token, &known.keys, &expected, now) {
            // The provider has changed its keys since.
            Err(Wrong::UnknownKey | Wrong::Signature) => {
                let keys = self.known(now, ANEW_SECONDS).await?.keys;
                id_token::check(&token, &keys, &expected, now)
            }
            checked => checked,
        };
        let claims = claims.map_err(NotVouched::Token)?;
        let strong = claims.acr.as_ref().is_some_and(|acr| self.settings.second_factor_acr.contains(acr));
        Ok(Vouched { issuer, claims, strong, next: flight.next })
    }

    /// What the provider publishes, at most so old.
    async fn known(&self, now: DateTime<Utc>, seconds_max: i64) -> anyhow::Result<Known> {
        let mut held = self.known.lock().await;
        if let Some(known) = held.as_ref().filter(|known| now - known.at < Duration::seconds(seconds_max)) {
            return Ok(known.clone());
        }
        let issuer = &self.settings.issuer;
        let published: Published =
            read(format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).await?;
        anyhow::ensure!(published.issuer == *issuer, "the provider calls itself {}", published.issuer);
        for url in [&published.authorization_endpoint, &published.token_endpoint, &published.jwks_uri] {
            anyhow::ensure!(is_private(url), "the provider names an address without TLS: {url}");
        }
        let keys = read(published.jwks_uri.clone()).await?;
        let known = Known { published, keys, at: now };
        *held = Some(known.clone());
        Ok(known)
    }

    async fn exchange(&self, endpoint: &str, code: &str, verifier: &str) -> anyhow::Result<String> {
        #[derive(Deserialize)]
        struct Answer {
            id_token: String,
        }
        let form: Vec<(&str, String)> = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("client_id", self.settings.client_id.clone()),
            ("code_verifier", verifier.to_owned()),
        ];
        let body = serde_html_form::to_string(form)?;
        let secret = self.settings.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let (endpoint, client) = (endpoint.to_owned(), self.settings.client_id.clone());
        let text = ask(move |agent| {
            let mut request = agent.post(endpoint).header("content-type", "application/x-www-form-urlencoded");
            if let Some(secret) = secret {
                request = request.header("authorization", basic(&client, &secret)?);
            }
            Ok(request.send(body)?)
        });
        let answer: Answer = serde_json::from_str(&text.await?).context("the answer to a code")?;
        Ok(answer.id_token)
    }
}

/// As RFC 6749, 2.3.1 writes a client and its secret.
fn basic(client: &str, secret: &str) -> anyhow::Result<String> {
    let encoded = |text: &str| -> anyhow::Result<String> {
        Ok(serde_html_form::to_string([("x", text)])?.trim_start_matches("x=").to_owned())
    };
    let pair = format!("{}:{}", encoded(client)?, encoded(secret)?);
    Ok(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// Whether nobody on the way can read what is sent there.
pub fn is_private(url: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    !url.contains('@') && (url.starts_with("https://") || local.iter().any(|start| url.starts_with(start)))
}

async fn read<T: DeserializeOwned>(url: String) -> anyhow::Result<T> {
    let text = ask({
        let url = url.clone();
        move |agent| Ok(agent.get(url).call()?)
    });
    serde_json::from_str(&text.await?).with_context(|| format!("what {url} says"))
}

/// One question to the provider, beside the threads that serve others.
async fn ask(
    question: impl FnOnce(ureq::Agent) -> anyhow::Result<ureq::http::Response<ureq::Body>> + Send + 'static,
) -> anyhow::Result<String> {
    tokio::task::spawn_blocking(move || {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(std::time::Duration::from_secs(ANSWER_SECONDS)))
            .max_redirects(0)
            .build()
            .new_agent();
        let mut response = question(agent)?;
        Ok(response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string()?)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_asked_without_tls() {
        for url in ["https://id.test/x", "http://127.0.0.1:9/x", "http://localhost:9/"] {
            assert!(is_private(url), "{url}");
        }
        for url in [
            "http://id.test",
            "http://127.0.0.1.evil.test:9/",
            "http://localhost.evil.test:1/",
            "ftp://x",
            "http://localhost:1@id.test",
            "",
        ] {
            assert!(!is_private(url), "{url}");
        }
    }

    #[test]
    fn a_client_and_its_secret_are_written_as_the_standard_says() {
        assert_eq!(basic("a b", "x:y").unwrap(), "Basic YStiOnglM0F5");
    }
}
