-- Programme, call, and the rules of a call in versions. A decision keeps the version it was taken under.

CREATE TABLE programmes (
    id         {uuid} PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,
    name_ko    TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    year       BIGINT NOT NULL,
    zone       TEXT   NOT NULL,
    -- The most one firm may be committed over all calls of this programme and year.
    firm_cap_won BIGINT NOT NULL CHECK (firm_cap_won > 0),
    made_by    {uuid} REFERENCES people (id),
    made_at    {time} NOT NULL
){strict};

CREATE TABLE call_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO call_states (name) VALUES ('draft'), ('published'), ('cancelled');

CREATE TABLE calls (
    id            {uuid} PRIMARY KEY,
    programme_id  {uuid} NOT NULL REFERENCES programmes (id),
    code          TEXT   NOT NULL UNIQUE,
    name_ko       TEXT   NOT NULL,
    name_en       TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_states (name),
    opens_at      {time} NOT NULL,
    closes_at     {time} NOT NULL,
    -- A submission whose request began before closing still counts when it ends within the grace.
    grace_seconds BIGINT NOT NULL CHECK (grace_seconds BETWEEN 0 AND 3600),
    budget_won    BIGINT NOT NULL CHECK (budget_won > 0),
    -- The present version of the rules.
    version       BIGINT NOT NULL,
    receipt_count BIGINT NOT NULL DEFAULT 0,
    made_by       {uuid} REFERENCES people (id),
    made_at       {time} NOT NULL,
    published_by  {uuid} REFERENCES people (id),
    published_at  {time},
    CONSTRAINT calls_window CHECK (closes_at > opens_at)
){strict};
CREATE INDEX calls_by_age ON calls (made_at, id);

-- Append-only.
CREATE TABLE call_versions (
    call_id {uuid} NOT NULL REFERENCES calls (id),
    version BIGINT NOT NULL,
    rules   {json} NOT NULL,
    made_by {uuid} REFERENCES people (id),
    made_at {time} NOT NULL,
    PRIMARY KEY (call_id, version)
){strict};
