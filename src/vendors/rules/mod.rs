//! States of a vendor and who may change them; what an entry, an address, a holder and a price must be.

pub mod accounts;
pub mod complaints;
pub mod criteria;
pub mod facts;
pub mod figures;
pub mod reviews;
pub mod standing;

use crate::core::{
    money::Won,
    names::{fold_company, fold_digits},
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Datelike, Duration, Months, NaiveDate};
use unicode_normalization::UnicodeNormalization;

crate::text_enum!(
    /// Where a vendor stands in the registry.
    VendorState {
        Draft = "draft",
        Submitted = "submitted",
        /// The agency asked; every item must be answered.
        Clarification = "clarification",
        /// One officer found it fit; another decides.
        Recommended = "recommended",
        Approved = "approved",
        Rejected = "rejected",
        Suspended = "suspended",
        Lapsed = "lapsed",
        Terminated = "terminated",
    }
);

crate::text_enum!(
    /// Whose model does the work (domain: workload classification).
    ModelOrigin {
        Sovereign = "sovereign",
        Global = "global",
        OpenWeight = "open_weight",
        Hybrid = "hybrid",
    }
);

crate::text_enum!(
    /// Where the work is done and the data lives.
    Hosting {
        KrPublicCloud = "kr_public_cloud",
        KrPrivate = "kr_private",
        ForeignRegion = "foreign_region",
        EdgeDevice = "edge_device",
    }
);

use VendorState::*;

const CHECKS: &[Role] = &[Role::Screener, Role::Manager];
const DECIDES: &[Role] = &[Role::Manager];

pub const STEPS: &[Step<VendorState>] = &[
    Step { name: "submit", from: Draft, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "submit", from: Rejected, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "submit", from: Lapsed, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "submit", from: Terminated, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "ask", from: Submitted, to: Clarification, by: CHECKS, note: Note::Required },
    Step { name: "answer", from: Clarification, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "recommend", from: Submitted, to: Recommended, by: CHECKS, note: Note::Required },
    Step { name: "return", from: Recommended, to: Submitted, by: DECIDES, note: Note::Required },
    Step { name: "approve", from: Recommended, to: Approved, by: DECIDES, note: Note::None },
    Step { name: "reject", from: Submitted, to: Rejected, by: DECIDES, note: Note::Required },
    Step { name: "reject", from: Clarification, to: Rejected, by: DECIDES, note: Note::Required },
    Step { name: "reject", from: Recommended, to: Rejected, by: DECIDES, note: Note::Required },
    Step { name: "suspend", from: Approved, to: Suspended, by: DECIDES, note: Note::Required },
    Step { name: "reinstate", from: Suspended, to: Approved, by: DECIDES, note: Note::Required },
    Step { name: "lapse", from: Approved, to: Lapsed, by: &[], note: Note::None },
    Step { name: "lapse", from: Suspended, to: Lapsed, by: &[], note: Note::None },
    Step { name: "terminate", from: Approved, to: Terminated, by: DECIDES, note: Note::Required },
    Step { name: "terminate", from: Suspended, to: Terminated, by: DECIDES, note: Note::Required },
    Step { name: "terminate", from: Lapsed, to: Terminated, by: DECIDES, note: Note::Required },
];

/// Steps that are a note and a button on the vendor's page; the others have forms of their own.
pub const PLAIN_STEPS: &[&str] = &["recommend", "return", "reject", "terminate"];

/// How long an approval holds, in months (domain: deadlines, vendor annual review).
const APPROVAL_MONTHS: u32 = 12;
/// The dearest unit a package may have, in won.
pub const UNIT_PRICE_MAX: i64 = 10_000_000_000;
/// How long a vendor whose registration was ended waits before it may apply again, in months (domain: 2.3).
const REAPPLY_MONTHS: u32 = 12;
/// How far ahead a price may be announced, in days.
const AHEAD_DAYS_MAX: i64 = 366;

impl VendorState {
    /// Whether the vendor may change its entry, the account it is paid to included.
    pub fn entry_is_open(self) -> bool {
        matches!(self, Draft | Rejected | Lapsed | Terminated)
    }

