//! Who may review: everybody with the role at once, with their load, what they can judge, and what ties them to the firm
//! or the vendor; and what reviewers declare about themselves.

use crate::{
    applications::ApplicationId,
    db::Tx,
    reviews::rules::{Conflict, Relation},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// Somebody with the role of a reviewer, before one application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CandidateRow {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    /// Assignments not yet locked or given up.
    pub open: i64,
    pub load_max: Option<i64>,
    pub reads_english: bool,
    pub skilled: bool,
    /// Assigned to this application now or before.
    pub taken: bool,
    pub conflict: Option<Conflict>,
}

/// What is compared with a reviewer's own: of firm and vendor, as fingerprints.
#[derive(Debug, Clone, Default)]
pub struct Closeness {
    pub phones: [Option<String>; 2],
    pub addresses: [Option<String>; 2],
    /// Work that ended before this day no longer counts.
    pub since: NaiveDate,
    pub since_at: DateTime<Utc>,
}

/// Every reviewer, or the one asked for, before an application: one statement, whatever the number of applications.
pub async fn candidates(
    tx: &mut Tx,
    application: ApplicationId,
    near: Closeness,
    only: Option<Uuid>,
) -> sqlx::Result<Vec<CandidateRow>> {
    let [firm_phone, vendor_phone] = near.phones;
    let [firm_address, vendor_address] = near.addresses;
    let mut query = tx.query(
        "SELECT p.id, p.name, p.email, COALESCE(l.open, 0) AS open, f.load_max,
            COALESCE(f.reads_english, FALSE) AS reads_english,
            EXISTS (SELECT 1 FROM reviewer_skills s WHERE s.person_id = p.id AND s.use_case = x.use_case) AS skilled,
            EXISTS (SELECT 1 FROM review_assignments a WHERE a.application_id = x.id AND a.reviewer_id = p.id) AS taken,
            CASE
                WHEN EXISTS (SELECT 1 FROM person_roles m WHERE m.person_id = p.id
                    AND m.organisation_id IN (x.organisation_id, v.organisation_id)
                    AND (m.ended_at IS NULL OR m.ended_at > $2)) THEN 'member'
                WHEN EXISTS (SELECT 1 FROM reviewer_interests i WHERE i.person_id = p.id AND i.ended_at IS NULL
                    AND i.business_number IN (o.business_number, w.business_number)
                    AND (i.until_on IS NULL OR i.until_on > $3)) THEN 'interest'
                WHEN f.phone_key IN ($4, $5) THEN 'shared_phone'
                WHEN f.address_key IN ($6, $7) THEN 'shared_address'
                WHEN EXISTS (SELECT 1 FROM review_assignments b JOIN applications y ON y.id = b.application_id
                    WHERE b.reviewer_id = p.id AND b.state = 'recused' AND b.application_id <> x.id
                        AND COALESCE(b.conflict_kind, '') <> 'other_duty'
                        AND (y.organisation_id = x.organisation_id OR y.vendor_id = x.vendor_id)) THEN 'declared_before'
                WHEN EXISTS (SELECT 1 FROM duties d JOIN forbidden_pairs q
                    ON (q.one = d.act AND q.other = 'scored') OR (q.other = d.act AND q.one = 'scored')
                    WHERE d.case_id = x.id AND d.person_id = p.id) THEN 'other_duty'
            END AS conflict
         FROM applications x JOIN organisations o ON o.id = x.organisation_id
         LEFT JOIN vendors v ON v.id = x.vendor_id LEFT JOIN organisations w ON w.id = v.organisation_id
         JOIN people p ON p.state = 'active'
            AND p.id IN (SELECT r.person_id FROM person_roles r WHERE r.role = 'reviewer' AND r.ended_at IS NULL)
         LEFT JOIN review_loads l ON l.reviewer_id = p.id LEFT JOIN reviewer_profiles f ON f.person_id = p.id
         WHERE x.id = $1",
        (application, near.since_at, near.since, firm_phone, vendor_phone, firm_address, vendor_address),
    );
    if let Some(person) = only {
        query.add(" AND p.id = ?", (person,));
    }
    query.add(" ORDER BY p.id LIMIT 500", ());
    tx.fetch_all(query).await
}

/// What a reviewer says about themselves.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Profile {
    pub load_max: Option<i64>,
    pub reads_english: bool,
    pub phone_key: Option<String>,
    pub address_key: Option<String>,
}

pub async fn profile(tx: &mut Tx, person: Uuid) -> sqlx::Result<Option<Profile>> {
    tx.find(
        "SELECT load_max, reads_english, phone_key, address_key FROM reviewer_profiles WHERE person_id = $1",
        (person,),
    )
    .await
}

pub async fn skills(tx: &mut Tx, person: Uuid) -> sqlx::Result<Vec<String>> {
    tx.values("SELECT use_case FROM reviewer_skills WHERE person_id = $1 ORDER BY use_case", (person,)).await
}

pub async fn put_profile(tx: &mut Tx, person: Uuid, profile: Profile, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO reviewer_profiles (person_id, load_max, reads_english, phone_key, address_key, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person_id) DO UPDATE SET load_max = excluded.load_max,
            reads_english = excluded.reads_english, phone_key = excluded.phone_key, address_key = excluded.address_key,
            changed_at = excluded.changed_at",
        (person, profile.load_max, profile.reads_english, profile.phone_key, profile.address_key, now),
    )
    .await
}

pub async fn put_skills(tx: &mut Tx, person: Uuid, skills: &[String]) -> sqlx::Result<()> {
    tx.run("DELETE FROM reviewer_skills WHERE person_id = $1", (person,)).await?;
    for skill in skills {
        tx.run("INSERT INTO reviewer_skills (person_id, use_case) VALUES ($1, $2)", (person, skill.clone())).await?;
    }
    Ok(())
}

/// Where a reviewer works, worked, advises or holds a share.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Interest {
    pub id: Uuid,
    pub business_number: String,
    pub relation: Relation,
    pub until_on: Option<NaiveDate>,
}

pub async fn interests(tx: &mut Tx, person: Uuid) -> sqlx::Result<Vec<Interest>> {
    tx.all(
        "SELECT id, business_number, relation, until_on FROM reviewer_interests
         WHERE person_id = $1 AND ended_at IS NULL ORDER BY declared_at, id LIMIT 200",
        (person,),
    )
    .await
}

pub async fn insert_interest(tx: &mut Tx, person: Uuid, interest: &Interest, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO reviewer_interests (id, person_id, business_number, relation, until_on, declared_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        (interest.id, person, interest.business_number.clone(), interest.relation, interest.until_on, now),
    )
    .await
}

/// Takes back what was declared by mistake; false when it is not this person's or was taken back before.
pub async fn end_interest(tx: &mut Tx, person: Uuid, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE reviewer_interests SET ended_at = $3 WHERE id = $2 AND person_id = $1 AND ended_at IS NULL",
            (person, id, now),
        )
        .await?;
    Ok(rows == 1)
}
