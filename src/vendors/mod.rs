//! The registry: vendors, solutions, priced packages.
//! Invariant: only an approved, unexpired vendor may be chosen.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::lapse_expired;
pub use forms::{NewPackage, NewSolution, NewVendor};
pub use rules::{Hosting, ModelOrigin, VendorState};
pub use store::{
    Package, PackageChoice, Solution, Vendor, VendorAccount, account_of, by_organisation, choosable_packages, find,
    get, package_choice,
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
