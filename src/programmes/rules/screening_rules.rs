//! What a call says about looking at applications that pass everything: how many of a thousand an officer looks at,
//! and by which seed they are picked. Anybody who knows seed and application can say whether it is picked.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The longest seed.
pub const SEED_MAX: usize = 100;

/// Random spot checks (domain: features, B4).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ScreeningRules {
    /// Of a thousand applications that pass everything; 0 for none.
    pub spot_check_mille: i64,
    pub spot_check_seed: String,
}

impl ScreeningRules {
    /// The number of an application, 0 to 999: the first eight bytes of SHA-256 over `<seed>:<application id>`, as a share
    /// of all numbers that eight bytes hold.
    pub fn draw(&self, application: Uuid) -> i64 {
        let hash = Sha256::digest(format!("{}:{application}", self.spot_check_seed));
        let head: [u8; 8] = hash[..8].try_into().unwrap_or_default();
        ((u128::from(u64::from_be_bytes(head)) * 1_000) >> 64) as i64
    }

    pub fn picks(&self, application: Uuid) -> bool {
        self.spot_check_mille > 0 && self.draw(application) < self.spot_check_mille
    }

    pub fn is_sound(&self) -> bool {
        (0..=1_000).contains(&self.spot_check_mille)
            && self.spot_check_seed.chars().count() <= SEED_MAX
            && (self.spot_check_mille == 0 || !self.spot_check_seed.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(spot_check_mille: i64, seed: &str) -> ScreeningRules {
        ScreeningRules { spot_check_mille, spot_check_seed: seed.to_owned() }
    }

    #[test]
    fn a_draw_is_repeatable_and_anybody_can_repeat_it() {
        // As `printf 'AV2027:00000000-0000-0000-0000-000000000007' | sha256sum` gives it: first eight bytes * 1000 / 2^64.
        let id = Uuid::from_u128(7);
        assert_eq!(rules(1, "AV2027").draw(id), 455);
        assert_eq!(rules(999, "AV2027").draw(id), 455);
    }

    #[test]
    fn about_as_many_are_picked_as_the_rules_say_and_another_seed_picks_others() {
        let picked = |mille, seed: &str| -> Vec<u128> {
            (0..20_000).filter(|n| rules(mille, seed).picks(Uuid::from_u128(*n))).collect()
        };
        let fifty = picked(50, "one");
        assert!((850..1_150).contains(&fifty.len()), "{}", fifty.len());
        assert_ne!(fifty, picked(50, "two"));
        let hundred = picked(100, "one");
        assert!(fifty.iter().all(|n| hundred.contains(n)), "a larger share only adds");
        assert_eq!((picked(0, "one").len(), picked(1_000, "one").len()), (0, 20_000));
    }

    #[test]
    fn a_share_needs_a_seed() {
        assert!(ScreeningRules::default().is_sound());
        assert!(rules(1_000, "x").is_sound());
        for unsound in [rules(1, ""), rules(-1, "x"), rules(1_001, "x"), rules(1, &"x".repeat(101))] {
            assert!(!unsound.is_sound(), "{unsound:?}");
        }
    }
}
