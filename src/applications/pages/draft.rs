//! The parts of the form that are one page of fields each. One handler shows them and one saves them; which part it
//! is stands in the path. The same door takes what a page saves by itself while somebody writes.

use super::{Refused, conflicts, edit, names, open_draft, questions, section_of};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Dossier},
        forms::*,
        rules::{DataClass, DecisionImpact, LanguageClass, LatencyClass, Section, merging::Fields},
        store::revisions::{self, Place},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    reference,
    vendors::{self, Hosting, ModelOrigin, PackageChoice},
    web::{
        Answer, Choice, Form, Page, Posted, Visitor, redirect_with,
        simple::{Field, FormPage},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

/// The header of a request that a page makes by itself.
pub(super) const AUTOSAVE: &str = "x-autosave";

pub(super) fn section_page(visitor: &Visitor, id: ApplicationId, section: Section) -> Page {
    let title = visitor.lang.code_word("application-section", section.as_str());
    visitor.page_titled(title).back_to(format!("/applications/{id}"), "applications-tasks")
}

/// When a part was saved last, and by whom.
pub(super) async fn saved_at(tx: &mut Tx, page: &Page, id: ApplicationId, place: Place) -> Outcome<String> {
    let last = revisions::at(tx, id, place, i64::MAX).await?.filter(|last| !last.fields.0.is_empty());
    Ok(match last {
        Some(last) => page
            .lang
            .t_with("applications-saved-by", &[("at", page.datetime(last.saved_at)), ("name", last.saved_by_name)]),
        None => page.t("applications-not-saved-yet"),
    })
}

fn codes<T: ToString>(visitor: &Visitor, family: &str, codes: &[T]) -> Vec<Choice> {
    codes
        .iter()
        .map(|code| Choice::new(code.to_string(), visitor.lang.code_word(family, &code.to_string().to_lowercase())))
        .collect()
}

/// What was typed in a part, in the way of writing in which it is stored.
pub(super) fn typed(dossier: &Dossier, section: Section, posted: &Posted) -> Outcome<Fields> {
    Ok(match section {
        Section::UseCase => posted.read::<UseCaseForm>()?.parse()?.fields(),
        Section::Workload => posted.read::<WorkloadForm>()?.parse()?.fields(),
        Section::Solution => posted.read::<PackageForm>()?.parse()?.fields(),
        Section::Questions => questions::typed(dossier, posted)?,
        Section::Indicators => posted.read::<IndicatorForm>()?.parse()?.fields(),
        Section::Costs => posted.read::<CostForm>()?.parse()?.fields(),
        Section::Team if dossier.asks_team() => posted.read::<MemberForm>()?.parse()?.fields(),
        Section::Team | Section::Documents => return Err(Refusal::not_found().into()),
    })
}

async fn part_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    section: Section,
    all: bool,
    refused: Refused<'_>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let page = section_page(visitor, id, section);
    let saved = saved_at(&mut tx, &page, id, Place::form(section)).await?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "applications", trouble)?,
        None => {
            let held = actions::held(&mut tx, &dossier.application, section).await?;
            let values = held.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            Form::with(visitor, "applications", values).put("version", dossier.application.version)
        }
    };
    if section == Section::Questions {
        return questions::answer_page(page, &dossier, form, saved);
    }
    let action = format!("/applications/{id}/{}", section.path());
    let view = FormPage::new(page, form, action, "applications-save").field(Field::Hidden("version")).autosaved(saved);
    match section {
        Section::UseCase => use_case_fields(&mut tx, visitor, view).await,
        Section::Workload => workload_fields(visitor, view),
        Section::Solution => solution_fields(&mut tx, visitor, &dossier, view, all).await,
        _ => Err(Refusal::not_found().into()),
    }
}

async fn use_case_fields(tx: &mut Tx, visitor: &Visitor, view: FormPage) -> Answer {
    let names = names(tx).await?;
    let mut choices = vec![Choice::new("", visitor.lang.t("choose-one"))];
    choices.extend(names.use_cases.iter().map(|named| Choice::new(&*named.code, named.name(visitor.lang))));
    view.field(Field::Text("title", ""))
        .field(Field::Select("use_case", choices))
        .field(Field::Text("process_name", ""))
        .field(Field::Textarea("problem", "6"))
        .field(Field::Textarea("plan", "8"))
        .answer()
}

fn workload_fields(visitor: &Visitor, view: FormPage) -> Answer {
    view.field(Field::Radios("data_class", codes(visitor, "application-data", DataClass::ALL)))
        .field(Field::Radios("latency_class", codes(visitor, "application-latency", LatencyClass::ALL)))
        .field(Field::Radios("language_class", codes(visitor, "application-language", LanguageClass::ALL)))
        .field(Field::Radios("decision_impact", codes(visitor, "application-impact", DecisionImpact::ALL)))
        .field(Field::Radios("model_origin", codes(visitor, "application-origin", ModelOrigin::ALL)))
        .field(Field::Radios("hosting", codes(visitor, "application-hosting", Hosting::ALL)))
        .field(Field::Textarea("human_oversight", "4"))
        .answer()
}

