-- The ledger in depth: months that are closed by two people, a stop on payments after a red verification, money that
-- is claimed back; the procedure of recoveries and sanctions.

-- What may be negative is said once, here; the guards below hold every account to it.
CREATE TABLE ledger_account_kinds (
    name            TEXT   PRIMARY KEY,
    may_be_negative {bool} NOT NULL
){strict};
INSERT INTO ledger_account_kinds (name, may_be_negative) VALUES
    ('outside', TRUE), ('budget', FALSE), ('committed', FALSE), ('voucher', FALSE), ('held', FALSE), ('payable', FALSE),
    ('paid', FALSE), ('suspense', TRUE), ('recovery_source', TRUE), ('recoverable', FALSE), ('recovered', FALSE), ('written_off', FALSE),
    ('cap_source', TRUE), ('cap_left', FALSE), ('cap_used', FALSE), ('count_source', TRUE), ('count_left', FALSE),
    ('count_used', FALSE), ('rolling_source', TRUE), ('rolling_used', FALSE);

-- The day a posting counts on, and the month of that day. What belongs to a closed month counts on the first day of
-- the next open one; `late_of` keeps its own day.
ALTER TABLE ledger_postings ADD COLUMN effective_on {date} NOT NULL DEFAULT '1970-01-01';
ALTER TABLE ledger_postings ADD COLUMN period TEXT NOT NULL DEFAULT '1970-01';
ALTER TABLE ledger_postings ADD COLUMN late_of {date};
CREATE INDEX ledger_postings_by_period ON ledger_postings (period);

CREATE TABLE ledger_period_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO ledger_period_states (name) VALUES ('open'), ('proposed'), ('closed');

CREATE TABLE ledger_periods (
    -- 2027-03.
    month         TEXT   PRIMARY KEY CHECK (length(month) = 7),
    state         TEXT   NOT NULL REFERENCES ledger_period_states (name),
    proposed_by   {uuid} REFERENCES people (id),
    proposed_at   {time},
    closed_by     {uuid} REFERENCES people (id),
    closed_at     {time},
    -- Totals by kind of account, as they were sealed.
    report        TEXT,
    report_sha256 {bytes},
    CONSTRAINT ledger_periods_two_people CHECK (closed_by <> proposed_by),
    CONSTRAINT ledger_periods_proposed CHECK (state = 'open' OR proposed_by IS NOT NULL),
    CONSTRAINT ledger_periods_closed CHECK (state <> 'closed' OR (closed_by IS NOT NULL AND closed_at IS NOT NULL
        AND report IS NOT NULL AND report_sha256 IS NOT NULL))
){strict};

-- A posting whose entries do not add up yet stands here; what stands here at the end of a unit of work has no parent,
-- so the engine refuses the whole of it.
CREATE TABLE ledger_nothing (
    id BIGINT PRIMARY KEY CHECK (id < 0 AND id > 0)
){strict};
CREATE TABLE ledger_unbalanced (
    posting_id {uuid} PRIMARY KEY,
    rest_won   BIGINT NOT NULL,
    parent_id  BIGINT NOT NULL REFERENCES ledger_nothing (id) DEFERRABLE INITIALLY DEFERRED
){strict};

-- Nothing is released to the bank while one of these is open.
CREATE TABLE ledger_release_stops (
    id            {uuid} PRIMARY KEY,
    stopped_at    {time} NOT NULL,
    -- What broke, in the words of the verification.
    reason        TEXT   NOT NULL,
    run_id        {uuid} NOT NULL,
    lift_asked_by {uuid} REFERENCES people (id),
    lift_asked_at {time},
    lift_reason   TEXT,
    -- Nobody: a later verification found everything sound.
    ended_by      {uuid} REFERENCES people (id),
    ended_at      {time},
    CONSTRAINT ledger_release_stops_two_people CHECK (ended_by <> lift_asked_by),
    CONSTRAINT ledger_release_stops_reasoned CHECK (ended_by IS NULL OR (lift_asked_by IS NOT NULL AND lift_reason IS NOT NULL))
){strict};
CREATE INDEX ledger_release_stops_by_age ON ledger_release_stops (stopped_at, id);

