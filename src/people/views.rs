//! What the pages about people show.

use super::store::{PersonRow, RoleRow, SessionView};
use crate::{
    core::roles::{Role, STAFF},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

#[derive(Template)]
#[template(path = "people/account.html")]
pub struct AccountPage {
    pub page: Page,
    pub email: String,
    pub has_second_factor: bool,
    pub sessions: Vec<SessionView>,
    pub this_session: uuid::Uuid,
}

impl AccountPage {
    /// The browser and the system that a session's agent names; a person knows their own by these.
    fn device(&self, session: &SessionView) -> String {
        let named = |names: &[(&'static str, &'static str)]| {
            names.iter().find(|(mark, _)| session.agent.contains(mark)).map(|(_, name)| *name)
        };
        let browser = named(&[
            ("Edg", "Edge"),
            ("Whale", "Whale"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ]);
        let system = named(&[
            ("Android", "Android"),
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ]);
        match (browser, system) {
            (Some(browser), Some(system)) => format!("{browser} · {system}"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => session.agent.chars().take(40).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "people/second_factor.html")]
pub struct SecondFactorPage {
    pub page: Page,
    pub form: Form,
    pub secret: String,
    /// The QR picture as a data address.
    pub picture: String,
}

#[derive(Template)]
#[template(path = "people/recovery_codes.html")]
pub struct RecoveryCodesPage {
    pub page: Page,
    pub codes: Vec<String>,
}

#[derive(Template)]
#[template(path = "people/list.html")]
pub struct PeoplePage {
    pub page: Page,
    pub people: Vec<PersonRow>,
    pub list: ListView,
    /// Auditors look; administrators add.
    pub may_add: bool,
}

#[derive(Template)]
#[template(path = "people/person.html")]
pub struct PersonPage {
    pub page: Page,
    pub form: Form,
    pub person: PersonRow,
    pub roles: Vec<RoleRow>,
    pub history: Vec<crate::audit::RecordRow>,
    pub is_self: bool,
}

impl PersonPage {
    pub fn choices(&self) -> Vec<Choice> {
        let open: Vec<Role> =
            STAFF.iter().copied().filter(|role| !self.roles.iter().any(|held| held.role == *role)).collect();
        Choice::codes(self.page.lang, "role", &open)
    }
}

#[derive(Template)]
#[template(path = "people/message.html")]
pub struct MessagePage {
    pub page: Page,
    pub body: Vec<String>,
}
