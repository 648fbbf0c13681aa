//! Hashing passwords with Argon2id: off the request threads and never more at once than there are cores,
//! because each takes 19 MiB and a core for tens of milliseconds.

use crate::core::refusal::{Outcome, Refusal};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization;

/// Beyond this wait, "busy, try again" is kinder than a page that never comes.
const WAIT_SECONDS_MAX: u64 = 10;

#[derive(Clone)]
pub struct Passwords {
    desk: Arc<Semaphore>,
}

/// Checked when there is no such account, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password"));

impl Default for Passwords {
    fn default() -> Passwords {
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().min(4));
        Passwords { desk: Arc::new(Semaphore::new(cores)) }
    }
}

impl Passwords {
    pub async fn hash(&self, password: &str) -> Outcome<String> {
        let _permit = self.permit().await?;
        let password = normal(password);
        Ok(tokio::task::spawn_blocking(move || hash_now(&password)).await.map_err(anyhow::Error::from)?)
    }

    /// True when `password` belongs to `hash`. Without a hash, false after the same time.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Outcome<bool> {
        let _permit = self.permit().await?;
        let (password, hash) = (normal(password), hash.map(str::to_owned));
        let known = hash.is_some();
        let right = tokio::task::spawn_blocking(move || {
            let hash = hash.unwrap_or_else(|| NOBODY.clone());
            Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()
        })
        .await
        .map_err(anyhow::Error::from)?;
        Ok(right && known)
    }

    async fn permit(&self) -> Outcome<SemaphorePermit<'_>> {
        match tokio::time::timeout(Duration::from_secs(WAIT_SECONDS_MAX), self.desk.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Refusal::busy().into()),
        }
    }
}

/// Compatibility forms are made equal once, so that the same keys on another keyboard give the same password.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

fn hash_now(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("Argon2id with its default parameters").to_string()
}
