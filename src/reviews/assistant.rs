//! Who advises: a trait that a deployment may fill with a model of its own, and the one connector that is here, an
//! endpoint that speaks the chat completions of OpenAI. Nobody is asked unless the settings name somebody.

use super::rules::{Advice, AdviceTrouble, Prompt};
use crate::{config::AssistantConfig, core::names::clean_line};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

const ANSWER_BYTES_MAX: u64 = 64 * 1024;

/// A model that advises. It is asked by a job, never while a unit of work is open, and knows nothing but the prompt.
pub trait Assistant: Send + Sync {
    /// As the settings call it.
    fn model(&self) -> &str;
    /// Where the texts go: people read it before they ask.
    fn place(&self) -> &str;
    /// Asks and waits; in a thread that serves nobody else, for less than a lease of the worker.
    fn advise(&self, prompt: &Prompt) -> Result<Advised, AdviceTrouble>;
}

/// An advice, and the model as it calls itself.
#[derive(Debug)]
pub struct Advised {
    pub model: String,
    pub advice: Advice,
}

pub struct ChatEndpoint {
    settings: AssistantConfig,
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    model: String,
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

impl ChatEndpoint {
    pub fn new(settings: AssistantConfig) -> ChatEndpoint {
        ChatEndpoint { settings }
    }

    fn ask(&self, prompt: &Prompt) -> Result<Vec<u8>, ureq::Error> {
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(self.settings.seconds)))
            .max_redirects(0)
            .build()
            .new_agent();
        let body = json!({
            "model": self.settings.model,
            "messages": [
                { "role": "system", "content": prompt.instructions },
                { "role": "user", "content": prompt.input },
            ],
            "response_format": { "type": "json_object" },
        });
        let url = format!("{}/v1/chat/completions", self.settings.url.trim_end_matches('/'));
        let mut request = agent.post(url).header("content-type", "application/json");
        if let Some(key) = &self.settings.key {
            request = request.header("authorization", format!("Bearer {}", key.expose_secret()));
        }
        let mut response = request.send(body.to_string())?;
        if response.status() != 200 {
            return Err(ureq::Error::StatusCode(response.status().as_u16()));
        }
        response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec()
    }
}

impl Assistant for ChatEndpoint {
    fn model(&self) -> &str {
        &self.settings.model
    }

    fn place(&self) -> &str {
        &self.settings.url
    }

    fn advise(&self, prompt: &Prompt) -> Result<Advised, AdviceTrouble> {
        let body = self.ask(prompt).map_err(|error| {
            // Neither the key nor a word of the texts is in it.
            tracing::warn!(model = self.settings.model, %error, "the assistant did not answer");
            match error {
                ureq::Error::Timeout(_) => AdviceTrouble::Slow,
                ureq::Error::StatusCode(_) | ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => {
                    AdviceTrouble::Refused
                }
                ureq::Error::BodyExceedsLimit(_) => AdviceTrouble::TooLong,
                _ => AdviceTrouble::Unreachable,
            }
        })?;
        let completion: Completion = serde_json::from_slice(&body).map_err(|_| AdviceTrouble::Unreadable)?;
        let said = completion.choices.first().ok_or(AdviceTrouble::Unreadable)?;
        let advice = Advice::read(&said.message.content).ok_or(AdviceTrouble::Unreadable)?;
        Ok(Advised { model: clean_line(&completion.model, 100).unwrap_or_default(), advice })
    }
}
