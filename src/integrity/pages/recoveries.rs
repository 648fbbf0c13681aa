//! Recoveries: the list, one of them, and the acts on it.

use crate::{
    app::App,
    applications::ApplicationId,
    audit,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::open_steps,
    },
    db::page::Cursor,
    integrity::{
        RecoveryId, actions,
        forms::recoveries::{CaseQuery, DecideForm, NoteForm, PlanForm, ReceiptForm, RecoveryForm},
        rules::recoveries::{Cause, DebtorRole, RECOVERY_STEPS, RecoveryState, interest},
        store::recoveries::{self as store, Recovery},
        views::{RecoveriesPage, RecoveryPage},
    },
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::{MenuEntry, ZONE},
        redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

const READERS: &[Role] = &[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor, Role::Firm, Role::Vendor];
const OPENERS: &[Role] = &[Role::Manager, Role::ClaimsOfficer];
const DEBTORS: Need = Need::AnyOf(&[Role::Firm, Role::Vendor]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const PAYER: Need = Need::AnyOf(&[Role::Payer]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/recoveries", Need::AnyOf(READERS), list),
        Door::get("/recoveries/new", Need::AnyOf(OPENERS), show_new),
        Door::post("/recoveries/new", Need::AnyOf(OPENERS), create),
        Door::get("/recoveries/{id}", Need::AnyOf(READERS), one),
        Door::get("/recoveries/{id}/object", DEBTORS, show_object),
        Door::post("/recoveries/{id}/object", DEBTORS, object),
        Door::get("/recoveries/{id}/decide", MANAGER, show_decide),
        Door::post("/recoveries/{id}/decide", MANAGER, decide),
        Door::get("/recoveries/{id}/receive", PAYER, show_receive),
        Door::post("/recoveries/{id}/receive", PAYER, receive),
        Door::get("/recoveries/{id}/plan", MANAGER, show_plan),
        Door::post("/recoveries/{id}/plan", MANAGER, plan),
        Door::get("/recoveries/{id}/write-off", Need::AnyOf(OPENERS), show_write_off),
        Door::post("/recoveries/{id}/write-off", Need::AnyOf(OPENERS), ask_write_off),
        Door::post("/recoveries/{id}/write-off/agree", MANAGER, write_off),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![MenuEntry { path: "/recoveries", key: "recovery-title", roles: READERS }]
}

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Filter>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &actor, query.state.parse().ok(), after).await?;
    let page = visitor.page("recovery-title");
    let list = ListView::new(&page, &paged, "/recoveries", &[("state", query.state.as_str())], after);
    let mut states = vec![Choice::new("", page.t("integrity-all-states"))];
    states.extend(Choice::codes(visitor.lang, "recovery-state", RecoveryState::ALL));
    let may_open = actor.is_any(OPENERS);
    show(&RecoveriesPage {
        filter: Form::with(&visitor, "recovery", vec![("state", query.state.clone())]),
        awaiting: if may_open { store::awaiting(&mut tx).await? } else { Vec::new() },
        recoveries: paged.rows,
        page,
        list,
        states,
    })
}

async fn new_page(app: &App, visitor: &Visitor, query: &CaseQuery, form: Option<Form>) -> Answer {
    let application: ApplicationId = query.application.parse().map_err(|_| Refusal::not_found())?;
    let mut tx = app.db.read().await?;
    let case = store::paid_case(&mut tx, application).await?.ok_or_else(Refusal::not_found)?;
    let amendment = query.amendment.parse().ok();
    let awaiting = match amendment {
        Some(id) => store::awaiting_one(&mut tx, id).await?,
        None => None,
    };
    let principal = awaiting.as_ref().map_or(case.claimable(), |awaiting| awaiting.principal().min(case.claimable()));
    let form = form.unwrap_or_else(|| {
        let cause = if awaiting.is_some() { Cause::AmendedInvoice.to_string() } else { String::new() };
        let debtor = if awaiting.is_some() { DebtorRole::Vendor.to_string() } else { String::new() };
        let values = vec![
            ("application", query.application.clone()),
            ("amendment", query.amendment.clone()),
            ("principal_won", principal.to_string()),
            ("interest_from", local_date(visitor.arrived_at, ZONE).to_string()),
            ("cause", cause),
            ("debtor", debtor),
        ];
        Form::with(visitor, "recovery", values)
    });
    let lang = visitor.lang;
    let won = |amount| crate::web::page::show_won(lang, amount);
    let said = [
        ("case", format!("{} {}", case.receipt_no.clone().unwrap_or_default(), case.title)),
        ("paid", won(case.paid_won)),
        ("claimed", won(case.claimed_won)),
    ];
    let mut debtors = vec![Choice::new("firm", case.firm_name)];
    if let Some(vendor) = case.vendor_name {
        debtors.push(Choice::new("vendor", vendor));
    }
    FormPage::new(
        visitor.page("recovery-new-title").back_to("/recoveries", "recovery-title"),
        form,
        "/recoveries/new",
        "recovery-notice",
    )
    .intro(lang.t_with("recovery-new-intro", &said))
    .intro(lang.t("recovery-new-surcharge"))
    .field(Field::Hidden("application"))
    .field(Field::Hidden("amendment"))
    .field(Field::Radios("debtor", debtors))
    .field(Field::Radios("cause", Choice::codes(lang, "recovery-cause", Cause::ALL)))
    .field(Field::Money("principal_won"))
    .field(Field::Date("interest_from"))
    .field(Field::Text("legal_basis", ""))
    .field(Field::Textarea("reason", "5"))
    .answer()
}

