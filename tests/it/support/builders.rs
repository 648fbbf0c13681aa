//! Rows that a story starts from when it is not about how they came to be.

use super::{browser::Browser, tester::Tester};
use chrono::{Duration, NaiveDate};
use sqlx::types::Json;
use uuid::Uuid;
use voucherdesk::{
    applications::ApplicationId,
    core::{actor::Actor, money::Won, numbers::BusinessNumber, roles::Role},
    ledger,
    organisations::OrganisationId,
    programmes::{CallId, CallRules, ProgrammeId},
    vendors::{PackageId, SolutionId, VendorId},
};

/// A published call that opened yesterday and closes in thirty days, with its budget in the ledger.
#[derive(Debug, Clone, Copy)]
pub struct BuiltCall {
    pub programme: ProgrammeId,
    pub call: CallId,
}

/// An approved vendor with one solution and one package at 10,000,000 won.
#[derive(Debug, Clone)]
pub struct BuiltVendor {
    pub organisation: OrganisationId,
    pub vendor: VendorId,
    pub package: PackageId,
}

/// An application with two cost lines, one indicator and a submission.
#[derive(Debug, Clone, Copy)]
pub struct BuiltApplication {
    pub id: ApplicationId,
    pub firm: OrganisationId,
    pub support: Won,
    pub own: Won,
}

impl BuiltApplication {
    pub fn case(&self, call: &BuiltCall) -> ledger::Case {
        ledger::Case {
            application: self.id.0,
            call: call.call.0,
            programme: call.programme.0,
            organisation: self.firm.0,
        }
    }
}

