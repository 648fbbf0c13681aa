//! Around the demonstration's own firm: a colleague, an adviser under mandate, documents, aid from elsewhere; and a
//! file of the business register for all.

use super::{
    Case, Stage,
    cast::{at_work, person},
};
use crate::{
    core::{
        actor::Actor,
        money::Won,
        roles::{Capacity, Role},
    },
    db::once::Once,
    files::Received,
    organisations::{
        self,
        actions::{answer_mandate, declare, give_mandate, import_register, preview_awards, put_document},
        forms::{aid::NewAward, mandates::NewMandate, vault::NewDocument},
        rules::mandates::{FeeKind, Relation},
        vault::VaultKind,
    },
    people::{self, PersonId},
    population::rules::Goal,
};
use bytes::Bytes;
use chrono::{Days, Duration};
use chrono_tz::Asia::Seoul;
use futures_util::stream;

/// One firm in so many, of those that never applied, has given up its business.
const CLOSED_EVERY: u32 = 9;

pub(super) async fn play(stage: &Stage<'_>, cases: &[Case], hash: Option<&str>) -> anyhow::Result<()> {
    if stage.plan.password.is_none() {
        return Ok(());
    }
    stage.app.clock.set(stage.end - Duration::days(6));
    if let Some(case) = cases.first() {
        let firm = stage.as_firm(case);
        colleague(stage, &firm, hash).await?;
        adviser(stage, &firm, hash).await?;
        documents(stage, &firm).await?;
        aid(stage, &firm, case).await?;
    }
    register(stage, cases).await
}

async fn received(stage: &Stage<'_>, name: &str, bytes: impl Into<Bytes>) -> anyhow::Result<Received> {
    let chunks = stream::iter([Ok(bytes.into())]);
    Ok(stage.app.files.receive("file".to_owned(), name.to_owned(), crate::files::FILE_BYTES_MAX, chunks).await?)
}

async fn colleague(stage: &Stage<'_>, firm: &Actor, hash: Option<&str>) -> anyhow::Result<()> {
    let app = stage.app;
    let colleague = person(app, "preparer@demo.test", "시연 작성담당", None, hash).await?;
    let mut tx = app.db.write().await?;
    let may = [Capacity::Preparer, Capacity::Finance];
    let now = app.clock.now();
    people::join(&mut tx, firm, PersonId(colleague.id), Role::Firm, firm.organisation, &may, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn adviser(stage: &Stage<'_>, firm: &Actor, hash: Option<&str>) -> anyhow::Result<()> {
    let app = stage.app;
    let adviser = person(app, "adviser@demo.test", "시연 자문인", None, hash).await?;
    let today = app.clock.today(Seoul);
    let mandate = NewMandate {
        email: adviser.email.clone(),
        name: adviser.name.clone(),
        company: "시연 경영자문".to_owned(),
        business_number: None,
        phone: "02-555-0147".to_owned(),
        relation: Relation::Consultant,
        fee_kind: FeeKind::Percent,
        fee_won: None,
        fee_basis_points: Some(300),
        starts_on: today,
        ends_on: today + Days::new(120),
    };
    let id = give_mandate(app, firm, mandate, Once::new()).await?;
    let adviser = Actor { roles: vec![Role::Adviser], ..at_work(app, &adviser) };
    answer_mandate(app, &adviser, id, true, Once::new()).await?;
    Ok(())
}

async fn documents(stage: &Stage<'_>, firm: &Actor) -> anyhow::Result<()> {
    let today = stage.app.clock.today(Seoul);
    for (kind, name, days) in [
        (VaultKind::Registration, "사업자등록증.pdf", 400),
        (VaultKind::TaxClearance, "납세증명서.pdf", 20),
        (VaultKind::Financials, "재무제표.pdf", 30),
    ] {
        let file = received(stage, name, super::selection::DOCUMENT).await?;
        let new = NewDocument { kind, issued_on: today - Days::new(days), valid_to: None };
        put_document(stage.app, firm, new, &file, Once::new()).await?;
    }
    Ok(())
}

async fn aid(stage: &Stage<'_>, firm: &Actor, case: &Case) -> anyhow::Result<()> {
    let today = stage.app.clock.today(Seoul);
    let award = NewAward {
        agency: "시연 지방자치단체".to_owned(),
        programme: "디지털 전환 지원".to_owned(),
        reference: "DX-0001".to_owned(),
        amount: Won(30_000_000),
        awarded_on: today - Days::new(300),
    };
    declare(stage.app, firm, award, Once::new()).await?;
    let day = today - Days::new(500);
    let list = format!(
        "business_number,programme,reference,amount,awarded_on\n{},스마트공장,SF-1,\"50,000,000\",{day}\n123,스마트공장,SF-2,1,{day}\n",
        case.spec.business_number
    );
    let file = received(stage, "smart-factory.csv", list).await?;
    let officer = at_work(stage.app, &stage.cast.screener);
    let import = preview_awards(stage.app, &officer, "시연 중소기업 지원기관", &file, Once::new()).await?;
    organisations::actions::confirm_awards(stage.app, &officer, import, Once::new()).await?;
    Ok(())
}

/// The register as it stands today: all in business, but for some that never applied.
async fn register(stage: &Stage<'_>, cases: &[Case]) -> anyhow::Result<()> {
    let app = stage.app;
    app.clock.set(stage.end);
    let mut list = String::from("business_number,status,ended_on\n");
    for case in cases {
        let closed = case.spec.goal == Goal::Registered && case.spec.number.is_multiple_of(CLOSED_EVERY);
        list.push_str(&format!("{},{},\n", case.spec.business_number, if closed { "03" } else { "01" }));
    }
    for vendor in &stage.vendors {
        list.push_str(&format!("{},01,\n", vendor.business_number));
    }
    let file = received(stage, "register.csv", list).await?;
    let officer = at_work(app, &stage.cast.screener);
    import_register(app, &officer, app.clock.today(Seoul), &file, Once::new()).await?;
    organisations::recheck_stale(app).await?;
    Ok(())
}
