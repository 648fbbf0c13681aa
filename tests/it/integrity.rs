//! Stories of integrity: what is sound is found sound, every planted corruption is named, flags end with a reason.

use crate::support::{Tester, cases::BuiltCase};
use chrono::Duration;
use uuid::Uuid;
use voucherdesk::{
    audit,
    core::{actor::Actor, money::Won, roles::Role},
    integrity, outcomes,
};

/// A population with cases of several kinds; the first is paid, the second active, the third selected.
async fn population(t: &Tester) -> Vec<BuiltCase> {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let paid = t.paid_case(&call, &vendor, 2, 80_000_000).await;
    let active = t.active_case(&call, &vendor, 3, 40_000_000).await;
    let selected = t.application(&call, &vendor, 4, "selected", 20_000_000).await;
    t.note_state(&selected, "selected").await;
    t.decide(&selected).await;
    let submitted = t.application(&call, &vendor, 5, "submitted", 20_000_000).await;
    t.note_state(&submitted, "submitted").await;
    audit::seal(&t.app.db).await.unwrap();
    vec![paid, active]
}

async fn run(t: &Tester, sql: &'static str) {
    let mut tx = t.app.db.write().await.unwrap();
    let rows = tx.run(sql, ()).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    assert!(rows > 0, "{sql}");
    tx.commit().await.unwrap();
}

/// Takes away what the engine itself would refuse: somebody with the database in their hands.
async fn without_guards(t: &Tester) {
    let mut tx = t.app.db.write().await.unwrap();
    match tx.dialect() {
        voucherdesk::db::Dialect::Sqlite => {
            let names: Vec<String> =
                tx.values("SELECT name FROM sqlite_schema WHERE type = 'trigger'", ()).await.unwrap();
            for name in names {
                tx.run(Box::leak(format!("DROP TRIGGER {name}").into_boxed_str()), ()).await.unwrap();
            }
        }
        voucherdesk::db::Dialect::Postgres => {
            tx.run(
                "DO LANGUAGE plpgsql 'DECLARE t record; BEGIN
                    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = ''public'' LOOP
                        EXECUTE format(''ALTER TABLE %I DISABLE TRIGGER USER'', t.tablename);
                    END LOOP; END'",
                (),
            )
            .await
            .unwrap();
        }
    }
    tx.commit().await.unwrap();
}

async fn broken(t: &Tester) -> Vec<&'static str> {
    integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap().breaches().map(|check| check.name).collect()
}

