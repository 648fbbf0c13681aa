//! What people do about their own organisation: register it, change contact facts, give figures.

use super::{
    super::{OrganisationId, actions, forms::*, rules::*, store, views::*},
    choices, named,
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        lang::Lang,
        refusal::{Refusal, Trouble},
        roles::Role,
    },
    db::Tx,
    reference::{self, Named},
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect, redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use chrono::Datelike;

#[derive(serde::Deserialize)]
pub(super) struct SideQuery {
    #[serde(default)]
    side: String,
}

impl SideQuery {
    fn side(&self) -> Option<Role> {
        self.side.parse().ok().filter(|role: &Role| !role.is_staff())
    }
}

fn yes_no(lang: Lang) -> Vec<Choice> {
    ["yes", "no"].map(|code| Choice::new(code, lang.t(code))).to_vec()
}

async fn regions_today(app: &App, tx: &mut Tx) -> sqlx::Result<Vec<Named>> {
    reference::regions(tx, local_date(app.clock.now(), LEGAL_ZONE)).await
}

async fn register_page(app: &App, visitor: &Visitor, side: Role, form: Form) -> Answer {
    let lang = visitor.lang;
    let mut tx = app.db.read().await?;
    let industries = reference::industry_divisions(&mut tx).await?;
    let regions = regions_today(app, &mut tx).await?;
    let (title, intro) = match side {
        Role::Vendor => ("organisations-register-vendor", "organisations-register-vendor-intro"),
        _ => ("organisations-register-firm", "organisations-register-firm-intro"),
    };
    FormPage::new(
        visitor.page(title).back_to("/", "trouble-link-home"),
        form,
        format!("/organisation/new?side={side}"),
        "organisations-register-submit",
    )
    .intro(lang.t(intro))
    .field(Field::Heading(lang.t("organisations-part-identity")))
    .field(Field::Text("business_number", "20"))
    .field(Field::Text("corporate_number", "20"))
    .field(Field::Text("legal_name", "30"))
    .field(Field::Radios("kind", Choice::codes(lang, "organisation-kind", OrganisationKind::ALL)))
    .field(Field::Radios("vat_type", Choice::codes(lang, "vat-type", VatType::ALL)))
    .field(Field::Text("representative_name", "20"))
    .field(Field::Date("founded_on"))
    .field(Field::Heading(lang.t("organisations-part-business")))
    .field(Field::Select("industry", choices(lang, &industries, true)))
    .field(Field::Text("industry_class", "10"))
    .field(Field::Select("region_code", choices(lang, &regions, false)))
    .field(Field::Text("address", ""))
    .field(Field::Text("phone", "20"))
    .field(Field::Number("employees_regular", lang.t("organisations-unit-people")))
    .field(Field::Radios("large_group", yes_no(lang)))
    .field(Field::Heading(lang.t("organisations-part-year-1")))
    .field(Field::Number("year_1", String::new()))
    .field(Field::Money("sales_1"))
    .field(Field::Money("total_assets_1"))
    .field(Field::Money("equity_1"))
    .field(Field::Money("capital_1"))
    .field(Field::Heading(lang.t("organisations-part-year-2")))
    .field(Field::Number("year_2", String::new()))
    .field(Field::Money("sales_2"))
    .field(Field::Money("total_assets_2"))
    .field(Field::Money("equity_2"))
    .field(Field::Money("capital_2"))
    .field(Field::Heading(lang.t("organisations-part-year-3")))
    .field(Field::Number("year_3", String::new()))
    .field(Field::Money("sales_3"))
    .field(Field::Money("total_assets_3"))
    .field(Field::Money("equity_3"))
    .field(Field::Money("capital_3"))
    .answer()
}

pub(super) async fn show_register(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    query: web::Query<SideQuery>,
) -> Answer {
    if actor.organisation.is_some() {
        return Ok(redirect("/organisation"));
    }
    if actor.is_staff() {
        return Err(Refusal::conflict("people-refusal-other-side").into());
    }
    let Some(side) = query.side() else {
        return show(&SidesPage { page: visitor.page("organisations-register") });
    };
    let year = local_date(app.clock.now(), LEGAL_ZONE).year();
    let years = vec![
        ("year_1", (year - 1).to_string()),
        ("year_2", (year - 2).to_string()),
        ("year_3", (year - 3).to_string()),
    ];
    register_page(&app, &visitor, side, Form::with(&visitor, "organisations", years)).await
}

pub(super) async fn register(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    query: web::Query<SideQuery>,
    posted: Posted,
) -> Answer {
    let side = query.side().ok_or_else(Refusal::not_found)?;
    let done = async {
        let new = posted.read::<RegisterForm>()?.parse(local_date(app.clock.now(), LEGAL_ZONE))?;
        actions::register(&app, &actor, new, side, posted.once).await
    };
    match done.await {
        Ok(_) => Ok(redirect_with("/organisation", "organisations-flash-registered")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            register_page(&app, &visitor, side, form).await
        }
    }
}

