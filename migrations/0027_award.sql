-- Reasons of decisions are data: every wording is a version, and a decision keeps the one it was taken with. Append-only.
CREATE TABLE decision_reason_versions (
    code      TEXT   NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    -- What it can be the reason of, joined by commas; empty: only the call's own rules give it.
    outcomes  TEXT   NOT NULL,
    basis     TEXT   NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    name_ko   TEXT   NOT NULL,
    name_en   TEXT   NOT NULL,
    letter_ko TEXT   NOT NULL,
    letter_en TEXT   NOT NULL,
    -- No new decision names it.
    retired   {bool} NOT NULL,
    note      TEXT   NOT NULL,
    -- Absent: as the programme came.
    made_by   {uuid} REFERENCES people (id),
    made_at   {time} NOT NULL,
    PRIMARY KEY (code, version)
){strict};
INSERT INTO decision_reason_versions (code, version, outcomes, basis, name_ko, name_en, letter_ko, letter_en, retired, note, made_at)
    SELECT r.code, 1, n.outcomes, r.basis, n.name_ko, n.name_en, r.letter_ko, r.letter_en, FALSE, '', '2026-01-01T00:00:00+00:00'
    FROM decision_reasons r JOIN (
        SELECT 'within_budget' AS code, 'selected' AS outcomes, '순위가 예산 안에 듦' AS name_ko, 'Ranked within the budget' AS name_en
        UNION ALL SELECT 'drawn', 'selected', '추첨 순서가 예산 안에 듦', 'Drawn within the budget'
        UNION ALL SELECT 'place_freed', 'selected', '예비 순번이 돌아옴', 'A place on the reserve list came free'
        UNION ALL SELECT 'catalogue_rules', '', '모든 요건을 갖춤 (자동 선정)', 'Every condition is met (selected at once)'
        UNION ALL SELECT 'budget_short', 'reserve', '남은 예산이 모자람', 'Not enough budget left'
        UNION ALL SELECT 'cap_short', 'reserve,rejected', '기업이나 분야의 한도가 모자람', 'Not enough left of a cap'
        UNION ALL SELECT 'below_pass_mark', 'rejected', '통과 점수에 못 미침', 'Below the pass mark'
        UNION ALL SELECT 'below_minimum', 'rejected', '항목의 최저 점수에 못 미침', 'A criterion is below its minimum'
        UNION ALL SELECT 'budget_exhausted', 'rejected', '예산이 모두 쓰임', 'Budget exhausted'
        UNION ALL SELECT 'plan_not_feasible', 'rejected', '계획을 실현하기 어려움', 'Plan not feasible'
        UNION ALL SELECT 'outcome_not_measurable', 'rejected', '성과를 측정할 수 없음', 'Outcome not measurable'
        UNION ALL SELECT 'funded_elsewhere', 'rejected', '같은 내용으로 다른 지원을 받음', 'The same is funded elsewhere'
    ) n ON n.code = r.code;
DROP TABLE decision_reasons;

-- Which wording was given, and what of the call's rules it rests on: `criterion:code` or `condition:code`, joined by commas.
ALTER TABLE decisions ADD COLUMN reason_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE decisions ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';
ALTER TABLE decision_proposals ADD COLUMN reason_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE decision_proposals ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';


-- Whose rules agreements under way follow: the timers ask for each version of a call.
CREATE INDEX agreements_by_rules ON agreements (call_id, call_version, state);
