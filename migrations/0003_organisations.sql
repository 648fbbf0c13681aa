-- Firms and vendors alike: one row per business number.

CREATE TABLE organisations (
    id                  {uuid} PRIMARY KEY,
    business_number     TEXT   NOT NULL CONSTRAINT organisations_number_once UNIQUE,
    corporate_number    TEXT,
    legal_name          TEXT   NOT NULL,
    kind                TEXT   NOT NULL CHECK (kind IN ('corporation', 'individual', 'nonprofit', 'medical', 'cooperative')),
    vat_type            TEXT   NOT NULL CHECK (vat_type IN ('general', 'simplified', 'exempt')),
    representative_name TEXT   NOT NULL,
    industry_code       TEXT   NOT NULL,
    region_code         TEXT   NOT NULL REFERENCES regions (code),
    address             TEXT   NOT NULL,
    phone               TEXT   NOT NULL,
    employees_regular   BIGINT NOT NULL CHECK (employees_regular >= 0),
    founded_on          {date} NOT NULL,
    large_group         {bool} NOT NULL,
    -- What the business register says; re-checked before agreement and payment.
    register_status     TEXT   NOT NULL CHECK (register_status IN ('active', 'suspended', 'closed', 'unknown')),
    register_checked_at {time},
    version             BIGINT NOT NULL DEFAULT 1,
    created_at          {time} NOT NULL,
    search_text         TEXT   NOT NULL
){strict};
CREATE INDEX organisations_by_age ON organisations (created_at, id);

CREATE TABLE organisation_financials (
    organisation_id  {uuid} NOT NULL REFERENCES organisations (id),
    fiscal_year      BIGINT NOT NULL,
    sales_won        BIGINT NOT NULL CHECK (sales_won >= 0),
    total_assets_won BIGINT NOT NULL CHECK (total_assets_won >= 0),
    equity_won       BIGINT NOT NULL,
    capital_won      BIGINT NOT NULL CHECK (capital_won >= 0),
    given_by         {uuid} REFERENCES people (id),
    given_at         {time} NOT NULL,
    PRIMARY KEY (organisation_id, fiscal_year)
){strict};

-- Each assessment is kept: a decision refers to the one it was taken under.
CREATE TABLE size_assessments (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    as_of           {date} NOT NULL,
    class           TEXT   NOT NULL,
    threshold_id    BIGINT REFERENCES size_thresholds (id),
    inputs          {json} NOT NULL,
    assessed_at     {time} NOT NULL
){strict};
CREATE INDEX size_assessments_by_organisation ON size_assessments (organisation_id, assessed_at, id);
