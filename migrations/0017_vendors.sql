-- A register that cannot rot: criteria with evidence, approval by two people, AI facts in versions, qualifying prices,
-- suspension in kinds, yearly review, complaints, and an account that only two people change.

INSERT INTO vendor_states (name) VALUES ('clarification'), ('recommended'), ('terminated');

ALTER TABLE vendors ADD COLUMN exception_reason TEXT NOT NULL DEFAULT '';
-- Since when it has been registered without a break; expires_on is the end of the present year.
ALTER TABLE vendors ADD COLUMN approved_on {date};
ALTER TABLE vendors ADD COLUMN terminated_on {date};
ALTER TABLE vendors ADD COLUMN watch_level BIGINT NOT NULL DEFAULT 0 CHECK (watch_level BETWEEN 0 AND 3);
ALTER TABLE vendors ADD COLUMN project_limit_year BIGINT CHECK (project_limit_year >= 0);

-- One submission and its decision: who recommends never approves.
CREATE TABLE vendor_rounds (
    id             {uuid} PRIMARY KEY,
    vendor_id      {uuid} NOT NULL REFERENCES vendors (id),
    submitted_by   {uuid} NOT NULL REFERENCES people (id),
    submitted_at   {time} NOT NULL,
    recommended_by {uuid} REFERENCES people (id),
    recommended_at {time},
    recommendation TEXT,
    decided_by     {uuid} REFERENCES people (id),
    decided_at     {time},
    outcome        TEXT CHECK (outcome IN ('approved', 'rejected')),
    CONSTRAINT vendor_rounds_two_people CHECK (decided_by <> recommended_by OR outcome = 'rejected'),
    CONSTRAINT vendor_rounds_recommended_first CHECK (outcome IS NULL OR outcome <> 'approved' OR recommended_by IS NOT NULL)
){strict};
CREATE INDEX vendor_rounds_by_vendor ON vendor_rounds (vendor_id, submitted_at, id);

INSERT INTO forbidden_pairs (one, other) VALUES
    ('vendor_recommended', 'vendor_approved'), ('account_checked', 'account_confirmed'), ('vendor_failed', 'appeal_decided');

-- What a vendor says of itself by criterion, and what the agency found.
CREATE TABLE vendor_criteria (
    vendor_id   {uuid} NOT NULL REFERENCES vendors (id),
    criterion   TEXT   NOT NULL,
    value_milli BIGINT,
    value_text  TEXT   NOT NULL,
    value_on    {date},
    file_id     {uuid} REFERENCES files (id),
    stated_by   {uuid} NOT NULL REFERENCES people (id),
    stated_at   {time} NOT NULL,
    verdict     TEXT   CHECK (verdict IN ('met', 'unmet', 'waived')),
    note        TEXT   NOT NULL DEFAULT '',
    decided_by  {uuid} REFERENCES people (id),
    decided_at  {time},
    PRIMARY KEY (vendor_id, criterion)
){strict};

CREATE TABLE vendor_references (
    id              {uuid} PRIMARY KEY,
    vendor_id       {uuid} NOT NULL REFERENCES vendors (id),
    business_number TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    months_used     BIGINT NOT NULL CHECK (months_used >= 0),
    gain_milli      BIGINT NOT NULL,
    satisfied       {bool} NOT NULL,
    -- Codes of what ties it to the vendor, comma-separated; empty when nothing does.
    ties            TEXT   NOT NULL,
    in_register     {bool} NOT NULL,
    added_at        {time} NOT NULL,
    CONSTRAINT vendor_references_once UNIQUE (vendor_id, business_number)
){strict};

