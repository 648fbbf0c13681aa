//! The verbs of organisations. Here: register, change contact facts, give figures; people, mandates, documents,
//! the register, duplicates and aid beside.

mod aid;
mod duplicates;
mod exclusions;
mod lines;
mod mandates;
mod members;
mod register;
mod vault;

pub use aid::{confirm as confirm_awards, declare, preview as preview_awards, take_back_award};
pub use duplicates::{compare_unkeyed, decide as decide_affiliation, note_account};
pub use exclusions::check_not_excluded;
pub use mandates::{answer as answer_mandate, end as end_mandate, give as give_mandate, work};
pub(super) use members::split;
pub use members::{
    INVITATION_HOURS, accept, accept_new, change as change_member, end as end_member, invitation, invite, take_back,
};
pub use register::{import as import_register, recheck_stale, recheck_with, record_register_status};
pub use vault::{adopt, adopt_any, put as put_document, remove as remove_document, warn_ending};

use super::{
    OrganisationId,
    forms::{Contact, NewOrganisation, YearFigures},
    rules::{self, LEGAL_ZONE, ReasonSeen, RegisterStatus, SizeInputs, ThresholdSeen, YEARS_COUNTED},
    store::{self, Financials, Organisation, SizeRow},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        form::FormErrors,
        names::fold_search,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once},
    people::{self, PersonId},
    reference::{
        self,
        rules::{SizeInput, assess},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use sqlx::types::Json;

/// Registers the organisation that `actor` acts for from now on, as a firm or as a vendor (`side`), with its
/// figures and its first assessment of size. Refused when the business number is taken.
pub async fn register(
    app: &App,
    actor: &Actor,
    new: NewOrganisation,
    side: Role,
    once: Once,
) -> Outcome<OrganisationId> {
    if side.is_staff() {
        return Err(Refusal::not_found().into());
    }
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "organisations.register", now).await? {
        return Ok(first.parse().context("the first result of a registration")?);
    }
    check_codes(&mut tx, Some(&new.industry_code), &new.region_code, now).await?;
    let organisation = organisation_of(&new, now);
    if !store::insert(&mut tx, &organisation).await? {
        let taken = match &organisation.corporate_number {
            Some(number) => store::has_corporate_number(&mut tx, number).await?,
            None => false,
        };
        let by_number = store::by_number(&mut tx, &organisation.business_number).await?.is_some();
        return Err(match taken && !by_number {
            true => Refusal::conflict("organisations-refusal-corporate-taken").at("corporate_number"),
            false => Refusal::conflict("organisations-refusal-number-taken").at("business_number"),
        }
        .into());
    }
    duplicates::compare(&mut tx, &organisation, now).await?;
    for figures in &new.figures {
        store::put_figures(&mut tx, &figures_row(organisation.id, figures, actor, now)).await?;
    }
    let class = reassess(&mut tx, &organisation, now).await?;
    let record = Record::new("organisation", organisation.id, "organisation_registered")
        .with("business_number", &new.business_number)
        .with("side", side)
        .with("size", class);
    audit::record(&mut tx, actor, record, now).await?;
    people::grant(&mut tx, actor, PersonId(actor.id), side, Some(organisation.id.0), now).await?;
    tx.remember(once, organisation.id).await?;
    tx.commit().await?;
    Ok(organisation.id)
}

/// Changes contact facts and what the size depends on; `version` is the one that was looked at.
pub async fn change_contact(app: &App, actor: &Actor, version: i64, contact: Contact, once: Once) -> Outcome<()> {
    let id = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Profile)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.change_contact", now).await?.is_some() {
        return Ok(());
    }
    move_on(&mut tx, id, version).await?;
    let before = store::get(&mut tx, id).await?;
    if contact.region_code != before.region_code {
        check_codes(&mut tx, None, &contact.region_code, now).await?;
    }
    let Contact { representative_name, region_code, address, phone, employees_regular, large_group } = &contact;
    store::set_contact(&mut tx, id, representative_name, region_code, address, phone, *employees_regular, *large_group)
        .await?;
    let after = store::get(&mut tx, id).await?;
    duplicates::compare(&mut tx, &after, now).await?;
    let class = reassess(&mut tx, &after, now).await?;
    let mut record = Record::new("organisation", id, "organisation_changed").with("size", class);
    for (name, was, is) in [
        ("representative", &before.representative_name, representative_name),
        ("region", &before.region_code, region_code),
        ("address", &before.address, address),
        ("phone", &before.phone, phone),
    ] {
        if was != is {
            record = record.with(name, format!("{was} → {is}"));
        }
    }
    if before.employees_regular != *employees_regular {
        record = record.with("employees", format!("{} → {employees_regular}", before.employees_regular));
    }
    if before.large_group != *large_group {
        record = record.with("large_group", format!("{} → {large_group}", before.large_group));
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives or corrects the figures of one fiscal year and assesses the size anew; `version` is the one that was looked at.
pub async fn give_figures(app: &App, actor: &Actor, version: i64, figures: YearFigures, once: Once) -> Outcome<()> {
    let id = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Profile)?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.give_figures", now).await?.is_some() {
        return Ok(());
    }
    move_on(&mut tx, id, version).await?;
    let before = store::financials(&mut tx, id).await?.into_iter().find(|row| row.fiscal_year == figures.fiscal_year);
    store::put_figures(&mut tx, &figures_row(id, &figures, actor, now)).await?;
    let organisation = store::get(&mut tx, id).await?;
    let class = reassess(&mut tx, &organisation, now).await?;
    let mut record = Record::new("organisation", id, "figures_given").with("year", figures.fiscal_year);
    let known = before.as_ref();
    for (name, was, is) in [
        ("sales", known.map(|row| row.sales_won), figures.sales),
        ("total_assets", known.map(|row| row.total_assets_won), figures.total_assets),
        ("equity", known.map(|row| row.equity_won), figures.equity),
        ("capital", known.map(|row| row.capital_won), figures.capital),
    ] {
        record = match was {
            Some(was) => record.with(name, format!("{was} → {is}")),
            None => record.with(name, is),
        };
    }
    audit::record(&mut tx, actor, record.with("size", class), now).await?;
    tx.commit().await?;
    Ok(())
}

