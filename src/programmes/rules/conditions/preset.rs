//! The conditions that a call begins with (domain.md part I A2, B guards, C 3 to 7; 4.2). A call's own are edited from here.

use super::{Condition, Stage, Stage::*, Undetermined, Undetermined::*, WaivedBy, WaivedBy::*, read_test};

/// Both languages of one text.
type Both = (&'static str, &'static str);

struct Draft {
    code: &'static str,
    name: Both,
    says: Both,
    fix: Both,
    reference: Both,
    stages: &'static [Stage],
    warns_at: &'static [Stage],
    applies_if: Option<&'static str>,
    must_hold: &'static str,
    undetermined: Undetermined,
    waived_by: WaivedBy,
    tests: &'static [&'static str],
}

impl Draft {
    fn condition(&self) -> Condition {
        let expression = |text: &str| text.parse().expect("an expression of ours parses");
        let own = |text: &str| text.to_owned();
        Condition {
            code: own(self.code),
            name_ko: own(self.name.0),
            name_en: own(self.name.1),
            says_ko: own(self.says.0),
            says_en: own(self.says.1),
            fix_ko: own(self.fix.0),
            fix_en: own(self.fix.1),
            reference_ko: own(self.reference.0),
            reference_en: own(self.reference.1),
            stages: self.stages.to_vec(),
            warns_at: self.warns_at.to_vec(),
            applies_if: self.applies_if.map(expression),
            must_hold: expression(self.must_hold),
            undetermined: self.undetermined,
            waived_by: self.waived_by,
            tests: self.tests.iter().map(|line| read_test(line).expect("a test of ours is read")).collect(),
        }
    }
}

/// What every call asks unless its own rules say otherwise. Versions stored before conditions were data
/// were decided by these.
pub fn standard() -> Vec<Condition> {
    DRAFTS.iter().map(Draft::condition).collect()
}

