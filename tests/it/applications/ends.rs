//! Withdrawals; the same verbs for those who fill the service with data.

use super::*;

both!(withdrawing_gives_the_commitment_back, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let built = t.application_of(&call, &vendor, firm.organisation, "selected", 40_000_000).await;
    let case = built.case(&call);
    let balance = async |account: Account| {
        let mut tx = t.app.db.read().await.unwrap();
        ledger::balance(&mut tx, account).await.unwrap()
    };
    assert_eq!(balance(case.account(AccountKind::Budget)).await, Won(960_000_000));
    let page = format!("/applications/{}/withdraw", built.id);
    let empty = save(&mut firm.browser, &page, &[]).await;
    assert!(empty.error_at("reason").is_some());
    let form = exact(&firm.browser.see(&page).await, &page).with(&[("reason", "투자 계획이 바뀌었습니다")]);
    assert_eq!(firm.browser.submit(form.clone()).await.status, 303);
    assert_eq!(firm.browser.submit(form).await.status, 303, "a double click withdraws once");
    assert_eq!(balance(case.account(AccountKind::Budget)).await, BUDGET);
    assert_eq!(balance(case.account(AccountKind::CapLeft)).await, Won(200_000_000));
    assert_eq!(balance(case.account(AccountKind::Committed)).await, Won::ZERO);
    firm.browser.see(&format!("/applications/{}", built.id)).await.says("Withdrawn").says("투자 계획이 바뀌었습니다");
    assert_eq!(firm.browser.get(&page).await.status, 409);
    let agreed = t.application(&call, &vendor, 5, "agreed", 1_000_000).await;
    let mut other = t.member(agreed.firm, Role::Firm).await;
    assert_eq!(other.get(&format!("/applications/{}/withdraw", agreed.id)).await.status, 409);
});

both!(the_same_actions_serve_those_who_fill_the_service_with_data, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let firm = firm(&t, 2).await;
    let actor = t.actor(&firm.email).await;
    let id = actions::start(&t.app, &actor, call.call, None, Once::new()).await.unwrap();
    let edit = |version| Edit { id, version, once: Once::new(), auto: false };
    let text = str::to_owned;
    let use_case = NewUseCase {
        title: text("수요예측"),
        use_case: Some(text("DEMAND_FC")),
        process_name: text("발주"),
        problem: text("재고가 많습니다"),
        plan: text("예측합니다"),
    };
    let version = actions::save_use_case(&t.app, &actor, edit(1), use_case).await.unwrap();
    let workload = NewWorkload {
        data_class: Some(DataClass::D1),
        latency_class: Some(LatencyClass::L0),
        language_class: Some(LanguageClass::Ko),
        decision_impact: Some(DecisionImpact::Advisory),
        model_origin: Some(ModelOrigin::OpenWeight),
        hosting: Some(Hosting::KrPrivate),
        human_oversight: text("구매 담당이 확인"),
    };
    let version = actions::save_workload(&t.app, &actor, edit(version), workload).await.unwrap();
    let indicator = NewIndicator {
        name: text("예측 오차"),
        unit: text("%"),
        direction: Direction::Down,
        baseline_milli: Some(32_000),
        target_milli: Some(18_000),
        baseline_period: text("2026년"),
        baseline_source: text("ERP"),
    };
    let version = actions::save_indicators(&t.app, &actor, edit(version), vec![indicator]).await.unwrap();
    let package = NewPackage { package: Some(vendor.package), quantity: Some(1) };
    let version = actions::choose_package(&t.app, &actor, edit(version), package).await.unwrap();
    let line = NewCost {
        category: CostCategory::SolutionLicence,
        description: text("표준"),
        unit: text("식"),
        taxed: true,
        in_kind: Won::ZERO,
        quantity: Some(1),
        unit_price: Some(Won(10_000_000)),
        support: Some(Won(8_000_000)),
    };
    let mut version = actions::save_costs(&t.app, &actor, edit(version), vec![line]).await.unwrap();
    for kind in ["plan", "registration"] {
        let received = Received {
            id: FileId::new(),
            field: text("file"),
            name: text("a.pdf"),
            media_type: "application/pdf",
            size_bytes: 10,
            sha256: vec![1; 32],
            pages: None,
            awaits_scan: false,
        };
        version = actions::attach(&t.app, &actor, id, kind, &received, Once::new()).await.unwrap();
    }
    let receipt = actions::submit(&t.app, &actor, edit(version), t.now()).await.unwrap();
    assert_eq!((receipt.number.as_str(), receipt.round), ("AV2027-000001", 1));
    let mut tx = t.app.db.read().await.unwrap();
    let application = applications::get(&mut tx, id).await.unwrap();
    assert_eq!((application.total_won, application.support_won), (Won(10_000_000), Won(8_000_000)));
    assert_eq!(application.submitted_hash, Some(receipt.sha256));
    assert_eq!(application.size_class.as_deref(), Some("small"));
    assert_eq!(applications::costs(&mut tx, id).await.unwrap().len(), 1);
    assert_eq!(applications::indicators(&mut tx, id).await.unwrap()[0].baseline_milli, 32_000);
    let case = applications::case_of(&mut tx, &application).await.unwrap();
    assert_eq!(case.programme, call.programme.0);
    drop(tx);
    let t2 = &t;
    let officer = {
        t2.staff(Role::Screener).await;
        t2.actor("screener0@staff.test").await
    };
    actions::screen(&t.app, &officer, id, Screening::Eligible, Once::new()).await.unwrap();
    actions::withdraw(&t.app, &actor, id, "그만둡니다", Once::new()).await.unwrap();
});

