-- 0001_people --
-- People, what they may do, how they prove who they are; and what every room writes beside its change:
-- audit records, outbox rows, once keys, duties, stored files.

CREATE TABLE roles (
    name TEXT PRIMARY KEY
);

CREATE TABLE person_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE people (
    id                  UUID PRIMARY KEY,
    email               TEXT   NOT NULL CONSTRAINT people_email_once UNIQUE,
    name                TEXT   NOT NULL,
    lang                TEXT   NOT NULL CHECK (lang IN ('ko', 'en')),
    state               TEXT   NOT NULL REFERENCES person_states (name),
    password_hash       TEXT,
    password_changed_at TIMESTAMPTZ,
    failures            BIGINT NOT NULL DEFAULT 0,
    locked_until        TIMESTAMPTZ,
    totp_secret         BYTEA,
    totp_confirmed_at   TIMESTAMPTZ,
    totp_last_step      BIGINT NOT NULL DEFAULT 0,
    created_at          TIMESTAMPTZ NOT NULL
);

-- A row is ended, never removed: grants and withdrawals stay on record.
CREATE TABLE person_roles (
    id              UUID PRIMARY KEY,
    person_id       UUID NOT NULL REFERENCES people (id),
    role            TEXT   NOT NULL REFERENCES roles (name),
    organisation_id UUID,
    granted_by      UUID REFERENCES people (id),
    granted_at      TIMESTAMPTZ NOT NULL,
    ended_by        UUID REFERENCES people (id),
    ended_at        TIMESTAMPTZ
);
CREATE INDEX person_roles_by_person ON person_roles (person_id);
CREATE INDEX person_roles_by_organisation ON person_roles (organisation_id, role);
CREATE UNIQUE INDEX person_roles_live ON person_roles (person_id, role) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id         UUID  PRIMARY KEY,
    key_hash   BYTEA NOT NULL UNIQUE,
    person_id  UUID  NOT NULL REFERENCES people (id),
    form_token TEXT    NOT NULL,
    created_at TIMESTAMPTZ  NOT NULL,
    seen_at    TIMESTAMPTZ  NOT NULL,
    -- When the person last proved who they are: dangerous acts ask for a fresh proof.
    proven_at  TIMESTAMPTZ  NOT NULL,
    -- False between the password and the second factor.
    whole      BOOLEAN  NOT NULL,
    flash      TEXT,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    ended_at   TIMESTAMPTZ
);
CREATE INDEX sessions_by_person ON sessions (person_id, ended_at);

CREATE TABLE mail_tokens (
    id         UUID  PRIMARY KEY,
    hash       BYTEA NOT NULL UNIQUE,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('sign_up', 'reset')),
    email      TEXT    NOT NULL,
    created_at TIMESTAMPTZ  NOT NULL,
    expires_at TIMESTAMPTZ  NOT NULL,
    used_at    TIMESTAMPTZ
);
CREATE INDEX mail_tokens_by_email ON mail_tokens (email, purpose, created_at);

CREATE TABLE recovery_codes (
    id        UUID PRIMARY KEY,
    person_id UUID NOT NULL REFERENCES people (id),
    hash      TEXT   NOT NULL,
    used_at   TIMESTAMPTZ
);
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

CREATE TABLE once_keys (
    id        UUID PRIMARY KEY,
    person_id UUID NOT NULL,
    act       TEXT   NOT NULL,
    result    TEXT   NOT NULL,
    at        TIMESTAMPTZ NOT NULL
);

-- Append-only. `seq`, `previous_hash` and `hash` are given once, when the record is sealed into the chain.
CREATE TABLE audit_records (
    id            UUID  PRIMARY KEY,
    at            TIMESTAMPTZ  NOT NULL,
    actor_id      UUID,
    actor_role    TEXT    NOT NULL,
    subject_kind  TEXT    NOT NULL,
    subject_id    UUID  NOT NULL,
    -- The application, vendor, call or person whose history this belongs to.
    case_id       UUID  NOT NULL,
    kind          TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    seq           BIGINT  UNIQUE,
    previous_hash BYTEA,
    hash          BYTEA
);
CREATE INDEX audit_records_by_case ON audit_records (case_id, at, id);
CREATE INDEX audit_records_by_subject ON audit_records (subject_id, at, id);
CREATE INDEX audit_records_unsealed ON audit_records (at, id) WHERE seq IS NULL;

CREATE TABLE audit_anchors (
    day     DATE  PRIMARY KEY,
    seq     BIGINT  NOT NULL,
    hash    BYTEA NOT NULL,
    made_at TIMESTAMPTZ  NOT NULL
);

-- Two acts of one pair may never be one person's on one case.
CREATE TABLE forbidden_pairs (
    one   TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
);