-- Who may not submit, be selected, be registered or be paid, and until when. One row for each sanction or unpaid recovery.
CREATE TABLE exclusions (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    cause           TEXT   NOT NULL CHECK (cause IN ('sanction', 'unpaid_recovery')),
    from_on         {date} NOT NULL,
    -- Both days inclusive; none: until it is ended.
    to_on           {date},
    ended_on        {date},
    CONSTRAINT exclusions_dates CHECK (to_on >= from_on)
){strict};
CREATE INDEX exclusions_by_organisation ON exclusions (organisation_id, from_on);

-- Each run of all checks, and what each found.
CREATE TABLE verification_runs (
    id          {uuid} PRIMARY KEY,
    started_at  {time} NOT NULL,
    finished_at {time} NOT NULL,
    -- Nobody: the daily run.
    person_id   {uuid} REFERENCES people (id),
    sound       {bool} NOT NULL
){strict};
CREATE INDEX verification_runs_by_age ON verification_runs (finished_at, id);
CREATE TABLE verification_results (
    run_id      {uuid} NOT NULL REFERENCES verification_runs (id),
    position    BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    row_count   BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    breach      TEXT,
    PRIMARY KEY (run_id, position)
){strict};

-- Reference: interest a year in basis points, and how many times the amount is added to it. In force from its day
-- until the next row's. Sources: Framework Act on National Taxes, enforcement rule 19-3 (from general knowledge, to be
-- confirmed before use); Subsidy Act, art. 33-2 and decree (domain.md 1.5, sanctions ladder).
CREATE TABLE recovery_rates (
    valid_from {date} PRIMARY KEY,
    rate_bp    BIGINT NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    source     TEXT   NOT NULL
){strict};
INSERT INTO recovery_rates (valid_from, rate_bp, source) VALUES
    ('2023-03-20', 290, '국세기본법 시행규칙 제19조의3'),
    ('2024-03-22', 350, '국세기본법 시행규칙 제19조의3'),
    ('2025-03-21', 310, '국세기본법 시행규칙 제19조의3');
CREATE TABLE surcharge_rates (
    cause      TEXT   NOT NULL,
    valid_from {date} NOT NULL,
    times      BIGINT NOT NULL CHECK (times BETWEEN 0 AND 30),
    source     TEXT   NOT NULL,
    PRIMARY KEY (cause, valid_from)
){strict};
INSERT INTO surcharge_rates (cause, valid_from, times, source) VALUES
    ('false_receipt', '2016-04-29', 5, '보조금법 제33조의2'),
    ('other_use', '2016-04-29', 3, '보조금법 제33조의2'),
    ('breach', '2016-04-29', 2, '보조금법 제33조의2'),
    ('unmet', '2016-04-29', 1, '보조금법 제33조의2'),
    ('amended_invoice', '2016-04-29', 0, '보조금법 제31조'),
    ('overpaid', '2016-04-29', 0, '보조금법 제31조');

CREATE TABLE recovery_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO recovery_states (name) VALUES ('noticed'), ('objected'), ('due'), ('settled'), ('written_off'), ('revoked');

-- Money claimed back from a firm or vendor.
CREATE TABLE recoveries (
    id              {uuid} PRIMARY KEY,
    number          TEXT   NOT NULL UNIQUE,
    application_id  {uuid} NOT NULL REFERENCES applications (id),
    debtor_id       {uuid} NOT NULL REFERENCES organisations (id),
    debtor_role     TEXT   NOT NULL CHECK (debtor_role IN ('firm', 'vendor')),
    claim_id        {uuid} REFERENCES claims (id),
    amendment_id    {uuid} UNIQUE REFERENCES tax_amendments (id),
    cause           TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    legal_basis     TEXT   NOT NULL,
    -- What had been paid when it was opened.
    paid_won        BIGINT NOT NULL CHECK (paid_won > 0),
    principal_won   BIGINT NOT NULL CHECK (principal_won > 0),
    surcharge_won   BIGINT NOT NULL CHECK (surcharge_won >= 0),
    -- The first day that bears interest.
    interest_from   {date} NOT NULL,
    state           TEXT   NOT NULL REFERENCES recovery_states (name),
    noticed_by      {uuid} NOT NULL REFERENCES people (id),
    noticed_at      {time} NOT NULL,
    object_until    {date} NOT NULL,
    objection       TEXT,
    objected_by     {uuid} REFERENCES people (id),
    objected_at     {time},
    -- Whoever made it final or revoked it, and what they answered.
    decided_by      {uuid} REFERENCES people (id),
    decided_at      {time},
    answer          TEXT,
    due_on          {date},
    -- When instalments were agreed; what came in since counts towards them.
    planned_at      {time},
    -- What is open of each part; interest is reckoned up to and including `interest_until`, and what of a won is left
    -- over is carried in `interest_rest`.
    principal_open_won BIGINT NOT NULL CHECK (principal_open_won >= 0),
    surcharge_open_won BIGINT NOT NULL CHECK (surcharge_open_won >= 0),
    interest_open_won  BIGINT NOT NULL CHECK (interest_open_won >= 0),
    interest_until     {date} NOT NULL,
    interest_rest      BIGINT NOT NULL CHECK (interest_rest BETWEEN 0 AND 3649999),
    write_off_asked_by {uuid} REFERENCES people (id),
    write_off_reason   TEXT,
    written_off_by     {uuid} REFERENCES people (id),
    state_since     {time} NOT NULL,
    CONSTRAINT recoveries_within_paid CHECK (principal_won <= paid_won),
    CONSTRAINT recoveries_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT recoveries_write_off_two_people CHECK (written_off_by <> write_off_asked_by)
){strict};
CREATE INDEX recoveries_by_state ON recoveries (state, state_since, id);
CREATE INDEX recoveries_by_since ON recoveries (state_since, id);
CREATE INDEX recoveries_by_debtor ON recoveries (debtor_id, state_since, id);
CREATE INDEX recoveries_by_application ON recoveries (application_id);