async fn move_on(tx: &mut Tx, id: OrganisationId, version: i64) -> Outcome<()> {
    if store::next_version(tx, id, version).await? {
        return Ok(());
    }
    Err(Refusal::conflict("refusal-changed-meanwhile").into())
}

/// Codes come from dated tables: the region must be in force today, the industry's division must exist.
async fn check_codes(tx: &mut Tx, industry: Option<&str>, region: &str, now: DateTime<Utc>) -> Outcome<()> {
    let mut errors = FormErrors::new();
    if let Some(industry) = industry
        && !reference::is_industry(tx, industry).await?
    {
        errors.add("industry", "form-choose");
    }
    let regions = reference::regions(tx, local_date(now, LEGAL_ZONE)).await?;
    if !regions.iter().any(|known| known.code == region) {
        errors.add("region_code", "form-choose");
    }
    Ok(errors.done(())?)
}

/// Assesses the size by the figures on record and the thresholds of the day; the assessments before are kept.
async fn reassess(tx: &mut Tx, organisation: &Organisation, now: DateTime<Utc>) -> Outcome<&'static str> {
    let today = local_date(now, LEGAL_ZONE);
    let mut years = store::financials(tx, organisation.id).await?;
    years.truncate(YEARS_COUNTED);
    let sales: Vec<_> = years.iter().map(|year| year.sales_won).collect();
    let latest = years.first().context("an organisation without figures")?;
    let (mean_sales, total_assets) = (rules::mean_sales(&sales), latest.total_assets_won);
    let input = SizeInput {
        industry_code: &organisation.industry_code,
        mean_sales_won: mean_sales.0,
        total_assets_won: total_assets.0,
        employees_regular: organisation.employees_regular,
        belongs_to_large_group: organisation.large_group,
        for_profit: organisation.kind.is_for_profit(),
    };
    let thresholds = reference::thresholds(tx, today).await?;
    let found = assess(&input, &thresholds, today);
    let inputs = SizeInputs {
        industry_code: organisation.industry_code.clone(),
        years: years.iter().map(|year| year.fiscal_year).collect(),
        mean_sales_won: mean_sales,
        total_assets_won: total_assets,
        employees_regular: organisation.employees_regular,
        large_group: organisation.large_group,
        for_profit: input.for_profit,
        threshold: found.threshold.as_ref().map(|row| ThresholdSeen {
            industry_code: row.industry_code.clone(),
            valid_from: row.valid_from,
            source: row.source.clone(),
        }),
        reasons: found
            .reasons
            .iter()
            .map(|reason| ReasonSeen {
                test: reason.test.code().to_owned(),
                met: reason.met,
                value: reason.value,
                limit: reason.limit,
            })
            .collect(),
    };
    let row = SizeRow {
        id: crate::core::ids::new_uuid(),
        organisation_id: organisation.id,
        as_of: today,
        class: found.class.code().to_owned(),
        threshold_id: found.threshold.map(|row| row.id),
        inputs: Json(serde_json::to_value(inputs).context("the inputs of an assessment")?),
        assessed_at: now,
    };
    store::insert_size(tx, &row).await?;
    Ok(found.class.code())
}

fn organisation_of(new: &NewOrganisation, now: DateTime<Utc>) -> Organisation {
    Organisation {
        id: OrganisationId::new(),
        business_number: new.business_number.as_str().to_owned(),
        corporate_number: new.corporate_number.as_ref().map(|number| number.as_str().to_owned()),
        legal_name: new.legal_name.clone(),
        kind: new.kind,
        vat_type: new.vat_type,
        representative_name: new.representative_name.clone(),
        industry_code: new.industry_code.clone(),
        region_code: new.region_code.clone(),
        address: new.address.clone(),
        phone: new.phone.clone(),
        employees_regular: new.employees_regular,
        founded_on: new.founded_on,
        large_group: new.large_group,
        register_status: RegisterStatus::Unknown,
        register_checked_at: None,
        version: 1,
        created_at: now,
        search_text: fold_search(&format!("{} {}", new.legal_name, new.business_number.as_str())),
    }
}

fn figures_row(id: OrganisationId, figures: &YearFigures, actor: &Actor, now: DateTime<Utc>) -> Financials {
    Financials {
        organisation_id: id,
        fiscal_year: figures.fiscal_year,
        sales_won: figures.sales,
        total_assets_won: figures.total_assets,
        equity_won: figures.equity,
        capital_won: figures.capital,
        given_by: actor.person(),
        given_at: now,
    }
}
