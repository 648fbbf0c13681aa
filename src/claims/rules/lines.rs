//! Decisions by line: what is left of an invoice when lines are disallowed (domain.md A6, C2). Sums are exact.

use super::matching::{Ground, Invoice, support};
use crate::core::{money::Won, refusal::Refusal};

/// A line that the state does not pay for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disallowed {
    /// From 1, as the lines were filed.
    pub position: i64,
    pub reason: String,
}

/// What is approved of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approved {
    pub supply: Won,
    pub vat: Won,
    pub support: Won,
}

impl Approved {
    pub fn total(self) -> Won {
        self.supply.plus(self.vat)
    }
}

/// The sums of the lines that are left. The VAT keeps its ratio, rounded half up; the state's part is its share of
/// the supply value, rounded down. Refused when nothing is left: that is a rejection.
pub fn approved(invoice: &Invoice, ground: &Ground, disallowed: &[Disallowed]) -> Result<Approved, Refusal> {
    let is_left = |position: i64| !disallowed.iter().any(|line| line.position == position);
    if disallowed.is_empty() {
        return Ok(Approved { supply: invoice.supply, vat: invoice.vat, support: support(ground, invoice.supply) });
    }
    let left: Won = invoice.lines.iter().zip(1..).filter(|(_, at)| is_left(*at)).map(|(line, _)| line.net).sum();
    if !left.is_positive() {
        return Err(Refusal::unacceptable("claims-refusal-nothing-left").at("decision"));
    }
    if left > invoice.supply {
        return Err(Refusal::unacceptable("claims-refusal-more-than-asked").at("decision"));
    }
    let (vat, part, whole) = (i128::from(invoice.vat.0), i128::from(left.0), i128::from(invoice.supply.0));
    let vat = (2 * vat * part + whole) / (2 * whole);
    Ok(Approved { supply: left, vat: Won(i64::try_from(vat).unwrap_or(i64::MAX)), support: support(ground, left) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::rules::{InvoiceLine, matching::tests};
    use proptest::prelude::*;

    fn of(nets: &[i64]) -> Invoice {
        let mut invoice = tests::invoice();
        let line = |net: &i64| InvoiceLine {
            description: "line".to_owned(),
            quantity: 1,
            unit_price: Won(*net),
            net: Won(*net),
        };
        invoice.lines = nets.iter().map(line).collect();
        invoice.supply = Won(nets.iter().sum());
        invoice.vat = invoice.supply.vat();
        invoice.total = invoice.supply.plus(invoice.vat);
        invoice
    }

    fn without(positions: &[i64]) -> Vec<Disallowed> {
        positions.iter().map(|position| Disallowed { position: *position, reason: "no".to_owned() }).collect()
    }

    #[test]
    fn what_is_left_is_added_up_anew() {
        let left = approved(&of(&[7_000_001, 3_000_002]), &tests::ground(), &without(&[1])).unwrap();
        assert_eq!(left, Approved { supply: Won(3_000_002), vat: Won(300_000), support: Won(2_400_001) });
        assert_eq!(left.total(), Won(3_300_002));
    }

    #[test]
    fn nothing_left_is_a_rejection_and_no_deduction_is_disallowed_away() {
        let refused = |nets: &[i64], positions: &[i64]| {
            approved(&of(nets), &tests::ground(), &without(positions)).unwrap_err().key
        };
        assert_eq!(refused(&[100, 200], &[1, 2]), "claims-refusal-nothing-left");
        assert_eq!(refused(&[100, 200, -50], &[3]), "claims-refusal-more-than-asked");
    }

    proptest! {
        #[test]
        fn approved_sums_never_exceed_what_was_asked(
            nets in prop::collection::vec(1_i64..1_000_000_000, 1..20),
            chosen in prop::collection::vec(any::<bool>(), 20),
        ) {
            let invoice = of(&nets);
            let ground = tests::ground();
            let positions: Vec<i64> = (1..=nets.len() as i64).filter(|at| chosen[*at as usize - 1]).collect();
            if let Ok(left) = approved(&invoice, &ground, &without(&positions)) {
                prop_assert!(left.supply <= invoice.supply && left.vat <= invoice.vat);
                prop_assert!(left.support <= support(&ground, invoice.supply));
                prop_assert!((left.vat.0 * 10 - left.supply.0).abs() <= 20);
            }
        }
    }
}
