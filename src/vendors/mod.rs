//! The registry: vendors, solutions, priced packages.
//! Invariant: only an approved, unexpired vendor may be chosen.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{check_stands, check_takes_new, fall_due, lapse_expired, pay_hold, pay_holds, ties};
pub use forms::{NewPackage, NewVendor};
pub use rules::{
    Hosting, ModelOrigin, VendorState,
    criteria::{Party, Tie, ties as ties_of},
    facts::{Described, SolutionFacts},
    standing::{PayHold, SuspensionKind},
};
pub use store::{
    Notice, Package, PackageChoice, Solution, Vendor, VendorAccount, account_of, by_organisation, choosable_packages,
    find, get, notices, package_choice,
};

crate::id!(
    /// A vendor in the registry.
    VendorId
);
crate::id!(
    /// An AI solution.
    SolutionId
);
crate::id!(
    /// A priced package of a solution.
    PackageId
);