impl Tester {
    /// An active small manufacturing firm in Seoul; `number` makes its business number.
    pub async fn organisation(&self, number: u16) -> OrganisationId {
        let id = OrganisationId::new();
        let business_number = BusinessNumber::from_parts(101, 81, number).unwrap();
        let mut tx = self.app.db.write().await.unwrap();
        let mut insert = tx.query(
            "INSERT INTO organisations (id, business_number, legal_name, kind, vat_type, representative_name, industry_code,
                region_code, address, phone, employees_regular, founded_on, large_group, register_status, register_checked_at,
                created_at, search_text) VALUES (",
            (),
        );
        insert.add(
            "?, ?, ?, 'corporation', 'general', ?, 'C26', 'KR-11', ?, ?, 20, ?, FALSE, 'active', ?, ?, '')",
            (
                id,
                business_number.as_str().to_owned(),
                format!("한빛정밀 {number}"),
                format!("대표자 {number}"),
                format!("서울특별시 중구 세종대로 {number}"),
                format!("02-700-{number:04}"),
                NaiveDate::from_ymd_opt(2015, 3, 2).unwrap(),
                self.now(),
                self.now(),
            ),
        );
        tx.execute(insert).await.unwrap();
        tx.run(
            "INSERT INTO organisation_financials (organisation_id, fiscal_year, sales_won, total_assets_won, equity_won, capital_won, given_at)
             VALUES ($1, 2026, 3000000000, 2000000000, 1000000000, 300000000, $2)",
            (id, self.now()),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO size_assessments (id, organisation_id, as_of, class, inputs, assessed_at)
             VALUES ($1, $2, $3, 'small', $4, $5)",
            (Uuid::now_v7(), id, self.now().date_naive(), Json(serde_json::json!({})), self.now()),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// Somebody who acts for `organisation` in `role`, signed in.
    pub async fn member(&self, organisation: OrganisationId, role: Role) -> Browser {
        let email = format!("{}@{role}.test", Uuid::now_v7().simple());
        let person = self.person(&email).await;
        self.grant(person, role, Some(organisation.0)).await;
        self.signed_in(&email).await
    }

    pub async fn call(&self, budget: Won) -> BuiltCall {
        self.call_by(budget, CallRules::ai_voucher()).await
    }

    pub async fn call_by(&self, budget: Won, rules: CallRules) -> BuiltCall {
        let built = BuiltCall { programme: ProgrammeId::new(), call: CallId::new() };
        let mut tx = self.app.db.write().await.unwrap();
        tx.run(
            "INSERT INTO programmes (id, code, name_ko, name_en, year, zone, firm_cap_won, made_at)
             VALUES ($1, $2, 'AI 바우처 지원사업', 'AI Voucher Programme', 2027, 'Asia/Seoul', 200000000, $3)",
            (built.programme, built.programme.to_string(), self.now()),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO calls (id, programme_id, code, name_ko, name_en, state, opens_at, closes_at, grace_seconds, budget_won, version, made_at)
             VALUES ($1, $2, $3, '2027년 1차 공고', 'First call of 2027', 'published', $4, $5, 600, $6, 1, $7)",
            (
                built.call,
                built.programme,
                built.call.to_string(),
                self.now() - Duration::days(1),
                self.now() + Duration::days(30),
                budget,
                self.now(),
            ),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO call_versions (call_id, version, rules, made_at) VALUES ($1, 1, $2, $3)",
            (built.call, Json(rules), self.now()),
        )
        .await
        .unwrap();
        ledger::appropriate(&mut tx, &Actor::system(), built.call.0, budget, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        built
    }

    pub async fn vendor(&self, number: u16) -> BuiltVendor {
        let organisation = self.organisation(number).await;
        let built = BuiltVendor { organisation, vendor: VendorId::new(), package: PackageId::new() };
        let solution = SolutionId::new();
        let today = self.now().date_naive();
        let mut tx = self.app.db.write().await.unwrap();
        tx.run(
            "INSERT INTO vendors (id, organisation_id, registry_no, state, website, support_email, support_phone, references_text,
                bank_code, account_sealed, account_ending, account_holder, submitted_at, decided_at, expires_on, created_at, search_text)
             VALUES ($1, $2, $3, 'approved', 'https://vendor.test', 'help@vendor.test', '02-100-2000', '참고 고객', '004', $4, '6789', $5,
                $6, $6, $7, $6, '')",
            (
                built.vendor,
                organisation,
                format!("V2027-{number}"),
                self.app.seal.seal("account", "11012346789"),
                format!("한빛정밀 {number}"),
                self.now(),
                today + Duration::days(365),
            ),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO solutions (id, vendor_id, name, summary, use_case, model_origin, model_names, hosting, trains_on_customer_data,
                exit_terms, created_at, search_text)
             VALUES ($1, $2, '비전검사 AI', '불량을 찾습니다', 'QC_VISION', 'sovereign', '한빛-비전 2', 'kr_public_cloud', FALSE, '30일 안에 삭제', $3, '')",
            (solution, built.vendor, self.now()),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO packages (id, solution_id, name, unit, unit_price_won, included, valid_from, created_at)
             VALUES ($1, $2, '표준', '라인', 10000000, '설치와 교육', $3, $4)",
            (built.package, solution, today - Duration::days(10), self.now()),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        built
    }

    /// An application of the firm with number `number` in `state`, asking for `support` won at a share of 80 %.
    /// The ledger holds a commitment for `selected` and `agreed`.
    pub async fn application(
        &self,
        call: &BuiltCall,
        vendor: &BuiltVendor,
        number: u16,
        state: &'static str,
        support: i64,
    ) -> BuiltApplication {
        let firm = self.organisation(number).await;
        self.application_of(call, vendor, firm, state, support).await
    }

    pub async fn application_of(
        &self,
        call: &BuiltCall,
        vendor: &BuiltVendor,
        firm: OrganisationId,
        state: &'static str,
        support: i64,
    ) -> BuiltApplication {
        let own = support / 4;
        let built = BuiltApplication { id: ApplicationId::new(), firm, support: Won(support), own: Won(own) };
        let person = self.person(&format!("{}@applied.test", built.id)).await;
        let mut tx = self.app.db.write().await.unwrap();
        let mut insert = tx.query(
            "INSERT INTO applications (id, call_id, call_version, organisation_id, vendor_id, package_id, package_quantity, state,
                receipt_no, title, use_case, process_name, problem, plan, data_class, latency_class, language_class, decision_impact,
                model_origin, hosting, human_oversight, total_won, support_won, own_won, size_class, region_code, industry_code,
                submitted_at, submitted_by, submitted_hash, created_at, state_since, search_text) VALUES (",
            (),
        );
        insert.add(
            "?, ?, 1, ?, ?, ?, 1, ?, ?, '불량 검출 자동화', 'QC_VISION', '외관 검사', '검사 시간이 깁니다', '비전 AI를 도입합니다',
             'D1', 'L1', 'ko', 'human_in_loop', 'sovereign', 'kr_public_cloud', '검사원이 확인합니다', ",
            (built.id, call.call, firm, vendor.vendor, vendor.package, state, format!("AV2027-{}", built.id.0.simple())),
        );
        insert.add(
            "?, ?, ?, 'small', 'KR-11', 'C26', ?, ?, ?, ?, ?, '')",
            (Won(support + own), built.support, built.own, self.now(), person, sha256("{}"), self.now(), self.now()),
        );
        tx.execute(insert).await.unwrap();
        tx.run(
            "INSERT INTO application_costs (id, application_id, position, category, description, quantity, unit_price_won, support_won, own_won)
             VALUES ($1, $2, 1, 'solution_licence', '비전검사 AI 표준', 1, $3, $4, $5)",
            (Uuid::now_v7(), built.id, Won(support + own), built.support, built.own),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO application_indicators (id, application_id, position, name, unit, direction, baseline_milli, target_milli,
                baseline_period, baseline_source)
             VALUES ($1, $2, 1, '불량 유출률', 'ppm', 'down', 850000, 200000, '2026년 하반기', '라인 기록')",
            (Uuid::now_v7(), built.id),
        )
        .await
        .unwrap();
        if state != "draft" {
            tx.run(
                "INSERT INTO application_submissions (application_id, round, content, sha256, received_at, received_from)
                 VALUES ($1, 1, '{}', $2, $3, $4)",
                (built.id, sha256("{}"), self.now(), person),
            )
            .await
            .unwrap();
        }
        if matches!(state, "selected" | "agreed") {
            let case = built.case(call);
            let cap = ledger::Cap::of_firm(case.programme, case.organisation, Won(200_000_000));
            ledger::commit(&mut tx, &Actor::system(), &case, &[cap], built.support, built.id.0, self.now())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        built
    }
}

fn sha256(text: &str) -> Vec<u8> {
    use sha2::Digest;
    sha2::Sha256::digest(text).to_vec()
}
