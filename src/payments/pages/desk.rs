//! Around the desk: who checks for whom, and the accounts that money leaves from.

use super::*;
use crate::{
    payments::{
        rules::bank_file::{Encoding, Format},
        store::{checks, profiles},
    },
    reference,
};

async fn absences_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let is_manager = actor.is(Role::Manager);
    let absences = checks::absences(&mut tx, local_date(visitor.arrived_at, ZONE)).await?;
    let payers = choices_of(&mut tx, visitor, &[Role::Payer], "choose-one").await?;
    let own = actor.id.to_string();
    let persons =
        payers.iter().filter(|choice| is_manager || choice.value == own || choice.value.is_empty()).cloned().collect();
    let page = visitor.page("payments-absences-title").back_to("/payments", "payments-title").with_form(&form);
    let row = |absence: checks::Absence| AbsenceView { may_end: is_manager || absence.person_id == actor.id, absence };
    let view = AbsencesPage {
        rows: absences.into_iter().map(row).collect(),
        may_record: actor.is_any(&[Role::Payer, Role::Manager]),
        persons,
        deputies: payers,
        form,
        page,
    };
    show_form(&view, &view.form)
}

pub async fn absences(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    absences_page(&app, &visitor, &actor, Form::new(&visitor, "payments")).await
}

pub async fn record_absence(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<Uuid> = async {
        let new = posted.read::<AbsenceForm>()?.parse()?;
        actions::record_absence(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with("/payments/absences", "payments-flash-absence")),
        Err(trouble) => absences_page(&app, &visitor, &actor, posted.again(&visitor, "payments", trouble)?).await,
    }
}

pub async fn end_absence(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.press()?;
    actions::end_absence(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with("/payments/absences", "payments-flash-absence-ended"))
}

pub async fn profiles(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    let rows = profiles::live(&mut tx).await?;
    let page = visitor.page("payments-accounts-title").back_to("/payments", "payments-title");
    crate::web::show(&ProfilesPage { rows, may_change: actor.is(Role::Manager), page })
}

async fn profile_page(app: &App, visitor: &Visitor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let mut banks = vec![Choice::new("", visitor.lang.t("choose-one"))];
    let known = reference::banks(&mut tx).await?;
    banks.extend(known.iter().map(|bank| Choice::new(bank.code.clone(), bank.name(visitor.lang))));
    let page = visitor.page("payments-account-new").back_to("/payments/accounts", "payments-accounts-title");
    FormPage::new(page, form, "/payments/accounts/new", "payments-account-make")
        .intro(visitor.lang.t("payments-account-intro"))
        .field(Field::Text("profile_name", "30"))
        .field(Field::Text("holder", "30"))
        .field(Field::Select("bank_code", banks))
        .field(Field::Text("account_number", "20"))
        .field(Field::Radios("format", Choice::codes(visitor.lang, "bank-format", Format::ALL)))
        .field(Field::Text("bic", "20"))
        .field(Field::Textarea("columns", "6"))
        .field(Field::Radios("encoding", Choice::codes(visitor.lang, "bank-encoding", Encoding::ALL)))
        .answer()
}

pub async fn show_new_profile(app: web::Data<App>, visitor: Visitor) -> Answer {
    let columns = visitor.lang.t("payments-columns-example");
    let values = vec![("encoding", Encoding::Utf8.to_string()), ("columns", columns)];
    profile_page(&app, &visitor, Form::with(&visitor, "payments", values)).await
}

pub async fn make_profile(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<ProfileId> = async {
        let new = posted.read::<ProfileForm>()?.parse()?;
        actions::make_profile(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with("/payments/accounts", "payments-flash-account")),
        Err(trouble) => profile_page(&app, &visitor, posted.again(&visitor, "payments", trouble)?).await,
    }
}

pub async fn end_profile(app: web::Data<App>, actor: Actor, id: web::Path<ProfileId>, posted: Posted) -> Answer {
    posted.press()?;
    actions::end_profile(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with("/payments/accounts", "payments-flash-account-ended"))
}
