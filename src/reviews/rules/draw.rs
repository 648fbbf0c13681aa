//! The draw: who comes first is a number that anybody can compute from the published seed and a receipt number.
//! A lot depends on nothing else, so neither the order of the list nor who else is on it can move anybody.

use sha2::{Digest, Sha256};

/// How many hexadecimal digits of the hash a lot is: 60 bits.
pub const LOT_DIGITS: usize = 15;

/// The lot of a receipt number: the first fifteen hexadecimal digits of SHA-256 over `seed:receipt`. The smallest is first.
pub fn lot(seed: &str, receipt_no: &str) -> i64 {
    let hash = Sha256::digest(format!("{seed}:{receipt_no}"));
    let first = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    i64::try_from(first >> 4).expect("sixty bits fit")
}

/// A lot as it is shown and as `sha256sum` begins.
pub fn show_lot(lot: i64) -> String {
    format!("{lot:015x}")
}

/// What is published before the close: the SHA-256 of the seed.
pub fn commitment(seed: &str) -> String {
    hex::encode(Sha256::digest(seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(seed: &str, receipts: &[String]) -> Vec<String> {
        let mut drawn: Vec<(i64, String)> = receipts.iter().map(|no| (lot(seed, no), no.clone())).collect();
        drawn.sort();
        drawn.into_iter().map(|(_, no)| no).collect()
    }

    #[test]
    fn a_lot_is_what_sha256sum_says() {
        // printf '%s' 'seed:AV2027-000001' | sha256sum
        let hash = hex::encode(Sha256::digest("seed:AV2027-000001"));
        assert_eq!(show_lot(lot("seed", "AV2027-000001")), hash[..LOT_DIGITS]);
    }

    proptest! {
        #[test]
        fn a_draw_is_a_permutation_that_the_order_of_the_list_cannot_move(
            numbers in proptest::collection::btree_set(0_u32..1_000_000, 1..60), seed in "[0-9a-f]{64}",
        ) {
            let listed: Vec<String> = numbers.iter().map(|number| format!("AV2027-{number:06}")).collect();
            let mut turned = listed.clone();
            turned.reverse();
            let drawn = order(&seed, &listed);
            prop_assert_eq!(&drawn, &order(&seed, &turned));
            let mut sorted = drawn.clone();
            sorted.sort();
            prop_assert_eq!(&sorted, &listed, "nobody is lost and nobody is added");
            // Somebody more on the list changes nobody's place relative to another.
            let mut more = listed.clone();
            more.push("AV2027-999999999".to_owned());
            let without: Vec<String> = order(&seed, &more).into_iter().filter(|no| no.len() < 15).collect();
            prop_assert_eq!(&without, &drawn);
        }

        #[test]
        fn another_seed_is_another_commitment(one in "[0-9a-f]{64}", other in "[0-9a-f]{64}") {
            prop_assert_eq!(one == other, commitment(&one) == commitment(&other));
        }
    }
}