CREATE TABLE duties (
    id        UUID PRIMARY KEY,
    case_id   UUID NOT NULL,
    act       TEXT   NOT NULL,
    person_id UUID NOT NULL REFERENCES people (id),
    at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX duties_by_case ON duties (case_id, person_id);

CREATE TABLE outbox_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE outbox (
    id            UUID PRIMARY KEY,
    kind          TEXT   NOT NULL,
    payload       JSONB NOT NULL,
    -- One event, one row.
    dedupe        TEXT   NOT NULL UNIQUE,
    case_id       UUID,
    state         TEXT   NOT NULL REFERENCES outbox_states (name),
    run_at        TIMESTAMPTZ NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    leased_until  TIMESTAMPTZ,
    lease         UUID,
    last_error    TEXT,
    created_at    TIMESTAMPTZ NOT NULL,
    done_at       TIMESTAMPTZ
);
CREATE INDEX outbox_due ON outbox (run_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_state ON outbox (state, created_at, id);
CREATE INDEX outbox_by_case ON outbox (case_id, created_at, id);

CREATE TABLE scan_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE files (
    id              UUID PRIMARY KEY,
    organisation_id UUID,
    name            TEXT   NOT NULL,
    media_type      TEXT   NOT NULL,
    size_bytes      BIGINT NOT NULL CHECK (size_bytes > 0),
    sha256          BYTEA NOT NULL,
    scan            TEXT   NOT NULL REFERENCES scan_states (name),
    scanned_at      TIMESTAMPTZ,
    uploaded_by     UUID NOT NULL REFERENCES people (id),
    uploaded_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX files_by_organisation ON files (organisation_id, uploaded_at, id);

-- 0002_reference --
-- What the law and the statistics office fix: industries, SME limits, regions, banks, holidays, use cases.
-- Dated rows, never code: a change of law is a new row and an end date, both days inclusive, so a
-- decision can be told from the rows in force on its day. Sources: domain.md 4.1 and 5.3 to 5.8.

-- KSIC, 11th revision, in force since 2024-07-01.
CREATE TABLE industry_sections (
    code    TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
);

CREATE TABLE industry_divisions (
    code    TEXT NOT NULL PRIMARY KEY,
    section TEXT NOT NULL REFERENCES industry_sections (code),
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
);

-- Both limits are inclusive and in won. The longest code that begins a firm's code counts. -SEAT marks the
-- part of a class the decree's note speaks of: the makers of seats within C31202 and C31322.
CREATE TABLE size_thresholds (
    id              BIGINT NOT NULL PRIMARY KEY,
    industry_code   TEXT   NOT NULL,
    excluding       TEXT,
    sme_limit_won   BIGINT NOT NULL,
    small_limit_won BIGINT NOT NULL,
    valid_from      DATE NOT NULL,
    valid_to        DATE,
    source          TEXT   NOT NULL,
    CONSTRAINT size_thresholds_once UNIQUE (industry_code, valid_from),
    CONSTRAINT size_thresholds_limits CHECK (0 < small_limit_won AND small_limit_won <= sme_limit_won),
    CONSTRAINT size_thresholds_dates CHECK (valid_to >= valid_from)
);

-- ISO 3166-2 codes, but for two kinds the standard has none for: KR-X12, the unit made in 2026, and -OLD,
-- a unit under its former name and administrative code. valid_from is the day of the present name;
-- those before 2020 are from general knowledge and decide nothing.
CREATE TABLE regions (
    code         TEXT   NOT NULL PRIMARY KEY,
    admin_code   TEXT   NOT NULL CONSTRAINT regions_admin_code_once UNIQUE,
    name_ko      TEXT   NOT NULL,
    name_en      TEXT   NOT NULL,
    capital_area BOOLEAN NOT NULL,
    valid_from   DATE NOT NULL,
    valid_to     DATE,
    successor    TEXT   REFERENCES regions (code),
    CONSTRAINT regions_dates CHECK (valid_to >= valid_from),
    CONSTRAINT regions_end_with_successor CHECK ((valid_to IS NULL) = (successor IS NULL))
);

-- The three-digit codes of the Korea Financial Telecommunications and Clearings Institute.
CREATE TABLE banks (
    code    TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
);

-- Public holidays of government offices, substitute days included.
CREATE TABLE holidays (
    day     DATE NOT NULL PRIMARY KEY,
    name_ko TEXT   NOT NULL,
    name_en TEXT   NOT NULL
);

CREATE TABLE use_cases (
    code    TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
);

CREATE TABLE use_case_indicators (
    id        BIGINT NOT NULL PRIMARY KEY,
    use_case  TEXT   NOT NULL REFERENCES use_cases (code),
    code      TEXT   NOT NULL,
    name_ko   TEXT   NOT NULL,
    name_en   TEXT   NOT NULL,
    unit      TEXT   NOT NULL,
    direction TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    CONSTRAINT use_case_indicators_once UNIQUE (use_case, code)
);



-- 중소기업기본법 시행령 별표 1 and 3 as in force since 2025-09-01: 44 industries, then the three exceptions.

-- Gwangju and South Jeolla became one on 2026-07-01: 17 units before, 16 since.


-- New Year's Day, Memorial Day and election days have no substitute; Seollal and Chuseok have one for a
-- Sunday or another holiday, the others for a Saturday too. Labour Day and Constitution Day since 2026.



-- 0003_organisations --
-- Firms and vendors alike: one row per business number.

CREATE TABLE organisations (
    id                  UUID PRIMARY KEY,
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
    founded_on          DATE NOT NULL,
    large_group         BOOLEAN NOT NULL,
    -- What the business register says; re-checked before agreement and payment.
    register_status     TEXT   NOT NULL CHECK (register_status IN ('active', 'suspended', 'closed', 'unknown')),
    register_checked_at TIMESTAMPTZ,
    version             BIGINT NOT NULL DEFAULT 1,
    created_at          TIMESTAMPTZ NOT NULL,
    search_text         TEXT   NOT NULL
);
CREATE INDEX organisations_by_age ON organisations (created_at, id);

CREATE TABLE organisation_financials (
    organisation_id  UUID NOT NULL REFERENCES organisations (id),
    fiscal_year      BIGINT NOT NULL,
    sales_won        BIGINT NOT NULL CHECK (sales_won >= 0),
    total_assets_won BIGINT NOT NULL CHECK (total_assets_won >= 0),
    equity_won       BIGINT NOT NULL,
    capital_won      BIGINT NOT NULL CHECK (capital_won >= 0),
    given_by         UUID REFERENCES people (id),
    given_at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (organisation_id, fiscal_year)
);

-- Each assessment is kept: a decision refers to the one it was taken under.
CREATE TABLE size_assessments (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    as_of           DATE NOT NULL,
    class           TEXT   NOT NULL,
    threshold_id    BIGINT REFERENCES size_thresholds (id),
    inputs          JSONB NOT NULL,
    assessed_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX size_assessments_by_organisation ON size_assessments (organisation_id, assessed_at, id);

-- 0004_programmes --
-- Programme, call, and the rules of a call in versions. A decision keeps the version it was taken under.

CREATE TABLE programmes (
    id         UUID PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,
    name_ko    TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    year       BIGINT NOT NULL,
    zone       TEXT   NOT NULL,
    -- The most one firm may be committed over all calls of this programme and year.
    firm_cap_won BIGINT NOT NULL CHECK (firm_cap_won > 0),
    made_by    UUID REFERENCES people (id),
    made_at    TIMESTAMPTZ NOT NULL
);

CREATE TABLE call_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE calls (
    id            UUID PRIMARY KEY,
    programme_id  UUID NOT NULL REFERENCES programmes (id),
    code          TEXT   NOT NULL UNIQUE,
    name_ko       TEXT   NOT NULL,
    name_en       TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_states (name),
    opens_at      TIMESTAMPTZ NOT NULL,
    closes_at     TIMESTAMPTZ NOT NULL,
    -- A submission whose request began before closing still counts when it ends within the grace.
    grace_seconds BIGINT NOT NULL CHECK (grace_seconds BETWEEN 0 AND 3600),
    budget_won    BIGINT NOT NULL CHECK (budget_won > 0),
    -- The present version of the rules.
    version       BIGINT NOT NULL,
    receipt_count BIGINT NOT NULL DEFAULT 0,
    made_by       UUID REFERENCES people (id),
    made_at       TIMESTAMPTZ NOT NULL,
    published_by  UUID REFERENCES people (id),
    published_at  TIMESTAMPTZ,
    CONSTRAINT calls_window CHECK (closes_at > opens_at)
);
CREATE INDEX calls_by_age ON calls (made_at, id);

-- Append-only.
CREATE TABLE call_versions (
    call_id UUID NOT NULL REFERENCES calls (id),
    version BIGINT NOT NULL,
    rules   JSONB NOT NULL,
    made_by UUID REFERENCES people (id),
    made_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (call_id, version)
);

-- 0005_ledger --
-- Double entry in minor units. Postings and entries are append-only; balances are guarded by the engine itself.

CREATE TABLE ledger_accounts (
    id         UUID PRIMARY KEY,
    kind       TEXT   NOT NULL,
    -- The call, application, claim or firm whose money this is; for the cap of a firm, `scope` is the programme.
    owner_id   UUID NOT NULL,
    scope_id   UUID NOT NULL,
    may_be_negative BOOLEAN NOT NULL,
    balance_won BIGINT NOT NULL,
    opened_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT ledger_accounts_once UNIQUE (kind, owner_id, scope_id),
    CONSTRAINT ledger_accounts_no_overdraft CHECK (may_be_negative OR balance_won >= 0)
);
CREATE INDEX ledger_accounts_by_owner ON ledger_accounts (owner_id);

CREATE TABLE ledger_postings (
    id         UUID PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    kind       TEXT   NOT NULL,
    -- The application or call that the money belongs to.
    case_id    UUID NOT NULL,
    -- One event, one posting: for example `commit:<application>`.
    reference  TEXT   NOT NULL UNIQUE,
    actor_id   UUID
);
CREATE INDEX ledger_postings_by_case ON ledger_postings (case_id, at, id);

CREATE TABLE ledger_entries (
    id         UUID PRIMARY KEY,
    posting_id UUID NOT NULL REFERENCES ledger_postings (id),
    account_id UUID NOT NULL REFERENCES ledger_accounts (id),
    -- Positive: the account holds more.
    amount_won BIGINT NOT NULL CHECK (amount_won <> 0)
);
CREATE INDEX ledger_entries_by_posting ON ledger_entries (posting_id);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, id);

-- 0006_vendors --
-- The registry: vendors, their solutions, and packages priced in versions.

CREATE TABLE vendor_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE vendors (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id) CONSTRAINT vendors_organisation_once UNIQUE,
    registry_no     TEXT   UNIQUE,
    state           TEXT   NOT NULL REFERENCES vendor_states (name),
    website         TEXT   NOT NULL,
    support_email   TEXT   NOT NULL,
    support_phone   TEXT   NOT NULL,
    references_text TEXT   NOT NULL,
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BYTEA NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    submitted_at    TIMESTAMPTZ,
    decided_by      UUID REFERENCES people (id),
    decided_at      TIMESTAMPTZ,
    decision_note   TEXT,
    expires_on      DATE,
    version         BIGINT NOT NULL DEFAULT 1,
    created_at      TIMESTAMPTZ NOT NULL,
    search_text     TEXT   NOT NULL
);
CREATE INDEX vendors_by_state ON vendors (state, created_at, id);
CREATE INDEX vendors_by_age ON vendors (created_at, id);
CREATE INDEX vendors_by_expiry ON vendors (state, expires_on);

CREATE TABLE solutions (
    id            UUID PRIMARY KEY,
    vendor_id     UUID NOT NULL REFERENCES vendors (id),
    name          TEXT   NOT NULL,
    summary       TEXT   NOT NULL,
    use_case      TEXT   NOT NULL REFERENCES use_cases (code),
    model_origin  TEXT   NOT NULL CHECK (model_origin IN ('sovereign', 'global', 'open_weight', 'hybrid')),
    model_names   TEXT   NOT NULL,
    hosting       TEXT   NOT NULL CHECK (hosting IN ('kr_public_cloud', 'kr_private', 'foreign_region', 'edge_device')),
    trains_on_customer_data BOOLEAN NOT NULL,
    exit_terms    TEXT   NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1,
    created_at    TIMESTAMPTZ NOT NULL,
    search_text   TEXT   NOT NULL
);
CREATE INDEX solutions_by_vendor ON solutions (vendor_id);
CREATE INDEX solutions_by_use_case ON solutions (use_case, created_at, id);
CREATE INDEX solutions_by_age ON solutions (created_at, id);

-- A change of price is a new row; the old one gets its last day.
CREATE TABLE packages (
    id              UUID PRIMARY KEY,
    solution_id     UUID NOT NULL REFERENCES solutions (id),
    name            TEXT   NOT NULL,
    unit            TEXT   NOT NULL,
    unit_price_won  BIGINT NOT NULL CHECK (unit_price_won > 0),
    included        TEXT   NOT NULL,
    valid_from      DATE NOT NULL,
    valid_to        DATE,
    created_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX packages_by_solution ON packages (solution_id, valid_from);

-- 0007_applications --
-- From draft to decision. What was submitted can never change: it is kept whole, with its hash, per round.

CREATE TABLE application_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE applications (
    id                UUID PRIMARY KEY,
    call_id           UUID NOT NULL REFERENCES calls (id),
    -- The version of the call's rules at submission; until then the present one applies.
    call_version      BIGINT NOT NULL,
    organisation_id   UUID NOT NULL REFERENCES organisations (id),
    vendor_id         UUID REFERENCES vendors (id),
    package_id        UUID REFERENCES packages (id),
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
    submitted_at      TIMESTAMPTZ,
    submitted_by      UUID REFERENCES people (id),
    submitted_hash    BYTEA,
    decided_at        TIMESTAMPTZ,
    -- Raised by every write; a form that names an older one is refused.
    version           BIGINT NOT NULL DEFAULT 1,
    created_at        TIMESTAMPTZ NOT NULL,
    -- When the state last changed: queues are ordered by it.
    state_since       TIMESTAMPTZ NOT NULL,
    search_text       TEXT   NOT NULL,
    CONSTRAINT applications_shares CHECK (support_won + own_won = total_won)
);
CREATE UNIQUE INDEX applications_one_live ON applications (organisation_id, call_id)
    WHERE state NOT IN ('withdrawn', 'expired');
CREATE INDEX applications_by_state ON applications (state, state_since, id);
CREATE INDEX applications_by_call_state ON applications (call_id, state, state_since, id);
CREATE INDEX applications_by_since ON applications (state_since, id);
CREATE INDEX applications_by_age ON applications (created_at, id);

CREATE TABLE application_indicators (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    -- Thousandths of the unit; absent while the draft has a gap there.
    baseline_milli BIGINT,
    target_milli   BIGINT,
    baseline_period TEXT  NOT NULL,
    baseline_source TEXT  NOT NULL
);
CREATE INDEX application_indicators_by_application ON application_indicators (application_id, position);

CREATE TABLE application_costs (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    category       TEXT   NOT NULL CHECK (category IN ('solution_licence', 'integration', 'infrastructure', 'cloud_usage', 'data', 'staff')),
    description    TEXT   NOT NULL,
    -- Absent while the draft has a gap there; the shares are there only when the whole line is.
    quantity       BIGINT CHECK (quantity > 0),
    unit_price_won BIGINT CHECK (unit_price_won > 0),
    support_won    BIGINT CHECK (support_won >= 0),
    own_won        BIGINT CHECK (own_won >= 0),
    CONSTRAINT application_costs_add_up CHECK (support_won + own_won = quantity * unit_price_won)
);
CREATE INDEX application_costs_by_application ON application_costs (application_id, position);

CREATE TABLE application_documents (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    file_id        UUID NOT NULL REFERENCES files (id),
    attached_at    TIMESTAMPTZ NOT NULL,
    removed_at     TIMESTAMPTZ
);
CREATE INDEX application_documents_by_application ON application_documents (application_id);
CREATE INDEX application_documents_by_file ON application_documents (file_id);

-- Append-only: what was received, byte for byte, and its hash.
CREATE TABLE application_submissions (
    application_id UUID  NOT NULL REFERENCES applications (id),
    round          BIGINT  NOT NULL,
    content        TEXT    NOT NULL,
    sha256         BYTEA NOT NULL,
    received_at    TIMESTAMPTZ  NOT NULL,
    received_from  UUID  NOT NULL REFERENCES people (id),
    PRIMARY KEY (application_id, round)
);

-- Append-only: each rule with the value it saw.
CREATE TABLE eligibility_checks (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    stage          TEXT   NOT NULL CHECK (stage IN ('submission', 'screening', 'agreement', 'payment')),
    call_version   BIGINT NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE supplement_requests (
    application_id UUID NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    items          TEXT   NOT NULL,
    due_at         TIMESTAMPTZ NOT NULL,
    asked_by       UUID NOT NULL REFERENCES people (id),
    asked_at       TIMESTAMPTZ NOT NULL,
    answered_at    TIMESTAMPTZ,
    PRIMARY KEY (application_id, round)
);

-- 0008_reviews --
-- Reviewers, their conflicts, their scores, and the decision. A score once locked is for ever.

CREATE TABLE assignment_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE review_assignments (
    id              UUID PRIMARY KEY,
    application_id  UUID NOT NULL REFERENCES applications (id),
    reviewer_id     UUID NOT NULL REFERENCES people (id),
    state           TEXT   NOT NULL REFERENCES assignment_states (name),
    conflict_reason TEXT,
    assigned_by     UUID NOT NULL REFERENCES people (id),
    assigned_at     TIMESTAMPTZ NOT NULL,
    declared_at     TIMESTAMPTZ,
    locked_at       TIMESTAMPTZ,
    -- Sum of weighted points in thousandths, given at lock.
    total_milli     BIGINT,
    CONSTRAINT review_assignments_once UNIQUE (application_id, reviewer_id)
);
CREATE INDEX review_assignments_by_reviewer ON review_assignments (reviewer_id, state, assigned_at, id);

CREATE TABLE review_scores (
    assignment_id UUID NOT NULL REFERENCES review_assignments (id),
    item          TEXT   NOT NULL,
    points        BIGINT NOT NULL CHECK (points BETWEEN 0 AND 100),
    comment       TEXT   NOT NULL,
    PRIMARY KEY (assignment_id, item)
);

-- Append-only: the score of an application, written when the last required reviewer locks. Recomputable from the
-- locked totals; kept so that a ranking of thousands is read in order instead of computed.
CREATE TABLE review_results (
    application_id UUID PRIMARY KEY REFERENCES applications (id),
    call_id        UUID NOT NULL REFERENCES calls (id),
    score_milli    BIGINT NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Of equal scores the earlier submission ranks first.
    submitted_at   TIMESTAMPTZ NOT NULL,
    scored_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), submitted_at, application_id);

-- Append-only. An undo is another decision.
CREATE TABLE decisions (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    call_version   BIGINT NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    BIGINT NOT NULL,
    rank           BIGINT NOT NULL CHECK (rank > 0),
    amount_won     BIGINT NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     UUID NOT NULL REFERENCES people (id),
    decided_at     TIMESTAMPTZ NOT NULL
);
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);

-- 0009_agreements --
-- Three assents, the firm's own share, the voucher, milestones, and the baseline that is locked here.

CREATE TABLE agreement_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE agreements (
    id                 UUID PRIMARY KEY,
    application_id     UUID NOT NULL REFERENCES applications (id) CONSTRAINT agreements_application_once UNIQUE,
    call_id            UUID NOT NULL REFERENCES calls (id),
    call_version       BIGINT NOT NULL,
    number             TEXT   NOT NULL UNIQUE,
    organisation_id    UUID NOT NULL REFERENCES organisations (id),
    vendor_id          UUID NOT NULL REFERENCES vendors (id),
    state              TEXT   NOT NULL REFERENCES agreement_states (name),
    starts_on          DATE NOT NULL,
    ends_on            DATE NOT NULL,
    total_won          BIGINT NOT NULL CHECK (total_won > 0),
    support_won        BIGINT NOT NULL CHECK (support_won > 0),
    own_won            BIGINT NOT NULL CHECK (own_won >= 0),
    content            TEXT   NOT NULL,
    content_sha256     BYTEA NOT NULL,
    offered_at         TIMESTAMPTZ NOT NULL,
    answer_by          TIMESTAMPTZ NOT NULL,
    firm_assent_by     UUID REFERENCES people (id),
    firm_assent_at     TIMESTAMPTZ,
    vendor_assent_by   UUID REFERENCES people (id),
    vendor_assent_at   TIMESTAMPTZ,
    agency_assent_by   UUID REFERENCES people (id),
    agency_assent_at   TIMESTAMPTZ,
    state_since        TIMESTAMPTZ NOT NULL,
    CONSTRAINT agreements_shares CHECK (support_won + own_won = total_won),
    CONSTRAINT agreements_term CHECK (ends_on > starts_on),
    CONSTRAINT agreements_firm_is_not_agency CHECK (firm_assent_by <> agency_assent_by),
    CONSTRAINT agreements_vendor_is_not_firm CHECK (vendor_assent_by <> firm_assent_by),
    CONSTRAINT agreements_vendor_is_not_agency CHECK (vendor_assent_by <> agency_assent_by)
);
CREATE INDEX agreements_by_organisation ON agreements (organisation_id, offered_at, id);
CREATE INDEX agreements_by_vendor ON agreements (vendor_id, offered_at, id);
CREATE INDEX agreements_by_state ON agreements (state, state_since, id);
CREATE INDEX agreements_by_since ON agreements (state_since, id);

CREATE TABLE agreement_lines (
    id             UUID PRIMARY KEY,
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    category       TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    quantity       BIGINT NOT NULL CHECK (quantity > 0),
    unit_price_won BIGINT NOT NULL CHECK (unit_price_won > 0),
    support_won    BIGINT NOT NULL CHECK (support_won >= 0),
    own_won        BIGINT NOT NULL CHECK (own_won >= 0)
);
CREATE INDEX agreement_lines_by_agreement ON agreement_lines (agreement_id, position);

-- Append-only: the baseline is locked with the agreement.
CREATE TABLE agreement_indicators (
    id             UUID PRIMARY KEY,
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    baseline_milli BIGINT NOT NULL,
    target_milli   BIGINT NOT NULL,
    locked_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX agreement_indicators_by_agreement ON agreement_indicators (agreement_id, position);

CREATE TABLE own_share_deposits (
    id            UUID PRIMARY KEY,
    agreement_id  UUID NOT NULL REFERENCES agreements (id),
    amount_won    BIGINT NOT NULL CHECK (amount_won > 0),
    payer_name    TEXT   NOT NULL,
    -- The bank's own reference: one deposit is recorded once.
    bank_reference TEXT  NOT NULL CONSTRAINT own_share_deposits_once UNIQUE,
    received_on   DATE NOT NULL,
    recorded_by   UUID NOT NULL REFERENCES people (id),
    recorded_at   TIMESTAMPTZ NOT NULL
);
CREATE INDEX own_share_deposits_by_agreement ON own_share_deposits (agreement_id);

CREATE TABLE voucher_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE vouchers (
    id           UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id) CONSTRAINT vouchers_agreement_once UNIQUE,
    number       TEXT   NOT NULL UNIQUE,
    amount_won   BIGINT NOT NULL CHECK (amount_won > 0),
    state        TEXT   NOT NULL REFERENCES voucher_states (name),
    issued_by    UUID NOT NULL REFERENCES people (id),
    issued_at    TIMESTAMPTZ NOT NULL,
    expires_on   DATE NOT NULL
);

CREATE TABLE milestone_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE milestones (
    id             UUID PRIMARY KEY,
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    position       BIGINT NOT NULL,
    name           TEXT   NOT NULL,
    deliverables   TEXT   NOT NULL,
    due_on         DATE NOT NULL,
    -- Supply value (without VAT) that may be invoiced for it.
    supply_won     BIGINT NOT NULL CHECK (supply_won > 0),
    support_won    BIGINT NOT NULL CHECK (support_won >= 0),
    state          TEXT   NOT NULL REFERENCES milestone_states (name),
    delivered_at   TIMESTAMPTZ,
    delivered_by   UUID REFERENCES people (id),
    answered_at    TIMESTAMPTZ,
    answered_by    UUID REFERENCES people (id),
    answer_note    TEXT,
    CONSTRAINT milestones_within CHECK (support_won <= supply_won),
    CONSTRAINT milestones_two_people CHECK (answered_by <> delivered_by)
);
CREATE INDEX milestones_by_agreement ON milestones (agreement_id, position);

-- 0010_claims --
-- Vendor invoices against milestones. A tax invoice is claimed once, for ever.

CREATE TABLE claim_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE claims (
    id               UUID PRIMARY KEY,
    number           TEXT   NOT NULL UNIQUE,
    agreement_id     UUID NOT NULL REFERENCES agreements (id),
    milestone_id     UUID NOT NULL REFERENCES milestones (id),
    application_id   UUID NOT NULL REFERENCES applications (id),
    call_version     BIGINT NOT NULL,
    vendor_id        UUID NOT NULL REFERENCES vendors (id),
    organisation_id  UUID NOT NULL REFERENCES organisations (id),
    state            TEXT   NOT NULL REFERENCES claim_states (name),
    invoice_no       TEXT   NOT NULL,
    issued_on        DATE NOT NULL,
    supplied_on      DATE NOT NULL,
    supplier_number  TEXT   NOT NULL,
    buyer_number     TEXT   NOT NULL,
    supply_won       BIGINT NOT NULL CHECK (supply_won > 0),
    vat_won          BIGINT NOT NULL CHECK (vat_won >= 0),
    total_won        BIGINT NOT NULL,
    -- What the state pays of it; the rest of the supply value and the VAT are the firm's.
    support_won      BIGINT NOT NULL CHECK (support_won >= 0),
    source           TEXT   NOT NULL CHECK (source IN ('form', 'ubl')),
    file_id          UUID REFERENCES files (id),
    submitted_by     UUID NOT NULL REFERENCES people (id),
    submitted_at     TIMESTAMPTZ NOT NULL,
    delivery_by      UUID REFERENCES people (id),
    delivery_at      TIMESTAMPTZ,
    checked_by       UUID REFERENCES people (id),
    checked_at       TIMESTAMPTZ,
    note             TEXT,
    state_since      TIMESTAMPTZ NOT NULL,
    version          BIGINT NOT NULL DEFAULT 1,
    CONSTRAINT claims_total CHECK (supply_won + vat_won = total_won),
    CONSTRAINT claims_support CHECK (support_won <= supply_won),
    CONSTRAINT claims_vendor_does_not_accept CHECK (delivery_by <> submitted_by),
    CONSTRAINT claims_vendor_does_not_check CHECK (checked_by <> submitted_by),
    CONSTRAINT claims_firm_does_not_check CHECK (checked_by <> delivery_by)
);
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
    claim_id        UUID NOT NULL REFERENCES claims (id),
    -- The version of the claim that it came with: the highest is the invoice that counts.
    version         BIGINT NOT NULL DEFAULT 1,
    taken_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX tax_invoices_by_claim ON tax_invoices (claim_id);

CREATE TABLE claim_lines (
    id             UUID PRIMARY KEY,
    claim_id       UUID NOT NULL REFERENCES claims (id),
    -- The version of the claim that they came with: what was filed before stays readable.
    version        BIGINT NOT NULL DEFAULT 1,
    position       BIGINT NOT NULL,
    description    TEXT   NOT NULL,
    quantity       BIGINT NOT NULL CHECK (quantity > 0),
    unit_price_won BIGINT NOT NULL,
    net_won        BIGINT NOT NULL
);
CREATE INDEX claim_lines_by_claim ON claim_lines (claim_id, version, position);

-- Append-only: each check with the value it saw.
CREATE TABLE claim_checks (
    id         UUID PRIMARY KEY,
    claim_id   UUID NOT NULL REFERENCES claims (id),
    -- The version of the claim that was checked.
    version    BIGINT NOT NULL DEFAULT 1,
    rule       TEXT   NOT NULL,
    result     TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value      TEXT   NOT NULL,
    threshold  TEXT   NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX claim_checks_by_claim ON claim_checks (claim_id, version, id);

-- 0011_payments --
-- Money leaves once, by three acts of three people, none of whom approved the claim.

CREATE TABLE batch_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE payment_batches (
    id            UUID PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    state         TEXT   NOT NULL REFERENCES batch_states (name),
    payment_count BIGINT NOT NULL CHECK (payment_count > 0),
    total_won     BIGINT NOT NULL CHECK (total_won > 0),
    prepared_by   UUID NOT NULL REFERENCES people (id),
    prepared_at   TIMESTAMPTZ NOT NULL,
    approved_by   UUID REFERENCES people (id),
    approved_at   TIMESTAMPTZ,
    released_by   UUID REFERENCES people (id),
    released_at   TIMESTAMPTZ,
    -- The bank file as it was made at release; downloading it again gives the same bytes.
    file_text     TEXT,
    file_sha256   BYTEA,
    state_since   TIMESTAMPTZ NOT NULL,
    CONSTRAINT payment_batches_checker CHECK (approved_by <> prepared_by),
    CONSTRAINT payment_batches_releaser CHECK (released_by <> prepared_by),
    CONSTRAINT payment_batches_releaser_not_checker CHECK (released_by <> approved_by),
    CONSTRAINT payment_batches_approved_first CHECK (released_by IS NULL OR approved_by IS NOT NULL)
);
CREATE INDEX payment_batches_by_state ON payment_batches (state, state_since, id);
CREATE INDEX payment_batches_by_since ON payment_batches (state_since, id);

CREATE TABLE payment_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE payments (
    id              UUID PRIMARY KEY,
    claim_id        UUID NOT NULL REFERENCES claims (id),
    application_id  UUID NOT NULL REFERENCES applications (id),
    vendor_id       UUID NOT NULL REFERENCES vendors (id),
    batch_id        UUID NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer.
    end_to_end_id   TEXT   NOT NULL UNIQUE,
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BYTEA NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES payment_states (name),
    bank_reference  TEXT,
    bank_note       TEXT,
    answered_by     UUID REFERENCES people (id),
    answered_at     TIMESTAMPTZ,
    -- What the first person found out about an unknown result: confirmed or failed. The second decides.
    proposed_state  TEXT   REFERENCES payment_states (name),
    -- The second person where an unknown result is settled without the bank's own evidence.
    confirmed_by    UUID REFERENCES people (id),
    state_since     TIMESTAMPTZ NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by)
);
CREATE INDEX payments_by_batch ON payments (batch_id, id);
CREATE INDEX payments_by_state ON payments (state, state_since, id);
CREATE INDEX payments_by_vendor ON payments (vendor_id, state_since, id);
-- One live payment per claim: only a failed or cancelled one may be followed by another.
CREATE UNIQUE INDEX payments_one_live ON payments (claim_id) WHERE state NOT IN ('failed', 'cancelled');

-- 0012_outcomes --
-- What changed, against the baseline locked at agreement; risk flags with their end; exports with their purpose.

CREATE TABLE report_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE outcome_reports (
    id             UUID PRIMARY KEY,
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    application_id UUID NOT NULL REFERENCES applications (id),
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    wave           TEXT   NOT NULL CHECK (wave IN ('close', '6m', '12m', '24m', '36m', '48m', '60m')),
    due_on         DATE NOT NULL,
    state          TEXT   NOT NULL REFERENCES report_states (name),
    active_users   BIGINT CHECK (active_users >= 0),
    satisfaction   BIGINT CHECK (satisfaction BETWEEN 1 AND 5),
    would_pay      BOOLEAN,
    comment        TEXT   NOT NULL,
    submitted_by   UUID REFERENCES people (id),
    submitted_at   TIMESTAMPTZ,
    verified_by    UUID REFERENCES people (id),
    verified_at    TIMESTAMPTZ,
    note           TEXT,
    state_since    TIMESTAMPTZ NOT NULL,
    CONSTRAINT outcome_reports_once UNIQUE (agreement_id, wave),
    CONSTRAINT outcome_reports_two_people CHECK (verified_by <> submitted_by)
);
CREATE INDEX outcome_reports_by_state ON outcome_reports (state, state_since, id);
CREATE INDEX outcome_reports_by_since ON outcome_reports (state_since, id);
CREATE INDEX outcome_reports_by_organisation ON outcome_reports (organisation_id, due_on, id);

CREATE TABLE outcome_measurements (
    report_id      UUID NOT NULL REFERENCES outcome_reports (id),
    indicator_id   UUID NOT NULL REFERENCES agreement_indicators (id),
    value_milli    BIGINT NOT NULL,
    measured_on    DATE NOT NULL,
    method         TEXT   NOT NULL CHECK (method IN ('log', 'sample', 'survey', 'estimate')),
    PRIMARY KEY (report_id, indicator_id)
);

CREATE TABLE flag_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE risk_flags (
    id          UUID PRIMARY KEY,
    case_id     UUID NOT NULL,
    rule        TEXT   NOT NULL,
    evidence    TEXT   NOT NULL,
    state       TEXT   NOT NULL REFERENCES flag_states (name),
    raised_at   TIMESTAMPTZ NOT NULL,
    ended_by    UUID REFERENCES people (id),
    ended_at    TIMESTAMPTZ,
    reason      TEXT,
    CONSTRAINT risk_flags_once UNIQUE (case_id, rule),
    CONSTRAINT risk_flags_end_with_reason CHECK (state = 'raised' OR (ended_by IS NOT NULL AND reason IS NOT NULL))
);
CREATE INDEX risk_flags_by_state ON risk_flags (state, raised_at, id);

CREATE TABLE export_records (
    id           UUID PRIMARY KEY,
    dataset      TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    filters      TEXT   NOT NULL,
    definition   TEXT   NOT NULL,
    requested_by UUID NOT NULL REFERENCES people (id),
    started_at   TIMESTAMPTZ NOT NULL,
    row_count    BIGINT,
    sha256       BYTEA,
    finished_at  TIMESTAMPTZ
);
CREATE INDEX export_records_by_age ON export_records (started_at, id);

-- 0013_guards --
-- What no page, no mistake and no hand may do: refused by the engine itself.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER call_versions_append_only BEFORE UPDATE OR DELETE ON call_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_append_only BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_submissions_append_only BEFORE UPDATE OR DELETE ON application_submissions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER eligibility_checks_append_only BEFORE UPDATE OR DELETE ON eligibility_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER size_assessments_append_only BEFORE UPDATE OR DELETE ON size_assessments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_results_append_only BEFORE UPDATE OR DELETE ON review_results FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_indicators_append_only BEFORE UPDATE OR DELETE ON agreement_indicators FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_lines_append_only BEFORE UPDATE OR DELETE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_invoices_append_only BEFORE UPDATE OR DELETE ON tax_invoices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_checks_append_only BEFORE UPDATE OR DELETE ON claim_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_lines_append_only BEFORE UPDATE OR DELETE ON claim_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER duties_append_only BEFORE UPDATE OR DELETE ON duties FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE ON audit_anchors FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_share_deposits_append_only BEFORE UPDATE OR DELETE ON own_share_deposits FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A record is sealed once; nothing else of it ever changes.
CREATE FUNCTION seal_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR NEW.hash IS NULL
        OR (NEW.id, NEW.at, NEW.actor_role, NEW.subject_kind, NEW.subject_id, NEW.case_id, NEW.kind, NEW.detail, NEW.request_id)
            IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor_role, OLD.subject_kind, OLD.subject_id, OLD.case_id, OLD.kind, OLD.detail, OLD.request_id)
        OR NEW.actor_id IS DISTINCT FROM OLD.actor_id THEN
        RAISE EXCEPTION 'audit_records is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_records_sealed_once BEFORE UPDATE ON audit_records FOR EACH ROW EXECUTE FUNCTION seal_once();
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Two acts of a forbidden pair by one person on one case.
CREATE FUNCTION keep_duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two sessions of one person must not both see the other act missing.
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.case_id::text || NEW.person_id::text, 0));
    IF EXISTS (
        SELECT 1 FROM duties d JOIN forbidden_pairs p
            ON (p.one = d.act AND p.other = NEW.act) OR (p.other = d.act AND p.one = NEW.act)
        WHERE d.case_id = NEW.case_id AND d.person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'duties must be apart' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER duties_apart BEFORE INSERT ON duties FOR EACH ROW EXECUTE FUNCTION keep_duties_apart();

-- A locked score is for ever.
CREATE FUNCTION keep_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM review_assignments
        WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.assignment_id ELSE OLD.assignment_id END) = 'locked' THEN
        RAISE EXCEPTION 'scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER review_scores_locked BEFORE INSERT OR UPDATE OR DELETE ON review_scores FOR EACH ROW EXECUTE FUNCTION keep_scores();
