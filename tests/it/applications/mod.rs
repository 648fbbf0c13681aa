//! Stories of applications: written in parts, submitted once, screened, withdrawn.

mod closing;
mod conflicts;
mod documents;
mod ends;
mod questions;
mod screening;
mod submitting;
mod writing;

use crate::support::{
    Browser, Seen, Tester,
    browser::FormOnPage,
    builders::{BuiltCall, BuiltVendor},
};
use chrono::Duration;
use uuid::Uuid;
use voucherdesk::{
    applications::{
        self, ApplicationId,
        actions::{self, Edit, NewCost, NewIndicator, NewPackage, NewUseCase, NewWorkload, Screening},
        rules::{DataClass, DecisionImpact, Direction, LanguageClass, LatencyClass},
    },
    audit,
    core::{actor::Actor, money::Won, refusal::Trouble, roles::Role},
    db::once::Once,
    files::{FileId, Received},
    ledger::{self, Account, AccountKind},
    organisations::OrganisationId,
    programmes::{CallRules, CostCategory},
    vendors::{Hosting, ModelOrigin},
};

pub const BUDGET: Won = Won(1_000_000_000);
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n";

/// A firm with somebody who acts for it, signed in.
pub struct Firm {
    pub organisation: OrganisationId,
    pub email: String,
    pub browser: Browser,
}

pub async fn firm(t: &Tester, number: u16) -> Firm {
    let organisation = t.organisation(number).await;
    let email = format!("firm{number}@firm.test");
    let person = t.person(&email).await;
    t.grant(person, Role::Firm, Some(organisation.0)).await;
    Firm { organisation, browser: t.signed_in(&email).await, email }
}

/// Starts an application; answers its path.
pub async fn start(browser: &mut Browser, call: &BuiltCall) -> String {
    let new = format!("/applications/new?call={}", call.call);
    browser.fill_and_follow(&new, "/applications/new", &[]).await.path
}

#[track_caller]
pub fn exact(seen: &Seen, action: &str) -> FormOnPage {
    let form = seen.forms().into_iter().find(|form| form.action == action);
    form.unwrap_or_else(|| panic!("no form for exactly {action} on {}: {}", seen.path, seen.text()))
}

/// Fills in the form for `path` on the page at `path` and sends it.
pub async fn save(browser: &mut Browser, path: &str, values: &[(&str, &str)]) -> Seen {
    let form = exact(&browser.see(path).await, path).with(values);
    browser.submit(form).await
}

pub async fn saved(browser: &mut Browser, path: &str, values: &[(&str, &str)]) -> Seen {
    let seen = save(browser, path, values).await;
    assert_eq!(seen.status, 303, "{path}: {}", seen.text());
    browser.follow(seen).await
}

async fn upload(browser: &mut Browser, path: &str, kind: &str, name: &str, bytes: &[u8]) -> Seen {
    let page = browser.see(&format!("{path}/documents")).await;
    browser.submit(exact(&page, &format!("{path}/documents/{kind}")).file("file", name, bytes)).await
}

const USE_CASE: [(&str, &str); 5] = [
    ("title", "용접 불량 검출"),
    ("use_case", "QC_VISION"),
    ("process_name", "용접 검사"),
    ("problem", "검사에 하루 네 시간이 듭니다."),
    ("plan", "비전 AI를 도입합니다."),
];
const WORKLOAD: [(&str, &str); 7] = [
    ("data_class", "D1"),
    ("latency_class", "L1"),
    ("language_class", "non_text"),
    ("decision_impact", "human_in_loop"),
    ("model_origin", "sovereign"),
    ("hosting", "kr_public_cloud"),
    ("human_oversight", "검사원이 확인합니다."),
];
const INDICATOR: [(&str, &str); 7] = [
    ("name", "불량 유출률"),
    ("unit", "ppm"),
    ("direction", "down"),
    ("baseline", "850.5"),
    ("target", "200"),
    ("baseline_period", "2026년 하반기"),
    ("baseline_source", "라인 기록"),
];
const LICENCE: [(&str, &str); 5] = [
    ("category", "solution_licence"),
    ("description", "비전검사 AI 표준"),
    ("quantity", "2"),
    ("unit_price", "10,000,000"),
    ("support", "16,000,000"),
];
const WORK: [(&str, &str); 5] = [
    ("category", "integration"),
    ("description", "설비 연동"),
    ("quantity", "1"),
    ("unit_price", "30000000"),
    ("support", "24000000"),
];

pub async fn fill_in(browser: &mut Browser, path: &str, vendor: &BuiltVendor) {
    saved(browser, &format!("{path}/use-case"), &USE_CASE).await;
    saved(browser, &format!("{path}/workload"), &WORKLOAD).await;
    saved(browser, &format!("{path}/indicators"), &INDICATOR).await;
    let package = vendor.package.to_string();
    saved(browser, &format!("{path}/solution"), &[("package", &package), ("quantity", "2")]).await;
    saved(browser, &format!("{path}/costs"), &LICENCE).await;
    saved(browser, &format!("{path}/costs"), &WORK).await;
    for kind in ["plan", "registration"] {
        assert_eq!(upload(browser, path, kind, "계획서.pdf", PDF).await.status, 303);
    }
}

/// The link to change a row of a list, by its place from 0.
#[track_caller]
pub fn row_link(seen: &Seen, list: &str, place: usize) -> String {
    let rows: Vec<String> = seen.links().into_iter().filter(|link| link.contains(&format!("/{list}/"))).collect();
    rows.get(place).cloned().unwrap_or_else(|| panic!("no row {place}: {rows:?} on {}", seen.path))
}

pub async fn submit(browser: &mut Browser, path: &str) -> Seen {
    save(browser, &format!("{path}/submit"), &[("certify", "yes")]).await
}

pub async fn submitted(t: &Tester, number: u16, call: &BuiltCall, vendor: &BuiltVendor) -> (Firm, String) {
    let mut firm = firm(t, number).await;
    let path = start(&mut firm.browser, call).await;
    fill_in(&mut firm.browser, &path, vendor).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    (firm, path)
}

pub fn id_of(path: &str) -> ApplicationId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// The value behind a heading of a summary list.
fn row(seen: &Seen, key: &str) -> String {
    let text = seen.text();
    let after = text.split(&format!("{key} ")).nth(1).unwrap_or_else(|| panic!("no {key}: {text}"));
    after.split(' ').next().unwrap().to_owned()
}
