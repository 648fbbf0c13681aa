//! An active agreement with its voucher, as claims start from it.

use super::{
    builders::{BuiltApplication, BuiltCall, BuiltVendor},
    tester::Tester,
};
use chrono::Duration;
use voucherdesk::{
    agreements::{AgreementId, MilestoneId, VoucherId},
    core::{actor::Actor, money::Won},
    ledger::{self, Case},
};

/// An agreement that began ninety days ago and runs for a year, its voucher issued, with four equal milestones.
#[derive(Debug, Clone)]
pub struct BuiltAgreement {
    pub id: AgreementId,
    pub milestones: Vec<MilestoneId>,
    pub case: Case,
}

const MILESTONES: i64 = 4;

impl Tester {
    /// Of an application in state `agreed` (which has its commitment in the ledger).
    pub async fn agreement(
        &self,
        call: &BuiltCall,
        vendor: &BuiltVendor,
        application: &BuiltApplication,
    ) -> BuiltAgreement {
        let id = AgreementId::new();
        let total = application.support.plus(application.own);
        let case = application.case(call);
        let built = BuiltAgreement { id, milestones: (0..MILESTONES).map(|_| MilestoneId::new()).collect(), case };
        let issuer = self.person(&format!("{id}@issuer.test")).await;
        let today = self.now().date_naive();
        let mut tx = self.app.db.write().await.unwrap();
        let mut insert = tx.query(
            "INSERT INTO agreements (id, application_id, call_id, call_version, number, organisation_id, vendor_id, state,
                starts_on, ends_on, total_won, support_won, own_won, content, content_sha256, offered_at, answer_by, state_since)
             VALUES (",
            (),
        );
        insert.add(
            "?, ?, ?, 1, ?, ?, ?, 'active', ?, ?, ",
            (
                id,
                application.id,
                call.call,
                format!("AG-{}", id.0.simple()),
                application.firm,
                vendor.vendor,
                today - Duration::days(90),
                today + Duration::days(275),
            ),
        );
        insert.add(
            "?, ?, ?, '{}', ?, ?, ?, ?)",
            (total, application.support, application.own, vec![7_u8; 32], self.now(), self.now(), self.now()),
        );
        tx.execute(insert).await.unwrap();
        tx.run(
            "INSERT INTO agreement_versions (agreement_id, version, content, content_sha256, made_at, in_force_at)
             SELECT id, 1, content, content_sha256, offered_at, offered_at FROM agreements WHERE id = $1",
            (id,),
        )
        .await
        .unwrap();
        let voucher = VoucherId::new();
        tx.run(
            "INSERT INTO vouchers (id, agreement_id, number, amount_won, state, issued_by, issued_at, expires_on)
             VALUES ($1, $2, $3, $4, 'issued', $5, $6, $7)",
            (
                voucher,
                id,
                format!("VC-{}", voucher.0.simple()),
                application.support,
                issuer,
                self.now(),
                today + Duration::days(275),
            ),
        )
        .await
        .unwrap();
        for (milestone, position) in built.milestones.iter().zip(1_i64..) {
            tx.run(
                "INSERT INTO milestones (id, agreement_id, position, name, deliverables, due_on, supply_won, support_won, state)
                 VALUES ($1, $2, $3, $4, '비전 검사 설치', $5, $6, $7, 'planned')",
                (
                    *milestone,
                    id,
                    position,
                    format!("{position}단계"),
                    today + Duration::days(30 * position),
                    Won(total.0 / MILESTONES),
                    Won(application.support.0 / MILESTONES),
                ),
            )
            .await
            .unwrap();
        }
        tx.run(
            "INSERT INTO agreement_lines (id, agreement_id, position, category, description, quantity, unit_price_won, support_won, own_won)
             VALUES ($1, $2, 1, 'solution_licence', '비전검사 AI 표준', 1, $3, $4, $5)",
            (voucherdesk::core::ids::new_uuid(), id, total, application.support, application.own),
        )
        .await
        .unwrap();
        ledger::issue(&mut tx, &Actor::system(), &case, voucher.0, application.support, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        built
    }
}