CREATE FUNCTION keep_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'locked' THEN
        RAISE EXCEPTION 'scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_assignments_locked BEFORE UPDATE ON review_assignments FOR EACH ROW EXECUTE FUNCTION keep_assignment();

-- An agreement's content is what was assented to.
CREATE FUNCTION keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256, NEW.support_won, NEW.total_won, NEW.application_id)
        IS DISTINCT FROM (OLD.content, OLD.content_sha256, OLD.support_won, OLD.total_won, OLD.application_id) THEN
        RAISE EXCEPTION 'the content of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements FOR EACH ROW EXECUTE FUNCTION keep_agreement();

-- The file that went to the bank stays what it was.
CREATE FUNCTION keep_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.file_text IS NOT NULL AND (NEW.file_text, NEW.total_won, NEW.payment_count)
        IS DISTINCT FROM (OLD.file_text, OLD.total_won, OLD.payment_count) THEN
        RAISE EXCEPTION 'a released batch is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_batches_file_fixed BEFORE UPDATE ON payment_batches FOR EACH ROW EXECUTE FUNCTION keep_batch();
CREATE FUNCTION keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.amount_won, NEW.claim_id, NEW.end_to_end_id, NEW.account_sealed)
        IS DISTINCT FROM (OLD.amount_won, OLD.claim_id, OLD.end_to_end_id, OLD.account_sealed) THEN
        RAISE EXCEPTION 'a payment order is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION keep_payment();

-- Numbers that people read: receipts, agreements, claims. Sequences, so that submissions do not wait for each other.
CREATE SEQUENCE number_receipt;
CREATE SEQUENCE number_vendor;
CREATE SEQUENCE number_agreement;
CREATE SEQUENCE number_voucher;
CREATE SEQUENCE number_claim;
CREATE SEQUENCE number_batch;
CREATE SEQUENCE number_payment;

-- 0014_search --
-- Words folded in Rust (core/names.rs), indexed.

ALTER TABLE applications ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX applications_search ON applications USING gin (search_words);

ALTER TABLE vendors ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX vendors_search ON vendors USING gin (search_words);

ALTER TABLE solutions ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX solutions_search ON solutions USING gin (search_words);

-- 0015_calls --
-- Calls as data: changes that a second person approves, simulations, tracks, caps by representative and group,
-- and test submissions that no counter and no account can see.

CREATE INDEX ledger_accounts_by_scope ON ledger_accounts (scope_id, kind);

-- Whom a firm's awards count for besides itself; absent: its own number stands for it.
ALTER TABLE organisations ADD COLUMN representative_id UUID;
ALTER TABLE organisations ADD COLUMN group_id UUID;
-- Made by staff to try a call out.
ALTER TABLE organisations ADD COLUMN is_test BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE applications ADD COLUMN track TEXT;
-- A test is never received: it has no number and no time of submission, so nothing that counts applications sees it.
ALTER TABLE applications ADD COLUMN is_test BOOLEAN NOT NULL DEFAULT FALSE
    CONSTRAINT applications_tests_apart CHECK (NOT is_test OR (submitted_at IS NULL AND receipt_no IS NULL AND state IN ('draft', 'withdrawn', 'expired')));

CREATE TABLE test_submissions (
    application_id UUID PRIMARY KEY REFERENCES applications (id),
    -- Every condition with the value it saw.
    checks         JSONB NOT NULL,
    checked_by     UUID NOT NULL REFERENCES people (id),
    checked_at     TIMESTAMPTZ NOT NULL
);

CREATE TABLE call_change_states (
    name TEXT PRIMARY KEY
);

-- A change of rules, or a later closing for the whole call after an incident.
CREATE TABLE call_changes (
    id            UUID PRIMARY KEY,
    call_id       UUID NOT NULL REFERENCES calls (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('rules', 'extension')),
    -- The version of the rules it was made from.
    base_version  BIGINT NOT NULL,
    rules         JSONB,
    closed_before TIMESTAMPTZ,
    closes_at     TIMESTAMPTZ,
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_change_states (name),
    -- Raised by every edit.
    version       BIGINT NOT NULL,
    made_by       UUID NOT NULL REFERENCES people (id),
    made_at       TIMESTAMPTZ NOT NULL,
    decided_by    UUID REFERENCES people (id),
    decided_at    TIMESTAMPTZ,
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT call_changes_content CHECK ((kind = 'rules') = (rules IS NOT NULL) AND (kind = 'extension') = (closes_at IS NOT NULL)),
    -- An extension never makes a call shorter.
    CONSTRAINT call_changes_later CHECK (closes_at > closed_before)
);
CREATE UNIQUE INDEX call_changes_one_open ON call_changes (call_id, kind) WHERE state IN ('preparing', 'proposed');
CREATE INDEX call_changes_by_call ON call_changes (call_id, made_at, id);

-- Everybody who had a hand in a change, or in the call itself: whoever approves is none of them.
CREATE TABLE call_hands (
    subject_id UUID NOT NULL,
    person_id  UUID NOT NULL REFERENCES people (id),
    PRIMARY KEY (subject_id, person_id)
);

CREATE TABLE call_simulations (
    id          UUID PRIMARY KEY,
    call_id     UUID NOT NULL REFERENCES calls (id),
    version     BIGINT NOT NULL,
    question    JSONB NOT NULL,
    asked_by    UUID NOT NULL REFERENCES people (id),
    asked_at    TIMESTAMPTZ NOT NULL,
    seen        BIGINT NOT NULL DEFAULT 0,
    total       BIGINT NOT NULL DEFAULT 0,
    result      JSONB,
    finished_at TIMESTAMPTZ
);
CREATE INDEX call_simulations_by_call ON call_simulations (call_id, asked_at, id);

-- A decision that the call's own rules took at once was no person's.
CREATE TABLE decisions_anew (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    call_version   BIGINT NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    BIGINT NOT NULL,
    rank           BIGINT NOT NULL CHECK (rank > 0),
    amount_won     BIGINT NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     UUID REFERENCES people (id),
    decided_at     TIMESTAMPTZ NOT NULL
);
DROP TABLE decisions;
ALTER TABLE decisions_anew RENAME TO decisions;
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);

CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A test moves no money.
CREATE FUNCTION refuse_tests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM applications WHERE id = NEW.case_id AND is_test) THEN
        RAISE EXCEPTION 'a test moves no money' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_postings_no_tests BEFORE INSERT ON ledger_postings FOR EACH ROW EXECUTE FUNCTION refuse_tests();

-- A test stays one, and what was submitted keeps its version and track.
CREATE FUNCTION keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_test, NEW.call_id, NEW.organisation_id) IS DISTINCT FROM (OLD.is_test, OLD.call_id, OLD.organisation_id)
        OR (OLD.submitted_at IS NOT NULL AND (NEW.call_version, NEW.track) IS DISTINCT FROM (OLD.call_version, OLD.track)) THEN
        RAISE EXCEPTION 'what an application was decided under is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications FOR EACH ROW EXECUTE FUNCTION keep_application();

-- 0016_eligibility --
-- Conditions as data: what was seen when they were looked at is kept whole, results name it, officers may waive.

-- Append-only: the facts of one look, as text that is hashed (names in order).
CREATE TABLE eligibility_runs (
    id             UUID  PRIMARY KEY,
    application_id UUID  NOT NULL REFERENCES applications (id),
    call_id        UUID  NOT NULL REFERENCES calls (id),
    stage          TEXT    NOT NULL,
    call_version   BIGINT  NOT NULL,
    facts          TEXT    NOT NULL,
    facts_sha256   BYTEA NOT NULL,
    checked_by     UUID  REFERENCES people (id),
    checked_at     TIMESTAMPTZ  NOT NULL
);
CREATE INDEX eligibility_runs_by_application ON eligibility_runs (application_id, stage, checked_at, id);
CREATE INDEX eligibility_runs_by_call ON eligibility_runs (call_id, stage, id);

-- Without the lists of stages and results: both grow. Rows from before have no run.
CREATE TABLE eligibility_results (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    run_id         UUID REFERENCES eligibility_runs (id),
    stage          TEXT   NOT NULL,
    call_version   BIGINT NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL,
    -- It only warned.
    warning        BOOLEAN NOT NULL DEFAULT FALSE,
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     TIMESTAMPTZ NOT NULL
);
DROP TABLE eligibility_checks;
ALTER TABLE eligibility_results RENAME TO eligibility_checks;
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE waiver_states (
    name TEXT PRIMARY KEY
);

-- An officer lets a case pass a condition, with a reason; or a firm asks for it.
CREATE TABLE waivers (
    id              UUID PRIMARY KEY,
    application_id  UUID NOT NULL REFERENCES applications (id),
    rule            TEXT   NOT NULL,
    -- What the condition came to: what is waived covers this and nothing worse.
    covers          TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES waiver_states (name),
    seen            TEXT   NOT NULL,
    asked_by        UUID REFERENCES people (id),
    asked_at        TIMESTAMPTZ NOT NULL,
    asked_reason    TEXT   NOT NULL,
    decided_by      UUID REFERENCES people (id),
    decided_at      TIMESTAMPTZ,
    decided_reason  TEXT   NOT NULL
);
CREATE UNIQUE INDEX waivers_one_live ON waivers (application_id, rule, covers) WHERE state IN ('asked', 'granted');
CREATE INDEX waivers_by_state ON waivers (state, asked_at, id);

-- Other conditions tried on the frozen facts of past applications. Changes nothing about them.
CREATE TABLE replays (
    id           UUID PRIMARY KEY,
    call_id      UUID NOT NULL REFERENCES calls (id),
    call_version BIGINT NOT NULL,
    rule         TEXT   NOT NULL,
    condition    JSONB NOT NULL,
    stage        TEXT   NOT NULL,
    -- The last run that was tried; absent before the first.
    tried_to     UUID,
    tried        BIGINT NOT NULL DEFAULT 0,
    flipped      BIGINT NOT NULL DEFAULT 0,
    made_by      UUID NOT NULL REFERENCES people (id),
    made_at      TIMESTAMPTZ NOT NULL,
    done_at      TIMESTAMPTZ
);
CREATE INDEX replays_by_call ON replays (call_id, made_at, id);

