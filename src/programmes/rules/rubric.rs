//! The rubric: criteria with weights, anchor texts and a minimum (domain: default review rubric).

use serde::{Deserialize, Serialize};

/// The most criteria of one rubric.
pub const CRITERIA_MAX: usize = 12;

/// One criterion of the rubric: weights of all items add up to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricItem {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub weight: i64,
    /// Mean points below which nobody is selected, whatever the total; 0: none.
    #[serde(default)]
    pub minimum: i64,
    /// What points mean, one line each: reviewers read it beside the criterion.
    #[serde(default)]
    pub anchors_ko: String,
    #[serde(default)]
    pub anchors_en: String,
}

/// Six criteria of a reviewed voucher.
pub fn standard() -> Vec<RubricItem> {
    let item = |code: &str, names: [&str; 2], weight, anchors: [&str; 2]| RubricItem {
        code: code.to_owned(),
        name_ko: names[0].to_owned(),
        name_en: names[1].to_owned(),
        weight,
        minimum: 0,
        anchors_ko: anchors[0].to_owned(),
        anchors_en: anchors[1].to_owned(),
    };
    vec![
        item(
            "problem",
            ["문제와 필요성", "Problem and need"],
            20,
            [
                "90: 공정, 담당자, 물량과 기준값이 기록으로 확인됨\n70: 문제는 분명하나 기준값의 근거가 약함\n50: 문제가 일반적이고 측정된 것이 없음",
                "90: process, owner, volume and baseline are on record\n70: the problem is clear, the baseline weakly founded\n50: a general problem, nothing measured",
            ],
        ),
        item(
            "feasibility",
            ["실현 가능성과 데이터 준비", "Feasibility and data readiness"],
            20,
            [
                "90: 데이터가 있고 권리, 품질, 분류가 확인됨\n70: 데이터는 있으나 정비가 남음\n50: 데이터를 앞으로 모아야 함",
                "90: data exist; rights, quality and class are settled\n70: data exist and still need work\n50: data have yet to be collected",
            ],
        ),
        item(
            "solution",
            ["솔루션 적합성과 공급기업 역량", "Solution fit and vendor capability"],
            20,
            [
                "90: 같은 업무의 실적, 지원 체계, 보안이 확인됨\n70: 비슷한 업무의 실적이 있음\n50: 이 업무에 맞는지 알 수 없음",
                "90: references in the same work, support and security shown\n70: references in similar work\n50: fit for this work not shown",
            ],
        ),
        item(
            "outcome",
            ["성과와 측정 가능성", "Outcome and measurability"],
            20,
            [
                "90: 지표, 목표, 방법과 회수 기간이 맞물림\n70: 지표는 있으나 방법이 느슨함\n50: 성과를 잴 방법이 없음",
                "90: indicators, targets, method and payback fit together\n70: indicators are there, the method is loose\n50: no way to measure the outcome",
            ],
        ),
        item(
            "budget",
            ["사업비 적정성", "Budget adequacy"],
            10,
            [
                "90: 시장 가격과 비교되고 부담금이 증명됨\n70: 단가는 타당하나 비교가 없음\n50: 단가나 수량의 근거가 없음",
                "90: compared with market prices, own share proven\n70: prices are plausible, nothing compared\n50: prices or quantities without grounds",
            ],
        ),
        item(
            "governance",
            ["지속 활용과 관리", "Sustained use and governance"],
            10,
            [
                "90: 지원이 끝난 뒤의 비용, 교육, 사람의 관리가 정해짐\n70: 일부만 정해짐\n50: 지원이 끝난 뒤의 계획이 없음",
                "90: later cost, training and human oversight are settled\n70: settled in part\n50: no plan for the time after the support",
            ],
        ),
    ]
}
