//! The file that goes to the bank: one line for each payment order, the same bytes for the same orders.

use crate::core::money::Won;

/// One order as the bank reads it.
pub struct BankOrder {
    pub end_to_end_id: String,
    pub bank_code: String,
    /// Digits only.
    pub account_number: String,
    pub account_holder: String,
    pub amount: Won,
    /// What the vendor sees on the statement: the claim's number.
    pub memo: String,
}

const HEADER: [&str; 6] = ["end_to_end_id", "bank_code", "account_number", "account_holder", "amount", "memo"];

/// CSV with a header, comma-separated, lines ended by `\n`.
pub fn bank_file(orders: &[BankOrder]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADER)?;
    for order in orders {
        let first = order.account_holder.chars().next();
        anyhow::ensure!(
            first.is_some_and(|c| !"=+-@＝＋－＠".contains(c)),
            "{}: the holder is no name",
            order.end_to_end_id
        );
        anyhow::ensure!(order.amount.is_positive(), "{}: nothing to pay", order.end_to_end_id);
        let amount = order.amount.0.to_string();
        writer.write_record([
            &order.end_to_end_id,
            &order.bank_code,
            &order.account_number,
            &order.account_holder,
            &amount,
            &order.memo,
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_with_a_comma_or_quote_stays_in_its_column() {
        let order = BankOrder {
            end_to_end_id: "VD202700000001".to_owned(),
            bank_code: "004".to_owned(),
            account_number: "00112345678".to_owned(),
            account_holder: "한빛, \"주\"".to_owned(),
            amount: Won(10_000_000),
            memo: "CL2027-000001".to_owned(),
        };
        let text = bank_file(&[order]).unwrap();
        assert_eq!(
            text,
            "end_to_end_id,bank_code,account_number,account_holder,amount,memo\n\
             VD202700000001,004,00112345678,\"한빛, \"\"주\"\"\",10000000,CL2027-000001\n"
        );
    }

    #[test]
    fn a_holder_that_a_spreadsheet_would_run_makes_no_file() {
        for (holder, amount) in [("=HYPERLINK(A1)", 1), ("+82", 1), ("-1", 1), ("@sum", 1), ("", 1), ("한빛", 0)] {
            let order = BankOrder {
                end_to_end_id: "VD202700000001".to_owned(),
                bank_code: "004".to_owned(),
                account_number: "00112345678".to_owned(),
                account_holder: holder.to_owned(),
                amount: Won(amount),
                memo: "CL2027-000001".to_owned(),
            };
            assert!(bank_file(&[order]).is_err(), "{holder} {amount}");
        }
    }
}
