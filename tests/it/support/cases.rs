//! Cases as far as money goes, with everything that must stand behind it: reviews, decision, agreement, claim, payment.

use super::{
    builders::{BuiltApplication, BuiltCall, BuiltVendor},
    tester::Tester,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Duration;
use sha2::{Digest, Sha256};
use uuid::Uuid;
use voucherdesk::{
    agreements::AgreementId,
    audit::{self, Record},
    core::{actor::Actor, money::Won},
    ledger,
    people::PersonId,
};

/// A case whose agreement is active and whose voucher is issued.
#[derive(Debug, Clone)]
pub struct BuiltCase {
    pub application: BuiltApplication,
    pub agreement: AgreementId,
}

fn sha256(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

impl Tester {
    async fn somebody(&self, what: &str) -> PersonId {
        self.person(&format!("{what}-{}@case.test", Uuid::now_v7().simple())).await
    }

    /// What stands behind a state: the last record of how it came to be.
    pub async fn note_state(&self, application: &BuiltApplication, state: &str) {
        let mut tx = self.app.db.write().await.unwrap();
        let record = Record::new("application", application.id, "application_moved").with("state", state);
        audit::record(&mut tx, &Actor::system(), record, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Three locked reviews of 80 points each and the decision that rests on them; answers who decided.
    pub async fn decide(&self, application: &BuiltApplication) -> PersonId {
        let manager = self.somebody("manager").await;
        let mut reviewers = Vec::new();
        for _ in 0..3 {
            reviewers.push(self.somebody("reviewer").await);
        }
        let mut tx = self.app.db.write().await.unwrap();
        for reviewer in &reviewers {
            let assignment = Uuid::now_v7();
            tx.run(
                "INSERT INTO review_assignments (id, application_id, reviewer_id, state, assigned_by, assigned_at)
                 VALUES ($1, $2, $3, 'accepted', $4, $5)",
                (assignment, application.id, *reviewer, manager, self.now()),
            )
            .await
            .unwrap();
            for item in ["problem", "feasibility", "solution", "outcome", "budget", "governance"] {
                tx.run(
                    "INSERT INTO review_scores (assignment_id, item, points, comment) VALUES ($1, $2, 80, '')",
                    (assignment, item),
                )
                .await
                .unwrap();
            }
            tx.run(
                "UPDATE review_assignments SET state = 'locked', locked_at = $2, total_milli = 80000 WHERE id = $1",
                (assignment, self.now()),
            )
            .await
            .unwrap();
        }
        tx.run(
            "INSERT INTO decisions (id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at)
             VALUES ($1, $2, 1, 'selected', 80000, 1, $3, 'within_budget', '', $4, $5)",
            (Uuid::now_v7(), application.id, application.support, manager, self.now()),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, 'selected', $3, $4)",
            (Uuid::now_v7(), application.id, manager, self.now()),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        manager
    }

    /// A case of the firm with number `number`: agreement active, baseline locked, voucher issued over all of `support`.
    pub async fn active_case(&self, call: &BuiltCall, vendor: &BuiltVendor, number: u16, support: i64) -> BuiltCase {
        let application = self.application(call, vendor, number, "agreed", support).await;
        self.note_state(&application, "agreed").await;
        let manager = self.decide(&application).await;
        let (firm, of_vendor) = (self.somebody("firm").await, self.somebody("vendor").await);
        let agreement = AgreementId::new();
        let (now, today) = (self.now(), self.now().date_naive());
        let total = application.support.plus(application.own);
        let mut tx = self.app.db.write().await.unwrap();
        let mut insert = tx.query(
            "INSERT INTO agreements (id, application_id, call_id, call_version, number, organisation_id, vendor_id, state, starts_on,
                ends_on, total_won, support_won, own_won, content, content_sha256, offered_at, answer_by, firm_assent_by, firm_assent_at,
                vendor_assent_by, vendor_assent_at, agency_assent_by, agency_assent_at, state_since) VALUES (",
            (),
        );
        insert.add(
            "?, ?, ?, 1, ?, ?, ?, 'active', ?, ?, ?, ?, ?, '협약 내용', ?, ",
            (
                agreement,
                application.id,
                call.call,
                format!("AG2027-{number:04}"),
                application.firm,
                vendor.vendor,
                today,
                today + Duration::days(200),
                total,
                application.support,
                application.own,
                sha256("협약 내용"),
            ),
        );
        insert.add("?, ?, ?, ?, ?, ?, ?, ?, ?)", (now, now, firm, now, of_vendor, now, manager, now, now));
        tx.execute(insert).await.unwrap();
        tx.run(
            "INSERT INTO agreement_lines (id, agreement_id, position, category, description, quantity, unit_price_won, support_won, own_won)
             VALUES ($1, $2, 1, 'solution_licence', '비전검사 AI 표준', 1, $3, $4, $5)",
            (Uuid::now_v7(), agreement, total, application.support, application.own),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO agreement_indicators (id, agreement_id, position, name, unit, direction, baseline_milli, target_milli, locked_at)
             VALUES ($1, $2, 1, '불량 유출률', 'ppm', 'down', 850000, 200000, $3)",
            (Uuid::now_v7(), agreement, now),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO milestones (id, agreement_id, position, name, deliverables, due_on, supply_won, support_won, state)
             VALUES ($1, $2, 1, '설치와 검수', '검사 장비 연동', $3, $4, $5, 'planned')",
            (Uuid::now_v7(), agreement, today + Duration::days(100), total, application.support),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO agreement_versions (agreement_id, version, content, content_sha256, made_at, in_force_at)
             SELECT id, 1, content, content_sha256, offered_at, offered_at FROM agreements WHERE id = $1",
            (agreement,),
        )
        .await
        .unwrap();
        let voucher = Uuid::now_v7();
        tx.run(
            "INSERT INTO vouchers (id, agreement_id, number, amount_won, state, issued_by, issued_at, expires_on)
             VALUES ($1, $2, $3, $4, 'issued', $5, $6, $7)",
            (
                voucher,
                agreement,
                format!("VC2027-{number:04}"),
                application.support,
                manager,
                now,
                today + Duration::days(200),
            ),
        )
        .await
        .unwrap();
        ledger::issue(&mut tx, &Actor::system(), &application.case(call), voucher, application.support, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        BuiltCase { application, agreement }
    }

    /// As `active_case`, delivered, accepted, claimed and paid in whole.
    pub async fn paid_case(&self, call: &BuiltCall, vendor: &BuiltVendor, number: u16, support: i64) -> BuiltCase {
        let built = self.active_case(call, vendor, number, support).await;
        let application = built.application;
        let (seller, buyer) = (self.somebody("seller").await, self.somebody("buyer").await);
        let officer = self.somebody("officer").await;
        let mut payers = Vec::new();
        for _ in 0..3 {
            payers.push(self.somebody("payer").await);
        }
        let (claim, batch, payment) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let (now, today) = (self.now(), self.now().date_naive());
        let supply = application.support.plus(application.own);
        let case = application.case(call);
        let mut tx = self.app.db.write().await.unwrap();
        tx.run(
            "UPDATE milestones SET state = 'accepted', delivered_by = $2, delivered_at = $4, answered_by = $3, answered_at = $4
             WHERE agreement_id = $1",
            (built.agreement, seller, buyer, now),
        )
        .await
        .unwrap();
        let mut insert = tx.query(
            "INSERT INTO claims (id, number, agreement_id, milestone_id, application_id, call_version, vendor_id, organisation_id, state,
                invoice_no, issued_on, supplied_on, supplier_number, buyer_number, supply_won, vat_won, total_won, support_won, source,
                submitted_by, submitted_at, delivery_by, delivery_at, checked_by, checked_at, state_since) SELECT ",
            (),
        );
        insert.add("?, ?, ", (claim, format!("CL2027-{number:04}")));
        insert.add(
            "agreement_id, id, ?, 1, ?, ?, 'paid', 'INV-1', ?, ?, '1018100001', '1018100002', ?, ?, ?, ?, 'form', ",
            {
                let vat = supply.vat();
                (
                    application.id,
                    vendor.vendor,
                    application.firm,
                    today,
                    today,
                    supply,
                    vat,
                    supply.plus(vat),
                    application.support,
                )
            },
        );
        insert.add("?, ?, ?, ?, ?, ?, ? FROM milestones WHERE agreement_id = ?", {
            (seller, now, buyer, now, officer, now, now, built.agreement)
        });
        tx.execute(insert).await.unwrap();
        tx.run(
            "INSERT INTO tax_invoices (approval_number, claim_id, taken_at) VALUES ($1, $2, $3)",
            (format!("2027030210000000{number:08}"), claim, now),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO payment_batches (id, number, state, payment_count, total_won, prepared_by, prepared_at, approved_by, approved_at,
                released_by, released_at, file_text, file_sha256, state_since)
             VALUES ($1, $2, 'prepared', 1, $3, $4, $7, $5, $7, $6, $7, $9, $8, $7)",
            (
                batch,
                format!("PB2027-{number:04}"),
                application.support,
                payers[0],
                payers[1],
                payers[2],
                now,
                sha256("bank file"),
                STANDARD.encode(self.app.seal.seal("bank_file", "bank file")),
            ),
        )
        .await
        .unwrap();
        tx.run(
            "INSERT INTO payments (id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, attempt, instruction_id, amount_won, bank_code,
                account_sealed, account_ending, account_holder, state, answered_by, answered_at, state_since)
             VALUES ($1, $2, $3, $4, $5, $6, 1, $6, $7, '004', $8, '6789', '한빛정밀', 'confirmed', $9, $10, $10)",
            (
                payment,
                claim,
                application.id,
                vendor.vendor,
                batch,
                format!("PM2027-{number:04}"),
                application.support,
                vec![1_u8; 8],
                payers[0],
                now,
            ),
        )
        .await
        .unwrap();
        tx.run("UPDATE payment_batches SET state = 'settled' WHERE id = $1", (batch,)).await.unwrap();
        for (act, person) in [
            ("claim_approved", officer),
            ("payment_prepared", payers[0]),
            ("payment_approved", payers[1]),
            ("payment_released", payers[2]),
        ] {
            tx.run(
                "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, $3, $4, $5)",
                (Uuid::now_v7(), application.id, act, person, now),
            )
            .await
            .unwrap();
        }
        let (system, amount): (Actor, Won) = (Actor::system(), application.support);
        ledger::hold(&mut tx, &system, &case, claim, amount, now).await.unwrap();
        ledger::order(&mut tx, &system, &case, payment, amount, now).await.unwrap();
        ledger::pay(&mut tx, &system, &case, payment, amount, now).await.unwrap();
        tx.run("UPDATE vouchers SET state = 'exhausted' WHERE agreement_id = $1", (built.agreement,)).await.unwrap();
        tx.commit().await.unwrap();
        built
    }
}