async fn show_new(app: web::Data<App>, visitor: Visitor, query: web::Query<CaseQuery>) -> Answer {
    new_page(&app, &visitor, &query, None).await
}

async fn create(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<RecoveryId> = async {
        let new = posted.read::<RecoveryForm>()?.parse()?;
        actions::notice_recovery(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-noticed")),
        Err(trouble) => {
            let query = CaseQuery {
                application: posted.value("application").to_owned(),
                amendment: posted.value("amendment").to_owned(),
            };
            let form = posted.again(&visitor, "recovery", trouble)?;
            new_page(&app, &visitor, &query, Some(form)).await
        }
    }
}

async fn record_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let recovery = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let today = local_date(visitor.arrived_at, ZONE);
    let standing = actions::standing(&mut tx, &recovery, today).await?;
    let rates = store::rates(&mut tx).await?;
    let (new, _) =
        interest(recovery.principal_open_won, &rates, recovery.interest_until, today, recovery.interest_rest);
    let is_staff = actor.is_any(store::SEES_RECOVERIES);
    let open_steps: Vec<&str> = if is_staff || actor.organisation == Some(recovery.debtor_id.0) {
        open_steps(RECOVERY_STEPS, recovery.state, &actor.roles).into_iter().map(|step| step.name).collect()
    } else {
        Vec::new()
    };
    let page = visitor.page_titled(recovery.number.clone()).back_to("/recoveries", "recovery-title").with_form(&form);
    let is_due = recovery.state == RecoveryState::Due;
    let view = RecoveryPage {
        plan: store::instalments(&mut tx, id).await?,
        receipts: store::receipts(&mut tx, id).await?,
        history: if is_staff { audit::history(&mut tx, id).await? } else { Vec::new() },
        rate: rates.iter().rev().find(|rate| rate.valid_from <= today).copied(),
        may_object: open_steps.contains(&"object") && !is_staff && today <= recovery.object_until,
        may_decide: open_steps.contains(&"order") && recovery.noticed_by != actor.id,
        is_first: open_steps.contains(&"order") && recovery.noticed_by == actor.id,
        may_receive: is_due && actor.is(Role::Payer),
        may_plan: is_due && actor.is(Role::Manager),
        may_ask_write_off: is_due && actor.is_any(OPENERS) && recovery.write_off_asked_by.is_none(),
        may_write_off: is_due
            && actor.is(Role::Manager)
            && recovery.write_off_asked_by.is_some_and(|first| first != actor.id),
        new_interest: if is_due { new } else { crate::core::money::Won::ZERO },
        is_staff,
        standing,
        page,
        form,
        recovery,
    };
    show_form(&view, &view.form)
}

async fn one(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let form = Form::new(&visitor, "recovery");
    record_page(&app, &visitor, &actor, *id, form).await
}

