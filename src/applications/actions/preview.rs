//! Staff try a draft call out: a test firm, a test application, and every condition as the call would judge it.
//! Invariant: a test is never received, never counted and never paid; the database refuses each.

use super::{Dossier, NewCost, draft::search_words};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        forms::{NewTest, totals},
        rules::conditions::Check,
        store::{
            self,
            dossier::{DraftCost, DraftIndicator},
            draft, preview,
        },
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar,
        ids::new_uuid,
        money::Won,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    organisations::{self, OrganisationId},
    programmes::{self, CallId, CallState, CostCategory},
    vendors,
};

/// Makes a test firm with a filled-in application, judges it as at the opening of the call, and keeps what was found.
pub async fn try_out(app: &App, actor: &Actor, call: CallId, new: NewTest, once: Once) -> Outcome<ApplicationId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.try_out", now).await? {
        return super::first_result(&first);
    }
    let call = programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    if call.state != CallState::Draft {
        return Err(Refusal::conflict("applications-refusal-preview-over").into());
    }
    let zone = programmes::get_programme(&mut tx, call.programme_id).await?.tz()?;
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let track = rules.track_chosen(new.track.as_deref())?;
    let today = calendar::local_date(now, zone);
    let firm = OrganisationId::new();
    let class = new.class.as_str();
    organisations::insert_test(&mut tx, firm, &new.name, class, new.vat_type, today, now).await?;
    let firm = organisations::get(&mut tx, firm).await?;
    let id = ApplicationId::new();
    let words = search_words((&firm.legal_name, &firm.business_number), "", "", "");
    if !draft::insert(&mut tx, id, (call.id, call.version), track, &firm, words, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut application = store::get(&mut tx, id).await?;
    let package = match new.package {
        Some(package) => vendors::package_choice(&mut tx, package, today).await?,
        None => None,
    };
    let cost = NewCost {
        category: CostCategory::SolutionLicence,
        description: new.name.clone(),
        unit: String::new(),
        taxed: true,
        in_kind: Won::ZERO,
        quantity: Some(1),
        unit_price: Some(new.total),
        support: Some(new.support),
    };
    let sums = totals(std::slice::from_ref(&cost));
    application.title = new.name.clone();
    application.use_case = Some("OTHER".to_owned());
    for text in [&mut application.process_name, &mut application.problem, &mut application.plan] {
        new.name.clone_into(text);
    }
    application.data_class = Some("D1".to_owned());
    application.latency_class = Some("L1".to_owned());
    application.language_class = Some("ko".to_owned());
    application.decision_impact = Some("advisory".to_owned());
    application.model_origin = Some("sovereign".to_owned());
    application.hosting = Some("kr_public_cloud".to_owned());
    application.human_oversight = new.name.clone();
    application.vendor_id = package.as_ref().map(|package| package.vendor_id);
    application.package_quantity = package.as_ref().map(|_| 1);
    application.package_id = package.map(|package| package.package_id);
    application.total_won = sums.total;
    application.support_won = sums.support;
    application.own_won = sums.own;
    if !draft::save(&mut tx, &application).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let line = DraftCost {
        id: new_uuid(),
        category: cost.category,
        description: cost.description,
        unit: cost.unit,
        taxed: cost.taxed,
        quantity: Some(1),
        unit_price_won: Some(new.total),
        support_won: Some(new.support),
        own_won: Some(sums.own),
        in_kind_won: cost.in_kind,
    };
    draft::replace_costs(&mut tx, id, &[line]).await?;
    let indicator = DraftIndicator {
        id: new_uuid(),
        name: new.name.clone(),
        unit: new.name.clone(),
        direction: "up".to_owned(),
        baseline_milli: Some(0),
        target_milli: Some(1_000),
        baseline_period: new.name.clone(),
        baseline_source: new.name,
    };
    draft::replace_indicators(&mut tx, id, &[indicator]).await?;
    let application = store::get(&mut tx, id).await?;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    let checks: Vec<Check> = dossier.checks(call.opens_at, call.opens_at);
    preview::insert(&mut tx, id, &checks, actor.id, now).await?;
    let record = Record::new("call", call.id, "call_tried_out").with("firm", &firm.legal_name).with("size", class);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Clears every test of a call: they are withdrawn and no longer shown.
pub async fn clear_tests(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.clear_tests", now).await?.is_some() {
        return Ok(());
    }
    let cleared = preview::clear(&mut tx, call, now).await?;
    let record = Record::new("call", call, "tests_cleared").with("count", cleared);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
