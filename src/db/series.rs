//! Running numbers for what people read aloud: receipts, agreements, claims.
//! Rising but not gapless on PostgreSQL, where a sequence keeps many submissions from waiting for one row.

use super::{Select, Tx};

/// A series of running numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    Receipt,
    Vendor,
    Agreement,
    Voucher,
    Claim,
    Batch,
    Payment,
    Recovery,
}

impl Series {
    fn name(self) -> &'static str {
        match self {
            Series::Receipt => "receipt",
            Series::Vendor => "vendor",
            Series::Agreement => "agreement",
            Series::Voucher => "voucher",
            Series::Claim => "claim",
            Series::Batch => "batch",
            Series::Payment => "payment",
            Series::Recovery => "recovery",
        }
    }
}

impl Tx {
    /// Asks for the next number of `series`, from 1.
    pub fn next(&self, series: Series) -> Select<(i64,)> {
        let sql = self.pick(
            "INSERT INTO number_series (name, last) VALUES ($1, 1)
             ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            "SELECT nextval(('number_' || $1)::regclass)",
        );
        Select::new(sql, (series.name(),))
    }

    /// The next number of `series`, from 1.
    pub async fn next_number(&mut self, series: Series) -> sqlx::Result<i64> {
        let (number,) = self.rows(self.next(series)).await?.pop().ok_or(sqlx::Error::RowNotFound)?;
        Ok(number)
    }
}
