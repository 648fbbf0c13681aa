//! What changes the registry. Every change of state is a compare-and-set.

use super::{AccountChange, Vendor};
use crate::{
    core::{actor::Actor, money::Won},
    db::Tx,
    organisations::OrganisationId,
    vendors::{
        PackageId, SolutionId, VendorId,
        forms::{NewPackage, NewPrice, NewVendor},
        rules::{VendorState, facts::Described},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;

/// An account number, sealed, with what may be shown of it.
pub struct SealedAccount {
    pub sealed: Vec<u8>,
    pub ending: String,
}

/// False when the organisation has an entry already.
pub async fn insert_vendor(
    tx: &mut Tx,
    id: VendorId,
    organisation: OrganisationId,
    new: NewVendor,
    account: SealedAccount,
    search_text: String,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO vendors (id, organisation_id, state, website, support_email, support_phone, references_text, bank_code,
                account_sealed, account_ending, account_holder, created_at, search_text, exception_reason)
             VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (organisation_id) DO NOTHING",
            (
                id,
                organisation,
                new.website,
                new.support_email,
                new.support_phone,
                new.references_text,
                new.bank_code,
                account.sealed,
                account.ending,
                new.account_holder,
                now,
                search_text,
                new.exception_reason,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when the entry is no longer in the version that was shown.
pub async fn update_vendor(
    tx: &mut Tx,
    id: VendorId,
    version: i64,
    change: NewVendor,
    account: SealedAccount,
    search_text: String,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vendors SET website = $3, support_email = $4, support_phone = $5, references_text = $6, bank_code = $7,
                account_sealed = $8, account_ending = $9, account_holder = $10, search_text = $11, exception_reason = $12, version = version + 1
             WHERE id = $1 AND version = $2",
            (
                id,
                version,
                change.website,
                change.support_email,
                change.support_phone,
                change.references_text,
                change.bank_code,
                account.sealed,
                account.ending,
                change.account_holder,
                search_text,
                change.exception_reason,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when the vendor has left `from`.
pub async fn submit(tx: &mut Tx, id: VendorId, from: VendorState, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vendors SET state = 'submitted', submitted_at = $3, version = version + 1 WHERE id = $1 AND state = $2",
            (id, from, now),
        )
        .await?;
    Ok(rows == 1)
}

/// The decision of a step: who, when, why. False when the vendor has left `from`.
pub async fn decide(
    tx: &mut Tx,
    vendor: &Vendor,
    to: VendorState,
    actor: &Actor,
    note: Option<String>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vendors SET state = $3, decided_by = $4, decided_at = $5, decision_note = $6, version = version + 1
             WHERE id = $1 AND state = $2",
            (vendor.id, vendor.state, to, actor.person(), now, note),
        )
        .await?;
    Ok(rows == 1)
}

/// Gives an approved vendor its number and term; it begins anew unless it ran on.
pub async fn set_registration(
    tx: &mut Tx,
    id: VendorId,
    registry_no: &str,
    today: NaiveDate,
    expires_on: NaiveDate,
    search_text: String,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendors SET registry_no = $2, approved_on = $3, expires_on = $4, search_text = $5, terminated_on = NULL WHERE id = $1",
        (id, registry_no.to_owned(), today, expires_on, search_text),
    )
    .await
}

/// The end of a registration for a breach: from here the vendor waits before it applies again.
pub async fn set_terminated(tx: &mut Tx, id: VendorId, today: NaiveDate) -> sqlx::Result<u64> {
    tx.run("UPDATE vendors SET terminated_on = $2 WHERE id = $1", (id, today)).await
}

/// Ends a registration whose term is over or whose vendor delivers nothing. False when it is over already.
pub async fn lapse(tx: &mut Tx, vendor: &Vendor) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vendors SET state = 'lapsed', version = version + 1
             WHERE id = $1 AND version = $2 AND state IN ('approved', 'suspended')",
            (vendor.id, vendor.version),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn prolong(tx: &mut Tx, id: VendorId, expires_on: NaiveDate) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendors SET expires_on = $2, version = version + 1 WHERE id = $1 AND (expires_on IS NULL OR expires_on < $2)",
        (id, expires_on),
    )
    .await
}

pub async fn set_watch(tx: &mut Tx, id: VendorId, level: i64, limit: Option<i64>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendors SET watch_level = $2, project_limit_year = $3, version = version + 1 WHERE id = $1",
        (id, level, limit),
    )
    .await
}

