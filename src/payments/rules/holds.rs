//! Why somebody is not paid for now: at which level, and whether anybody looked at it in time.

use chrono::NaiveDate;

crate::text_enum!(
    /// What a hold stops.
    HoldLevel {
        /// One payment order.
        Payment = "payment",
        Claim = "claim",
        /// Everything that is to be paid to a vendor.
        Vendor = "vendor",
        /// Every payment of a programme.
        Programme = "programme",
    }
);

/// A hold that nobody looked at by its day of review is aged.
pub fn is_aged(review_on: NaiveDate, today: NaiveDate) -> bool {
    review_on < today
}
