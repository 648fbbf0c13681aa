//! The file that goes to the bank, in the form its profile asks for: the same bytes for the same orders.

use super::pain001::Version;
use crate::core::money::Won;
use anyhow::Context;

crate::text_enum!(
    /// What a bank takes.
    Format {
        Pain001V03 = "pain_001_001_03",
        Pain001V09 = "pain_001_001_09",
        /// A table for bulk transfer, with the columns of the bank.
        Csv = "csv",
    }
);

impl Format {
    /// The version of ISO 20022's message; None for a table.
    pub fn message(self) -> Option<Version> {
        match self {
            Format::Pain001V03 => Some(Version::V03),
            Format::Pain001V09 => Some(Version::V09),
            Format::Csv => None,
        }
    }
}

crate::text_enum!(
    /// How a table is written.
    Encoding { Utf8 = "utf_8", EucKr = "euc_kr" }
);

crate::text_enum!(
    /// What a column of a table holds.
    Column {
        EndToEndId = "end_to_end_id",
        InstructionId = "instruction_id",
        BankCode = "bank_code",
        AccountNumber = "account_number",
        AccountHolder = "account_holder",
        Amount = "amount",
        Memo = "memo",
    }
);

/// The account that pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    pub holder: String,
    pub bank_code: String,
    /// Digits only.
    pub account_number: String,
    pub bic: Option<String>,
}

/// One order as the bank reads it.
pub struct BankOrder {
    pub end_to_end_id: String,
    pub instruction_id: String,
    pub bank_code: String,
    /// Digits only.
    pub account_number: String,
    pub account_holder: String,
    pub amount: Won,
    /// What the vendor sees on the statement: the claim's number.
    pub memo: String,
}

impl BankOrder {
    fn value(&self, column: Column) -> String {
        match column {
            Column::EndToEndId => self.end_to_end_id.clone(),
            Column::InstructionId => self.instruction_id.clone(),
            Column::BankCode => self.bank_code.clone(),
            Column::AccountNumber => self.account_number.clone(),
            Column::AccountHolder => self.account_holder.clone(),
            Column::Amount => self.amount.0.to_string(),
            Column::Memo => self.memo.clone(),
        }
    }
}

/// The columns of a table, each with its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns(Vec<(String, Column)>);

/// Columns of one table at most.
const COLUMNS_MAX: usize = 20;
const REQUIRED: [Column; 4] = [Column::BankCode, Column::AccountNumber, Column::AccountHolder, Column::Amount];

impl Columns {
    /// The table for a bank that names no columns of its own.
    pub fn standard() -> Columns {
        let columns = [
            Column::EndToEndId,
            Column::BankCode,
            Column::AccountNumber,
            Column::AccountHolder,
            Column::Amount,
            Column::Memo,
        ];
        Columns(columns.map(|column| (column.to_string(), column)).to_vec())
    }

    /// Reads one `heading=field` a line; None when a line is no such, or the bank could not pay by it.
    pub fn parse(text: &str) -> Option<Columns> {
        let read = |line: &str| {
            let (heading, column) = line.split_once('=')?;
            let heading = heading.trim();
            let sound = !heading.is_empty() && !begins_a_formula(heading);
            Some((heading.to_owned(), column.trim().parse().ok()?)).filter(|_| sound)
        };
        let columns: Option<Vec<(String, Column)>> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect();
        let columns = columns.filter(|columns| columns.len() <= COLUMNS_MAX)?;
        let whole = REQUIRED.iter().all(|wanted| columns.iter().any(|(_, column)| column == wanted));
        whole.then_some(Columns(columns))
    }
}

fn begins_a_formula(text: &str) -> bool {
    text.chars().next().is_none_or(|c| "=+-@＝＋－＠".contains(c))
}

/// CSV with a header, comma-separated, lines ended by `\n`.
pub fn table(columns: &Columns, orders: &[BankOrder]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.0.iter().map(|(heading, _)| heading))?;
    for order in orders {
        anyhow::ensure!(!begins_a_formula(&order.account_holder), "{}: the holder is no name", order.end_to_end_id);
        anyhow::ensure!(order.amount.is_positive(), "{}: nothing to pay", order.end_to_end_id);
        writer.write_record(columns.0.iter().map(|(_, column)| order.value(*column)))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// The bytes of a file in the encoding of its bank; fails on a letter that the encoding has not.
pub fn encoded(text: &str, encoding: Encoding) -> anyhow::Result<Vec<u8>> {
    match encoding {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::EucKr => {
            let (bytes, _, lost) = encoding_rs::EUC_KR.encode(text);
            (!lost).then(|| bytes.into_owned()).context("a letter that EUC-KR has not")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(holder: &str, amount: i64) -> BankOrder {
        BankOrder {
            end_to_end_id: "VD202700000001".to_owned(),
            instruction_id: "VD202700000001-1".to_owned(),
            bank_code: "004".to_owned(),
            account_number: "00112345678".to_owned(),
            account_holder: holder.to_owned(),
            amount: Won(amount),
            memo: "CL2027-000001".to_owned(),
        }
    }

    #[test]
    fn a_holder_with_a_comma_or_quote_stays_in_its_column() {
        let text = table(&Columns::standard(), &[order("한빛, \"주\"", 10_000_000)]).unwrap();
        assert_eq!(
            text,
            "end_to_end_id,bank_code,account_number,account_holder,amount,memo\n\
             VD202700000001,004,00112345678,\"한빛, \"\"주\"\"\",10000000,CL2027-000001\n"
        );
    }

    #[test]
    fn a_holder_that_a_spreadsheet_would_run_makes_no_file() {
        for (holder, amount) in [("=HYPERLINK(A1)", 1), ("+82", 1), ("-1", 1), ("@sum", 1), ("", 1), ("한빛", 0)] {
            assert!(table(&Columns::standard(), &[order(holder, amount)]).is_err(), "{holder} {amount}");
        }
    }

    #[test]
    fn a_bank_gets_the_columns_it_asks_for_in_its_encoding() {
        let text =
            "입금은행=bank_code\n입금계좌=account_number\n\n입금액 = amount\n예금주=account_holder\n통장표시=memo";
        let columns = Columns::parse(text).unwrap();
        let table = table(&columns, &[order("한빛", 7)]).unwrap();
        assert_eq!(table, "입금은행,입금계좌,입금액,예금주,통장표시\n004,00112345678,7,한빛,CL2027-000001\n");
        let bytes = encoded(&table, Encoding::EucKr).unwrap();
        assert_eq!(&bytes[..4], [0xC0, 0xD4, 0xB1, 0xDD], "입금");
        assert_eq!(encoded(&table, Encoding::Utf8).unwrap(), table.as_bytes());
        assert!(encoded("\u{1F600}", Encoding::EucKr).is_err());
        for wrong in ["", "입금액=amount", "=amount", "a=b", "x", &format!("=cmd=memo\n{text}")] {
            assert_eq!(Columns::parse(wrong), None, "{wrong}");
        }
    }
}