CREATE TABLE replay_flips (
    id             UUID PRIMARY KEY,
    replay_id      UUID NOT NULL REFERENCES replays (id),
    application_id UUID NOT NULL REFERENCES applications (id),
    was            TEXT   NOT NULL,
    becomes        TEXT   NOT NULL,
    found_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX replay_flips_by_replay ON replay_flips (replay_id, found_at, id);

CREATE TRIGGER eligibility_runs_append_only BEFORE UPDATE OR DELETE ON eligibility_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER eligibility_checks_append_only BEFORE UPDATE OR DELETE ON eligibility_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 0017_vendors --
-- A register that cannot rot: criteria with evidence, approval by two people, AI facts in versions, qualifying prices,
-- suspension in kinds, yearly review, complaints, and an account that only two people change.


ALTER TABLE vendors ADD COLUMN exception_reason TEXT NOT NULL DEFAULT '';
-- Since when it has been registered without a break; expires_on is the end of the present year.
ALTER TABLE vendors ADD COLUMN approved_on DATE;
ALTER TABLE vendors ADD COLUMN terminated_on DATE;
ALTER TABLE vendors ADD COLUMN watch_level BIGINT NOT NULL DEFAULT 0 CHECK (watch_level BETWEEN 0 AND 3);
ALTER TABLE vendors ADD COLUMN project_limit_year BIGINT CHECK (project_limit_year >= 0);

-- One submission and its decision: who recommends never approves.
CREATE TABLE vendor_rounds (
    id             UUID PRIMARY KEY,
    vendor_id      UUID NOT NULL REFERENCES vendors (id),
    submitted_by   UUID NOT NULL REFERENCES people (id),
    submitted_at   TIMESTAMPTZ NOT NULL,
    recommended_by UUID REFERENCES people (id),
    recommended_at TIMESTAMPTZ,
    recommendation TEXT,
    decided_by     UUID REFERENCES people (id),
    decided_at     TIMESTAMPTZ,
    outcome        TEXT CHECK (outcome IN ('approved', 'rejected')),
    CONSTRAINT vendor_rounds_two_people CHECK (decided_by <> recommended_by OR outcome = 'rejected'),
    CONSTRAINT vendor_rounds_recommended_first CHECK (outcome IS NULL OR outcome <> 'approved' OR recommended_by IS NOT NULL)
);
CREATE INDEX vendor_rounds_by_vendor ON vendor_rounds (vendor_id, submitted_at, id);


-- What a vendor says of itself by criterion, and what the agency found.
CREATE TABLE vendor_criteria (
    vendor_id   UUID NOT NULL REFERENCES vendors (id),
    criterion   TEXT   NOT NULL,
    value_milli BIGINT,
    value_text  TEXT   NOT NULL,
    value_on    DATE,
    file_id     UUID REFERENCES files (id),
    stated_by   UUID NOT NULL REFERENCES people (id),
    stated_at   TIMESTAMPTZ NOT NULL,
    verdict     TEXT   CHECK (verdict IN ('met', 'unmet', 'waived')),
    note        TEXT   NOT NULL DEFAULT '',
    decided_by  UUID REFERENCES people (id),
    decided_at  TIMESTAMPTZ,
    PRIMARY KEY (vendor_id, criterion)
);

CREATE TABLE vendor_references (
    id              UUID PRIMARY KEY,
    vendor_id       UUID NOT NULL REFERENCES vendors (id),
    business_number TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    months_used     BIGINT NOT NULL CHECK (months_used >= 0),
    gain_milli      BIGINT NOT NULL,
    satisfied       BOOLEAN NOT NULL,
    -- Codes of what ties it to the vendor, comma-separated; empty when nothing does.
    ties            TEXT   NOT NULL,
    in_register     BOOLEAN NOT NULL,
    added_at        TIMESTAMPTZ NOT NULL,
    CONSTRAINT vendor_references_once UNIQUE (vendor_id, business_number)
);

CREATE TABLE vendor_questions (
    id          UUID PRIMARY KEY,
    vendor_id   UUID NOT NULL REFERENCES vendors (id),
    round_id    UUID NOT NULL REFERENCES vendor_rounds (id),
    position    BIGINT NOT NULL,
    question    TEXT   NOT NULL,
    due_on      DATE NOT NULL,
    asked_by    UUID NOT NULL REFERENCES people (id),
    asked_at    TIMESTAMPTZ NOT NULL,
    answer      TEXT,
    answered_by UUID REFERENCES people (id),
    answered_at TIMESTAMPTZ
);
CREATE INDEX vendor_questions_by_vendor ON vendor_questions (vendor_id, asked_at, position);

CREATE TABLE vendor_conditions (
    id        UUID PRIMARY KEY,
    vendor_id UUID NOT NULL REFERENCES vendors (id),
    wording   TEXT   NOT NULL,
    due_on    DATE NOT NULL,
    set_by    UUID NOT NULL REFERENCES people (id),
    set_at    TIMESTAMPTZ NOT NULL,
    met_by    UUID REFERENCES people (id),
    met_at    TIMESTAMPTZ
);
CREATE INDEX vendor_conditions_by_vendor ON vendor_conditions (vendor_id, due_on);
CREATE INDEX vendor_conditions_by_due ON vendor_conditions (due_on) WHERE met_at IS NULL;

-- In force from its first day to its last, unless lifted before. Nobody ordered it: the system did.
CREATE TABLE vendor_suspensions (
    id         UUID PRIMARY KEY,
    vendor_id  UUID NOT NULL REFERENCES vendors (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('no_new', 'no_pay', 'full')),
    reason     TEXT   NOT NULL,
    from_on    DATE NOT NULL,
    to_on      DATE,
    ordered_by UUID REFERENCES people (id),
    ordered_at TIMESTAMPTZ NOT NULL,
    lifted_by  UUID REFERENCES people (id),
    lifted_at  TIMESTAMPTZ,
    CONSTRAINT vendor_suspensions_term CHECK (to_on >= from_on)
);
CREATE INDEX vendor_suspensions_by_vendor ON vendor_suspensions (vendor_id, from_on);

ALTER TABLE solutions ADD COLUMN facts JSONB NOT NULL DEFAULT '{}';
-- Set by a change of hosting, model or data class after approval: nobody may choose it before it was checked again.
ALTER TABLE solutions ADD COLUMN recheck_since TIMESTAMPTZ;
CREATE INDEX solutions_to_check ON solutions (recheck_since) WHERE recheck_since IS NOT NULL;

CREATE TABLE solution_versions (
    solution_id UUID NOT NULL REFERENCES solutions (id),
    version     BIGINT NOT NULL,
    content     JSONB NOT NULL,
    made_by     UUID NOT NULL REFERENCES people (id),
    made_at     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (solution_id, version)
);

ALTER TABLE packages ADD COLUMN public_price_won BIGINT CHECK (public_price_won >= unit_price_won);
-- The most that a voucher pays for a unit (domain: invariants, 18); set by the agency.
ALTER TABLE packages ADD COLUMN qualifying_price_won BIGINT CHECK (qualifying_price_won > 0);
ALTER TABLE packages ADD COLUMN qualified_by UUID REFERENCES people (id);
ALTER TABLE packages ADD COLUMN qualified_at TIMESTAMPTZ;

CREATE TABLE vendor_campaigns (
    id             UUID PRIMARY KEY,
    name           TEXT   NOT NULL,
    due_on         DATE NOT NULL,
    sample_percent BIGINT NOT NULL CHECK (sample_percent BETWEEN 0 AND 100),
    opened_by      UUID NOT NULL REFERENCES people (id),
    opened_at      TIMESTAMPTZ NOT NULL
);

CREATE TABLE vendor_review_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE vendor_reviews (
    id                UUID PRIMARY KEY,
    campaign_id       UUID NOT NULL REFERENCES vendor_campaigns (id),
    vendor_id         UUID NOT NULL REFERENCES vendors (id),
    state             TEXT   NOT NULL REFERENCES vendor_review_states (name),
    -- Drawn to be inspected again, not only to confirm.
    is_sampled        BOOLEAN NOT NULL,
    decided_by        UUID REFERENCES people (id),
    decided_at        TIMESTAMPTZ,
    note              TEXT   NOT NULL DEFAULT '',
    appeal            TEXT   NOT NULL DEFAULT '',
    appeal_by         DATE,
    appeal_decided_by UUID REFERENCES people (id),
    appeal_decided_at TIMESTAMPTZ,
    state_since       TIMESTAMPTZ NOT NULL,
    CONSTRAINT vendor_reviews_once UNIQUE (campaign_id, vendor_id),
    CONSTRAINT vendor_reviews_two_people CHECK (appeal_decided_by <> decided_by)
);
CREATE INDEX vendor_reviews_by_vendor ON vendor_reviews (vendor_id, state_since);
CREATE INDEX vendor_reviews_by_state ON vendor_reviews (state, state_since, id);

CREATE TABLE vendor_complaint_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE vendor_complaints (
    id              UUID PRIMARY KEY,
    vendor_id       UUID NOT NULL REFERENCES vendors (id),
    -- Whose it is; the agency's own names none.
    organisation_id UUID REFERENCES organisations (id),
    person_id       UUID NOT NULL REFERENCES people (id),
    -- The vendor is not told whose it is.
    is_confidential BOOLEAN NOT NULL,
    subject         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES vendor_complaint_states (name),
    received_at     TIMESTAMPTZ NOT NULL,
    answer_by       DATE NOT NULL,
    answer          TEXT,
    answered_by     UUID REFERENCES people (id),
    answered_at     TIMESTAMPTZ,
    outcome_note    TEXT,
    closed_by       UUID REFERENCES people (id),
    closed_at       TIMESTAMPTZ
);
CREATE INDEX vendor_complaints_by_vendor ON vendor_complaints (vendor_id, received_at, id);
CREATE INDEX vendor_complaints_by_organisation ON vendor_complaints (organisation_id, received_at, id);
CREATE INDEX vendor_complaints_by_age ON vendor_complaints (received_at, id);

CREATE TABLE account_change_states (
    name TEXT PRIMARY KEY
);

-- Who checks a new account never confirms it; nothing is paid to the vendor before it is in effect or off the table.
CREATE TABLE account_changes (
    id             UUID PRIMARY KEY,
    vendor_id      UUID NOT NULL REFERENCES vendors (id),
    state          TEXT   NOT NULL REFERENCES account_change_states (name),
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed BYTEA NOT NULL,
    account_ending TEXT   NOT NULL,
    account_holder TEXT   NOT NULL,
    old_ending     TEXT   NOT NULL,
    file_id        UUID NOT NULL REFERENCES files (id),
    requested_by   UUID NOT NULL REFERENCES people (id),
    requested_at   TIMESTAMPTZ NOT NULL,
    checked_by     UUID REFERENCES people (id),
    checked_at     TIMESTAMPTZ,
    check_note     TEXT,
    confirmed_by   UUID REFERENCES people (id),
    confirmed_at   TIMESTAMPTZ,
    effective_at   TIMESTAMPTZ,
    ended_at       TIMESTAMPTZ,
    end_note       TEXT,
    CONSTRAINT account_changes_two_people CHECK (confirmed_by <> checked_by),
    CONSTRAINT account_changes_checked_first CHECK (confirmed_by IS NULL OR checked_by IS NOT NULL)
);
CREATE UNIQUE INDEX account_changes_one_open ON account_changes (vendor_id) WHERE state IN ('requested', 'checked', 'cooling');
CREATE INDEX account_changes_by_vendor ON account_changes (vendor_id, requested_at, id);
CREATE INDEX account_changes_by_effect ON account_changes (state, effective_at);

-- 0018_drafts --
-- Applications that cannot be lost: what each save left, so that two people's writing can be brought together;
-- certification by a second person; supplements item by item; reminders; questions that calls add.

-- What a part of a draft said after the save that made this version. The base when two people wrote at once.
CREATE TABLE application_revisions (
    application_id UUID NOT NULL REFERENCES applications (id),
    section        TEXT   NOT NULL,
    -- The row of a list (an indicator, a line of cost); nil for a part that is one form.
    row_id         UUID NOT NULL,
    version        BIGINT NOT NULL,
    fields         JSONB NOT NULL,
    saved_by       UUID NOT NULL REFERENCES people (id),
    saved_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (application_id, section, row_id, version)
);

ALTER TABLE application_costs ADD COLUMN unit TEXT NOT NULL DEFAULT '';
-- Whether VAT comes on top; the support never covers it.
ALTER TABLE application_costs ADD COLUMN taxed BOOLEAN NOT NULL DEFAULT TRUE;
-- The part of the own share that is brought in kind; the rest is cash.
ALTER TABLE application_costs ADD COLUMN in_kind_won BIGINT NOT NULL DEFAULT 0 CHECK (in_kind_won >= 0);

-- Pages of a PDF; absent for other kinds and where they cannot be counted.
ALTER TABLE files ADD COLUMN pages BIGINT;

-- Append-only. Counts for exactly one version of one content: a later edit voids it by itself.
CREATE TABLE application_certifications (
    application_id UUID  NOT NULL REFERENCES applications (id),
    version        BIGINT  NOT NULL,
    content_sha256 BYTEA NOT NULL,
    prepared_by    UUID  NOT NULL REFERENCES people (id),
    prepared_at    TIMESTAMPTZ  NOT NULL,
    certified_by   UUID  REFERENCES people (id),
    certified_at   TIMESTAMPTZ,
    PRIMARY KEY (application_id, version),
    CONSTRAINT certifications_two_people CHECK (certified_by <> prepared_by)
);

CREATE TABLE supplement_items (
    application_id UUID NOT NULL,
    round          BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    section        TEXT   NOT NULL,
    -- A code of the catalogue of defects; empty when the officer's own words are all there is.
    defect         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    PRIMARY KEY (application_id, round, position),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
);

CREATE TABLE supplement_answers (
    application_id UUID NOT NULL,
    round          BIGINT NOT NULL,
    section        TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    answered_by    UUID NOT NULL REFERENCES people (id),
    answered_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (application_id, round, section),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
);

-- A round after the first is asked for only when a manager allowed it, with a reason.
CREATE TABLE supplement_approvals (
    application_id UUID NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    reason         TEXT   NOT NULL,
    approved_by    UUID NOT NULL REFERENCES people (id),
    approved_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (application_id, round)
);

-- Each kind of reminder once for an application.
CREATE TABLE application_reminders (
    application_id UUID NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    at             TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (application_id, kind)
);

-- Append-only: a changed question is another version, and calls name the version they ask.
CREATE TABLE questions (
    code     TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    label_ko TEXT   NOT NULL,
    label_en TEXT   NOT NULL,
    hint_ko  TEXT   NOT NULL,
    hint_en  TEXT   NOT NULL,
    -- One choice a line, in the same order in both languages.
    choices_ko TEXT NOT NULL,
    choices_en TEXT NOT NULL,
    made_by  UUID NOT NULL REFERENCES people (id),
    made_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (code, version)
);

CREATE TABLE application_answers (
    application_id UUID NOT NULL REFERENCES applications (id),
    code           TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    PRIMARY KEY (application_id, code)
);

-- 0019_firms --
-- Firms: who acts for them and in which capacity, advisers under a mandate, documents given once,
-- what the business register answers, who belongs together, and aid from other agencies.


CREATE TABLE capacities (
    name TEXT PRIMARY KEY
);

-- What a membership (a live role of a firm or vendor) may do; what it was before stays in the history.
CREATE TABLE member_capacities (
    role_id  UUID NOT NULL REFERENCES person_roles (id),
    capacity TEXT   NOT NULL REFERENCES capacities (name),
    PRIMARY KEY (role_id, capacity)
);

CREATE TABLE mandate_states (
    name TEXT PRIMARY KEY
);

-- An adviser prepares a firm's applications within these days: never submits, signs, or sees bank data.
CREATE TABLE mandates (
    id                 UUID PRIMARY KEY,
    organisation_id    UUID NOT NULL REFERENCES organisations (id),
    adviser_id         UUID REFERENCES people (id),
    email              TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    company            TEXT   NOT NULL,
    business_number    TEXT,
    phone              TEXT   NOT NULL,
    relation           TEXT   NOT NULL,
    fee_kind           TEXT   NOT NULL,
    fee_won            BIGINT CHECK (fee_won >= 0),
    fee_basis_points   BIGINT CHECK (fee_basis_points >= 0),
    starts_on          DATE NOT NULL,
    ends_on            DATE NOT NULL,
    state              TEXT   NOT NULL REFERENCES mandate_states (name),
    -- Codes of what an officer should look at, found when the mandate was given.
    flags              TEXT   NOT NULL,
    given_by           UUID NOT NULL REFERENCES people (id),
    given_at           TIMESTAMPTZ NOT NULL,
    answered_at        TIMESTAMPTZ,
    ended_by           UUID REFERENCES people (id),
    ended_at           TIMESTAMPTZ,
    end_reason         TEXT   NOT NULL DEFAULT '',
    CHECK (ends_on >= starts_on)
);
CREATE INDEX mandates_by_organisation ON mandates (organisation_id, given_at, id);
CREATE INDEX mandates_by_adviser ON mandates (adviser_id, state);
CREATE INDEX mandates_by_email ON mandates (email, given_at, id);

-- A link by mail that makes somebody a member of an organisation, or an adviser under a mandate.
CREATE TABLE invitations (
    id              UUID  PRIMARY KEY,
    organisation_id UUID  NOT NULL REFERENCES organisations (id),
    role            TEXT    NOT NULL REFERENCES roles (name),
    capacities      TEXT    NOT NULL,
    mandate_id      UUID  REFERENCES mandates (id),
    email           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    lang            TEXT    NOT NULL CHECK (lang IN ('ko', 'en')),
    hash            BYTEA NOT NULL CONSTRAINT invitations_hash_once UNIQUE,
    invited_by      UUID  NOT NULL REFERENCES people (id),
    invited_at      TIMESTAMPTZ  NOT NULL,
    expires_at      TIMESTAMPTZ  NOT NULL,
    -- Accepted, declined or taken back; nothing more can be done with it then.
    closed_at       TIMESTAMPTZ
);
CREATE INDEX invitations_by_organisation ON invitations (organisation_id, invited_at, id);
CREATE INDEX invitations_by_mandate ON invitations (mandate_id);

-- The mandate under which an adviser works in this session.
ALTER TABLE sessions ADD COLUMN mandate_id UUID;
ALTER TABLE audit_records ADD COLUMN mandate_id UUID;
CREATE INDEX audit_records_by_mandate ON audit_records (mandate_id, at, id) WHERE mandate_id IS NOT NULL;

-- Wrong passwords for addresses without an account slow down as those of accounts do.
CREATE TABLE strange_sign_ins (
    address_hash BYTEA PRIMARY KEY,
    failures     BIGINT  NOT NULL,
    locked_until TIMESTAMPTZ,
    last_at      TIMESTAMPTZ  NOT NULL
);
CREATE INDEX strange_sign_ins_by_age ON strange_sign_ins (last_at);

CREATE TABLE vault_documents (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    file_id         UUID NOT NULL REFERENCES files (id),
    issued_on       DATE NOT NULL,
    -- The last day it counts; NULL: until it is replaced.
    valid_to        DATE,
    added_by        UUID NOT NULL REFERENCES people (id),
    added_at        TIMESTAMPTZ NOT NULL,
    removed_by      UUID REFERENCES people (id),
    removed_at      TIMESTAMPTZ,
    warned_at       TIMESTAMPTZ
);
CREATE INDEX vault_documents_by_organisation ON vault_documents (organisation_id, kind, added_at, id);
CREATE INDEX vault_documents_unwarned ON vault_documents (valid_to, id) WHERE removed_at IS NULL AND warned_at IS NULL;
CREATE INDEX vault_documents_by_file ON vault_documents (file_id);

-- The business register as imported: what the offline connector answers from.
CREATE TABLE register_imports (
    id          UUID  PRIMARY KEY,
    file_name   TEXT    NOT NULL,
    sha256      BYTEA NOT NULL,
    -- The day the register stood like this.
    as_of       DATE  NOT NULL,
    taken       BIGINT  NOT NULL,
    refused     BIGINT  NOT NULL,
    imported_by UUID  NOT NULL REFERENCES people (id),
    imported_at TIMESTAMPTZ  NOT NULL,
    -- NULL while lines are still being read, and for ever when the reading broke off.
    finished_at TIMESTAMPTZ
);
CREATE INDEX register_imports_by_age ON register_imports (imported_at, id);

CREATE TABLE register_import_errors (
    import_id UUID NOT NULL REFERENCES register_imports (id),
    line      BIGINT NOT NULL,
    problem   TEXT   NOT NULL,
    content   TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
);

CREATE TABLE register_entries (
    business_number TEXT   PRIMARY KEY,
    status          TEXT   NOT NULL,
    ended_on        DATE,
    as_of           DATE NOT NULL,
    import_id       UUID NOT NULL REFERENCES register_imports (id)
);

-- Each question to the register with its answer, kept as it came.
CREATE TABLE register_asks (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    connector       TEXT   NOT NULL,
    request         JSONB NOT NULL,
    response        JSONB NOT NULL,
    outcome         TEXT   NOT NULL,
    status_before   TEXT   NOT NULL,
    status_after    TEXT   NOT NULL,
    asked_at        TIMESTAMPTZ NOT NULL
);
CREATE INDEX register_asks_by_organisation ON register_asks (organisation_id, asked_at, id);
CREATE INDEX register_asks_changes ON register_asks (asked_at, id) WHERE outcome = 'changed';
ALTER TABLE organisations ADD COLUMN register_asked_at TIMESTAMPTZ;

-- By what two organisations may turn out to be one: folded texts and fingerprints, never an account number.
CREATE TABLE organisation_keys (
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    value           TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, kind)
);
CREATE INDEX organisation_keys_by_value ON organisation_keys (kind, value);
ALTER TABLE organisations ADD COLUMN keyed BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX organisations_unkeyed ON organisations (id) WHERE NOT keyed;
CREATE UNIQUE INDEX organisations_corporate_once ON organisations (corporate_number) WHERE corporate_number IS NOT NULL;

