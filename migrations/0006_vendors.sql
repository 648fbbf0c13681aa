-- The registry: vendors, their solutions, and packages priced in versions.

CREATE TABLE vendor_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO vendor_states (name) VALUES ('draft'), ('submitted'), ('approved'), ('rejected'), ('suspended'), ('lapsed');

CREATE TABLE vendors (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id) CONSTRAINT vendors_organisation_once UNIQUE,
    registry_no     TEXT   UNIQUE,
    state           TEXT   NOT NULL REFERENCES vendor_states (name),
    website         TEXT   NOT NULL,
    support_email   TEXT   NOT NULL,
    support_phone   TEXT   NOT NULL,
    references_text TEXT   NOT NULL,
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  {bytes} NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    submitted_at    {time},
    decided_by      {uuid} REFERENCES people (id),
    decided_at      {time},
    decision_note   TEXT,
    expires_on      {date},
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      {time} NOT NULL,
    search_text     TEXT   NOT NULL
){strict};
CREATE INDEX vendors_by_state ON vendors (state, created_at, id);
CREATE INDEX vendors_by_age ON vendors (created_at, id);
CREATE INDEX vendors_by_expiry ON vendors (state, expires_on);

CREATE TABLE solutions (
    id            {uuid} PRIMARY KEY,
    vendor_id     {uuid} NOT NULL REFERENCES vendors (id),
    name          TEXT   NOT NULL,
    summary       TEXT   NOT NULL,
    use_case      TEXT   NOT NULL REFERENCES use_cases (code),
    model_origin  TEXT   NOT NULL CHECK (model_origin IN ('sovereign', 'global', 'open_weight', 'hybrid')),
    model_names   TEXT   NOT NULL,
    hosting       TEXT   NOT NULL CHECK (hosting IN ('kr_public_cloud', 'kr_private', 'foreign_region', 'edge_device')),
    trains_on_customer_data {bool} NOT NULL,
    exit_terms    TEXT   NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1,
    created_at    {time} NOT NULL,
    search_text   TEXT   NOT NULL
){strict};
CREATE INDEX solutions_by_vendor ON solutions (vendor_id);
CREATE INDEX solutions_by_use_case ON solutions (use_case, created_at, id);
CREATE INDEX solutions_by_age ON solutions (created_at, id);

-- A change of price is a new row; the old one gets its last day.
CREATE TABLE packages (
    id              {uuid} PRIMARY KEY,
    solution_id     {uuid} NOT NULL REFERENCES solutions (id),
    name            TEXT   NOT NULL,
    unit            TEXT   NOT NULL,
    unit_price_won  BIGINT NOT NULL CHECK (unit_price_won > 0),
    included        TEXT   NOT NULL,
    valid_from      {date} NOT NULL,
    valid_to        {date},
    created_at      {time} NOT NULL
){strict};
CREATE INDEX packages_by_solution ON packages (solution_id, valid_from);
