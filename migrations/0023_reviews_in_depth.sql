-- Reviews in depth: panels with further and blind readers, what reviewers are close to, results in rounds with a cheap
-- rank, the published draw, approvals, undo, bulk decisions, questions to the firm, objections.

INSERT INTO assignment_states (name) VALUES ('released');
-- 'panel', 'further' (totals lie far apart), 'sample' (a blind second read that changes no score).
ALTER TABLE review_assignments ADD COLUMN purpose TEXT NOT NULL DEFAULT 'panel' CHECK (purpose IN ('panel', 'further', 'sample'));
-- An objection that is upheld may have the case scored anew, by others.
ALTER TABLE review_assignments ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
-- What the records showed; absent when the reviewer said it.
ALTER TABLE review_assignments ADD COLUMN conflict_kind TEXT;

-- Open assignments of each reviewer, kept by a trigger.
CREATE TABLE review_loads (
    reviewer_id {uuid} PRIMARY KEY REFERENCES people (id),
    open        BIGINT NOT NULL CHECK (open >= 0)
){strict};
INSERT INTO review_loads (reviewer_id, open)
    SELECT reviewer_id, COUNT(*) FROM review_assignments WHERE state IN ('proposed', 'accepted') GROUP BY reviewer_id;

-- Append-only but for `standing`, which ends once. Of equal scores the smaller tie ranks first, then the earlier submission.
CREATE TABLE review_results_anew (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL DEFAULT 1,
    call_id        {uuid} NOT NULL REFERENCES calls (id),
    score_milli    BIGINT NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Codes of the criteria whose mean is below their minimum.
    below          TEXT   NOT NULL DEFAULT '',
    spread_milli   BIGINT NOT NULL DEFAULT 0,
    -- From the call's draw; 0 where it draws nothing.
    tie            BIGINT NOT NULL DEFAULT 0,
    submitted_at   {time} NOT NULL,
    scored_at      {time} NOT NULL,
    standing       {bool} NOT NULL DEFAULT TRUE,
    PRIMARY KEY (application_id, round)
){strict};
INSERT INTO review_results_anew (application_id, call_id, score_milli, submitted_at, scored_at)
    SELECT application_id, call_id, score_milli, submitted_at, scored_at FROM review_results;
DROP TABLE review_results;
ALTER TABLE review_results_anew RENAME TO review_results;
CREATE UNIQUE INDEX review_results_standing ON review_results (application_id) WHERE standing;
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), tie, submitted_at, application_id) WHERE standing;
CREATE INDEX review_results_by_tie ON review_results (call_id, tie, application_id) WHERE standing;

-- Standing results by tenths of a point, kept by a trigger: a place in the ranking is a sum over these and a count within one.
CREATE TABLE review_rank_counts (
    call_id {uuid} NOT NULL REFERENCES calls (id),
    bucket  BIGINT NOT NULL,
    results BIGINT NOT NULL CHECK (results >= 0),
    PRIMARY KEY (call_id, bucket)
){strict};
INSERT INTO review_rank_counts (call_id, bucket, results)
    SELECT call_id, score_milli / 100, COUNT(*) FROM review_results GROUP BY call_id, score_milli / 100;

-- Totals that lay too far apart: one more reader is asked.
CREATE TABLE review_spreads (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    spread_milli   BIGINT NOT NULL,
    noted_at       {time} NOT NULL,
    PRIMARY KEY (application_id, round)
){strict};

-- Finished reviews that chance drew for a blind second read.
CREATE TABLE review_samples (
    application_id {uuid} PRIMARY KEY REFERENCES applications (id),
    call_id        {uuid} NOT NULL REFERENCES calls (id),
    drawn_at       {time} NOT NULL
){strict};
CREATE INDEX review_samples_by_age ON review_samples (drawn_at, application_id);

-- How a reviewer scores beside their panels: sums over locked totals of a call, in thousandths of a point.
CREATE TABLE reviewer_figures (
    call_id         {uuid} NOT NULL REFERENCES calls (id),
    reviewer_id     {uuid} NOT NULL REFERENCES people (id),
    reads           BIGINT NOT NULL,
    total_milli     BIGINT NOT NULL,
    bias_milli      BIGINT NOT NULL,
    distance_milli  BIGINT NOT NULL,
    PRIMARY KEY (call_id, reviewer_id)
){strict};

