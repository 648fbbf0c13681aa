//! The public register: approved vendors' solutions and their prices, for anybody.

use super::{choices, day, differences, download, facts, field_in_words, words};
use crate::{
    app::App,
    core::{lang::Lang, money::Won, refusal::Refusal},
    db::{Tx, page::Cursor},
    reference::{self, Named},
    vendors::{
        Hosting, ModelOrigin, SolutionId, VendorId,
        forms::{self, RegisterQuery},
        rules::figures::{count, median, reached_tenths},
        store::{self, RegisterFilter, Registered},
        views::{ComparePage, Points, Price, PublicVendorPage, RegisterPage, RegisteredPage, figures},
    },
    web::{Answer, Choice, Form, Visitor, list::ListView, page::encode, show},
};
use actix_web::{HttpResponse, http::header, web};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is not one of the values on offer narrows nothing.
fn filter(query: &RegisterQuery, use_cases: &[Named]) -> RegisterFilter {
    RegisterFilter {
        use_case: use_cases.iter().map(|row| row.code.clone()).find(|code| *code == query.use_case),
        hosting: query.hosting.parse().ok(),
        model_origin: query.model_origin.parse().ok(),
        price_min: won(&query.price_min),
        price_max: won(&query.price_max),
        terms: forms::terms(&query.q),
    }
}

/// Digits as people group them; anything else narrows nothing.
fn won(text: &str) -> Option<Won> {
    let digits: String = crate::core::names::fold_digits(text).chars().filter(|c| !matches!(c, ',' | ' ')).collect();
    digits.parse().ok().map(Won)
}

