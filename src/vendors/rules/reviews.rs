//! The yearly review (domain: 2.3): every vendor confirms that its entry is still true, some are drawn to be
//! inspected again, and who fails may appeal to another officer.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

crate::text_enum!(
    /// Where the review of one vendor stands.
    ReviewState {
        Open = "open",
        /// The vendor says that its entry is still true.
        Confirmed = "confirmed",
        Passed = "passed",
        Failed = "failed",
        Appealed = "appealed",
        /// Failed for good: the registration lapses.
        Lost = "lost",
    }
);

use ReviewState::*;

const CHECKS: &[Role] = &[Role::Screener, Role::Manager];

pub const REVIEW_STEPS: &[Step<ReviewState>] = &[
    Step { name: "confirm", from: Open, to: Confirmed, by: &[Role::Vendor], note: Note::None },
    Step { name: "pass", from: Confirmed, to: Passed, by: CHECKS, note: Note::None },
    Step { name: "fail", from: Open, to: Failed, by: CHECKS, note: Note::Required },
    Step { name: "fail", from: Confirmed, to: Failed, by: CHECKS, note: Note::Required },
    Step { name: "appeal", from: Failed, to: Appealed, by: &[Role::Vendor], note: Note::Required },
    Step { name: "allow", from: Appealed, to: Passed, by: &[Role::Manager], note: Note::Required },
    Step { name: "dismiss", from: Appealed, to: Lost, by: &[Role::Manager], note: Note::Required },
    Step { name: "run_out", from: Failed, to: Lost, by: &[], note: Note::None },
];

/// Days in which a vendor may appeal.
pub const APPEAL_DAYS: i64 = 14;

/// Draws `percent` of the vendors, at least one when any are asked for: by a hash of campaign and vendor, so that
/// anybody can draw again and nobody can choose.
pub fn sample(campaign: Uuid, vendors: &[Uuid], percent: i64) -> Vec<Uuid> {
    let wanted = (vendors.len() * usize::try_from(percent).unwrap_or(0)).div_ceil(100);
    let mut drawn: Vec<(Vec<u8>, Uuid)> = vendors
        .iter()
        .map(|vendor| (Sha256::digest([*campaign.as_bytes(), *vendor.as_bytes()].concat()).to_vec(), *vendor))
        .collect();
    drawn.sort();
    drawn.into_iter().take(wanted).map(|(_, vendor)| vendor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn a_review_goes_only_its_way() {
        for name in ["confirm", "pass", "fail", "appeal", "allow", "dismiss", "run_out", ""] {
            for from in ReviewState::ALL {
                let to = match (name, *from) {
                    ("confirm", Open) => Some(Confirmed),
                    ("pass", Confirmed) => Some(Passed),
                    ("fail", Open | Confirmed) => Some(Failed),
                    ("appeal", Failed) => Some(Appealed),
                    ("allow", Appealed) => Some(Passed),
                    ("dismiss", Appealed) | ("run_out", Failed) => Some(Lost),
                    _ => None,
                };
                assert_eq!(step(REVIEW_STEPS, name, *from).ok().map(|step| step.to), to, "{name} from {from}");
            }
        }
    }

    #[test]
    fn the_same_draw_comes_out_again() {
        let vendors: Vec<Uuid> = (1..=40).map(Uuid::from_u128).collect();
        let campaign = Uuid::from_u128(7);
        let drawn = sample(campaign, &vendors, 10);
        assert_eq!(drawn.len(), 4);
        let mut backwards = vendors.clone();
        backwards.reverse();
        assert_eq!(sample(campaign, &backwards, 10), drawn);
        assert_ne!(sample(Uuid::from_u128(8), &vendors, 10), drawn);
        assert_eq!(sample(campaign, &vendors[..3], 1).len(), 1);
        assert!(sample(campaign, &vendors, 0).is_empty());
    }
}