const DRAFTS: &[Draft] = &[
    Draft {
        code: "register_status",
        name: ("사업자 상태", "Business register"),
        says: ("신청 기업이 영업 중인 사업자여야 합니다.", "The firm must be an active business."),
        fix: (
            "국세청에 등록된 사업 상태를 확인하세요. 휴업이나 폐업이면 신청할 수 없습니다.",
            "Check your status with the tax office. Suspended and closed businesses cannot apply.",
        ),
        reference: ("부가가치세법 제8조", "Value-Added Tax Act art. 8"),
        stages: &[PreCheck, Submission, Screening, Agreement, Claim, Payment],
        warns_at: &[],
        applies_if: None,
        must_hold: r#"firm_register_status = "active""#,
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            r#"firm_register_status = "active" => met"#,
            r#"firm_register_status = "closed" => unmet"#,
            r#"firm_register_status = "suspended" => unmet"#,
            " => undetermined",
        ],
    },
    Draft {
        code: "size_class",
        name: ("기업 규모", "Size of the firm"),
        says: (
            "중소기업이나 중견기업이어야 합니다. 대기업은 공고가 정한 때에만 신청합니다.",
            "The firm must be small, medium-sized or mid-sized; large ones only where the call says so.",
        ),
        fix: (
            "기업 정보에서 매출과 자산을 입력해 규모를 판정받으세요.",
            "Enter sales and assets in your firm's profile to have the size assessed.",
        ),
        reference: ("중소기업기본법 시행령 별표 1·3", "Framework Act on SMEs, decree, annexes 1 and 3"),
        stages: &[PreCheck, Submission, Screening, Agreement],
        warns_at: &[],
        applies_if: None,
        must_hold: r#"firm_size_class in ["micro", "small", "medium", "mid_sized"] or call_large_firms and firm_size_class = "large""#,
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            r#"firm_size_class = "small", call_large_firms = false => met"#,
            r#"firm_size_class = "mid_sized" => met"#,
            r#"firm_size_class = "large", call_large_firms = false => unmet"#,
            r#"firm_size_class = "large", call_large_firms = true => met"#,
            r#"firm_size_class = "none", call_large_firms = false => unmet"#,
            "call_large_firms = false => undetermined",
        ],
    },
    Draft {
        code: "capital_impairment",
        name: ("자본 잠식", "Capital impairment"),
        says: (
            "법인은 자본이 모두 잠식되지 않아야 합니다.",
            "The capital of a corporation must not be wholly impaired.",
        ),
        fix: (
            "증자 등으로 자본을 회복한 뒤 재무 정보를 고치세요. 협약 전에 다시 확인합니다.",
            "Restore the capital and update the figures in your profile. It is looked at again before the agreement.",
        ),
        reference: ("사업 운영 지침 참여 제한", "Programme guideline, exclusions"),
        stages: &[Agreement],
        warns_at: &[PreCheck, Submission, Screening],
        applies_if: Some(r#"firm_kind = "corporation""#),
        must_hold: r#"firm_capital_impairment in ["none", "partial"]"#,
        undetermined: Officer,
        waived_by: Manager,
        tests: &[
            r#"firm_kind = "corporation", firm_capital_impairment = "none" => met"#,
            r#"firm_kind = "corporation", firm_capital_impairment = "full" => unmet"#,
            r#"firm_kind = "individual", firm_capital_impairment = "full" => not_applicable"#,
            r#"firm_kind = "corporation" => undetermined"#,
        ],
    },
    Draft {
        code: "business_age",
        name: ("업력", "Time in business"),
        says: (
            "설립한 지 여섯 달이 지났는지 봅니다. 여섯 달이 안 된 기업은 담당자가 수행 능력을 확인합니다.",
            "Founded at least six months ago; an officer looks at the capacity of younger firms.",
        ),
        fix: (
            "고칠 필요는 없습니다. 사업계획서에 인력과 실적을 자세히 적으세요.",
            "Nothing to correct. Describe staff and work done in the project plan.",
        ),
        reference: ("사업 운영 지침 위험 관리", "Programme guideline, risk"),
        stages: &[],
        warns_at: &[PreCheck, Submission, Screening],
        applies_if: None,
        must_hold: "months_between(firm_founded_on, today) >= 6",
        undetermined: Noted,
        waived_by: Nobody,
        tests: &[
            "firm_founded_on = 2026-09-01, today = 2027-03-01 => met",
            "firm_founded_on = 2026-09-02, today = 2027-03-01 => unmet",
        ],
    },
    Draft {
        code: "hosting_gate",
        name: ("민감정보의 국내 처리", "Sensitive data stays in Korea"),
        says: (
            "민감정보(D4)는 국내에서만 처리합니다. 예외는 사업 책임자가 승인합니다.",
            "Sensitive personal data (D4) is processed in Korea only. The programme manager may approve an exception.",
        ),
        fix: (
            "국내에서 운영하는 솔루션을 고르거나 데이터 민감도를 확인하세요. 국외 처리가 꼭 필요하면 예외를 신청하세요.",
            "Choose a solution hosted in Korea or check the data class. If it has to be abroad, ask for an exception.",
        ),
        reference: ("개인정보 보호법 제23조·제28조의8", "Personal Information Protection Act art. 23, 28-8"),
        stages: &[PreCheck, Submission, Screening, Agreement, Claim],
        warns_at: &[],
        applies_if: Some(r#"work_data_class = "D4""#),
        must_hold: "not work_foreign",
        undetermined: Officer,
        waived_by: Manager,
        tests: &[
            r#"work_data_class = "D4", work_foreign = false => met"#,
            r#"work_data_class = "D4", work_foreign = true => unmet"#,
            r#"work_data_class = "D3", work_foreign = true => not_applicable"#,
            r#"work_data_class = "D4" => undetermined"#,
        ],
    },
    Draft {
        code: "transfer_notice",
        name: ("개인정보 국외 이전 고지", "Notice of transfer abroad"),
        says: (
            "개인정보를 국외에서 처리하면 고지나 동의 자료를 냅니다.",
            "Personal data processed abroad needs evidence of notice or consent.",
        ),
        fix: ("고지 또는 동의 자료를 서류에 올리세요.", "Upload evidence of notice or consent among the documents."),
        reference: ("개인정보 보호법 제28조의8", "Personal Information Protection Act art. 28-8"),
        stages: &[Submission, Screening, Agreement],
        warns_at: &[],
        applies_if: Some(r#"work_foreign and work_data_class in ["D3", "D4"]"#),
        must_hold: "work_transfer_notice",
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            r#"work_foreign = true, work_data_class = "D3", work_transfer_notice = true => met"#,
            r#"work_foreign = true, work_data_class = "D3", work_transfer_notice = false => unmet"#,
            r#"work_foreign = true, work_data_class = "D2", work_transfer_notice = false => not_applicable"#,
        ],
    },
    Draft {
        code: "realtime_region",
        name: ("실시간 업무의 운영 장소", "Where real-time work is hosted"),
        says: (
            "실시간 업무(L2 이상)는 국내나 현장에서 운영하는 편이 좋습니다.",
            "Real-time work (L2 and above) had better be hosted in Korea or at the edge.",
        ),
        fix: (
            "국외 운영은 응답이 늦어질 수 있습니다. 국내나 현장 운영을 검토하세요.",
            "Hosting abroad may answer too late. Consider Korea or the edge.",
        ),
        reference: ("업무 분류 기준", "Workload classification"),
        stages: &[],
        warns_at: &[PreCheck, Submission, Screening],
        applies_if: Some(r#"work_latency_class in ["L2", "L3"]"#),
        must_hold: "not work_foreign",
        undetermined: Noted,
        waived_by: Nobody,
        tests: &[
            r#"work_latency_class = "L2", work_foreign = false => met"#,
            r#"work_latency_class = "L3", work_foreign = true => unmet"#,
            r#"work_latency_class = "L1", work_foreign = true => not_applicable"#,
        ],
    },
    Draft {
        code: "package_valid",
        name: ("솔루션 선택", "Solution on offer"),
        says: (
            "지금 고를 수 있는 등록 상품을 골라야 합니다.",
            "A registered package that is on offer now must be chosen.",
        ),
        fix: (
            "지금 고를 수 있는 등록 상품을 고르고 수량을 적으세요.",
            "Choose a registered package that is on offer and enter the quantity.",
        ),
        reference: ("공고문 공급기업 등록", "Call, vendor registry"),
        stages: &[Submission, Screening],
        warns_at: &[PreCheck],
        applies_if: None,
        must_hold: "package_on_offer",
        undetermined: Officer,
        waived_by: Nobody,
        tests: &["package_on_offer = true => met", "package_on_offer = false => unmet"],
    },
    Draft {
        code: "package_price",
        name: ("솔루션 이용료가 등록 가격 이내", "Licence within the registered price"),
        says: (
            "솔루션 이용료의 합이 등록 단가와 수량을 곱한 값을 넘지 않아야 합니다.",
            "Licence lines must not exceed the registered price times the quantity.",
        ),
        fix: (
            "솔루션 이용료의 합을 등록 단가 × 수량 이하로 고치세요.",
            "Lower the licence lines to the registered price times the quantity.",
        ),
        reference: ("공고문 사업비 기준", "Call, eligible costs"),
        stages: &[Submission, Screening],
        warns_at: &[],
        applies_if: Some("known(package_total)"),
        must_hold: "costs_licences <= package_total",
        undetermined: Officer,
        waived_by: Screener,
        tests: &[
            "costs_licences = 20 won, package_total = 20 won => met",
            "costs_licences = 21 won, package_total = 20 won => unmet",
            "costs_licences = 21 won => not_applicable",
        ],
    },
    Draft {
        code: "vendor_apart",
        name: ("공급기업과 신청 기업이 다름", "Vendor is another firm"),
        says: ("공급기업과 신청 기업이 서로 달라야 합니다.", "Vendor and firm must be different businesses."),
        fix: ("다른 공급기업의 상품을 고르세요.", "Choose a package of another vendor."),
        reference: ("공고문 제한 사항", "Call, exclusions"),
        stages: &[PreCheck, Submission, Screening, Agreement],
        warns_at: &[],
        applies_if: None,
        must_hold: "not vendor_is_firm",
        undetermined: Noted,
        waived_by: Nobody,
        tests: &["vendor_is_firm = false => met", "vendor_is_firm = true => unmet"],
    },
    Draft {
        code: "categories",
        name: ("지원하는 비목", "Categories that are funded"),
        says: (
            "사업비가 모두 이 공고에서 지원하는 비목이어야 합니다.",
            "Every line of cost must be of a category this call funds.",
        ),
        fix: ("이 공고에서 지원하지 않는 비목을 고치거나 빼세요.", "Change or remove lines this call does not fund."),
        reference: ("공고문 사업비 기준", "Call, eligible costs"),
        stages: &[Submission, Screening],
        warns_at: &[],
        applies_if: None,
        must_hold: "within(costs_categories, call_categories)",
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            r#"costs_categories = ["data"], call_categories = ["data", "staff"] => met"#,
            r#"costs_categories = ["data", "cloud_usage"], call_categories = ["data"] => unmet"#,
        ],
    },
    Draft {
        code: "support_max",
        name: ("지원금 한도", "Largest support"),
        says: (
            "지원금은 1원 이상, 공고의 한도 이하로 신청합니다.",
            "Ask for at least one won and at most the limit of the call.",
        ),
        fix: ("지원금을 1원 이상, 한도 이하로 고치세요.", "Ask for at least one won and at most the limit."),
        reference: ("공고문 지원 한도", "Call, limits"),
        stages: &[PreCheck, Submission, Screening],
        warns_at: &[],
        applies_if: None,
        must_hold: "costs_support > 0 won and costs_support <= call_support_max",
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            "costs_support = 1 won, call_support_max = 1 won => met",
            "costs_support = 2 won, call_support_max = 1 won => unmet",
            "costs_support = 0 won => unmet",
        ],
    },
    Draft {
        code: "share_max",
        name: ("지원 비율", "Share of support"),
        says: (
            "지원금이 사업비에서 차지하는 비율이 기업 규모에 따른 한도를 넘지 않아야 합니다.",
            "The share of support must stay within the limit for the size of the firm.",
        ),
        fix: ("지원금을 줄이거나 자부담을 늘리세요.", "Ask for less, or raise your own share."),
        reference: ("공고문 지원 비율", "Call, share of support"),
        stages: &[PreCheck, Submission, Screening],
        warns_at: &[],
        applies_if: None,
        must_hold: "share_of(costs_support, costs_total) <= call_share_max_mid_sized or share_of(costs_support, costs_total) <= call_share_max_sme and share_of(costs_support, costs_total) <= call_share_max",
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            "costs_support = 80 won, costs_total = 100 won, call_share_max = 80%, call_share_max_sme = 80%, call_share_max_mid_sized = 70% => met",
            "costs_support = 81 won, costs_total = 100 won, call_share_max = 80%, call_share_max_sme = 80%, call_share_max_mid_sized = 70% => unmet",
            "costs_support = 80 won, costs_total = 100 won, call_share_max = 70%, call_share_max_sme = 80%, call_share_max_mid_sized = 70% => unmet",
            "costs_support = 80 won, costs_total = 100 won, call_share_max_sme = 80%, call_share_max_mid_sized = 70% => undetermined",
            "costs_support = 81 won, costs_total = 100 won, call_share_max_sme = 80%, call_share_max_mid_sized = 70% => unmet",
        ],
    },
    Draft {
        code: "register_fresh",
        name: ("사업자 상태를 확인한 때", "Register looked at lately"),
        says: (
            "지급하기 전 사흘 안에 신청 기업과 공급기업의 사업자 상태를 확인하고, 공급기업이 영업 중이어야 합니다.",
            "Within three days before payment the register was asked about firm and vendor, and the vendor is active.",
        ),
        fix: (
            "담당자가 사업자 상태를 다시 확인합니다. 기업이 할 일은 없습니다.",
            "An officer asks the register again. There is nothing for the firm to do.",
        ),
        reference: ("사업 운영 지침 지급 전 확인", "Programme guideline, checks before payment"),
        stages: &[Payment],
        warns_at: &[],
        applies_if: None,
        must_hold: r#"firm_register_days <= 3 and vendor_register_days <= 3 and vendor_register_status = "active""#,
        undetermined: Officer,
        waived_by: Nobody,
        tests: &[
            r#"firm_register_days = 3, vendor_register_days = 0, vendor_register_status = "active" => met"#,
            r#"firm_register_days = 4, vendor_register_days = 0, vendor_register_status = "active" => unmet"#,
            r#"firm_register_days = 0, vendor_register_days = 0, vendor_register_status = "closed" => unmet"#,
            "firm_register_days = 0, vendor_register_days = 0 => undetermined",
        ],
    },
];
