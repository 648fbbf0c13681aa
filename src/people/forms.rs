//! What people send about themselves.

use crate::core::{form::FormErrors, roles::Role};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    pub email: String,
    pub password: String,
    #[serde(default)]
    pub next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeForm {
    pub code: String,
    #[serde(default)]
    pub next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofForm {
    pub password: String,
    #[serde(default)]
    pub next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressForm {
    pub email: String,
}

impl AddressForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let email = errors.email("email", &self.email);
        errors.done(email)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUpForm {
    pub name: String,
    pub password: String,
    #[serde(default)]
    pub consent: String,
}

pub struct SignUp {
    pub name: String,
    pub password: String,
}

impl SignUpForm {
    pub fn parse(self) -> Result<SignUp, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 60);
        errors.must_tick("consent", &self.consent);
        errors.done(SignUp { name, password: self.password })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPasswordForm {
    pub password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePasswordForm {
    pub present: String,
    pub password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageForm {
    pub lang: String,
    #[serde(default)]
    pub back: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStaffForm {
    pub email: String,
    pub name: String,
    #[serde(default)]
    pub role: String,
}

pub struct NewStaff {
    pub email: String,
    pub name: String,
    pub role: Role,
}

impl NewStaffForm {
    pub fn parse(self) -> Result<NewStaff, FormErrors> {
        let mut errors = FormErrors::new();
        let email = errors.email("email", &self.email);
        let name = errors.line("name", &self.name, 60);
        let role = errors.choice::<Role>("role", &self.role).filter(|role| role.is_staff());
        if role.is_none() && !errors.0.iter().any(|trouble| trouble.field == "role") {
            errors.add("role", "form-choose");
        }
        errors.done(NewStaff { email, name, role: role.unwrap_or(Role::Auditor) })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleForm {
    #[serde(default)]
    pub role: String,
}
