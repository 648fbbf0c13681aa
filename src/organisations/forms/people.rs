//! What people send about who acts for an organisation.

use crate::core::{form::FormErrors, roles::Capacity};
use serde::Deserialize;

/// Somebody who is to join.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub email: String,
    pub name: String,
    /// At least one.
    pub capacities: Vec<Capacity>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteForm {
    pub email: String,
    pub name: String,
    #[serde(default)]
    pub capacities: Vec<String>,
}

impl InviteForm {
    pub fn parse(self) -> Result<NewMember, FormErrors> {
        let mut errors = FormErrors::new();
        let email = errors.email("email", &self.email);
        let name = errors.line("name", &self.name, 60);
        let capacities = capacities(&mut errors, &self.capacities);
        errors.done(NewMember { email, name, capacities })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacitiesForm {
    #[serde(default)]
    pub capacities: Vec<String>,
}

impl CapacitiesForm {
    pub fn parse(self) -> Result<Vec<Capacity>, FormErrors> {
        let mut errors = FormErrors::new();
        let capacities = capacities(&mut errors, &self.capacities);
        errors.done(capacities)
    }
}

fn capacities(errors: &mut FormErrors, texts: &[String]) -> Vec<Capacity> {
    let mut read: Vec<Capacity> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    if read.is_empty() || read.len() != texts.len() {
        errors.add("capacities", "form-choose");
    }
    read.sort();
    read.dedup();
    read
}

/// The account that somebody makes who was invited.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub name: String,
    pub password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptForm {
    pub name: String,
    pub password: String,
    #[serde(default)]
    pub consent: String,
}

impl AcceptForm {
    pub fn parse(self) -> Result<NewAccount, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 60);
        errors.must_tick("consent", &self.consent);
        errors.done(NewAccount { name, password: self.password })
    }
}