CREATE TABLE affiliation_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE affiliations (
    id         UUID PRIMARY KEY,
    one_id     UUID NOT NULL REFERENCES organisations (id),
    other_id   UUID NOT NULL REFERENCES organisations (id),
    kind       TEXT   NOT NULL,
    -- From 1 (says little) to 100 (says all).
    strength   BIGINT NOT NULL CHECK (strength BETWEEN 1 AND 100),
    state      TEXT   NOT NULL REFERENCES affiliation_states (name),
    first_seen TIMESTAMPTZ NOT NULL,
    decided_by UUID REFERENCES people (id),
    decided_at TIMESTAMPTZ,
    reason     TEXT   NOT NULL DEFAULT '',
    CHECK (one_id < other_id),
    CONSTRAINT affiliations_once UNIQUE (one_id, other_id, kind)
);
CREATE INDEX affiliations_by_state ON affiliations (state, first_seen, id);
CREATE INDEX affiliations_by_other ON affiliations (other_id);

-- Organisations that confirmed affiliations tie together; the group's id is that of its oldest member.
CREATE TABLE organisation_groups (
    organisation_id UUID PRIMARY KEY REFERENCES organisations (id),
    group_id        UUID NOT NULL REFERENCES organisations (id)
);
CREATE INDEX organisation_groups_by_group ON organisation_groups (group_id);

CREATE TABLE award_imports (
    id           UUID  PRIMARY KEY,
    agency       TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    sha256       BYTEA NOT NULL,
    made_by      UUID  NOT NULL REFERENCES people (id),
    made_at      TIMESTAMPTZ  NOT NULL,
    confirmed_by UUID  REFERENCES people (id),
    confirmed_at TIMESTAMPTZ,
    taken        BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX award_imports_by_age ON award_imports (made_at, id);

CREATE TABLE award_import_lines (
    import_id       UUID NOT NULL REFERENCES award_imports (id),
    line            BIGINT NOT NULL,
    business_number TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      BIGINT NOT NULL,
    awarded_on      DATE NOT NULL,
    -- The code of what is wrong with the line; '' when it can be taken.
    problem         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
);

CREATE TABLE outside_awards (
    id              UUID PRIMARY KEY,
    business_number TEXT   NOT NULL,
    agency          TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    -- Folded, so that one award is one row however it is written.
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
    awarded_on      DATE NOT NULL,
    source          TEXT   NOT NULL CHECK (source IN ('import', 'declared')),
    import_id       UUID REFERENCES award_imports (id),
    recorded_by     UUID NOT NULL REFERENCES people (id),
    recorded_at     TIMESTAMPTZ NOT NULL,
    removed_by      UUID REFERENCES people (id),
    removed_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX outside_awards_once ON outside_awards (agency_key, reference_key, business_number) WHERE removed_at IS NULL;
CREATE INDEX outside_awards_by_firm ON outside_awards (business_number, awarded_on, id);

-- 0020_indexes --
-- Staff are found by their role; without this every look-up reads the roles of all firms' people.
CREATE INDEX person_roles_by_role ON person_roles (role, person_id) WHERE ended_at IS NULL;

-- 0021_claims_in_depth --
-- Claims in depth: kinds and amendments of tax invoices, decisions by line, returns with their list and the service
-- clock, candidates for duplicates.


ALTER TABLE claims ADD COLUMN tax_kind TEXT NOT NULL DEFAULT 'taxable';
-- The place in the queue: when it was filed first, and kept by whoever answers a return in time.
ALTER TABLE claims ADD COLUMN queued_at TIMESTAMPTZ;
-- Until when it is to be decided; none while it waits for the vendor.
ALTER TABLE claims ADD COLUMN due_at TIMESTAMPTZ;
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
    id          UUID PRIMARY KEY,
    claim_id    UUID NOT NULL REFERENCES claims (id),
    version     BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    disallowed  BOOLEAN NOT NULL,
    reason      TEXT   NOT NULL,
    decided_by  UUID NOT NULL REFERENCES people (id),
    decided_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT claim_line_decisions_once UNIQUE (claim_id, version, position)
);

-- A time in which the claim waits for its vendor; the service clock stands.
CREATE TABLE claim_pauses (
    id         UUID PRIMARY KEY,
    claim_id   UUID NOT NULL REFERENCES claims (id),
    reason     TEXT   NOT NULL CHECK (reason IN ('returned', 'disputed', 'reopened')),
    -- What is missing, one a line.
    items      TEXT   NOT NULL,
    paused_by  UUID NOT NULL REFERENCES people (id),
    paused_at  TIMESTAMPTZ NOT NULL,
    -- Until when the vendor answers to keep its place.
    answer_by  TIMESTAMPTZ NOT NULL,
    resumed_at TIMESTAMPTZ
);
CREATE INDEX claim_pauses_by_claim ON claim_pauses (claim_id, paused_at);
CREATE UNIQUE INDEX claim_pauses_one_open ON claim_pauses (claim_id) WHERE resumed_at IS NULL;

-- Another claim that looks like the same invoice: an officer clears it with a reason.
CREATE TABLE claim_candidates (
    id         UUID PRIMARY KEY,
    claim_id   UUID NOT NULL REFERENCES claims (id),
    other_id   UUID NOT NULL REFERENCES claims (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('same_number', 'same_file', 'near_amount')),
    found_at   TIMESTAMPTZ NOT NULL,
    reason     TEXT,
    cleared_by UUID REFERENCES people (id),
    cleared_at TIMESTAMPTZ,
    CONSTRAINT claim_candidates_once UNIQUE (claim_id, other_id, kind),
    CONSTRAINT claim_candidates_two CHECK (claim_id <> other_id),
    CONSTRAINT claim_candidates_cleared CHECK ((cleared_by IS NULL) = (reason IS NULL))
);

-- An amended or cancelled tax invoice: while one is open the voucher is frozen.
CREATE TABLE tax_amendments (
    id              UUID PRIMARY KEY,
    claim_id        UUID NOT NULL REFERENCES claims (id),
    agreement_id    UUID NOT NULL REFERENCES agreements (id),
    approval_number TEXT   NOT NULL UNIQUE,
    original_number TEXT   NOT NULL,
    -- 1 error, 2 value changed, 3 goods returned, 4 contract cancelled, 5 late local credit, 6 issued twice.
    reason          BIGINT NOT NULL CHECK (reason BETWEEN 1 AND 6),
    supply_won      BIGINT NOT NULL CHECK (supply_won <= 0),
    vat_won         BIGINT NOT NULL CHECK (vat_won <= 0),
    issued_on       DATE NOT NULL,
    recorded_by     UUID NOT NULL REFERENCES people (id),
    recorded_at     TIMESTAMPTZ NOT NULL,
    settled_by      UUID REFERENCES people (id),
    settled_at      TIMESTAMPTZ,
    settled_note    TEXT,
    CONSTRAINT tax_amendments_settled CHECK ((settled_by IS NULL) = (settled_note IS NULL))
);
CREATE INDEX tax_amendments_by_claim ON tax_amendments (claim_id, recorded_at);
CREATE INDEX tax_amendments_open ON tax_amendments (agreement_id) WHERE settled_at IS NULL;

-- How much a delivered solution is used: read from a log, or reported by the vendor's own service.
CREATE TABLE usage_reports (
    id           UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    vendor_id    UUID NOT NULL REFERENCES vendors (id),
    -- The vendor's own name of the report: reported twice, it counts once.
    event_id     TEXT   NOT NULL,
    -- A month, 2027-03.
    period       TEXT   NOT NULL,
    active_users BIGINT NOT NULL CHECK (active_users >= 0),
    sessions     BIGINT NOT NULL CHECK (sessions >= 0),
    api_calls    BIGINT NOT NULL CHECK (api_calls >= 0),
    tokens       BIGINT NOT NULL CHECK (tokens >= 0),
    source       TEXT   NOT NULL CHECK (source IN ('log', 'api')),
    sha256       BYTEA NOT NULL,
    received_at  TIMESTAMPTZ NOT NULL,
    CONSTRAINT usage_reports_once UNIQUE (vendor_id, event_id)
);
CREATE INDEX usage_reports_by_agreement ON usage_reports (agreement_id, period, id);
CREATE INDEX usage_reports_by_vendor ON usage_reports (vendor_id, received_at);

-- The key with which a vendor's service signs its reports.
CREATE TABLE usage_keys (
    id            UUID PRIMARY KEY,
    vendor_id     UUID NOT NULL REFERENCES vendors (id),
    secret_sealed BYTEA NOT NULL,
    made_by       UUID NOT NULL REFERENCES people (id),
    made_at       TIMESTAMPTZ NOT NULL,
    ended_at      TIMESTAMPTZ
);
CREATE UNIQUE INDEX usage_keys_one_live ON usage_keys (vendor_id) WHERE ended_at IS NULL;

-- 0022_payments --
-- Payments in depth: the accounts money leaves from, checks by amount and by deputies, holds, the bank's statements,
-- money that comes back.


-- An account of the agency, and the file its bank takes.
CREATE TABLE bank_profiles (
    id             UUID PRIMARY KEY,
    name           TEXT   NOT NULL,
    format         TEXT   NOT NULL CHECK (format IN ('pain_001_001_09', 'csv')),
    holder         TEXT   NOT NULL,
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed BYTEA NOT NULL,
    account_ending TEXT   NOT NULL,
    bic            TEXT,
    -- Of a CSV: one column a line, `heading=field`.
    columns        TEXT   NOT NULL,
    encoding       TEXT   NOT NULL CHECK (encoding IN ('utf_8', 'euc_kr')),
    made_by        UUID NOT NULL REFERENCES people (id),
    made_at        TIMESTAMPTZ NOT NULL,
    ended_at       TIMESTAMPTZ
);

ALTER TABLE payment_batches ADD COLUMN profile_id UUID REFERENCES bank_profiles (id);
-- How many people check it before it is approved, by the amounts of its calls.
ALTER TABLE payment_batches ADD COLUMN checks_needed BIGINT NOT NULL DEFAULT 1 CHECK (checks_needed BETWEEN 1 AND 3);
-- Who is to check it first; anybody of the payers when nobody is named.
ALTER TABLE payment_batches ADD COLUMN checker_id UUID REFERENCES people (id);

CREATE TABLE batch_checks (
    id         UUID PRIMARY KEY,
    batch_id   UUID NOT NULL REFERENCES payment_batches (id),
    position   BIGINT NOT NULL CHECK (position > 0),
    person_id  UUID NOT NULL REFERENCES people (id),
    -- The absent person for whom this one checked.
    deputy_for UUID REFERENCES people (id),
    at         TIMESTAMPTZ NOT NULL,
    CONSTRAINT batch_checks_in_order UNIQUE (batch_id, position),
    CONSTRAINT batch_checks_once UNIQUE (batch_id, person_id)
);

-- Who checks in whose place, and when.
CREATE TABLE payer_absences (
    id          UUID PRIMARY KEY,
    person_id   UUID NOT NULL REFERENCES people (id),
    deputy_id   UUID NOT NULL REFERENCES people (id),
    from_on     DATE NOT NULL,
    to_on       DATE NOT NULL,
    reason      TEXT   NOT NULL,
    recorded_by UUID NOT NULL REFERENCES people (id),
    recorded_at TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ,
    CONSTRAINT payer_absences_two CHECK (person_id <> deputy_id),
    CONSTRAINT payer_absences_days CHECK (to_on >= from_on)
);
CREATE INDEX payer_absences_by_person ON payer_absences (person_id, to_on);

-- Payments anew: a payment that failed or came back is ordered again under the same end-to-end id, as another
-- attempt with an instruction id of its own.
CREATE TABLE payments_anew (
    id              UUID PRIMARY KEY,
    claim_id        UUID NOT NULL REFERENCES claims (id),
    application_id  UUID NOT NULL REFERENCES applications (id),
    vendor_id       UUID NOT NULL REFERENCES vendors (id),
    batch_id        UUID NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer; the same for every attempt.
    end_to_end_id   TEXT   NOT NULL,
    attempt         BIGINT NOT NULL CHECK (attempt > 0),
    instruction_id  TEXT   NOT NULL,
    -- What goes to the bank: of the claim without what was kept back.
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
    -- Kept back with this order for what the vendor owes.
    kept_won        BIGINT NOT NULL DEFAULT 0 CHECK (kept_won >= 0),
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BYTEA NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES payment_states (name),
    bank_reference  TEXT,
    bank_note       TEXT,
    answered_by     UUID REFERENCES people (id),
    answered_at     TIMESTAMPTZ,
    -- What the first person found out about an unknown result: confirmed or failed. The second decides.
    proposed_state  TEXT   REFERENCES payment_states (name),
    -- The second person where an unknown result is settled without the bank's own evidence.
    confirmed_by    UUID REFERENCES people (id),
    -- The bank's own file where it says the result.
    evidence_id     UUID REFERENCES files (id),
    state_since     TIMESTAMPTZ NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by),
    CONSTRAINT payments_attempt_once UNIQUE (end_to_end_id, attempt),
    CONSTRAINT payments_instruction_once UNIQUE (instruction_id)
);
DROP TABLE payments;
ALTER TABLE payments_anew RENAME TO payments;
CREATE INDEX payments_by_batch ON payments (batch_id, id);
CREATE INDEX payments_by_state ON payments (state, state_since, id);
CREATE INDEX payments_by_vendor ON payments (vendor_id, state_since, id);
CREATE INDEX payments_by_claim ON payments (claim_id, attempt);
-- One live payment per claim, so no claim is in two live batches.
CREATE UNIQUE INDEX payments_one_live ON payments (claim_id) WHERE state NOT IN ('failed', 'cancelled', 'returned');

-- Why a payment, a claim, a vendor or a programme is not paid for now.
CREATE TABLE payment_holds (
    id          UUID PRIMARY KEY,
    level       TEXT   NOT NULL CHECK (level IN ('payment', 'claim', 'vendor', 'programme')),
    subject_id  UUID NOT NULL,
    -- How people call it.
    label       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    owner_id    UUID NOT NULL REFERENCES people (id),
    review_on   DATE NOT NULL,
    placed_by   UUID NOT NULL REFERENCES people (id),
    placed_at   TIMESTAMPTZ NOT NULL,
    lifted_by   UUID REFERENCES people (id),
    lifted_at   TIMESTAMPTZ,
    lift_reason TEXT,
    CONSTRAINT payment_holds_lifted CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lift_reason IS NULL))
);
CREATE INDEX payment_holds_open ON payment_holds (level, subject_id) WHERE lifted_at IS NULL;
CREATE INDEX payment_holds_by_time ON payment_holds (placed_at, id);

-- A statement of the bank (camt.053): opening and closing balance and everything between add up.
CREATE TABLE bank_statements (
    id             UUID PRIMARY KEY,
    statement_id   TEXT   NOT NULL,
    -- The account, known again but not readable.
    account_mark   TEXT   NOT NULL,
    account_ending TEXT   NOT NULL,
    opened_on      DATE NOT NULL,
    closed_on      DATE NOT NULL,
    opening_won    BIGINT NOT NULL,
    moved_won      BIGINT NOT NULL,
    closing_won    BIGINT NOT NULL,
    line_count     BIGINT NOT NULL,
    file_id        UUID NOT NULL REFERENCES files (id),
    imported_by    UUID NOT NULL REFERENCES people (id),
    imported_at    TIMESTAMPTZ NOT NULL,
    CONSTRAINT bank_statements_once UNIQUE (account_mark, statement_id),
    CONSTRAINT bank_statements_add_up CHECK (opening_won + moved_won = closing_won)
);
CREATE INDEX bank_statements_by_time ON bank_statements (imported_at, id);

CREATE TABLE statement_lines (
    id             UUID PRIMARY KEY,
    statement_id   UUID NOT NULL REFERENCES bank_statements (id),
    position       BIGINT NOT NULL,
    -- Positive: money came in.
    amount_won     BIGINT NOT NULL CHECK (amount_won <> 0),
    direction      TEXT   NOT NULL CHECK (direction IN ('out', 'in')),
    booked_on      DATE NOT NULL,
    end_to_end_id  TEXT   NOT NULL,
    bank_reference TEXT   NOT NULL,
    counterparty   TEXT   NOT NULL,
    remittance     TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('matched', 'suspense', 'cleared')),
    -- Why it could not be matched.
    cause          TEXT,
    payment_id     UUID REFERENCES payments (id),
    meaning        TEXT   CHECK (meaning IN ('payment', 'return', 'refund', 'other')),
    imported_by    UUID NOT NULL REFERENCES people (id),
    matched_by     UUID REFERENCES people (id),
    matched_at     TIMESTAMPTZ,
    reason         TEXT,
    CONSTRAINT statement_lines_once UNIQUE (statement_id, position),
    CONSTRAINT statement_lines_two_people CHECK (matched_by <> imported_by),
    CONSTRAINT statement_lines_cleared CHECK ((state = 'cleared') = (matched_by IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT statement_lines_way CHECK ((amount_won > 0) = (direction = 'in'))
);
CREATE UNIQUE INDEX statement_lines_by_payment ON statement_lines (payment_id, direction) WHERE payment_id IS NOT NULL;
CREATE INDEX statement_lines_open ON statement_lines (booked_on, id) WHERE state = 'suspense';

-- What no page, no mistake and no hand may do.
CREATE OR REPLACE FUNCTION keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.amount_won, NEW.kept_won, NEW.claim_id, NEW.batch_id, NEW.attempt, NEW.end_to_end_id, NEW.instruction_id, NEW.account_sealed)
        IS DISTINCT FROM
       (OLD.amount_won, OLD.kept_won, OLD.claim_id, OLD.batch_id, OLD.attempt, OLD.end_to_end_id, OLD.instruction_id, OLD.account_sealed) THEN
        RAISE EXCEPTION 'a payment order is fixed' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state = 'unknown' AND NEW.state <> 'unknown' AND NEW.evidence_id IS NULL AND NEW.confirmed_by IS NULL THEN
        RAISE EXCEPTION 'an unknown result is left by evidence or by two people' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION keep_payment();
