//! What the conditions and the pages look at beside the application itself.

use crate::{
    applications::ApplicationId,
    core::money::Won,
    db::{Select, Tx},
    files::{FileId, ScanState},
    organisations::{OrganisationFacts, OrganisationId, RegisterStatus},
    programmes::{CallState, CostCategory, ProgrammeId},
    vendors::{Party, Tie, ties_of},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The call, its rules, the firm and what is left of its cap: one row, because every submission reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Surroundings {
    pub programme_id: ProgrammeId,
    pub year: i64,
    pub zone: String,
    pub firm_cap_won: Won,
    pub call_code: String,
    pub call_name_ko: String,
    pub call_name_en: String,
    pub call_state: CallState,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
    /// The version of the rules: the pinned one, or the present one of a draft.
    pub rules_version: i64,
    pub rules_made_at: DateTime<Utc>,
    pub business_number: String,
    pub legal_name: String,
    #[sqlx(flatten)]
    pub firm: OrganisationFacts,
    /// Of the chosen vendor and solution, whether they may still be chosen or not.
    pub vendor_organisation_id: Option<OrganisationId>,
    pub vendor_state: Option<String>,
    pub vendor_register_status: Option<RegisterStatus>,
    pub vendor_register_checked_at: Option<DateTime<Utc>>,
    pub firm_representative: String,
    pub firm_address: String,
    pub firm_phone: String,
    pub vendor_business_number: Option<String>,
    pub vendor_representative: Option<String>,
    pub vendor_address: Option<String>,
    pub vendor_phone: Option<String>,
    pub solution_hosting: Option<String>,
    /// None until the firm's first commitment opens the account.
    pub cap_left_won: Option<Won>,
}

impl Surroundings {
    /// What the firm and its vendor share that hints at one hand behind both; None before a vendor is chosen.
    pub fn vendor_ties(&self) -> Option<Vec<Tie>> {
        let firm = Party {
            business_number: &self.business_number,
            representative: &self.firm_representative,
            address: &self.firm_address,
            phone: &self.firm_phone,
        };
        let vendor = Party {
            business_number: self.vendor_business_number.as_deref()?,
            representative: self.vendor_representative.as_deref()?,
            address: self.vendor_address.as_deref()?,
            phone: self.vendor_phone.as_deref()?,
        };
        Some(ties_of(firm, vendor))
    }
}

/// Aid from elsewhere counts from `aid_since` on.
pub fn surroundings(id: ApplicationId, aid_since: NaiveDate) -> Select<Surroundings> {
    Select::new(
        "SELECT c.programme_id, p.year, p.zone, p.firm_cap_won, c.code AS call_code, c.name_ko AS call_name_ko,
                c.name_en AS call_name_en, c.state AS call_state, c.opens_at, c.closes_at, c.grace_seconds,
                v.version AS rules_version, v.made_at AS rules_made_at, o.business_number, o.legal_name,
                o.id AS organisation_id, o.register_status, o.register_checked_at, o.vat_type, o.kind, o.region_code,
                o.industry_code, o.employees_regular, o.founded_on, o.large_group,
                (SELECT z.class FROM size_assessments z WHERE z.organisation_id = o.id
                 ORDER BY z.assessed_at DESC, z.id DESC LIMIT 1) AS size_class,
                (SELECT CAST(COALESCE(SUM(e.amount_won), 0) AS BIGINT) FROM outside_awards e
                 WHERE e.business_number = o.business_number AND e.removed_at IS NULL AND e.awarded_on >= $2)
                    AS other_aid_won,
                f.equity_won, f.capital_won, w.organisation_id AS vendor_organisation_id, w.state AS vendor_state,
                ow.register_status AS vendor_register_status, ow.register_checked_at AS vendor_register_checked_at,
                o.representative_name AS firm_representative, o.address AS firm_address, o.phone AS firm_phone,
                ow.business_number AS vendor_business_number, ow.representative_name AS vendor_representative,
                ow.address AS vendor_address, ow.phone AS vendor_phone,
                s.hosting AS solution_hosting, l.balance_won AS cap_left_won
         FROM applications a JOIN calls c ON c.id = a.call_id JOIN programmes p ON p.id = c.programme_id
         JOIN call_versions v ON v.call_id = c.id
            AND v.version = CASE WHEN a.submitted_at IS NULL THEN c.version ELSE a.call_version END
         JOIN organisations o ON o.id = a.organisation_id
         LEFT JOIN organisation_financials f ON f.organisation_id = o.id AND f.fiscal_year =
            (SELECT MAX(y.fiscal_year) FROM organisation_financials y WHERE y.organisation_id = o.id)
         LEFT JOIN vendors w ON w.id = a.vendor_id LEFT JOIN organisations ow ON ow.id = w.organisation_id
         LEFT JOIN packages k ON k.id = a.package_id LEFT JOIN solutions s ON s.id = k.solution_id
         LEFT JOIN ledger_accounts l ON l.kind = 'cap_left' AND l.owner_id = o.id AND l.scope_id = p.id
         WHERE a.id = $1",
        (id, aid_since),
    )
}

/// An indicator as far as it is filled in; values in thousandths of the unit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DraftIndicator {
    /// Stays while the row is changed: two people's edits of one row find each other by it.
    pub id: Uuid,
    pub name: String,
    pub unit: String,
    pub direction: String,
    pub baseline_milli: Option<i64>,
    pub target_milli: Option<i64>,
    pub baseline_period: String,
    pub baseline_source: String,
}

