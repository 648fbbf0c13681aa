//! Doors of the conditions of a call: everybody reads them, an administrator changes them as a new version.

use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    programmes::{
        CallId, ChangeId,
        actions::{self, at_hand},
        forms::conditions::{ConditionForm, RemoveForm},
        rules::{
            CallRules, CallState,
            conditions::{FACTS, Stage, Undetermined, WaivedBy, write_test},
        },
        store,
        views::conditions::{ConditionView, ConditionsPage},
    },
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect_with, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

async fn list_page(app: &App, visitor: &Visitor, id: CallId, form: Form) -> Answer {
    let staff = visitor.actor.as_ref().filter(|actor| actor.is_any(super::DESK));
    let mut tx = app.db.read().await?;
    let call = store::visible_call(&mut tx, id, staff.is_some()).await?.ok_or_else(Refusal::not_found)?;
    let rules = store::rules_at(&mut tx, id, call.version).await?;
    let may_change = staff.is_some_and(|actor| actor.is(Role::Admin)) && call.state != CallState::Cancelled;
    // Only the buttons that change something say what they were made from.
    let basis = if may_change { at_hand(&mut tx, id).await?.2.to_string() } else { String::new() };
    let page = visitor.page("conditions-title").back_to(format!("/calls/{id}"), "programmes-to-call").with_form(&form);
    let view = ConditionsPage {
        conditions: rules.conditions.iter().map(|condition| ConditionView::of(&page, condition)).collect(),
        may_change,
        may_replay: staff.is_some(),
        basis,
        is_open: call.is_open(app.clock.now()),
        page,
        form,
        call,
    };
    show_form(&view, &view.form)
}

pub async fn list(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let form = Form::new(&visitor, "conditions");
    list_page(&app, &visitor, *id, form).await
}

#[derive(serde::Deserialize)]
pub struct EditQuery {
    #[serde(default)]
    code: String,
}

fn edit_page(visitor: &Visitor, id: CallId, form: Form) -> Answer {
    let page = visitor.page("conditions-edit-title").back_to(format!("/calls/{id}/conditions"), "conditions-title");
    let lang = visitor.lang;
    let stages = || Choice::codes(lang, "condition-stage", Stage::ALL);
    let facts: Vec<String> = FACTS.iter().map(|fact| format!("{}: {}", fact.name, fact.kind)).collect();
    FormPage::new(page, form, format!("/calls/{id}/conditions/edit"), "save")
        .intro(lang.t("conditions-edit-intro"))
        .field(Field::Hidden("version"))
        .field(Field::Hidden("original"))
        .field(Field::Text("condition_code", "20"))
        .field(Field::Text("condition_name_ko", ""))
        .field(Field::Text("condition_name_en", ""))
        .field(Field::Text("says_ko", ""))
        .field(Field::Text("says_en", ""))
        .field(Field::Checkboxes("stages", stages()))
        .field(Field::Checkboxes("warns_at", stages()))
        .field(Field::Inset(lang.t_with("conditions-facts-there-are", &[("facts", facts.join(" · "))])))
        .field(Field::Textarea("applies_if", "3"))
        .field(Field::Textarea("must_hold", "4"))
        .field(Field::Textarea("tests", "8"))
        .field(Field::Text("fix_ko", ""))
        .field(Field::Text("fix_en", ""))
        .field(Field::Text("reference_ko", ""))
        .field(Field::Text("reference_en", ""))
        .field(Field::Radios("undetermined", Choice::codes(lang, "condition-undetermined", Undetermined::ALL)))
        .field(Field::Radios("waived_by", Choice::codes(lang, "condition-waived-by", WaivedBy::ALL)))
        .answer()
}

pub async fn show_edit(
    app: web::Data<App>,
    visitor: Visitor,
    id: web::Path<CallId>,
    query: web::Query<EditQuery>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let (_, rules, basis, _) = at_hand(&mut tx, *id).await?;
    let mut values = vec![("version", basis.to_string()), ("original", query.code.clone())];
    if query.code.is_empty() {
        values.extend([("undetermined", "officer".to_owned()), ("waived_by", "nobody".to_owned())]);
        return edit_page(&visitor, *id, Form::with(&visitor, "conditions", values));
    }
    let known =
        rules.conditions.iter().find(|condition| condition.code == query.code).ok_or_else(Refusal::not_found)?;
    values.extend([
        ("condition_code", known.code.clone()),
        ("condition_name_ko", known.name_ko.clone()),
        ("condition_name_en", known.name_en.clone()),
        ("says_ko", known.says_ko.clone()),
        ("says_en", known.says_en.clone()),
        ("fix_ko", known.fix_ko.clone()),
        ("fix_en", known.fix_en.clone()),
        ("reference_ko", known.reference_ko.clone()),
        ("reference_en", known.reference_en.clone()),
        ("applies_if", known.applies_if.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("must_hold", known.must_hold.to_string()),
        ("undetermined", known.undetermined.to_string()),
        ("waived_by", known.waived_by.to_string()),
        ("tests", known.tests.iter().map(write_test).collect::<Vec<_>>().join("\n")),
    ]);
    values.extend(known.stages.iter().map(|stage| ("stages", stage.to_string())));
    values.extend(known.warns_at.iter().map(|stage| ("warns_at", stage.to_string())));
    edit_page(&visitor, *id, Form::with(&visitor, "conditions", values))
}

pub async fn edit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let edited: Outcome<ChangeId> = async {
        let basis = posted.value("version").parse()?;
        let edit = posted.read::<ConditionForm>()?.parse()?;
        actions::edit_rules(&app, &actor, *id, basis, edit, posted.once).await
    }
    .await;
    match edited {
        Ok(change) => Ok(redirect_with(format!("/calls/{id}/changes/{change}"), "programmes-flash-edited")),
        Err(trouble) => {
            let form = posted.again(&visitor, "conditions", trouble)?;
            let mut tx = app.db.read().await?;
            let (_, _, basis, _) = at_hand(&mut tx, *id).await?;
            let form = if form.is_overtaken() { form.put("version", basis) } else { form };
            edit_page(&visitor, *id, form)
        }
    }
}

pub async fn remove(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let removed: Outcome<ChangeId> = async {
        let basis = posted.value("version").parse()?;
        let code = posted.read::<RemoveForm>()?.code;
        let edit = move |rules: &mut CallRules| {
            rules.conditions.retain(|condition| condition.code != code);
            Ok(())
        };
        actions::edit_rules(&app, &actor, *id, basis, edit, posted.once).await
    }
    .await;
    match removed {
        Ok(change) => Ok(redirect_with(format!("/calls/{id}/changes/{change}"), "programmes-flash-edited")),
        Err(trouble @ Trouble::Refused(_)) => {
            list_page(&app, &visitor, *id, posted.again(&visitor, "conditions", trouble)?).await
        }
        Err(trouble) => Err(trouble),
    }
}
