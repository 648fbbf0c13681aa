//! The conditions of an application: each with the value it saw, its threshold and where it is corrected.
//! Invariant: the same conditions are judged while drafting, at submission and at screening.

use super::{DataClass, LatencyClass, Section};
use crate::core::money::{BasisPoints, Won};
use chrono::{DateTime, Utc};

crate::text_enum!(
    /// What a condition came to.
    Met {
        Met = "met",
        Unmet = "unmet",
        /// Not to be told from the data: an officer looks.
        Undetermined = "undetermined",
    }
);

crate::text_enum!(
    /// A condition. Its words are `application-rule-<code>`, `…-fix` and `…-source`.
    Rule {
        InTime = "in_time",
        SupplementInTime = "supplement_in_time",
        OneApplication = "one_application",
        RegisterStatus = "register_status",
        SizeClass = "size_class",
        UseCaseComplete = "use_case_complete",
        WorkloadComplete = "workload_complete",
        HostingGate = "hosting_gate",
        TransferNotice = "transfer_notice",
        RealtimeRegion = "realtime_region",
        Indicators = "indicators",
        PackageValid = "package_valid",
        PackagePrice = "package_price",
        VendorApart = "vendor_apart",
        CostsComplete = "costs_complete",
        Categories = "categories",
        CostsAddUp = "costs_add_up",
        SupportMax = "support_max",
        ShareMax = "share_max",
        CapLeft = "cap_left",
        InKindMax = "in_kind_max",
        Questions = "questions",
        Documents = "documents",
        DocumentsScanned = "documents_scanned",
    }
);

/// How the value and the threshold of a rule are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    Won,
    /// Basis points.
    Share,
    Instant,
    /// A code whose words are `<family>-<code>`.
    Code(&'static str),
}

impl Rule {
    pub fn unit(self) -> Unit {
        match self {
            Rule::InTime | Rule::SupplementInTime => Unit::Instant,
            Rule::RegisterStatus => Unit::Code("application-register"),
            Rule::SizeClass => Unit::Code("application-size"),
            Rule::HostingGate | Rule::RealtimeRegion => Unit::Code("application-region"),
            Rule::VendorApart | Rule::PackageValid => Unit::Code("application-fact"),
            Rule::PackagePrice | Rule::CostsAddUp | Rule::SupportMax | Rule::CapLeft | Rule::InKindMax => Unit::Won,
            Rule::ShareMax => Unit::Share,
            _ => Unit::Count,
        }
    }

    /// Where the firm corrects it; None when no page of the application does.
    pub fn section(self) -> Option<Section> {
        match self {
            Rule::UseCaseComplete => Some(Section::UseCase),
            Rule::WorkloadComplete | Rule::HostingGate | Rule::RealtimeRegion => Some(Section::Workload),
            Rule::Indicators => Some(Section::Indicators),
            Rule::PackageValid | Rule::VendorApart => Some(Section::Solution),
            Rule::PackagePrice
            | Rule::CostsComplete
            | Rule::Categories
            | Rule::CostsAddUp
            | Rule::SupportMax
            | Rule::ShareMax
            | Rule::InKindMax
            | Rule::CapLeft => Some(Section::Costs),
            Rule::Questions => Some(Section::Questions),
            Rule::Documents | Rule::DocumentsScanned | Rule::TransferNotice => Some(Section::Documents),
            Rule::InTime | Rule::SupplementInTime | Rule::OneApplication | Rule::RegisterStatus | Rule::SizeClass => {
                None
            }
        }
    }
}

/// One condition as it was found. Values are plain text as the rule's unit reads them: won, basis points,
/// counts, RFC 3339, codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub rule: Rule,
    pub result: Met,
    pub value: String,
    pub threshold: String,
}

/// The group whose share of support applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeGroup {
    Sme,
    MidSized,
    Large,
    Unassessable,
}

/// What the business register says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Active,
    /// Closed or suspended.
    Ended,
    Unknown,
}

/// A line of cost, as far as it is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostFact {
    pub licence: bool,
    /// The call funds this category.
    pub allowed: bool,
    pub amount: Option<Won>,
    pub support: Option<Won>,
}