CREATE TABLE recovery_instalments (
    recovery_id {uuid} NOT NULL REFERENCES recoveries (id),
    position    BIGINT NOT NULL,
    due_on      {date} NOT NULL,
    amount_won  BIGINT NOT NULL CHECK (amount_won > 0),
    PRIMARY KEY (recovery_id, position)
){strict};

-- What came in, by transfer or by keeping a later payment back. Each is counted first on interest, then on the
-- principal, then on the surcharge.
CREATE TABLE recovery_receipts (
    id            {uuid} PRIMARY KEY,
    recovery_id   {uuid} NOT NULL REFERENCES recoveries (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('transfer', 'offset')),
    -- The bank's number of the transfer, folded, or the payment that was kept back.
    reference     TEXT   NOT NULL,
    amount_won    BIGINT NOT NULL CHECK (amount_won > 0),
    interest_won  BIGINT NOT NULL CHECK (interest_won >= 0),
    principal_won BIGINT NOT NULL CHECK (principal_won >= 0),
    surcharge_won BIGINT NOT NULL CHECK (surcharge_won >= 0),
    received_on   {date} NOT NULL,
    recorded_by   {uuid} REFERENCES people (id),
    recorded_at   {time} NOT NULL,
    CONSTRAINT recovery_receipts_once UNIQUE (reference, recovery_id),
    CONSTRAINT recovery_receipts_parts CHECK (amount_won = interest_won + principal_won + surcharge_won)
){strict};
CREATE UNIQUE INDEX recovery_receipts_one_transfer ON recovery_receipts (reference) WHERE kind = 'transfer';
CREATE INDEX recovery_receipts_by_recovery ON recovery_receipts (recovery_id, recorded_at, id);

CREATE TABLE sanction_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO sanction_states (name) VALUES ('noticed'), ('objected'), ('in_force'), ('ended'), ('revoked');

CREATE TABLE sanctions (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('warning', 'exclusion')),
    legal_basis     TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    from_on         {date} NOT NULL,
    to_on           {date},
    state           TEXT   NOT NULL REFERENCES sanction_states (name),
    noticed_by      {uuid} NOT NULL REFERENCES people (id),
    noticed_at      {time} NOT NULL,
    object_until    {date} NOT NULL,
    objection       TEXT,
    objected_by     {uuid} REFERENCES people (id),
    objected_at     {time},
    decided_by      {uuid} REFERENCES people (id),
    decided_at      {time},
    answer          TEXT,
    state_since     {time} NOT NULL,
    CONSTRAINT sanctions_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT sanctions_dates CHECK (to_on >= from_on),
    CONSTRAINT sanctions_end CHECK (kind = 'warning' OR to_on IS NOT NULL)
){strict};
CREATE INDEX sanctions_by_state ON sanctions (state, state_since, id);
CREATE INDEX sanctions_by_since ON sanctions (state_since, id);
CREATE INDEX sanctions_by_organisation ON sanctions (organisation_id, state_since, id);