async fn visible(app: &App, actor: &Actor, id: RecoveryId) -> Outcome<Recovery> {
    let mut tx = app.db.read().await?;
    Ok(store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

/// A form about one recovery.
fn act_page(visitor: &Visitor, recovery: &Recovery, title: &'static str, form: Form, act: &str) -> FormPage {
    let here = format!("/recoveries/{}", recovery.id);
    let page = visitor.page(title).back_to(here.clone(), "recovery-back");
    FormPage::new(page, form, format!("{here}/{act}"), title).intro(
        visitor
            .lang
            .t_with("recovery-about", &[("number", recovery.number.clone()), ("name", recovery.debtor_name.clone())]),
    )
}

async fn object_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let recovery = visible(app, actor, id).await?;
    let page = act_page(visitor, &recovery, "recovery-object", form, "object");
    page.intro(visitor.lang.t("recovery-object-intro")).field(Field::Textarea("note", "6")).answer()
}

async fn show_object(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let form = Form::new(&visitor, "recovery");
    object_page(&app, &visitor, &actor, *id, form).await
}

async fn object(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::object_to_recovery(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-objected")),
        Err(trouble) => object_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}

async fn decide_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let recovery = visible(app, actor, id).await?;
    let mut page = act_page(visitor, &recovery, "recovery-decide", form, "decide");
    if let Some(objection) = &recovery.objection {
        page = page.field(Field::Inset(objection.clone()));
    }
    let steps = Choice::codes(visitor.lang, "recovery-step", &["order", "revoke"]);
    page.field(Field::Radios("step", steps)).field(Field::Textarea("answer", "5")).warning().answer()
}

async fn show_decide(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let form = Form::new(&visitor, "recovery");
    decide_page(&app, &visitor, &actor, *id, form).await
}

async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let objected = visible(&app, &actor, *id).await?.state == RecoveryState::Objected;
        let (step, answer) = posted.read::<DecideForm>()?.parse(["order", "revoke"], objected)?;
        actions::decide_recovery(&app, &actor, *id, step, &answer, posted.once).await?;
        Ok(step)
    }
    .await;
    let to = format!("/recoveries/{id}");
    match done {
        Ok("order") => Ok(redirect_with(to, "recovery-flash-ordered")),
        Ok(_) => Ok(redirect_with(to, "recovery-flash-revoked")),
        Err(trouble) => decide_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}

async fn receive_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let recovery = visible(app, actor, id).await?;
    act_page(visitor, &recovery, "recovery-receive", form, "receive")
        .intro(visitor.lang.t("recovery-receive-intro"))
        .field(Field::Money("amount_won"))
        .field(Field::Text("reference", "20"))
        .field(Field::Date("received_on"))
        .answer()
}

async fn show_receive(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let today = local_date(visitor.arrived_at, ZONE).to_string();
    let form = Form::with(&visitor, "recovery", vec![("received_on", today)]);
    receive_page(&app, &visitor, &actor, *id, form).await
}

async fn receive(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (amount, reference, on) = posted.read::<ReceiptForm>()?.parse()?;
        actions::receive(&app, &actor, *id, amount, &reference, on, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-received")),
        Err(trouble) => receive_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}

async fn plan_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let recovery = visible(app, actor, id).await?;
    act_page(visitor, &recovery, "recovery-plan", form, "plan")
        .intro(visitor.lang.t("recovery-plan-intro"))
        .field(Field::Number("instalments", visitor.lang.t("recovery-times")))
        .field(Field::Date("first_on"))
        .answer()
}

async fn show_plan(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let form = Form::new(&visitor, "recovery");
    plan_page(&app, &visitor, &actor, *id, form).await
}

async fn plan(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (count, first_on) = posted.read::<PlanForm>()?.parse()?;
        actions::plan_instalments(&app, &actor, *id, count, first_on, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-planned")),
        Err(trouble) => plan_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}

async fn write_off_page(app: &App, visitor: &Visitor, actor: &Actor, id: RecoveryId, form: Form) -> Answer {
    let recovery = visible(app, actor, id).await?;
    act_page(visitor, &recovery, "recovery-write-off", form, "write-off")
        .intro(visitor.lang.t("recovery-write-off-intro"))
        .field(Field::Textarea("note", "4"))
        .warning()
        .answer()
}

async fn show_write_off(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<RecoveryId>) -> Answer {
    let form = Form::new(&visitor, "recovery");
    write_off_page(&app, &visitor, &actor, *id, form).await
}

async fn ask_write_off(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::ask_write_off(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-write-off-asked")),
        Err(trouble) => write_off_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}

async fn write_off(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<RecoveryId>,
    posted: Posted,
) -> Answer {
    match actions::write_off(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/recoveries/{id}"), "recovery-flash-written-off")),
        Err(trouble) => record_page(&app, &visitor, &actor, *id, posted.again(&visitor, "recovery", trouble)?).await,
    }
}