/// The chosen package, when it may still be chosen today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackageFact {
    pub price: Won,
    pub quantity: i64,
    pub vendor_is_firm: bool,
    /// The solution itself works abroad, whatever the firm declared.
    pub foreign: bool,
}

/// What the call allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub support_max: Won,
    pub share_max_sme: BasisPoints,
    pub share_max_mid_sized: BasisPoints,
    pub large_firms: bool,
    /// The largest part of the own share that may be brought in kind.
    pub in_kind_max: BasisPoints,
}

/// Everything the conditions look at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// When the application came or would come now, and whether that is in time.
    pub at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub in_time: bool,
    /// When an asked-for supplement came or would come now, and when it was due.
    pub supplement: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub standing: Standing,
    pub standing_code: String,
    /// None: never assessed.
    pub size: Option<SizeGroup>,
    pub size_code: String,
    /// Fields filled in and fields there are.
    pub use_case: (i64, i64),
    pub workload: (i64, i64),
    pub data_class: Option<DataClass>,
    pub latency: Option<LatencyClass>,
    pub declared_foreign: bool,
    /// Indicators that are complete, and all that were begun.
    pub indicators: (i64, i64),
    pub chosen: bool,
    pub package: Option<PackageFact>,
    pub costs: Vec<CostFact>,
    pub limits: Limits,
    pub cap_left: Won,
    /// The part of the own share that is in kind.
    pub in_kind: Won,
    /// Questions answered and asked, of those that must be answered.
    pub questions: (i64, i64),
    /// Documents that a scan has passed, and all that are attached.
    pub scanned: (i64, i64),
    /// Required documents attached and required at all.
    pub documents: (i64, i64),
    pub notice_attached: bool,
}

/// What the lines of cost come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub total: Won,
    pub support: Won,
    pub own: Won,
}

impl Totals {
    /// Over all complete lines; own share is what support leaves.
    pub fn of(lines: impl IntoIterator<Item = (Won, Won)>) -> Totals {
        let mut totals = Totals::default();
        for (amount, support) in lines {
            totals.total = totals.total.plus(amount);
            totals.support = totals.support.plus(support);
            totals.own = totals.own.plus(amount.minus(support));
        }
        totals
    }

    /// The state share, rounded up: a share over the limit never reads as the limit.
    pub fn share(&self) -> BasisPoints {
        if !self.total.is_positive() {
            return BasisPoints(0);
        }
        let parts = i128::from(self.support.0) * 10_000;
        let share = (parts + i128::from(self.total.0) - 1) / i128::from(self.total.0);
        BasisPoints(i64::try_from(share).unwrap_or(i64::MAX))
    }

    /// Whether the state share is at most `limit`, without rounding.
    pub fn within(&self, limit: BasisPoints) -> bool {
        i128::from(self.support.0) * 10_000 <= i128::from(self.total.0) * i128::from(limit.0)
    }

    /// The most that may be asked for at this total.
    pub fn support_max(&self, limit: BasisPoints) -> Won {
        self.total.share_down(limit)
    }
}

impl Limits {
    /// The largest state share for a group; None where the group may not apply.
    /// A large firm that may apply has the share of mid-sized ones; so has, until an officer looks, one that
    /// could not be assessed.
    pub fn share_max(&self, size: Option<SizeGroup>) -> Option<BasisPoints> {
        match size {
            Some(SizeGroup::Sme) => Some(self.share_max_sme),
            Some(SizeGroup::MidSized | SizeGroup::Unassessable) => Some(self.share_max_mid_sized),
            Some(SizeGroup::Large) => self.large_firms.then_some(self.share_max_mid_sized),
            None => None,
        }
    }
}

fn check(rule: Rule, result: Met, value: impl ToString, threshold: impl ToString) -> Check {
    Check { rule, result, value: value.to_string(), threshold: threshold.to_string() }
}