    /// Whether the vendor may change what it offers: not while somebody decides on it, nor while suspended.
    pub fn catalogue_is_open(self) -> bool {
        self.entry_is_open() || self == Approved
    }

    pub fn check_entry_open(self) -> Result<(), Refusal> {
        if self.entry_is_open() { Ok(()) } else { Err(Refusal::conflict("vendors-refusal-entry-closed")) }
    }

    pub fn check_catalogue_open(self) -> Result<(), Refusal> {
        if self.catalogue_is_open() { Ok(()) } else { Err(Refusal::conflict("vendors-refusal-catalogue-closed")) }
    }
}

crate::text_enum!(
    /// What stands between an entry and its submission.
    Unmet {
        NoSolution = "no_solution",
        /// A solution without a package that is or will be on offer.
        NoPackage = "no_package",
        /// A criterion without its statement or its evidence.
        NoEvidence = "no_evidence",
        NoReference = "no_reference",
        /// A large firm must say why it should be an exception (domain: part I B, vendor).
        NoException = "no_exception",
        /// The business register says closed or suspended.
        NotInBusiness = "not_in_business",
    }
);

/// What an entry is held against before it may be submitted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry {
    pub solutions: i64,
    pub solutions_without_package: i64,
    pub criteria_without_evidence: usize,
    pub references: usize,
    pub is_large: bool,
    pub has_exception: bool,
    pub in_business: bool,
}

/// Everything that is missing before an entry may be submitted.
pub fn unmet(entry: Entry) -> Vec<Unmet> {
    let conditions = [
        (entry.solutions == 0, Unmet::NoSolution),
        (entry.solutions_without_package > 0, Unmet::NoPackage),
        (entry.criteria_without_evidence > 0, Unmet::NoEvidence),
        (entry.references == 0, Unmet::NoReference),
        (entry.is_large && !entry.has_exception, Unmet::NoException),
        (!entry.in_business, Unmet::NotInBusiness),
    ];
    conditions.into_iter().filter_map(|(is_unmet, condition)| is_unmet.then_some(condition)).collect()
}

/// Refuses a new application within a year of the end of a registration (domain: 2.3, breach).
pub fn check_reapply(terminated_on: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    let from = terminated_on.and_then(|day| day.checked_add_months(Months::new(REAPPLY_MONTHS)));
    match from {
        Some(from) if today < from => Err(Refusal::conflict("vendors-refusal-reapply").with("from", from)),
        _ => Ok(()),
    }
}

/// Refuses a price above the vendor's own public price, or above what a voucher pays (domain: invariants, 18).
pub fn check_price(unit: Won, public: Option<Won>, qualifying: Option<Won>) -> Result<(), Refusal> {
    if public.is_some_and(|public| unit > public) {
        return Err(Refusal::unacceptable("vendors-refusal-above-public").at("unit_price"));
    }
    match qualifying {
        Some(most) if unit > most => {
            Err(Refusal::unacceptable("vendors-refusal-above-qualifying").at("unit_price").with("most", most))
        }
        _ => Ok(()),
    }
}

/// `V2027-0001`.
pub fn registry_number(day: NaiveDate, number: i64) -> String {
    format!("V{}-{number:04}", day.year())
}

/// The last day of an approval given on `day`.
pub fn expires_on(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(APPROVAL_MONTHS)).unwrap_or(NaiveDate::MAX)
}

/// A web address as it may stand in a link: `http` or `https`, a host name with a dot, no user name, nothing
/// that ends an attribute. None otherwise.
pub fn website(line: &str) -> Option<String> {
    let (scheme, rest) = line.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return None;
    }
    let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || matches!(c, '가'..='힣'))
    };
    let host_is_good = host.contains('.') && host.split('.').all(label);
    let path_is_good =
        path.chars().all(|c| (c.is_ascii_graphic() || c.is_alphanumeric()) && !r#""'<>\^`{|}"#.contains(c));
    (host_is_good && port.parse::<u16>().is_ok() && path_is_good)
        .then(|| format!("{scheme}://{}{path}", authority.to_lowercase()))
}

/// A telephone number with its digits made plain. None when it holds anything but 8 to 15 digits, dashes, spaces,
/// brackets and a plus sign.
pub fn phone(line: &str) -> Option<String> {
    let line = fold_digits(line);
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let plain = line.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ' ' | '(' | ')' | '+'));
    (plain && (8..=15).contains(&digits)).then_some(line)
}

