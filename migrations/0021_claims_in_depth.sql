-- Claims in depth: kinds and amendments of tax invoices, decisions by line, returns with their list and the service
-- clock, candidates for duplicates.

INSERT INTO claim_states (name) VALUES ('reopened');

ALTER TABLE claims ADD COLUMN tax_kind TEXT NOT NULL DEFAULT 'taxable';
-- The place in the queue: when it was filed first, and kept by whoever answers a return in time.
ALTER TABLE claims ADD COLUMN queued_at {time};
-- Until when it is to be decided; none while it waits for the vendor.
ALTER TABLE claims ADD COLUMN due_at {time};
-- Business days from filing to decision, without those it waited for the vendor.
ALTER TABLE claims ADD COLUMN service_days BIGINT;
-- Of a claim that was approved: what of its supply value and VAT was.
ALTER TABLE claims ADD COLUMN approved_supply_won BIGINT CHECK (approved_supply_won > 0);
ALTER TABLE claims ADD COLUMN approved_vat_won BIGINT CHECK (approved_vat_won >= 0);
-- The invoice number as it is compared: letters and digits only.
ALTER TABLE claims ADD COLUMN invoice_fold TEXT NOT NULL DEFAULT '';
UPDATE claims SET queued_at = submitted_at, invoice_fold = lower(replace(replace(invoice_no, '-', ''), ' ', ''));
CREATE INDEX claims_by_due ON claims (state, due_at, id);
CREATE INDEX claims_by_decision ON claims (checked_at) WHERE service_days IS NOT NULL;
CREATE INDEX claims_by_amount ON claims (vendor_id, total_won);
CREATE INDEX claims_by_invoice ON claims (vendor_id, invoice_fold);

-- What an officer decided of each line, and why: one row for each approval and line.
CREATE TABLE claim_line_decisions (
    id          {uuid} PRIMARY KEY,
    claim_id    {uuid} NOT NULL REFERENCES claims (id),
    version     BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    disallowed  {bool} NOT NULL,
    reason      TEXT   NOT NULL,
    decided_by  {uuid} NOT NULL REFERENCES people (id),
    decided_at  {time} NOT NULL,
    CONSTRAINT claim_line_decisions_once UNIQUE (claim_id, version, position)
){strict};

-- A time in which the claim waits for its vendor; the service clock stands.
CREATE TABLE claim_pauses (
    id         {uuid} PRIMARY KEY,
    claim_id   {uuid} NOT NULL REFERENCES claims (id),
    reason     TEXT   NOT NULL CHECK (reason IN ('returned', 'disputed', 'reopened')),
    -- What is missing, one a line.
    items      TEXT   NOT NULL,
    paused_by  {uuid} NOT NULL REFERENCES people (id),
    paused_at  {time} NOT NULL,
    -- Until when the vendor answers to keep its place.
    answer_by  {time} NOT NULL,
    resumed_at {time}
){strict};
CREATE INDEX claim_pauses_by_claim ON claim_pauses (claim_id, paused_at);
CREATE UNIQUE INDEX claim_pauses_one_open ON claim_pauses (claim_id) WHERE resumed_at IS NULL;

-- Another claim that looks like the same invoice: an officer clears it with a reason.
CREATE TABLE claim_candidates (
    id         {uuid} PRIMARY KEY,
    claim_id   {uuid} NOT NULL REFERENCES claims (id),
    other_id   {uuid} NOT NULL REFERENCES claims (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('same_number', 'same_file', 'near_amount')),
    found_at   {time} NOT NULL,
    reason     TEXT,
    cleared_by {uuid} REFERENCES people (id),
    cleared_at {time},
    CONSTRAINT claim_candidates_once UNIQUE (claim_id, other_id, kind),
    CONSTRAINT claim_candidates_two CHECK (claim_id <> other_id),
    CONSTRAINT claim_candidates_cleared CHECK ((cleared_by IS NULL) = (reason IS NULL))
){strict};

-- An amended or cancelled tax invoice: while one is open the voucher is frozen.
CREATE TABLE tax_amendments (
    id              {uuid} PRIMARY KEY,
    claim_id        {uuid} NOT NULL REFERENCES claims (id),
    agreement_id    {uuid} NOT NULL REFERENCES agreements (id),
    approval_number TEXT   NOT NULL UNIQUE,
    original_number TEXT   NOT NULL,
    -- 1 error, 2 value changed, 3 goods returned, 4 contract cancelled, 5 late local credit, 6 issued twice.
    reason          BIGINT NOT NULL CHECK (reason BETWEEN 1 AND 6),
    supply_won      BIGINT NOT NULL CHECK (supply_won <= 0),
    vat_won         BIGINT NOT NULL CHECK (vat_won <= 0),
    issued_on       {date} NOT NULL,
    recorded_by     {uuid} NOT NULL REFERENCES people (id),
    recorded_at     {time} NOT NULL,
    settled_by      {uuid} REFERENCES people (id),
    settled_at      {time},
    settled_note    TEXT,
    CONSTRAINT tax_amendments_settled CHECK ((settled_by IS NULL) = (settled_note IS NULL))
){strict};
CREATE INDEX tax_amendments_by_claim ON tax_amendments (claim_id, recorded_at);
CREATE INDEX tax_amendments_open ON tax_amendments (agreement_id) WHERE settled_at IS NULL;

-- How much a delivered solution is used: read from a log, or reported by the vendor's own service.
CREATE TABLE usage_reports (
    id           {uuid} PRIMARY KEY,
    agreement_id {uuid} NOT NULL REFERENCES agreements (id),
    vendor_id    {uuid} NOT NULL REFERENCES vendors (id),
    -- The vendor's own name of the report: reported twice, it counts once.
    event_id     TEXT   NOT NULL,
    -- A month, 2027-03.
    period       TEXT   NOT NULL,
    active_users BIGINT NOT NULL CHECK (active_users >= 0),
    sessions     BIGINT NOT NULL CHECK (sessions >= 0),
    api_calls    BIGINT NOT NULL CHECK (api_calls >= 0),
    tokens       BIGINT NOT NULL CHECK (tokens >= 0),
    source       TEXT   NOT NULL CHECK (source IN ('log', 'api')),
    sha256       {bytes} NOT NULL,
    received_at  {time} NOT NULL,
    CONSTRAINT usage_reports_once UNIQUE (vendor_id, event_id)
){strict};
CREATE INDEX usage_reports_by_agreement ON usage_reports (agreement_id, period, id);
CREATE INDEX usage_reports_by_vendor ON usage_reports (vendor_id, received_at);

-- The key with which a vendor's service signs its reports.
CREATE TABLE usage_keys (
    id            {uuid} PRIMARY KEY,
    vendor_id     {uuid} NOT NULL REFERENCES vendors (id),
    secret_sealed {bytes} NOT NULL,
    made_by       {uuid} NOT NULL REFERENCES people (id),
    made_at       {time} NOT NULL,
    ended_at      {time}
){strict};
CREATE UNIQUE INDEX usage_keys_one_live ON usage_keys (vendor_id) WHERE ended_at IS NULL;
