//! The four-way match (domain.md B "Claim", C18): each line of the invoice against the agreement and the catalogue,
//! the invoice against the accepted delivery and the balance of the voucher. Each comparison names what it saw, what
//! it tolerates, and why it does not hold.

use super::matching::{CheckResult, Ground, Invoice, InvoiceLine, support};
use crate::core::{money::Won, names};

crate::text_enum!(
    /// What an invoice is held against.
    Leg { Agreement = "agreement", Catalogue = "catalogue", Delivery = "delivery", Voucher = "voucher" }
);

/// A line as it was agreed, and what was claimed of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgreedLine {
    pub description: String,
    pub quantity: i64,
    pub unit_price: Won,
    /// Supply value and quantity that other live claims ask for under its name.
    pub claimed: Won,
    pub quantity_claimed: i64,
}

impl AgreedLine {
    pub fn total(&self) -> Won {
        let total = i128::from(self.quantity) * i128::from(self.unit_price.0);
        Won(i64::try_from(total).unwrap_or(i64::MAX))
    }

    pub fn left(&self) -> Won {
        self.total().minus(self.claimed).max(Won::ZERO)
    }

    pub fn quantity_left(&self) -> i64 {
        (self.quantity - self.quantity_claimed).max(0)
    }

    fn is_named(&self, folded: &str) -> bool {
        fold(&self.description) == folded
    }
}

/// A line of another live claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedLine {
    pub description: String,
    pub quantity: i64,
    pub net: Won,
}

/// Counts what was claimed on the agreed lines of the same name: the first takes what it has left, the last the rest.
pub fn count_claimed(agreed: &mut [AgreedLine], claimed: &[ClaimedLine]) {
    for line in claimed {
        let name = fold(&line.description);
        let (mut net, mut quantity) = (line.net, line.quantity);
        let mut named = agreed.iter_mut().filter(|known| known.is_named(&name)).peekable();
        while let Some(known) = named.next() {
            let is_last = named.peek().is_none();
            let (won, count) =
                if is_last { (net, quantity) } else { (net.min(known.left()), quantity.min(known.quantity_left())) };
            known.claimed = known.claimed.plus(won);
            known.quantity_claimed += count;
            (net, quantity) = (net.minus(won), quantity - count);
        }
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
        let before = &invoice.lines[..(position - 1) as usize];
        found.push(against_agreement(line, position, before, agreed));
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

/// By its name: at most what other claims and the lines `before` it leave of the agreed lines that have it.
fn against_agreement(line: &InvoiceLine, position: i64, before: &[InvoiceLine], agreed: &Agreed) -> Comparison {
    let name = fold(&line.description);
    let named: Vec<&AgreedLine> = agreed.lines.iter().filter(|known| known.is_named(&name)).collect();
    let comparison = |limit: Won, result, reason| Comparison {
        leg: Leg::Agreement,
        line: Some(position),
        seen: line.net.to_string(),
        limit: format!("≤ {limit}"),
        result,
        reason,
    };
    if named.is_empty() {
        let largest = agreed.lines.iter().map(AgreedLine::left).max().unwrap_or(Won::ZERO);
        return comparison(largest, CheckResult::Undetermined, "not_an_agreed_line");
    }
    let sum = |of: fn(&AgreedLine) -> Won| named.iter().map(|known| of(known)).sum::<Won>();
    let taken: Won = before.iter().filter(|other| fold(&other.description) == name).map(|other| other.net).sum();
    let left = sum(AgreedLine::left).minus(taken).max(Won::ZERO);
    if line.net <= left {
        comparison(left, CheckResult::Met, "holds")
    } else if line.net <= sum(AgreedLine::total) {
        comparison(left, CheckResult::Unmet, "over_line_left")
    } else {
        comparison(left, CheckResult::Unmet, "over_agreed_line")
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
            lines: vec![AgreedLine {
                description: "Licence".to_owned(),
                quantity: 4,
                unit_price: Won(5_000_000),
                ..AgreedLine::default()
            }],
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
        let cases: [(Leg, Option<i64>, &str, Change); 7] = [
            (Leg::Agreement, Some(1), "over_agreed_line", |_, _, agreed| agreed.lines[0].quantity = 1),
            (Leg::Agreement, Some(1), "over_line_left", |_, _, agreed| agreed.lines[0].claimed = Won(10_000_001)),
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

    #[test]
    fn what_was_claimed_counts_on_the_lines_of_its_name() {
        let line = |description: &str, quantity| AgreedLine {
            description: description.to_owned(),
            quantity,
            unit_price: Won(10),
            ..AgreedLine::default()
        };
        let claimed = |description: &str, quantity| ClaimedLine {
            description: description.to_owned(),
            quantity,
            net: Won(10 * quantity),
        };
        let mut agreed = [line("Licence", 2), line("licence", 3), line("Setup", 1)];
        count_claimed(&mut agreed, &[claimed("LICENCE", 1), claimed("licence", 3), claimed("other", 9)]);
        assert_eq!(agreed.each_ref().map(AgreedLine::quantity_left), [0, 1, 1]);
        assert_eq!(agreed.each_ref().map(AgreedLine::left), [Won(0), Won(10), Won(10)]);
        count_claimed(&mut agreed, &[claimed("licence", 5)]);
        assert_eq!(agreed[1].left(), Won::ZERO, "never less than nothing");
    }

    #[test]
    fn two_lines_of_one_invoice_share_what_is_left() {
        let mut twice = invoice();
        twice.lines = vec![twice.lines[0].clone(), twice.lines[0].clone()];
        twice.lines.iter_mut().for_each(|line| line.net = Won(12_000_000));
        let found: Vec<_> = compare(&twice, &ground(), &agreed())
            .into_iter()
            .filter(|one| one.leg == Leg::Agreement && one.line.is_some())
            .map(|one| (one.line, one.reason))
            .collect();
        assert_eq!(found, [(Some(1), "holds"), (Some(2), "over_line_left")]);
    }
}