-- What a reviewer reads, can judge, and lives beside. Phone and address are kept as fingerprints only.
CREATE TABLE reviewer_profiles (
    person_id     {uuid} PRIMARY KEY REFERENCES people (id),
    load_max      BIGINT CHECK (load_max > 0),
    reads_english {bool} NOT NULL,
    phone_key     TEXT,
    address_key   TEXT,
    changed_at    {time} NOT NULL
){strict};
CREATE TABLE reviewer_skills (
    person_id {uuid} NOT NULL REFERENCES people (id),
    use_case  TEXT   NOT NULL REFERENCES use_cases (code),
    PRIMARY KEY (person_id, use_case)
){strict};
-- Where somebody works, worked, advises or holds a share; `until_on` absent: still.
CREATE TABLE reviewer_interests (
    id              {uuid} PRIMARY KEY,
    person_id       {uuid} NOT NULL REFERENCES people (id),
    business_number TEXT   NOT NULL,
    relation        TEXT   NOT NULL CHECK (relation IN ('employed', 'advised', 'holding', 'kin')),
    until_on        {date},
    declared_at     {time} NOT NULL,
    ended_at        {time}
){strict};
CREATE INDEX reviewer_interests_by_person ON reviewer_interests (person_id, business_number);

-- The seed of a call's draw: its hash is published before the close, the seed itself after it.
CREATE TABLE call_draws (
    call_id      {uuid}  PRIMARY KEY REFERENCES calls (id),
    commitment   TEXT    NOT NULL,
    seed_sealed  {bytes} NOT NULL,
    committed_at {time}  NOT NULL,
    seed         TEXT,
    revealed_at  {time},
    CONSTRAINT call_draws_revealed CHECK ((seed IS NULL) = (revealed_at IS NULL))
){strict};

-- Why something is decided: what each reason rests on, and what the letter says, in both languages.
CREATE TABLE decision_reasons (
    code      TEXT PRIMARY KEY,
    basis     TEXT NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    letter_ko TEXT NOT NULL,
    letter_en TEXT NOT NULL
){strict};
INSERT INTO decision_reasons (code, basis, letter_ko, letter_en) VALUES
    ('within_budget', 'ranking', '평가 순위가 공고의 예산 안에 들어 선정되었습니다.', 'Your application ranks within the budget of the call.'),
    ('drawn', 'ranking', '공개 추첨의 순서가 공고의 예산 안에 들어 선정되었습니다. 추첨의 씨앗과 명단은 공고의 추첨 화면에서 누구나 다시 계산할 수 있습니다.', 'The public draw put your application within the budget of the call. Anybody can repeat the draw from its seed and list on the call''s page.'),
    ('place_freed', 'ranking', '예산이 돌아와 예비 순번에 따라 선정되었습니다.', 'Money returned to the budget and your application was next on the reserve list.'),
    ('catalogue_rules', 'rule', '공고가 정한 요건을 모두 갖추어 선정되었습니다.', 'Your application meets every condition of the call.'),
    ('budget_short', 'budget', '기준 점수는 넘었으나 남은 예산이 모자라 예비 대상이 되었습니다. 예산이 돌아오면 순번에 따라 선정합니다.', 'Your application reaches the pass mark, but the budget left is too small. It moves up when money returns, in the order of the ranking.'),
    ('cap_short', 'cap', '기업이나 분야의 지원 한도가 모자랍니다.', 'The cap of your firm or of the track is too small.'),
    ('below_pass_mark', 'score', '종합 점수가 공고의 기준 점수에 미치지 못했습니다.', 'The score is below the pass mark of the call.'),
    ('below_minimum', 'criterion', '평가 항목의 점수가 그 항목의 최저 점수에 미치지 못했습니다.', 'A criterion is below its minimum.'),
    ('budget_exhausted', 'budget', '예산이 모두 쓰여 더 지원할 수 없습니다.', 'The budget of the call is used up.'),
    ('plan_not_feasible', 'criterion', '계획을 실현하기 어렵다고 보았습니다.', 'The plan was not found feasible.'),
    ('outcome_not_measurable', 'criterion', '성과를 측정할 방법이 충분하지 않습니다.', 'The outcome cannot be measured well enough.'),
    ('funded_elsewhere', 'rule', '같은 내용으로 다른 사업의 지원을 받고 있습니다.', 'The same work is funded by another programme.');

ALTER TABLE decisions ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
-- Append-only: the compensating act. The decision itself stays as it was.
CREATE TABLE decision_undos (
    decision_id    {uuid} PRIMARY KEY REFERENCES decisions (id),
    application_id {uuid} NOT NULL REFERENCES applications (id),
    reason         TEXT   NOT NULL,
    undone_by      {uuid} NOT NULL REFERENCES people (id),
    undone_at      {time} NOT NULL
){strict};
CREATE INDEX decision_undos_by_application ON decision_undos (application_id);