CREATE TABLE vendor_questions (
    id          {uuid} PRIMARY KEY,
    vendor_id   {uuid} NOT NULL REFERENCES vendors (id),
    round_id    {uuid} NOT NULL REFERENCES vendor_rounds (id),
    position    BIGINT NOT NULL,
    question    TEXT   NOT NULL,
    due_on      {date} NOT NULL,
    asked_by    {uuid} NOT NULL REFERENCES people (id),
    asked_at    {time} NOT NULL,
    answer      TEXT,
    answered_by {uuid} REFERENCES people (id),
    answered_at {time}
){strict};
CREATE INDEX vendor_questions_by_vendor ON vendor_questions (vendor_id, asked_at, position);

CREATE TABLE vendor_conditions (
    id        {uuid} PRIMARY KEY,
    vendor_id {uuid} NOT NULL REFERENCES vendors (id),
    wording   TEXT   NOT NULL,
    due_on    {date} NOT NULL,
    set_by    {uuid} NOT NULL REFERENCES people (id),
    set_at    {time} NOT NULL,
    met_by    {uuid} REFERENCES people (id),
    met_at    {time}
){strict};
CREATE INDEX vendor_conditions_by_vendor ON vendor_conditions (vendor_id, due_on);
CREATE INDEX vendor_conditions_by_due ON vendor_conditions (due_on) WHERE met_at IS NULL;

-- In force from its first day to its last, unless lifted before. Nobody ordered it: the system did.
CREATE TABLE vendor_suspensions (
    id         {uuid} PRIMARY KEY,
    vendor_id  {uuid} NOT NULL REFERENCES vendors (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('no_new', 'no_pay', 'full')),
    reason     TEXT   NOT NULL,
    from_on    {date} NOT NULL,
    to_on      {date},
    ordered_by {uuid} REFERENCES people (id),
    ordered_at {time} NOT NULL,
    lifted_by  {uuid} REFERENCES people (id),
    lifted_at  {time},
    CONSTRAINT vendor_suspensions_term CHECK (to_on >= from_on)
){strict};
CREATE INDEX vendor_suspensions_by_vendor ON vendor_suspensions (vendor_id, from_on);

ALTER TABLE solutions ADD COLUMN facts {json} NOT NULL DEFAULT '{}';
-- Set by a change of hosting, model or data class after approval: nobody may choose it before it was checked again.
ALTER TABLE solutions ADD COLUMN recheck_since {time};
CREATE INDEX solutions_to_check ON solutions (recheck_since) WHERE recheck_since IS NOT NULL;

CREATE TABLE solution_versions (
    solution_id {uuid} NOT NULL REFERENCES solutions (id),
    version     BIGINT NOT NULL,
    content     {json} NOT NULL,
    made_by     {uuid} NOT NULL REFERENCES people (id),
    made_at     {time} NOT NULL,
    PRIMARY KEY (solution_id, version)
){strict};

ALTER TABLE packages ADD COLUMN public_price_won BIGINT CHECK (public_price_won >= unit_price_won);
-- The most that a voucher pays for a unit (domain: invariants, 18); set by the agency.
ALTER TABLE packages ADD COLUMN qualifying_price_won BIGINT CHECK (qualifying_price_won > 0);
ALTER TABLE packages ADD COLUMN qualified_by {uuid} REFERENCES people (id);
ALTER TABLE packages ADD COLUMN qualified_at {time};

CREATE TABLE vendor_campaigns (
    id             {uuid} PRIMARY KEY,
    name           TEXT   NOT NULL,
    due_on         {date} NOT NULL,
    sample_percent BIGINT NOT NULL CHECK (sample_percent BETWEEN 0 AND 100),
    opened_by      {uuid} NOT NULL REFERENCES people (id),
    opened_at      {time} NOT NULL
){strict};

CREATE TABLE vendor_review_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO vendor_review_states (name) VALUES ('open'), ('confirmed'), ('passed'), ('failed'), ('appealed'), ('lost');

