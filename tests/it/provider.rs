//! Stories of signing in by an identity provider: a small one runs inside the story and signs real tokens.

use crate::support::{Browser, Seen, Tester};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::{
    rand::SystemRandom,
    rsa::PublicKeyComponents,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
};
use voucherdesk::{config::OidcConfig, core::roles::Role};

/// Made for these stories and used nowhere else.
const KEY: &str = include_str!("support/provider_key.txt");
const CLIENT: &str = "voucherdesk";
const SECRET: &str = "a secret: with signs";

/// What the provider will say, and what it was asked.
#[derive(Default)]
struct Talk {
    claims: Value,
    /// What the browser brought to the provider.
    asked: BTreeMap<String, String>,
    key_name: String,
    /// Another provider's signature.
    forged: bool,
    exchanges: usize,
}

struct Provider {
    issuer: String,
    talk: Arc<Mutex<Talk>>,
}

impl Provider {
    fn begin() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let talk = Arc::new(Mutex::new(Talk { key_name: "one".to_owned(), ..Talk::default() }));
        let provider = Provider { issuer: issuer.clone(), talk: talk.clone() };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &issuer, &talk);
            }
        });
        provider
    }

    fn settings(&self) -> OidcConfig {
        OidcConfig {
            issuer: self.issuer.clone(),
            client_id: CLIENT.to_owned(),
            client_secret: Some(SECRET.into()),
            second_factor_acr: vec!["strong".to_owned()],
        }
    }
}

fn key() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&STANDARD.decode(KEY.split_whitespace().collect::<String>()).unwrap()).unwrap()
}

fn signed(claims: &Value, key_name: &str, forged: bool) -> String {
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", text(&json!({ "alg": "RS256", "kid": key_name })), text(claims));
    let pair = key();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    if forged {
        signature[7] ^= 1;
    }
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn answer(mut stream: TcpStream, issuer: &str, talk: &Mutex<Talk>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(": ") else { break };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap(),
            "authorization" => authorization = value.to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = first.split(' ').nth(1).unwrap();
    let mut talk = talk.lock().unwrap();
    let said = match path {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/keys"),
        }),
        "/keys" => {
            let public: PublicKeyComponents<Vec<u8>> = key().public().into();
            let (n, e) = (URL_SAFE_NO_PAD.encode(public.n), URL_SAFE_NO_PAD.encode(public.e));
            json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": talk.key_name, "n": n, "e": e }] })
        }
        "/token" => {
            let form: BTreeMap<String, String> = serde_html_form::from_bytes(&body).unwrap();
            let pair = STANDARD.decode(authorization.strip_prefix("Basic ").unwrap()).unwrap();
            assert_eq!(String::from_utf8(pair).unwrap(), "voucherdesk:a+secret%3A+with+signs");
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(form["code_verifier"].as_bytes()));
            assert_eq!(Some(&challenge), talk.asked.get("code_challenge"), "the code is worth nothing to others");
            assert_eq!(form["redirect_uri"], talk.asked["redirect_uri"]);
            assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "a code"));
            talk.exchanges += 1;
            json!({ "token_type": "Bearer", "id_token": signed(&talk.claims, &talk.key_name, talk.forged) })
        }
        other => panic!("nobody asks a provider for {other}"),
    };
    let said = said.to_string();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", said.len());
    stream.write_all(format!("{head}connection: close\r\n\r\n{said}").as_bytes()).unwrap();
}

/// A person goes to the provider, is vouched for as `change` says, and comes back.
async fn back(t: &Tester, browser: &mut Browser, provider: &Provider, change: impl FnOnce(&mut Value)) -> Seen {
    let page = browser.see("/sign-in?next=/account").await;
    let left = browser.get(&page.link("/sign-in/provider")).await;
    assert_eq!(left.status, 303, "{}", left.text());
    let there = left.location().unwrap();
    let (endpoint, query) = there.split_once('?').unwrap();
    assert_eq!(endpoint, format!("{}/authorize", provider.issuer));
    let asked: BTreeMap<String, String> = serde_html_form::from_str(query).unwrap();
    let held = |name: &str| asked[name].as_str();
    assert_eq!((held("response_type"), held("client_id"), held("scope")), ("code", CLIENT, "openid email"));
    assert_eq!((held("code_challenge_method"), held("acr_values")), ("S256", "strong"));
    let now = t.now().timestamp();
    let mut claims = json!({
        "iss": provider.issuer, "sub": "person-7", "aud": CLIENT, "iat": now, "exp": now + 300,
        "nonce": asked["nonce"], "email": "Owner@Firm.test", "email_verified": true,
    });
    change(&mut claims);
    let state = asked["state"].clone();
    {
        let mut talk = provider.talk.lock().unwrap();
        (talk.claims, talk.asked) = (claims, asked);
    }
    browser.get(&format!("/sign-in/provider/back?code=a+code&state={state}")).await
}

both!(without_a_provider_there_is_no_such_way_in, async |t: Tester| {
    let mut browser = t.outsider();
    assert!(!browser.see("/sign-in").await.links().iter().any(|link| link.contains("provider")));
    assert_eq!(browser.get("/sign-in/provider").await.status, 404);
    assert_eq!(browser.get("/sign-in/provider/back?code=x&state=y").await.status, 404);
    // One that does not answer keeps nobody from the password.
    let nobody = OidcConfig { issuer: "http://127.0.0.1:1".to_owned(), ..Provider::begin().settings() };
    let t = t.set_up_as(|config| config.oidc = Some(nobody)).await;
    let seen = t.outsider().get("/sign-in/provider").await;
    assert_eq!(seen.status, 503);
    seen.says("sign in with your password");
});