fn filters(query: &RegisterQuery) -> [(&'static str, &str); 6] {
    [
        ("q", &query.q),
        ("use_case", &query.use_case),
        ("hosting", &query.hosting),
        ("model_origin", &query.model_origin),
        ("price_min", &query.price_min),
        ("price_max", &query.price_max),
    ]
}

fn codes<T: ToString>(lang: Lang, family: &str, codes: &[T]) -> Vec<Choice> {
    std::iter::once(Choice::new("", lang.t("vendors-any"))).chain(Choice::codes(lang, family, codes)).collect()
}

pub async fn register(app: web::Data<App>, visitor: Visitor, query: web::Query<RegisterQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let use_cases = reference::use_cases(&mut tx).await?;
    let paged = store::register_page(&mut tx, &filter(&query, &use_cases), day(visitor.arrived_at), after).await?;
    let page = visitor.page("vendors-register-title");
    let list = ListView::new(&page, &paged, "/register", &filters(&query), after);
    let values = filters(&query).map(|(name, value)| (name, value.to_owned())).to_vec();
    let chosen: Vec<String> = filters(&query)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    show(&RegisterPage {
        page,
        form: Form::with(&visitor, "vendors-register", values),
        use_cases: choices(&use_cases, visitor.lang, "vendors-any"),
        hostings: codes(visitor.lang, "hosting", Hosting::ALL),
        origins: codes(visitor.lang, "model-origin", ModelOrigin::ALL),
        solutions: paged.rows,
        list,
        download: format!("/register.csv?{}", chosen.join("&")),
        download_json: format!("/register.json?{}", chosen.join("&")),
    })
}

/// The performance of a vendor, from enough cases only.
async fn performance(tx: &mut Tx, page: &crate::web::Page, vendor: VendorId) -> sqlx::Result<Vec<(String, String)>> {
    let days: Vec<i64> =
        store::deliveries(tx, vendor).await?.into_iter().map(|(made, accepted)| (accepted - made).num_days()).collect();
    let mut reports: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
    for (report, baseline, target, value) in store::outcomes(tx, vendor).await? {
        reports.entry(report).or_default().extend(reached_tenths(baseline, target, value));
    }
    // One figure a report, so that a firm with many indicators does not count for many.
    let reached: Vec<i64> = reports
        .into_values()
        .filter_map(|found| found.iter().sum::<i64>().checked_div(i64::try_from(found.len()).unwrap_or(0)))
        .collect();
    Ok(figures(page, median(&days), median(&reached), store::tally(tx, vendor).await?))
}

pub async fn solution(app: web::Data<App>, visitor: Visitor, id: web::Path<SolutionId>) -> Answer {
    let today = day(visitor.arrived_at);
    let mut tx = app.db.read().await?;
    let solution = store::registered(&mut tx, *id, today).await?.ok_or_else(Refusal::not_found)?;
    let use_cases = reference::use_cases(&mut tx).await?;
    let prices = Price::all(store::packages_of(&mut tx, *id).await?, today);
    let page = visitor.page_titled(solution.name.clone()).back_to("/register", "vendors-register-title");
    let vouchers = store::vouchers(&mut tx, *id).await?;
    let paid: Vec<i64> = store::prices_paid(&mut tx, *id).await?.into_iter().map(|price| price.0).collect();
    let few = || page.t("vendors-too-few");
    let described = solution.described();
    show(&RegisteredPage {
        facts: facts(&page, &described, &use_cases),
        points: Points::all(&page, &described, today),
        versions: differences(&page, &store::versions(&mut tx, *id).await?, &use_cases),
        vouchers: count(vouchers).map_or_else(few, |vouchers| vouchers.to_string()),
        median: median(&paid).map_or_else(few, |price| page.won(Won(price))),
        figures: performance(&mut tx, &page, solution.vendor_id).await?,
        page,
        solution,
        prices,
    })
}

/// Solutions side by side: `?s=…&s=…`, at most four, in the order asked for.
pub async fn compare(app: web::Data<App>, visitor: Visitor, query: web::Query<Vec<(String, String)>>) -> Answer {
    const SIDE_BY_SIDE: usize = 4;
    let today = day(visitor.arrived_at);
    let mut wanted: Vec<SolutionId> = Vec::new();
    for (_, id) in query.iter().filter(|(name, _)| name == "s") {
        if let Ok(id) = id.parse::<SolutionId>()
            && !wanted.contains(&id)
        {
            wanted.push(id);
        }
    }
    wanted.truncate(SIDE_BY_SIDE);
    let mut tx = app.db.read().await?;
    let mut solutions = store::registered_among(&mut tx, &wanted, today).await?;
    solutions.sort_by_key(|solution| wanted.iter().position(|id| *id == solution.id));
    let use_cases = reference::use_cases(&mut tx).await?;
    let page = visitor.page("vendors-compare-title").back_to("/register", "vendors-register-title");
    show(&ComparePage { rows: side_by_side(&page, &solutions, &use_cases, today), page, solutions })
}

fn side_by_side(
    page: &crate::web::Page,
    solutions: &[Registered],
    use_cases: &[Named],
    today: chrono::NaiveDate,
) -> Vec<(String, Vec<String>)> {
    let lowest = |solution: &Registered| solution.lowest_won.map(|price| page.won(price)).unwrap_or_default();
    let score = |solution: &Registered| {
        page.t1("vendors-score-total", "points", Points::total(&Points::all(page, &solution.described(), today)))
    };
    let mut rows = vec![
        (page.t("vendors-name"), solutions.iter().map(|solution| solution.vendor_name.clone()).collect()),
        (page.t("vendors-lowest"), solutions.iter().map(lowest).collect()),
        (page.t("vendors-score"), solutions.iter().map(score).collect()),
    ];
    let described: Vec<_> = solutions.iter().map(|solution| solution.described().rows()).collect();
    for (n, (field, _)) in described.first().into_iter().flatten().enumerate() {
        // The names head the columns.
        if *field != "name" {
            let values = described.iter().map(|rows| words(page, &rows[n].1, use_cases)).collect();
            rows.push((field_in_words(page, field), values));
        }
    }
    rows
}

/// A vendor as anybody may see it: what it offers and how it performs.
pub async fn vendor(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    let mut tx = app.db.read().await?;
    let solutions = store::registered_of(&mut tx, *id, day(visitor.arrived_at)).await?;
    let first = solutions.first().ok_or_else(Refusal::not_found)?;
    let page = visitor.page_titled(first.vendor_name.clone()).back_to("/register", "vendors-register-title");
    show(&PublicVendorPage { figures: performance(&mut tx, &page, *id).await?, page, solutions })
}

pub async fn json(app: web::Data<App>, visitor: Visitor, query: web::Query<RegisterQuery>) -> Answer {
    let mut tx = app.db.read().await?;
    let filter = filter(&query, &reference::use_cases(&mut tx).await?);
    drop(tx);
    Ok(HttpResponse::Ok()
        .content_type("application/json; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"register.json\""))
        .streaming(download::documents(app, filter, day(visitor.arrived_at))))
}

pub async fn file(app: web::Data<App>, visitor: Visitor, query: web::Query<RegisterQuery>) -> Answer {
    let mut tx = app.db.read().await?;
    let filter = filter(&query, &reference::use_cases(&mut tx).await?);
    drop(tx);
    let lines = download::lines(app, visitor.lang, filter, day(visitor.arrived_at));
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"register.csv\""))
        .streaming(lines))
}
