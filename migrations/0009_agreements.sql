-- Three assents, the firm's own share, the voucher, milestones, and the baseline that is locked here.

CREATE TABLE agreement_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO agreement_states (name) VALUES ('offered'), ('active'), ('completed'), ('lapsed'), ('terminated');

CREATE TABLE agreements (
    id                 {uuid} PRIMARY KEY,
    application_id     {uuid} NOT NULL REFERENCES applications (id) CONSTRAINT agreements_application_once UNIQUE,
    call_id            {uuid} NOT NULL REFERENCES calls (id),
    call_version       BIGINT NOT NULL,
    number             TEXT   NOT NULL UNIQUE,
    organisation_id    {uuid} NOT NULL REFERENCES organisations (id),
    vendor_id          {uuid} NOT NULL REFERENCES vendors (id),
    state              TEXT   NOT NULL REFERENCES agreement_states (name),
    starts_on          {date} NOT NULL,
    ends_on            {date} NOT NULL,
    total_won          BIGINT NOT NULL CHECK (total_won > 0),
    support_won        BIGINT NOT NULL CHECK (support_won > 0),
    own_won            BIGINT NOT NULL CHECK (own_won >= 0),
    content            TEXT   NOT NULL,
    content_sha256     {bytes} NOT NULL,
    offered_at         {time} NOT NULL,
    answer_by          {time} NOT NULL,
    firm_assent_by     {uuid} REFERENCES people (id),
    firm_assent_at     {time},
    vendor_assent_by   {uuid} REFERENCES people (id),
    vendor_assent_at   {time},
    agency_assent_by   {uuid} REFERENCES people (id),
    agency_assent_at   {time},
    state_since        {time} NOT NULL,
    CONSTRAINT agreements_shares CHECK (support_won + own_won = total_won),
    CONSTRAINT agreements_term CHECK (ends_on > starts_on),
    CONSTRAINT agreements_firm_is_not_agency CHECK (firm_assent_by <> agency_assent_by),
    CONSTRAINT agreements_vendor_is_not_firm CHECK (vendor_assent_by <> firm_assent_by),
    CONSTRAINT agreements_vendor_is_not_agency CHECK (vendor_assent_by <> agency_assent_by)
){strict};
CREATE INDEX agreements_by_organisation ON agreements (organisation_id, offered_at, id);
CREATE INDEX agreements_by_vendor ON agreements (vendor_id, offered_at, id);
CREATE INDEX agreements_by_state ON agreements (state, state_since, id);
CREATE INDEX agreements_by_since ON agreements (state_since, id);

CREATE TABLE agreement_lines (
    id             {uuid} PRIMARY KEY,
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    category       TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    quantity       BIGINT NOT NULL CHECK (quantity > 0),
    unit_price_won BIGINT NOT NULL CHECK (unit_price_won > 0),
    support_won    BIGINT NOT NULL CHECK (support_won >= 0),
    own_won        BIGINT NOT NULL CHECK (own_won >= 0)
){strict};
CREATE INDEX agreement_lines_by_agreement ON agreement_lines (agreement_id, position);

-- Append-only: the baseline is locked with the agreement.
CREATE TABLE agreement_indicators (
    id             {uuid} PRIMARY KEY,
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    baseline_milli BIGINT NOT NULL,
    target_milli   BIGINT NOT NULL,
    locked_at      {time} NOT NULL
){strict};
CREATE INDEX agreement_indicators_by_agreement ON agreement_indicators (agreement_id, position);

CREATE TABLE own_share_deposits (
    id            {uuid} PRIMARY KEY,
    agreement_id  {uuid} NOT NULL REFERENCES agreements (id),
    amount_won    BIGINT NOT NULL CHECK (amount_won > 0),
    payer_name    TEXT   NOT NULL,
    -- The bank's own reference: one deposit is recorded once.
    bank_reference TEXT  NOT NULL CONSTRAINT own_share_deposits_once UNIQUE,
    received_on   {date} NOT NULL,
    recorded_by   {uuid} NOT NULL REFERENCES people (id),
    recorded_at   {time} NOT NULL
){strict};
CREATE INDEX own_share_deposits_by_agreement ON own_share_deposits (agreement_id);

CREATE TABLE voucher_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO voucher_states (name) VALUES ('issued'), ('exhausted'), ('expired'), ('revoked'), ('frozen');

CREATE TABLE vouchers (
    id           {uuid} PRIMARY KEY,
    agreement_id {uuid} NOT NULL REFERENCES agreements (id) CONSTRAINT vouchers_agreement_once UNIQUE,
    number       TEXT   NOT NULL UNIQUE,
    amount_won   BIGINT NOT NULL CHECK (amount_won > 0),
    state        TEXT   NOT NULL REFERENCES voucher_states (name),
    issued_by    {uuid} NOT NULL REFERENCES people (id),
    issued_at    {time} NOT NULL,
    expires_on   {date} NOT NULL
){strict};

CREATE TABLE milestone_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO milestone_states (name) VALUES ('planned'), ('delivered'), ('accepted'), ('disputed');

CREATE TABLE milestones (
    id             {uuid} PRIMARY KEY,
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    deliverables   TEXT   NOT NULL,
    due_on         {date} NOT NULL,
    -- Supply value (without VAT) that may be invoiced for it.
    supply_won     BIGINT NOT NULL CHECK (supply_won > 0),
    support_won    BIGINT NOT NULL CHECK (support_won >= 0),
    state          TEXT   NOT NULL REFERENCES milestone_states (name),
    delivered_at   {time},
    delivered_by   {uuid} REFERENCES people (id),
    answered_at    {time},
    answered_by    {uuid} REFERENCES people (id),
    answer_note    TEXT,
    CONSTRAINT milestones_within CHECK (support_won <= supply_won),
    CONSTRAINT milestones_two_people CHECK (answered_by <> delivered_by)
){strict};
CREATE INDEX milestones_by_agreement ON milestones (agreement_id, position);