impl DraftIndicator {
    pub fn is_complete(&self) -> bool {
        self.baseline_milli.is_some()
            && self.target_milli.is_some()
            && [&self.name, &self.unit, &self.baseline_period, &self.baseline_source]
                .iter()
                .all(|text| !text.is_empty())
    }
}

/// Somebody who does the work, as far as it is filled in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DraftMember {
    pub id: Uuid,
    pub role: String,
    pub person: String,
    pub to_hire: bool,
    /// Of full time, in percent.
    pub share_percent: Option<i64>,
    pub months: Option<i64>,
}

impl DraftMember {
    pub fn is_complete(&self) -> bool {
        !self.role.is_empty()
            && (self.to_hire || !self.person.is_empty())
            && self.share_percent.is_some()
            && self.months.is_some()
    }
}

pub fn team(id: ApplicationId) -> Select<DraftMember> {
    Select::new(
        "SELECT id, role, person, to_hire, share_percent, months FROM application_team WHERE application_id = $1
         ORDER BY position, id",
        (id,),
    )
}

pub fn indicators(id: ApplicationId) -> Select<DraftIndicator> {
    Select::new(
        "SELECT id, name, unit, direction, baseline_milli, target_milli, baseline_period, baseline_source
         FROM application_indicators WHERE application_id = $1 ORDER BY position, id",
        (id,),
    )
}

/// A line of cost as far as it is filled in.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DraftCost {
    /// Stays while the row is changed.
    pub id: Uuid,
    pub category: CostCategory,
    pub description: String,
    pub unit: String,
    pub taxed: bool,
    pub in_kind_won: Won,
    pub quantity: Option<i64>,
    pub unit_price_won: Option<Won>,
    pub support_won: Option<Won>,
    pub own_won: Option<Won>,
}

impl DraftCost {
    /// Quantity times price. The form bounds both, so that the product fits.
    pub fn amount(&self) -> Option<Won> {
        Some(Won(self.quantity?.checked_mul(self.unit_price_won?.0)?))
    }

    /// What is paid on top and never supported.
    pub fn vat(&self) -> Option<Won> {
        Some(if self.taxed { self.amount()?.vat() } else { Won::ZERO })
    }

    pub fn own_cash(&self) -> Option<Won> {
        Some(self.own_won?.minus(self.in_kind_won))
    }

    pub fn is_complete(&self) -> bool {
        self.own_won.is_some() && !self.description.is_empty()
    }
}

pub fn costs(id: ApplicationId) -> Select<DraftCost> {
    Select::new(
        "SELECT id, category, description, unit, taxed, in_kind_won, quantity, unit_price_won, support_won, own_won
         FROM application_costs WHERE application_id = $1 ORDER BY position, id",
        (id,),
    )
}

/// The places of the lines of cost that bear no VAT.
pub async fn untaxed(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<i64>> {
    tx.values("SELECT position FROM application_costs WHERE application_id = $1 AND NOT taxed ORDER BY position", (id,))
        .await
}

/// A document of an application, with its file.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Document {
    pub id: Uuid,
    pub application_id: ApplicationId,
    /// One of the kinds in the rules of the call.
    pub kind: String,
    pub file_id: FileId,
    pub attached_at: DateTime<Utc>,
    pub name: String,
    pub media_type: String,
    pub size_bytes: i64,
    /// Of a PDF, where they could be counted.
    pub pages: Option<i64>,
    pub sha256: Vec<u8>,
    pub scan: ScanState,
    pub uploaded_by: Uuid,
}

/// The documents attached now, oldest first.
pub fn documents(id: ApplicationId) -> Select<Document> {
    Select::new(
        "SELECT d.id, d.application_id, d.kind, d.file_id, d.attached_at, f.name, f.media_type, f.size_bytes, f.pages, f.sha256, f.scan,
                f.uploaded_by
         FROM application_documents d JOIN files f ON f.id = d.file_id
         WHERE d.application_id = $1 AND d.removed_at IS NULL ORDER BY d.attached_at, d.id",
        (id,),
    )
}

/// One document of an application, also one that was removed after a submission: what was submitted stays readable.
pub async fn find_document(tx: &mut Tx, application: ApplicationId, id: Uuid) -> sqlx::Result<Option<Document>> {
    tx.find(
        "SELECT d.id, d.application_id, d.kind, d.file_id, d.attached_at, f.name, f.media_type, f.size_bytes, f.pages, f.sha256, f.scan,
                f.uploaded_by
         FROM application_documents d JOIN files f ON f.id = d.file_id
         WHERE d.application_id = $1 AND d.id = $2",
        (application, id),
    )
    .await
}