both!(a_firm_steps_back_from_its_agreement_while_nothing_is_drawn, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "agreed", 40_000_000).await;
    let agreement = t.agreement(&call, &vendor, &application).await;
    let balance = async |kind: AccountKind| {
        let mut tx = t.app.db.read().await.unwrap();
        ledger::balance(&mut tx, agreement.case.account(kind)).await.unwrap()
    };
    assert_eq!(balance(AccountKind::Voucher).await, Won(40_000_000));
    let page = format!("/agreements/{}", agreement.id);
    let mut browser = t.member(application.firm, Role::Firm).await;
    let mut vendor_person = t.member(vendor.organisation, Role::Vendor).await;
    assert!(vendor_person.see(&page).await.find_form("/withdraw").is_none());
    assert!(browser.see(&page).await.form("/withdraw").action.ends_with("/withdraw"));
    // While a claim holds money, nothing ends.
    let held = Uuid::from_u128(7);
    let mut tx = t.app.db.write().await.unwrap();
    ledger::hold(&mut tx, &Actor::system(), &agreement.case, held, Won(1_000_000), t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let form = browser.see(&page).await.form("/withdraw").with(&[("note", "공장을 옮깁니다")]);
    let refused = browser.submit(form).await;
    assert_eq!(refused.status, 422);
    assert_eq!(balance(AccountKind::Voucher).await, Won(39_000_000), "nothing of it happened");
    let mut tx = t.app.db.write().await.unwrap();
    ledger::release_hold(&mut tx, &Actor::system(), &agreement.case, Uuid::from_u128(8), Won(1_000_000), t.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let form = browser.see(&page).await.form("/withdraw").with(&[("note", "공장을 옮깁니다")]);
    assert_eq!(browser.submit(form.clone()).await.status, 303);
    assert_eq!(browser.submit(form).await.status, 303, "a double click withdraws once");
    assert_eq!(balance(AccountKind::Budget).await, BUDGET);
    assert_eq!(balance(AccountKind::CapLeft).await, Won(200_000_000));
    assert_eq!(balance(AccountKind::Voucher).await, Won::ZERO);
    browser.see(&format!("/applications/{}", application.id)).await.says("Withdrawn").says("공장을 옮깁니다");
    let mut tx = t.app.db.read().await.unwrap();
    let voucher: Option<String> = tx.value("SELECT state FROM vouchers", ()).await.unwrap();
    assert_eq!(voucher.as_deref(), Some("closed"));
});
