//! The page on which two people's writing is brought together: every field that both changed, with what was there
//! before, what the other saved and what was typed here. Sending it is an ordinary save of the part.

use super::{draft, edit, names, open_draft};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, OVERTAKEN},
        rules::Section,
        store::revisions::Place,
        views::{
            ClashView, ConflictPage,
            words::{self, Words},
        },
    },
    core::{
        actor::Actor,
        refusal::{Refusal, Trouble},
    },
    vendors,
    web::{Answer, Form, Posted, Visitor, html},
};
use actix_web::http::StatusCode;

pub(super) fn is_overtaken(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Refused(refusal) if refusal.key == OVERTAKEN)
}

pub(super) async fn page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    place: Place,
    posted: &Posted,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let yours = draft::typed(&dossier, place.section, posted)?;
    let theirs = match place.row {
        Some(row) => actions::row_fields(&dossier, place.section, row)
            .ok_or_else(|| Refusal::conflict("applications-refusal-row-gone"))?,
        None => actions::held(&mut tx, &dossier.application, place.section).await?,
    };
    let conflict = actions::conflict(&mut tx, edit(id, posted, false)?, place, &theirs, &yours).await?;
    let mut packages = Vec::new();
    for clash in conflict.clashes.iter().filter(|clash| clash.field == "package") {
        for said in [Some(&clash.theirs), Some(&clash.yours), clash.base.as_ref()].into_iter().flatten() {
            if let Ok(package) = said.parse()
                && let Some(found) = vendors::package_choice(&mut tx, package, dossier.today).await?
            {
                packages.push((said.clone(), format!("{} · {}", found.solution_name, found.package_name)));
            }
        }
    }
    let page = visitor
        .page("applications-conflict-title")
        .back_to(format!("/applications/{id}/{}", place.section.path()), "applications-leave-unchanged");
    let names = names(&mut tx).await?;
    let say = Words { page: &page, names: &names, packages: &packages, dossier: &dossier };
    let field_name = |field: &str| super::questions::field_of(&dossier, place.section, field);
    let clashes: Vec<ClashView> = conflict
        .clashes
        .iter()
        .map(|clash| ClashView {
            name: field_name(&clash.field),
            label: say.label(place.section, &clash.field),
            base: clash.base.as_ref().map(|base| say.value(&clash.field, base)),
            theirs: (clash.theirs.clone(), say.value(&clash.field, &clash.theirs)),
            yours: (clash.yours.clone(), say.value(&clash.field, &clash.yours)),
            both: words::is_long(&clash.field).then(|| format!("{}\n\n{}", clash.theirs, clash.yours)),
        })
        .collect();
    let settled = conflict
        .merged
        .iter()
        .filter(|(field, _)| !conflict.clashes.iter().any(|clash| clash.field == **field))
        .map(|(field, value)| (field_name(field), value.clone()))
        .collect();
    let last = conflict.last.map(|(name, at)| (name, page.datetime(at)));
    let path = match (place.section, place.row) {
        (section, Some(row)) => format!("/applications/{id}/{}/{row}", section.path()),
        (section, None) => format!("/applications/{id}/{}", section.path()),
    };
    let section = page.code("application-section", Section::as_str(place.section));
    let view = ConflictPage {
        form: Form::new(visitor, "applications"),
        version: dossier.application.version,
        page,
        section,
        path,
        last,
        clashes,
        settled,
    };
    html(&view, StatusCode::CONFLICT)
}