fn met(yes: bool) -> Met {
    if yes { Met::Met } else { Met::Unmet }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

impl Facts {
    pub fn totals(&self) -> Totals {
        Totals::of(self.costs.iter().filter_map(|line| Some((line.amount?, line.support?))))
    }

    /// The data would leave the country: as declared or as the chosen solution works.
    fn is_foreign(&self) -> bool {
        self.declared_foreign || self.package.is_some_and(|package| package.foreign)
    }

    /// Every condition that applies, in the order people read them.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = self.about_the_firm();
        checks.extend(self.about_the_work());
        checks.extend(self.about_the_money());
        let counted = |rule, (is, should): (i64, i64)| check(rule, met(is >= should), is, should);
        if self.questions.1 > 0 {
            checks.push(counted(Rule::Questions, self.questions));
        }
        checks.push(counted(Rule::Documents, self.documents));
        checks.push(counted(Rule::DocumentsScanned, self.scanned));
        checks
    }

    fn about_the_firm(&self) -> Vec<Check> {
        let standing = match self.standing {
            Standing::Active => Met::Met,
            Standing::Ended => Met::Unmet,
            Standing::Unknown => Met::Undetermined,
        };
        let size = match self.size {
            None => Met::Unmet,
            Some(SizeGroup::Unassessable) => Met::Undetermined,
            Some(SizeGroup::Large) => met(self.limits.large_firms),
            Some(_) => Met::Met,
        };
        let allowed = if self.limits.large_firms { "any" } else { "up_to_mid_sized" };
        let mut checks = vec![
            check(Rule::InTime, met(self.in_time), instant(self.at), instant(self.closes_at)),
            // The database holds at most one live application of a firm in a call.
            check(Rule::OneApplication, Met::Met, 1, 1),
            check(Rule::RegisterStatus, standing, &self.standing_code, "active"),
            check(Rule::SizeClass, size, &self.size_code, allowed),
        ];
        if let Some((answered_at, due_at)) = self.supplement {
            // A late answer is an officer's to weigh, not the machine's.
            let result = if answered_at <= due_at { Met::Met } else { Met::Undetermined };
            checks.push(check(Rule::SupplementInTime, result, instant(answered_at), instant(due_at)));
        }
        checks
    }

    fn about_the_work(&self) -> Vec<Check> {
        let (filled, fields) = self.use_case;
        let (classified, axes) = self.workload;
        let (complete, begun) = self.indicators;
        let region = if self.is_foreign() { "foreign" } else { "domestic" };
        let mut checks = vec![
            check(Rule::UseCaseComplete, met(filled == fields), filled, fields),
            check(Rule::WorkloadComplete, met(classified == axes), classified, axes),
        ];
        if self.data_class.is_some_and(DataClass::must_stay) {
            checks.push(check(Rule::HostingGate, met(!self.is_foreign()), region, "domestic"));
        }
        if self.is_foreign() && self.data_class.is_some_and(DataClass::is_personal) {
            let attached = i64::from(self.notice_attached);
            checks.push(check(Rule::TransferNotice, met(self.notice_attached), attached, 1));
        }
        if self.is_foreign() && self.latency.is_some_and(|latency| latency >= LatencyClass::L2) {
            checks.push(check(Rule::RealtimeRegion, Met::Undetermined, region, "domestic"));
        }
        let all_complete = complete >= 1 && complete == begun;
        checks.push(check(Rule::Indicators, met(all_complete), complete, begun.max(1)));
        let choice = match (self.chosen, self.package) {
            (false, _) => "not_chosen",
            (true, None) => "not_on_offer",
            (true, Some(_)) => "on_offer",
        };
        checks.push(check(Rule::PackageValid, met(self.package.is_some()), choice, "on_offer"));
        if let Some(package) = self.package {
            let vendor = if package.vendor_is_firm { "same" } else { "apart" };
            checks.push(check(Rule::VendorApart, met(!package.vendor_is_firm), vendor, "apart"));
        }
        checks
    }

    fn about_the_money(&self) -> Vec<Check> {
        let totals = self.totals();
        let complete = self.costs.iter().filter(|line| line.amount.is_some() && line.support.is_some()).count();
        let all_complete = complete >= 1 && complete == self.costs.len();
        let allowed = self.costs.iter().filter(|line| line.allowed).count();
        let mut checks = vec![
            check(Rule::CostsComplete, met(all_complete), complete, self.costs.len().max(1)),
            check(Rule::Categories, met(allowed == self.costs.len()), allowed, self.costs.len()),
            check(
                Rule::CostsAddUp,
                met(totals.support.plus(totals.own) == totals.total),
                totals.support.plus(totals.own).0,
                totals.total.0,
            ),
        ];
        if let Some(package) = self.package {
            let licences: Won = self.costs.iter().filter(|line| line.licence).filter_map(|line| line.amount).sum();
            let most = i128::from(package.price.0) * i128::from(package.quantity);
            checks.push(check(Rule::PackagePrice, met(i128::from(licences.0) <= most), licences.0, most));
        }
        let asked = totals.support.is_positive();
        checks.push(check(
            Rule::SupportMax,
            met(asked && totals.support <= self.limits.support_max),
            totals.support.0,
            self.limits.support_max.0,
        ));
        let limit = self.limits.share_max(self.size);
        let share = match (limit, self.size) {
            (None, _) => Met::Unmet,
            (Some(limit), _) if totals.within(limit) => Met::Met,
            (Some(_), Some(SizeGroup::Unassessable)) if totals.within(self.limits.share_max_sme) => Met::Undetermined,
            _ => Met::Unmet,
        };
        checks.push(check(Rule::ShareMax, share, totals.share().0, limit.unwrap_or_default().0));
        if self.in_kind.is_positive() {
            let most = totals.own.share_down(self.limits.in_kind_max);
            checks.push(check(Rule::InKindMax, met(self.in_kind <= most), self.in_kind.0, most.0));
        }
        checks.push(check(Rule::CapLeft, met(totals.support <= self.cap_left), totals.support.0, self.cap_left.0));
        checks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts() -> Facts {
        let line = |licence, amount, support| CostFact {
            licence,
            allowed: true,
            amount: Some(Won(amount)),
            support: Some(Won(support)),
        };
        Facts {
            at: DateTime::UNIX_EPOCH,
            closes_at: DateTime::UNIX_EPOCH,
            in_time: true,
            supplement: None,
            standing: Standing::Active,
            standing_code: "active".to_owned(),
            size: Some(SizeGroup::Sme),
            size_code: "small".to_owned(),
            use_case: (5, 5),
            workload: (7, 7),
            data_class: Some(DataClass::D1),
            latency: Some(LatencyClass::L1),
            declared_foreign: false,
            indicators: (1, 1),
            chosen: true,
            package: Some(PackageFact { price: Won(10), quantity: 2, vendor_is_firm: false, foreign: false }),
            costs: vec![line(true, 20, 16), line(false, 80, 64)],
            limits: Limits {
                support_max: Won(200),
                share_max_sme: BasisPoints(8_000),
                share_max_mid_sized: BasisPoints(7_000),
                large_firms: false,
                in_kind_max: BasisPoints(5_000),
            },
            cap_left: Won(80),
            in_kind: Won::ZERO,
            questions: (1, 1),
            scanned: (2, 2),
            documents: (2, 2),
            notice_attached: false,
        }
    }

    fn result(facts: &Facts, rule: Rule) -> Option<Met> {
        facts.checks().into_iter().find(|check| check.rule == rule).map(|check| check.result)
    }

    #[test]
    fn a_good_application_meets_every_condition() {
        for check in facts().checks() {
            assert_eq!(check.result, Met::Met, "{check:?}");
        }
    }

    #[test]
    fn each_condition_alone_can_fail() {
        type Spoil = fn(&mut Facts);
        let cases: &[(Rule, Spoil)] = &[
            (Rule::InTime, |f| f.in_time = false),
            (Rule::RegisterStatus, |f| f.standing = Standing::Ended),
            (Rule::SizeClass, |f| f.size = Some(SizeGroup::Large)),
            (Rule::SizeClass, |f| f.size = None),
            (Rule::UseCaseComplete, |f| f.use_case = (4, 5)),
            (Rule::WorkloadComplete, |f| f.workload = (6, 7)),
            (Rule::Indicators, |f| f.indicators = (0, 0)),
            (Rule::Indicators, |f| f.indicators = (1, 2)),
            (Rule::PackageValid, |f| f.package = None),
            (Rule::PackagePrice, |f| f.costs[0].amount = Some(Won(21))),
            (Rule::VendorApart, |f| f.package.as_mut().unwrap().vendor_is_firm = true),
            (Rule::CostsComplete, |f| f.costs[1].support = None),
            (Rule::CostsComplete, |f| f.costs.clear()),
            (Rule::Categories, |f| f.costs[1].allowed = false),
            (Rule::SupportMax, |f| f.limits.support_max = Won(79)),
            (Rule::SupportMax, |f| f.costs.clear()),
            (Rule::ShareMax, |f| f.costs[0].support = Some(Won(17))),
            (Rule::ShareMax, |f| f.size = Some(SizeGroup::MidSized)),
            (Rule::CapLeft, |f| f.cap_left = Won(79)),
            (Rule::Documents, |f| f.documents = (1, 2)),
        ];
        for (rule, spoil) in cases {
            let mut spoiled = facts();
            spoil(&mut spoiled);
            assert_eq!(result(&spoiled, *rule), Some(Met::Unmet), "{rule}");
        }
    }

    #[test]
    fn sensitive_data_stays_in_the_country() {
        let abroad = |class, declared, package, notice| {
            let mut facts = facts();
            facts.data_class = Some(class);
            facts.declared_foreign = declared;
            facts.package.as_mut().unwrap().foreign = package;
            facts.notice_attached = notice;
            facts
        };
        for (declared, package) in [(true, false), (false, true), (true, true)] {
            let facts = abroad(DataClass::D4, declared, package, true);
            assert_eq!(result(&facts, Rule::HostingGate), Some(Met::Unmet));
        }
        assert_eq!(result(&abroad(DataClass::D4, false, false, false), Rule::HostingGate), Some(Met::Met));
        assert_eq!(result(&abroad(DataClass::D3, true, false, false), Rule::HostingGate), None);
        assert_eq!(result(&abroad(DataClass::D3, true, false, false), Rule::TransferNotice), Some(Met::Unmet));
        assert_eq!(result(&abroad(DataClass::D3, true, false, true), Rule::TransferNotice), Some(Met::Met));
        assert_eq!(result(&abroad(DataClass::D2, true, false, false), Rule::TransferNotice), None);
        let mut fast = abroad(DataClass::D0, true, false, false);
        fast.latency = Some(LatencyClass::L2);
        assert_eq!(result(&fast, Rule::RealtimeRegion), Some(Met::Undetermined));
    }

    #[test]
    fn what_cannot_be_told_is_left_to_an_officer() {
        let mut unknown = facts();
        unknown.standing = Standing::Unknown;
        assert_eq!(result(&unknown, Rule::RegisterStatus), Some(Met::Undetermined));
        unknown.size = Some(SizeGroup::Unassessable);
        assert_eq!(result(&unknown, Rule::SizeClass), Some(Met::Undetermined));
        assert_eq!(result(&unknown, Rule::ShareMax), Some(Met::Undetermined), "80 % is an SME's share only");
        unknown.costs[1].support = Some(Won(80));
        assert_eq!(result(&unknown, Rule::ShareMax), Some(Met::Unmet), "nobody has 96 %");
        let late = DateTime::UNIX_EPOCH + chrono::Duration::seconds(1);
        unknown.supplement = Some((late, DateTime::UNIX_EPOCH));
        assert_eq!(result(&unknown, Rule::SupplementInTime), Some(Met::Undetermined));
    }

    proptest! {
        #[test]
        fn shares_always_make_the_whole(
            lines in proptest::collection::vec((1i64..=1_000_000, 1i64..=100_000_000_000, 0i64..=10_000), 0..50),
            limit in 0i64..=10_000,
        ) {
            let lines: Vec<(Won, Won)> = lines
                .into_iter()
                .map(|(quantity, price, share)| (Won(quantity * price), Won(quantity * price).share_down(BasisPoints(share))))
                .collect();
            let totals = Totals::of(lines);
            prop_assert_eq!(totals.support.plus(totals.own), totals.total);
            prop_assert!(totals.own >= Won::ZERO);
            // What is shown and what decides agree: over the limit is shown as over it.
            prop_assert_eq!(totals.within(BasisPoints(limit)), totals.share() <= BasisPoints(limit));
            // The most that may be asked for is within the limit, and one won more is not.
            let most = totals.support_max(BasisPoints(limit));
            let asking = |support: Won| Totals { support, own: totals.total.minus(support), ..totals };
            prop_assert!(asking(most).within(BasisPoints(limit)));
            if totals.total.is_positive() && limit < 10_000 {
                prop_assert!(!asking(most.plus(Won(1))).within(BasisPoints(limit)));
            }
        }
    }
}
