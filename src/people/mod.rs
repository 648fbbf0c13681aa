//! Accounts, sessions, second factors, roles.
//! Invariant: nobody acts without a live role that says so, read from the database on every request.

pub mod actions;
mod forms;
pub mod pages;
mod passwords;
mod rules;
pub mod sessions;
mod store;
mod views;

pub use actions::{end_roles_of, grant, invite, make_person};
pub use passwords::Passwords;
pub use rules::needs_second_factor;
pub use store::{PersonRow, find_by_email, find_person, mail_contacts, people_with_role};

crate::id!(
    /// A person with an account.
    PersonId
);
