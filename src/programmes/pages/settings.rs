//! The change screen: the rules as they stand or are being changed, and one form for each aspect of them.

use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::Tx,
    files,
    ledger::{CapSubject, CapWindow},
    organisations::VatType,
    programmes::{
        CallId, ChangeId,
        actions::{self, at_hand},
        forms::*,
        rules::*,
        store,
        views::*,
    },
    reference,
    web::{
        Answer, Choice, Form, Page, Posted, Visitor, redirect_with, show as show_page,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use chrono::NaiveDate;

pub async fn overview(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<CallId>) -> Answer {
    let mut tx = app.db.read().await?;
    let (call, rules, _, open) = at_hand(&mut tx, *id).await?;
    let page = visitor.page("programmes-settings").back_to(format!("/calls/{id}"), "programmes-to-call");
    let may_edit = actor.is(Role::Admin)
        && call.state != CallState::Cancelled
        && open.as_ref().is_none_or(|change| change.state == ChangeState::Preparing);
    let versions = VersionLine::all(&page, store::versions(&mut tx, *id).await?);
    show_page(&SettingsPage {
        sections: RuleSection::all(&page, *id, &rules, may_edit),
        is_published: call.state == CallState::Published,
        page,
        call,
        open,
        versions,
    })
}

#[derive(serde::Deserialize)]
pub struct Which {
    #[serde(default)]
    class: String,
    #[serde(default)]
    track: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    window: String,
    #[serde(default)]
    criterion: String,
    #[serde(default)]
    document: String,
    #[serde(default)]
    envelope: String,
}

/// As a form takes a list of times.
fn listed(times: &[i64]) -> String {
    times.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// What the form of an aspect holds when it is opened.
fn values(aspect: Aspect, rules: &CallRules, which: &Which) -> Vec<(&'static str, String)> {
    let won = |limit: Option<crate::core::money::Won>| limit.map(|won| won.to_string()).unwrap_or_default();
    let mut values: Vec<(&'static str, String)> = Vec::new();
    match aspect {
        Aspect::Review => return ReviewForm::values(rules),
        Aspect::Rubric => return RubricForm::values(rules),
        Aspect::Criterion => return CriterionForm::values(rules, &which.criterion),
        Aspect::General => {
            values.push(("pass_mark", rules.pass_mark.to_string()));
            values.push(("reviewers", rules.reviewers.to_string()));
            values.extend(rules.vat_fundable.iter().map(|vat| ("vat_fundable", vat.to_string())));
            if rules.stages.supplement {
                values.push(("supplement", "yes".to_owned()));
            }
            if rules.stages.usage_evidence {
                values.push(("usage_evidence", "yes".to_owned()));
            }
            if rules.form.team {
                values.push(("asks_team", "yes".to_owned()));
            }
            if rules.stages.own_share_deposit {
                values.push(("own_share_deposit", "yes".to_owned()));
            }
        }
        Aspect::Terms => {
            let timers = &rules.timers;
            let days = [
                ("screening_days", timers.screening_days),
                ("supplement_days", rules.supplement_days),
                ("objection_days", rules.objection_days),
                ("agreement_answer_days", rules.agreement_answer_days),
                ("deposit_days", timers.deposit_days),
                ("first_use_days", timers.first_use_days),
                ("acceptance_days", timers.acceptance_days),
                ("claim_check_days", timers.claim_check_days),
                ("payment_days", timers.payment_days),
                ("term_months", rules.term_months),
            ];
            values.extend(days.map(|(name, days)| (name, days.to_string())));
            values.push(("reminder_hours", listed(&timers.reminder_hours)));
        }
        Aspect::Agreement => {
            let agreement = &rules.agreement;
            values.push(("offer_notices", listed(&agreement.offer_days)));
            values.push(("expiry_notices", listed(&agreement.expiry_days)));
            values.push(("due_notice", agreement.due_days.to_string()));
            values.push(("extension_months", agreement.extension_months.to_string()));
            values.push(("idle_percent", agreement.idle_percent.to_string()));
            values.push(("idle_warning", agreement.idle_days.to_string()));
            values.extend(agreement.waves.iter().map(|wave| ("waves", wave.to_string())));
        }
        Aspect::Funding => {
            let class = which.class.parse().unwrap_or(FirmClass::Micro);
            let in_track = rules.clone().in_track(Some(&which.track));
            let (known, blank) = (in_track.funding_of(class).copied(), in_track.funding.first().copied());
            values.push(("class", class.to_string()));
            values.push(("track", which.track.clone()));
            if known.is_some() {
                values.push(("may_apply", "yes".to_owned()));
            }
            if let Some(rule) = known.or(blank) {
                values.push(("support_max", rule.support_max_won.to_string()));
                values.push(("share_max", percent(rule.share_max)));
                values.push(("own_cash_min", percent(rule.own_cash_min)));
                values.push(("in_kind_max", percent(rule.in_kind_max)));
                if rule.own_share_exempt {
                    values.push(("own_share_exempt", "yes".to_owned()));
                }
            }
        }
        Aspect::Category => {
            let rule = rules.category(which.category.parse().unwrap_or(CostCategory::SolutionLicence));
            values.push(("category", rule.code.to_string()));
            values.push(("allowed", rule.allowed.to_string()));
            values.push(("category_share", rule.share_max.map(percent).unwrap_or_default()));
            values.push(("category_most", won(rule.most_won)));
        }
        Aspect::Cap => {
            let asked = |rule: &&crate::ledger::CapRule| {
                rule.subject.as_str() == which.subject && rule.window.as_str() == which.window
            };
            if let Some(rule) = rules.caps.iter().find(asked) {
                values.push(("most_won", won(rule.most_won)));
                values.push(("most_count", rule.most_count.map(|count| count.to_string()).unwrap_or_default()));
            }
            values.push(("subject", which.subject.clone()));
            values.push(("window", which.window.clone()));
        }
        Aspect::Payment => {
            let payment = &rules.payment;
            values.push(("second_check_over", won(payment.second_check_over)));
            values.push(("third_check_over", won(payment.third_check_over)));
            values.push(("vendor_share_max", payment.vendor_share_max.map(percent).unwrap_or_default()));
            values.push((
                "vendor_count_max",
                payment.vendor_count_max.map(|count| count.to_string()).unwrap_or_default(),
            ));
        }
        Aspect::Screening => {
            values.push(("spot_check_mille", rules.screening.spot_check_mille.to_string()));
            values.push(("spot_check_seed", rules.screening.spot_check_seed.clone()));
        }
        Aspect::Letters => {
            let letters = &rules.letters;
            values.push(("letter_selected_ko", letters.selected_ko.clone()));
            values.push(("letter_selected_en", letters.selected_en.clone()));
            values.push(("letter_rejected_ko", letters.rejected_ko.clone()));
            values.push(("letter_rejected_en", letters.rejected_en.clone()));
        }
        Aspect::Document => {
            if let Some(rule) = rules.documents.iter().find(|rule| rule.kind == which.document) {
                values.push(("document_code", rule.kind.clone()));
                values.push(("document_ko", rule.name_ko.clone()));
                values.push(("document_en", rule.name_en.clone()));
                if rule.required {
                    values.push(("document_required", "yes".to_owned()));
                }
                let most = |limit: Option<i64>| limit.map(|most| most.to_string()).unwrap_or_default();
                values.push(("document_most_mb", most(rule.max_bytes.map(|bytes| bytes / MEGABYTE))));
                values.push(("document_most_pages", most(rule.max_pages)));
                values.extend(rule.types.iter().map(|ending| ("document_types", ending.clone())));
            }
        }
        Aspect::Envelope => {
            let asked = |one: &&Envelope| format!("{}:{}", one.subject, one.code) == which.envelope;
            if let Some(envelope) = rules.envelopes.iter().find(asked) {
                values.push(("envelope", which.envelope.clone()));
                values.push(("envelope_most", envelope.most_won.to_string()));
            }
        }
        Aspect::Track => {
            let track = rules.track(&which.track);
            let documents = track.and_then(|track| track.documents.as_ref()).unwrap_or(&rules.documents);
            values
                .extend(documents.iter().filter(|rule| rule.required).map(|rule| ("own_documents", rule.kind.clone())));
            if let Some(track) = track {
                values.push(("code", track.code.clone()));
                values.push(("name_ko", track.name_ko.clone()));
                values.push(("name_en", track.name_en.clone()));
                values.push(("quota", won(track.quota_won)));
            }
        }
    }
    values
}

fn fields(form: FormPage, page: &Page, aspect: Aspect, rules: &CallRules, places: &[Envelope]) -> FormPage {
    let unit = |key| page.t(key);
    let documents = || -> Vec<Choice> {
        let choice = |rule: &DocumentRule| Choice::new(rule.kind.clone(), page.lang.of(&rule.name_ko, &rule.name_en));
        rules.documents.iter().map(choice).collect()
    };
    match aspect {
        Aspect::General => form
            .field(Field::Number("pass_mark", unit("programmes-unit-points")))
            .field(Field::Number("reviewers", unit("programmes-unit-people")))
            .field(Field::Checkboxes("vat_fundable", Choice::codes(page.lang, "vat-type", VatType::ALL)))
            .field(Field::Checkbox("supplement"))
            .field(Field::Checkbox("own_share_deposit"))
            .field(Field::Checkbox("usage_evidence"))
            .field(Field::Checkbox("asks_team")),
        Aspect::Terms => {
            let days = [
                "screening_days",
                "supplement_days",
                "objection_days",
                "agreement_answer_days",
                "deposit_days",
                "first_use_days",
                "acceptance_days",
                "claim_check_days",
                "payment_days",
            ];
            days.into_iter()
                .fold(form, |form, name| form.field(Field::Number(name, unit("programmes-unit-days"))))
                .field(Field::Number("term_months", unit("programmes-unit-months")))
                .field(Field::Text("reminder_hours", "20"))
        }
        Aspect::Agreement => form
            .field(Field::Text("offer_notices", "20"))
            .field(Field::Text("expiry_notices", "20"))
            .field(Field::Number("due_notice", unit("programmes-unit-calendar-days")))
            .field(Field::Number("extension_months", unit("programmes-unit-months")))
            .field(Field::Number("idle_percent", "%".to_owned()))
            .field(Field::Number("idle_warning", unit("programmes-unit-calendar-days")))
            .field(Field::Checkboxes("waves", Choice::codes(page.lang, "wave", Wave::FOLLOWING))),
        Aspect::Funding => form
            .field(Field::Select("class", Choice::codes(page.lang, "application-size", FirmClass::ALL)))
            .field(Field::Select("track", tracks(page, rules, "programmes-whole-call")))
            .field(Field::Checkbox("may_apply"))
            .field(Field::Money("support_max"))
            .field(Field::Number("share_max", "%".to_owned()))
            .field(Field::Number("own_cash_min", "%".to_owned()))
            .field(Field::Number("in_kind_max", "%".to_owned()))
            .field(Field::Checkbox("own_share_exempt")),
        Aspect::Category => form
            .field(Field::Select("category", Choice::codes(page.lang, "cost-category", CostCategory::ALL)))
            .field(Field::Radios("allowed", Choice::codes(page.lang, "cost-allowance", Allowance::ALL)))
            .field(Field::Number("category_share", "%".to_owned()))
            .field(Field::Money("category_most")),
        Aspect::Cap => form
            .field(Field::Radios("subject", Choice::codes(page.lang, "cap-subject", CapSubject::RULED)))
            .field(Field::Radios("window", Choice::codes(page.lang, "cap-window", CapWindow::ALL)))
            .field(Field::Money("most_won"))
            .field(Field::Number("most_count", unit("programmes-unit-awards"))),
        Aspect::Payment => form
            .field(Field::Money("second_check_over"))
            .field(Field::Money("third_check_over"))
            .field(Field::Number("vendor_share_max", "%".to_owned()))
            .field(Field::Number("vendor_count_max", unit("programmes-unit-awards"))),
        Aspect::Screening => form
            .field(Field::Number("spot_check_mille", unit("programmes-unit-mille")))
            .field(Field::Text("spot_check_seed", "")),
        Aspect::Letters => {
            let form = form
                .field(Field::Textarea("letter_selected_ko", "6"))
                .field(Field::Textarea("letter_selected_en", "6"))
                .field(Field::Textarea("letter_rejected_ko", "6"))
                .field(Field::Textarea("letter_rejected_en", "6"));
            previews(page, &rules.letters)
                .into_iter()
                .fold(form, |form, (heading, text)| form.field(Field::Heading(heading)).field(Field::Inset(text)))
        }
        Aspect::Document => {
            let types = files::endings().map(|ending| Choice::new(ending, ending)).collect();
            let form = form
                .field(Field::Text("document_code", "30"))
                .field(Field::Text("document_ko", "30"))
                .field(Field::Text("document_en", "30"))
                .field(Field::Checkbox("document_required"))
                .field(Field::Number("document_most_mb", "MB".to_owned()))
                .field(Field::Number("document_most_pages", unit("programmes-unit-pages")))
                .field(Field::Checkboxes("document_types", types));
            if rules.documents.is_empty() { form } else { form.field(Field::Checkbox("document_ends")) }
        }
        Aspect::Envelope => {
            let none = Choice::new("", page.t("choose-one"));
            let choice = |one: &Envelope| {
                let name = format!("{}: {}", page.code("cap-subject", one.subject), one.name(page.lang));
                Choice::new(format!("{}:{}", one.subject, one.code), name)
            };
            form.field(Field::Select("envelope", std::iter::once(none).chain(places.iter().map(choice)).collect()))
                .field(Field::Money("envelope_most"))
        }
        Aspect::Track => {
            let form = form
                .field(Field::Text("code", "20"))
                .field(Field::Text("name_ko", "30"))
                .field(Field::Text("name_en", "30"))
                .field(Field::Money("quota"))
                .field(Field::Checkboxes("own_documents", documents()));
            if rules.tracks.is_empty() { form } else { form.field(Field::Checkbox("take_out")) }
        }
        Aspect::Review => form
            .field(Field::Radios("selection", Choice::codes(page.lang, "selection-mode", SelectionMode::ALL)))
            .field(Field::Number("quorum", unit("programmes-unit-people")))
            .field(Field::Number("spread_max", unit("programmes-unit-points")))
            .field(Field::Number("sample_percent", "%".to_owned()))
            .field(Field::Checkbox("hide_firm"))
            .field(Field::Checkbox("hide_reviewers"))
            .field(Field::Checkbox("reveal_after"))
            .field(Field::Checkbox("draw_ties"))
            .field(Field::Money("second_approval"))
            .field(Field::Money("third_approval"))
            .field(Field::Number("undo_days", unit("programmes-unit-days")))
            .field(Field::Number("clarification_days", unit("programmes-unit-days")))
            .field(Field::Checkbox("promotes_by_itself")),
        Aspect::Rubric => {
            let fields = WEIGHT_FIELDS.into_iter().zip(MINIMUM_FIELDS);
            let form = rules.rubric.iter().zip(fields).fold(form, |form, (item, (weight, minimum))| {
                form.field(Field::Heading(page.lang.of(&item.name_ko, &item.name_en).to_owned()))
                    .field(Field::Number(weight, unit("programmes-unit-points")))
                    .field(Field::Number(minimum, unit("programmes-unit-points")))
            });
            form.field(Field::Heading(page.t("programmes-new-criterion")))
                .field(Field::Text("code", "20"))
                .field(Field::Text("name_ko", "30"))
                .field(Field::Text("name_en", "30"))
                .field(Field::Number("new_weight", unit("programmes-unit-points")))
        }
        Aspect::Criterion => form
            .field(Field::Hidden("criterion"))
            .field(Field::Text("name_ko", "30"))
            .field(Field::Text("name_en", "30"))
            .field(Field::Textarea("anchors_ko", "6"))
            .field(Field::Textarea("anchors_en", "6")),
    }
}

/// Every region and every section of industry, as an envelope without money.
async fn places(tx: &mut Tx, aspect: Aspect, on: NaiveDate) -> sqlx::Result<Vec<Envelope>> {
    if aspect != Aspect::Envelope {
        return Ok(Vec::new());
    }
    let of = |subject| {
        move |named: reference::Named| Envelope {
            subject,
            code: named.code,
            name_ko: named.name_ko,
            name_en: named.name_en,
            most_won: Won::ZERO,
        }
    };
    let regions = reference::regions(tx, on).await?.into_iter().map(of(CapSubject::Region));
    let sectors = reference::industry_sections(tx).await?.into_iter().map(of(CapSubject::Sector));
    Ok(regions.chain(sectors).collect())
}

/// What firms would read, as the rules stand now, of a case that is made up.
fn previews(page: &Page, letters: &LetterRules) -> Vec<(String, String)> {
    let mut previews = Vec::new();
    for lang in [Lang::Ko, Lang::En] {
        let amount = crate::web::page::show_won(lang, EXAMPLE_SUPPLY);
        let (firm, title, call) = (
            lang.t("programmes-preview-firm"),
            lang.t("programmes-preview-project"),
            lang.t("programmes-preview-call"),
        );
        let case = LetterCase { firm: &firm, title: &title, call: &call, amount: &amount };
        for (outcome, text) in
            [("selected", letters.selected(lang, &case)), ("rejected", letters.rejected(lang, &case))]
        {
            if !text.is_empty() {
                let heading = page.t1("programmes-letter-preview", "letter", page.code("programmes-letter", outcome));
                previews.push((format!("{heading} ({})", page.code("programmes-letter-in", lang.code())), text));
            }
        }
    }
    previews
}

/// The tracks of a call to choose from, after what stands for all of it.
pub fn tracks(page: &Page, rules: &CallRules, all: &str) -> Vec<Choice> {
    let track = |track: &Track| Choice::new(track.code.clone(), page.lang.of(&track.name_ko, &track.name_en));
    std::iter::once(Choice::new("", page.t(all))).chain(rules.tracks.iter().map(track)).collect()
}

async fn aspect_page(
    app: &App,
    visitor: &Visitor,
    id: CallId,
    aspect: Aspect,
    which: Option<&Which>,
    form: Option<Form>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let (_, rules, basis, _) = at_hand(&mut tx, id).await?;
    let title = visitor.lang.code_word("call-aspect", aspect.as_str());
    let page = visitor.page_titled(title).back_to(format!("/calls/{id}/settings"), "programmes-settings");
    let form = match (form, which) {
        (Some(form), _) => form,
        (None, Some(which)) => Form::with(visitor, "programmes", values(aspect, &rules, which)).put("version", basis),
        (None, None) => Form::new(visitor, "programmes"),
    };
    let form = if form.is_overtaken() { form.put("version", basis) } else { form };
    let with = FormPage::new(page.clone(), form, format!("/calls/{id}/settings/{aspect}"), "programmes-settings-save")
        .intro(page.code("call-aspect-intro", aspect))
        .field(Field::Hidden("version"));
    let places = places(&mut tx, aspect, local_date(app.clock.now(), ZONE)).await?;
    fields(with, &page, aspect, &rules, &places).answer()
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    path: web::Path<(CallId, String)>,
    query: web::Query<Which>,
) -> Answer {
    let aspect: Aspect = path.1.parse().map_err(|_| Refusal::not_found())?;
    aspect_page(&app, &visitor, path.0, aspect, Some(&query), None).await
}

pub async fn save(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(CallId, String)>,
    posted: Posted,
) -> Answer {
    let id = path.0;
    let aspect: Aspect = path.1.parse().map_err(|_| Refusal::not_found())?;
    let edited: Outcome<ChangeId> = async {
        let basis = posted.value("version").parse()?;
        let edit = match aspect {
            Aspect::General => posted.read::<GeneralForm>()?.parse()?,
            Aspect::Terms => posted.read::<TermsForm>()?.parse()?,
            Aspect::Agreement => posted.read::<AgreementForm>()?.parse()?,
            Aspect::Funding => posted.read::<FundingForm>()?.parse()?,
            Aspect::Category => posted.read::<CategoryForm>()?.parse()?,
            Aspect::Cap => posted.read::<CapForm>()?.parse()?,
            Aspect::Payment => posted.read::<PaymentForm>()?.parse()?,
            Aspect::Envelope => {
                let mut tx = app.db.read().await?;
                let places = places(&mut tx, aspect, local_date(app.clock.now(), ZONE)).await?;
                posted.read::<EnvelopeForm>()?.parse(&places)?
            }
            Aspect::Screening => posted.read::<ScreeningForm>()?.parse()?,
            Aspect::Letters => posted.read::<LettersForm>()?.parse()?,
            Aspect::Document => posted.read::<DocumentForm>()?.parse()?,
            Aspect::Track => posted.read::<TrackForm>()?.parse()?,
            Aspect::Review => posted.read::<ReviewForm>()?.parse()?,
            Aspect::Rubric => RubricForm(posted.read()?).parse()?,
            Aspect::Criterion => posted.read::<CriterionForm>()?.parse()?,
        };
        actions::edit_rules(&app, &actor, id, basis, edit, posted.once).await
    }
    .await;
    match edited {
        Ok(change) => Ok(redirect_with(format!("/calls/{id}/changes/{change}"), "programmes-flash-edited")),
        Err(trouble) => {
            let form = posted.again(&visitor, "programmes", trouble)?;
            aspect_page(&app, &visitor, id, aspect, None, Some(form)).await
        }
    }
}