both!(a_sound_population_is_found_sound, async |t: Tester| {
    population(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    let report = integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap();
    assert_eq!(report.breaches().collect::<Vec<_>>(), Vec::<&integrity::Check>::new());
    assert!(report.holds());
    let looked_at_nothing: Vec<&str> =
        report.checks.iter().filter(|check| check.rows == 0).map(|check| check.name).collect();
    assert_eq!(
        looked_at_nothing,
        [
            "recoveries_balance",
            "recoveries_open",
            "recoveries_within_paid",
            "cap_counts",
            "held_is_approved",
            "payable_is_ordered",
            "flags_end_with_reason",
            "exports_with_purpose",
            "cap_limits",
            "closed_months",
        ]
    );
    let empty = integrity::verify(&Tester::on_sqlite().await.app.db, None).await.unwrap();
    assert!(empty.holds());
});

/// One hand with the database plants these one after the other; each is named as soon as it is there.
const PLANTED: &[(&str, &str)] = &[
    (
        "audit_chain",
        "UPDATE audit_records SET detail = '{\"state\":\"agreed\",\"x\":\"\"}' WHERE seq = (SELECT MIN(seq) FROM audit_records WHERE kind = 'application_moved')",
    ),
    ("submission_hashes", "UPDATE application_submissions SET content = '{\"support\":1}'"),
    ("agreement_hashes", "UPDATE agreements SET content = 'another'"),
    ("bank_file_hashes", "UPDATE payment_batches SET file_text = 'another account'"),
    ("scores_recomputed", "UPDATE review_scores SET points = 100 WHERE item = 'budget'"),
    (
        "decisions_reviewed",
        "UPDATE review_assignments SET state = 'accepted' WHERE id = (SELECT id FROM review_assignments ORDER BY id LIMIT 1)",
    ),
    ("decisions_reasoned", "UPDATE decisions SET reason = ''"),
    (
        "deciders_apart",
        "UPDATE decisions SET decided_by = (SELECT r.reviewer_id FROM review_assignments r WHERE r.application_id = decisions.application_id AND r.state = 'locked' ORDER BY r.id LIMIT 1)",
    ),
    (
        "duties_apart",
        "UPDATE duties SET person_id = (SELECT d.person_id FROM duties d WHERE d.act = 'selected' AND d.case_id = duties.case_id) WHERE act = 'claim_approved'",
    ),
    ("payers_apart", "UPDATE claims SET checked_by = (SELECT approved_by FROM payment_batches ORDER BY id LIMIT 1)"),
    ("approval_numbers", "DELETE FROM tax_invoices"),
    ("accepted_before_approval", "UPDATE milestones SET state = 'planned' WHERE state = 'accepted'"),
    ("three_assents", "UPDATE agreements SET agency_assent_at = NULL"),
    ("baselines_locked", "DELETE FROM agreement_indicators"),
    ("outcomes_measured", "UPDATE outcome_reports SET state = 'verified'"),
    ("cost_lines_add_up", "DELETE FROM application_costs"),
    ("agreement_lines_add_up", "DELETE FROM agreement_lines"),
    ("one_chain", "UPDATE agreements SET call_id = (SELECT id FROM calls WHERE code = 'another')"),
    ("awards_held", "UPDATE decisions SET amount_won = amount_won - 1"),
    (
        "vendor_is_not_firm",
        "UPDATE vendors SET organisation_id = (SELECT organisation_id FROM applications ORDER BY id LIMIT 1)",
    ),
    ("application_histories", "UPDATE applications SET state = 'closed' WHERE state = 'agreed'"),
    ("others_hold_nothing", "UPDATE applications SET state = 'withdrawn' WHERE state = 'selected'"),
    ("sent_in_released_batches", "UPDATE payment_batches SET state = 'approved'"),
    ("batch_totals", "UPDATE payment_batches SET total_won = total_won + 1"),
    ("payments_match_claims", "UPDATE payments SET amount_won = amount_won + 1"),
    ("claims_within_vouchers", "UPDATE vouchers SET amount_won = 1"),
    ("vouchers_within_agreements", "UPDATE vouchers SET amount_won = 900000000"),
    ("awards_within_requests", "UPDATE decisions SET amount_won = amount_won + 2"),
    ("agreements_within_awards", "UPDATE agreements SET support_won = support_won + 9, total_won = total_won + 9"),
    ("appropriations", "UPDATE calls SET budget_won = budget_won + 1"),
    ("cap_uses", "UPDATE ledger_postings SET case_id = id WHERE kind = 'commit'"),
    (
        "ledger_entries",
        "INSERT INTO ledger_postings (id, at, kind, case_id, reference) SELECT case_id, at, kind, case_id, 'nothing' FROM ledger_postings ORDER BY id LIMIT 1",
    ),
    ("ledger_overdrafts", "UPDATE ledger_accounts SET may_be_negative = TRUE WHERE kind = 'paid'"),
    ("firm_caps", "UPDATE programmes SET firm_cap_won = 1"),
    ("ledger_balances", "UPDATE ledger_accounts SET balance_won = balance_won + 1 WHERE kind = 'budget'"),
    ("caps_used", "UPDATE ledger_accounts SET balance_won = balance_won + 1 WHERE kind = 'cap_used'"),
    ("payable_is_ordered", "UPDATE ledger_accounts SET balance_won = balance_won + 1 WHERE kind = 'payable'"),
    ("held_is_approved", "UPDATE ledger_accounts SET balance_won = balance_won + 1 WHERE kind = 'held'"),
    (
        "ledger_postings",
        "UPDATE ledger_entries SET amount_won = amount_won + 1 WHERE id = (SELECT id FROM ledger_entries ORDER BY id LIMIT 1)",
    ),
    (
        "recoveries_open",
        "INSERT INTO recoveries (id, number, application_id, debtor_id, debtor_role, cause, reason, legal_basis, paid_won,
            principal_won, surcharge_won, interest_from, state, noticed_by, noticed_at, object_until, principal_open_won,
            surcharge_open_won, interest_open_won, interest_until, interest_rest, state_since)
         SELECT a.id, 'RC', a.id, a.organisation_id, 'firm', 'overpaid', '', '', 80000000, 1, 0, c.issued_on, 'due', a.submitted_by,
            a.submitted_at, c.issued_on, 1, 0, 0, c.issued_on, 0, a.submitted_at
         FROM claims c JOIN applications a ON a.id = c.application_id",
    ),
    ("recoveries_within_paid", "UPDATE recoveries SET paid_won = 900000000, principal_won = 900000000"),
    (
        "recoveries_balance",
        "INSERT INTO ledger_accounts (id, kind, owner_id, scope_id, may_be_negative, balance_won, opened_at)
         SELECT id, 'recoverable', id, id, FALSE, 5, created_at FROM organisations ORDER BY id LIMIT 1",
    ),
    (
        "closed_months",
        "INSERT INTO ledger_periods (month, state, proposed_by, closed_by, closed_at, report, report_sha256)
         SELECT '2027-01', 'closed', a.id, b.id, a.created_at, 'nothing moved', (SELECT content_sha256 FROM agreements ORDER BY id LIMIT 1)
         FROM people a JOIN people b ON b.id > a.id ORDER BY a.id, b.id LIMIT 1",
    ),
    ("paid_claims_are_paid", "UPDATE claims SET state = 'approved' WHERE state = 'paid'"),
    (
        "exports_with_purpose",
        "INSERT INTO export_records (id, dataset, purpose, filters, definition, requested_by, started_at) SELECT id, 'applications', '', 'all', '', id, created_at FROM people ORDER BY id LIMIT 1",
    ),
    (
        "flags_end_with_reason",
        "INSERT INTO risk_flags (id, case_id, rule, evidence, state, raised_at, ended_by, reason) SELECT id, id, 'R02', '{}', 'cleared', created_at, submitted_by, '' FROM applications ORDER BY id LIMIT 1",
    ),
    (
        "submitted_in_time",
        "UPDATE application_submissions SET received_at = (SELECT closes_at FROM calls WHERE code <> '' ORDER BY id LIMIT 1)",
    ),
];

