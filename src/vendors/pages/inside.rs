//! What stands behind an entry, read for its vendor and for the agency alike.

use super::name;
use crate::{
    audit::{self, Act},
    core::{actor::Actor, measure::show_milli},
    db::Tx,
    organisations, reference,
    vendors::{
        actions,
        rules::{accounts::AccountState, criteria::Criterion, reviews::ReviewState},
        store::{self, CriterionRow, ReferenceRow, Vendor},
        views::{CriterionView, Inside},
    },
    web::Page,
};
use chrono::NaiveDate;

pub async fn inside(tx: &mut Tx, vendor: &Vendor, page: &Page, today: NaiveDate) -> sqlx::Result<Inside> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let equity = organisations::financials(tx, vendor.organisation_id).await?.first().map(|year| year.equity_won);
    let references = store::references(tx, vendor.id).await?;
    let findings = actions::findings(tx, vendor, today).await?;
    let mut rows = store::criteria(tx, vendor.id).await?;
    let mut criteria = Vec::new();
    for (criterion, finding) in findings {
        let row = rows.iter().position(|row| row.criterion == criterion).map(|at| rows.swap_remove(at));
        let value = match criterion {
            Criterion::References => {
                let counting = references.iter().filter(|reference| ReferenceRow::counts(reference)).count();
                page.t1("vendors-references-count", "count", counting)
            }
            Criterion::Equity => equity.map(|equity| page.won(equity)).unwrap_or_default(),
            Criterion::Age => page.date(organisation.founded_on),
            _ => row.as_ref().map(|row| stated(page, criterion, row)).unwrap_or_default(),
        };
        criteria.push(CriterionView { criterion, finding, value, row });
    }
    let change = store::open_change(tx, vendor.id).await?;
    let change_bank = match &change {
        Some(change) => name(&reference::banks(tx).await?, &change.bank_code, page.lang),
        None => String::new(),
    };
    Ok(Inside {
        criteria,
        references,
        questions: store::questions(tx, vendor.id).await?,
        conditions: store::conditions(tx, vendor.id).await?,
        suspensions: store::suspensions(tx, vendor.id).await?,
        change,
        change_bank,
        review: store::latest_review(tx, vendor.id).await?,
        round: store::open_round(tx, vendor.id).await?,
        today,
    })
}

fn stated(page: &Page, criterion: Criterion, row: &CriterionRow) -> String {
    let figure = row.value_milli.map(|milli| match criterion {
        Criterion::Gain => format!("{} %", show_milli(milli)),
        _ => show_milli(milli),
    });
    let day = row.value_on.map(|day| page.date(day));
    let words = Some(row.value_text.clone()).filter(|text| !text.is_empty());
    [words, figure, day].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Why the reader may not take the second of two acts, in words: known before the click.
pub async fn clash(tx: &mut Tx, actor: &Actor, inside: &Inside) -> sqlx::Result<Option<String>> {
    let round = inside.round.as_ref().filter(|round| round.recommended_by.is_some());
    let change = inside.change.as_ref().filter(|change| change.state == AccountState::Checked);
    let review = inside.review.as_ref().filter(|review| review.state == ReviewState::Appealed);
    let pairs = [
        (round.map(|round| round.id), Act::VendorApproved),
        (change.map(|change| change.id), Act::AccountConfirmed),
        (review.map(|review| review.id), Act::AppealDecided),
    ];
    for (case, act) in pairs {
        if let Some(case) = case
            && let Some(earlier) = audit::clash(tx, actor, case, act).await?
        {
            return Ok(Some(actor.lang.refusal(&audit::apart(actor.lang, earlier))));
        }
    }
    Ok(None)
}
