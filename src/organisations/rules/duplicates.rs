//! By what two organisations may turn out to be one, and which groups confirmed ties make (domain.md A1, P5).
//! A tie is evidence for an officer, never a verdict.

use crate::core::names::{fold_company, fold_digits, fold_search};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

crate::text_enum!(
    /// What ties two organisations.
    AffiliationKind {
        SharedBankAccount = "shared_bank_account",
        SharedPhone = "shared_phone",
        SharedAddress = "shared_address",
        SameName = "same_name",
        /// The same name of the representative in the same district.
        SameRepresentative = "same_representative",
    }
);

crate::text_enum!(
    AffiliationState {
        /// Found, not looked at.
        Open = "open",
        Cleared = "cleared",
        Confirmed = "confirmed",
    }
);

impl AffiliationKind {
    /// From 1 (says little) to 100 (says all).
    pub const fn strength(self) -> i64 {
        match self {
            AffiliationKind::SharedBankAccount => 90,
            AffiliationKind::SharedPhone => 70,
            AffiliationKind::SharedAddress => 60,
            AffiliationKind::SameName => 50,
            AffiliationKind::SameRepresentative => 30,
        }
    }
}

/// What many share tells nothing: an office tower, a name like Kim. Beyond this nobody is paired by it.
pub const SHARERS_MAX: i64 = 20;

/// What of an organisation is compared.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub legal_name: &'a str,
    pub representative_name: &'a str,
    pub address: &'a str,
    pub phone: &'a str,
    pub region_code: &'a str,
}

/// The folded texts that are compared; what holds too little to tell anything is left out.
pub fn keys(facts: Facts<'_>) -> Vec<(AffiliationKind, String)> {
    let letters = |text: &str| -> String {
        let folded = fold_search(text);
        folded.split(' ').next().unwrap_or_default().to_owned()
    };
    let joined = |text: &str| -> String {
        fold_digits(text).chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let representative = joined(facts.representative_name);
    let district: Vec<String> = facts.address.split_whitespace().take(2).map(letters).collect();
    let candidates = [
        (AffiliationKind::SameName, fold_company(facts.legal_name).1, 2),
        (AffiliationKind::SharedPhone, phone_digits(facts.phone), 8),
        (AffiliationKind::SharedAddress, joined(facts.address), 8),
    ];
    let mut found: Vec<(AffiliationKind, String)> = candidates
        .into_iter()
        .filter(|(_, value, least)| value.chars().count() >= *least)
        .map(|(kind, value, _)| (kind, value))
        .collect();
    if representative.chars().count() >= 2 {
        let place = format!("{representative} {} {}", facts.region_code, district.join(" "));
        found.push((AffiliationKind::SameRepresentative, place));
    }
    found
}

/// Digits alone, without the country code: `+82 2 700 1234` is `02-700-1234`.
pub fn phone_digits(phone: &str) -> String {
    let digits: String = fold_digits(phone).chars().filter(char::is_ascii_digit).collect();
    match digits.strip_prefix("82") {
        Some(rest) if phone.trim_start().starts_with('+') => format!("0{}", rest.trim_start_matches('0')),
        _ => digits,
    }
}

/// The two ids in the order in which a tie is stored.
pub fn ordered(one: Uuid, other: Uuid) -> (Uuid, Uuid) {
    if one < other { (one, other) } else { (other, one) }
}

/// The groups that ties make: of each member the group's id, which is its smallest member.
pub fn groups(ties: &[(Uuid, Uuid)]) -> BTreeMap<Uuid, Uuid> {
    let mut neighbours: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (one, other) in ties {
        neighbours.entry(*one).or_default().insert(*other);
        neighbours.entry(*other).or_default().insert(*one);
    }
    let mut found: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    // Members come in their order: the first of a group that is met is its smallest.
    for first in neighbours.keys() {
        let mut waiting = vec![*first];
        while let Some(member) = waiting.pop() {
            if found.contains_key(&member) {
                continue;
            }
            found.insert(member, *first);
            waiting.extend(neighbours[&member].iter());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HANBIT: Facts<'static> = Facts {
        legal_name: "한빛정밀 주식회사",
        representative_name: "김하나",
        address: "서울특별시 중구 세종대로 110, 3층",
        phone: "02-700-1234",
        region_code: "KR-11",
    };

    #[test]
    fn what_is_written_otherwise_is_the_same() {
        let other = Facts {
            legal_name: "(주) 한빛 정밀",
            representative_name: " 김 하나 ",
            address: "서울특별시  중구 세종대로 １１０ (3층)",
            phone: "+82 2-700-1234",
            region_code: "KR-11",
        };
        assert_eq!(keys(HANBIT), keys(other));
        assert_eq!(keys(HANBIT).len(), 4);
    }

    #[test]
    fn the_same_name_elsewhere_is_another_person() {
        let busan = Facts { address: "부산광역시 중구 중앙대로 1", region_code: "KR-26", ..HANBIT };
        let of = |facts| keys(facts).into_iter().find(|(kind, _)| *kind == AffiliationKind::SameRepresentative);
        assert_ne!(of(HANBIT), of(busan));
    }

    #[test]
    fn what_says_nothing_is_no_key() {
        let bare =
            Facts {
                legal_name: "(주)", representative_name: "", address: "서울", phone: "112", region_code: "KR-11"
            };
        assert_eq!(keys(bare), []);
    }

    proptest! {
        #[test]
        fn groups_are_what_can_be_reached(ties in prop::collection::vec((0_u8..12, 0_u8..12), 0..20)) {
            let id = |n: u8| Uuid::from_u128(u128::from(n));
            let ties: Vec<(Uuid, Uuid)> =
                ties.into_iter().filter(|(one, other)| one != other).map(|(one, other)| (id(one), id(other))).collect();
            let found = groups(&ties);
            for (one, other) in &ties {
                prop_assert_eq!(found[one], found[other]);
            }
            for (member, group) in &found {
                prop_assert!(group <= member);
                prop_assert_eq!(found[group], *group);
            }
            // No group is larger than its ties make it: one member more than ties at most.
            for group in found.values().collect::<BTreeSet<_>>() {
                let members = found.values().filter(|of| *of == group).count();
                let within = ties.iter().filter(|(one, _)| found[one] == *group).count();
                prop_assert!(members <= within + 1);
            }
        }
    }
}