CREATE TABLE proposal_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO proposal_states (name) VALUES ('waiting'), ('confirmed'), ('refused');
-- A decision that more than one manager takes.
CREATE TABLE decision_proposals (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    amount_won     BIGINT NOT NULL,
    approvers      BIGINT NOT NULL CHECK (approvers > 1),
    state          TEXT   NOT NULL REFERENCES proposal_states (name),
    proposed_at    {time} NOT NULL,
    ended_at       {time},
    end_note       TEXT   NOT NULL DEFAULT ''
){strict};
CREATE UNIQUE INDEX decision_proposals_one_waiting ON decision_proposals (application_id) WHERE state = 'waiting';
CREATE INDEX decision_proposals_waiting ON decision_proposals (proposed_at, id) WHERE state = 'waiting';
-- Append-only. One place, one person; one person, one place.
CREATE TABLE decision_approvals (
    proposal_id {uuid} NOT NULL REFERENCES decision_proposals (id),
    place       BIGINT NOT NULL CHECK (place > 0),
    person_id   {uuid} NOT NULL REFERENCES people (id),
    at          {time} NOT NULL,
    PRIMARY KEY (proposal_id, place),
    CONSTRAINT decision_approvals_apart UNIQUE (proposal_id, person_id)
){strict};

-- When the reserve list could not move an application up, so that it is not tried every minute.
CREATE TABLE reserve_tries (
    application_id {uuid} PRIMARY KEY REFERENCES applications (id),
    refusal        TEXT   NOT NULL,
    tried_at       {time} NOT NULL
){strict};

CREATE TABLE bulk_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO bulk_states (name) VALUES ('preview'), ('running'), ('done'), ('dropped');
-- Many decisions as one job: a plan that somebody looked at, then its rows one by one.
CREATE TABLE bulk_decisions (
    id         {uuid} PRIMARY KEY,
    call_id    {uuid} NOT NULL REFERENCES calls (id),
    state      TEXT   NOT NULL REFERENCES bulk_states (name),
    note       TEXT   NOT NULL,
    planned    BIGINT NOT NULL,
    made_by    {uuid} NOT NULL REFERENCES people (id),
    made_at    {time} NOT NULL,
    started_at {time},
    done_at    {time}
){strict};
CREATE INDEX bulk_decisions_by_call ON bulk_decisions (call_id, made_at, id);
CREATE UNIQUE INDEX bulk_decisions_one_running ON bulk_decisions (call_id) WHERE state = 'running';
CREATE TABLE bulk_rows (
    bulk_id        {uuid} NOT NULL REFERENCES bulk_decisions (id),
    position       BIGINT NOT NULL,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    amount_won     BIGINT NOT NULL,
    -- 'decided', 'proposed' or 'refused'; absent while it waits.
    result         TEXT   CHECK (result IN ('decided', 'proposed', 'refused')),
    refusal_ko     TEXT   NOT NULL DEFAULT '',
    refusal_en     TEXT   NOT NULL DEFAULT '',
    done_at        {time},
    PRIMARY KEY (bulk_id, position)
){strict};

-- A question about one field, and its answer. What was submitted stays as it was.
CREATE TABLE clarifications (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    field          TEXT   NOT NULL,
    question       TEXT   NOT NULL,
    asked_by       {uuid} NOT NULL REFERENCES people (id),
    asked_at       {time} NOT NULL,
    due_at         {time} NOT NULL,
    answer         TEXT,
    answered_by    {uuid} REFERENCES people (id),
    answered_at    {time},
    CONSTRAINT clarifications_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
){strict};
CREATE INDEX clarifications_by_application ON clarifications (application_id, asked_at, id);

CREATE TABLE objection_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO objection_states (name) VALUES ('filed'), ('dismissed'), ('decided_anew'), ('scored_anew');
CREATE TABLE objections (
    id             {uuid} PRIMARY KEY,
    -- Once.
    application_id {uuid} NOT NULL CONSTRAINT objections_once UNIQUE REFERENCES applications (id),
    call_id        {uuid} NOT NULL REFERENCES calls (id),
    -- Absent: against the screening.
    decision_id    {uuid} REFERENCES decisions (id),
    state          TEXT   NOT NULL REFERENCES objection_states (name),
    grounds        TEXT   NOT NULL,
    filed_by       {uuid} NOT NULL REFERENCES people (id),
    filed_at       {time} NOT NULL,
    heard_by       {uuid} REFERENCES people (id),
    heard_at       {time},
    finding        TEXT   NOT NULL DEFAULT ''
){strict};
CREATE INDEX objections_by_state ON objections (state, filed_at, id);
CREATE INDEX objections_by_age ON objections (filed_at, id);
CREATE INDEX objections_by_call ON objections (call_id, state);

-- Whoever screened, scored or decided does not hear the objection.
INSERT INTO forbidden_pairs (one, other) VALUES
    ('objection_heard', 'screened'), ('objection_heard', 'scored'), ('objection_heard', 'selected');