CREATE TRIGGER payments_no_delete BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_batch_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM payment_batches WHERE id = NEW.batch_id) <> 'prepared'
        OR EXISTS (SELECT 1 FROM batch_checks WHERE batch_id = NEW.batch_id) THEN
        RAISE EXCEPTION 'a locked batch is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_batch_locked BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION keep_batch_locked();

CREATE FUNCTION keep_checks_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM payment_batches WHERE id = NEW.batch_id AND (prepared_by = NEW.person_id OR state <> 'prepared')) THEN
        RAISE EXCEPTION 'duties must be apart' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_checks_apart BEFORE INSERT ON batch_checks FOR EACH ROW EXECUTE FUNCTION keep_checks_apart();
CREATE TRIGGER batch_checks_append_only BEFORE UPDATE OR DELETE ON batch_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION keep_batch_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'approved' AND OLD.state <> 'approved'
        AND (SELECT COUNT(*) FROM batch_checks WHERE batch_id = NEW.id) < NEW.checks_needed THEN
        RAISE EXCEPTION 'a batch is approved when all its checks are there' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.prepared_by <> OLD.prepared_by OR NEW.checks_needed < OLD.checks_needed OR NEW.total_won <> OLD.total_won
        OR NEW.payment_count <> OLD.payment_count OR (OLD.released_at IS NOT NULL AND (
            (NEW.released_at, NEW.released_by, NEW.file_sha256) IS DISTINCT FROM (OLD.released_at, OLD.released_by, OLD.file_sha256)
            OR NEW.state NOT IN ('released', 'settled'))) THEN
        RAISE EXCEPTION 'a batch is released once and never changed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state = 'released' AND OLD.state <> 'released' THEN
        IF OLD.state <> 'approved' OR EXISTS (SELECT 1 FROM batch_checks WHERE batch_id = NEW.id AND person_id = NEW.released_by) THEN
            RAISE EXCEPTION 'duties must be apart' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM payments p JOIN applications a ON a.id = p.application_id JOIN calls c ON c.id = a.call_id
            JOIN payment_holds h ON h.lifted_at IS NULL AND h.subject_id IN (p.id, p.claim_id, p.vendor_id, c.programme_id)
            WHERE p.batch_id = NEW.id) THEN
            RAISE EXCEPTION 'a held payment never leaves' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_batches_course BEFORE UPDATE ON payment_batches FOR EACH ROW EXECUTE FUNCTION keep_batch_course();

CREATE TRIGGER bank_statements_append_only BEFORE UPDATE OR DELETE ON bank_statements FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION keep_statement_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'suspense' OR (NEW.amount_won, NEW.statement_id, NEW.end_to_end_id, NEW.imported_by)
        IS DISTINCT FROM (OLD.amount_won, OLD.statement_id, OLD.end_to_end_id, OLD.imported_by) THEN
        RAISE EXCEPTION 'a line of a statement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_lines_fixed BEFORE UPDATE ON statement_lines FOR EACH ROW EXECUTE FUNCTION keep_statement_line();
CREATE TRIGGER statement_lines_no_delete BEFORE DELETE ON statement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 0023_reviews_in_depth --
-- Reviews in depth: panels with further and blind readers, what reviewers are close to, results in rounds with a cheap
-- rank, the published draw, approvals, undo, bulk decisions, questions to the firm, objections.

-- 'panel', 'further' (totals lie far apart), 'sample' (a blind second read that changes no score).
ALTER TABLE review_assignments ADD COLUMN purpose TEXT NOT NULL DEFAULT 'panel' CHECK (purpose IN ('panel', 'further', 'sample'));
-- An objection that is upheld may have the case scored anew, by others.
ALTER TABLE review_assignments ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
-- What the records showed; absent when the reviewer said it.
ALTER TABLE review_assignments ADD COLUMN conflict_kind TEXT;

-- Open assignments of each reviewer, kept by a trigger.
CREATE TABLE review_loads (
    reviewer_id UUID PRIMARY KEY REFERENCES people (id),
    open        BIGINT NOT NULL CHECK (open >= 0)
);

-- Append-only but for `standing`, which ends once. Of equal scores the smaller tie ranks first, then the earlier submission.
CREATE TABLE review_results_anew (
    application_id UUID NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL DEFAULT 1,
    call_id        UUID NOT NULL REFERENCES calls (id),
    score_milli    BIGINT NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Codes of the criteria whose mean is below their minimum.
    below          TEXT   NOT NULL DEFAULT '',
    spread_milli   BIGINT NOT NULL DEFAULT 0,
    -- From the call's draw; 0 where it draws nothing.
    tie            BIGINT NOT NULL DEFAULT 0,
    submitted_at   TIMESTAMPTZ NOT NULL,
    scored_at      TIMESTAMPTZ NOT NULL,
    standing       BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (application_id, round)
);
DROP TABLE review_results;
ALTER TABLE review_results_anew RENAME TO review_results;
CREATE UNIQUE INDEX review_results_standing ON review_results (application_id) WHERE standing;
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), tie, submitted_at, application_id) WHERE standing;
CREATE INDEX review_results_by_tie ON review_results (call_id, tie, application_id) WHERE standing;

-- Standing results by tenths of a point, kept by a trigger: a place in the ranking is a sum over these and a count within one.
CREATE TABLE review_rank_counts (
    call_id UUID NOT NULL REFERENCES calls (id),
    bucket  BIGINT NOT NULL,
    results BIGINT NOT NULL CHECK (results >= 0),
    PRIMARY KEY (call_id, bucket)
);

-- Totals that lay too far apart: one more reader is asked.
CREATE TABLE review_spreads (
    application_id UUID NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    spread_milli   BIGINT NOT NULL,
    noted_at       TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (application_id, round)
);

-- Finished reviews that chance drew for a blind second read.
CREATE TABLE review_samples (
    application_id UUID PRIMARY KEY REFERENCES applications (id),
    call_id        UUID NOT NULL REFERENCES calls (id),
    drawn_at       TIMESTAMPTZ NOT NULL
);
CREATE INDEX review_samples_by_age ON review_samples (drawn_at, application_id);

-- How a reviewer scores beside their panels: sums over locked totals of a call, in thousandths of a point.
CREATE TABLE reviewer_figures (
    call_id         UUID NOT NULL REFERENCES calls (id),
    reviewer_id     UUID NOT NULL REFERENCES people (id),
    reads           BIGINT NOT NULL,
    total_milli     BIGINT NOT NULL,
    bias_milli      BIGINT NOT NULL,
    distance_milli  BIGINT NOT NULL,
    PRIMARY KEY (call_id, reviewer_id)
);

-- What a reviewer reads, can judge, and lives beside. Phone and address are kept as fingerprints only.
CREATE TABLE reviewer_profiles (
    person_id     UUID PRIMARY KEY REFERENCES people (id),
    load_max      BIGINT CHECK (load_max > 0),
    reads_english BOOLEAN NOT NULL,
    phone_key     TEXT,
    address_key   TEXT,
    changed_at    TIMESTAMPTZ NOT NULL
);
CREATE TABLE reviewer_skills (
    person_id UUID NOT NULL REFERENCES people (id),
    use_case  TEXT   NOT NULL REFERENCES use_cases (code),
    PRIMARY KEY (person_id, use_case)
);
-- Where somebody works, worked, advises or holds a share; `until_on` absent: still.
CREATE TABLE reviewer_interests (
    id              UUID PRIMARY KEY,
    person_id       UUID NOT NULL REFERENCES people (id),
    business_number TEXT   NOT NULL,
    relation        TEXT   NOT NULL CHECK (relation IN ('employed', 'advised', 'holding', 'kin')),
    until_on        DATE,
    declared_at     TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);
CREATE INDEX reviewer_interests_by_person ON reviewer_interests (person_id, business_number);

-- The seed of a call's draw: its hash is published before the close, the seed itself after it.
CREATE TABLE call_draws (
    call_id      UUID  PRIMARY KEY REFERENCES calls (id),
    commitment   TEXT    NOT NULL,
    seed_sealed  BYTEA NOT NULL,
    committed_at TIMESTAMPTZ  NOT NULL,
    seed         TEXT,
    revealed_at  TIMESTAMPTZ,
    CONSTRAINT call_draws_revealed CHECK ((seed IS NULL) = (revealed_at IS NULL))
);

-- Why something is decided: what each reason rests on, and what the letter says, in both languages.
CREATE TABLE decision_reasons (
    code      TEXT PRIMARY KEY,
    basis     TEXT NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    letter_ko TEXT NOT NULL,
    letter_en TEXT NOT NULL
);

ALTER TABLE decisions ADD COLUMN round BIGINT NOT NULL DEFAULT 1;
-- Append-only: the compensating act. The decision itself stays as it was.
CREATE TABLE decision_undos (
    decision_id    UUID PRIMARY KEY REFERENCES decisions (id),
    application_id UUID NOT NULL REFERENCES applications (id),
    reason         TEXT   NOT NULL,
    undone_by      UUID NOT NULL REFERENCES people (id),
    undone_at      TIMESTAMPTZ NOT NULL
);
CREATE INDEX decision_undos_by_application ON decision_undos (application_id);

