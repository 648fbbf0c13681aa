//! The draw of a call, for anybody: how it works, what was committed, the seed, the list, and a lot to compute oneself.

use crate::{
    app::App,
    core::refusal::Refusal,
    db::page::Cursor,
    programmes::{self, CallId, CallState},
    reviews::{rules::draw, store, views::DrawPage},
    web::{Answer, Visitor, list::ListView, show as show_page},
};
use actix_web::web;

#[derive(serde::Deserialize)]
pub struct DrawQuery {
    #[serde(default)]
    after: String,
    #[serde(default)]
    receipt: String,
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    id: web::Path<CallId>,
    query: web::Query<DrawQuery>,
) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    if call.state != CallState::Published {
        return Err(Refusal::not_found().into());
    }
    let found = store::draw_of(&mut tx, *id).await?;
    let seed = found.as_ref().and_then(|draw| draw.seed.clone());
    let page = visitor.page("reviews-draw-title").back_to(format!("/calls/{id}"), "programmes-to-call");
    let (mut lots, mut list) = (Vec::new(), None);
    if seed.is_some() {
        let paged = store::lots(&mut tx, *id, after).await?;
        list = Some(ListView::new(&page, &paged, &format!("/calls/{id}/draw"), &[], after));
        lots = paged.rows.into_iter().map(|row| (draw::show_lot(row.tie), row)).map(|(lot, row)| (row, lot)).collect();
    }
    let receipt: String = query.receipt.trim().chars().take(40).collect();
    let lot = seed.filter(|_| !receipt.is_empty()).map(|seed| draw::show_lot(draw::lot(&seed, &receipt)));
    show_page(&DrawPage {
        call: *id,
        call_name: page.lang.of(&call.name_ko, &call.name_en).to_owned(),
        page,
        draw: found,
        lots,
        list,
        receipt,
        lot,
    })
}