async fn edit_page(app: &App, visitor: &Visitor, actor: &Actor, form: Option<Form>) -> Answer {
    let lang = visitor.lang;
    let mut tx = app.db.read().await?;
    let known = store::get(&mut tx, OrganisationId(actor.organisation()?)).await?;
    let regions = regions_today(app, &mut tx).await?;
    let stored = || {
        vec![
            ("version", known.version.to_string()),
            ("representative_name", known.representative_name.clone()),
            ("region_code", known.region_code.clone()),
            ("address", known.address.clone()),
            ("phone", known.phone.clone()),
            ("employees_regular", known.employees_regular.to_string()),
            ("large_group", if known.large_group { "yes" } else { "no" }.to_owned()),
        ]
    };
    let form = form.unwrap_or_else(|| Form::with(visitor, "organisations", stored()));
    let overtaken = form.is_overtaken();
    let page = visitor.page("organisations-edit").back_to("/organisation", "organisations-own-title");
    let mut view = FormPage::new(page, form, "/organisation/edit", "save");
    if overtaken {
        let region = named(lang, &regions, &known.region_code);
        let now = [&known.representative_name, &region, &known.address, &known.phone].map(String::as_str).join(" · ");
        let now = format!(
            "{now} · {}",
            lang.t_with("organisations-people", &[("count", known.employees_regular.to_string())])
        );
        view = view.field(Field::Inset(lang.t_with("organisations-stored-now", &[("values", now)])));
    }
    view.field(Field::Hidden("version"))
        .field(Field::Text("representative_name", "20"))
        .field(Field::Select("region_code", choices(lang, &regions, false)))
        .field(Field::Text("address", ""))
        .field(Field::Text("phone", "20"))
        .field(Field::Number("employees_regular", lang.t("organisations-unit-people")))
        .field(Field::Radios("large_group", yes_no(lang)))
        .answer()
}

pub(super) async fn show_edit(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    edit_page(&app, &visitor, &actor, None).await
}

async fn version_now(app: &App, actor: &Actor) -> Result<i64, Trouble> {
    let mut tx = app.db.read().await?;
    Ok(store::get(&mut tx, OrganisationId(actor.organisation()?)).await?.version)
}

pub(super) async fn edit(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done = async {
        let (version, contact) = posted.read::<ContactForm>()?.parse()?;
        actions::change_contact(&app, &actor, version, contact, posted.once).await
    };
    match done.await {
        Ok(()) => Ok(redirect_with("/organisation", "organisations-flash-saved")),
        Err(trouble) => {
            let now = version_now(&app, &actor).await?;
            let form = posted.again_after(&visitor, "organisations", trouble, now)?;
            edit_page(&app, &visitor, &actor, Some(form)).await
        }
    }
}

#[derive(serde::Deserialize)]
pub(super) struct YearQuery {
    #[serde(default)]
    year: String,
}

async fn figures_page(app: &App, visitor: &Visitor, actor: &Actor, form: Option<Form>, year: &str) -> Answer {
    let lang = visitor.lang;
    let id = OrganisationId(actor.organisation()?);
    let mut tx = app.db.read().await?;
    let version = store::get(&mut tx, id).await?.version;
    let figures = store::financials(&mut tx, id).await?;
    let known = |year: &str| figures.iter().find(|row| row.fiscal_year.to_string() == year);
    let form = form.unwrap_or_else(|| {
        let mut values = vec![("version", version.to_string()), ("year", year.to_owned())];
        if let Some(row) = known(year) {
            values.extend([
                ("sales", row.sales_won.to_string()),
                ("total_assets", row.total_assets_won.to_string()),
                ("equity", row.equity_won.to_string()),
                ("capital", row.capital_won.to_string()),
            ]);
        }
        Form::with(visitor, "organisations", values)
    });
    let stored_now = known(&form.value("year")).filter(|_| form.is_overtaken()).map(|row| {
        let values = [row.sales_won, row.total_assets_won, row.equity_won, row.capital_won];
        let values = values.map(|won| crate::web::page::show_won(lang, won)).join(" · ");
        lang.t_with("organisations-stored-now", &[("values", values)])
    });
    let page = visitor.page("organisations-figures").back_to("/organisation", "organisations-own-title");
    let mut view =
        FormPage::new(page, form, "/organisation/figures", "save").intro(lang.t("organisations-figures-intro"));
    if let Some(text) = stored_now {
        view = view.field(Field::Inset(text));
    }
    view.field(Field::Hidden("version"))
        .field(Field::Number("year", String::new()))
        .field(Field::Money("sales"))
        .field(Field::Money("total_assets"))
        .field(Field::Money("equity"))
        .field(Field::Money("capital"))
        .answer()
}

pub(super) async fn show_figures(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    query: web::Query<YearQuery>,
) -> Answer {
    figures_page(&app, &visitor, &actor, None, &query.year).await
}

pub(super) async fn give_figures(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done = async {
        let today = local_date(app.clock.now(), LEGAL_ZONE);
        let (version, figures) = posted.read::<FiguresForm>()?.parse(today)?;
        actions::give_figures(&app, &actor, version, figures, posted.once).await
    };
    match done.await {
        Ok(()) => Ok(redirect_with("/organisation", "organisations-flash-figures-saved")),
        Err(trouble) => {
            let now = version_now(&app, &actor).await?;
            let form = posted.again_after(&visitor, "organisations", trouble, now)?;
            figures_page(&app, &visitor, &actor, Some(form), "").await
        }
    }
}
