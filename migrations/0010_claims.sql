-- Vendor invoices against milestones. A tax invoice is claimed once, for ever.

CREATE TABLE claim_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO claim_states (name) VALUES
    ('submitted'), ('delivery_accepted'), ('disputed'), ('returned'), ('approved'), ('rejected'), ('withdrawn'), ('ordered'), ('paid');

CREATE TABLE claims (
    id               {uuid} PRIMARY KEY,
    number           TEXT   NOT NULL UNIQUE,
    agreement_id     {uuid} NOT NULL REFERENCES agreements (id),
    milestone_id     {uuid} NOT NULL REFERENCES milestones (id),
    application_id   {uuid} NOT NULL REFERENCES applications (id),
    call_version     BIGINT NOT NULL,
    vendor_id        {uuid} NOT NULL REFERENCES vendors (id),
    organisation_id  {uuid} NOT NULL REFERENCES organisations (id),
    state            TEXT   NOT NULL REFERENCES claim_states (name),
    invoice_no       TEXT   NOT NULL,
    issued_on        {date} NOT NULL,
    supplied_on      {date} NOT NULL,
    supplier_number  TEXT   NOT NULL,
    buyer_number     TEXT   NOT NULL,
    supply_won       BIGINT NOT NULL CHECK (supply_won > 0),
    vat_won          BIGINT NOT NULL CHECK (vat_won >= 0),
    total_won        BIGINT NOT NULL,
    -- What the state pays of it; the rest of the supply value and the VAT are the firm's.
    support_won      BIGINT NOT NULL CHECK (support_won >= 0),
    source           TEXT   NOT NULL CHECK (source IN ('form', 'ubl')),
    file_id          {uuid} REFERENCES files (id),
    submitted_by     {uuid} NOT NULL REFERENCES people (id),
    submitted_at     {time} NOT NULL,
    delivery_by      {uuid} REFERENCES people (id),
    delivery_at      {time},
    checked_by       {uuid} REFERENCES people (id),
    checked_at       {time},
    note             TEXT,
    state_since      {time} NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT claims_total CHECK (supply_won + vat_won = total_won),
    CONSTRAINT claims_support CHECK (support_won <= supply_won),
    CONSTRAINT claims_vendor_does_not_accept CHECK (delivery_by <> submitted_by),
    CONSTRAINT claims_vendor_does_not_check CHECK (checked_by <> submitted_by),
    CONSTRAINT claims_firm_does_not_check CHECK (checked_by <> delivery_by)
){strict};
CREATE INDEX claims_by_state ON claims (state, state_since, id);
CREATE INDEX claims_by_since ON claims (state_since, id);
CREATE INDEX claims_by_vendor ON claims (vendor_id, submitted_at, id);
CREATE INDEX claims_by_organisation ON claims (organisation_id, submitted_at, id);
CREATE INDEX claims_by_agreement ON claims (agreement_id, submitted_at, id);
-- One live claim per milestone.
CREATE UNIQUE INDEX claims_one_live ON claims (milestone_id) WHERE state NOT IN ('rejected', 'withdrawn');

-- Append-only: an approval number stays taken whatever becomes of its claim.
CREATE TABLE tax_invoices (
    approval_number TEXT   PRIMARY KEY,
    claim_id        {uuid} NOT NULL REFERENCES claims (id),
    -- The version of the claim that it came with: the highest is the invoice that counts.
    version         BIGINT NOT NULL DEFAULT 1,
    taken_at        {time} NOT NULL
){strict};
CREATE INDEX tax_invoices_by_claim ON tax_invoices (claim_id);

CREATE TABLE claim_lines (
    id             {uuid} PRIMARY KEY,
    claim_id       {uuid} NOT NULL REFERENCES claims (id),
    -- The version of the claim that they came with: what was filed before stays readable.
    version        BIGINT NOT NULL DEFAULT 1,
    position       BIGINT NOT NULL,
    description    TEXT   NOT NULL,
    quantity       BIGINT NOT NULL CHECK (quantity > 0),
    unit_price_won BIGINT NOT NULL,
    net_won        BIGINT NOT NULL
){strict};
CREATE INDEX claim_lines_by_claim ON claim_lines (claim_id, version, position);

-- Append-only: each check with the value it saw.
CREATE TABLE claim_checks (
    id         {uuid} PRIMARY KEY,
    claim_id   {uuid} NOT NULL REFERENCES claims (id),
    -- The version of the claim that was checked.
    version    BIGINT NOT NULL DEFAULT 1,
    rule       TEXT   NOT NULL,
    result     TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value      TEXT   NOT NULL,
    threshold  TEXT   NOT NULL,
    checked_at {time} NOT NULL
){strict};
CREATE INDEX claim_checks_by_claim ON claim_checks (claim_id, version, id);