CREATE TABLE proposal_states (
    name TEXT PRIMARY KEY
);
-- A decision that more than one manager takes.
CREATE TABLE decision_proposals (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    amount_won     BIGINT NOT NULL,
    approvers      BIGINT NOT NULL CHECK (approvers > 1),
    state          TEXT   NOT NULL REFERENCES proposal_states (name),
    proposed_at    TIMESTAMPTZ NOT NULL,
    ended_at       TIMESTAMPTZ,
    end_note       TEXT   NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX decision_proposals_one_waiting ON decision_proposals (application_id) WHERE state = 'waiting';
CREATE INDEX decision_proposals_waiting ON decision_proposals (proposed_at, id) WHERE state = 'waiting';
-- Append-only. One place, one person; one person, one place.
CREATE TABLE decision_approvals (
    proposal_id UUID NOT NULL REFERENCES decision_proposals (id),
    place       BIGINT NOT NULL CHECK (place > 0),
    person_id   UUID NOT NULL REFERENCES people (id),
    at          TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (proposal_id, place),
    CONSTRAINT decision_approvals_apart UNIQUE (proposal_id, person_id)
);

-- When the reserve list could not move an application up, so that it is not tried every minute.
CREATE TABLE reserve_tries (
    application_id UUID PRIMARY KEY REFERENCES applications (id),
    refusal        TEXT   NOT NULL,
    tried_at       TIMESTAMPTZ NOT NULL
);

CREATE TABLE bulk_states (
    name TEXT PRIMARY KEY
);
-- Many decisions as one job: a plan that somebody looked at, then its rows one by one.
CREATE TABLE bulk_decisions (
    id         UUID PRIMARY KEY,
    call_id    UUID NOT NULL REFERENCES calls (id),
    state      TEXT   NOT NULL REFERENCES bulk_states (name),
    note       TEXT   NOT NULL,
    planned    BIGINT NOT NULL,
    made_by    UUID NOT NULL REFERENCES people (id),
    made_at    TIMESTAMPTZ NOT NULL,
    started_at TIMESTAMPTZ,
    done_at    TIMESTAMPTZ
);
CREATE INDEX bulk_decisions_by_call ON bulk_decisions (call_id, made_at, id);
CREATE UNIQUE INDEX bulk_decisions_one_running ON bulk_decisions (call_id) WHERE state = 'running';
CREATE TABLE bulk_rows (
    bulk_id        UUID NOT NULL REFERENCES bulk_decisions (id),
    position       BIGINT NOT NULL,
    application_id UUID NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    amount_won     BIGINT NOT NULL,
    -- 'decided', 'proposed' or 'refused'; absent while it waits.
    result         TEXT   CHECK (result IN ('decided', 'proposed', 'refused')),
    refusal_ko     TEXT   NOT NULL DEFAULT '',
    refusal_en     TEXT   NOT NULL DEFAULT '',
    done_at        TIMESTAMPTZ,
    PRIMARY KEY (bulk_id, position)
);

-- A question about one field, and its answer. What was submitted stays as it was.
CREATE TABLE clarifications (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    field          TEXT   NOT NULL,
    question       TEXT   NOT NULL,
    asked_by       UUID NOT NULL REFERENCES people (id),
    asked_at       TIMESTAMPTZ NOT NULL,
    due_at         TIMESTAMPTZ NOT NULL,
    answer         TEXT,
    answered_by    UUID REFERENCES people (id),
    answered_at    TIMESTAMPTZ,
    CONSTRAINT clarifications_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX clarifications_by_application ON clarifications (application_id, asked_at, id);

CREATE TABLE objection_states (
    name TEXT PRIMARY KEY
);
CREATE TABLE objections (
    id             UUID PRIMARY KEY,
    -- Once.
    application_id UUID NOT NULL CONSTRAINT objections_once UNIQUE REFERENCES applications (id),
    call_id        UUID NOT NULL REFERENCES calls (id),
    -- Absent: against the screening.
    decision_id    UUID REFERENCES decisions (id),
    state          TEXT   NOT NULL REFERENCES objection_states (name),
    grounds        TEXT   NOT NULL,
    filed_by       UUID NOT NULL REFERENCES people (id),
    filed_at       TIMESTAMPTZ NOT NULL,
    heard_by       UUID REFERENCES people (id),
    heard_at       TIMESTAMPTZ,
    finding        TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX objections_by_state ON objections (state, filed_at, id);
CREATE INDEX objections_by_age ON objections (filed_at, id);
CREATE INDEX objections_by_call ON objections (call_id, state);

-- Whoever screened, scored or decided does not hear the objection.

CREATE FUNCTION count_review_load() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('proposed', 'accepted') THEN
            INSERT INTO review_loads (reviewer_id, open) VALUES (NEW.reviewer_id, 1)
                ON CONFLICT (reviewer_id) DO UPDATE SET open = review_loads.open + 1;
        END IF;
    ELSIF OLD.state IN ('proposed', 'accepted') AND NEW.state NOT IN ('proposed', 'accepted') THEN
        UPDATE review_loads SET open = open - 1 WHERE reviewer_id = NEW.reviewer_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_loads_counted AFTER INSERT OR UPDATE OF state ON review_assignments FOR EACH ROW EXECUTE FUNCTION count_review_load();

CREATE FUNCTION count_review_rank() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.standing THEN
            INSERT INTO review_rank_counts (call_id, bucket, results) VALUES (NEW.call_id, NEW.score_milli / 100, 1)
                ON CONFLICT (call_id, bucket) DO UPDATE SET results = review_rank_counts.results + 1;
        END IF;
    ELSIF OLD.standing AND NOT NEW.standing THEN
        UPDATE review_rank_counts SET results = results - 1 WHERE call_id = NEW.call_id AND bucket = NEW.score_milli / 100;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_rank_counted AFTER INSERT OR UPDATE OF standing ON review_results FOR EACH ROW EXECUTE FUNCTION count_review_rank();
-- A score is for ever; only that it stands may end.
CREATE FUNCTION keep_review_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.standing OR NEW.standing
        OR (NEW.application_id, NEW.round, NEW.call_id, NEW.score_milli, NEW.below, NEW.spread_milli, NEW.tie, NEW.submitted_at, NEW.scored_at)
            IS DISTINCT FROM (OLD.application_id, OLD.round, OLD.call_id, OLD.score_milli, OLD.below, OLD.spread_milli, OLD.tie, OLD.submitted_at, OLD.scored_at) THEN
        RAISE EXCEPTION 'review_results is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_results_only_end BEFORE UPDATE ON review_results FOR EACH ROW EXECUTE FUNCTION keep_review_result();
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The seed was chosen before anybody knew the list.
CREATE FUNCTION keep_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seed IS NOT NULL OR (NEW.call_id, NEW.commitment, NEW.seed_sealed, NEW.committed_at)
        IS DISTINCT FROM (OLD.call_id, OLD.commitment, OLD.seed_sealed, OLD.committed_at) THEN
        RAISE EXCEPTION 'a draw is committed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_draws_committed BEFORE UPDATE ON call_draws FOR EACH ROW EXECUTE FUNCTION keep_draw();
CREATE TRIGGER call_draws_no_delete BEFORE DELETE ON call_draws FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER decision_undos_append_only BEFORE UPDATE OR DELETE ON decision_undos FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_approvals_append_only BEFORE UPDATE OR DELETE ON decision_approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What an objection had decided anew is decided by somebody else than before.
CREATE FUNCTION others_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM objections o JOIN decisions d ON d.application_id = o.application_id
        WHERE o.application_id = NEW.application_id AND o.state IN ('decided_anew', 'scored_anew')
            AND d.decided_by = NEW.decided_by AND d.decided_at <= o.filed_at) THEN
        RAISE EXCEPTION 'others decide after an objection' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_by_others BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION others_decide();

-- 0024_agreements --
-- Agreements in depth: clauses in versions, sealed versions of an agreement, who assented and how, whose money the own
-- share is, blocks of a voucher, change requests, notices given, firms that were called because a voucher lies idle.

UPDATE vouchers SET state = 'suspended' WHERE state = 'frozen';
UPDATE vouchers SET state = 'lapsed' WHERE state = 'expired';
UPDATE vouchers SET state = 'closed' WHERE state = 'revoked';
DELETE FROM voucher_states WHERE name IN ('frozen', 'expired', 'revoked');
ALTER TABLE vouchers ADD COLUMN first_used_at TIMESTAMPTZ;
UPDATE vouchers SET first_used_at = (SELECT MIN(p.at) FROM ledger_postings p JOIN agreements g ON g.application_id = p.case_id
    WHERE g.id = vouchers.agreement_id AND p.kind = 'hold');
UPDATE vouchers SET state = 'active' WHERE state = 'issued' AND first_used_at IS NOT NULL;
-- How likely the voucher is to lapse, of a hundred, with what speaks for it; looked at once a day.
ALTER TABLE vouchers ADD COLUMN risk_points BIGINT NOT NULL DEFAULT 0;
ALTER TABLE vouchers ADD COLUMN risk_reasons TEXT NOT NULL DEFAULT '';
ALTER TABLE vouchers ADD COLUMN rated_on DATE;
ALTER TABLE vouchers ADD COLUMN first_use_by DATE;
CREATE INDEX vouchers_by_risk ON vouchers (risk_points, id);
CREATE INDEX vouchers_by_expiry ON vouchers (state, expires_on, id);

ALTER TABLE agreements ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE agreements ADD COLUMN activated_at TIMESTAMPTZ;
-- What ties vendor and firm to each other, as it was found when the agreement was made; codes joined by commas.
ALTER TABLE agreements ADD COLUMN ties TEXT NOT NULL DEFAULT '';
-- Until when the own share is to be paid in.
ALTER TABLE agreements ADD COLUMN deposit_by DATE;
UPDATE agreements SET activated_at = state_since WHERE state = 'active';
ALTER TABLE agreement_lines ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- Until when the firm answers a delivery; silence is never acceptance.
ALTER TABLE milestones ADD COLUMN answer_by DATE;
CREATE INDEX milestones_by_state ON milestones (state, delivered_at, id);

CREATE TABLE clause_change_states (
    name TEXT PRIMARY KEY
);

-- The clauses of agreements, all of them in each version. Append-only.
CREATE TABLE clause_versions (
    version    BIGINT PRIMARY KEY,
    clauses    JSONB NOT NULL,
    made_by    UUID REFERENCES people (id),
    adopted_by UUID REFERENCES people (id),
    adopted_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT clause_versions_two_people CHECK (adopted_by <> made_by)
);

CREATE TABLE clause_changes (
    id            UUID PRIMARY KEY,
    base_version  BIGINT NOT NULL REFERENCES clause_versions (version),
    clauses       JSONB NOT NULL,
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES clause_change_states (name),
    -- 1 while it is under way: only one is.
    live          BIGINT CONSTRAINT clause_changes_one_live UNIQUE,
    version       BIGINT NOT NULL,
    made_by       UUID NOT NULL REFERENCES people (id),
    made_at       TIMESTAMPTZ NOT NULL,
    decided_by    UUID REFERENCES people (id),
    decided_at    TIMESTAMPTZ,
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT clause_changes_two_people CHECK (state <> 'adopted' OR decided_by <> made_by)
);
CREATE INDEX clause_changes_by_time ON clause_changes (made_at, id);

-- Everybody who had a hand in a change: none of them adopts it.
CREATE TABLE clause_hands (
    change_id UUID NOT NULL REFERENCES clause_changes (id),
    person_id UUID NOT NULL REFERENCES people (id),
    PRIMARY KEY (change_id, person_id)
);

CREATE TABLE agreement_change_states (
    name TEXT PRIMARY KEY
);

-- A change request: what the agreement says now and what it is to say.
CREATE TABLE agreement_changes (
    id                  UUID PRIMARY KEY,
    agreement_id        UUID NOT NULL REFERENCES agreements (id),
    kind                TEXT   NOT NULL,
    state               TEXT   NOT NULL REFERENCES agreement_change_states (name),
    base_version        BIGINT NOT NULL,
    reason              TEXT   NOT NULL,
    before              JSONB NOT NULL,
    after               JSONB NOT NULL,
    support_delta_won   BIGINT NOT NULL CHECK (support_delta_won <= 0),
    -- The vendor or the firm that would take over.
    new_vendor_id       UUID REFERENCES vendors (id),
    new_organisation_id UUID REFERENCES organisations (id),
    requested_by        UUID NOT NULL REFERENCES people (id),
    requested_at        TIMESTAMPTZ NOT NULL,
    decided_by          UUID REFERENCES people (id),
    decided_at          TIMESTAMPTZ,
    decision_note       TEXT,
    state_since         TIMESTAMPTZ NOT NULL,
    CONSTRAINT agreement_changes_two_people CHECK (state <> 'applied' OR decided_by <> requested_by)
);
CREATE INDEX agreement_changes_by_agreement ON agreement_changes (agreement_id, requested_at, id);
CREATE INDEX agreement_changes_by_state ON agreement_changes (state, state_since, id);
-- One at a time.
CREATE UNIQUE INDEX agreement_changes_one_live ON agreement_changes (agreement_id) WHERE state IN ('requested', 'assented');

-- Every text that an agreement had. The file is sealed once the text is in force.
CREATE TABLE agreement_versions (
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    version        BIGINT NOT NULL,
    -- None: made before clauses had versions.
    clause_version BIGINT REFERENCES clause_versions (version),
    change_id      UUID REFERENCES agreement_changes (id),
    content        TEXT   NOT NULL,
    content_sha256 BYTEA NOT NULL,
    made_at        TIMESTAMPTZ NOT NULL,
    in_force_at    TIMESTAMPTZ,
    superseded_at  TIMESTAMPTZ,
    file_id        UUID REFERENCES files (id),
    pdf_sha256     BYTEA CONSTRAINT agreement_versions_sealed_once UNIQUE,
    sealed_at      TIMESTAMPTZ,
    PRIMARY KEY (agreement_id, version)
);

-- Who assented for a party to an offer, or to a change, and how they proved who they are. Append-only.
CREATE TABLE agreement_assents (
    id           UUID PRIMARY KEY,
    agreement_id UUID NOT NULL REFERENCES agreements (id),
    change_id    UUID REFERENCES agreement_changes (id),
    party        TEXT   NOT NULL CHECK (party IN ('firm', 'vendor', 'agency')),
    person_id    UUID NOT NULL REFERENCES people (id),
    at           TIMESTAMPTZ NOT NULL,
    proven_at    TIMESTAMPTZ NOT NULL,
    how          TEXT   NOT NULL CHECK (how IN ('password', 'second_factor'))
);
CREATE UNIQUE INDEX agreement_assents_to_offer ON agreement_assents (agreement_id, party) WHERE change_id IS NULL;
CREATE UNIQUE INDEX agreement_assents_to_change ON agreement_assents (change_id, party) WHERE change_id IS NOT NULL;

ALTER TABLE own_share_deposits ADD COLUMN payer_number TEXT;
-- Why a deposit under another name counts.
ALTER TABLE own_share_deposits ADD COLUMN mismatch_reason TEXT;

-- What was paid back to the firm of its own share. Append-only.
CREATE TABLE own_share_refunds (
    id             UUID PRIMARY KEY,
    agreement_id   UUID NOT NULL REFERENCES agreements (id),
    amount_won     BIGINT NOT NULL CHECK (amount_won > 0),
    bank_reference TEXT   NOT NULL CONSTRAINT own_share_refunds_once UNIQUE,
    paid_on        DATE NOT NULL,
    reason         TEXT   NOT NULL,
    recorded_by    UUID NOT NULL REFERENCES people (id),
    recorded_at    TIMESTAMPTZ NOT NULL
);
CREATE INDEX own_share_refunds_by_agreement ON own_share_refunds (agreement_id);

-- While one of them is open nothing is drawn from the voucher.
CREATE TABLE voucher_blocks (
    id          UUID PRIMARY KEY,
    voucher_id  UUID NOT NULL REFERENCES vouchers (id),
    cause       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    placed_by   UUID REFERENCES people (id),
    placed_at   TIMESTAMPTZ NOT NULL,
    lifted_by   UUID REFERENCES people (id),
    lifted_at   TIMESTAMPTZ,
    lift_reason TEXT
);
CREATE UNIQUE INDEX voucher_blocks_open ON voucher_blocks (voucher_id, cause) WHERE lifted_at IS NULL;
CREATE INDEX voucher_blocks_by_voucher ON voucher_blocks (voucher_id, placed_at);

-- Reminders that were sent: each kind once for what it is about.
CREATE TABLE agreement_notices (
    subject_id UUID NOT NULL,
    kind       TEXT   NOT NULL,
    at         TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (subject_id, kind)
);

-- An officer spoke to a firm whose voucher may lapse.
CREATE TABLE voucher_contacts (
    id         UUID PRIMARY KEY,
    voucher_id UUID NOT NULL REFERENCES vouchers (id),
    note       TEXT   NOT NULL,
    by_id      UUID NOT NULL REFERENCES people (id),
    at         TIMESTAMPTZ NOT NULL
);
CREATE INDEX voucher_contacts_by_voucher ON voucher_contacts (voucher_id, at);

DROP TRIGGER agreement_lines_append_only ON agreement_lines;
CREATE TRIGGER clause_versions_append_only BEFORE UPDATE OR DELETE ON clause_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_assents_append_only BEFORE UPDATE OR DELETE ON agreement_assents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_share_refunds_append_only BEFORE UPDATE OR DELETE ON own_share_refunds FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voucher_contacts_append_only BEFORE UPDATE OR DELETE ON voucher_contacts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_lines_no_delete BEFORE DELETE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- What was offered stays as it was; parties, term and money change with the version only, and the support never grows.
CREATE OR REPLACE FUNCTION keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256, NEW.application_id) IS DISTINCT FROM (OLD.content, OLD.content_sha256, OLD.application_id)
        OR NEW.support_won > OLD.support_won OR NEW.version NOT IN (OLD.version, OLD.version + 1)
        OR (NEW.version = OLD.version AND (NEW.support_won, NEW.total_won, NEW.vendor_id, NEW.organisation_id, NEW.ends_on)
            IS DISTINCT FROM (OLD.support_won, OLD.total_won, OLD.vendor_id, OLD.organisation_id, OLD.ends_on)) THEN
        RAISE EXCEPTION 'the content of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_agreement_lines_by_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <= OLD.version OR NEW.agreement_id <> OLD.agreement_id THEN
        RAISE EXCEPTION 'a line changes with a version of its agreement only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_lines_by_version BEFORE UPDATE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION keep_agreement_lines_by_version();
CREATE FUNCTION keep_agreement_versions_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256) IS DISTINCT FROM (OLD.content, OLD.content_sha256) OR (OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS DISTINCT FROM OLD.pdf_sha256) OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at) THEN
        RAISE EXCEPTION 'a version of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_versions_fixed BEFORE UPDATE ON agreement_versions FOR EACH ROW EXECUTE FUNCTION keep_agreement_versions_fixed();
CREATE FUNCTION keep_agreement_changes_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('applied', 'refused', 'withdrawn') OR NEW.after IS DISTINCT FROM OLD.after OR NEW.before IS DISTINCT FROM OLD.before THEN
        RAISE EXCEPTION 'what was asked for stays, and a change that is over stays over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_changes_over BEFORE UPDATE ON agreement_changes FOR EACH ROW EXECUTE FUNCTION keep_agreement_changes_over();
-- An application changes hands only by a change of its agreement that is in force: its firm merged.
CREATE OR REPLACE FUNCTION keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_test, NEW.call_id) IS DISTINCT FROM (OLD.is_test, OLD.call_id)
        OR (OLD.submitted_at IS NOT NULL AND (NEW.call_version, NEW.track) IS DISTINCT FROM (OLD.call_version, OLD.track))
        OR (NEW.organisation_id <> OLD.organisation_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
            JOIN agreements g ON g.id = h.agreement_id WHERE g.application_id = OLD.id AND h.kind = 'merger'
                AND h.state = 'applied' AND h.new_organisation_id = NEW.organisation_id)) THEN
        RAISE EXCEPTION 'what an application was decided under is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- 0025_fund --
-- The ledger in depth: months that are closed by two people, a stop on payments after a red verification, money that
-- is claimed back; the procedure of recoveries and sanctions.

-- What may be negative is said once, here; the guards below hold every account to it.
CREATE TABLE ledger_account_kinds (
    name            TEXT   PRIMARY KEY,
    may_be_negative BOOLEAN NOT NULL
);

-- The day a posting counts on, and the month of that day. What belongs to a closed month counts on the first day of
-- the next open one; `late_of` keeps its own day.
ALTER TABLE ledger_postings ADD COLUMN effective_on DATE NOT NULL DEFAULT '1970-01-01';
ALTER TABLE ledger_postings ADD COLUMN period TEXT NOT NULL DEFAULT '1970-01';
ALTER TABLE ledger_postings ADD COLUMN late_of DATE;
CREATE INDEX ledger_postings_by_period ON ledger_postings (period);

CREATE TABLE ledger_period_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE ledger_periods (
    -- 2027-03.
    month         TEXT   PRIMARY KEY CHECK (length(month) = 7),
    state         TEXT   NOT NULL REFERENCES ledger_period_states (name),
    proposed_by   UUID REFERENCES people (id),
    proposed_at   TIMESTAMPTZ,
    closed_by     UUID REFERENCES people (id),
    closed_at     TIMESTAMPTZ,
    -- Totals by kind of account, as they were sealed.
    report        TEXT,
    report_sha256 BYTEA,
    CONSTRAINT ledger_periods_two_people CHECK (closed_by <> proposed_by),
    CONSTRAINT ledger_periods_proposed CHECK (state = 'open' OR proposed_by IS NOT NULL),
    CONSTRAINT ledger_periods_closed CHECK (state <> 'closed' OR (closed_by IS NOT NULL AND closed_at IS NOT NULL
        AND report IS NOT NULL AND report_sha256 IS NOT NULL))
);

-- A posting whose entries do not add up yet stands here; what stands here at the end of a unit of work has no parent,
-- so the engine refuses the whole of it.
CREATE TABLE ledger_nothing (
    id BIGINT PRIMARY KEY CHECK (id < 0 AND id > 0)
);
CREATE TABLE ledger_unbalanced (
    posting_id UUID PRIMARY KEY,
    rest_won   BIGINT NOT NULL,
    parent_id  BIGINT NOT NULL REFERENCES ledger_nothing (id) DEFERRABLE INITIALLY DEFERRED
);

-- Nothing is released to the bank while one of these is open.
CREATE TABLE ledger_release_stops (
    id            UUID PRIMARY KEY,
    stopped_at    TIMESTAMPTZ NOT NULL,
    -- What broke, in the words of the verification.
    reason        TEXT   NOT NULL,
    run_id        UUID NOT NULL,
    lift_asked_by UUID REFERENCES people (id),
    lift_asked_at TIMESTAMPTZ,
    lift_reason   TEXT,
    -- Nobody: a later verification found everything sound.
    ended_by      UUID REFERENCES people (id),
    ended_at      TIMESTAMPTZ,
    CONSTRAINT ledger_release_stops_two_people CHECK (ended_by <> lift_asked_by),
    CONSTRAINT ledger_release_stops_reasoned CHECK (ended_by IS NULL OR (lift_asked_by IS NOT NULL AND lift_reason IS NOT NULL))
);
CREATE INDEX ledger_release_stops_by_age ON ledger_release_stops (stopped_at, id);

-- Who may not submit, be selected, be registered or be paid, and until when. One row for each sanction or unpaid recovery.
CREATE TABLE exclusions (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    cause           TEXT   NOT NULL CHECK (cause IN ('sanction', 'unpaid_recovery')),
    from_on         DATE NOT NULL,
    -- Both days inclusive; none: until it is ended.
    to_on           DATE,
    ended_on        DATE,
    CONSTRAINT exclusions_dates CHECK (to_on >= from_on)
);
CREATE INDEX exclusions_by_organisation ON exclusions (organisation_id, from_on);

-- Each run of all checks, and what each found.
CREATE TABLE verification_runs (
    id          UUID PRIMARY KEY,
    started_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ NOT NULL,
    -- Nobody: the daily run.
    person_id   UUID REFERENCES people (id),
    sound       BOOLEAN NOT NULL
);
CREATE INDEX verification_runs_by_age ON verification_runs (finished_at, id);
CREATE TABLE verification_results (
    run_id      UUID NOT NULL REFERENCES verification_runs (id),
    position    BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    row_count   BIGINT NOT NULL,
    duration_us BIGINT NOT NULL,
    breach      TEXT,
    PRIMARY KEY (run_id, position)
);

-- Reference: interest a year in basis points, and how many times the amount is added to it. In force from its day
-- until the next row's. Sources: Framework Act on National Taxes, enforcement rule 19-3 (from general knowledge, to be
-- confirmed before use); Subsidy Act, art. 33-2 and decree (domain.md 1.5, sanctions ladder).
CREATE TABLE recovery_rates (
    valid_from DATE PRIMARY KEY,
    rate_bp    BIGINT NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    source     TEXT   NOT NULL
);
CREATE TABLE surcharge_rates (
    cause      TEXT   NOT NULL,
    valid_from DATE NOT NULL,
    times      BIGINT NOT NULL CHECK (times BETWEEN 0 AND 30),
    source     TEXT   NOT NULL,
    PRIMARY KEY (cause, valid_from)
);

CREATE TABLE recovery_states (
    name TEXT PRIMARY KEY
);

