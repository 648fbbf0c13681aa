//! Sealing what must not be read from a copy of the database: account numbers, second-factor seeds.
//! XChaCha20-Poly1305 with a random nonce; the first byte says which key, so that keys can be changed.

use anyhow::Context;
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::Sha256;

const KEY_NUMBER: u8 = 1;
const NONCE_BYTES: usize = 24;

#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    /// Signs; made of the sealing key, never the key itself.
    signing: Vec<u8>,
}

impl Seal {
    /// `key` is 32 bytes in hexadecimal.
    pub fn new(key: &str) -> anyhow::Result<Seal> {
        let bytes = hex::decode(key.trim()).context("the sealing key is not hexadecimal")?;
        let key: [u8; 32] = bytes.try_into().map_err(|_| anyhow::anyhow!("the sealing key is not 32 bytes long"))?;
        let signing = hmac_sha256(&key, b"signing").to_vec();
        Ok(Seal { cipher: XChaCha20Poly1305::new(&Key::from(key)), signing })
    }

    /// Names the key that signs, so that another house's signature is told from a broken one.
    pub fn signing_key_name(&self) -> String {
        hex::encode(&hmac_sha256(&self.signing, b"name")[..8])
    }

    /// Vouches for a text; `purpose` is bound to it as when sealing.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let length = u64::try_from(purpose.len()).unwrap_or(u64::MAX).to_be_bytes();
        let message = [&length[..], purpose.as_bytes(), text.as_bytes()].concat();
        hex::encode(hmac_sha256(&self.signing, &message))
    }

    /// Whether `signature` is what this key signs the text with; takes the same time whatever is wrong.
    pub fn is_signed(&self, purpose: &str, text: &str, signature: &str) -> bool {
        use subtle::ConstantTimeEq;
        self.sign(purpose, text).as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// The same for equal texts of one purpose, and worth nothing without the key: what is sealed can be compared by it.
    pub fn fingerprint(&self, purpose: &str, text: &str) -> String {
        self.sign(&format!("fingerprint of {purpose}"), text)
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

/// HMAC-SHA256 (RFC 2104) over a message that may still grow.
pub fn mac(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("a key of any length will do");
    mac.update(message);
    mac
}

fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    mac(key, message).finalize().into_bytes().into()
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
    fn signatures_are_those_of_rfc_4231() {
        let hex_of = |key: &[u8], message: &[u8]| hex::encode(hmac_sha256(key, message));
        assert_eq!(
            hex_of(&[0x0b; 20], b"Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex_of(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex_of(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        let seal = Seal::new(&"ab".repeat(32)).unwrap();
        let signature = seal.sign("call", "text");
        assert!(seal.is_signed("call", "text", &signature));
        assert!(!seal.is_signed("call", "texT", &signature) && !seal.is_signed("cal", "ltext", &signature));
        assert_ne!(Seal::new(&"cd".repeat(32)).unwrap().signing_key_name(), seal.signing_key_name());
    }

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