/// The account that was checked and confirmed takes the place of the old one.
pub async fn set_account(tx: &mut Tx, change: &AccountChange) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendors SET bank_code = $2, account_sealed = $3, account_ending = $4, account_holder = $5, version = version + 1
         WHERE id = $1",
        (
            change.vendor_id,
            change.bank_code.clone(),
            change.account_sealed.clone(),
            change.account_ending.clone(),
            change.account_holder.clone(),
        ),
    )
    .await
}

pub async fn insert_solution(
    tx: &mut Tx,
    id: SolutionId,
    vendor: VendorId,
    new: Described,
    search_text: String,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO solutions (id, vendor_id, name, summary, use_case, model_origin, model_names, hosting,
            trains_on_customer_data, exit_terms, created_at, search_text, facts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        (
            id,
            vendor,
            new.name,
            new.summary,
            new.use_case,
            new.model_origin,
            new.model_names,
            new.hosting,
            new.trains_on_customer_data,
            new.exit_terms,
            now,
            search_text,
            Json(new.facts),
        ),
    )
    .await
}

/// Keeps a version of a solution as it was described.
pub async fn insert_version(
    tx: &mut Tx,
    id: SolutionId,
    version: i64,
    content: &Described,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO solution_versions (solution_id, version, content, made_by, made_at) VALUES ($1, $2, $3, $4, $5)",
        (id, version, Json(content.clone()), actor.id, now),
    )
    .await
}

/// False when no check was asked for.
pub async fn set_rechecked(tx: &mut Tx, id: SolutionId) -> sqlx::Result<bool> {
    let rows = tx.run("UPDATE solutions SET recheck_since = NULL WHERE id = $1 AND recheck_since IS NOT NULL", (id,));
    Ok(rows.await? == 1)
}

/// False when the solution is no longer in the version that was shown.
pub async fn update_solution(
    tx: &mut Tx,
    id: SolutionId,
    version: i64,
    change: Described,
    search_text: String,
    recheck_since: Option<DateTime<Utc>>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE solutions SET name = $3, summary = $4, use_case = $5, model_origin = $6, model_names = $7, hosting = $8,
                trains_on_customer_data = $9, exit_terms = $10, search_text = $11, facts = $12, recheck_since = $13,
                version = version + 1
             WHERE id = $1 AND version = $2",
            (
                id,
                version,
                change.name,
                change.summary,
                change.use_case,
                change.model_origin,
                change.model_names,
                change.hosting,
                change.trains_on_customer_data,
                change.exit_terms,
                search_text,
                Json(change.facts),
                recheck_since,
            ),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn insert_package(
    tx: &mut Tx,
    id: PackageId,
    solution: SolutionId,
    new: NewPackage,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO packages (id, solution_id, name, unit, unit_price_won, included, valid_from, created_at, public_price_won)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (id, solution, new.name, new.unit, new.unit_price_won, new.included, new.valid_from, now, new.public_price_won),
    )
    .await
}

/// Whether the solution offers a package called `name` without an end.
pub async fn has_open_package(tx: &mut Tx, solution: SolutionId, name: &str) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM packages WHERE solution_id = $1 AND name = $2 AND valid_to IS NULL",
        (solution, name.to_owned()),
    )
    .await
}

/// Ends a price with `last_day`. False when it has an end already.
pub async fn end_package(tx: &mut Tx, id: PackageId, last_day: NaiveDate) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE packages SET valid_to = $2 WHERE id = $1 AND valid_to IS NULL", (id, last_day)).await? == 1)
}

/// The same package at another price.
pub async fn insert_price(
    tx: &mut Tx,
    id: PackageId,
    replaces: PackageId,
    new: NewPrice,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO packages (id, solution_id, name, unit, unit_price_won, included, valid_from, created_at, public_price_won,
            qualifying_price_won, qualified_by, qualified_at)
         SELECT $1, solution_id, name, unit, $3, included, $4, $5, $6, qualifying_price_won, qualified_by, qualified_at
         FROM packages WHERE id = $2",
        (id, replaces, new.unit_price_won, new.valid_from, now, new.public_price_won),
    )
    .await
}

pub async fn set_qualifying(
    tx: &mut Tx,
    id: PackageId,
    price: Won,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE packages SET qualifying_price_won = $2, qualified_by = $3, qualified_at = $4 WHERE id = $1",
        (id, price, actor.id, now),
    )
    .await
}