both!(every_planted_corruption_is_named, async |t: Tester| {
    let cases = population(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    audit::seal(&t.app.db).await.unwrap();
    without_guards(&t).await;
    run(&t, "UPDATE calls SET grace_seconds = 0").await;
    run(
        &t,
        "INSERT INTO calls (id, programme_id, code, name_ko, name_en, state, opens_at, closes_at, grace_seconds, budget_won, version, made_at)
         SELECT programme_id, programme_id, 'another', name_ko, name_en, state, opens_at, closes_at, 0, 1, 1, made_at FROM calls",
    )
    .await;
    assert_eq!(broken(&t).await, Vec::<&str>::new());
    for (name, sql) in PLANTED {
        assert!(!broken(&t).await.contains(name), "{name} is broken before its turn");
        run(&t, sql).await;
        assert!(broken(&t).await.contains(name), "{name} is not found");
    }
    let report = integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap();
    let held = report.checks.iter().find(|check| check.name == "paid_is_confirmed").unwrap();
    let id = cases[0].application.id;
    assert_eq!(held.breach.clone().unwrap(), format!("application {id}: 80000000 ≠ 80000001"));
    let planted = |name: &str| name == "paid_is_confirmed" || PLANTED.iter().any(|(planted, _)| *planted == name);
    let spared: Vec<&str> = report.checks.iter().map(|check| check.name).filter(|name| !planted(name)).collect();
    assert_eq!(spared, ["call_budgets", "cap_counts", "one_live_application", "one_live_payment", "cap_limits"]);
});

both!(an_auditor_runs_the_checks_and_sees_what_broke, async |t: Tester| {
    population(&t).await;
    let mut auditor = t.staff(Role::Auditor).await;
    auditor.see("/integrity").await.says("Nothing has been checked yet");
    let seen = auditor.fill_and_follow("/integrity", "/integrity/run", &[]).await;
    seen.says("Every rule holds").says("Every balance is the sum of its entries");
    without_guards(&t).await;
    run(&t, "UPDATE decisions SET reason = ''").await;
    auditor.fill_and_follow("/integrity", "/integrity/run", &[]).await.says("Broken decision ");
    for role in [Role::Manager, Role::Analyst, Role::Payer] {
        assert_eq!(t.staff(role).await.get("/integrity").await.status, 404, "{role}");
    }
});

async fn flagged(t: &Tester) -> Uuid {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let application = t.application(&call, &vendor, 2, "submitted", 180_000_000).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "UPDATE organisations SET founded_on = $2, phone = '+82-2-700-0001' WHERE id = $1",
        (application.firm, t.now().date_naive() - Duration::days(60)),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    application.id.0
}

both!(flags_are_raised_once_and_end_with_a_reason, async |t: Tester| {
    let case = flagged(&t).await;
    assert_eq!(integrity::raise_flags(&t.app).await.unwrap(), 0, "a change settles first");
    t.advance(Duration::minutes(1));
    assert_eq!(integrity::raise_flags(&t.app).await.unwrap(), 2);
    assert_eq!(integrity::raise_flags(&t.app).await.unwrap(), 0);
    // Looked at again after its next change, and not flagged again.
    let mut tx = t.app.db.write().await.unwrap();
    voucherdesk::applications::take_step(
        &mut tx,
        &Actor::system(),
        voucherdesk::applications::ApplicationId(case),
        "confirm_eligible",
        "",
        t.now(),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    t.advance(Duration::minutes(1));
    assert_eq!(integrity::raise_flags(&t.app).await.unwrap(), 0);

    let mut screener = t.staff(Role::Screener).await;
    let list = screener.see("/integrity/flags").await;
    list.says("R02").says("R04").says("한빛정밀 2").says("2 in all");
    let link = list.link("/integrity/flags/");
    assert!(screener.see(&link).await.find_form("/end").is_none(), "a screener reads");
    let mut manager = t.staff(Role::Manager).await;
    let page = manager.see(&link).await;
    let refused = manager.submit(page.form("/end").with(&[("step", "clear")])).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_at("reason").is_some());
    let form = page.form("/end").with(&[("step", "clear"), ("reason", "같은 건물의 다른 회사입니다")]);
    let seen = manager.submit(form.clone()).await;
    manager
        .follow(seen)
        .await
        .says("The flag was cleared")
        .says("같은 건물의 다른 회사입니다")
        .says("Risk flag cleared");
    assert_eq!(manager.submit(form).await.status, 303, "sent twice, ended once");
    manager.see("/integrity/flags").await.says("1 in all").says("0 %");
    assert_eq!(t.staff(Role::Analyst).await.get("/integrity/flags").await.status, 404);
});

both!(a_stuck_job_is_tried_again, async |t: Tester| {
    t.newcomer().await.fill("/account", "/sign-out", &[]).await;
    let mut outsider = t.outsider();
    outsider.fill("/sign-up", "/sign-up", &[("email", "stuck@firm.test")]).await;
    run(&t, "UPDATE outbox SET state = 'stuck', attempts = 8, last_error = 'the mail server says nothing'").await;
    let mut admin = t.staff(Role::Admin).await;
    let page = admin.see("/jobs").await;
    page.says("stuck@firm.test").says("the mail server says nothing");
    assert!(!page.html().contains("/sign-up/"), "the link of a mail is a secret");
    let mut auditor = t.staff(Role::Auditor).await;
    assert!(auditor.see("/jobs").await.find_form("/retry").is_none());
    admin.fill_and_follow("/jobs", "/retry", &[]).await.says("The job is tried again");
    assert!(t.mails().await.iter().any(|mail| mail.to == "stuck@firm.test"));
    admin.see("/jobs?state=done").await.says("stuck@firm.test");
    assert_eq!(t.staff(Role::Manager).await.get("/jobs").await.status, 404);
});

both!(the_ledger_of_a_call_and_of_a_case_can_be_read, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let case = t.paid_case(&call, &vendor, 2, 80_000_000).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let seen = officer.see(&format!("/ledger/calls/{}", call.call)).await;
    seen.says("KRW 920,000,000").says("KRW 80,000,000").says("Equals what was appropriated");
    let seen = officer.see(&format!("/ledger/cases/{}", case.application.id)).await;
    seen.says("Payment confirmed").says("Held for an approved claim").says("KRW -80,000,000");
    assert_eq!(officer.get(&format!("/ledger/cases/{}", Uuid::nil())).await.status, 404);
    let mut analyst = t.staff(Role::Analyst).await;
    assert_eq!(analyst.get(&format!("/ledger/calls/{}", call.call)).await.status, 404);
    assert_eq!(analyst.get(&format!("/ledger/cases/{}", case.application.id)).await.status, 404);
});

