//! The four-way match (domain.md B "Claim", C18): each line of the invoice against the agreement and the catalogue,
//! the invoice against the accepted delivery and the balance of the voucher. Each comparison names what it saw, what
//! it tolerates, and why it does not hold.

use super::matching::{CheckResult, Ground, Invoice, InvoiceLine, support};
use crate::core::{money::Won, names};

crate::text_enum!(
    /// What an invoice is held against.
    Leg { Agreement = "agreement", Catalogue = "catalogue", Delivery = "delivery", Voucher = "voucher" }
);

/// A line as it was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedLine {
    pub description: String,
    pub quantity: i64,
    pub unit_price: Won,
}

impl AgreedLine {
    fn total(&self) -> i128 {
        i128::from(self.quantity) * i128::from(self.unit_price.0)
    }
}

/// The package that the firm chose, at its price on the day of application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CataloguePrice {
    pub package: String,
    pub solution: String,
    pub unit_price: Won,
}

/// What only the four-way match looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agreed {
    pub lines: Vec<AgreedLine>,
    pub catalogue: Option<CataloguePrice>,
    /// Supply value of earlier live claims of the agreement.
    pub claimed_before: Won,
    /// What was agreed in all.
    pub total: Won,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub leg: Leg,
    /// The line it is about, from 1.
    pub line: Option<i64>,
    pub seen: String,
    /// What is tolerated.
    pub limit: String,
    pub result: CheckResult,
    /// The words are `claim-match-<reason>`.
    pub reason: &'static str,
}

pub fn compare(invoice: &Invoice, ground: &Ground, agreed: &Agreed) -> Vec<Comparison> {
    let mut found = Vec::new();
    for (line, position) in invoice.lines.iter().zip(1_i64..).filter(|(line, _)| line.net.is_positive()) {
        found.push(against_agreement(line, position, agreed));
        found.extend(against_catalogue(line, position, agreed));
    }
    let sum = agreed.claimed_before.plus(invoice.supply);
    found.push(at_most(Leg::Agreement, sum, agreed.total, "sum_over_agreement"));
    found.push(Comparison {
        leg: Leg::Delivery,
        line: None,
        seen: yes_no(ground.delivery_accepted),
        limit: "yes".to_owned(),
        result: if ground.delivery_accepted { CheckResult::Met } else { CheckResult::Undetermined },
        reason: if ground.delivery_accepted { "holds" } else { "delivery_not_accepted" },
    });
    let part = support(ground, invoice.supply);
    found.push(at_most(Leg::Voucher, part, ground.voucher_balance, "over_voucher"));
    found
}

/// By its name, else by its price: the dearest agreed line that is not cheaper than it.
fn against_agreement(line: &InvoiceLine, position: i64, agreed: &Agreed) -> Comparison {
    let name = fold(&line.description);
    let named = agreed.lines.iter().find(|known| fold(&known.description) == name);
    let comparison = |limit: Won, result, reason| Comparison {
        leg: Leg::Agreement,
        line: Some(position),
        seen: line.net.to_string(),
        limit: format!("≤ {limit}"),
        result,
        reason,
    };
    let most = |known: &AgreedLine| Won(i64::try_from(known.total()).unwrap_or(i64::MAX));
    match named {
        Some(known) if line.net <= most(known) => comparison(most(known), CheckResult::Met, "holds"),
        Some(known) => comparison(most(known), CheckResult::Unmet, "over_agreed_line"),
        None => {
            let largest = agreed.lines.iter().map(most).max().unwrap_or(Won::ZERO);
            comparison(largest, CheckResult::Undetermined, "not_an_agreed_line")
        }
    }
}

/// Only a line that names the package or its solution has a catalogue price.
fn against_catalogue(line: &InvoiceLine, position: i64, agreed: &Agreed) -> Option<Comparison> {
    let price = agreed.catalogue.as_ref()?;
    let name = fold(&line.description);
    let is_of = |known: &str| !known.is_empty() && name.contains(&fold(known));
    if !is_of(&price.package) && !is_of(&price.solution) {
        return None;
    }
    let holds = line.unit_price <= price.unit_price;
    Some(Comparison {
        leg: Leg::Catalogue,
        line: Some(position),
        seen: line.unit_price.to_string(),
        limit: format!("≤ {}", price.unit_price),
        result: if holds { CheckResult::Met } else { CheckResult::Unmet },
        reason: if holds { "holds" } else { "over_catalogue" },
    })
}

fn at_most(leg: Leg, seen: Won, most: Won, reason: &'static str) -> Comparison {
    let holds = seen <= most;
    Comparison {
        leg,
        line: None,
        seen: seen.to_string(),
        limit: format!("≤ {most}"),
        result: if holds { CheckResult::Met } else { CheckResult::Unmet },
        reason: if holds { "holds" } else { reason },
    }
}

/// Letters and digits in one case and width.
pub fn fold(name: &str) -> String {
    names::fold_company(name).1
}

fn yes_no(holds: bool) -> String {
    if holds { "yes" } else { "no" }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::rules::matching::tests::{ground, invoice};

    fn agreed() -> Agreed {
        Agreed {
            lines: vec![AgreedLine { description: "Licence".to_owned(), quantity: 4, unit_price: Won(5_000_000) }],
            catalogue: Some(CataloguePrice {
                package: "licence".to_owned(),
                solution: String::new(),
                unit_price: Won(5_000_000),
            }),
            claimed_before: Won(0),
            total: Won(20_000_000),
        }
    }

    fn failing(invoice: &Invoice, ground: &Ground, agreed: &Agreed) -> Vec<(Leg, Option<i64>, &'static str)> {
        let all = compare(invoice, ground, agreed).into_iter();
        all.filter(|one| one.result != CheckResult::Met).map(|one| (one.leg, one.line, one.reason)).collect()
    }

    #[test]
    fn an_invoice_that_fits_agrees_on_all_four_sides() {
        assert_eq!(failing(&invoice(), &ground(), &agreed()), []);
        let legs: Vec<Leg> = compare(&invoice(), &ground(), &agreed()).into_iter().map(|one| one.leg).collect();
        assert!(Leg::ALL.iter().all(|leg| legs.contains(leg)));
    }

    #[test]
    fn every_mismatch_has_its_side_and_its_reason() {
        type Change = fn(&mut Invoice, &mut Ground, &mut Agreed);
        let cases: [(Leg, Option<i64>, &str, Change); 6] = [
            (Leg::Agreement, Some(1), "over_agreed_line", |_, _, agreed| agreed.lines[0].quantity = 1),
            (Leg::Agreement, Some(1), "not_an_agreed_line", |_, _, agreed| {
                agreed.lines[0].description = "camera".to_owned();
            }),
            (Leg::Catalogue, Some(1), "over_catalogue", |_, _, agreed| {
                agreed.catalogue.as_mut().unwrap().unit_price = Won(4_999_999);
            }),
            (Leg::Agreement, None, "sum_over_agreement", |_, _, agreed| agreed.claimed_before = Won(10_000_001)),
            (Leg::Delivery, None, "delivery_not_accepted", |_, ground, _| ground.delivery_accepted = false),
            (Leg::Voucher, None, "over_voucher", |_, ground, _| ground.voucher_balance = Won(7_999_999)),
        ];
        for (leg, line, reason, change) in cases {
            let (mut invoice, mut ground, mut agreed) = (invoice(), ground(), agreed());
            change(&mut invoice, &mut ground, &mut agreed);
            assert_eq!(failing(&invoice, &ground, &agreed), [(leg, line, reason)]);
        }
    }
}
