//! What waits to be paid, how long it has waited, and the batches.

use super::*;
use crate::{
    claims,
    core::calendar::Holidays,
    payments::{
        BatchState,
        rules::{Age, age, promised_on},
        store::lists,
    },
    programmes::{self, CallId},
    reference, vendors,
};
use std::collections::BTreeMap;

async fn page_of(app: &App, visitor: &Visitor, actor: &Actor, query: &ListQuery, form: Form) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = lists::page(&mut tx, query.state.parse().ok(), after).await?;
    let page = visitor.page("payments-title").with_form(&form);
    let list = ListView::new(&page, &paged, "/payments", &[("state", query.state.as_str())], after);
    let (ready_count, ready_won) = claims::approved_totals(&mut tx).await?;
    let mut terms = Terms::read(&mut tx, local_date(visitor.arrived_at, ZONE)).await?;
    let ready = ready(&mut tx, visitor, actor, &mut terms).await?;
    let ages = terms.ages(&mut tx).await?;
    let mut states = vec![Choice::new("", page.t("payments-all-states"))];
    states.extend(Choice::codes(visitor.lang, "batch-state", BatchState::ALL));
    let profiles = store::profiles::live(&mut tx).await?;
    let mut accounts: Vec<Choice> =
        profiles.into_iter().map(|profile| Choice::new(profile.id.to_string(), profile.name)).collect();
    accounts.push(Choice::new("", page.t("payments-no-profile")));
    let mut checkers = choices_of(&mut tx, visitor, &[Role::Payer], "payments-any-checker").await?;
    checkers.retain(|choice| choice.value != actor.id.to_string());
    let view = PaymentsPage {
        may_prepare: actor.is(Role::Payer) && ready.iter().any(|view| view.hindrance.is_none()),
        filter: Form::with(visitor, "payments", vec![("state", query.state.clone())]),
        batches: paged.rows,
        suspense: store::statements::in_suspense(&mut tx).await?,
        ready,
        ready_count,
        ready_won,
        ages,
        list,
        states,
        accounts,
        checkers,
        form,
        page,
    };
    show_form(&view, &view.form)
}

/// The payment terms of calls as far as they were asked for.
pub(super) struct Terms {
    holidays: Holidays,
    pub today: chrono::NaiveDate,
    days: BTreeMap<(CallId, i64), i64>,
}

impl Terms {
    pub async fn read(tx: &mut Tx, today: chrono::NaiveDate) -> sqlx::Result<Terms> {
        Ok(Terms { holidays: reference::holidays(tx).await?, today, days: BTreeMap::new() })
    }

    /// The day by which a claim is paid, by the rules it was submitted under.
    pub async fn promised_on(
        &mut self,
        tx: &mut Tx,
        call: (CallId, i64),
        approved_at: chrono::DateTime<chrono::Utc>,
    ) -> sqlx::Result<chrono::NaiveDate> {
        let days = match self.days.get(&call) {
            Some(days) => *days,
            None => programmes::rules_at(tx, call.0, call.1).await?.timers.payment_days,
        };
        self.days.insert(call, days);
        Ok(promised_on(&self.holidays, local_date(approved_at, ZONE), days))
    }

    pub fn age(&self, promised_on: chrono::NaiveDate) -> Age {
        age(&self.holidays, promised_on, self.today)
    }

    /// How many claims wait, and for how much, against the day they were promised by.
    async fn ages(&mut self, tx: &mut Tx) -> sqlx::Result<Vec<AgeView>> {
        let mut ages: BTreeMap<Age, AgeView> = BTreeMap::new();
        for waiting in lists::waiting(tx).await? {
            let promised = self.promised_on(tx, (waiting.call_id, waiting.call_version), waiting.checked_at).await?;
            let age = self.age(promised);
            let view = ages.entry(age).or_insert(AgeView { age, count: 0, won: crate::core::money::Won::ZERO });
            view.count += 1;
            view.won = view.won.plus(waiting.support_won);
        }
        Ok(ages.into_values().collect())
    }
}

/// The claims that wait, each with the reason why this payer cannot prepare it.
async fn ready(tx: &mut Tx, visitor: &Visitor, actor: &Actor, terms: &mut Terms) -> sqlx::Result<Vec<ReadyView>> {
    let claims = lists::ready_claims(tx).await?;
    let cases: Vec<Uuid> = claims.iter().map(|claim| claim.application_id.0).collect();
    let clashes = audit::clashes(tx, actor, &cases, Act::PaymentPrepared).await?;
    let clashes: BTreeMap<Uuid, Act> = clashes.into_iter().collect();
    let holds = vendors::pay_holds(tx, claims.iter().map(|claim| claim.vendor_id), terms.today).await?;
    let mut views = Vec::new();
    for claim in claims {
        let promised_on = terms.promised_on(tx, (claim.call_id, claim.call_version), claim.state_since).await?;
        let hindrance = match (clashes.get(&claim.application_id.0), &claim.held) {
            (Some(act), _) => Some(visitor.lang.refusal(&audit::apart(visitor.lang, *act))),
            (None, Some(why)) => Some(visitor.lang.t_with("payments-held", &[("why", why.clone())])),
            (None, None) => holds.get(&claim.vendor_id).map(|hold| {
                visitor.lang.t(match hold {
                    vendors::PayHold::AccountChanging => "payments-account-changing",
                    _ => "payments-vendor-not-approved",
                })
            }),
        };
        views.push(ReadyView { age: terms.age(promised_on), claim, hindrance, promised_on });
    }
    Ok(views)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    page_of(&app, &visitor, &actor, &query, Form::new(&visitor, "payments")).await
}

pub async fn prepare(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<BatchId> = async {
        let new = posted.read::<PrepareForm>()?.parse()?;
        actions::prepare(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(batch) => Ok(redirect_with(format!("/payments/batches/{batch}"), "payments-flash-prepared")),
        Err(trouble) => {
            let form = posted.again(&visitor, "payments", trouble)?;
            page_of(&app, &visitor, &actor, &ListQuery::default(), form).await
        }
    }
}
