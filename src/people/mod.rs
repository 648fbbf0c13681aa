//! Accounts, sessions, second factors, roles.
//! Invariant: nobody acts without a live role that says so, read from the database on every request.

pub mod actions;
mod forms;
mod id_token;
pub mod pages;
mod passwords;
mod provider;
mod rules;
pub mod sessions;
mod store;
mod views;

pub use actions::{actor_of, good_hash, grant, invite, join, make_person};
pub use passwords::Passwords;
pub use provider::{Provider, is_private};
pub use rules::needs_second_factor;
pub use store::{
    Member, PersonRow, contacts, end_membership, find_by_email, find_member, find_person, is_held_beside,
    mail_contacts, members, people_with_role, put_capacities, work_under,
};

crate::id!(
    /// A person with an account.
    PersonId
);
