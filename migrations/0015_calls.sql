-- Calls as data: changes that a second person approves, simulations, tracks, caps by representative and group,
-- and test submissions that no counter and no account can see.

CREATE INDEX ledger_accounts_by_scope ON ledger_accounts (scope_id, kind);

-- Whom a firm's awards count for besides itself; absent: its own number stands for it.
ALTER TABLE organisations ADD COLUMN representative_id {uuid};
ALTER TABLE organisations ADD COLUMN group_id {uuid};
-- Made by staff to try a call out.
ALTER TABLE organisations ADD COLUMN is_test {bool} NOT NULL DEFAULT FALSE;

ALTER TABLE applications ADD COLUMN track TEXT;
-- A test is never received: it has no number and no time of submission, so nothing that counts applications sees it.
ALTER TABLE applications ADD COLUMN is_test {bool} NOT NULL DEFAULT FALSE
    CONSTRAINT applications_tests_apart CHECK (NOT is_test OR (submitted_at IS NULL AND receipt_no IS NULL AND state IN ('draft', 'withdrawn', 'expired')));

CREATE TABLE test_submissions (
    application_id {uuid} PRIMARY KEY REFERENCES applications (id),
    -- Every condition with the value it saw.
    checks         {json} NOT NULL,
    checked_by     {uuid} NOT NULL REFERENCES people (id),
    checked_at     {time} NOT NULL
){strict};

CREATE TABLE call_change_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO call_change_states (name) VALUES ('preparing'), ('proposed'), ('adopted'), ('refused'), ('dropped');

-- A change of rules, or a later closing for the whole call after an incident.
CREATE TABLE call_changes (
    id            {uuid} PRIMARY KEY,
    call_id       {uuid} NOT NULL REFERENCES calls (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('rules', 'extension')),
    -- The version of the rules it was made from.
    base_version  BIGINT NOT NULL,
    rules         {json},
    closed_before {time},
    closes_at     {time},
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_change_states (name),
    -- Raised by every edit.
    version       BIGINT NOT NULL,
    made_by       {uuid} NOT NULL REFERENCES people (id),
    made_at       {time} NOT NULL,
    decided_by    {uuid} REFERENCES people (id),
    decided_at    {time},
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT call_changes_content CHECK ((kind = 'rules') = (rules IS NOT NULL) AND (kind = 'extension') = (closes_at IS NOT NULL)),
    -- An extension never makes a call shorter.
    CONSTRAINT call_changes_later CHECK (closes_at > closed_before)
){strict};
CREATE UNIQUE INDEX call_changes_one_open ON call_changes (call_id, kind) WHERE state IN ('preparing', 'proposed');
CREATE INDEX call_changes_by_call ON call_changes (call_id, made_at, id);

-- Everybody who had a hand in a change, or in the call itself: whoever approves is none of them.
CREATE TABLE call_hands (
    subject_id {uuid} NOT NULL,
    person_id  {uuid} NOT NULL REFERENCES people (id),
    PRIMARY KEY (subject_id, person_id)
){strict};

CREATE TABLE call_simulations (
    id          {uuid} PRIMARY KEY,
    call_id     {uuid} NOT NULL REFERENCES calls (id),
    version     BIGINT NOT NULL,
    question    {json} NOT NULL,
    asked_by    {uuid} NOT NULL REFERENCES people (id),
    asked_at    {time} NOT NULL,
    seen        BIGINT NOT NULL DEFAULT 0,
    total       BIGINT NOT NULL DEFAULT 0,
    result      {json},
    finished_at {time}
){strict};
CREATE INDEX call_simulations_by_call ON call_simulations (call_id, asked_at, id);

-- A decision that the call's own rules took at once was no person's.
CREATE TABLE decisions_anew (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    call_version   BIGINT NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    BIGINT NOT NULL,
    rank           BIGINT NOT NULL CHECK (rank > 0),
    amount_won     BIGINT NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     {uuid} REFERENCES people (id),
    decided_at     {time} NOT NULL
){strict};
INSERT INTO decisions_anew (id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at)
    SELECT id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at FROM decisions;
DROP TABLE decisions;
ALTER TABLE decisions_anew RENAME TO decisions;
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);
