-- Reviewers, their conflicts, their scores, and the decision. A score once locked is for ever.

CREATE TABLE assignment_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO assignment_states (name) VALUES ('proposed'), ('accepted'), ('recused'), ('locked');

CREATE TABLE review_assignments (
    id              {uuid} PRIMARY KEY,
    application_id  {uuid} NOT NULL REFERENCES applications (id),
    reviewer_id     {uuid} NOT NULL REFERENCES people (id),
    state           TEXT   NOT NULL REFERENCES assignment_states (name),
    conflict_reason TEXT,
    assigned_by     {uuid} NOT NULL REFERENCES people (id),
    assigned_at     {time} NOT NULL,
    declared_at     {time},
    locked_at       {time},
    -- Sum of weighted points in thousandths, given at lock.
    total_milli     BIGINT,
    CONSTRAINT review_assignments_once UNIQUE (application_id, reviewer_id)
){strict};
CREATE INDEX review_assignments_by_reviewer ON review_assignments (reviewer_id, state, assigned_at, id);

CREATE TABLE review_scores (
    assignment_id {uuid} NOT NULL REFERENCES review_assignments (id),
    item          TEXT   NOT NULL,
    points        BIGINT NOT NULL CHECK (points BETWEEN 0 AND 100),
    comment       TEXT   NOT NULL,
    PRIMARY KEY (assignment_id, item)
){strict};

-- Append-only: the score of an application, written when the last required reviewer locks. Recomputable from the
-- locked totals; kept so that a ranking of thousands is read in order instead of computed.
CREATE TABLE review_results (
    application_id {uuid} PRIMARY KEY REFERENCES applications (id),
    call_id        {uuid} NOT NULL REFERENCES calls (id),
    score_milli    BIGINT NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Of equal scores the earlier submission ranks first.
    submitted_at   {time} NOT NULL,
    scored_at      {time} NOT NULL
){strict};
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), submitted_at, application_id);

-- Append-only. An undo is another decision.
CREATE TABLE decisions (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    call_version   BIGINT NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    BIGINT NOT NULL,
    rank           BIGINT NOT NULL CHECK (rank > 0),
    amount_won     BIGINT NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     {uuid} NOT NULL REFERENCES people (id),
    decided_at     {time} NOT NULL
){strict};
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);
