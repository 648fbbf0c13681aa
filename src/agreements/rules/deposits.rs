//! Whose money a deposit of the own share is (domain C19), and what of it may be paid back.

use crate::core::{money::Won, names::fold_company};
use unicode_normalization::UnicodeNormalization;

/// The bank's reference as it is kept: however somebody copies it, one deposit has one.
pub fn bank_reference(typed: &str) -> String {
    typed.nfkc().flat_map(char::to_uppercase).filter(|c| !c.is_whitespace()).collect()
}

/// Who a payer is to the firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payer {
    Firm,
    /// Never counts: the vendor pays for nobody.
    Vendor,
    /// Counts only with an officer's reason.
    Other,
}

/// Banks write legal forms, spaces and widths in their own ways; a different name stays different. A business number
/// that the bank gives decides over the name. `firm` and `vendor`: legal name and business number.
pub fn payer(firm: (&str, &str), vendor: (&str, &str), name: &str, number: Option<&str>) -> Payer {
    let same = |party: (&str, &str)| match number {
        Some(number) => number == party.1,
        None => same_name(party.0, name),
    };
    if same(vendor) || same_name(vendor.0, name) {
        Payer::Vendor
    } else if same(firm) {
        Payer::Firm
    } else {
        Payer::Other
    }
}

fn same_name(legal_name: &str, payer: &str) -> bool {
    let folded = fold_company(legal_name);
    !folded.1.is_empty() && folded == fold_company(payer)
}

/// What of the own share may be paid back.
#[derive(Debug, Clone, Copy)]
pub struct Refundable {
    pub received: Won,
    pub refunded: Won,
    /// What the agreement asks for; nothing is asked for once it is over.
    pub asked: Won,
    pub is_over: bool,
    pub own: Won,
    pub support: Won,
    pub paid: Won,
}

impl Refundable {
    /// What of the own share is asked for and not there.
    pub fn missing(&self) -> Won {
        self.asked.minus(self.received.minus(self.refunded)).max(Won::ZERO)
    }

    /// The surplus. Once the agreement is over the firm bears its share of what was paid, rounded up to the won.
    pub fn surplus(&self) -> Won {
        let kept = if self.is_over { self.borne().min(self.asked) } else { self.asked };
        self.received.minus(self.refunded).minus(kept).max(Won::ZERO)
    }

    fn borne(&self) -> Won {
        if self.support == Won::ZERO {
            return Won::ZERO;
        }
        let product = i128::from(self.own.0) * i128::from(self.paid.0);
        let support = i128::from(self.support.0);
        Won(i64::try_from((product + support - 1) / support).unwrap_or(i64::MAX)).min(self.own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIRM: (&str, &str) = ("주식회사 한빛정밀", "1018100029");
    const VENDOR: (&str, &str) = ("주식회사 공급", "1018100016");

    #[test]
    fn a_deposit_must_come_from_the_firm_itself() {
        for name in ["한빛정밀 주식회사", "주식회사한빛정밀", "㈜한빛정밀", "(주) 한빛 정밀", "（주）한빛정밀"]
        {
            assert_eq!(payer(FIRM, VENDOR, name, None), Payer::Firm, "{name}");
        }
        for name in ["한빛정밀", "유한회사 한빛정밀", "한빛정밀2", "", "(주)", "김하나"] {
            assert_eq!(payer(FIRM, VENDOR, name, None), Payer::Other, "{name}");
        }
        assert_eq!(payer(("Hanbit Precision", "1"), VENDOR, "HANBIT PRECISION", None), Payer::Firm);
        assert_eq!(payer(("", "1"), VENDOR, "", None), Payer::Other);
    }

    #[test]
    fn a_business_number_decides_and_the_vendor_never_pays() {
        assert_eq!(payer(FIRM, VENDOR, "한빛정밀 창원지점", Some(FIRM.1)), Payer::Firm);
        assert_eq!(payer(FIRM, VENDOR, "㈜한빛정밀", Some("9999999999")), Payer::Other);
        assert_eq!(payer(FIRM, VENDOR, "㈜공급", None), Payer::Vendor);
        assert_eq!(payer(FIRM, VENDOR, "누군가", Some(VENDOR.1)), Payer::Vendor);
        assert_eq!(payer(FIRM, VENDOR, "㈜공급", Some(FIRM.1)), Payer::Vendor, "its name is enough");
    }

    #[test]
    fn a_bank_reference_is_one_however_it_is_copied() {
        for typed in ["KB-2027-0001", " kb-2027-0001", "ＫＢ－２０２７－０００１", "KB -2027- 0001"] {
            assert_eq!(bank_reference(typed), "KB-2027-0001", "{typed}");
        }
    }

    #[test]
    fn the_surplus_is_what_nobody_asks_for() {
        let state = Refundable {
            received: Won(25),
            refunded: Won(2),
            asked: Won(20),
            is_over: false,
            own: Won(20),
            support: Won(80),
            paid: Won(0),
        };
        assert_eq!((state.surplus(), state.missing()), (Won(3), Won(0)));
        assert_eq!(Refundable { refunded: Won(6), ..state }.missing(), Won(1));
        assert_eq!(Refundable { is_over: true, ..state }.surplus(), Won(23), "nothing was paid");
        assert_eq!(Refundable { is_over: true, paid: Won(41), ..state }.surplus(), Won(12), "11 of 20 are borne");
        assert_eq!(Refundable { received: Won(5), ..state }.surplus(), Won(0));
    }

    proptest! {
        #[test]
        fn never_more_goes_back_than_came(
            received in 0_i64..1_000_000, refunded in 0_i64..1_000_000, asked in 0_i64..1_000_000, is_over: bool,
            own in 0_i64..1_000_000, support in 0_i64..1_000_000, share in 0_i64..=100,
        ) {
            let (received, refunded, asked) = (Won(received), Won(refunded), Won(asked));
            let paid = Won(support * share / 100);
            let state = Refundable { received, refunded, asked, is_over, own: Won(own), support: Won(support), paid };
            prop_assert!(state.surplus() >= Won::ZERO);
            prop_assert!(state.surplus().plus(refunded) <= received.max(refunded));
        }
    }
}
