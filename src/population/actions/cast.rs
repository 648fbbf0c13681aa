//! Who acts in a population: the staff, and whoever speaks for a firm or vendor.

use super::Plan;
use crate::{
    app::App,
    core::{
        actor::Actor,
        lang::Lang,
        roles::{FOUNDER, Role},
    },
    people,
};
use uuid::Uuid;

/// The staff of the agency, one person a duty.
pub(super) struct Cast {
    pub admin: Actor,
    pub manager: Actor,
    pub screener: Actor,
    pub reviewers: Vec<Actor>,
    pub claims: Actor,
    pub payers: Vec<Actor>,
}

/// Fresh proof at the time of the act.
pub(super) fn at_work(app: &App, actor: &Actor) -> Actor {
    Actor { proven_at: app.clock.now(), ..actor.clone() }
}

/// As a firm's or vendor's person once they act for `organisation`.
pub(super) fn speaking_for(actor: &Actor, role: Role, organisation: Uuid) -> Actor {
    Actor { roles: vec![role], organisation: Some(organisation), capacities: FOUNDER.to_vec(), ..actor.clone() }
}

pub(super) async fn person(
    app: &App,
    email: &str,
    name: &str,
    role: Option<Role>,
    hash: Option<&str>,
) -> anyhow::Result<Actor> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let hash = hash.map(str::to_owned);
    let id = people::make_person(&mut tx, &Actor::system(), email, name, Lang::Ko, hash, now).await?;
    if let Some(role) = role {
        people::grant(&mut tx, &Actor::system(), id, role, None, now).await?;
    }
    tx.commit().await?;
    Ok(Actor {
        id: id.0,
        name: name.to_owned(),
        email: email.to_owned(),
        roles: role.into_iter().collect(),
        proven_at: now,
        ..Actor::system()
    })
}

impl Cast {
    pub async fn hire(app: &App, plan: &Plan, hash: Option<&str>) -> anyhow::Result<Cast> {
        let staff = async |name: &str, label: &str, role| {
            let email = format!("{name}@demo.test");
            person(app, &email, label, Some(role), hash.filter(|_| plan.password.is_some())).await
        };
        let mut reviewers = Vec::new();
        let mut payers = Vec::new();
        for n in 1..=3 {
            reviewers.push(staff(&format!("reviewer{n}"), &format!("시연 평가위원 {n}"), Role::Reviewer).await?);
            payers.push(staff(&format!("payer{n}"), &format!("시연 지급 {n}"), Role::Payer).await?);
        }
        staff("auditor", "시연 감사", Role::Auditor).await?;
        staff("analyst", "시연 분석", Role::Analyst).await?;
        Ok(Cast {
            admin: staff("admin", "시연 관리자", Role::Admin).await?,
            manager: staff("manager", "시연 사업책임", Role::Manager).await?,
            screener: staff("screener", "시연 요건검토", Role::Screener).await?,
            claims: staff("claims", "시연 정산검토", Role::ClaimsOfficer).await?,
            reviewers,
            payers,
        })
    }
}
