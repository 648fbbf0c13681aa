//! Anybody checks whether a file is a sealed agreement of ours. The answer is valid, superseded or invalid with dates,
//! and nothing else: whose agreement it is stays with those who hold it.

use super::*;
use crate::web::upload;
use actix_multipart::Multipart;

fn page(visitor: &Visitor, form: Form, checked: Option<actions::Checked>) -> Answer {
    let page = visitor.page("agreement-check-title").with_form(&form);
    let view = CheckPage { page, form, checked };
    show_form(&view, &view.form)
}

pub(super) async fn show(visitor: Visitor) -> Answer {
    page(&visitor, Form::new(&visitor, "agreement-check"), None)
}

pub(super) async fn check(app: web::Data<App>, visitor: Visitor, body: Multipart) -> Answer {
    app.look_up_pace(&visitor.address)?;
    let (posted, uploaded) = upload::hash(&visitor, body).await?;
    let checked: Outcome<actions::Checked> = async {
        let (number, sha256) = posted.read::<CheckForm>()?.parse(uploaded)?;
        actions::check(&app, number.as_deref(), &sha256).await
    }
    .await;
    match checked {
        Ok(checked) => page(&visitor, Form::new(&visitor, "agreement-check"), Some(checked)),
        Err(trouble) => page(&visitor, posted.again(&visitor, "agreement-check", trouble)?, None),
    }
}