fn package_choice(lang: crate::core::lang::Lang, package: &PackageChoice) -> Choice {
    let price = format!("{} / {}", crate::web::page::show_won(lang, package.unit_price_won), package.unit);
    let label = format!("{} · {} · {price}", package.solution_name, package.package_name);
    let works = [
        lang.code_word("application-origin", package.model_origin.as_str()),
        lang.code_word("application-hosting", package.hosting.as_str()),
    ];
    let hint = format!("{} · {} · {}", package.vendor_name, works.join(", "), package.included);
    Choice { hint: Some(hint), ..Choice::new(package.package_id.to_string(), label) }
}

async fn solution_fields(tx: &mut Tx, visitor: &Visitor, dossier: &Dossier, mut view: FormPage, all: bool) -> Answer {
    let a = &dossier.application;
    let use_case = a.use_case.clone().filter(|code| !all && code != "OTHER");
    let mut packages = vendors::choosable_packages(tx, dossier.today, use_case.clone()).await?;
    packages.retain(|package| package.vendor_organisation_id != a.organisation_id);
    // The one chosen stays in sight although it is made for another use case.
    if let Some(held) = dossier.package.clone()
        && !packages.iter().any(|package| package.package_id == held.package_id)
    {
        packages.insert(0, held);
    }
    let choices: Vec<Choice> = packages.iter().map(|package| package_choice(visitor.lang, package)).collect();
    if let Some(code) = &use_case {
        let named = reference::use_cases(tx).await?;
        let name = named.iter().find(|n| n.code == *code).map_or(&**code, |n| n.name(visitor.lang)).to_owned();
        view = view
            .intro(visitor.lang.t_with("applications-packages-for", &[("use_case", name)]))
            .link(format!("/applications/{}/solution?all=yes", a.id), "applications-packages-all");
    }
    if choices.is_empty() {
        view = view.intro(visitor.lang.t("applications-no-packages"));
    } else {
        view = view.field(Field::Radios("package", choices));
    }
    view.field(Field::Number("quantity", String::new())).answer()
}

#[derive(serde::Deserialize)]
pub struct PartQuery {
    #[serde(default)]
    all: String,
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<PartQuery>,
) -> Answer {
    let section = section_of(&visitor)?;
    part_page(&app, &visitor, &actor, *id, section, query.all == "yes", None).await
}

pub async fn save(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    request: HttpRequest,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let (id, section) = (*id, section_of(&visitor)?);
    let auto = request.headers().contains_key(AUTOSAVE);
    let done: Outcome<i64> = async {
        let mut tx = app.db.read().await?;
        let dossier = open_draft(&app, &mut tx, &actor, id).await?;
        drop(tx);
        let fields = typed(&dossier, section, &posted)?;
        actions::save_part(&app, &actor, edit(id, &posted, auto)?, section, fields).await
    }
    .await;
    match done {
        Ok(_) if auto => autosaved(&app, &visitor, &actor, id, Place::form(section), &posted).await,
        Ok(_) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-saved")),
        Err(trouble) if auto => Err(trouble),
        Err(trouble) if conflicts::is_overtaken(&trouble) => {
            conflicts::page(&app, &visitor, &actor, id, Place::form(section), &posted).await
        }
        // All packages: what was chosen must be among them.
        Err(trouble) => part_page(&app, &visitor, &actor, id, section, true, Some((&posted, trouble))).await,
    }
}

/// What a page that saved by itself is told: the version it is at now, when, and what others changed in it meanwhile.
pub(super) async fn autosaved(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    place: Place,
    posted: &Posted,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let held = match place.row {
        Some(row) => actions::row_fields(&dossier, place.section, row).unwrap_or_default(),
        None => actions::held(&mut tx, &dossier.application, place.section).await?,
    };
    let typed = typed(&dossier, place.section, posted)?;
    let changed: Fields = held.into_iter().filter(|(name, value)| typed.get(name) != Some(value)).collect();
    let changed = if place.section == Section::Questions { questions::by_field(&dossier, &changed) } else { changed };
    let at = app.clock.now().with_timezone(&crate::web::page::ZONE).format("%H:%M:%S").to_string();
    Ok(HttpResponse::Ok().json(json!({
        "version": dossier.application.version,
        "saved": visitor.lang.t_with("autosave-saved", &[("at", at)]),
        "fields": changed,
    })))
}