CREATE TABLE vendor_reviews (
    id                {uuid} PRIMARY KEY,
    campaign_id       {uuid} NOT NULL REFERENCES vendor_campaigns (id),
    vendor_id         {uuid} NOT NULL REFERENCES vendors (id),
    state             TEXT   NOT NULL REFERENCES vendor_review_states (name),
    -- Drawn to be inspected again, not only to confirm.
    is_sampled        {bool} NOT NULL,
    decided_by        {uuid} REFERENCES people (id),
    decided_at        {time},
    note              TEXT   NOT NULL DEFAULT '',
    appeal            TEXT   NOT NULL DEFAULT '',
    appeal_by         {date},
    appeal_decided_by {uuid} REFERENCES people (id),
    appeal_decided_at {time},
    state_since       {time} NOT NULL,
    CONSTRAINT vendor_reviews_once UNIQUE (campaign_id, vendor_id),
    CONSTRAINT vendor_reviews_two_people CHECK (appeal_decided_by <> decided_by)
){strict};
CREATE INDEX vendor_reviews_by_vendor ON vendor_reviews (vendor_id, state_since);
CREATE INDEX vendor_reviews_by_state ON vendor_reviews (state, state_since, id);

CREATE TABLE vendor_complaint_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO vendor_complaint_states (name) VALUES ('received'), ('answered'), ('closed'), ('upheld');

CREATE TABLE vendor_complaints (
    id              {uuid} PRIMARY KEY,
    vendor_id       {uuid} NOT NULL REFERENCES vendors (id),
    -- Whose it is; the agency's own names none.
    organisation_id {uuid} REFERENCES organisations (id),
    person_id       {uuid} NOT NULL REFERENCES people (id),
    -- The vendor is not told whose it is.
    is_confidential {bool} NOT NULL,
    subject         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES vendor_complaint_states (name),
    received_at     {time} NOT NULL,
    answer_by       {date} NOT NULL,
    answer          TEXT,
    answered_by     {uuid} REFERENCES people (id),
    answered_at     {time},
    outcome_note    TEXT,
    closed_by       {uuid} REFERENCES people (id),
    closed_at       {time}
){strict};
CREATE INDEX vendor_complaints_by_vendor ON vendor_complaints (vendor_id, received_at, id);
CREATE INDEX vendor_complaints_by_organisation ON vendor_complaints (organisation_id, received_at, id);
CREATE INDEX vendor_complaints_by_age ON vendor_complaints (received_at, id);

CREATE TABLE account_change_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO account_change_states (name) VALUES ('requested'), ('checked'), ('cooling'), ('effective'), ('cancelled'), ('refused');

-- Who checks a new account never confirms it; nothing is paid to the vendor before it is in effect or off the table.
CREATE TABLE account_changes (
    id             {uuid} PRIMARY KEY,
    vendor_id      {uuid} NOT NULL REFERENCES vendors (id),
    state          TEXT   NOT NULL REFERENCES account_change_states (name),
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed {bytes} NOT NULL,
    account_ending TEXT   NOT NULL,
    account_holder TEXT   NOT NULL,
    old_ending     TEXT   NOT NULL,
    file_id        {uuid} NOT NULL REFERENCES files (id),
    requested_by   {uuid} NOT NULL REFERENCES people (id),
    requested_at   {time} NOT NULL,
    checked_by     {uuid} REFERENCES people (id),
    checked_at     {time},
    check_note     TEXT,
    confirmed_by   {uuid} REFERENCES people (id),
    confirmed_at   {time},
    effective_at   {time},
    ended_at       {time},
    end_note       TEXT,
    CONSTRAINT account_changes_two_people CHECK (confirmed_by <> checked_by),
    CONSTRAINT account_changes_checked_first CHECK (confirmed_by IS NULL OR checked_by IS NOT NULL)
){strict};
CREATE UNIQUE INDEX account_changes_one_open ON account_changes (vendor_id) WHERE state IN ('requested', 'checked', 'cooling');
CREATE INDEX account_changes_by_vendor ON account_changes (vendor_id, requested_at, id);
CREATE INDEX account_changes_by_effect ON account_changes (state, effective_at);
