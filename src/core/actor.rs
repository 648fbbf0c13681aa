//! Who is asking. Every action takes it first; what may be seen and done follows from it.

use super::lang::Lang;
use super::refusal::Refusal;
use super::roles::{Capacity, OwnAct, Role};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// How long a proof of who one is counts before dangerous acts (approve, release, role change, export).
pub const PROOF_MINUTES: i64 = 10;

#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// The person; nil for the system itself.
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub lang: Lang,
    pub roles: Vec<Role>,
    /// The firm or vendor organisation this person acts for.
    pub organisation: Option<Uuid>,
    /// What the person is in that organisation.
    pub capacities: Vec<Capacity>,
    /// The mandate under which an adviser works just now.
    pub mandate: Option<Mandate>,
    /// The session this act came through; nil for the command line.
    pub session: Uuid,
    pub proven_at: DateTime<Utc>,
    /// The request this act came with: the same in logs, error pages and history.
    pub request_id: String,
}

/// For whom an adviser works, and by which mandate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    pub id: Uuid,
    /// The firm's name: it stands in every record of what is done for it.
    pub on_behalf_of: String,
}

impl Actor {
    /// The system acting by itself: timers and jobs.
    pub fn system() -> Actor {
        Actor {
            id: Uuid::nil(),
            name: String::new(),
            email: String::new(),
            lang: Lang::Ko,
            roles: Vec::new(),
            organisation: None,
            capacities: Vec::new(),
            mandate: None,
            session: Uuid::nil(),
            proven_at: DateTime::UNIX_EPOCH,
            request_id: String::new(),
        }
    }

    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    pub fn is_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.is(*role))
    }

    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }

    pub fn is_system(&self) -> bool {
        self.id.is_nil()
    }

    /// None for the system.
    pub fn person(&self) -> Option<Uuid> {
        (!self.is_system()).then_some(self.id)
    }

    /// The roles as they stand in an audit record.
    pub fn role_text(&self) -> String {
        if self.is_system() {
            return "system".to_owned();
        }
        if self.roles.is_empty() {
            return "person".to_owned();
        }
        self.roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join("+")
    }

    /// The organisation of a firm's or vendor's person; without one there is nothing to see.
    pub fn organisation(&self) -> Result<Uuid, Refusal> {
        self.organisation.ok_or_else(Refusal::not_found)
    }

    /// Refuses what the person's capacity in their organisation does not cover. An adviser only ever drafts.
    /// Staff and the system belong to no organisation: the steps say what they may.
    pub fn may(&self, act: OwnAct) -> Result<(), Refusal> {
        let fits = if self.is(Role::Adviser) {
            self.mandate.is_some() && act == OwnAct::Draft
        } else if self.is_any(&[Role::Firm, Role::Vendor]) {
            self.capacities.iter().any(|capacity| act.by().contains(capacity))
        } else {
            true
        };
        if fits { Ok(()) } else { Err(Refusal::forbidden(act.refusal())) }
    }

    /// Refuses unless the person proved who they are within the last ten minutes.
    pub fn freshly_proven(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if now - self.proven_at <= Duration::minutes(PROOF_MINUTES) {
            return Ok(());
        }
        Err(Refusal::forbidden("refusal-proof-needed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capacity_covers_what_the_table_says_and_an_adviser_only_drafts() {
        for act in OwnAct::ALL {
            for capacity in Capacity::ALL {
                let actor = Actor { roles: vec![Role::Firm], capacities: vec![*capacity], ..Actor::system() };
                assert_eq!(actor.may(*act).is_ok(), act.by().contains(capacity), "{capacity} {act}");
            }
            let mandate = Some(Mandate { id: Uuid::nil(), on_behalf_of: String::new() });
            let adviser = Actor { roles: vec![Role::Adviser], mandate, ..Actor::system() };
            assert_eq!(adviser.may(*act).is_ok(), *act == OwnAct::Draft, "{act}");
            let idle = Actor { mandate: None, capacities: Capacity::ALL.to_vec(), ..adviser };
            assert!(idle.may(*act).is_err(), "{act}");
            let nobody = Actor { roles: vec![Role::Firm], ..Actor::system() };
            assert!(nobody.may(*act).is_err(), "{act}");
            assert!(!act.by().contains(&Capacity::Viewer), "a viewer reads");
        }
    }
}