both!(a_person_whom_the_provider_vouches_for_is_signed_in, async |t: Tester| {
    let provider = Provider::begin();
    let t = t.set_up_as(|config| config.oidc = Some(provider.settings())).await;
    t.person("owner@firm.test").await;
    let mut browser = t.outsider();
    let seen = back(&t, &mut browser, &provider, |_| {}).await;
    assert_eq!((seen.status.as_u16(), seen.location().as_deref()), (303, Some("/account")));
    browser.follow(seen).await.says("owner@firm.test");
    // The same person under another address is still the same; the address under another person is not.
    let mut again = t.outsider();
    let seen = back(&t, &mut again, &provider, |claims| claims["email"] = json!("new@firm.test")).await;
    again.follow(seen).await.says("owner@firm.test");
    let mut other = t.outsider();
    let seen = back(&t, &mut other, &provider, |claims| claims["sub"] = json!("person-8")).await;
    assert_eq!(seen.status, 403);
    seen.says("belongs to another person");
    // The provider has a new key since.
    provider.talk.lock().unwrap().key_name = "two".to_owned();
    t.advance(chrono::Duration::minutes(1));
    let mut later = t.outsider();
    assert_eq!(back(&t, &mut later, &provider, |_| {}).await.status, 303);
});

both!(whatever_is_wrong_with_a_token_signs_nobody_in, async |t: Tester| {
    let provider = Provider::begin();
    let t = t.set_up_as(|config| config.oidc = Some(provider.settings())).await;
    t.person("owner@firm.test").await;
    let past = t.now().timestamp() - 61;
    let spoils: [(&str, Value); 7] = [
        ("nonce", json!("another")),
        ("iss", json!("http://127.0.0.1:1")),
        ("aud", json!("another")),
        ("azp", json!("another")),
        ("exp", json!(past)),
        ("iat", json!(t.now().timestamp() + 120)),
        ("email_verified", json!(false)),
    ];
    for (claim, value) in spoils {
        let mut browser = t.outsider();
        let seen = back(&t, &mut browser, &provider, |claims| claims[claim] = value).await;
        assert_eq!(seen.status, 403, "{claim}: {}", seen.text());
        assert!(browser.get("/account").await.status.is_redirection(), "{claim}");
    }
    provider.talk.lock().unwrap().forged = true;
    assert_eq!(back(&t, &mut t.outsider(), &provider, |_| {}).await.status, 403);
    provider.talk.lock().unwrap().forged = false;
    // Another browser's way, a state of one's own, a way begun too long ago, a code that is missing.
    let exchanges = provider.talk.lock().unwrap().exchanges;
    let mut browser = t.outsider();
    let left = browser.get("/sign-in/provider").await.location().unwrap();
    let asked: BTreeMap<String, String> = serde_html_form::from_str(left.split_once('?').unwrap().1).unwrap();
    let back_to = |state: &str, code: &str| format!("/sign-in/provider/back?code={code}&state={state}");
    assert_eq!(t.outsider().get(&back_to(&asked["state"], "x")).await.status, 403);
    assert_eq!(browser.get(&back_to("mine", "x")).await.status, 403);
    assert_eq!(browser.get(&back_to(&asked["state"], "")).await.status, 403);
    t.advance(chrono::Duration::minutes(11));
    assert_eq!(browser.get(&back_to(&asked["state"], "x")).await.status, 403);
    assert_eq!(provider.talk.lock().unwrap().exchanges, exchanges, "no code was spent on any of these");
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value("SELECT COUNT(*) FROM sessions", ()).await.unwrap(), Some(0_i64));
});

both!(who_has_no_account_begins_the_ordinary_sign_up, async |t: Tester| {
    let provider = Provider::begin();
    let t = t.set_up_as(|config| config.oidc = Some(provider.settings())).await;
    let mut browser = t.outsider();
    let seen = back(&t, &mut browser, &provider, |claims| claims["email"] = json!("new@firm.test")).await;
    let page = browser.follow(seen).await;
    page.says("new@firm.test");
    let form = page.form("/sign-up/").with(&[
        ("name", "김새롬"),
        ("password", "아주 길고 또 긴 비밀번호 문장 2027"),
        ("consent", "yes"),
    ]);
    let made = browser.submit(form).await;
    assert_eq!(made.status, 303, "{}", made.text());
    let mut again = t.outsider();
    let seen = back(&t, &mut again, &provider, |claims| claims["email"] = json!("new@firm.test")).await;
    again.follow(seen).await.says("new@firm.test");
});

both!(a_second_factor_is_still_asked_for_unless_the_provider_took_one, async |t: Tester| {
    let provider = Provider::begin();
    let t = t.set_up_as(|config| config.oidc = Some(provider.settings())).await;
    let person = t.person("owner@firm.test").await;
    t.grant(person, Role::Manager, None).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE people SET totp_secret = $1, totp_confirmed_at = $2", (vec![1_u8; 60], t.now())).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = t.outsider();
    let seen = back(&t, &mut browser, &provider, |_| {}).await;
    assert_eq!(seen.location().as_deref(), Some("/sign-in/code?next=/account"));
    assert!(browser.get("/account").await.status.is_redirection(), "half a session opens nothing");
    let weak = back(&t, &mut t.outsider(), &provider, |claims| claims["acr"] = json!("weak")).await;
    assert!(weak.location().unwrap().starts_with("/sign-in/code"));
    let mut strong = t.outsider();
    let seen = back(&t, &mut strong, &provider, |claims| claims["acr"] = json!("strong")).await;
    assert_eq!(seen.location().as_deref(), Some("/account"));
    strong.follow(seen).await.says("owner@firm.test");
});
