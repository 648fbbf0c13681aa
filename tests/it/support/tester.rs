//! A whole service in this process, as tests drive it.

use super::{browser::Browser, databases};
use actix_web::{
    App as Site,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceResponse},
    middleware::from_fn,
    test, web,
};
use chrono::{DateTime, TimeZone, Utc};
use std::{cell::Cell, pin::Pin, rc::Rc, sync::OnceLock};
use voucherdesk::{
    app::{self, App},
    config::Config,
    core::{
        actor::Actor,
        clock::Clock,
        lang::Lang,
        roles::{Capacity, Role},
    },
    db::Db,
    files::Files,
    front,
    outbox::{self, Mailer, Message},
    people::{self, PersonId},
};

/// Every person of a test signs in with it.
pub const PASSWORD: &str = "lantern orchid 47 ferry";
pub const BASE_URL: &str = "http://127.0.0.1:8080";

type Answer = Pin<Box<dyn Future<Output = ServiceResponse<BoxBody>>>>;
type Serve = Rc<dyn Fn(actix_http::Request) -> Answer>;

#[derive(Clone)]
pub struct Tester {
    pub app: web::Data<App>,
    serve: Serve,
    people: Rc<Cell<u32>>,
}

impl Tester {
    pub async fn on_sqlite() -> Tester {
        Tester::on(&databases::sqlite_url()).await
    }

    /// None, said loudly, when there is no server to run on.
    pub async fn on_postgres() -> Option<Tester> {
        match databases::postgres_url() {
            Some(url) => Some(Tester::on(&url).await),
            None => None,
        }
    }

    async fn on(url: &str) -> Tester {
        let config = Config {
            database_url: url.to_owned().into(),
            base_url: BASE_URL.to_owned(),
            sealing_key: "11".repeat(32).into(),
            second_factor_required: false,
            allow_unscanned: true,
            rate_per_second: 1_000_000,
            rate_burst: 1_000_000,
            // Lets tests sign in as often as they like.
            demo: true,
            ..Config::default()
        };
        Tester::with(config).await
    }

    /// The same database served with other settings.
    pub async fn set_up_as(&self, change: impl FnOnce(&mut Config)) -> Tester {
        let mut config = self.app.config.clone();
        change(&mut config);
        Tester::with(config).await
    }

    pub async fn with(config: Config) -> Tester {
        use secrecy::ExposeSecret;
        let db = Db::connect(config.database_url.expose_secret()).await.unwrap();
        let files = Files::in_folder(&databases::fresh_folder()).unwrap();
        // 2 March 2027, 10:00 in Seoul.
        let clock = Clock::by_hand(Utc.with_ymd_and_hms(2027, 3, 2, 1, 0, 0).unwrap());
        let app = web::Data::new(App::with(config, clock, db, files, Mailer::post_box(BASE_URL)).unwrap());
        let site = Site::new().app_data(app.clone()).wrap(from_fn(front::front)).configure(app::configure);
        let service = Rc::new(test::init_service(site).await);
        let serve: Serve = Rc::new(move |request| {
            let service = service.clone();
            Box::pin(async move {
                match service.call(request).await {
                    Ok(response) => response.map_into_boxed_body(),
                    Err(error) => panic!("the service gave no answer: {error}"),
                }
            })
        });
        Tester { app, serve, people: Rc::default() }
    }

    pub async fn answer(
        &self,
        request: actix_http::Request,
    ) -> (actix_web::http::StatusCode, actix_web::http::header::HeaderMap, Vec<u8>) {
        let response = (self.serve)(request).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().try_into_bytes();
        let body = match body {
            Ok(bytes) => bytes.to_vec(),
            Err(body) => actix_web::body::to_bytes(body).await.unwrap().to_vec(),
        };
        (status, headers, body)
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    pub fn advance(&self, by: chrono::Duration) {
        self.app.clock.advance(by);
    }

    /// Somebody who is not signed in.
    pub fn outsider(&self) -> Browser {
        Browser::new(self.clone())
    }

    /// Makes a person with this address and no role.
    pub async fn person(&self, email: &str) -> PersonId {
        let mut tx = self.app.db.write().await.unwrap();
        let name = email.split('@').next().unwrap();
        let id =
            people::make_person(&mut tx, &Actor::system(), email, name, Lang::En, Some(password_hash()), self.now())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn grant(&self, person: PersonId, role: Role, organisation: Option<uuid::Uuid>) {
        let mut tx = self.app.db.write().await.unwrap();
        people::grant(&mut tx, &Actor::system(), person, role, organisation, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A new member of staff, signed in, reading English.
    pub async fn staff(&self, role: Role) -> Browser {
        let number = self.people.replace(self.people.get() + 1);
        let email = format!("{role}{number}@staff.test");
        let person = self.person(&email).await;
        self.grant(person, role, None).await;
        self.signed_in(&email).await
    }

    /// A new person without a role, signed in: somebody who is about to register a firm or a vendor.
    pub async fn newcomer(&self) -> Browser {
        let number = self.people.replace(self.people.get() + 1);
        let email = format!("person{number}@firm.test");
        self.person(&email).await;
        self.signed_in(&email).await
    }

    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.outsider();
        let seen = browser.fill("/sign-in", "/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!(seen.status, 303, "{email} signs in: {}", seen.text());
        browser
    }

    /// The actor a browser's person is, for calling actions directly.
    pub async fn actor(&self, email: &str) -> Actor {
        let mut tx = self.app.db.read().await.unwrap();
        let person = people::find_by_email(&mut tx, email).await.unwrap().expect("a person");
        let roles: Vec<(Role, Option<uuid::Uuid>)> = tx
            .all(
                "SELECT role, organisation_id FROM person_roles WHERE person_id = $1 AND ended_at IS NULL",
                (person.id,),
            )
            .await
            .unwrap();
        let capacities: Vec<Capacity> = tx
            .values(
                "SELECT c.capacity FROM member_capacities c JOIN person_roles r ON r.id = c.role_id
                 WHERE r.person_id = $1 AND r.ended_at IS NULL ORDER BY c.capacity",
                (person.id,),
            )
            .await
            .unwrap();
        Actor {
            capacities,
            id: person.id.0,
            name: person.name,
            email: person.email,
            lang: person.lang,
            organisation: roles.iter().find_map(|(_, organisation)| *organisation),
            roles: roles.into_iter().map(|(role, _)| role).collect(),
            proven_at: self.now(),
            ..Actor::system()
        }
    }

    /// Does all jobs that are due and answers the mails sent so far.
    pub async fn mails(&self) -> Vec<Message> {
        outbox::run_due(&self.app).await.unwrap();
        self.app.mail.posted()
    }

    /// The first path of this service that the latest mail to `email` leads to.
    pub async fn mailed_link(&self, email: &str) -> String {
        let mails = self.mails().await;
        let mail = mails.iter().rev().find(|mail| mail.to == email).expect("a mail to this address");
        let start = mail.text.find(BASE_URL).expect("a link") + BASE_URL.len();
        mail.text[start..].split_whitespace().next().unwrap().to_owned()
    }
}

fn password_hash() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        use argon2::password_hash::PasswordHasher;
        argon2::Argon2::default().hash_password(PASSWORD.as_bytes()).unwrap().to_string()
    })
    .clone()
}