both!(a_cap_of_any_kind_that_is_passed_is_named, async |t: Tester| {
    use voucherdesk::{
        ledger::{CapRule, CapSubject, CapWindow},
        programmes::CallRules,
    };
    let vendor = t.vendor(1).await;
    let broken_by = async |rule: CapRule, numbers: [u16; 2]| {
        let rules = CallRules { caps: vec![rule], ..CallRules::ai_voucher() };
        let call = t.call_by(Won(1_000_000_000), rules).await;
        let one = t.application(&call, &vendor, numbers[0], "selected", 60_000_000).await;
        let other = t.application(&call, &vendor, numbers[1], "selected", 60_000_000).await;
        (one, other)
    };
    let rule = |subject, window, most_won: Option<i64>, most_count| CapRule {
        subject,
        window,
        most_won: most_won.map(Won),
        most_count,
    };
    // The builder commits under the programme's cap alone: a group of two with 120 million stands there against 100.
    let group = rule(CapSubject::Group, CapWindow::Call, Some(100_000_000), None);
    let (one, other) = broken_by(group, [2, 3]).await;
    assert!(!broken(&t).await.contains(&"cap_limits"), "nobody knows that they belong together");
    let mut tx = t.app.db.write().await.unwrap();
    for member in [one.firm, other.firm] {
        tx.run("INSERT INTO organisation_groups (organisation_id, group_id) VALUES ($1, $2)", (member, one.firm))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    assert!(broken(&t).await.contains(&"cap_limits"));
});
