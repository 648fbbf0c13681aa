//! Recoveries: notice, objection, the order of another person, what comes in, instalments, write-off by two people.
//! The ledger says what is owed; a row says how far interest is reckoned.

mod giving_up;
mod noticing;
mod receiving;
mod watching;

pub use giving_up::{ask_write_off, write_off};
pub use noticing::{decide, notice, object};
pub use receiving::{plan, receive};
pub use watching::turn;
pub(in crate::integrity) use watching::{Standing, standing};

use crate::{
    app::App,
    applications,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once, series::Series},
    integrity::{
        RecoveryId,
        forms::recoveries::NewRecovery,
        rules::recoveries::{
            DUE_DAYS, DebtorRole, RECOVERY_STEPS, REMIND_DAYS, RecoveryState, allocate, check_order, instalments,
            interest, next_due, object_until, overdue, surcharge,
        },
        store::recoveries::{self as store, Receipt, Recovery},
    },
    ledger::{self, Debt},
    organisations::{self, Exclusion, ExclusionCause},
    outbox::{self, Mail},
    people,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use uuid::Uuid;

fn moved_on() -> Refusal {
    Refusal::conflict("refusal-state-moved-on")
}

fn debt(recovery: &Recovery) -> Debt {
    Debt { recovery: recovery.id.0, debtor: recovery.debtor_id.0, application: recovery.application_id.0 }
}

/// Tells whoever acts for the debtor.
async fn tell(
    tx: &mut Tx,
    recovery: &Recovery,
    make: impl Fn(String, Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let role = match recovery.debtor_role {
        DebtorRole::Firm => Role::Firm,
        DebtorRole::Vendor => Role::Vendor,
    };
    for (to, lang) in people::mail_contacts(tx, recovery.debtor_id.0, role).await? {
        let mail = make(to, lang).with("number", &recovery.number).link(format!("/recoveries/{}", recovery.id));
        outbox::mail(tx, mail, &format!("{event}:{}", recovery.id), Some(recovery.id.0), now).await?;
    }
    Ok(())
}

fn only_due(recovery: &Recovery) -> Result<(), Refusal> {
    if recovery.state == RecoveryState::Due { Ok(()) } else { Err(moved_on()) }
}