/// Whether an account of `holder` is the account of the firm called `legal_name`: spaces, case, width and the
/// ways to write the legal form do not count.
pub fn is_holder(holder: &str, legal_name: &str) -> bool {
    // The bank's file holds the name as it is: a spreadsheet must not take it for a formula.
    let is_formula = holder.nfkc().find(|c| !c.is_whitespace()).is_some_and(|first| "=+-@".contains(first));
    let (_, holder) = fold_company(holder);
    !is_formula && !holder.is_empty() && holder == fold_company(legal_name).1
}

/// Whether a price may hold from `first` on: neither in the past, nor further ahead than a year, and later than
/// the price that it replaces.
pub fn check_first_day(first: NaiveDate, today: NaiveDate, replaces: Option<NaiveDate>) -> Result<(), Refusal> {
    let refused = |key| Err(Refusal::unacceptable(key).at("valid_from"));
    if first < today {
        return refused("vendors-refusal-price-past");
    }
    if first > today + Duration::days(AHEAD_DAYS_MAX) {
        return refused("vendors-refusal-price-far");
    }
    match replaces {
        Some(since) if first <= since => {
            Err(Refusal::unacceptable("vendors-refusal-price-order").at("valid_from").with("since", since))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::cells::harmless;
    use crate::core::step::step;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn only_the_steps_of_the_table_are_taken() {
        let names =
            ["submit", "ask", "answer", "recommend", "return", "approve", "reject", "suspend", "reinstate", "lapse"];
        for name in names.into_iter().chain(["terminate", "", "delete"]) {
            for from in VendorState::ALL {
                let to = match (name, *from) {
                    ("submit", Draft | Rejected | Lapsed | Terminated) => Some(Submitted),
                    ("answer", Clarification) | ("return", Recommended) => Some(Submitted),
                    ("ask", Submitted) => Some(Clarification),
                    ("recommend", Submitted) => Some(Recommended),
                    ("approve", Recommended) | ("reinstate", Suspended) => Some(Approved),
                    ("reject", Submitted | Clarification | Recommended) => Some(Rejected),
                    ("suspend", Approved) => Some(Suspended),
                    ("lapse", Approved | Suspended) => Some(Lapsed),
                    ("terminate", Approved | Suspended | Lapsed) => Some(Terminated),
                    _ => None,
                };
                assert_eq!(step(STEPS, name, *from).ok().map(|step| step.to), to, "{name} from {from}");
            }
        }
    }

    #[test]
    fn a_vendor_submits_officers_check_and_only_a_manager_decides() {
        for step in STEPS {
            let by: &[Role] = match step.name {
                "submit" | "answer" => &[Role::Vendor],
                "ask" | "recommend" => &[Role::Screener, Role::Manager],
                "lapse" => &[],
                _ => &[Role::Manager],
            };
            assert_eq!(step.by, by, "{}", step.name);
        }
    }

    #[test]
    fn every_unmet_condition_is_said_at_once() {
        let empty = Entry { criteria_without_evidence: 7, is_large: true, ..Entry::default() };
        assert_eq!(
            unmet(empty),
            [Unmet::NoSolution, Unmet::NoEvidence, Unmet::NoReference, Unmet::NoException, Unmet::NotInBusiness]
        );
        let whole = Entry { solutions: 2, references: 5, in_business: true, ..Entry::default() };
        assert_eq!(unmet(Entry { solutions_without_package: 1, ..whole }), [Unmet::NoPackage]);
        assert_eq!(unmet(Entry { is_large: true, has_exception: true, ..whole }), []);
        assert_eq!(unmet(whole), []);
    }

    #[test]
    fn who_was_removed_waits_a_year() {
        let ended = Some(day("2027-03-02"));
        assert!(check_reapply(ended, day("2028-03-01")).is_err());
        assert!(check_reapply(ended, day("2028-03-02")).is_ok());
        assert!(check_reapply(None, day("2027-03-02")).is_ok());
    }

    #[test]
    fn a_voucher_never_pays_more_than_the_public_and_the_qualifying_price() {
        let won = |n| Some(Won(n));
        for (unit, public, qualifying, ok) in [
            (10, None, None, true),
            (10, won(10), won(10), true),
            (10, won(9), None, false),
            (10, won(12), won(9), false),
            (9, won(12), won(9), true),
        ] {
            assert_eq!(check_price(Won(unit), public, qualifying).is_ok(), ok, "{unit} {public:?} {qualifying:?}");
        }
    }

    #[test]
    fn only_web_addresses_become_links() {
        for (typed, kept) in [
            ("https://hanbit.example", "https://hanbit.example"),
            ("HTTP://Hanbit.Example:8080/소개?a=1#b", "http://hanbit.example:8080/소개?a=1#b"),
            ("https://한빛.한국/", "https://한빛.한국/"),
        ] {
            assert_eq!(website(typed).as_deref(), Some(kept), "{typed}");
        }
        for typed in [
            "",
            "hanbit.example",
            "javascript:alert(1)",
            "javascript://hanbit.example/%0aalert(1)",
            "data:text/html,x",
            "ftp://hanbit.example",
            "https://",
            "https://localhost",
            "https://user:word@hanbit.example",
            "https://hanbit.example:99999",
            "https://hanbit..example",
            "https://hanbit.example/\"onmouseover=x",
            "https://hanbit.example/a b",
            "https://hаnbit.example", // a Cyrillic а
        ] {
            assert_eq!(website(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_telephone_number_is_digits_and_their_signs() {
        assert_eq!(phone("０２-1234-5678").as_deref(), Some("02-1234-5678"));
        assert_eq!(phone("+82 (0)2 1234 5678").as_deref(), Some("+82 (0)2 1234 5678"));
        for typed in ["", "1234", "전화", "02-1234-5678 ext. 9", "1234567890123456"] {
            assert_eq!(phone(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_holder_is_the_firm_however_its_legal_form_is_written() {
        for (holder, legal_name) in
            [("한빛 정밀", "한빛정밀"), ("㈜한빛정밀", "주식회사 한빛정밀"), ("HANBIT ai", "(주) Hanbit AI")]
        {
            assert!(is_holder(holder, legal_name), "{holder}");
        }
        for (holder, legal_name) in [
            ("한빛", "한빛정밀"),
            ("", "한빛정밀"),
            ("주식회사", "(주)"),
            ("김하나", "한빛정밀"),
            ("=한빛정밀", "한빛정밀"),
            (" ＠한빛정밀", "한빛정밀"),
            ("-한빛정밀", "-한빛정밀"),
        ] {
            assert!(!is_holder(holder, legal_name), "{holder}");
        }
    }

    #[test]
    fn an_approval_holds_a_year_and_has_a_number() {
        assert_eq!(expires_on(day("2027-03-02")), day("2028-03-02"));
        assert_eq!(expires_on(day("2028-02-29")), day("2029-02-28"));
        assert_eq!(registry_number(day("2027-03-02"), 1), "V2027-0001");
        assert_eq!(registry_number(day("2027-03-02"), 12_345), "V2027-12345");
    }

    #[test]
    fn a_price_never_changes_what_was() {
        let today = day("2027-03-02");
        for (first, replaces, ok) in [
            ("2027-03-01", None, false),
            ("2027-03-02", None, true),
            ("2027-03-02", Some("2027-03-01"), true),
            ("2027-03-02", Some("2027-03-02"), false),
            ("2027-04-01", Some("2027-04-02"), false),
            ("2028-03-02", None, true),
            ("2028-03-03", None, false),
        ] {
            assert_eq!(check_first_day(day(first), today, replaces.map(day)).is_ok(), ok, "{first}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_begins_a_formula(text in any::<String>(), sign in "[-=+@\t\r]") {
            for cell in [harmless(&text), harmless(&format!("{sign}{text}"))] {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
                prop_assert!(cell.ends_with(&text));
            }
        }

        #[test]
        fn a_website_taken_is_taken_again_unchanged(text in "https?://[a-zA-Z.:@/?#한 \"-]{0,30}") {
            if let Some(kept) = website(&text) {
                prop_assert_eq!(website(&kept), Some(kept.clone()));
            }
        }
    }
}
