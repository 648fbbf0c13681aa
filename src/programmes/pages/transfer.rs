//! A call is copied for another year, or goes out and comes in as one signed text.

use super::desk::{window_fields, window_values};
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal, Trouble},
    },
    db::Tx,
    programmes::{
        CallId, ProgrammeId,
        actions::{self, Arrived},
        forms::{CopyForm, ImportForm},
        rules::{package::Seal, *},
        store::{self, Call},
        views::*,
    },
    reference,
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect, redirect_with, show_form,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, http::header, web};
use chrono_tz::Tz;

/// The source of a copy, with the zone its dates are in and the rules that come along.
async fn source(tx: &mut Tx, id: CallId) -> Outcome<(Call, Tz, CallRules)> {
    let call = store::find_call(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let zone = store::get_programme(tx, call.programme_id).await?.tz()?;
    let rules = store::rules_at(tx, id, call.version).await?;
    Ok((call, zone, rules))
}

/// The source as it would stand a year on.
async fn rolled(tx: &mut Tx, call: &Call, zone: Tz) -> Outcome<Vec<(&'static str, String)>> {
    let holidays = reference::holidays(tx).await?;
    let opens_on = opening_a_year_on(local_date(call.opens_at, zone), &holidays);
    let closes_on = closing_a_year_on(local_date(call.closes_at, zone), &holidays);
    let mut values = window_values(call, zone);
    for (name, value) in &mut values {
        match *name {
            "opens_on" => *value = opens_on.to_string(),
            "closes_on" => *value = closes_on.to_string(),
            _ => {}
        }
    }
    Ok(values)
}

async fn copy_page(app: &App, visitor: &Visitor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let (call, zone, _) = source(&mut tx, id).await?;
    let programmes = store::latest_programmes(&mut tx).await?;
    let mut values = rolled(&mut tx, &call, zone).await?;
    let page = visitor.page("programmes-copy-title").back_to(format!("/calls/{id}"), "programmes-to-call");
    let mut changed = Vec::new();
    for ((name, before), (_, after)) in window_values(&call, zone).into_iter().zip(&values) {
        if before != *after {
            let label = page.code("programmes", name);
            changed.push(
                page.lang
                    .t_with("programmes-copy-rolled", &[("field", label), ("from", before), ("to", after.clone())]),
            );
        }
    }
    values.push(("programme", programmes.first().map(|one| one.id.to_string()).unwrap_or_default()));
    let form = form.unwrap_or_else(|| Form::with(visitor, "programmes", values));
    let choices = programmes
        .iter()
        .map(|one| Choice::new(one.id.to_string(), format!("{} · {}", one.name(visitor.lang), one.year)))
        .collect();
    let mut view = FormPage::new(page, form, format!("/calls/{id}/copy"), "programmes-copy-make")
        .intro(call.name(visitor.lang).to_owned())
        .intro(visitor.lang.t_with("programmes-copy-intro", &[("version", call.version.to_string())]));
    for line in changed {
        view = view.field(Field::Inset(line));
    }
    view = view.field(Field::Select("programme", choices)).field(Field::Text("code", "20"));
    window_fields(view, visitor).answer()
}

pub async fn show_copy(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    copy_page(&app, &visitor, *id, None).await
}

pub async fn copy(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<CallId> = async {
        let mut tx = app.db.read().await?;
        let (call, zone, rules) = source(&mut tx, *id).await?;
        drop(tx);
        let (programme, new) = posted.read::<CopyForm>()?.parse(zone, app.clock.now(), rules)?;
        actions::copy_call(&app, &actor, *id, programme.unwrap_or(call.programme_id), new, posted.once).await
    }
    .await;
    match done {
        Ok(copy) => Ok(redirect_with(format!("/calls/{copy}"), "programmes-flash-call-made")),
        Err(trouble) => copy_page(&app, &visitor, *id, Some(posted.again(&visitor, "programmes", trouble)?)).await,
    }
}

pub async fn export(app: web::Data<App>, actor: Actor, id: web::Path<CallId>, posted: Posted) -> Answer {
    match actions::export(&app, &actor, *id, posted.once).await {
        Ok((name, text)) => Ok(HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
            .body(text)),
        Err(Trouble::Refused(refusal)) if refusal.key == "refusal-proof-needed" => {
            Ok(redirect(format!("/prove?next=/calls/{id}")))
        }
        Err(trouble) => Err(trouble),
    }
}

async fn import_page(app: &App, visitor: &Visitor, id: ProgrammeId, form: Form, arrived: Option<Arrived>) -> Answer {
    let mut tx = app.db.read().await?;
    let programme = store::find_programme(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor
        .page("programmes-import-title")
        .back_to(format!("/programmes/{id}"), "programmes-to-programme")
        .with_form(&form);
    let preview = match arrived {
        None => None,
        Some(Arrived { package, seal }) => {
            // Beside a call of the same code: what is different there; else everything that would be made.
            let same = store::call_by_code(&mut tx, &package.code).await?;
            let before = match &same {
                Some(call) => Some(store::rules_at(&mut tx, call.id, call.version).await?),
                None => None,
            };
            Some(ImportPreview {
                differences: before.map(|before| {
                    differences(&before, &package.rules).iter().map(|one| in_words(&page, one)).collect()
                }),
                facts: facts(&package.rules).iter().map(|fact| fact_in_words(&page, fact)).collect(),
                fault: package
                    .rules
                    .check(programme.firm_cap_won)
                    .err()
                    .map(|refusal| page.lang.t_with(refusal.key, &refusal.args)),
                is_unsigned: seal == Seal::Unsigned,
                seal: page.code("package-seal", seal),
                package,
            })
        }
    };
    let view = ImportPage { page, form, programme, preview };
    show_form(&view, &view.form)
}

pub async fn show_import(app: web::Data<App>, visitor: Visitor, id: web::Path<ProgrammeId>) -> Answer {
    let form = Form::new(&visitor, "programmes");
    import_page(&app, &visitor, *id, form, None).await
}

/// A package larger than this is none: it would not fit the form that makes the call.
const PACKAGE_BYTES_MAX: u64 = 96 * 1024;

/// The package as a file: only looked at, like one that was pasted.
pub async fn import_file(app: web::Data<App>, visitor: Visitor, id: web::Path<ProgrammeId>, body: Multipart) -> Answer {
    let looked = match upload::text(&visitor, body, PACKAGE_BYTES_MAX).await {
        Ok((_, None)) => Err(Refusal::unacceptable("form-required").into()),
        Ok((_, Some(text))) => actions::look(&app, &text).map(|arrived| (text, arrived)).map_err(Trouble::from),
        Err(trouble) => Err(trouble),
    };
    let (form, arrived) = match looked {
        Ok((text, arrived)) => {
            let values = vec![("package", text), ("code", arrived.package.code.clone())];
            (Form::with(&visitor, "programmes", values), Some(arrived))
        }
        Err(trouble @ Trouble::Refused(_)) => {
            (Posted::broken_off(&visitor, "programmes", "package_file", trouble)?, None)
        }
        Err(trouble) => return Err(trouble),
    };
    import_page(&app, &visitor, *id, form, arrived).await
}

/// First only looks, and shows what would be made; then makes it.
pub async fn import(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ProgrammeId>,
    posted: Posted,
) -> Answer {
    let form: ImportForm = posted.read()?;
    let arrived = match actions::look(&app, &form.package) {
        Ok(arrived) => arrived,
        Err(refusal) => {
            let form = posted.again(&visitor, "programmes", refusal.into())?;
            return import_page(&app, &visitor, *id, form, None).await;
        }
    };
    if form.step != "import" {
        let values = vec![("package", form.package.clone()), ("code", arrived.package.code.clone())];
        let form = Form::with(&visitor, "programmes", values);
        return import_page(&app, &visitor, *id, form, Some(arrived)).await;
    }
    let done: Outcome<CallId> = async {
        let mut tx = app.db.read().await?;
        let programme = store::find_programme(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
        drop(tx);
        let new = form.parse(&arrived.package, programme.tz()?, app.clock.now())?;
        let accepts_unsigned = form.unsigned == "yes";
        actions::import(&app, &actor, *id, &arrived, new, accepts_unsigned, posted.once).await
    }
    .await;
    match done {
        Ok(call) => Ok(redirect_with(format!("/calls/{call}"), "programmes-flash-call-made")),
        Err(trouble) => {
            let form = posted.again(&visitor, "programmes", trouble)?;
            import_page(&app, &visitor, *id, form, Some(arrived)).await
        }
    }
}
