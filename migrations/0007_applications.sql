-- From draft to decision. What was submitted can never change: it is kept whole, with its hash, per round.

CREATE TABLE application_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO application_states (name) VALUES
    ('draft'), ('submitted'), ('supplement_requested'), ('eligible'), ('ineligible'), ('in_review'),
    ('selected'), ('reserve'), ('rejected'), ('agreed'), ('closed'), ('withdrawn'), ('expired');

CREATE TABLE applications (
    id                {uuid} PRIMARY KEY,
    call_id           {uuid} NOT NULL REFERENCES calls (id),
    -- The version of the call's rules at submission; until then the present one applies.
    call_version      BIGINT NOT NULL,
    organisation_id   {uuid} NOT NULL REFERENCES organisations (id),
    vendor_id         {uuid} REFERENCES vendors (id),
    package_id        {uuid} REFERENCES packages (id),
    package_quantity  BIGINT CHECK (package_quantity > 0),
    state             TEXT   NOT NULL REFERENCES application_states (name),
    receipt_no        TEXT   CONSTRAINT applications_receipt_once UNIQUE,
    title             TEXT   NOT NULL,
    use_case          TEXT   REFERENCES use_cases (code),
    process_name      TEXT   NOT NULL,
    problem           TEXT   NOT NULL,
    plan              TEXT   NOT NULL,
    data_class        TEXT,
    latency_class     TEXT,
    language_class    TEXT,
    decision_impact   TEXT,
    model_origin      TEXT,
    hosting           TEXT,
    human_oversight   TEXT   NOT NULL,
    total_won         BIGINT NOT NULL DEFAULT 0 CHECK (total_won >= 0),
    support_won       BIGINT NOT NULL DEFAULT 0 CHECK (support_won >= 0),
    own_won           BIGINT NOT NULL DEFAULT 0 CHECK (own_won >= 0),
    size_class        TEXT,
    region_code       TEXT   NOT NULL REFERENCES regions (code),
    industry_code     TEXT   NOT NULL,
    submitted_at      {time},
    submitted_by      {uuid} REFERENCES people (id),
    submitted_hash    {bytes},
    decided_at        {time},
    -- Raised by every write; a form that names an older one is refused.
    version           BIGINT NOT NULL DEFAULT 1,
    created_at        {time} NOT NULL,
    -- When the state last changed: queues are ordered by it.
    state_since       {time} NOT NULL,
    search_text       TEXT   NOT NULL,
    CONSTRAINT applications_shares CHECK (support_won + own_won = total_won)
){strict};
CREATE UNIQUE INDEX applications_one_live ON applications (organisation_id, call_id)
    WHERE state NOT IN ('withdrawn', 'expired');
CREATE INDEX applications_by_state ON applications (state, state_since, id);
CREATE INDEX applications_by_call_state ON applications (call_id, state, state_since, id);
CREATE INDEX applications_by_since ON applications (state_since, id);
CREATE INDEX applications_by_age ON applications (created_at, id);

CREATE TABLE application_indicators (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    -- Thousandths of the unit; absent while the draft has a gap there.
    baseline_milli BIGINT,
    target_milli   BIGINT,
    baseline_period TEXT  NOT NULL,
    baseline_source TEXT  NOT NULL
){strict};
CREATE INDEX application_indicators_by_application ON application_indicators (application_id, position);

CREATE TABLE application_costs (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    category       TEXT   NOT NULL CHECK (category IN ('solution_licence', 'integration', 'infrastructure', 'cloud_usage', 'data', 'staff')),
    description    TEXT   NOT NULL,
    -- Absent while the draft has a gap there; the shares are there only when the whole line is.
    quantity       BIGINT CHECK (quantity > 0),
    unit_price_won BIGINT CHECK (unit_price_won > 0),
    support_won    BIGINT CHECK (support_won >= 0),
    own_won        BIGINT CHECK (own_won >= 0),
    CONSTRAINT application_costs_add_up CHECK (support_won + own_won = quantity * unit_price_won)
){strict};
CREATE INDEX application_costs_by_application ON application_costs (application_id, position);

CREATE TABLE application_documents (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    file_id        {uuid} NOT NULL REFERENCES files (id),
    attached_at    {time} NOT NULL,
    removed_at     {time}
){strict};
CREATE INDEX application_documents_by_application ON application_documents (application_id);
CREATE INDEX application_documents_by_file ON application_documents (file_id);

-- Append-only: what was received, byte for byte, and its hash.
CREATE TABLE application_submissions (
    application_id {uuid}  NOT NULL REFERENCES applications (id),
    round          BIGINT  NOT NULL,
    content        TEXT    NOT NULL,
    sha256         {bytes} NOT NULL,
    received_at    {time}  NOT NULL,
    received_from  {uuid}  NOT NULL REFERENCES people (id),
    PRIMARY KEY (application_id, round)
){strict};

-- Append-only: each rule with the value it saw.
CREATE TABLE eligibility_checks (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    stage          TEXT   NOT NULL CHECK (stage IN ('submission', 'screening', 'agreement', 'payment')),
    call_version   BIGINT NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     {time} NOT NULL
){strict};
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE supplement_requests (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    items          TEXT   NOT NULL,
    due_at         {time} NOT NULL,
    asked_by       {uuid} NOT NULL REFERENCES people (id),
    asked_at       {time} NOT NULL,
    answered_at    {time},
    PRIMARY KEY (application_id, round)
){strict};
