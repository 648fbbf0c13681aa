//! Sealing what must not be read from a copy of the database: account numbers, second-factor seeds.
//! XChaCha20-Poly1305 with a random nonce; the first byte says which key, so that keys can be changed.

use anyhow::Context;
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::Rng;

const KEY_NUMBER: u8 = 1;
const NONCE_BYTES: usize = 24;

#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    /// For fingerprints only: derived from the key, never the key itself.
    mark: [u8; 32],
}

impl Seal {
    /// `key` is 32 bytes in hexadecimal.
    pub fn new(key: &str) -> anyhow::Result<Seal> {
        let bytes = hex::decode(key.trim()).context("the sealing key is not hexadecimal")?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| anyhow::anyhow!("the sealing key is not 32 bytes long"))?;
        let mark = digest(&[b"fingerprint", &key]);
        Ok(Seal { cipher: XChaCha20Poly1305::new(&Key::from(key)), mark })
    }

    /// The same for equal texts of one purpose, and worth nothing without the key: what is sealed can be compared by it.
    pub fn fingerprint(&self, purpose: &str, text: &str) -> String {
        let inner = digest(&[&self.mark, purpose.as_bytes(), b"\0", text.as_bytes()]);
        hex::encode(digest(&[&self.mark, &inner]))
    }

    /// `purpose` is bound to the sealed text: what was sealed as one thing does not open as another.
    pub fn seal(&self, purpose: &str, text: &str) -> Vec<u8> {
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload).expect("short texts always seal");
        [&[KEY_NUMBER][..], &nonce, &sealed].concat()
    }

    pub fn open(&self, purpose: &str, sealed: &[u8]) -> anyhow::Result<String> {
        anyhow::ensure!(sealed.first() == Some(&KEY_NUMBER), "sealed with a key that is not here");
        let (nonce, sealed) = sealed[1..].split_at_checked(NONCE_BYTES).context("a sealed text is too short")?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into()?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let opened = self.cipher.decrypt(&XNonce::from(nonce), payload);
        let opened = opened.map_err(|_| anyhow::anyhow!("a sealed text does not open with this key"))?;
        Ok(String::from_utf8(opened)?)
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    use sha2::Digest;
    let mut hash = sha2::Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// 160 random bits: the seed of a second factor.
pub fn random_bytes() -> Vec<u8> {
    let mut bytes = vec![0_u8; 20];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A secret of 256 random bits for a cookie or a link.
pub fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// What is stored of such a secret.
pub fn token_hash(token: &str) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_of_its_text_its_purpose_and_its_key() {
        let (one, other) = (Seal::new(&"ab".repeat(32)).unwrap(), Seal::new(&"cd".repeat(32)).unwrap());
        assert_eq!(one.fingerprint("account", "110123"), one.fingerprint("account", "110123"));
        assert_ne!(one.fingerprint("account", "110123"), one.fingerprint("account", "110124"));
        assert_ne!(one.fingerprint("account", "110123"), one.fingerprint("phone", "110123"));
        assert_ne!(one.fingerprint("account", "110123"), other.fingerprint("account", "110123"));
    }

    #[test]
    fn what_is_sealed_opens_only_whole_and_for_its_purpose() {
        let seal = Seal::new(&"ab".repeat(32)).unwrap();
        let sealed = seal.seal("account", "110-123-456789");
        assert_eq!(seal.open("account", &sealed).unwrap(), "110-123-456789");
        assert!(seal.open("totp", &sealed).is_err());
        let mut torn = sealed.clone();
        torn[30] ^= 1;
        assert!(seal.open("account", &torn).is_err());
        assert!(seal.open("account", &sealed[..10]).is_err());
        assert!(seal.open("account", &[]).is_err());
        assert_ne!(seal.seal("account", "1"), seal.seal("account", "1"));
    }
}
