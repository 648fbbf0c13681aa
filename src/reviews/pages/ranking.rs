//! The ranking of a call or of one of its tracks, and what a manager does from it.

use super::{ListQuery, budget_left, envelope_lines};
use crate::{
    app::App,
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    ledger::{self, Cap},
    programmes::{self, CallId, SelectionMode, Track},
    reviews::{actions, forms::CallForm, store, views::*},
    web::{Answer, Choice, Form, Posted, Visitor, list::ListView, redirect_with, show_form},
};
use actix_web::web;

pub async fn ranking(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    ranking_page(&app, &visitor, &actor, &query, Form::new(&visitor, "reviews")).await
}

/// The ranking of one call with a form that was refused.
pub(super) async fn again(app: &App, visitor: &Visitor, actor: &Actor, call: CallId, form: Form) -> Answer {
    let query = ListQuery { call: call.to_string(), ..ListQuery::default() };
    ranking_page(app, visitor, actor, &query, form).await
}

async fn ranking_page(app: &App, visitor: &Visitor, actor: &Actor, query: &ListQuery, form: Form) -> Answer {
    let now = app.clock.now();
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let calls = store::calls(&mut tx).await?;
    let chosen: Option<CallId> = query.call.parse().ok().or_else(|| calls.first().map(|call| call.id));
    let call = match chosen {
        Some(id) => programmes::find_call(&mut tx, id).await?,
        None => None,
    };
    let call = call.ok_or_else(Refusal::not_found)?;
    let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let is_lottery = rules.selection == SelectionMode::Lottery;
    let pass_mark = rules.mark();
    let track = rules.track(&query.track);
    let quota_left = match track.and_then(|track| Some((track, track.quota_won?))) {
        Some((track, quota)) => {
            let cap = Cap::of_track(call.id.0, &track.code, quota);
            let used = ledger::cap_used(&mut tx, &cap, now).await?;
            cap.won_left(used)
        }
        None => None,
    };
    let budget_left = budget_left(&mut tx, call.id).await?;
    let room = quota_left.map_or(budget_left, |quota| quota.min(budget_left));
    let paged = store::ranking(&mut tx, call.id, track.map(|track| track.code.as_str()), after).await?;
    let page = visitor.page("reviews-ranking-title").back_to("/reviews", "reviews-title").with_form(&form);
    let id = call.id.to_string();
    // A track's places are counted within it: only the call's own are looked up.
    let rank = match (paged.rows.first(), track) {
        (Some(row), None) => {
            let result = store::result_of(&mut tx, row.id).await?.ok_or_else(Refusal::not_found)?;
            store::rank_of(&mut tx, &result).await?
        }
        _ => 1,
    };
    let asked = Won(query.asked.parse().unwrap_or(0).max(0).min(budget_left.0.max(0) + 1));
    let filters = [("call", id.as_str()), ("track", query.track.as_str())];
    let mut list = ListView::new(&page, &paged, "/reviews/ranking", &filters, after);
    let lines = Lines { rank, asked, pass_mark, budget_left: room };
    let (rows, asked) = Placed::line_up(paged.rows, programme.firm_cap_won, lines);
    list.next = list.next.map(|href| format!("{href}&asked={}", asked.0));
    let choice = |track: &Track| Choice::new(track.code.clone(), page.lang.of(&track.name_ko, &track.name_en));
    let view = RankingPage {
        tracks: rules.tracks.iter().map(choice).collect(),
        page,
        form,
        calls,
        call: call.id,
        track: query.track.clone(),
        rows,
        list,
        pass_mark,
        budget_left,
        quota_left,
        envelopes: envelope_lines(&mut tx, rules.envelopes_in(call.id.0), now).await?,
        draws: rules.review.draw_ties || is_lottery,
        is_lottery,
        bulks: store::bulks_of(&mut tx, call.id).await?,
        is_manager: actor.is(Role::Manager),
        proof_needed: actor.freshly_proven(now).is_err(),
    };
    show_form(&view, &view.form)
}

pub async fn promote(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let call = posted.read::<CallForm>()?.call;
    match actions::promote(&app, &actor, call, posted.once).await {
        Ok(0) => Ok(redirect_with(format!("/reviews/ranking?call={call}"), "reviews-flash-nobody-promoted")),
        Ok(_) => Ok(redirect_with(format!("/reviews/ranking?call={call}"), "reviews-flash-promoted")),
        Err(trouble) => again(&app, &visitor, &actor, call, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

pub async fn draw_lots(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let call = posted.read::<CallForm>()?.call;
    let done: Outcome<()> = actions::draw_lots(&app, &actor, call, posted.once).await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/reviews/ranking?call={call}"), "reviews-flash-lots")),
        Err(trouble) => again(&app, &visitor, &actor, call, posted.again(&visitor, "reviews", trouble)?).await,
    }
}
