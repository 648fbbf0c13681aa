//! The guarded change of the account that a vendor is paid to (domain: features, E6): one officer checks, another
//! confirms, then it waits for some days in which the vendor may still cancel. Nothing is paid meanwhile.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a change of account stands.
    AccountState {
        Requested = "requested",
        Checked = "checked",
        /// Confirmed by a second officer; waits for its day.
        Cooling = "cooling",
        Effective = "effective",
        Cancelled = "cancelled",
        Refused = "refused",
    }
);

use AccountState::*;

pub const OFFICERS: &[Role] = &[Role::Manager, Role::ClaimsOfficer];

pub const ACCOUNT_STEPS: &[Step<AccountState>] = &[
    Step { name: "check", from: Requested, to: Checked, by: OFFICERS, note: Note::Required },
    Step { name: "confirm", from: Checked, to: Cooling, by: OFFICERS, note: Note::None },
    Step { name: "refuse", from: Requested, to: Refused, by: OFFICERS, note: Note::Required },
    Step { name: "refuse", from: Checked, to: Refused, by: OFFICERS, note: Note::Required },
    Step { name: "refuse", from: Cooling, to: Refused, by: OFFICERS, note: Note::Required },
    Step { name: "cancel", from: Requested, to: Cancelled, by: &[Role::Vendor], note: Note::None },
    Step { name: "cancel", from: Checked, to: Cancelled, by: &[Role::Vendor], note: Note::None },
    Step { name: "cancel", from: Cooling, to: Cancelled, by: &[Role::Vendor], note: Note::None },
    Step { name: "take_effect", from: Cooling, to: Effective, by: &[], note: Note::None },
];

impl AccountState {
    /// Whether payments wait for it.
    pub fn is_open(self) -> bool {
        matches!(self, Requested | Checked | Cooling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn nothing_but_the_table_moves_an_account() {
        for name in ["check", "confirm", "refuse", "cancel", "take_effect", "", "effective"] {
            for from in AccountState::ALL {
                let to = match (name, *from) {
                    ("check", Requested) => Some(Checked),
                    ("confirm", Checked) => Some(Cooling),
                    ("refuse", Requested | Checked | Cooling) => Some(Refused),
                    ("cancel", Requested | Checked | Cooling) => Some(Cancelled),
                    ("take_effect", Cooling) => Some(Effective),
                    _ => None,
                };
                assert_eq!(step(ACCOUNT_STEPS, name, *from).ok().map(|step| step.to), to, "{name} from {from}");
            }
        }
    }
}
