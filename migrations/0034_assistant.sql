-- Advice of a generative model to whoever decides: what it was asked, what it said, what a person made of it.

CREATE TABLE advice_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO advice_states (name) VALUES ('waiting'), ('answered'), ('failed'), ('accepted'), ('overridden');

CREATE TABLE assistant_advices (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    -- Beside which result it stands.
    round          BIGINT NOT NULL,
    asked_by       {uuid} NOT NULL REFERENCES people (id),
    asked_at       {time} NOT NULL,
    model          TEXT   NOT NULL,
    prompt_version TEXT   NOT NULL,
    -- What was sent, to the letter, and its hash.
    instructions   TEXT   NOT NULL,
    input          TEXT   NOT NULL,
    prompt_sha256  {bytes} NOT NULL,
    state          TEXT   NOT NULL REFERENCES advice_states (name),
    answered_at    {time},
    -- As the model calls itself.
    answered_model TEXT,
    answer         TEXT,
    -- Why there is no answer.
    trouble        TEXT,
    judged_by      {uuid} REFERENCES people (id),
    judged_at      {time},
    note           TEXT,
    CONSTRAINT assistant_advices_end CHECK (answer IS NULL OR trouble IS NULL),
    CONSTRAINT assistant_advices_ended CHECK ((answered_at IS NULL) = (answer IS NULL AND trouble IS NULL)),
    CONSTRAINT assistant_advices_judged CHECK ((judged_by IS NULL) = (judged_at IS NULL) AND (judged_by IS NULL) = (note IS NULL)),
    CONSTRAINT assistant_advices_judged_answer CHECK (judged_by IS NULL OR answer IS NOT NULL)
){strict};
CREATE INDEX assistant_advices_by_application ON assistant_advices (application_id, asked_at, id);
CREATE UNIQUE INDEX assistant_advices_one_open ON assistant_advices (application_id) WHERE state IN ('waiting', 'answered');
