-- Conditions as data: what was seen when they were looked at is kept whole, results name it, officers may waive.

-- Append-only: the facts of one look, as text that is hashed (names in order).
CREATE TABLE eligibility_runs (
    id             {uuid}  PRIMARY KEY,
    application_id {uuid}  NOT NULL REFERENCES applications (id),
    call_id        {uuid}  NOT NULL REFERENCES calls (id),
    stage          TEXT    NOT NULL,
    call_version   BIGINT  NOT NULL,
    facts          TEXT    NOT NULL,
    facts_sha256   {bytes} NOT NULL,
    checked_by     {uuid}  REFERENCES people (id),
    checked_at     {time}  NOT NULL
){strict};
CREATE INDEX eligibility_runs_by_application ON eligibility_runs (application_id, stage, checked_at, id);
CREATE INDEX eligibility_runs_by_call ON eligibility_runs (call_id, stage, id);

-- Without the lists of stages and results: both grow. Rows from before have no run.
CREATE TABLE eligibility_results (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    run_id         {uuid} REFERENCES eligibility_runs (id),
    stage          TEXT   NOT NULL,
    call_version   BIGINT NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL,
    -- It only warned.
    warning        {bool} NOT NULL DEFAULT FALSE,
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     {time} NOT NULL
){strict};
INSERT INTO eligibility_results (id, application_id, stage, call_version, rule, result, value, threshold, checked_at)
    SELECT id, application_id, stage, call_version, rule, result, value, threshold, checked_at FROM eligibility_checks;
DROP TABLE eligibility_checks;
ALTER TABLE eligibility_results RENAME TO eligibility_checks;
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE waiver_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO waiver_states (name) VALUES ('asked'), ('granted'), ('refused');

-- An officer lets a case pass a condition, with a reason; or a firm asks for it.
CREATE TABLE waivers (
    id              {uuid} PRIMARY KEY,
    application_id  {uuid} NOT NULL REFERENCES applications (id),
    rule            TEXT   NOT NULL,
    -- What the condition came to: what is waived covers this and nothing worse.
    covers          TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES waiver_states (name),
    seen            TEXT   NOT NULL,
    asked_by        {uuid} REFERENCES people (id),
    asked_at        {time} NOT NULL,
    asked_reason    TEXT   NOT NULL,
    decided_by      {uuid} REFERENCES people (id),
    decided_at      {time},
    decided_reason  TEXT   NOT NULL
){strict};
CREATE UNIQUE INDEX waivers_one_live ON waivers (application_id, rule, covers) WHERE state IN ('asked', 'granted');
CREATE INDEX waivers_by_state ON waivers (state, asked_at, id);

-- Other conditions tried on the frozen facts of past applications. Changes nothing about them.
CREATE TABLE replays (
    id           {uuid} PRIMARY KEY,
    call_id      {uuid} NOT NULL REFERENCES calls (id),
    call_version BIGINT NOT NULL,
    rule         TEXT   NOT NULL,
    condition    {json} NOT NULL,
    stage        TEXT   NOT NULL,
    -- The last run that was tried; absent before the first.
    tried_to     {uuid},
    tried        BIGINT NOT NULL DEFAULT 0,
    flipped      BIGINT NOT NULL DEFAULT 0,
    made_by      {uuid} NOT NULL REFERENCES people (id),
    made_at      {time} NOT NULL,
    done_at      {time}
){strict};
CREATE INDEX replays_by_call ON replays (call_id, made_at, id);

CREATE TABLE replay_flips (
    id             {uuid} PRIMARY KEY,
    replay_id      {uuid} NOT NULL REFERENCES replays (id),
    application_id {uuid} NOT NULL REFERENCES applications (id),
    was            TEXT   NOT NULL,
    becomes        TEXT   NOT NULL,
    found_at       {time} NOT NULL
){strict};
CREATE INDEX replay_flips_by_replay ON replay_flips (replay_id, found_at, id);

CREATE TRIGGER eligibility_runs_append_only BEFORE UPDATE OR DELETE ON eligibility_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER eligibility_checks_append_only BEFORE UPDATE OR DELETE ON eligibility_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
