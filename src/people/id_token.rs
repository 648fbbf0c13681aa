//! What an OpenID provider says about a person, signed (OpenID Connect Core 1.0, section 3.1.3.7).
//! Invariant: only RS256 and ES256, and only by a key that the provider itself publishes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::{Deserialize, de::DeserializeOwned};

/// Clocks of two houses differ by at most this.
const LEEWAY: Duration = Duration::seconds(60);
/// No token is longer, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The keys that a provider publishes. Kinds that nobody here knows are passed over.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct KeySet {
    pub keys: Vec<Key>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// Some providers send the word instead of the value.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Verified {
    Flag(bool),
    Word(String),
}

/// What the provider vouches for.
#[derive(Debug, Clone, Deserialize)]
pub struct Claims {
    iss: String,
    /// The person at the provider: never given to anybody else.
    pub sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    email: Option<String>,
    email_verified: Option<Verified>,
    /// How the person proved who they are.
    pub acr: Option<String>,
}

impl Claims {
    /// The mail address, if the provider has made sure of it.
    pub fn verified_email(&self) -> Option<String> {
        let sure = match self.email_verified.as_ref()? {
            Verified::Flag(yes) => *yes,
            Verified::Word(word) => word == "true",
        };
        self.email.as_ref().filter(|_| sure).map(|email| email.trim().to_lowercase())
    }
}

/// What a token must say.
pub struct Expected<'a> {
    pub issuer: &'a str,
    pub client: &'a str,
    pub nonce: &'a str,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    Malformed,
    Algorithm,
    /// Signed by a key that is not (yet) in the set.
    UnknownKey,
    Signature,
    Issuer,
    Audience,
    Expired,
    FromFuture,
    Nonce,
}

/// Checks a token from its signature to its nonce.
pub fn check(token: &str, keys: &KeySet, expected: &Expected<'_>, now: DateTime<Utc>) -> Result<Claims, Wrong> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Wrong::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Wrong::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(Wrong::Malformed)?;
    let header: Header = part(header)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Wrong::Malformed)?;
    let kind = match header.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        _ => return Err(Wrong::Algorithm),
    };
    let named = |key: &&Key| {
        key.kty == kind
            && key.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && (header.kid.is_none() || key.kid == header.kid)
    };
    let mut candidates = keys.keys.iter().filter(named).peekable();
    candidates.peek().ok_or(Wrong::UnknownKey)?;
    if !candidates.any(|key| key.has_signed(signed.as_bytes(), &signature)) {
        return Err(Wrong::Signature);
    }
    let claims: Claims = part(payload)?;
    claims.hold(expected, now)?;
    Ok(claims)
}

fn part<T: DeserializeOwned>(text: &str) -> Result<T, Wrong> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Wrong::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Wrong::Malformed)
}