-- Money claimed back from a firm or vendor.
CREATE TABLE recoveries (
    id              UUID PRIMARY KEY,
    number          TEXT   NOT NULL UNIQUE,
    application_id  UUID NOT NULL REFERENCES applications (id),
    debtor_id       UUID NOT NULL REFERENCES organisations (id),
    debtor_role     TEXT   NOT NULL CHECK (debtor_role IN ('firm', 'vendor')),
    claim_id        UUID REFERENCES claims (id),
    amendment_id    UUID UNIQUE REFERENCES tax_amendments (id),
    cause           TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    legal_basis     TEXT   NOT NULL,
    -- What had been paid when it was opened.
    paid_won        BIGINT NOT NULL CHECK (paid_won > 0),
    principal_won   BIGINT NOT NULL CHECK (principal_won > 0),
    surcharge_won   BIGINT NOT NULL CHECK (surcharge_won >= 0),
    -- The first day that bears interest.
    interest_from   DATE NOT NULL,
    state           TEXT   NOT NULL REFERENCES recovery_states (name),
    noticed_by      UUID NOT NULL REFERENCES people (id),
    noticed_at      TIMESTAMPTZ NOT NULL,
    object_until    DATE NOT NULL,
    objection       TEXT,
    objected_by     UUID REFERENCES people (id),
    objected_at     TIMESTAMPTZ,
    -- Whoever made it final or revoked it, and what they answered.
    decided_by      UUID REFERENCES people (id),
    decided_at      TIMESTAMPTZ,
    answer          TEXT,
    due_on          DATE,
    -- When instalments were agreed; what came in since counts towards them.
    planned_at      TIMESTAMPTZ,
    -- What is open of each part; interest is reckoned up to and including `interest_until`, and what of a won is left
    -- over is carried in `interest_rest`.
    principal_open_won BIGINT NOT NULL CHECK (principal_open_won >= 0),
    surcharge_open_won BIGINT NOT NULL CHECK (surcharge_open_won >= 0),
    interest_open_won  BIGINT NOT NULL CHECK (interest_open_won >= 0),
    interest_until     DATE NOT NULL,
    interest_rest      BIGINT NOT NULL CHECK (interest_rest BETWEEN 0 AND 3649999),
    write_off_asked_by UUID REFERENCES people (id),
    write_off_reason   TEXT,
    written_off_by     UUID REFERENCES people (id),
    state_since     TIMESTAMPTZ NOT NULL,
    CONSTRAINT recoveries_within_paid CHECK (principal_won <= paid_won),
    CONSTRAINT recoveries_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT recoveries_write_off_two_people CHECK (written_off_by <> write_off_asked_by)
);
CREATE INDEX recoveries_by_state ON recoveries (state, state_since, id);
CREATE INDEX recoveries_by_since ON recoveries (state_since, id);
CREATE INDEX recoveries_by_debtor ON recoveries (debtor_id, state_since, id);
CREATE INDEX recoveries_by_application ON recoveries (application_id);

CREATE TABLE recovery_instalments (
    recovery_id UUID NOT NULL REFERENCES recoveries (id),
    position    BIGINT NOT NULL,
    due_on      DATE NOT NULL,
    amount_won  BIGINT NOT NULL CHECK (amount_won > 0),
    PRIMARY KEY (recovery_id, position)
);

-- What came in, by transfer or by keeping a later payment back. Each is counted first on interest, then on the
-- principal, then on the surcharge.
CREATE TABLE recovery_receipts (
    id            UUID PRIMARY KEY,
    recovery_id   UUID NOT NULL REFERENCES recoveries (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('transfer', 'offset')),
    -- The bank's number of the transfer, folded, or the payment that was kept back.
    reference     TEXT   NOT NULL,
    amount_won    BIGINT NOT NULL CHECK (amount_won > 0),
    interest_won  BIGINT NOT NULL CHECK (interest_won >= 0),
    principal_won BIGINT NOT NULL CHECK (principal_won >= 0),
    surcharge_won BIGINT NOT NULL CHECK (surcharge_won >= 0),
    received_on   DATE NOT NULL,
    recorded_by   UUID REFERENCES people (id),
    recorded_at   TIMESTAMPTZ NOT NULL,
    CONSTRAINT recovery_receipts_once UNIQUE (reference, recovery_id),
    CONSTRAINT recovery_receipts_parts CHECK (amount_won = interest_won + principal_won + surcharge_won)
);
CREATE UNIQUE INDEX recovery_receipts_one_transfer ON recovery_receipts (reference) WHERE kind = 'transfer';
CREATE INDEX recovery_receipts_by_recovery ON recovery_receipts (recovery_id, recorded_at, id);

CREATE TABLE sanction_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE sanctions (
    id              UUID PRIMARY KEY,
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('warning', 'exclusion')),
    legal_basis     TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    from_on         DATE NOT NULL,
    to_on           DATE,
    state           TEXT   NOT NULL REFERENCES sanction_states (name),
    noticed_by      UUID NOT NULL REFERENCES people (id),
    noticed_at      TIMESTAMPTZ NOT NULL,
    object_until    DATE NOT NULL,
    objection       TEXT,
    objected_by     UUID REFERENCES people (id),
    objected_at     TIMESTAMPTZ,
    decided_by      UUID REFERENCES people (id),
    decided_at      TIMESTAMPTZ,
    answer          TEXT,
    state_since     TIMESTAMPTZ NOT NULL,
    CONSTRAINT sanctions_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT sanctions_dates CHECK (to_on >= from_on),
    CONSTRAINT sanctions_end CHECK (kind = 'warning' OR to_on IS NOT NULL)
);
CREATE INDEX sanctions_by_state ON sanctions (state, state_since, id);
CREATE INDEX sanctions_by_since ON sanctions (state_since, id);
CREATE INDEX sanctions_by_organisation ON sanctions (organisation_id, state_since, id);

ALTER TABLE ledger_postings DISABLE TRIGGER ledger_postings_append_only;
UPDATE ledger_postings SET effective_on = (at AT TIME ZONE 'Asia/Seoul')::date,
    period = to_char(at AT TIME ZONE 'Asia/Seoul', 'YYYY-MM');
ALTER TABLE ledger_postings ENABLE TRIGGER ledger_postings_append_only;

-- A posting belongs to a month that is not closed, and no later month is.
CREATE FUNCTION keep_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.period <> to_char(NEW.effective_on, 'YYYY-MM')
        OR NOT EXISTS (SELECT 1 FROM ledger_periods m WHERE m.month = NEW.period AND m.state <> 'closed')
        OR EXISTS (SELECT 1 FROM ledger_periods m WHERE m.month > NEW.period AND m.state = 'closed') THEN
        RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_postings_open_period BEFORE INSERT ON ledger_postings FOR EACH ROW EXECUTE FUNCTION keep_period();

-- What was closed stays as it was sealed.
CREATE FUNCTION keep_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'closed' THEN
        RAISE EXCEPTION 'a closed period is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_periods_closed BEFORE UPDATE ON ledger_periods FOR EACH ROW EXECUTE FUNCTION keep_closed();
CREATE TRIGGER ledger_periods_no_delete BEFORE DELETE ON ledger_periods FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Entries of a posting add up to nothing when the unit of work ends.
CREATE FUNCTION add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_unbalanced (posting_id, rest_won, parent_id) VALUES (NEW.posting_id, NEW.amount_won, 0)
        ON CONFLICT (posting_id) DO UPDATE SET rest_won = ledger_unbalanced.rest_won + excluded.rest_won;
    DELETE FROM ledger_unbalanced WHERE posting_id = NEW.posting_id AND rest_won = 0;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION add_up();

-- An account is what it was opened as; only its balance moves.
CREATE FUNCTION keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.kind, NEW.owner_id, NEW.scope_id, NEW.may_be_negative, NEW.opened_at)
        IS DISTINCT FROM (OLD.id, OLD.kind, OLD.owner_id, OLD.scope_id, OLD.may_be_negative, OLD.opened_at) THEN
        RAISE EXCEPTION 'an account is what it was opened as' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_as_opened BEFORE UPDATE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION keep_account();
CREATE FUNCTION keep_kind() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ledger_account_kinds k WHERE k.name = NEW.kind AND k.may_be_negative = NEW.may_be_negative) THEN
        RAISE EXCEPTION 'no such kind of account' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_accounts_kind BEFORE INSERT ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION keep_kind();
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER verification_runs_append_only BEFORE UPDATE OR DELETE ON verification_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recovery_receipts_append_only BEFORE UPDATE OR DELETE ON recovery_receipts FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE SEQUENCE number_recovery;

-- 0026_branching --
-- A question that is asked only where an expression over facts and earlier answers holds.

ALTER TABLE questions ADD COLUMN asked_if TEXT NOT NULL DEFAULT '';

-- 0027_award --
-- Reasons of decisions are data: every wording is a version, and a decision keeps the one it was taken with. Append-only.
CREATE TABLE decision_reason_versions (
    code      TEXT   NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    -- What it can be the reason of, joined by commas; empty: only the call's own rules give it.
    outcomes  TEXT   NOT NULL,
    basis     TEXT   NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    name_ko   TEXT   NOT NULL,
    name_en   TEXT   NOT NULL,
    letter_ko TEXT   NOT NULL,
    letter_en TEXT   NOT NULL,
    -- No new decision names it.
    retired   BOOLEAN NOT NULL,
    note      TEXT   NOT NULL,
    -- Absent: as the programme came.
    made_by   UUID REFERENCES people (id),
    made_at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (code, version)
);
DROP TABLE decision_reasons;

-- Which wording was given, and what of the call's rules it rests on: `criterion:code` or `condition:code`, joined by commas.
ALTER TABLE decisions ADD COLUMN reason_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE decisions ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';
ALTER TABLE decision_proposals ADD COLUMN reason_version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE decision_proposals ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';


-- Whose rules agreements under way follow: the timers ask for each version of a call.
CREATE INDEX agreements_by_rules ON agreements (call_id, call_version, state);
CREATE TRIGGER decision_reason_versions_append_only BEFORE UPDATE OR DELETE ON decision_reason_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- 0029_screening --
-- Spot checks, looks that refused, and replays of several conditions at once.

CREATE TABLE spot_check_outcomes (
    name TEXT PRIMARY KEY
);

-- Applications that passed everything and were picked all the same, with what they were picked by.
CREATE TABLE spot_checks (
    application_id UUID PRIMARY KEY REFERENCES applications (id),
    call_id        UUID NOT NULL REFERENCES calls (id),
    per_mille      BIGINT NOT NULL CHECK (per_mille BETWEEN 1 AND 1000),
    seed           TEXT   NOT NULL,
    -- 0 to 999; below per_mille it is picked.
    draw           BIGINT NOT NULL,
    outcome        TEXT   NOT NULL REFERENCES spot_check_outcomes (name),
    picked_at      TIMESTAMPTZ NOT NULL,
    decided_by     UUID REFERENCES people (id),
    decided_at     TIMESTAMPTZ,
    note           TEXT   NOT NULL DEFAULT ''
);
CREATE INDEX spot_checks_by_call ON spot_checks (call_id, picked_at, application_id);

-- The conditions that refused what was tried; NULL for a look after which it went on.
ALTER TABLE eligibility_runs ADD COLUMN refused_by TEXT;

-- Every wording that is tried, and what each does to an application; NULL where there is only the one of the row.
ALTER TABLE replays ADD COLUMN wordings JSONB;
ALTER TABLE replay_flips ADD COLUMN turns JSONB;

-- 0030_team --
-- Who does the work of an application: rows that are added and removed like lines of cost.

CREATE TABLE application_team (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    role           TEXT   NOT NULL,
    -- Empty while nobody is named; to_hire says that somebody is to be found.
    person         TEXT   NOT NULL,
    to_hire        BOOLEAN NOT NULL,
    share_percent  BIGINT CHECK (share_percent BETWEEN 1 AND 100),
    months         BIGINT CHECK (months BETWEEN 1 AND 60)
);
CREATE INDEX application_team_by_application ON application_team (application_id, position, id);

-- 0031_identities --
-- Who a person is at an identity provider: tied at the first sign-in by it, so that an address that goes to somebody
-- else there does not take the account along.

CREATE TABLE person_identities (
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    person_id UUID NOT NULL REFERENCES people (id),
    linked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX person_identities_by_person ON person_identities (person_id, issuer);

-- 0032_outcome_waves --
-- Reports that a call asks for after the end of the work: known when the closing report is verified, opened on their day.


-- NULL for a closing report: it opens when the work ends.
ALTER TABLE outcome_reports ADD COLUMN opens_on DATE;
CREATE INDEX outcome_reports_scheduled ON outcome_reports (opens_on, id) WHERE state = 'scheduled';

-- 0033_bank_messages --
-- What a bank takes is a row, so that the next version of its message is one more: the list that was checked by hand
-- could not grow.

CREATE TABLE bank_formats (
    name TEXT PRIMARY KEY
);

ALTER TABLE bank_profiles ADD COLUMN takes TEXT REFERENCES bank_formats (name);
UPDATE bank_profiles SET takes = format;
ALTER TABLE bank_profiles DROP COLUMN format;
ALTER TABLE bank_profiles RENAME COLUMN takes TO format;

-- 0034_assistant --
-- Advice of a generative model to whoever decides: what it was asked, what it said, what a person made of it.

CREATE TABLE advice_states (
    name TEXT PRIMARY KEY
);

CREATE TABLE assistant_advices (
    id             UUID PRIMARY KEY,
    application_id UUID NOT NULL REFERENCES applications (id),
    -- Beside which result it stands.
    round          BIGINT NOT NULL,
    asked_by       UUID NOT NULL REFERENCES people (id),
    asked_at       TIMESTAMPTZ NOT NULL,
    model          TEXT   NOT NULL,
    prompt_version TEXT   NOT NULL,
    -- What was sent, to the letter, and its hash.
    instructions   TEXT   NOT NULL,
    input          TEXT   NOT NULL,
    prompt_sha256  BYTEA NOT NULL,
    state          TEXT   NOT NULL REFERENCES advice_states (name),
    answered_at    TIMESTAMPTZ,
    -- As the model calls itself.
    answered_model TEXT,
    answer         TEXT,
    -- Why there is no answer.
    trouble        TEXT,
    judged_by      UUID REFERENCES people (id),
    judged_at      TIMESTAMPTZ,
    note           TEXT,
    CONSTRAINT assistant_advices_end CHECK (answer IS NULL OR trouble IS NULL),
    CONSTRAINT assistant_advices_ended CHECK ((answered_at IS NULL) = (answer IS NULL AND trouble IS NULL)),
    CONSTRAINT assistant_advices_judged CHECK ((judged_by IS NULL) = (judged_at IS NULL) AND (judged_by IS NULL) = (note IS NULL)),
    CONSTRAINT assistant_advices_judged_answer CHECK (judged_by IS NULL OR answer IS NOT NULL)
);
CREATE INDEX assistant_advices_by_application ON assistant_advices (application_id, asked_at, id);
CREATE UNIQUE INDEX assistant_advices_one_open ON assistant_advices (application_id) WHERE state IN ('waiting', 'answered');
CREATE FUNCTION keep_advice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('waiting', 'answered')
        OR (NEW.id, NEW.application_id, NEW.round, NEW.asked_by, NEW.asked_at, NEW.model, NEW.prompt_version, NEW.instructions, NEW.input, NEW.prompt_sha256)
            IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.round, OLD.asked_by, OLD.asked_at, OLD.model, OLD.prompt_version, OLD.instructions, OLD.input, OLD.prompt_sha256)
        OR (OLD.state = 'waiting' AND (NEW.state NOT IN ('answered', 'failed') OR NEW.judged_by IS NOT NULL))
        OR (OLD.state = 'answered' AND (NEW.state NOT IN ('accepted', 'overridden') OR NEW.judged_by IS NULL
            OR (NEW.answered_at, NEW.answered_model, NEW.answer, NEW.trouble) IS DISTINCT FROM (OLD.answered_at, OLD.answered_model, OLD.answer, OLD.trouble)))
        OR (NEW.state = 'overridden' AND trim(NEW.note) = '') THEN
        RAISE EXCEPTION 'what a model was asked and said is fixed, and so is a judgement' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assistant_advices_fixed BEFORE UPDATE ON assistant_advices FOR EACH ROW EXECUTE FUNCTION keep_advice();
CREATE TRIGGER assistant_advices_no_delete BEFORE DELETE ON assistant_advices FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Never before the panel has locked its scores.
CREATE FUNCTION keep_advice_after_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'waiting' OR NEW.answered_at IS NOT NULL OR NEW.judged_by IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM review_results WHERE application_id = NEW.application_id AND round = NEW.round AND standing) THEN
        RAISE EXCEPTION 'nobody is advised before all scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assistant_advices_after_scores BEFORE INSERT ON assistant_advices FOR EACH ROW EXECUTE FUNCTION keep_advice_after_scores();

CREATE FUNCTION keep_decision_after_judgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM assistant_advices WHERE application_id = NEW.application_id AND state = 'answered') THEN
        RAISE EXCEPTION 'an answer of a model waits for its judgement' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_after_judgement BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION keep_decision_after_judgement();

-- 0035_claim_documents --
-- What a vendor lays beside its invoice: uploads, or documents of its vault. What was taken out stays known.

CREATE TABLE claim_documents (
    id         UUID PRIMARY KEY,
    claim_id   UUID NOT NULL REFERENCES claims (id),
    file_id    UUID NOT NULL REFERENCES files (id),
    name       TEXT   NOT NULL,
    added_by   UUID NOT NULL REFERENCES people (id),
    added_at   TIMESTAMPTZ NOT NULL,
    removed_by UUID REFERENCES people (id),
    removed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX claim_documents_once ON claim_documents (claim_id, file_id) WHERE removed_at IS NULL;
CREATE INDEX claim_documents_by_claim ON claim_documents (claim_id, added_at, id);
CREATE INDEX claim_documents_by_file ON claim_documents (file_id);

-- 0036_bulk_short --
-- Which envelope a planned decision waits for, by the id of its cap.

ALTER TABLE bulk_rows ADD COLUMN short_of UUID;

-- 0037_looks --
-- What a look found stands with the facts it saw: one row a look, where every condition had a row of its own with two
-- keys to check.
ALTER TABLE eligibility_runs ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';

-- Results from before looks were kept whole become looks whose facts cannot be read.

DROP TRIGGER eligibility_runs_append_only ON eligibility_runs;
UPDATE eligibility_runs r SET checks = COALESCE((
    SELECT json_agg(json_build_object('rule', c.rule, 'result', c.result, 'warning', c.warning, 'value', c.value,
        'threshold', c.threshold) ORDER BY c.id)::text
    FROM eligibility_checks c WHERE c.application_id = r.application_id
        AND (c.run_id = r.id OR (r.facts = '' AND c.run_id IS NULL AND c.stage = r.stage AND c.checked_at = r.checked_at))), '[]');
CREATE TRIGGER eligibility_runs_append_only BEFORE UPDATE OR DELETE ON eligibility_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TABLE eligibility_checks;
