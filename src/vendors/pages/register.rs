//! The public register: approved vendors' solutions and their prices, for anybody.

use super::{choices, day, download};
use crate::{
    app::App,
    core::{lang::Lang, refusal::Refusal},
    db::page::Cursor,
    reference::{self, Named},
    vendors::{
        Hosting, ModelOrigin, SolutionId,
        forms::{self, RegisterQuery},
        store::{self, RegisterFilter},
        views::{Price, RegisterPage, RegisteredPage},
    },
    web::{Answer, Choice, Form, Visitor, list::ListView, page::encode, show},
};
use actix_web::{HttpResponse, http::header, web};

/// What is not one of the values on offer narrows nothing.
fn filter(query: &RegisterQuery, use_cases: &[Named]) -> RegisterFilter {
    RegisterFilter {
        use_case: use_cases.iter().map(|row| row.code.clone()).find(|code| *code == query.use_case),
        hosting: query.hosting.parse().ok(),
        model_origin: query.model_origin.parse().ok(),
        terms: forms::terms(&query.q),
    }
}

fn filters(query: &RegisterQuery) -> [(&'static str, &str); 4] {
    [("q", &query.q), ("use_case", &query.use_case), ("hosting", &query.hosting), ("model_origin", &query.model_origin)]
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
    })
}

pub async fn solution(app: web::Data<App>, visitor: Visitor, id: web::Path<SolutionId>) -> Answer {
    let today = day(visitor.arrived_at);
    let mut tx = app.db.read().await?;
    let solution = store::registered(&mut tx, *id, today).await?.ok_or_else(Refusal::not_found)?;
    let prices = Price::all(store::packages_of(&mut tx, *id).await?, today);
    let page = visitor.page_titled(solution.name.clone()).back_to("/register", "vendors-register-title");
    show(&RegisteredPage { page, solution, prices })
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