impl Key {
    fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        match self.kty.as_str() {
            "RSA" => {
                let (Some(n), Some(e)) = (bytes(&self.n), bytes(&self.e)) else { return false };
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            "EC" if self.crv.as_deref() == Some("P-256") => {
                let (Some(x), Some(y)) = (bytes(&self.x), bytes(&self.y)) else { return false };
                let point = [&[4_u8][..], &x, &y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

impl Claims {
    fn hold(&self, expected: &Expected<'_>, now: DateTime<Utc>) -> Result<(), Wrong> {
        if self.iss != expected.issuer {
            return Err(Wrong::Issuer);
        }
        let meant = match &self.aud {
            Audience::One(one) => one == expected.client,
            // For several, the party it was made for must be us.
            Audience::Many(many) => {
                many.iter().any(|one| one == expected.client)
                    && (many.len() == 1 || self.azp.as_deref() == Some(expected.client))
            }
        };
        if !meant || self.azp.as_deref().is_some_and(|azp| azp != expected.client) {
            return Err(Wrong::Audience);
        }
        let at = |seconds| DateTime::from_timestamp(seconds, 0).ok_or(Wrong::Malformed);
        if at(self.exp)? + LEEWAY <= now {
            return Err(Wrong::Expired);
        }
        if at(self.iat)? > now + LEEWAY {
            return Err(Wrong::FromFuture);
        }
        if self.nonce.as_deref() != Some(expected.nonce) {
            return Err(Wrong::Nonce);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
    };
    use serde_json::{Value, json};

    fn signed(header: &Value, claims: &Value) -> (String, KeySet) {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", text(header), text(claims));
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(&random, message.as_bytes()).unwrap());
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..65]));
        let keys = json!({ "keys": [
            { "kty": "oct", "kid": "other", "k": "AAAA" },
            { "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig", "x": x, "y": y },
        ] });
        (format!("{message}.{signature}"), serde_json::from_value(keys).unwrap())
    }

    const NOW: i64 = 1_800_000_000;

    fn claims() -> Value {
        json!({ "iss": "https://id.test", "sub": "7", "aud": "desk", "exp": NOW + 300, "iat": NOW, "nonce": "n",
                "email": "Kim@Firm.test", "email_verified": true })
    }

    fn checked(token: &str, keys: &KeySet) -> Result<Claims, Wrong> {
        let expected = Expected { issuer: "https://id.test", client: "desk", nonce: "n" };
        check(token, keys, &expected, DateTime::from_timestamp(NOW, 0).unwrap())
    }

    fn with(change: impl FnOnce(&mut Value)) -> Result<Claims, Wrong> {
        let mut claims = claims();
        change(&mut claims);
        let (token, keys) = signed(&json!({ "alg": "ES256", "kid": "one" }), &claims);
        checked(&token, &keys)
    }

    #[test]
    fn a_token_that_says_everything_is_believed() {
        let found = with(|_| {}).unwrap();
        assert_eq!(found.verified_email().as_deref(), Some("kim@firm.test"));
        assert!(with(|claims| claims["aud"] = json!(["desk"])).is_ok());
        assert!(with(|claims| (claims["aud"], claims["azp"]) = (json!(["desk", "other"]), json!("desk"))).is_ok());
        let unsure = |value: Value| with(|claims| claims["email_verified"] = value).unwrap().verified_email();
        assert_eq!(unsure(json!("true")).as_deref(), Some("kim@firm.test"));
        assert_eq!((unsure(json!(false)), unsure(json!("false")), unsure(json!(null))), (None, None, None));
    }

    #[test]
    fn whatever_is_wrong_is_refused() {
        type Spoil = fn(&mut Value);
        let cases: &[(Wrong, Spoil)] = &[
            (Wrong::Issuer, |claims| claims["iss"] = json!("https://id.test/")),
            (Wrong::Audience, |claims| claims["aud"] = json!("other")),
            (Wrong::Audience, |claims| claims["aud"] = json!(["desk", "other"])),
            (Wrong::Audience, |claims| claims["azp"] = json!("other")),
            (Wrong::Expired, |claims| claims["exp"] = json!(NOW - 60)),
            (Wrong::FromFuture, |claims| claims["iat"] = json!(NOW + 61)),
            (Wrong::Nonce, |claims| claims["nonce"] = json!("m")),
            (Wrong::Nonce, |claims| claims["nonce"] = json!(null)),
            (Wrong::Malformed, |claims| claims["exp"] = json!("soon")),
            (Wrong::Malformed, |claims| claims["exp"] = json!(i64::MAX)),
        ];
        for (wrong, spoil) in cases {
            assert_eq!(with(spoil).unwrap_err(), *wrong);
        }
    }

    #[test]
    fn only_a_key_of_the_provider_signs_and_only_in_two_ways() {
        let (token, keys) = signed(&json!({ "alg": "ES256", "kid": "one" }), &claims());
        let (_, others) = signed(&json!({ "alg": "ES256" }), &claims());
        assert_eq!(checked(&token, &others).unwrap_err(), Wrong::Signature);
        assert_eq!(checked(&token, &KeySet::default()).unwrap_err(), Wrong::UnknownKey);
        let (unknown, keys_of_it) = signed(&json!({ "alg": "ES256", "kid": "two" }), &claims());
        assert_eq!(checked(&unknown, &keys_of_it).unwrap_err(), Wrong::UnknownKey);
        for alg in ["none", "HS256", "RS512"] {
            let (token, keys) = signed(&json!({ "alg": alg }), &claims());
            assert_eq!(checked(&token, &keys).unwrap_err(), Wrong::Algorithm);
        }
        let (altered, _) = token.rsplit_once('.').unwrap();
        assert!(checked(&format!("{altered}."), &keys).is_err());
        for hostile in ["", ".", "..", "a.b.c", "가.나.다", &"x".repeat(20_000)] {
            assert_eq!(checked(hostile, &keys).unwrap_err(), Wrong::Malformed);
        }
    }
}
