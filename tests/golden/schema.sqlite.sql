-- 0001_people --
-- People, what they may do, how they prove who they are; and what every room writes beside its change:
-- audit records, outbox rows, once keys, duties, stored files.

CREATE TABLE roles (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE person_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE people (
    id                  BLOB PRIMARY KEY,
    email               TEXT   NOT NULL CONSTRAINT people_email_once UNIQUE,
    name                TEXT   NOT NULL,
    lang                TEXT   NOT NULL CHECK (lang IN ('ko', 'en')),
    state               TEXT   NOT NULL REFERENCES person_states (name),
    password_hash       TEXT,
    password_changed_at TEXT,
    failures            INTEGER NOT NULL DEFAULT 0,
    locked_until        TEXT,
    totp_secret         BLOB,
    totp_confirmed_at   TEXT,
    totp_last_step      INTEGER NOT NULL DEFAULT 0,
    created_at          TEXT NOT NULL
) STRICT;

-- A row is ended, never removed: grants and withdrawals stay on record.
CREATE TABLE person_roles (
    id              BLOB PRIMARY KEY,
    person_id       BLOB NOT NULL REFERENCES people (id),
    role            TEXT   NOT NULL REFERENCES roles (name),
    organisation_id BLOB,
    granted_by      BLOB REFERENCES people (id),
    granted_at      TEXT NOT NULL,
    ended_by        BLOB REFERENCES people (id),
    ended_at        TEXT
) STRICT;
CREATE INDEX person_roles_by_person ON person_roles (person_id);
CREATE INDEX person_roles_by_organisation ON person_roles (organisation_id, role);
CREATE UNIQUE INDEX person_roles_live ON person_roles (person_id, role) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id         BLOB  PRIMARY KEY,
    key_hash   BLOB NOT NULL UNIQUE,
    person_id  BLOB  NOT NULL REFERENCES people (id),
    form_token TEXT    NOT NULL,
    created_at TEXT  NOT NULL,
    seen_at    TEXT  NOT NULL,
    -- When the person last proved who they are: dangerous acts ask for a fresh proof.
    proven_at  TEXT  NOT NULL,
    -- False between the password and the second factor.
    whole      INTEGER  NOT NULL,
    flash      TEXT,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    ended_at   TEXT
) STRICT;
CREATE INDEX sessions_by_person ON sessions (person_id, ended_at);

CREATE TABLE mail_tokens (
    id         BLOB  PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('sign_up', 'reset')),
    email      TEXT    NOT NULL,
    created_at TEXT  NOT NULL,
    expires_at TEXT  NOT NULL,
    used_at    TEXT
) STRICT;
CREATE INDEX mail_tokens_by_email ON mail_tokens (email, purpose, created_at);

CREATE TABLE recovery_codes (
    id        BLOB PRIMARY KEY,
    person_id BLOB NOT NULL REFERENCES people (id),
    hash      TEXT   NOT NULL,
    used_at   TEXT
) STRICT;
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

CREATE TABLE once_keys (
    id        BLOB PRIMARY KEY,
    person_id BLOB NOT NULL,
    act       TEXT   NOT NULL,
    result    TEXT   NOT NULL,
    at        TEXT NOT NULL
) STRICT;

-- Append-only. `seq`, `previous_hash` and `hash` are given once, when the record is sealed into the chain.
CREATE TABLE audit_records (
    id            BLOB  PRIMARY KEY,
    at            TEXT  NOT NULL,
    actor_id      BLOB,
    actor_role    TEXT    NOT NULL,
    subject_kind  TEXT    NOT NULL,
    subject_id    BLOB  NOT NULL,
    -- The application, vendor, call or person whose history this belongs to.
    case_id       BLOB  NOT NULL,
    kind          TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    seq           INTEGER  UNIQUE,
    previous_hash BLOB,
    hash          BLOB
) STRICT;
CREATE INDEX audit_records_by_case ON audit_records (case_id, at, id);
CREATE INDEX audit_records_by_subject ON audit_records (subject_id, at, id);
CREATE INDEX audit_records_unsealed ON audit_records (at, id) WHERE seq IS NULL;

CREATE TABLE audit_anchors (
    day     TEXT  PRIMARY KEY,
    seq     INTEGER  NOT NULL,
    hash    BLOB NOT NULL,
    made_at TEXT  NOT NULL
) STRICT;

-- Two acts of one pair may never be one person's on one case.
CREATE TABLE forbidden_pairs (
    one   TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
) STRICT;

CREATE TABLE duties (
    id        BLOB PRIMARY KEY,
    case_id   BLOB NOT NULL,
    act       TEXT   NOT NULL,
    person_id BLOB NOT NULL REFERENCES people (id),
    at        TEXT NOT NULL
) STRICT;
CREATE INDEX duties_by_case ON duties (case_id, person_id);

CREATE TABLE outbox_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE outbox (
    id            BLOB PRIMARY KEY,
    kind          TEXT   NOT NULL,
    payload       TEXT NOT NULL,
    -- One event, one row.
    dedupe        TEXT   NOT NULL UNIQUE,
    case_id       BLOB,
    state         TEXT   NOT NULL REFERENCES outbox_states (name),
    run_at        TEXT NOT NULL,
    attempts      INTEGER NOT NULL DEFAULT 0,
    leased_until  TEXT,
    lease         BLOB,
    last_error    TEXT,
    created_at    TEXT NOT NULL,
    done_at       TEXT
) STRICT;
CREATE INDEX outbox_due ON outbox (run_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_state ON outbox (state, created_at, id);
CREATE INDEX outbox_by_case ON outbox (case_id, created_at, id);

CREATE TABLE scan_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE files (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB,
    name            TEXT   NOT NULL,
    media_type      TEXT   NOT NULL,
    size_bytes      INTEGER NOT NULL CHECK (size_bytes > 0),
    sha256          BLOB NOT NULL,
    scan            TEXT   NOT NULL REFERENCES scan_states (name),
    scanned_at      TEXT,
    uploaded_by     BLOB NOT NULL REFERENCES people (id),
    uploaded_at     TEXT NOT NULL
) STRICT;
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
) STRICT;

CREATE TABLE industry_divisions (
    code    TEXT NOT NULL PRIMARY KEY,
    section TEXT NOT NULL REFERENCES industry_sections (code),
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

-- Both limits are inclusive and in won. The longest code that begins a firm's code counts. -SEAT marks the
-- part of a class the decree's note speaks of: the makers of seats within C31202 and C31322.
CREATE TABLE size_thresholds (
    id              INTEGER NOT NULL PRIMARY KEY,
    industry_code   TEXT   NOT NULL,
    excluding       TEXT,
    sme_limit_won   INTEGER NOT NULL,
    small_limit_won INTEGER NOT NULL,
    valid_from      TEXT NOT NULL,
    valid_to        TEXT,
    source          TEXT   NOT NULL,
    CONSTRAINT size_thresholds_once UNIQUE (industry_code, valid_from),
    CONSTRAINT size_thresholds_limits CHECK (0 < small_limit_won AND small_limit_won <= sme_limit_won),
    CONSTRAINT size_thresholds_dates CHECK (valid_to >= valid_from)
) STRICT;

-- ISO 3166-2 codes, but for two kinds the standard has none for: KR-X12, the unit made in 2026, and -OLD,
-- a unit under its former name and administrative code. valid_from is the day of the present name;
-- those before 2020 are from general knowledge and decide nothing.
CREATE TABLE regions (
    code         TEXT   NOT NULL PRIMARY KEY,
    admin_code   TEXT   NOT NULL CONSTRAINT regions_admin_code_once UNIQUE,
    name_ko      TEXT   NOT NULL,
    name_en      TEXT   NOT NULL,
    capital_area INTEGER NOT NULL,
    valid_from   TEXT NOT NULL,
    valid_to     TEXT,
    successor    TEXT   REFERENCES regions (code),
    CONSTRAINT regions_dates CHECK (valid_to >= valid_from),
    CONSTRAINT regions_end_with_successor CHECK ((valid_to IS NULL) = (successor IS NULL))
) STRICT;

-- The three-digit codes of the Korea Financial Telecommunications and Clearings Institute.
CREATE TABLE banks (
    code    TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

-- Public holidays of government offices, substitute days included.
CREATE TABLE holidays (
    day     TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT   NOT NULL,
    name_en TEXT   NOT NULL
) STRICT;

CREATE TABLE use_cases (
    code    TEXT NOT NULL PRIMARY KEY,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

CREATE TABLE use_case_indicators (
    id        INTEGER NOT NULL PRIMARY KEY,
    use_case  TEXT   NOT NULL REFERENCES use_cases (code),
    code      TEXT   NOT NULL,
    name_ko   TEXT   NOT NULL,
    name_en   TEXT   NOT NULL,
    unit      TEXT   NOT NULL,
    direction TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    CONSTRAINT use_case_indicators_once UNIQUE (use_case, code)
) STRICT;



-- 중소기업기본법 시행령 별표 1 and 3 as in force since 2025-09-01: 44 industries, then the three exceptions.

-- Gwangju and South Jeolla became one on 2026-07-01: 17 units before, 16 since.


-- New Year's Day, Memorial Day and election days have no substitute; Seollal and Chuseok have one for a
-- Sunday or another holiday, the others for a Saturday too. Labour Day and Constitution Day since 2026.



-- 0003_organisations --
-- Firms and vendors alike: one row per business number.

CREATE TABLE organisations (
    id                  BLOB PRIMARY KEY,
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
    employees_regular   INTEGER NOT NULL CHECK (employees_regular >= 0),
    founded_on          TEXT NOT NULL,
    large_group         INTEGER NOT NULL,
    -- What the business register says; re-checked before agreement and payment.
    register_status     TEXT   NOT NULL CHECK (register_status IN ('active', 'suspended', 'closed', 'unknown')),
    register_checked_at TEXT,
    version             INTEGER NOT NULL DEFAULT 1,
    created_at          TEXT NOT NULL,
    search_text         TEXT   NOT NULL
) STRICT;
CREATE INDEX organisations_by_age ON organisations (created_at, id);

CREATE TABLE organisation_financials (
    organisation_id  BLOB NOT NULL REFERENCES organisations (id),
    fiscal_year      INTEGER NOT NULL,
    sales_won        INTEGER NOT NULL CHECK (sales_won >= 0),
    total_assets_won INTEGER NOT NULL CHECK (total_assets_won >= 0),
    equity_won       INTEGER NOT NULL,
    capital_won      INTEGER NOT NULL CHECK (capital_won >= 0),
    given_by         BLOB REFERENCES people (id),
    given_at         TEXT NOT NULL,
    PRIMARY KEY (organisation_id, fiscal_year)
) STRICT;

-- Each assessment is kept: a decision refers to the one it was taken under.
CREATE TABLE size_assessments (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    as_of           TEXT NOT NULL,
    class           TEXT   NOT NULL,
    threshold_id    INTEGER REFERENCES size_thresholds (id),
    inputs          TEXT NOT NULL,
    assessed_at     TEXT NOT NULL
) STRICT;
CREATE INDEX size_assessments_by_organisation ON size_assessments (organisation_id, assessed_at, id);

-- 0004_programmes --
-- Programme, call, and the rules of a call in versions. A decision keeps the version it was taken under.

CREATE TABLE programmes (
    id         BLOB PRIMARY KEY,
    code       TEXT   NOT NULL UNIQUE,
    name_ko    TEXT   NOT NULL,
    name_en    TEXT   NOT NULL,
    year       INTEGER NOT NULL,
    zone       TEXT   NOT NULL,
    -- The most one firm may be committed over all calls of this programme and year.
    firm_cap_won INTEGER NOT NULL CHECK (firm_cap_won > 0),
    made_by    BLOB REFERENCES people (id),
    made_at    TEXT NOT NULL
) STRICT;

CREATE TABLE call_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE calls (
    id            BLOB PRIMARY KEY,
    programme_id  BLOB NOT NULL REFERENCES programmes (id),
    code          TEXT   NOT NULL UNIQUE,
    name_ko       TEXT   NOT NULL,
    name_en       TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_states (name),
    opens_at      TEXT NOT NULL,
    closes_at     TEXT NOT NULL,
    -- A submission whose request began before closing still counts when it ends within the grace.
    grace_seconds INTEGER NOT NULL CHECK (grace_seconds BETWEEN 0 AND 3600),
    budget_won    INTEGER NOT NULL CHECK (budget_won > 0),
    -- The present version of the rules.
    version       INTEGER NOT NULL,
    receipt_count INTEGER NOT NULL DEFAULT 0,
    made_by       BLOB REFERENCES people (id),
    made_at       TEXT NOT NULL,
    published_by  BLOB REFERENCES people (id),
    published_at  TEXT,
    CONSTRAINT calls_window CHECK (closes_at > opens_at)
) STRICT;
CREATE INDEX calls_by_age ON calls (made_at, id);

-- Append-only.
CREATE TABLE call_versions (
    call_id BLOB NOT NULL REFERENCES calls (id),
    version INTEGER NOT NULL,
    rules   TEXT NOT NULL,
    made_by BLOB REFERENCES people (id),
    made_at TEXT NOT NULL,
    PRIMARY KEY (call_id, version)
) STRICT;

-- 0005_ledger --
-- Double entry in minor units. Postings and entries are append-only; balances are guarded by the engine itself.

CREATE TABLE ledger_accounts (
    id         BLOB PRIMARY KEY,
    kind       TEXT   NOT NULL,
    -- The call, application, claim or firm whose money this is; for the cap of a firm, `scope` is the programme.
    owner_id   BLOB NOT NULL,
    scope_id   BLOB NOT NULL,
    may_be_negative INTEGER NOT NULL,
    balance_won INTEGER NOT NULL,
    opened_at  TEXT NOT NULL,
    CONSTRAINT ledger_accounts_once UNIQUE (kind, owner_id, scope_id),
    CONSTRAINT ledger_accounts_no_overdraft CHECK (may_be_negative OR balance_won >= 0)
) STRICT;
CREATE INDEX ledger_accounts_by_owner ON ledger_accounts (owner_id);

CREATE TABLE ledger_postings (
    id         BLOB PRIMARY KEY,
    at         TEXT NOT NULL,
    kind       TEXT   NOT NULL,
    -- The application or call that the money belongs to.
    case_id    BLOB NOT NULL,
    -- One event, one posting: for example `commit:<application>`.
    reference  TEXT   NOT NULL UNIQUE,
    actor_id   BLOB
) STRICT;
CREATE INDEX ledger_postings_by_case ON ledger_postings (case_id, at, id);

CREATE TABLE ledger_entries (
    id         BLOB PRIMARY KEY,
    posting_id BLOB NOT NULL REFERENCES ledger_postings (id),
    account_id BLOB NOT NULL REFERENCES ledger_accounts (id),
    -- Positive: the account holds more.
    amount_won INTEGER NOT NULL CHECK (amount_won <> 0)
) STRICT;
CREATE INDEX ledger_entries_by_posting ON ledger_entries (posting_id);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, id);

-- 0006_vendors --
-- The registry: vendors, their solutions, and packages priced in versions.

CREATE TABLE vendor_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE vendors (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id) CONSTRAINT vendors_organisation_once UNIQUE,
    registry_no     TEXT   UNIQUE,
    state           TEXT   NOT NULL REFERENCES vendor_states (name),
    website         TEXT   NOT NULL,
    support_email   TEXT   NOT NULL,
    support_phone   TEXT   NOT NULL,
    references_text TEXT   NOT NULL,
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BLOB NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    submitted_at    TEXT,
    decided_by      BLOB REFERENCES people (id),
    decided_at      TEXT,
    decision_note   TEXT,
    expires_on      TEXT,
    version         INTEGER NOT NULL DEFAULT 1,
    created_at      TEXT NOT NULL,
    search_text     TEXT   NOT NULL
) STRICT;
CREATE INDEX vendors_by_state ON vendors (state, created_at, id);
CREATE INDEX vendors_by_age ON vendors (created_at, id);
CREATE INDEX vendors_by_expiry ON vendors (state, expires_on);

CREATE TABLE solutions (
    id            BLOB PRIMARY KEY,
    vendor_id     BLOB NOT NULL REFERENCES vendors (id),
    name          TEXT   NOT NULL,
    summary       TEXT   NOT NULL,
    use_case      TEXT   NOT NULL REFERENCES use_cases (code),
    model_origin  TEXT   NOT NULL CHECK (model_origin IN ('sovereign', 'global', 'open_weight', 'hybrid')),
    model_names   TEXT   NOT NULL,
    hosting       TEXT   NOT NULL CHECK (hosting IN ('kr_public_cloud', 'kr_private', 'foreign_region', 'edge_device')),
    trains_on_customer_data INTEGER NOT NULL,
    exit_terms    TEXT   NOT NULL,
    version       INTEGER NOT NULL DEFAULT 1,
    created_at    TEXT NOT NULL,
    search_text   TEXT   NOT NULL
) STRICT;
CREATE INDEX solutions_by_vendor ON solutions (vendor_id);
CREATE INDEX solutions_by_use_case ON solutions (use_case, created_at, id);
CREATE INDEX solutions_by_age ON solutions (created_at, id);

-- A change of price is a new row; the old one gets its last day.
CREATE TABLE packages (
    id              BLOB PRIMARY KEY,
    solution_id     BLOB NOT NULL REFERENCES solutions (id),
    name            TEXT   NOT NULL,
    unit            TEXT   NOT NULL,
    unit_price_won  INTEGER NOT NULL CHECK (unit_price_won > 0),
    included        TEXT   NOT NULL,
    valid_from      TEXT NOT NULL,
    valid_to        TEXT,
    created_at      TEXT NOT NULL
) STRICT;
CREATE INDEX packages_by_solution ON packages (solution_id, valid_from);

-- 0007_applications --
-- From draft to decision. What was submitted can never change: it is kept whole, with its hash, per round.

CREATE TABLE application_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE applications (
    id                BLOB PRIMARY KEY,
    call_id           BLOB NOT NULL REFERENCES calls (id),
    -- The version of the call's rules at submission; until then the present one applies.
    call_version      INTEGER NOT NULL,
    organisation_id   BLOB NOT NULL REFERENCES organisations (id),
    vendor_id         BLOB REFERENCES vendors (id),
    package_id        BLOB REFERENCES packages (id),
    package_quantity  INTEGER CHECK (package_quantity > 0),
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
    total_won         INTEGER NOT NULL DEFAULT 0 CHECK (total_won >= 0),
    support_won       INTEGER NOT NULL DEFAULT 0 CHECK (support_won >= 0),
    own_won           INTEGER NOT NULL DEFAULT 0 CHECK (own_won >= 0),
    size_class        TEXT,
    region_code       TEXT   NOT NULL REFERENCES regions (code),
    industry_code     TEXT   NOT NULL,
    submitted_at      TEXT,
    submitted_by      BLOB REFERENCES people (id),
    submitted_hash    BLOB,
    decided_at        TEXT,
    -- Raised by every write; a form that names an older one is refused.
    version           INTEGER NOT NULL DEFAULT 1,
    created_at        TEXT NOT NULL,
    -- When the state last changed: queues are ordered by it.
    state_since       TEXT NOT NULL,
    search_text       TEXT   NOT NULL,
    CONSTRAINT applications_shares CHECK (support_won + own_won = total_won)
) STRICT;
CREATE UNIQUE INDEX applications_one_live ON applications (organisation_id, call_id)
    WHERE state NOT IN ('withdrawn', 'expired');
CREATE INDEX applications_by_state ON applications (state, state_since, id);
CREATE INDEX applications_by_call_state ON applications (call_id, state, state_since, id);
CREATE INDEX applications_by_since ON applications (state_since, id);
CREATE INDEX applications_by_age ON applications (created_at, id);

CREATE TABLE application_indicators (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    position       INTEGER NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    -- Thousandths of the unit; absent while the draft has a gap there.
    baseline_milli INTEGER,
    target_milli   INTEGER,
    baseline_period TEXT  NOT NULL,
    baseline_source TEXT  NOT NULL
) STRICT;
CREATE INDEX application_indicators_by_application ON application_indicators (application_id, position);

CREATE TABLE application_costs (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    position       INTEGER NOT NULL,
    category       TEXT   NOT NULL CHECK (category IN ('solution_licence', 'integration', 'infrastructure', 'cloud_usage', 'data', 'staff')),
    description    TEXT   NOT NULL,
    -- Absent while the draft has a gap there; the shares are there only when the whole line is.
    quantity       INTEGER CHECK (quantity > 0),
    unit_price_won INTEGER CHECK (unit_price_won > 0),
    support_won    INTEGER CHECK (support_won >= 0),
    own_won        INTEGER CHECK (own_won >= 0),
    CONSTRAINT application_costs_add_up CHECK (support_won + own_won = quantity * unit_price_won)
) STRICT;
CREATE INDEX application_costs_by_application ON application_costs (application_id, position);

CREATE TABLE application_documents (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    file_id        BLOB NOT NULL REFERENCES files (id),
    attached_at    TEXT NOT NULL,
    removed_at     TEXT
) STRICT;
CREATE INDEX application_documents_by_application ON application_documents (application_id);
CREATE INDEX application_documents_by_file ON application_documents (file_id);

-- Append-only: what was received, byte for byte, and its hash.
CREATE TABLE application_submissions (
    application_id BLOB  NOT NULL REFERENCES applications (id),
    round          INTEGER  NOT NULL,
    content        TEXT    NOT NULL,
    sha256         BLOB NOT NULL,
    received_at    TEXT  NOT NULL,
    received_from  BLOB  NOT NULL REFERENCES people (id),
    PRIMARY KEY (application_id, round)
) STRICT;

-- Append-only: each rule with the value it saw.
CREATE TABLE eligibility_checks (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    stage          TEXT   NOT NULL CHECK (stage IN ('submission', 'screening', 'agreement', 'payment')),
    call_version   INTEGER NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     TEXT NOT NULL
) STRICT;
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE supplement_requests (
    application_id BLOB NOT NULL REFERENCES applications (id),
    round          INTEGER NOT NULL,
    items          TEXT   NOT NULL,
    due_at         TEXT NOT NULL,
    asked_by       BLOB NOT NULL REFERENCES people (id),
    asked_at       TEXT NOT NULL,
    answered_at    TEXT,
    PRIMARY KEY (application_id, round)
) STRICT;

-- 0008_reviews --
-- Reviewers, their conflicts, their scores, and the decision. A score once locked is for ever.

CREATE TABLE assignment_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE review_assignments (
    id              BLOB PRIMARY KEY,
    application_id  BLOB NOT NULL REFERENCES applications (id),
    reviewer_id     BLOB NOT NULL REFERENCES people (id),
    state           TEXT   NOT NULL REFERENCES assignment_states (name),
    conflict_reason TEXT,
    assigned_by     BLOB NOT NULL REFERENCES people (id),
    assigned_at     TEXT NOT NULL,
    declared_at     TEXT,
    locked_at       TEXT,
    -- Sum of weighted points in thousandths, given at lock.
    total_milli     INTEGER,
    CONSTRAINT review_assignments_once UNIQUE (application_id, reviewer_id)
) STRICT;
CREATE INDEX review_assignments_by_reviewer ON review_assignments (reviewer_id, state, assigned_at, id);

CREATE TABLE review_scores (
    assignment_id BLOB NOT NULL REFERENCES review_assignments (id),
    item          TEXT   NOT NULL,
    points        INTEGER NOT NULL CHECK (points BETWEEN 0 AND 100),
    comment       TEXT   NOT NULL,
    PRIMARY KEY (assignment_id, item)
) STRICT;

-- Append-only: the score of an application, written when the last required reviewer locks. Recomputable from the
-- locked totals; kept so that a ranking of thousands is read in order instead of computed.
CREATE TABLE review_results (
    application_id BLOB PRIMARY KEY REFERENCES applications (id),
    call_id        BLOB NOT NULL REFERENCES calls (id),
    score_milli    INTEGER NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Of equal scores the earlier submission ranks first.
    submitted_at   TEXT NOT NULL,
    scored_at      TEXT NOT NULL
) STRICT;
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), submitted_at, application_id);

-- Append-only. An undo is another decision.
CREATE TABLE decisions (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    call_version   INTEGER NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    INTEGER NOT NULL,
    rank           INTEGER NOT NULL CHECK (rank > 0),
    amount_won     INTEGER NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     BLOB NOT NULL REFERENCES people (id),
    decided_at     TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);

-- 0009_agreements --
-- Three assents, the firm's own share, the voucher, milestones, and the baseline that is locked here.

CREATE TABLE agreement_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE agreements (
    id                 BLOB PRIMARY KEY,
    application_id     BLOB NOT NULL REFERENCES applications (id) CONSTRAINT agreements_application_once UNIQUE,
    call_id            BLOB NOT NULL REFERENCES calls (id),
    call_version       INTEGER NOT NULL,
    number             TEXT   NOT NULL UNIQUE,
    organisation_id    BLOB NOT NULL REFERENCES organisations (id),
    vendor_id          BLOB NOT NULL REFERENCES vendors (id),
    state              TEXT   NOT NULL REFERENCES agreement_states (name),
    starts_on          TEXT NOT NULL,
    ends_on            TEXT NOT NULL,
    total_won          INTEGER NOT NULL CHECK (total_won > 0),
    support_won        INTEGER NOT NULL CHECK (support_won > 0),
    own_won            INTEGER NOT NULL CHECK (own_won >= 0),
    content            TEXT   NOT NULL,
    content_sha256     BLOB NOT NULL,
    offered_at         TEXT NOT NULL,
    answer_by          TEXT NOT NULL,
    firm_assent_by     BLOB REFERENCES people (id),
    firm_assent_at     TEXT,
    vendor_assent_by   BLOB REFERENCES people (id),
    vendor_assent_at   TEXT,
    agency_assent_by   BLOB REFERENCES people (id),
    agency_assent_at   TEXT,
    state_since        TEXT NOT NULL,
    CONSTRAINT agreements_shares CHECK (support_won + own_won = total_won),
    CONSTRAINT agreements_term CHECK (ends_on > starts_on),
    CONSTRAINT agreements_firm_is_not_agency CHECK (firm_assent_by <> agency_assent_by),
    CONSTRAINT agreements_vendor_is_not_firm CHECK (vendor_assent_by <> firm_assent_by),
    CONSTRAINT agreements_vendor_is_not_agency CHECK (vendor_assent_by <> agency_assent_by)
) STRICT;
CREATE INDEX agreements_by_organisation ON agreements (organisation_id, offered_at, id);
CREATE INDEX agreements_by_vendor ON agreements (vendor_id, offered_at, id);
CREATE INDEX agreements_by_state ON agreements (state, state_since, id);
CREATE INDEX agreements_by_since ON agreements (state_since, id);

CREATE TABLE agreement_lines (
    id             BLOB PRIMARY KEY,
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    position       INTEGER NOT NULL,
    category       TEXT   NOT NULL,
    description    TEXT   NOT NULL,
    quantity       INTEGER NOT NULL CHECK (quantity > 0),
    unit_price_won INTEGER NOT NULL CHECK (unit_price_won > 0),
    support_won    INTEGER NOT NULL CHECK (support_won >= 0),
    own_won        INTEGER NOT NULL CHECK (own_won >= 0)
) STRICT;
CREATE INDEX agreement_lines_by_agreement ON agreement_lines (agreement_id, position);

-- Append-only: the baseline is locked with the agreement.
CREATE TABLE agreement_indicators (
    id             BLOB PRIMARY KEY,
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    position       INTEGER NOT NULL,
    name           TEXT   NOT NULL,
    unit           TEXT   NOT NULL,
    direction      TEXT   NOT NULL CHECK (direction IN ('up', 'down')),
    baseline_milli INTEGER NOT NULL,
    target_milli   INTEGER NOT NULL,
    locked_at      TEXT NOT NULL
) STRICT;
CREATE INDEX agreement_indicators_by_agreement ON agreement_indicators (agreement_id, position);

CREATE TABLE own_share_deposits (
    id            BLOB PRIMARY KEY,
    agreement_id  BLOB NOT NULL REFERENCES agreements (id),
    amount_won    INTEGER NOT NULL CHECK (amount_won > 0),
    payer_name    TEXT   NOT NULL,
    -- The bank's own reference: one deposit is recorded once.
    bank_reference TEXT  NOT NULL CONSTRAINT own_share_deposits_once UNIQUE,
    received_on   TEXT NOT NULL,
    recorded_by   BLOB NOT NULL REFERENCES people (id),
    recorded_at   TEXT NOT NULL
) STRICT;
CREATE INDEX own_share_deposits_by_agreement ON own_share_deposits (agreement_id);

CREATE TABLE voucher_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE vouchers (
    id           BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id) CONSTRAINT vouchers_agreement_once UNIQUE,
    number       TEXT   NOT NULL UNIQUE,
    amount_won   INTEGER NOT NULL CHECK (amount_won > 0),
    state        TEXT   NOT NULL REFERENCES voucher_states (name),
    issued_by    BLOB NOT NULL REFERENCES people (id),
    issued_at    TEXT NOT NULL,
    expires_on   TEXT NOT NULL
) STRICT;

CREATE TABLE milestone_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE milestones (
    id             BLOB PRIMARY KEY,
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    position       INTEGER NOT NULL,
    name           TEXT   NOT NULL,
    deliverables   TEXT   NOT NULL,
    due_on         TEXT NOT NULL,
    -- Supply value (without VAT) that may be invoiced for it.
    supply_won     INTEGER NOT NULL CHECK (supply_won > 0),
    support_won    INTEGER NOT NULL CHECK (support_won >= 0),
    state          TEXT   NOT NULL REFERENCES milestone_states (name),
    delivered_at   TEXT,
    delivered_by   BLOB REFERENCES people (id),
    answered_at    TEXT,
    answered_by    BLOB REFERENCES people (id),
    answer_note    TEXT,
    CONSTRAINT milestones_within CHECK (support_won <= supply_won),
    CONSTRAINT milestones_two_people CHECK (answered_by <> delivered_by)
) STRICT;
CREATE INDEX milestones_by_agreement ON milestones (agreement_id, position);

-- 0010_claims --
-- Vendor invoices against milestones. A tax invoice is claimed once, for ever.

CREATE TABLE claim_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE claims (
    id               BLOB PRIMARY KEY,
    number           TEXT   NOT NULL UNIQUE,
    agreement_id     BLOB NOT NULL REFERENCES agreements (id),
    milestone_id     BLOB NOT NULL REFERENCES milestones (id),
    application_id   BLOB NOT NULL REFERENCES applications (id),
    call_version     INTEGER NOT NULL,
    vendor_id        BLOB NOT NULL REFERENCES vendors (id),
    organisation_id  BLOB NOT NULL REFERENCES organisations (id),
    state            TEXT   NOT NULL REFERENCES claim_states (name),
    invoice_no       TEXT   NOT NULL,
    issued_on        TEXT NOT NULL,
    supplied_on      TEXT NOT NULL,
    supplier_number  TEXT   NOT NULL,
    buyer_number     TEXT   NOT NULL,
    supply_won       INTEGER NOT NULL CHECK (supply_won > 0),
    vat_won          INTEGER NOT NULL CHECK (vat_won >= 0),
    total_won        INTEGER NOT NULL,
    -- What the state pays of it; the rest of the supply value and the VAT are the firm's.
    support_won      INTEGER NOT NULL CHECK (support_won >= 0),
    source           TEXT   NOT NULL CHECK (source IN ('form', 'ubl')),
    file_id          BLOB REFERENCES files (id),
    submitted_by     BLOB NOT NULL REFERENCES people (id),
    submitted_at     TEXT NOT NULL,
    delivery_by      BLOB REFERENCES people (id),
    delivery_at      TEXT,
    checked_by       BLOB REFERENCES people (id),
    checked_at       TEXT,
    note             TEXT,
    state_since      TEXT NOT NULL,
    version          INTEGER NOT NULL DEFAULT 1,
    CONSTRAINT claims_total CHECK (supply_won + vat_won = total_won),
    CONSTRAINT claims_support CHECK (support_won <= supply_won),
    CONSTRAINT claims_vendor_does_not_accept CHECK (delivery_by <> submitted_by),
    CONSTRAINT claims_vendor_does_not_check CHECK (checked_by <> submitted_by),
    CONSTRAINT claims_firm_does_not_check CHECK (checked_by <> delivery_by)
) STRICT;
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
    claim_id        BLOB NOT NULL REFERENCES claims (id),
    -- The version of the claim that it came with: the highest is the invoice that counts.
    version         INTEGER NOT NULL DEFAULT 1,
    taken_at        TEXT NOT NULL
) STRICT;
CREATE INDEX tax_invoices_by_claim ON tax_invoices (claim_id);

CREATE TABLE claim_lines (
    id             BLOB PRIMARY KEY,
    claim_id       BLOB NOT NULL REFERENCES claims (id),
    -- The version of the claim that they came with: what was filed before stays readable.
    version        INTEGER NOT NULL DEFAULT 1,
    position       INTEGER NOT NULL,
    description    TEXT   NOT NULL,
    quantity       INTEGER NOT NULL CHECK (quantity > 0),
    unit_price_won INTEGER NOT NULL,
    net_won        INTEGER NOT NULL
) STRICT;
CREATE INDEX claim_lines_by_claim ON claim_lines (claim_id, version, position);

-- Append-only: each check with the value it saw.
CREATE TABLE claim_checks (
    id         BLOB PRIMARY KEY,
    claim_id   BLOB NOT NULL REFERENCES claims (id),
    -- The version of the claim that was checked.
    version    INTEGER NOT NULL DEFAULT 1,
    rule       TEXT   NOT NULL,
    result     TEXT   NOT NULL CHECK (result IN ('met', 'unmet', 'undetermined')),
    value      TEXT   NOT NULL,
    threshold  TEXT   NOT NULL,
    checked_at TEXT NOT NULL
) STRICT;
CREATE INDEX claim_checks_by_claim ON claim_checks (claim_id, version, id);

-- 0011_payments --
-- Money leaves once, by three acts of three people, none of whom approved the claim.

CREATE TABLE batch_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE payment_batches (
    id            BLOB PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    state         TEXT   NOT NULL REFERENCES batch_states (name),
    payment_count INTEGER NOT NULL CHECK (payment_count > 0),
    total_won     INTEGER NOT NULL CHECK (total_won > 0),
    prepared_by   BLOB NOT NULL REFERENCES people (id),
    prepared_at   TEXT NOT NULL,
    approved_by   BLOB REFERENCES people (id),
    approved_at   TEXT,
    released_by   BLOB REFERENCES people (id),
    released_at   TEXT,
    -- The bank file as it was made at release; downloading it again gives the same bytes.
    file_text     TEXT,
    file_sha256   BLOB,
    state_since   TEXT NOT NULL,
    CONSTRAINT payment_batches_checker CHECK (approved_by <> prepared_by),
    CONSTRAINT payment_batches_releaser CHECK (released_by <> prepared_by),
    CONSTRAINT payment_batches_releaser_not_checker CHECK (released_by <> approved_by),
    CONSTRAINT payment_batches_approved_first CHECK (released_by IS NULL OR approved_by IS NOT NULL)
) STRICT;
CREATE INDEX payment_batches_by_state ON payment_batches (state, state_since, id);
CREATE INDEX payment_batches_by_since ON payment_batches (state_since, id);

CREATE TABLE payment_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE payments (
    id              BLOB PRIMARY KEY,
    claim_id        BLOB NOT NULL REFERENCES claims (id),
    application_id  BLOB NOT NULL REFERENCES applications (id),
    vendor_id       BLOB NOT NULL REFERENCES vendors (id),
    batch_id        BLOB NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer.
    end_to_end_id   TEXT   NOT NULL UNIQUE,
    amount_won      INTEGER NOT NULL CHECK (amount_won > 0),
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BLOB NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES payment_states (name),
    bank_reference  TEXT,
    bank_note       TEXT,
    answered_by     BLOB REFERENCES people (id),
    answered_at     TEXT,
    -- What the first person found out about an unknown result: confirmed or failed. The second decides.
    proposed_state  TEXT   REFERENCES payment_states (name),
    -- The second person where an unknown result is settled without the bank's own evidence.
    confirmed_by    BLOB REFERENCES people (id),
    state_since     TEXT NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by)
) STRICT;
CREATE INDEX payments_by_batch ON payments (batch_id, id);
CREATE INDEX payments_by_state ON payments (state, state_since, id);
CREATE INDEX payments_by_vendor ON payments (vendor_id, state_since, id);
-- One live payment per claim: only a failed or cancelled one may be followed by another.
CREATE UNIQUE INDEX payments_one_live ON payments (claim_id) WHERE state NOT IN ('failed', 'cancelled');

-- 0012_outcomes --
-- What changed, against the baseline locked at agreement; risk flags with their end; exports with their purpose.

CREATE TABLE report_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE outcome_reports (
    id             BLOB PRIMARY KEY,
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    application_id BLOB NOT NULL REFERENCES applications (id),
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    wave           TEXT   NOT NULL CHECK (wave IN ('close', '6m', '12m', '24m', '36m', '48m', '60m')),
    due_on         TEXT NOT NULL,
    state          TEXT   NOT NULL REFERENCES report_states (name),
    active_users   INTEGER CHECK (active_users >= 0),
    satisfaction   INTEGER CHECK (satisfaction BETWEEN 1 AND 5),
    would_pay      INTEGER,
    comment        TEXT   NOT NULL,
    submitted_by   BLOB REFERENCES people (id),
    submitted_at   TEXT,
    verified_by    BLOB REFERENCES people (id),
    verified_at    TEXT,
    note           TEXT,
    state_since    TEXT NOT NULL,
    CONSTRAINT outcome_reports_once UNIQUE (agreement_id, wave),
    CONSTRAINT outcome_reports_two_people CHECK (verified_by <> submitted_by)
) STRICT;
CREATE INDEX outcome_reports_by_state ON outcome_reports (state, state_since, id);
CREATE INDEX outcome_reports_by_since ON outcome_reports (state_since, id);
CREATE INDEX outcome_reports_by_organisation ON outcome_reports (organisation_id, due_on, id);

CREATE TABLE outcome_measurements (
    report_id      BLOB NOT NULL REFERENCES outcome_reports (id),
    indicator_id   BLOB NOT NULL REFERENCES agreement_indicators (id),
    value_milli    INTEGER NOT NULL,
    measured_on    TEXT NOT NULL,
    method         TEXT   NOT NULL CHECK (method IN ('log', 'sample', 'survey', 'estimate')),
    PRIMARY KEY (report_id, indicator_id)
) STRICT;

CREATE TABLE flag_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE risk_flags (
    id          BLOB PRIMARY KEY,
    case_id     BLOB NOT NULL,
    rule        TEXT   NOT NULL,
    evidence    TEXT   NOT NULL,
    state       TEXT   NOT NULL REFERENCES flag_states (name),
    raised_at   TEXT NOT NULL,
    ended_by    BLOB REFERENCES people (id),
    ended_at    TEXT,
    reason      TEXT,
    CONSTRAINT risk_flags_once UNIQUE (case_id, rule),
    CONSTRAINT risk_flags_end_with_reason CHECK (state = 'raised' OR (ended_by IS NOT NULL AND reason IS NOT NULL))
) STRICT;
CREATE INDEX risk_flags_by_state ON risk_flags (state, raised_at, id);

CREATE TABLE export_records (
    id           BLOB PRIMARY KEY,
    dataset      TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    filters      TEXT   NOT NULL,
    definition   TEXT   NOT NULL,
    requested_by BLOB NOT NULL REFERENCES people (id),
    started_at   TEXT NOT NULL,
    row_count    INTEGER,
    sha256       BLOB,
    finished_at  TEXT
) STRICT;
CREATE INDEX export_records_by_age ON export_records (started_at, id);

-- 0013_guards --
-- What no page, no mistake and no hand may do: refused by the engine itself.

CREATE TRIGGER call_versions_no_update BEFORE UPDATE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is append-only');
END;
CREATE TRIGGER call_versions_no_delete BEFORE DELETE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is append-only');
END;

CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;
CREATE TRIGGER ledger_postings_no_delete BEFORE DELETE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;

CREATE TRIGGER application_submissions_no_update BEFORE UPDATE ON application_submissions BEGIN
    SELECT RAISE(ABORT, 'application_submissions is append-only');
END;
CREATE TRIGGER application_submissions_no_delete BEFORE DELETE ON application_submissions BEGIN
    SELECT RAISE(ABORT, 'application_submissions is append-only');
END;

CREATE TRIGGER eligibility_checks_no_update BEFORE UPDATE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;
CREATE TRIGGER eligibility_checks_no_delete BEFORE DELETE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;

CREATE TRIGGER size_assessments_no_update BEFORE UPDATE ON size_assessments BEGIN
    SELECT RAISE(ABORT, 'size_assessments is append-only');
END;
CREATE TRIGGER size_assessments_no_delete BEFORE DELETE ON size_assessments BEGIN
    SELECT RAISE(ABORT, 'size_assessments is append-only');
END;

CREATE TRIGGER review_results_no_update BEFORE UPDATE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;

CREATE TRIGGER agreement_indicators_no_update BEFORE UPDATE ON agreement_indicators BEGIN
    SELECT RAISE(ABORT, 'agreement_indicators is append-only');
END;
CREATE TRIGGER agreement_indicators_no_delete BEFORE DELETE ON agreement_indicators BEGIN
    SELECT RAISE(ABORT, 'agreement_indicators is append-only');
END;

CREATE TRIGGER agreement_lines_no_update BEFORE UPDATE ON agreement_lines BEGIN
    SELECT RAISE(ABORT, 'agreement_lines is append-only');
END;
CREATE TRIGGER agreement_lines_no_delete BEFORE DELETE ON agreement_lines BEGIN
    SELECT RAISE(ABORT, 'agreement_lines is append-only');
END;

CREATE TRIGGER tax_invoices_no_update BEFORE UPDATE ON tax_invoices BEGIN
    SELECT RAISE(ABORT, 'tax_invoices is append-only');
END;
CREATE TRIGGER tax_invoices_no_delete BEFORE DELETE ON tax_invoices BEGIN
    SELECT RAISE(ABORT, 'tax_invoices is append-only');
END;

CREATE TRIGGER claim_checks_no_update BEFORE UPDATE ON claim_checks BEGIN
    SELECT RAISE(ABORT, 'claim_checks is append-only');
END;
CREATE TRIGGER claim_checks_no_delete BEFORE DELETE ON claim_checks BEGIN
    SELECT RAISE(ABORT, 'claim_checks is append-only');
END;

CREATE TRIGGER claim_lines_no_update BEFORE UPDATE ON claim_lines BEGIN
    SELECT RAISE(ABORT, 'claim_lines is append-only');
END;
CREATE TRIGGER claim_lines_no_delete BEFORE DELETE ON claim_lines BEGIN
    SELECT RAISE(ABORT, 'claim_lines is append-only');
END;

CREATE TRIGGER duties_no_update BEFORE UPDATE ON duties BEGIN
    SELECT RAISE(ABORT, 'duties is append-only');
END;
CREATE TRIGGER duties_no_delete BEFORE DELETE ON duties BEGIN
    SELECT RAISE(ABORT, 'duties is append-only');
END;

CREATE TRIGGER audit_anchors_no_update BEFORE UPDATE ON audit_anchors BEGIN
    SELECT RAISE(ABORT, 'audit_anchors is append-only');
END;
CREATE TRIGGER audit_anchors_no_delete BEFORE DELETE ON audit_anchors BEGIN
    SELECT RAISE(ABORT, 'audit_anchors is append-only');
END;

CREATE TRIGGER own_share_deposits_no_update BEFORE UPDATE ON own_share_deposits BEGIN
    SELECT RAISE(ABORT, 'own_share_deposits is append-only');
END;
CREATE TRIGGER own_share_deposits_no_delete BEFORE DELETE ON own_share_deposits BEGIN
    SELECT RAISE(ABORT, 'own_share_deposits is append-only');
END;


-- A record is sealed once; nothing else of it ever changes.
CREATE TRIGGER audit_records_sealed_once BEFORE UPDATE ON audit_records
WHEN old.seq IS NOT NULL OR new.seq IS NULL OR new.hash IS NULL OR new.id <> old.id OR new.at <> old.at
    OR new.actor_id IS NOT old.actor_id OR new.actor_role <> old.actor_role OR new.subject_kind <> old.subject_kind
    OR new.subject_id <> old.subject_id OR new.case_id <> old.case_id OR new.kind <> old.kind
    OR new.detail <> old.detail OR new.request_id <> old.request_id
BEGIN
    SELECT RAISE(ABORT, 'audit_records is append-only');
END;
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records BEGIN
    SELECT RAISE(ABORT, 'audit_records is append-only');
END;

-- Two acts of a forbidden pair by one person on one case.
CREATE TRIGGER duties_apart BEFORE INSERT ON duties
WHEN EXISTS (
    SELECT 1 FROM duties d JOIN forbidden_pairs p
        ON (p.one = d.act AND p.other = new.act) OR (p.other = d.act AND p.one = new.act)
    WHERE d.case_id = new.case_id AND d.person_id = new.person_id)
BEGIN
    SELECT RAISE(ABORT, 'duties must be apart');
END;

-- A locked score is for ever.
CREATE TRIGGER review_scores_locked_insert BEFORE INSERT ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = new.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_scores_locked_update BEFORE UPDATE ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = old.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_scores_locked_delete BEFORE DELETE ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = old.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_assignments_locked BEFORE UPDATE ON review_assignments
WHEN old.state = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;

-- An agreement's content is what was assented to.
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements
WHEN new.content <> old.content OR new.content_sha256 <> old.content_sha256 OR new.support_won <> old.support_won
    OR new.total_won <> old.total_won OR new.application_id <> old.application_id BEGIN
    SELECT RAISE(ABORT, 'the content of an agreement is fixed');
END;

-- The file that went to the bank stays what it was.
CREATE TRIGGER payment_batches_file_fixed BEFORE UPDATE ON payment_batches
WHEN old.file_text IS NOT NULL AND (new.file_text IS NOT old.file_text OR new.total_won <> old.total_won
    OR new.payment_count <> old.payment_count) BEGIN
    SELECT RAISE(ABORT, 'a released batch is fixed');
END;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments
WHEN new.amount_won <> old.amount_won OR new.claim_id <> old.claim_id OR new.end_to_end_id <> old.end_to_end_id
    OR new.account_sealed <> old.account_sealed BEGIN
    SELECT RAISE(ABORT, 'a payment order is fixed');
END;
-- Numbers that people read: receipts, agreements, claims. One counter each; the one writer keeps them gapless.
CREATE TABLE number_series (
    name TEXT    PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

-- 0014_search --
-- Words folded in Rust (core/names.rs), indexed. `key` keeps the index apart from row numbers, which a VACUUM may change.

CREATE TABLE application_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE application_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER applications_search_add AFTER INSERT ON applications BEGIN
    INSERT INTO application_search_rows (id) VALUES (new.id);
    INSERT INTO application_search (rowid, words) SELECT key, new.search_text FROM application_search_rows WHERE id = new.id;
END;
CREATE TRIGGER applications_search_change AFTER UPDATE OF search_text ON applications WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM application_search WHERE rowid = (SELECT key FROM application_search_rows WHERE id = old.id);
    INSERT INTO application_search (rowid, words) SELECT key, new.search_text FROM application_search_rows WHERE id = new.id;
END;

CREATE TABLE vendor_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE vendor_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER vendors_search_add AFTER INSERT ON vendors BEGIN
    INSERT INTO vendor_search_rows (id) VALUES (new.id);
    INSERT INTO vendor_search (rowid, words) SELECT key, new.search_text FROM vendor_search_rows WHERE id = new.id;
END;
CREATE TRIGGER vendors_search_change AFTER UPDATE OF search_text ON vendors WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM vendor_search WHERE rowid = (SELECT key FROM vendor_search_rows WHERE id = old.id);
    INSERT INTO vendor_search (rowid, words) SELECT key, new.search_text FROM vendor_search_rows WHERE id = new.id;
END;

CREATE TABLE solution_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE solution_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER solutions_search_add AFTER INSERT ON solutions BEGIN
    INSERT INTO solution_search_rows (id) VALUES (new.id);
    INSERT INTO solution_search (rowid, words) SELECT key, new.search_text FROM solution_search_rows WHERE id = new.id;
END;
CREATE TRIGGER solutions_search_change AFTER UPDATE OF search_text ON solutions WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM solution_search WHERE rowid = (SELECT key FROM solution_search_rows WHERE id = old.id);
    INSERT INTO solution_search (rowid, words) SELECT key, new.search_text FROM solution_search_rows WHERE id = new.id;
END;

-- 0015_calls --
-- Calls as data: changes that a second person approves, simulations, tracks, caps by representative and group,
-- and test submissions that no counter and no account can see.

CREATE INDEX ledger_accounts_by_scope ON ledger_accounts (scope_id, kind);

-- Whom a firm's awards count for besides itself; absent: its own number stands for it.
ALTER TABLE organisations ADD COLUMN representative_id BLOB;
ALTER TABLE organisations ADD COLUMN group_id BLOB;
-- Made by staff to try a call out.
ALTER TABLE organisations ADD COLUMN is_test INTEGER NOT NULL DEFAULT FALSE;

ALTER TABLE applications ADD COLUMN track TEXT;
-- A test is never received: it has no number and no time of submission, so nothing that counts applications sees it.
ALTER TABLE applications ADD COLUMN is_test INTEGER NOT NULL DEFAULT FALSE
    CONSTRAINT applications_tests_apart CHECK (NOT is_test OR (submitted_at IS NULL AND receipt_no IS NULL AND state IN ('draft', 'withdrawn', 'expired')));

CREATE TABLE test_submissions (
    application_id BLOB PRIMARY KEY REFERENCES applications (id),
    -- Every condition with the value it saw.
    checks         TEXT NOT NULL,
    checked_by     BLOB NOT NULL REFERENCES people (id),
    checked_at     TEXT NOT NULL
) STRICT;

CREATE TABLE call_change_states (
    name TEXT PRIMARY KEY
) STRICT;

-- A change of rules, or a later closing for the whole call after an incident.
CREATE TABLE call_changes (
    id            BLOB PRIMARY KEY,
    call_id       BLOB NOT NULL REFERENCES calls (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('rules', 'extension')),
    -- The version of the rules it was made from.
    base_version  INTEGER NOT NULL,
    rules         TEXT,
    closed_before TEXT,
    closes_at     TEXT,
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES call_change_states (name),
    -- Raised by every edit.
    version       INTEGER NOT NULL,
    made_by       BLOB NOT NULL REFERENCES people (id),
    made_at       TEXT NOT NULL,
    decided_by    BLOB REFERENCES people (id),
    decided_at    TEXT,
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT call_changes_content CHECK ((kind = 'rules') = (rules IS NOT NULL) AND (kind = 'extension') = (closes_at IS NOT NULL)),
    -- An extension never makes a call shorter.
    CONSTRAINT call_changes_later CHECK (closes_at > closed_before)
) STRICT;
CREATE UNIQUE INDEX call_changes_one_open ON call_changes (call_id, kind) WHERE state IN ('preparing', 'proposed');
CREATE INDEX call_changes_by_call ON call_changes (call_id, made_at, id);

-- Everybody who had a hand in a change, or in the call itself: whoever approves is none of them.
CREATE TABLE call_hands (
    subject_id BLOB NOT NULL,
    person_id  BLOB NOT NULL REFERENCES people (id),
    PRIMARY KEY (subject_id, person_id)
) STRICT;

CREATE TABLE call_simulations (
    id          BLOB PRIMARY KEY,
    call_id     BLOB NOT NULL REFERENCES calls (id),
    version     INTEGER NOT NULL,
    question    TEXT NOT NULL,
    asked_by    BLOB NOT NULL REFERENCES people (id),
    asked_at    TEXT NOT NULL,
    seen        INTEGER NOT NULL DEFAULT 0,
    total       INTEGER NOT NULL DEFAULT 0,
    result      TEXT,
    finished_at TEXT
) STRICT;
CREATE INDEX call_simulations_by_call ON call_simulations (call_id, asked_at, id);

-- A decision that the call's own rules took at once was no person's.
CREATE TABLE decisions_anew (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    call_version   INTEGER NOT NULL,
    outcome        TEXT   NOT NULL CHECK (outcome IN ('selected', 'reserve', 'rejected')),
    score_milli    INTEGER NOT NULL,
    rank           INTEGER NOT NULL CHECK (rank > 0),
    amount_won     INTEGER NOT NULL CHECK (amount_won >= 0),
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    decided_by     BLOB REFERENCES people (id),
    decided_at     TEXT NOT NULL
) STRICT;
DROP TABLE decisions;
ALTER TABLE decisions_anew RENAME TO decisions;
CREATE INDEX decisions_by_application ON decisions (application_id, decided_at, id);

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;

-- A test moves no money.
CREATE TRIGGER ledger_postings_no_tests BEFORE INSERT ON ledger_postings
WHEN EXISTS (SELECT 1 FROM applications WHERE id = new.case_id AND is_test) BEGIN
    SELECT RAISE(ABORT, 'a test moves no money');
END;

-- A test stays one, and what was submitted keeps its version and track.
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications
WHEN new.is_test <> old.is_test OR new.call_id <> old.call_id OR new.organisation_id <> old.organisation_id
    OR (old.submitted_at IS NOT NULL AND (new.call_version <> old.call_version OR new.track IS NOT old.track)) BEGIN
    SELECT RAISE(ABORT, 'what an application was decided under is fixed');
END;

-- 0016_eligibility --
-- Conditions as data: what was seen when they were looked at is kept whole, results name it, officers may waive.

-- Append-only: the facts of one look, as text that is hashed (names in order).
CREATE TABLE eligibility_runs (
    id             BLOB  PRIMARY KEY,
    application_id BLOB  NOT NULL REFERENCES applications (id),
    call_id        BLOB  NOT NULL REFERENCES calls (id),
    stage          TEXT    NOT NULL,
    call_version   INTEGER  NOT NULL,
    facts          TEXT    NOT NULL,
    facts_sha256   BLOB NOT NULL,
    checked_by     BLOB  REFERENCES people (id),
    checked_at     TEXT  NOT NULL
) STRICT;
CREATE INDEX eligibility_runs_by_application ON eligibility_runs (application_id, stage, checked_at, id);
CREATE INDEX eligibility_runs_by_call ON eligibility_runs (call_id, stage, id);

-- Without the lists of stages and results: both grow. Rows from before have no run.
CREATE TABLE eligibility_results (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    run_id         BLOB REFERENCES eligibility_runs (id),
    stage          TEXT   NOT NULL,
    call_version   INTEGER NOT NULL,
    rule           TEXT   NOT NULL,
    result         TEXT   NOT NULL,
    -- It only warned.
    warning        INTEGER NOT NULL DEFAULT FALSE,
    value          TEXT   NOT NULL,
    threshold      TEXT   NOT NULL,
    checked_at     TEXT NOT NULL
) STRICT;
DROP TABLE eligibility_checks;
ALTER TABLE eligibility_results RENAME TO eligibility_checks;
CREATE INDEX eligibility_checks_by_application ON eligibility_checks (application_id, checked_at, id);

CREATE TABLE waiver_states (
    name TEXT PRIMARY KEY
) STRICT;

-- An officer lets a case pass a condition, with a reason; or a firm asks for it.
CREATE TABLE waivers (
    id              BLOB PRIMARY KEY,
    application_id  BLOB NOT NULL REFERENCES applications (id),
    rule            TEXT   NOT NULL,
    -- What the condition came to: what is waived covers this and nothing worse.
    covers          TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES waiver_states (name),
    seen            TEXT   NOT NULL,
    asked_by        BLOB REFERENCES people (id),
    asked_at        TEXT NOT NULL,
    asked_reason    TEXT   NOT NULL,
    decided_by      BLOB REFERENCES people (id),
    decided_at      TEXT,
    decided_reason  TEXT   NOT NULL
) STRICT;
CREATE UNIQUE INDEX waivers_one_live ON waivers (application_id, rule, covers) WHERE state IN ('asked', 'granted');
CREATE INDEX waivers_by_state ON waivers (state, asked_at, id);

-- Other conditions tried on the frozen facts of past applications. Changes nothing about them.
CREATE TABLE replays (
    id           BLOB PRIMARY KEY,
    call_id      BLOB NOT NULL REFERENCES calls (id),
    call_version INTEGER NOT NULL,
    rule         TEXT   NOT NULL,
    condition    TEXT NOT NULL,
    stage        TEXT   NOT NULL,
    -- The last run that was tried; absent before the first.
    tried_to     BLOB,
    tried        INTEGER NOT NULL DEFAULT 0,
    flipped      INTEGER NOT NULL DEFAULT 0,
    made_by      BLOB NOT NULL REFERENCES people (id),
    made_at      TEXT NOT NULL,
    done_at      TEXT
) STRICT;
CREATE INDEX replays_by_call ON replays (call_id, made_at, id);

CREATE TABLE replay_flips (
    id             BLOB PRIMARY KEY,
    replay_id      BLOB NOT NULL REFERENCES replays (id),
    application_id BLOB NOT NULL REFERENCES applications (id),
    was            TEXT   NOT NULL,
    becomes        TEXT   NOT NULL,
    found_at       TEXT NOT NULL
) STRICT;
CREATE INDEX replay_flips_by_replay ON replay_flips (replay_id, found_at, id);

CREATE TRIGGER eligibility_runs_no_update BEFORE UPDATE ON eligibility_runs BEGIN
    SELECT RAISE(ABORT, 'eligibility_runs is append-only');
END;
CREATE TRIGGER eligibility_runs_no_delete BEFORE DELETE ON eligibility_runs BEGIN
    SELECT RAISE(ABORT, 'eligibility_runs is append-only');
END;
CREATE TRIGGER eligibility_checks_no_update BEFORE UPDATE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;
CREATE TRIGGER eligibility_checks_no_delete BEFORE DELETE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;

-- 0017_vendors --
-- A register that cannot rot: criteria with evidence, approval by two people, AI facts in versions, qualifying prices,
-- suspension in kinds, yearly review, complaints, and an account that only two people change.


ALTER TABLE vendors ADD COLUMN exception_reason TEXT NOT NULL DEFAULT '';
-- Since when it has been registered without a break; expires_on is the end of the present year.
ALTER TABLE vendors ADD COLUMN approved_on TEXT;
ALTER TABLE vendors ADD COLUMN terminated_on TEXT;
ALTER TABLE vendors ADD COLUMN watch_level INTEGER NOT NULL DEFAULT 0 CHECK (watch_level BETWEEN 0 AND 3);
ALTER TABLE vendors ADD COLUMN project_limit_year INTEGER CHECK (project_limit_year >= 0);

-- One submission and its decision: who recommends never approves.
CREATE TABLE vendor_rounds (
    id             BLOB PRIMARY KEY,
    vendor_id      BLOB NOT NULL REFERENCES vendors (id),
    submitted_by   BLOB NOT NULL REFERENCES people (id),
    submitted_at   TEXT NOT NULL,
    recommended_by BLOB REFERENCES people (id),
    recommended_at TEXT,
    recommendation TEXT,
    decided_by     BLOB REFERENCES people (id),
    decided_at     TEXT,
    outcome        TEXT CHECK (outcome IN ('approved', 'rejected')),
    CONSTRAINT vendor_rounds_two_people CHECK (decided_by <> recommended_by OR outcome = 'rejected'),
    CONSTRAINT vendor_rounds_recommended_first CHECK (outcome IS NULL OR outcome <> 'approved' OR recommended_by IS NOT NULL)
) STRICT;
CREATE INDEX vendor_rounds_by_vendor ON vendor_rounds (vendor_id, submitted_at, id);


-- What a vendor says of itself by criterion, and what the agency found.
CREATE TABLE vendor_criteria (
    vendor_id   BLOB NOT NULL REFERENCES vendors (id),
    criterion   TEXT   NOT NULL,
    value_milli INTEGER,
    value_text  TEXT   NOT NULL,
    value_on    TEXT,
    file_id     BLOB REFERENCES files (id),
    stated_by   BLOB NOT NULL REFERENCES people (id),
    stated_at   TEXT NOT NULL,
    verdict     TEXT   CHECK (verdict IN ('met', 'unmet', 'waived')),
    note        TEXT   NOT NULL DEFAULT '',
    decided_by  BLOB REFERENCES people (id),
    decided_at  TEXT,
    PRIMARY KEY (vendor_id, criterion)
) STRICT;

CREATE TABLE vendor_references (
    id              BLOB PRIMARY KEY,
    vendor_id       BLOB NOT NULL REFERENCES vendors (id),
    business_number TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    months_used     INTEGER NOT NULL CHECK (months_used >= 0),
    gain_milli      INTEGER NOT NULL,
    satisfied       INTEGER NOT NULL,
    -- Codes of what ties it to the vendor, comma-separated; empty when nothing does.
    ties            TEXT   NOT NULL,
    in_register     INTEGER NOT NULL,
    added_at        TEXT NOT NULL,
    CONSTRAINT vendor_references_once UNIQUE (vendor_id, business_number)
) STRICT;

CREATE TABLE vendor_questions (
    id          BLOB PRIMARY KEY,
    vendor_id   BLOB NOT NULL REFERENCES vendors (id),
    round_id    BLOB NOT NULL REFERENCES vendor_rounds (id),
    position    INTEGER NOT NULL,
    question    TEXT   NOT NULL,
    due_on      TEXT NOT NULL,
    asked_by    BLOB NOT NULL REFERENCES people (id),
    asked_at    TEXT NOT NULL,
    answer      TEXT,
    answered_by BLOB REFERENCES people (id),
    answered_at TEXT
) STRICT;
CREATE INDEX vendor_questions_by_vendor ON vendor_questions (vendor_id, asked_at, position);

CREATE TABLE vendor_conditions (
    id        BLOB PRIMARY KEY,
    vendor_id BLOB NOT NULL REFERENCES vendors (id),
    wording   TEXT   NOT NULL,
    due_on    TEXT NOT NULL,
    set_by    BLOB NOT NULL REFERENCES people (id),
    set_at    TEXT NOT NULL,
    met_by    BLOB REFERENCES people (id),
    met_at    TEXT
) STRICT;
CREATE INDEX vendor_conditions_by_vendor ON vendor_conditions (vendor_id, due_on);
CREATE INDEX vendor_conditions_by_due ON vendor_conditions (due_on) WHERE met_at IS NULL;

-- In force from its first day to its last, unless lifted before. Nobody ordered it: the system did.
CREATE TABLE vendor_suspensions (
    id         BLOB PRIMARY KEY,
    vendor_id  BLOB NOT NULL REFERENCES vendors (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('no_new', 'no_pay', 'full')),
    reason     TEXT   NOT NULL,
    from_on    TEXT NOT NULL,
    to_on      TEXT,
    ordered_by BLOB REFERENCES people (id),
    ordered_at TEXT NOT NULL,
    lifted_by  BLOB REFERENCES people (id),
    lifted_at  TEXT,
    CONSTRAINT vendor_suspensions_term CHECK (to_on >= from_on)
) STRICT;
CREATE INDEX vendor_suspensions_by_vendor ON vendor_suspensions (vendor_id, from_on);

ALTER TABLE solutions ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';
-- Set by a change of hosting, model or data class after approval: nobody may choose it before it was checked again.
ALTER TABLE solutions ADD COLUMN recheck_since TEXT;
CREATE INDEX solutions_to_check ON solutions (recheck_since) WHERE recheck_since IS NOT NULL;

CREATE TABLE solution_versions (
    solution_id BLOB NOT NULL REFERENCES solutions (id),
    version     INTEGER NOT NULL,
    content     TEXT NOT NULL,
    made_by     BLOB NOT NULL REFERENCES people (id),
    made_at     TEXT NOT NULL,
    PRIMARY KEY (solution_id, version)
) STRICT;

ALTER TABLE packages ADD COLUMN public_price_won INTEGER CHECK (public_price_won >= unit_price_won);
-- The most that a voucher pays for a unit (domain: invariants, 18); set by the agency.
ALTER TABLE packages ADD COLUMN qualifying_price_won INTEGER CHECK (qualifying_price_won > 0);
ALTER TABLE packages ADD COLUMN qualified_by BLOB REFERENCES people (id);
ALTER TABLE packages ADD COLUMN qualified_at TEXT;

CREATE TABLE vendor_campaigns (
    id             BLOB PRIMARY KEY,
    name           TEXT   NOT NULL,
    due_on         TEXT NOT NULL,
    sample_percent INTEGER NOT NULL CHECK (sample_percent BETWEEN 0 AND 100),
    opened_by      BLOB NOT NULL REFERENCES people (id),
    opened_at      TEXT NOT NULL
) STRICT;

CREATE TABLE vendor_review_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE vendor_reviews (
    id                BLOB PRIMARY KEY,
    campaign_id       BLOB NOT NULL REFERENCES vendor_campaigns (id),
    vendor_id         BLOB NOT NULL REFERENCES vendors (id),
    state             TEXT   NOT NULL REFERENCES vendor_review_states (name),
    -- Drawn to be inspected again, not only to confirm.
    is_sampled        INTEGER NOT NULL,
    decided_by        BLOB REFERENCES people (id),
    decided_at        TEXT,
    note              TEXT   NOT NULL DEFAULT '',
    appeal            TEXT   NOT NULL DEFAULT '',
    appeal_by         TEXT,
    appeal_decided_by BLOB REFERENCES people (id),
    appeal_decided_at TEXT,
    state_since       TEXT NOT NULL,
    CONSTRAINT vendor_reviews_once UNIQUE (campaign_id, vendor_id),
    CONSTRAINT vendor_reviews_two_people CHECK (appeal_decided_by <> decided_by)
) STRICT;
CREATE INDEX vendor_reviews_by_vendor ON vendor_reviews (vendor_id, state_since);
CREATE INDEX vendor_reviews_by_state ON vendor_reviews (state, state_since, id);

CREATE TABLE vendor_complaint_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE vendor_complaints (
    id              BLOB PRIMARY KEY,
    vendor_id       BLOB NOT NULL REFERENCES vendors (id),
    -- Whose it is; the agency's own names none.
    organisation_id BLOB REFERENCES organisations (id),
    person_id       BLOB NOT NULL REFERENCES people (id),
    -- The vendor is not told whose it is.
    is_confidential INTEGER NOT NULL,
    subject         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES vendor_complaint_states (name),
    received_at     TEXT NOT NULL,
    answer_by       TEXT NOT NULL,
    answer          TEXT,
    answered_by     BLOB REFERENCES people (id),
    answered_at     TEXT,
    outcome_note    TEXT,
    closed_by       BLOB REFERENCES people (id),
    closed_at       TEXT
) STRICT;
CREATE INDEX vendor_complaints_by_vendor ON vendor_complaints (vendor_id, received_at, id);
CREATE INDEX vendor_complaints_by_organisation ON vendor_complaints (organisation_id, received_at, id);
CREATE INDEX vendor_complaints_by_age ON vendor_complaints (received_at, id);

CREATE TABLE account_change_states (
    name TEXT PRIMARY KEY
) STRICT;

-- Who checks a new account never confirms it; nothing is paid to the vendor before it is in effect or off the table.
CREATE TABLE account_changes (
    id             BLOB PRIMARY KEY,
    vendor_id      BLOB NOT NULL REFERENCES vendors (id),
    state          TEXT   NOT NULL REFERENCES account_change_states (name),
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed BLOB NOT NULL,
    account_ending TEXT   NOT NULL,
    account_holder TEXT   NOT NULL,
    old_ending     TEXT   NOT NULL,
    file_id        BLOB NOT NULL REFERENCES files (id),
    requested_by   BLOB NOT NULL REFERENCES people (id),
    requested_at   TEXT NOT NULL,
    checked_by     BLOB REFERENCES people (id),
    checked_at     TEXT,
    check_note     TEXT,
    confirmed_by   BLOB REFERENCES people (id),
    confirmed_at   TEXT,
    effective_at   TEXT,
    ended_at       TEXT,
    end_note       TEXT,
    CONSTRAINT account_changes_two_people CHECK (confirmed_by <> checked_by),
    CONSTRAINT account_changes_checked_first CHECK (confirmed_by IS NULL OR checked_by IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX account_changes_one_open ON account_changes (vendor_id) WHERE state IN ('requested', 'checked', 'cooling');
CREATE INDEX account_changes_by_vendor ON account_changes (vendor_id, requested_at, id);
CREATE INDEX account_changes_by_effect ON account_changes (state, effective_at);

-- 0018_drafts --
-- Applications that cannot be lost: what each save left, so that two people's writing can be brought together;
-- certification by a second person; supplements item by item; reminders; questions that calls add.

-- What a part of a draft said after the save that made this version. The base when two people wrote at once.
CREATE TABLE application_revisions (
    application_id BLOB NOT NULL REFERENCES applications (id),
    section        TEXT   NOT NULL,
    -- The row of a list (an indicator, a line of cost); nil for a part that is one form.
    row_id         BLOB NOT NULL,
    version        INTEGER NOT NULL,
    fields         TEXT NOT NULL,
    saved_by       BLOB NOT NULL REFERENCES people (id),
    saved_at       TEXT NOT NULL,
    PRIMARY KEY (application_id, section, row_id, version)
) STRICT;

ALTER TABLE application_costs ADD COLUMN unit TEXT NOT NULL DEFAULT '';
-- Whether VAT comes on top; the support never covers it.
ALTER TABLE application_costs ADD COLUMN taxed INTEGER NOT NULL DEFAULT TRUE;
-- The part of the own share that is brought in kind; the rest is cash.
ALTER TABLE application_costs ADD COLUMN in_kind_won INTEGER NOT NULL DEFAULT 0 CHECK (in_kind_won >= 0);

-- Pages of a PDF; absent for other kinds and where they cannot be counted.
ALTER TABLE files ADD COLUMN pages INTEGER;

-- Append-only. Counts for exactly one version of one content: a later edit voids it by itself.
CREATE TABLE application_certifications (
    application_id BLOB  NOT NULL REFERENCES applications (id),
    version        INTEGER  NOT NULL,
    content_sha256 BLOB NOT NULL,
    prepared_by    BLOB  NOT NULL REFERENCES people (id),
    prepared_at    TEXT  NOT NULL,
    certified_by   BLOB  REFERENCES people (id),
    certified_at   TEXT,
    PRIMARY KEY (application_id, version),
    CONSTRAINT certifications_two_people CHECK (certified_by <> prepared_by)
) STRICT;

CREATE TABLE supplement_items (
    application_id BLOB NOT NULL,
    round          INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    section        TEXT   NOT NULL,
    -- A code of the catalogue of defects; empty when the officer's own words are all there is.
    defect         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    PRIMARY KEY (application_id, round, position),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
) STRICT;

CREATE TABLE supplement_answers (
    application_id BLOB NOT NULL,
    round          INTEGER NOT NULL,
    section        TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    answered_by    BLOB NOT NULL REFERENCES people (id),
    answered_at    TEXT NOT NULL,
    PRIMARY KEY (application_id, round, section),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
) STRICT;

-- A round after the first is asked for only when a manager allowed it, with a reason.
CREATE TABLE supplement_approvals (
    application_id BLOB NOT NULL REFERENCES applications (id),
    round          INTEGER NOT NULL,
    reason         TEXT   NOT NULL,
    approved_by    BLOB NOT NULL REFERENCES people (id),
    approved_at    TEXT NOT NULL,
    PRIMARY KEY (application_id, round)
) STRICT;

-- Each kind of reminder once for an application.
CREATE TABLE application_reminders (
    application_id BLOB NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    at             TEXT NOT NULL,
    PRIMARY KEY (application_id, kind)
) STRICT;

-- Append-only: a changed question is another version, and calls name the version they ask.
CREATE TABLE questions (
    code     TEXT   NOT NULL,
    version  INTEGER NOT NULL,
    kind     TEXT   NOT NULL,
    label_ko TEXT   NOT NULL,
    label_en TEXT   NOT NULL,
    hint_ko  TEXT   NOT NULL,
    hint_en  TEXT   NOT NULL,
    -- One choice a line, in the same order in both languages.
    choices_ko TEXT NOT NULL,
    choices_en TEXT NOT NULL,
    made_by  BLOB NOT NULL REFERENCES people (id),
    made_at  TEXT NOT NULL,
    PRIMARY KEY (code, version)
) STRICT;

CREATE TABLE application_answers (
    application_id BLOB NOT NULL REFERENCES applications (id),
    code           TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    PRIMARY KEY (application_id, code)
) STRICT;

-- 0019_firms --
-- Firms: who acts for them and in which capacity, advisers under a mandate, documents given once,
-- what the business register answers, who belongs together, and aid from other agencies.


CREATE TABLE capacities (
    name TEXT PRIMARY KEY
) STRICT;

-- What a membership (a live role of a firm or vendor) may do; what it was before stays in the history.
CREATE TABLE member_capacities (
    role_id  BLOB NOT NULL REFERENCES person_roles (id),
    capacity TEXT   NOT NULL REFERENCES capacities (name),
    PRIMARY KEY (role_id, capacity)
) STRICT;

CREATE TABLE mandate_states (
    name TEXT PRIMARY KEY
) STRICT;

-- An adviser prepares a firm's applications within these days: never submits, signs, or sees bank data.
CREATE TABLE mandates (
    id                 BLOB PRIMARY KEY,
    organisation_id    BLOB NOT NULL REFERENCES organisations (id),
    adviser_id         BLOB REFERENCES people (id),
    email              TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    company            TEXT   NOT NULL,
    business_number    TEXT,
    phone              TEXT   NOT NULL,
    relation           TEXT   NOT NULL,
    fee_kind           TEXT   NOT NULL,
    fee_won            INTEGER CHECK (fee_won >= 0),
    fee_basis_points   INTEGER CHECK (fee_basis_points >= 0),
    starts_on          TEXT NOT NULL,
    ends_on            TEXT NOT NULL,
    state              TEXT   NOT NULL REFERENCES mandate_states (name),
    -- Codes of what an officer should look at, found when the mandate was given.
    flags              TEXT   NOT NULL,
    given_by           BLOB NOT NULL REFERENCES people (id),
    given_at           TEXT NOT NULL,
    answered_at        TEXT,
    ended_by           BLOB REFERENCES people (id),
    ended_at           TEXT,
    end_reason         TEXT   NOT NULL DEFAULT '',
    CHECK (ends_on >= starts_on)
) STRICT;
CREATE INDEX mandates_by_organisation ON mandates (organisation_id, given_at, id);
CREATE INDEX mandates_by_adviser ON mandates (adviser_id, state);
CREATE INDEX mandates_by_email ON mandates (email, given_at, id);

-- A link by mail that makes somebody a member of an organisation, or an adviser under a mandate.
CREATE TABLE invitations (
    id              BLOB  PRIMARY KEY,
    organisation_id BLOB  NOT NULL REFERENCES organisations (id),
    role            TEXT    NOT NULL REFERENCES roles (name),
    capacities      TEXT    NOT NULL,
    mandate_id      BLOB  REFERENCES mandates (id),
    email           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    lang            TEXT    NOT NULL CHECK (lang IN ('ko', 'en')),
    hash            BLOB NOT NULL CONSTRAINT invitations_hash_once UNIQUE,
    invited_by      BLOB  NOT NULL REFERENCES people (id),
    invited_at      TEXT  NOT NULL,
    expires_at      TEXT  NOT NULL,
    -- Accepted, declined or taken back; nothing more can be done with it then.
    closed_at       TEXT
) STRICT;
CREATE INDEX invitations_by_organisation ON invitations (organisation_id, invited_at, id);
CREATE INDEX invitations_by_mandate ON invitations (mandate_id);

-- The mandate under which an adviser works in this session.
ALTER TABLE sessions ADD COLUMN mandate_id BLOB;
ALTER TABLE audit_records ADD COLUMN mandate_id BLOB;
CREATE INDEX audit_records_by_mandate ON audit_records (mandate_id, at, id) WHERE mandate_id IS NOT NULL;

-- Wrong passwords for addresses without an account slow down as those of accounts do.
CREATE TABLE strange_sign_ins (
    address_hash BLOB PRIMARY KEY,
    failures     INTEGER  NOT NULL,
    locked_until TEXT,
    last_at      TEXT  NOT NULL
) STRICT;
CREATE INDEX strange_sign_ins_by_age ON strange_sign_ins (last_at);

CREATE TABLE vault_documents (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    file_id         BLOB NOT NULL REFERENCES files (id),
    issued_on       TEXT NOT NULL,
    -- The last day it counts; NULL: until it is replaced.
    valid_to        TEXT,
    added_by        BLOB NOT NULL REFERENCES people (id),
    added_at        TEXT NOT NULL,
    removed_by      BLOB REFERENCES people (id),
    removed_at      TEXT,
    warned_at       TEXT
) STRICT;
CREATE INDEX vault_documents_by_organisation ON vault_documents (organisation_id, kind, added_at, id);
CREATE INDEX vault_documents_unwarned ON vault_documents (valid_to, id) WHERE removed_at IS NULL AND warned_at IS NULL;
CREATE INDEX vault_documents_by_file ON vault_documents (file_id);

-- The business register as imported: what the offline connector answers from.
CREATE TABLE register_imports (
    id          BLOB  PRIMARY KEY,
    file_name   TEXT    NOT NULL,
    sha256      BLOB NOT NULL,
    -- The day the register stood like this.
    as_of       TEXT  NOT NULL,
    taken       INTEGER  NOT NULL,
    refused     INTEGER  NOT NULL,
    imported_by BLOB  NOT NULL REFERENCES people (id),
    imported_at TEXT  NOT NULL,
    -- NULL while lines are still being read, and for ever when the reading broke off.
    finished_at TEXT
) STRICT;
CREATE INDEX register_imports_by_age ON register_imports (imported_at, id);

CREATE TABLE register_import_errors (
    import_id BLOB NOT NULL REFERENCES register_imports (id),
    line      INTEGER NOT NULL,
    problem   TEXT   NOT NULL,
    content   TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
) STRICT;

CREATE TABLE register_entries (
    business_number TEXT   PRIMARY KEY,
    status          TEXT   NOT NULL,
    ended_on        TEXT,
    as_of           TEXT NOT NULL,
    import_id       BLOB NOT NULL REFERENCES register_imports (id)
) STRICT;

-- Each question to the register with its answer, kept as it came.
CREATE TABLE register_asks (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    connector       TEXT   NOT NULL,
    request         TEXT NOT NULL,
    response        TEXT NOT NULL,
    outcome         TEXT   NOT NULL,
    status_before   TEXT   NOT NULL,
    status_after    TEXT   NOT NULL,
    asked_at        TEXT NOT NULL
) STRICT;
CREATE INDEX register_asks_by_organisation ON register_asks (organisation_id, asked_at, id);
CREATE INDEX register_asks_changes ON register_asks (asked_at, id) WHERE outcome = 'changed';
ALTER TABLE organisations ADD COLUMN register_asked_at TEXT;

-- By what two organisations may turn out to be one: folded texts and fingerprints, never an account number.
CREATE TABLE organisation_keys (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    value           TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, kind)
) STRICT;
CREATE INDEX organisation_keys_by_value ON organisation_keys (kind, value);
ALTER TABLE organisations ADD COLUMN keyed INTEGER NOT NULL DEFAULT FALSE;
CREATE INDEX organisations_unkeyed ON organisations (id) WHERE NOT keyed;
CREATE UNIQUE INDEX organisations_corporate_once ON organisations (corporate_number) WHERE corporate_number IS NOT NULL;

CREATE TABLE affiliation_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE affiliations (
    id         BLOB PRIMARY KEY,
    one_id     BLOB NOT NULL REFERENCES organisations (id),
    other_id   BLOB NOT NULL REFERENCES organisations (id),
    kind       TEXT   NOT NULL,
    -- From 1 (says little) to 100 (says all).
    strength   INTEGER NOT NULL CHECK (strength BETWEEN 1 AND 100),
    state      TEXT   NOT NULL REFERENCES affiliation_states (name),
    first_seen TEXT NOT NULL,
    decided_by BLOB REFERENCES people (id),
    decided_at TEXT,
    reason     TEXT   NOT NULL DEFAULT '',
    CHECK (one_id < other_id),
    CONSTRAINT affiliations_once UNIQUE (one_id, other_id, kind)
) STRICT;
CREATE INDEX affiliations_by_state ON affiliations (state, first_seen, id);
CREATE INDEX affiliations_by_other ON affiliations (other_id);

-- Organisations that confirmed affiliations tie together; the group's id is that of its oldest member.
CREATE TABLE organisation_groups (
    organisation_id BLOB PRIMARY KEY REFERENCES organisations (id),
    group_id        BLOB NOT NULL REFERENCES organisations (id)
) STRICT;
CREATE INDEX organisation_groups_by_group ON organisation_groups (group_id);

CREATE TABLE award_imports (
    id           BLOB  PRIMARY KEY,
    agency       TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    sha256       BLOB NOT NULL,
    made_by      BLOB  NOT NULL REFERENCES people (id),
    made_at      TEXT  NOT NULL,
    confirmed_by BLOB  REFERENCES people (id),
    confirmed_at TEXT,
    taken        INTEGER  NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX award_imports_by_age ON award_imports (made_at, id);

CREATE TABLE award_import_lines (
    import_id       BLOB NOT NULL REFERENCES award_imports (id),
    line            INTEGER NOT NULL,
    business_number TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      INTEGER NOT NULL,
    awarded_on      TEXT NOT NULL,
    -- The code of what is wrong with the line; '' when it can be taken.
    problem         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
) STRICT;

CREATE TABLE outside_awards (
    id              BLOB PRIMARY KEY,
    business_number TEXT   NOT NULL,
    agency          TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    -- Folded, so that one award is one row however it is written.
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      INTEGER NOT NULL CHECK (amount_won > 0),
    awarded_on      TEXT NOT NULL,
    source          TEXT   NOT NULL CHECK (source IN ('import', 'declared')),
    import_id       BLOB REFERENCES award_imports (id),
    recorded_by     BLOB NOT NULL REFERENCES people (id),
    recorded_at     TEXT NOT NULL,
    removed_by      BLOB REFERENCES people (id),
    removed_at      TEXT
) STRICT;
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
ALTER TABLE claims ADD COLUMN queued_at TEXT;
-- Until when it is to be decided; none while it waits for the vendor.
ALTER TABLE claims ADD COLUMN due_at TEXT;
-- Business days from filing to decision, without those it waited for the vendor.
ALTER TABLE claims ADD COLUMN service_days INTEGER;
-- Of a claim that was approved: what of its supply value and VAT was.
ALTER TABLE claims ADD COLUMN approved_supply_won INTEGER CHECK (approved_supply_won > 0);
ALTER TABLE claims ADD COLUMN approved_vat_won INTEGER CHECK (approved_vat_won >= 0);
-- The invoice number as it is compared: letters and digits only.
ALTER TABLE claims ADD COLUMN invoice_fold TEXT NOT NULL DEFAULT '';
UPDATE claims SET queued_at = submitted_at, invoice_fold = lower(replace(replace(invoice_no, '-', ''), ' ', ''));
CREATE INDEX claims_by_due ON claims (state, due_at, id);
CREATE INDEX claims_by_decision ON claims (checked_at) WHERE service_days IS NOT NULL;
CREATE INDEX claims_by_amount ON claims (vendor_id, total_won);
CREATE INDEX claims_by_invoice ON claims (vendor_id, invoice_fold);

-- What an officer decided of each line, and why: one row for each approval and line.
CREATE TABLE claim_line_decisions (
    id          BLOB PRIMARY KEY,
    claim_id    BLOB NOT NULL REFERENCES claims (id),
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    disallowed  INTEGER NOT NULL,
    reason      TEXT   NOT NULL,
    decided_by  BLOB NOT NULL REFERENCES people (id),
    decided_at  TEXT NOT NULL,
    CONSTRAINT claim_line_decisions_once UNIQUE (claim_id, version, position)
) STRICT;

-- A time in which the claim waits for its vendor; the service clock stands.
CREATE TABLE claim_pauses (
    id         BLOB PRIMARY KEY,
    claim_id   BLOB NOT NULL REFERENCES claims (id),
    reason     TEXT   NOT NULL CHECK (reason IN ('returned', 'disputed', 'reopened')),
    -- What is missing, one a line.
    items      TEXT   NOT NULL,
    paused_by  BLOB NOT NULL REFERENCES people (id),
    paused_at  TEXT NOT NULL,
    -- Until when the vendor answers to keep its place.
    answer_by  TEXT NOT NULL,
    resumed_at TEXT
) STRICT;
CREATE INDEX claim_pauses_by_claim ON claim_pauses (claim_id, paused_at);
CREATE UNIQUE INDEX claim_pauses_one_open ON claim_pauses (claim_id) WHERE resumed_at IS NULL;

-- Another claim that looks like the same invoice: an officer clears it with a reason.
CREATE TABLE claim_candidates (
    id         BLOB PRIMARY KEY,
    claim_id   BLOB NOT NULL REFERENCES claims (id),
    other_id   BLOB NOT NULL REFERENCES claims (id),
    kind       TEXT   NOT NULL CHECK (kind IN ('same_number', 'same_file', 'near_amount')),
    found_at   TEXT NOT NULL,
    reason     TEXT,
    cleared_by BLOB REFERENCES people (id),
    cleared_at TEXT,
    CONSTRAINT claim_candidates_once UNIQUE (claim_id, other_id, kind),
    CONSTRAINT claim_candidates_two CHECK (claim_id <> other_id),
    CONSTRAINT claim_candidates_cleared CHECK ((cleared_by IS NULL) = (reason IS NULL))
) STRICT;

-- An amended or cancelled tax invoice: while one is open the voucher is frozen.
CREATE TABLE tax_amendments (
    id              BLOB PRIMARY KEY,
    claim_id        BLOB NOT NULL REFERENCES claims (id),
    agreement_id    BLOB NOT NULL REFERENCES agreements (id),
    approval_number TEXT   NOT NULL UNIQUE,
    original_number TEXT   NOT NULL,
    -- 1 error, 2 value changed, 3 goods returned, 4 contract cancelled, 5 late local credit, 6 issued twice.
    reason          INTEGER NOT NULL CHECK (reason BETWEEN 1 AND 6),
    supply_won      INTEGER NOT NULL CHECK (supply_won <= 0),
    vat_won         INTEGER NOT NULL CHECK (vat_won <= 0),
    issued_on       TEXT NOT NULL,
    recorded_by     BLOB NOT NULL REFERENCES people (id),
    recorded_at     TEXT NOT NULL,
    settled_by      BLOB REFERENCES people (id),
    settled_at      TEXT,
    settled_note    TEXT,
    CONSTRAINT tax_amendments_settled CHECK ((settled_by IS NULL) = (settled_note IS NULL))
) STRICT;
CREATE INDEX tax_amendments_by_claim ON tax_amendments (claim_id, recorded_at);
CREATE INDEX tax_amendments_open ON tax_amendments (agreement_id) WHERE settled_at IS NULL;

-- How much a delivered solution is used: read from a log, or reported by the vendor's own service.
CREATE TABLE usage_reports (
    id           BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    vendor_id    BLOB NOT NULL REFERENCES vendors (id),
    -- The vendor's own name of the report: reported twice, it counts once.
    event_id     TEXT   NOT NULL,
    -- A month, 2027-03.
    period       TEXT   NOT NULL,
    active_users INTEGER NOT NULL CHECK (active_users >= 0),
    sessions     INTEGER NOT NULL CHECK (sessions >= 0),
    api_calls    INTEGER NOT NULL CHECK (api_calls >= 0),
    tokens       INTEGER NOT NULL CHECK (tokens >= 0),
    source       TEXT   NOT NULL CHECK (source IN ('log', 'api')),
    sha256       BLOB NOT NULL,
    received_at  TEXT NOT NULL,
    CONSTRAINT usage_reports_once UNIQUE (vendor_id, event_id)
) STRICT;
CREATE INDEX usage_reports_by_agreement ON usage_reports (agreement_id, period, id);
CREATE INDEX usage_reports_by_vendor ON usage_reports (vendor_id, received_at);

-- The key with which a vendor's service signs its reports.
CREATE TABLE usage_keys (
    id            BLOB PRIMARY KEY,
    vendor_id     BLOB NOT NULL REFERENCES vendors (id),
    secret_sealed BLOB NOT NULL,
    made_by       BLOB NOT NULL REFERENCES people (id),
    made_at       TEXT NOT NULL,
    ended_at      TEXT
) STRICT;
CREATE UNIQUE INDEX usage_keys_one_live ON usage_keys (vendor_id) WHERE ended_at IS NULL;

-- 0022_payments --
-- Payments in depth: the accounts money leaves from, checks by amount and by deputies, holds, the bank's statements,
-- money that comes back.


-- An account of the agency, and the file its bank takes.
CREATE TABLE bank_profiles (
    id             BLOB PRIMARY KEY,
    name           TEXT   NOT NULL,
    format         TEXT   NOT NULL CHECK (format IN ('pain_001_001_09', 'csv')),
    holder         TEXT   NOT NULL,
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed BLOB NOT NULL,
    account_ending TEXT   NOT NULL,
    bic            TEXT,
    -- Of a CSV: one column a line, `heading=field`.
    columns        TEXT   NOT NULL,
    encoding       TEXT   NOT NULL CHECK (encoding IN ('utf_8', 'euc_kr')),
    made_by        BLOB NOT NULL REFERENCES people (id),
    made_at        TEXT NOT NULL,
    ended_at       TEXT
) STRICT;

ALTER TABLE payment_batches ADD COLUMN profile_id BLOB REFERENCES bank_profiles (id);
-- How many people check it before it is approved, by the amounts of its calls.
ALTER TABLE payment_batches ADD COLUMN checks_needed INTEGER NOT NULL DEFAULT 1 CHECK (checks_needed BETWEEN 1 AND 3);
-- Who is to check it first; anybody of the payers when nobody is named.
ALTER TABLE payment_batches ADD COLUMN checker_id BLOB REFERENCES people (id);

CREATE TABLE batch_checks (
    id         BLOB PRIMARY KEY,
    batch_id   BLOB NOT NULL REFERENCES payment_batches (id),
    position   INTEGER NOT NULL CHECK (position > 0),
    person_id  BLOB NOT NULL REFERENCES people (id),
    -- The absent person for whom this one checked.
    deputy_for BLOB REFERENCES people (id),
    at         TEXT NOT NULL,
    CONSTRAINT batch_checks_in_order UNIQUE (batch_id, position),
    CONSTRAINT batch_checks_once UNIQUE (batch_id, person_id)
) STRICT;

-- Who checks in whose place, and when.
CREATE TABLE payer_absences (
    id          BLOB PRIMARY KEY,
    person_id   BLOB NOT NULL REFERENCES people (id),
    deputy_id   BLOB NOT NULL REFERENCES people (id),
    from_on     TEXT NOT NULL,
    to_on       TEXT NOT NULL,
    reason      TEXT   NOT NULL,
    recorded_by BLOB NOT NULL REFERENCES people (id),
    recorded_at TEXT NOT NULL,
    ended_at    TEXT,
    CONSTRAINT payer_absences_two CHECK (person_id <> deputy_id),
    CONSTRAINT payer_absences_days CHECK (to_on >= from_on)
) STRICT;
CREATE INDEX payer_absences_by_person ON payer_absences (person_id, to_on);

-- Payments anew: a payment that failed or came back is ordered again under the same end-to-end id, as another
-- attempt with an instruction id of its own.
CREATE TABLE payments_anew (
    id              BLOB PRIMARY KEY,
    claim_id        BLOB NOT NULL REFERENCES claims (id),
    application_id  BLOB NOT NULL REFERENCES applications (id),
    vendor_id       BLOB NOT NULL REFERENCES vendors (id),
    batch_id        BLOB NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer; the same for every attempt.
    end_to_end_id   TEXT   NOT NULL,
    attempt         INTEGER NOT NULL CHECK (attempt > 0),
    instruction_id  TEXT   NOT NULL,
    -- What goes to the bank: of the claim without what was kept back.
    amount_won      INTEGER NOT NULL CHECK (amount_won > 0),
    -- Kept back with this order for what the vendor owes.
    kept_won        INTEGER NOT NULL DEFAULT 0 CHECK (kept_won >= 0),
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  BLOB NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES payment_states (name),
    bank_reference  TEXT,
    bank_note       TEXT,
    answered_by     BLOB REFERENCES people (id),
    answered_at     TEXT,
    -- What the first person found out about an unknown result: confirmed or failed. The second decides.
    proposed_state  TEXT   REFERENCES payment_states (name),
    -- The second person where an unknown result is settled without the bank's own evidence.
    confirmed_by    BLOB REFERENCES people (id),
    -- The bank's own file where it says the result.
    evidence_id     BLOB REFERENCES files (id),
    state_since     TEXT NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by),
    CONSTRAINT payments_attempt_once UNIQUE (end_to_end_id, attempt),
    CONSTRAINT payments_instruction_once UNIQUE (instruction_id)
) STRICT;
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
    id          BLOB PRIMARY KEY,
    level       TEXT   NOT NULL CHECK (level IN ('payment', 'claim', 'vendor', 'programme')),
    subject_id  BLOB NOT NULL,
    -- How people call it.
    label       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    owner_id    BLOB NOT NULL REFERENCES people (id),
    review_on   TEXT NOT NULL,
    placed_by   BLOB NOT NULL REFERENCES people (id),
    placed_at   TEXT NOT NULL,
    lifted_by   BLOB REFERENCES people (id),
    lifted_at   TEXT,
    lift_reason TEXT,
    CONSTRAINT payment_holds_lifted CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lift_reason IS NULL))
) STRICT;
CREATE INDEX payment_holds_open ON payment_holds (level, subject_id) WHERE lifted_at IS NULL;
CREATE INDEX payment_holds_by_time ON payment_holds (placed_at, id);

-- A statement of the bank (camt.053): opening and closing balance and everything between add up.
CREATE TABLE bank_statements (
    id             BLOB PRIMARY KEY,
    statement_id   TEXT   NOT NULL,
    -- The account, known again but not readable.
    account_mark   TEXT   NOT NULL,
    account_ending TEXT   NOT NULL,
    opened_on      TEXT NOT NULL,
    closed_on      TEXT NOT NULL,
    opening_won    INTEGER NOT NULL,
    moved_won      INTEGER NOT NULL,
    closing_won    INTEGER NOT NULL,
    line_count     INTEGER NOT NULL,
    file_id        BLOB NOT NULL REFERENCES files (id),
    imported_by    BLOB NOT NULL REFERENCES people (id),
    imported_at    TEXT NOT NULL,
    CONSTRAINT bank_statements_once UNIQUE (account_mark, statement_id),
    CONSTRAINT bank_statements_add_up CHECK (opening_won + moved_won = closing_won)
) STRICT;
CREATE INDEX bank_statements_by_time ON bank_statements (imported_at, id);

CREATE TABLE statement_lines (
    id             BLOB PRIMARY KEY,
    statement_id   BLOB NOT NULL REFERENCES bank_statements (id),
    position       INTEGER NOT NULL,
    -- Positive: money came in.
    amount_won     INTEGER NOT NULL CHECK (amount_won <> 0),
    direction      TEXT   NOT NULL CHECK (direction IN ('out', 'in')),
    booked_on      TEXT NOT NULL,
    end_to_end_id  TEXT   NOT NULL,
    bank_reference TEXT   NOT NULL,
    counterparty   TEXT   NOT NULL,
    remittance     TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('matched', 'suspense', 'cleared')),
    -- Why it could not be matched.
    cause          TEXT,
    payment_id     BLOB REFERENCES payments (id),
    meaning        TEXT   CHECK (meaning IN ('payment', 'return', 'refund', 'other')),
    imported_by    BLOB NOT NULL REFERENCES people (id),
    matched_by     BLOB REFERENCES people (id),
    matched_at     TEXT,
    reason         TEXT,
    CONSTRAINT statement_lines_once UNIQUE (statement_id, position),
    CONSTRAINT statement_lines_two_people CHECK (matched_by <> imported_by),
    CONSTRAINT statement_lines_cleared CHECK ((state = 'cleared') = (matched_by IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT statement_lines_way CHECK ((amount_won > 0) = (direction = 'in'))
) STRICT;
CREATE UNIQUE INDEX statement_lines_by_payment ON statement_lines (payment_id, direction) WHERE payment_id IS NOT NULL;
CREATE INDEX statement_lines_open ON statement_lines (booked_on, id) WHERE state = 'suspense';

-- What no page, no mistake and no hand may do.
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments
WHEN new.amount_won <> old.amount_won OR new.kept_won <> old.kept_won OR new.claim_id <> old.claim_id OR new.batch_id <> old.batch_id OR new.attempt <> old.attempt
    OR new.end_to_end_id <> old.end_to_end_id OR new.instruction_id <> old.instruction_id OR new.account_sealed <> old.account_sealed BEGIN
    SELECT RAISE(ABORT, 'a payment order is fixed');
END;
CREATE TRIGGER payments_unknown BEFORE UPDATE ON payments
WHEN old.state = 'unknown' AND new.state <> 'unknown' AND new.evidence_id IS NULL AND new.confirmed_by IS NULL BEGIN
    SELECT RAISE(ABORT, 'an unknown result is left by evidence or by two people');
END;
CREATE TRIGGER payments_no_delete BEFORE DELETE ON payments BEGIN
    SELECT RAISE(ABORT, 'a payment order is fixed');
END;
CREATE TRIGGER payments_batch_locked BEFORE INSERT ON payments
WHEN (SELECT state FROM payment_batches WHERE id = new.batch_id) <> 'prepared'
    OR EXISTS (SELECT 1 FROM batch_checks WHERE batch_id = new.batch_id) BEGIN
    SELECT RAISE(ABORT, 'a locked batch is fixed');
END;
CREATE TRIGGER batch_checks_apart BEFORE INSERT ON batch_checks
WHEN new.person_id IN (SELECT prepared_by FROM payment_batches WHERE id = new.batch_id)
    OR (SELECT state FROM payment_batches WHERE id = new.batch_id) <> 'prepared' BEGIN
    SELECT RAISE(ABORT, 'duties must be apart');
END;
CREATE TRIGGER batch_checks_no_update BEFORE UPDATE ON batch_checks BEGIN
    SELECT RAISE(ABORT, 'batch_checks is append-only');
END;
CREATE TRIGGER batch_checks_no_delete BEFORE DELETE ON batch_checks BEGIN
    SELECT RAISE(ABORT, 'batch_checks is append-only');
END;
CREATE TRIGGER payment_batches_checked BEFORE UPDATE ON payment_batches
WHEN new.state = 'approved' AND old.state <> 'approved'
    AND (SELECT COUNT(*) FROM batch_checks WHERE batch_id = new.id) < new.checks_needed BEGIN
    SELECT RAISE(ABORT, 'a batch is approved when all its checks are there');
END;
CREATE TRIGGER payment_batches_locked BEFORE UPDATE ON payment_batches
WHEN new.prepared_by <> old.prepared_by OR new.checks_needed < old.checks_needed OR new.total_won <> old.total_won
    OR new.payment_count <> old.payment_count OR (old.released_at IS NOT NULL AND (new.released_at IS NOT old.released_at
        OR new.released_by IS NOT old.released_by OR new.file_sha256 IS NOT old.file_sha256
        OR new.state NOT IN ('released', 'settled'))) BEGIN
    SELECT RAISE(ABORT, 'a batch is released once and never changed');
END;
CREATE TRIGGER payment_batches_released BEFORE UPDATE ON payment_batches
WHEN new.state = 'released' AND old.state <> 'released' AND (old.state <> 'approved'
    OR EXISTS (SELECT 1 FROM batch_checks WHERE batch_id = new.id AND person_id = new.released_by)) BEGIN
    SELECT RAISE(ABORT, 'duties must be apart');
END;
CREATE TRIGGER payment_batches_held BEFORE UPDATE ON payment_batches
WHEN new.state = 'released' AND old.state <> 'released' AND EXISTS (
    SELECT 1 FROM payments p JOIN applications a ON a.id = p.application_id JOIN calls c ON c.id = a.call_id
    JOIN payment_holds h ON h.lifted_at IS NULL AND h.subject_id IN (p.id, p.claim_id, p.vendor_id, c.programme_id)
    WHERE p.batch_id = new.id) BEGIN
    SELECT RAISE(ABORT, 'a held payment never leaves');
END;
CREATE TRIGGER bank_statements_no_update BEFORE UPDATE ON bank_statements BEGIN
    SELECT RAISE(ABORT, 'bank_statements is append-only');
END;
CREATE TRIGGER bank_statements_no_delete BEFORE DELETE ON bank_statements BEGIN
    SELECT RAISE(ABORT, 'bank_statements is append-only');
END;
CREATE TRIGGER statement_lines_fixed BEFORE UPDATE ON statement_lines
WHEN old.state <> 'suspense' OR new.amount_won <> old.amount_won OR new.statement_id <> old.statement_id
    OR new.end_to_end_id <> old.end_to_end_id OR new.imported_by <> old.imported_by BEGIN
    SELECT RAISE(ABORT, 'a line of a statement is fixed');
END;
CREATE TRIGGER statement_lines_no_delete BEFORE DELETE ON statement_lines BEGIN
    SELECT RAISE(ABORT, 'a line of a statement is fixed');
END;

-- 0023_reviews_in_depth --
-- Reviews in depth: panels with further and blind readers, what reviewers are close to, results in rounds with a cheap
-- rank, the published draw, approvals, undo, bulk decisions, questions to the firm, objections.

-- 'panel', 'further' (totals lie far apart), 'sample' (a blind second read that changes no score).
ALTER TABLE review_assignments ADD COLUMN purpose TEXT NOT NULL DEFAULT 'panel' CHECK (purpose IN ('panel', 'further', 'sample'));
-- An objection that is upheld may have the case scored anew, by others.
ALTER TABLE review_assignments ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
-- What the records showed; absent when the reviewer said it.
ALTER TABLE review_assignments ADD COLUMN conflict_kind TEXT;

-- Open assignments of each reviewer, kept by a trigger.
CREATE TABLE review_loads (
    reviewer_id BLOB PRIMARY KEY REFERENCES people (id),
    open        INTEGER NOT NULL CHECK (open >= 0)
) STRICT;

-- Append-only but for `standing`, which ends once. Of equal scores the smaller tie ranks first, then the earlier submission.
CREATE TABLE review_results_anew (
    application_id BLOB NOT NULL REFERENCES applications (id),
    round          INTEGER NOT NULL DEFAULT 1,
    call_id        BLOB NOT NULL REFERENCES calls (id),
    score_milli    INTEGER NOT NULL CHECK (score_milli BETWEEN 0 AND 100000),
    -- Codes of the criteria whose mean is below their minimum.
    below          TEXT   NOT NULL DEFAULT '',
    spread_milli   INTEGER NOT NULL DEFAULT 0,
    -- From the call's draw; 0 where it draws nothing.
    tie            INTEGER NOT NULL DEFAULT 0,
    submitted_at   TEXT NOT NULL,
    scored_at      TEXT NOT NULL,
    standing       INTEGER NOT NULL DEFAULT TRUE,
    PRIMARY KEY (application_id, round)
) STRICT;
DROP TABLE review_results;
ALTER TABLE review_results_anew RENAME TO review_results;
CREATE UNIQUE INDEX review_results_standing ON review_results (application_id) WHERE standing;
CREATE INDEX review_results_by_rank ON review_results (call_id, (-score_milli), tie, submitted_at, application_id) WHERE standing;
CREATE INDEX review_results_by_tie ON review_results (call_id, tie, application_id) WHERE standing;

-- Standing results by tenths of a point, kept by a trigger: a place in the ranking is a sum over these and a count within one.
CREATE TABLE review_rank_counts (
    call_id BLOB NOT NULL REFERENCES calls (id),
    bucket  INTEGER NOT NULL,
    results INTEGER NOT NULL CHECK (results >= 0),
    PRIMARY KEY (call_id, bucket)
) STRICT;

-- Totals that lay too far apart: one more reader is asked.
CREATE TABLE review_spreads (
    application_id BLOB NOT NULL REFERENCES applications (id),
    round          INTEGER NOT NULL,
    spread_milli   INTEGER NOT NULL,
    noted_at       TEXT NOT NULL,
    PRIMARY KEY (application_id, round)
) STRICT;

-- Finished reviews that chance drew for a blind second read.
CREATE TABLE review_samples (
    application_id BLOB PRIMARY KEY REFERENCES applications (id),
    call_id        BLOB NOT NULL REFERENCES calls (id),
    drawn_at       TEXT NOT NULL
) STRICT;
CREATE INDEX review_samples_by_age ON review_samples (drawn_at, application_id);

-- How a reviewer scores beside their panels: sums over locked totals of a call, in thousandths of a point.
CREATE TABLE reviewer_figures (
    call_id         BLOB NOT NULL REFERENCES calls (id),
    reviewer_id     BLOB NOT NULL REFERENCES people (id),
    reads           INTEGER NOT NULL,
    total_milli     INTEGER NOT NULL,
    bias_milli      INTEGER NOT NULL,
    distance_milli  INTEGER NOT NULL,
    PRIMARY KEY (call_id, reviewer_id)
) STRICT;

-- What a reviewer reads, can judge, and lives beside. Phone and address are kept as fingerprints only.
CREATE TABLE reviewer_profiles (
    person_id     BLOB PRIMARY KEY REFERENCES people (id),
    load_max      INTEGER CHECK (load_max > 0),
    reads_english INTEGER NOT NULL,
    phone_key     TEXT,
    address_key   TEXT,
    changed_at    TEXT NOT NULL
) STRICT;
CREATE TABLE reviewer_skills (
    person_id BLOB NOT NULL REFERENCES people (id),
    use_case  TEXT   NOT NULL REFERENCES use_cases (code),
    PRIMARY KEY (person_id, use_case)
) STRICT;
-- Where somebody works, worked, advises or holds a share; `until_on` absent: still.
CREATE TABLE reviewer_interests (
    id              BLOB PRIMARY KEY,
    person_id       BLOB NOT NULL REFERENCES people (id),
    business_number TEXT   NOT NULL,
    relation        TEXT   NOT NULL CHECK (relation IN ('employed', 'advised', 'holding', 'kin')),
    until_on        TEXT,
    declared_at     TEXT NOT NULL,
    ended_at        TEXT
) STRICT;
CREATE INDEX reviewer_interests_by_person ON reviewer_interests (person_id, business_number);

-- The seed of a call's draw: its hash is published before the close, the seed itself after it.
CREATE TABLE call_draws (
    call_id      BLOB  PRIMARY KEY REFERENCES calls (id),
    commitment   TEXT    NOT NULL,
    seed_sealed  BLOB NOT NULL,
    committed_at TEXT  NOT NULL,
    seed         TEXT,
    revealed_at  TEXT,
    CONSTRAINT call_draws_revealed CHECK ((seed IS NULL) = (revealed_at IS NULL))
) STRICT;

-- Why something is decided: what each reason rests on, and what the letter says, in both languages.
CREATE TABLE decision_reasons (
    code      TEXT PRIMARY KEY,
    basis     TEXT NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    letter_ko TEXT NOT NULL,
    letter_en TEXT NOT NULL
) STRICT;

ALTER TABLE decisions ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
-- Append-only: the compensating act. The decision itself stays as it was.
CREATE TABLE decision_undos (
    decision_id    BLOB PRIMARY KEY REFERENCES decisions (id),
    application_id BLOB NOT NULL REFERENCES applications (id),
    reason         TEXT   NOT NULL,
    undone_by      BLOB NOT NULL REFERENCES people (id),
    undone_at      TEXT NOT NULL
) STRICT;
CREATE INDEX decision_undos_by_application ON decision_undos (application_id);

CREATE TABLE proposal_states (
    name TEXT PRIMARY KEY
) STRICT;
-- A decision that more than one manager takes.
CREATE TABLE decision_proposals (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    amount_won     INTEGER NOT NULL,
    approvers      INTEGER NOT NULL CHECK (approvers > 1),
    state          TEXT   NOT NULL REFERENCES proposal_states (name),
    proposed_at    TEXT NOT NULL,
    ended_at       TEXT,
    end_note       TEXT   NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX decision_proposals_one_waiting ON decision_proposals (application_id) WHERE state = 'waiting';
CREATE INDEX decision_proposals_waiting ON decision_proposals (proposed_at, id) WHERE state = 'waiting';
-- Append-only. One place, one person; one person, one place.
CREATE TABLE decision_approvals (
    proposal_id BLOB NOT NULL REFERENCES decision_proposals (id),
    place       INTEGER NOT NULL CHECK (place > 0),
    person_id   BLOB NOT NULL REFERENCES people (id),
    at          TEXT NOT NULL,
    PRIMARY KEY (proposal_id, place),
    CONSTRAINT decision_approvals_apart UNIQUE (proposal_id, person_id)
) STRICT;

-- When the reserve list could not move an application up, so that it is not tried every minute.
CREATE TABLE reserve_tries (
    application_id BLOB PRIMARY KEY REFERENCES applications (id),
    refusal        TEXT   NOT NULL,
    tried_at       TEXT NOT NULL
) STRICT;

CREATE TABLE bulk_states (
    name TEXT PRIMARY KEY
) STRICT;
-- Many decisions as one job: a plan that somebody looked at, then its rows one by one.
CREATE TABLE bulk_decisions (
    id         BLOB PRIMARY KEY,
    call_id    BLOB NOT NULL REFERENCES calls (id),
    state      TEXT   NOT NULL REFERENCES bulk_states (name),
    note       TEXT   NOT NULL,
    planned    INTEGER NOT NULL,
    made_by    BLOB NOT NULL REFERENCES people (id),
    made_at    TEXT NOT NULL,
    started_at TEXT,
    done_at    TEXT
) STRICT;
CREATE INDEX bulk_decisions_by_call ON bulk_decisions (call_id, made_at, id);
CREATE UNIQUE INDEX bulk_decisions_one_running ON bulk_decisions (call_id) WHERE state = 'running';
CREATE TABLE bulk_rows (
    bulk_id        BLOB NOT NULL REFERENCES bulk_decisions (id),
    position       INTEGER NOT NULL,
    application_id BLOB NOT NULL REFERENCES applications (id),
    outcome        TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    amount_won     INTEGER NOT NULL,
    -- 'decided', 'proposed' or 'refused'; absent while it waits.
    result         TEXT   CHECK (result IN ('decided', 'proposed', 'refused')),
    refusal_ko     TEXT   NOT NULL DEFAULT '',
    refusal_en     TEXT   NOT NULL DEFAULT '',
    done_at        TEXT,
    PRIMARY KEY (bulk_id, position)
) STRICT;

-- A question about one field, and its answer. What was submitted stays as it was.
CREATE TABLE clarifications (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    field          TEXT   NOT NULL,
    question       TEXT   NOT NULL,
    asked_by       BLOB NOT NULL REFERENCES people (id),
    asked_at       TEXT NOT NULL,
    due_at         TEXT NOT NULL,
    answer         TEXT,
    answered_by    BLOB REFERENCES people (id),
    answered_at    TEXT,
    CONSTRAINT clarifications_answered CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT;
CREATE INDEX clarifications_by_application ON clarifications (application_id, asked_at, id);

CREATE TABLE objection_states (
    name TEXT PRIMARY KEY
) STRICT;
CREATE TABLE objections (
    id             BLOB PRIMARY KEY,
    -- Once.
    application_id BLOB NOT NULL CONSTRAINT objections_once UNIQUE REFERENCES applications (id),
    call_id        BLOB NOT NULL REFERENCES calls (id),
    -- Absent: against the screening.
    decision_id    BLOB REFERENCES decisions (id),
    state          TEXT   NOT NULL REFERENCES objection_states (name),
    grounds        TEXT   NOT NULL,
    filed_by       BLOB NOT NULL REFERENCES people (id),
    filed_at       TEXT NOT NULL,
    heard_by       BLOB REFERENCES people (id),
    heard_at       TEXT,
    finding        TEXT   NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX objections_by_state ON objections (state, filed_at, id);
CREATE INDEX objections_by_age ON objections (filed_at, id);
CREATE INDEX objections_by_call ON objections (call_id, state);

-- Whoever screened, scored or decided does not hear the objection.

CREATE TRIGGER review_loads_more AFTER INSERT ON review_assignments WHEN new.state IN ('proposed', 'accepted') BEGIN
    INSERT INTO review_loads (reviewer_id, open) VALUES (new.reviewer_id, 1)
        ON CONFLICT (reviewer_id) DO UPDATE SET open = open + 1;
END;
CREATE TRIGGER review_loads_less AFTER UPDATE OF state ON review_assignments
WHEN old.state IN ('proposed', 'accepted') AND new.state NOT IN ('proposed', 'accepted') BEGIN
    UPDATE review_loads SET open = open - 1 WHERE reviewer_id = new.reviewer_id;
END;

CREATE TRIGGER review_rank_counts_more AFTER INSERT ON review_results WHEN new.standing BEGIN
    INSERT INTO review_rank_counts (call_id, bucket, results) VALUES (new.call_id, new.score_milli / 100, 1)
        ON CONFLICT (call_id, bucket) DO UPDATE SET results = results + 1;
END;
CREATE TRIGGER review_rank_counts_less AFTER UPDATE OF standing ON review_results WHEN old.standing AND NOT new.standing BEGIN
    UPDATE review_rank_counts SET results = results - 1 WHERE call_id = new.call_id AND bucket = new.score_milli / 100;
END;
-- A score is for ever; only that it stands may end.
CREATE TRIGGER review_results_only_end BEFORE UPDATE ON review_results
WHEN NOT old.standing OR new.standing OR new.application_id <> old.application_id OR new.round <> old.round
    OR new.call_id <> old.call_id OR new.score_milli <> old.score_milli OR new.below <> old.below
    OR new.spread_milli <> old.spread_milli OR new.tie <> old.tie OR new.submitted_at <> old.submitted_at
    OR new.scored_at <> old.scored_at BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;

-- The seed was chosen before anybody knew the list.
CREATE TRIGGER call_draws_committed BEFORE UPDATE ON call_draws
WHEN old.seed IS NOT NULL OR new.call_id <> old.call_id OR new.commitment <> old.commitment
    OR new.seed_sealed <> old.seed_sealed OR new.committed_at <> old.committed_at BEGIN
    SELECT RAISE(ABORT, 'a draw is committed');
END;
CREATE TRIGGER call_draws_no_delete BEFORE DELETE ON call_draws BEGIN
    SELECT RAISE(ABORT, 'a draw is committed');
END;

CREATE TRIGGER decision_undos_no_update BEFORE UPDATE ON decision_undos BEGIN
    SELECT RAISE(ABORT, 'decision_undos is append-only');
END;
CREATE TRIGGER decision_undos_no_delete BEFORE DELETE ON decision_undos BEGIN
    SELECT RAISE(ABORT, 'decision_undos is append-only');
END;
CREATE TRIGGER decision_approvals_no_update BEFORE UPDATE ON decision_approvals BEGIN
    SELECT RAISE(ABORT, 'decision_approvals is append-only');
END;
CREATE TRIGGER decision_approvals_no_delete BEFORE DELETE ON decision_approvals BEGIN
    SELECT RAISE(ABORT, 'decision_approvals is append-only');
END;

-- What an objection had decided anew is decided by somebody else than before.
CREATE TRIGGER decisions_by_others BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM objections o JOIN decisions d ON d.application_id = o.application_id
    WHERE o.application_id = new.application_id AND o.state IN ('decided_anew', 'scored_anew')
        AND d.decided_by = new.decided_by AND d.decided_at <= o.filed_at) BEGIN
    SELECT RAISE(ABORT, 'others decide after an objection');
END;

-- 0024_agreements --
-- Agreements in depth: clauses in versions, sealed versions of an agreement, who assented and how, whose money the own
-- share is, blocks of a voucher, change requests, notices given, firms that were called because a voucher lies idle.

UPDATE vouchers SET state = 'suspended' WHERE state = 'frozen';
UPDATE vouchers SET state = 'lapsed' WHERE state = 'expired';
UPDATE vouchers SET state = 'closed' WHERE state = 'revoked';
DELETE FROM voucher_states WHERE name IN ('frozen', 'expired', 'revoked');
ALTER TABLE vouchers ADD COLUMN first_used_at TEXT;
UPDATE vouchers SET first_used_at = (SELECT MIN(p.at) FROM ledger_postings p JOIN agreements g ON g.application_id = p.case_id
    WHERE g.id = vouchers.agreement_id AND p.kind = 'hold');
UPDATE vouchers SET state = 'active' WHERE state = 'issued' AND first_used_at IS NOT NULL;
-- How likely the voucher is to lapse, of a hundred, with what speaks for it; looked at once a day.
ALTER TABLE vouchers ADD COLUMN risk_points INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vouchers ADD COLUMN risk_reasons TEXT NOT NULL DEFAULT '';
ALTER TABLE vouchers ADD COLUMN rated_on TEXT;
ALTER TABLE vouchers ADD COLUMN first_use_by TEXT;
CREATE INDEX vouchers_by_risk ON vouchers (risk_points, id);
CREATE INDEX vouchers_by_expiry ON vouchers (state, expires_on, id);

ALTER TABLE agreements ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE agreements ADD COLUMN activated_at TEXT;
-- What ties vendor and firm to each other, as it was found when the agreement was made; codes joined by commas.
ALTER TABLE agreements ADD COLUMN ties TEXT NOT NULL DEFAULT '';
-- Until when the own share is to be paid in.
ALTER TABLE agreements ADD COLUMN deposit_by TEXT;
UPDATE agreements SET activated_at = state_since WHERE state = 'active';
ALTER TABLE agreement_lines ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- Until when the firm answers a delivery; silence is never acceptance.
ALTER TABLE milestones ADD COLUMN answer_by TEXT;
CREATE INDEX milestones_by_state ON milestones (state, delivered_at, id);

CREATE TABLE clause_change_states (
    name TEXT PRIMARY KEY
) STRICT;

-- The clauses of agreements, all of them in each version. Append-only.
CREATE TABLE clause_versions (
    version    INTEGER PRIMARY KEY,
    clauses    TEXT NOT NULL,
    made_by    BLOB REFERENCES people (id),
    adopted_by BLOB REFERENCES people (id),
    adopted_at TEXT NOT NULL,
    CONSTRAINT clause_versions_two_people CHECK (adopted_by <> made_by)
) STRICT;

CREATE TABLE clause_changes (
    id            BLOB PRIMARY KEY,
    base_version  INTEGER NOT NULL REFERENCES clause_versions (version),
    clauses       TEXT NOT NULL,
    reason        TEXT   NOT NULL,
    state         TEXT   NOT NULL REFERENCES clause_change_states (name),
    -- 1 while it is under way: only one is.
    live          INTEGER CONSTRAINT clause_changes_one_live UNIQUE,
    version       INTEGER NOT NULL,
    made_by       BLOB NOT NULL REFERENCES people (id),
    made_at       TEXT NOT NULL,
    decided_by    BLOB REFERENCES people (id),
    decided_at    TEXT,
    decision_note TEXT   NOT NULL DEFAULT '',
    CONSTRAINT clause_changes_two_people CHECK (state <> 'adopted' OR decided_by <> made_by)
) STRICT;
CREATE INDEX clause_changes_by_time ON clause_changes (made_at, id);

-- Everybody who had a hand in a change: none of them adopts it.
CREATE TABLE clause_hands (
    change_id BLOB NOT NULL REFERENCES clause_changes (id),
    person_id BLOB NOT NULL REFERENCES people (id),
    PRIMARY KEY (change_id, person_id)
) STRICT;

CREATE TABLE agreement_change_states (
    name TEXT PRIMARY KEY
) STRICT;

-- A change request: what the agreement says now and what it is to say.
CREATE TABLE agreement_changes (
    id                  BLOB PRIMARY KEY,
    agreement_id        BLOB NOT NULL REFERENCES agreements (id),
    kind                TEXT   NOT NULL,
    state               TEXT   NOT NULL REFERENCES agreement_change_states (name),
    base_version        INTEGER NOT NULL,
    reason              TEXT   NOT NULL,
    before              TEXT NOT NULL,
    after               TEXT NOT NULL,
    support_delta_won   INTEGER NOT NULL CHECK (support_delta_won <= 0),
    -- The vendor or the firm that would take over.
    new_vendor_id       BLOB REFERENCES vendors (id),
    new_organisation_id BLOB REFERENCES organisations (id),
    requested_by        BLOB NOT NULL REFERENCES people (id),
    requested_at        TEXT NOT NULL,
    decided_by          BLOB REFERENCES people (id),
    decided_at          TEXT,
    decision_note       TEXT,
    state_since         TEXT NOT NULL,
    CONSTRAINT agreement_changes_two_people CHECK (state <> 'applied' OR decided_by <> requested_by)
) STRICT;
CREATE INDEX agreement_changes_by_agreement ON agreement_changes (agreement_id, requested_at, id);
CREATE INDEX agreement_changes_by_state ON agreement_changes (state, state_since, id);
-- One at a time.
CREATE UNIQUE INDEX agreement_changes_one_live ON agreement_changes (agreement_id) WHERE state IN ('requested', 'assented');

-- Every text that an agreement had. The file is sealed once the text is in force.
CREATE TABLE agreement_versions (
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    version        INTEGER NOT NULL,
    -- None: made before clauses had versions.
    clause_version INTEGER REFERENCES clause_versions (version),
    change_id      BLOB REFERENCES agreement_changes (id),
    content        TEXT   NOT NULL,
    content_sha256 BLOB NOT NULL,
    made_at        TEXT NOT NULL,
    in_force_at    TEXT,
    superseded_at  TEXT,
    file_id        BLOB REFERENCES files (id),
    pdf_sha256     BLOB CONSTRAINT agreement_versions_sealed_once UNIQUE,
    sealed_at      TEXT,
    PRIMARY KEY (agreement_id, version)
) STRICT;

-- Who assented for a party to an offer, or to a change, and how they proved who they are. Append-only.
CREATE TABLE agreement_assents (
    id           BLOB PRIMARY KEY,
    agreement_id BLOB NOT NULL REFERENCES agreements (id),
    change_id    BLOB REFERENCES agreement_changes (id),
    party        TEXT   NOT NULL CHECK (party IN ('firm', 'vendor', 'agency')),
    person_id    BLOB NOT NULL REFERENCES people (id),
    at           TEXT NOT NULL,
    proven_at    TEXT NOT NULL,
    how          TEXT   NOT NULL CHECK (how IN ('password', 'second_factor'))
) STRICT;
CREATE UNIQUE INDEX agreement_assents_to_offer ON agreement_assents (agreement_id, party) WHERE change_id IS NULL;
CREATE UNIQUE INDEX agreement_assents_to_change ON agreement_assents (change_id, party) WHERE change_id IS NOT NULL;

ALTER TABLE own_share_deposits ADD COLUMN payer_number TEXT;
-- Why a deposit under another name counts.
ALTER TABLE own_share_deposits ADD COLUMN mismatch_reason TEXT;

-- What was paid back to the firm of its own share. Append-only.
CREATE TABLE own_share_refunds (
    id             BLOB PRIMARY KEY,
    agreement_id   BLOB NOT NULL REFERENCES agreements (id),
    amount_won     INTEGER NOT NULL CHECK (amount_won > 0),
    bank_reference TEXT   NOT NULL CONSTRAINT own_share_refunds_once UNIQUE,
    paid_on        TEXT NOT NULL,
    reason         TEXT   NOT NULL,
    recorded_by    BLOB NOT NULL REFERENCES people (id),
    recorded_at    TEXT NOT NULL
) STRICT;
CREATE INDEX own_share_refunds_by_agreement ON own_share_refunds (agreement_id);

-- While one of them is open nothing is drawn from the voucher.
CREATE TABLE voucher_blocks (
    id          BLOB PRIMARY KEY,
    voucher_id  BLOB NOT NULL REFERENCES vouchers (id),
    cause       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    placed_by   BLOB REFERENCES people (id),
    placed_at   TEXT NOT NULL,
    lifted_by   BLOB REFERENCES people (id),
    lifted_at   TEXT,
    lift_reason TEXT
) STRICT;
CREATE UNIQUE INDEX voucher_blocks_open ON voucher_blocks (voucher_id, cause) WHERE lifted_at IS NULL;
CREATE INDEX voucher_blocks_by_voucher ON voucher_blocks (voucher_id, placed_at);

-- Reminders that were sent: each kind once for what it is about.
CREATE TABLE agreement_notices (
    subject_id BLOB NOT NULL,
    kind       TEXT   NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (subject_id, kind)
) STRICT;

-- An officer spoke to a firm whose voucher may lapse.
CREATE TABLE voucher_contacts (
    id         BLOB PRIMARY KEY,
    voucher_id BLOB NOT NULL REFERENCES vouchers (id),
    note       TEXT   NOT NULL,
    by_id      BLOB NOT NULL REFERENCES people (id),
    at         TEXT NOT NULL
) STRICT;
CREATE INDEX voucher_contacts_by_voucher ON voucher_contacts (voucher_id, at);

DROP TRIGGER agreement_lines_no_update;
DROP TRIGGER agreements_content_fixed;
CREATE TRIGGER clause_versions_no_update BEFORE UPDATE ON clause_versions BEGIN
    SELECT RAISE(ABORT, 'clause_versions is append-only');
END;
CREATE TRIGGER clause_versions_no_delete BEFORE DELETE ON clause_versions BEGIN
    SELECT RAISE(ABORT, 'clause_versions is append-only');
END;
CREATE TRIGGER agreement_assents_no_update BEFORE UPDATE ON agreement_assents BEGIN
    SELECT RAISE(ABORT, 'agreement_assents is append-only');
END;
CREATE TRIGGER agreement_assents_no_delete BEFORE DELETE ON agreement_assents BEGIN
    SELECT RAISE(ABORT, 'agreement_assents is append-only');
END;
CREATE TRIGGER own_share_refunds_no_update BEFORE UPDATE ON own_share_refunds BEGIN
    SELECT RAISE(ABORT, 'own_share_refunds is append-only');
END;
CREATE TRIGGER own_share_refunds_no_delete BEFORE DELETE ON own_share_refunds BEGIN
    SELECT RAISE(ABORT, 'own_share_refunds is append-only');
END;
CREATE TRIGGER voucher_contacts_no_update BEFORE UPDATE ON voucher_contacts BEGIN
    SELECT RAISE(ABORT, 'voucher_contacts is append-only');
END;
CREATE TRIGGER voucher_contacts_no_delete BEFORE DELETE ON voucher_contacts BEGIN
    SELECT RAISE(ABORT, 'voucher_contacts is append-only');
END;
-- What was offered stays as it was; parties, term and money change with the version only, and the support never grows.
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements
WHEN NEW.content IS NOT OLD.content OR NEW.content_sha256 IS NOT OLD.content_sha256 OR NEW.application_id IS NOT OLD.application_id
    OR NEW.support_won > OLD.support_won OR NEW.version NOT IN (OLD.version, OLD.version + 1)
    OR (NEW.version = OLD.version AND (NEW.support_won IS NOT OLD.support_won OR NEW.total_won IS NOT OLD.total_won
        OR NEW.vendor_id IS NOT OLD.vendor_id OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.ends_on IS NOT OLD.ends_on))
BEGIN
    SELECT RAISE(ABORT, 'the content of an agreement is fixed');
END;
CREATE TRIGGER agreement_lines_by_version BEFORE UPDATE ON agreement_lines
WHEN NEW.version <= OLD.version OR NEW.agreement_id IS NOT OLD.agreement_id
BEGIN
    SELECT RAISE(ABORT, 'a line changes with a version of its agreement only');
END;
CREATE TRIGGER agreement_versions_fixed BEFORE UPDATE ON agreement_versions
WHEN NEW.content IS NOT OLD.content OR NEW.content_sha256 IS NOT OLD.content_sha256 OR (OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS NOT OLD.pdf_sha256) OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS NOT OLD.superseded_at)
BEGIN
    SELECT RAISE(ABORT, 'a version of an agreement is fixed');
END;
CREATE TRIGGER agreement_changes_over BEFORE UPDATE ON agreement_changes
WHEN OLD.state IN ('applied', 'refused', 'withdrawn') OR NEW.after IS NOT OLD.after OR NEW.before IS NOT OLD.before
BEGIN
    SELECT RAISE(ABORT, 'what was asked for stays, and a change that is over stays over');
END;
-- An application changes hands only by a change of its agreement that is in force: its firm merged.
DROP TRIGGER applications_pinned;
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications
WHEN new.is_test <> old.is_test OR new.call_id <> old.call_id
    OR (old.submitted_at IS NOT NULL AND (new.call_version <> old.call_version OR new.track IS NOT old.track))
    OR (new.organisation_id <> old.organisation_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
        JOIN agreements g ON g.id = h.agreement_id WHERE g.application_id = old.id AND h.kind = 'merger'
            AND h.state = 'applied' AND h.new_organisation_id = new.organisation_id)) BEGIN
    SELECT RAISE(ABORT, 'what an application was decided under is fixed');
END;

-- 0025_fund --
-- The ledger in depth: months that are closed by two people, a stop on payments after a red verification, money that
-- is claimed back; the procedure of recoveries and sanctions.

-- What may be negative is said once, here; the guards below hold every account to it.
CREATE TABLE ledger_account_kinds (
    name            TEXT   PRIMARY KEY,
    may_be_negative INTEGER NOT NULL
) STRICT;

-- The day a posting counts on, and the month of that day. What belongs to a closed month counts on the first day of
-- the next open one; `late_of` keeps its own day.
ALTER TABLE ledger_postings ADD COLUMN effective_on TEXT NOT NULL DEFAULT '1970-01-01';
ALTER TABLE ledger_postings ADD COLUMN period TEXT NOT NULL DEFAULT '1970-01';
ALTER TABLE ledger_postings ADD COLUMN late_of TEXT;
CREATE INDEX ledger_postings_by_period ON ledger_postings (period);

CREATE TABLE ledger_period_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE ledger_periods (
    -- 2027-03.
    month         TEXT   PRIMARY KEY CHECK (length(month) = 7),
    state         TEXT   NOT NULL REFERENCES ledger_period_states (name),
    proposed_by   BLOB REFERENCES people (id),
    proposed_at   TEXT,
    closed_by     BLOB REFERENCES people (id),
    closed_at     TEXT,
    -- Totals by kind of account, as they were sealed.
    report        TEXT,
    report_sha256 BLOB,
    CONSTRAINT ledger_periods_two_people CHECK (closed_by <> proposed_by),
    CONSTRAINT ledger_periods_proposed CHECK (state = 'open' OR proposed_by IS NOT NULL),
    CONSTRAINT ledger_periods_closed CHECK (state <> 'closed' OR (closed_by IS NOT NULL AND closed_at IS NOT NULL
        AND report IS NOT NULL AND report_sha256 IS NOT NULL))
) STRICT;

-- A posting whose entries do not add up yet stands here; what stands here at the end of a unit of work has no parent,
-- so the engine refuses the whole of it.
CREATE TABLE ledger_nothing (
    id INTEGER PRIMARY KEY CHECK (id < 0 AND id > 0)
) STRICT;
CREATE TABLE ledger_unbalanced (
    posting_id BLOB PRIMARY KEY,
    rest_won   INTEGER NOT NULL,
    parent_id  INTEGER NOT NULL REFERENCES ledger_nothing (id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Nothing is released to the bank while one of these is open.
CREATE TABLE ledger_release_stops (
    id            BLOB PRIMARY KEY,
    stopped_at    TEXT NOT NULL,
    -- What broke, in the words of the verification.
    reason        TEXT   NOT NULL,
    run_id        BLOB NOT NULL,
    lift_asked_by BLOB REFERENCES people (id),
    lift_asked_at TEXT,
    lift_reason   TEXT,
    -- Nobody: a later verification found everything sound.
    ended_by      BLOB REFERENCES people (id),
    ended_at      TEXT,
    CONSTRAINT ledger_release_stops_two_people CHECK (ended_by <> lift_asked_by),
    CONSTRAINT ledger_release_stops_reasoned CHECK (ended_by IS NULL OR (lift_asked_by IS NOT NULL AND lift_reason IS NOT NULL))
) STRICT;
CREATE INDEX ledger_release_stops_by_age ON ledger_release_stops (stopped_at, id);

-- Who may not submit, be selected, be registered or be paid, and until when. One row for each sanction or unpaid recovery.
CREATE TABLE exclusions (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    cause           TEXT   NOT NULL CHECK (cause IN ('sanction', 'unpaid_recovery')),
    from_on         TEXT NOT NULL,
    -- Both days inclusive; none: until it is ended.
    to_on           TEXT,
    ended_on        TEXT,
    CONSTRAINT exclusions_dates CHECK (to_on >= from_on)
) STRICT;
CREATE INDEX exclusions_by_organisation ON exclusions (organisation_id, from_on);

-- Each run of all checks, and what each found.
CREATE TABLE verification_runs (
    id          BLOB PRIMARY KEY,
    started_at  TEXT NOT NULL,
    finished_at TEXT NOT NULL,
    -- Nobody: the daily run.
    person_id   BLOB REFERENCES people (id),
    sound       INTEGER NOT NULL
) STRICT;
CREATE INDEX verification_runs_by_age ON verification_runs (finished_at, id);
CREATE TABLE verification_results (
    run_id      BLOB NOT NULL REFERENCES verification_runs (id),
    position    INTEGER NOT NULL,
    name        TEXT   NOT NULL,
    row_count   INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    breach      TEXT,
    PRIMARY KEY (run_id, position)
) STRICT;

-- Reference: interest a year in basis points, and how many times the amount is added to it. In force from its day
-- until the next row's. Sources: Framework Act on National Taxes, enforcement rule 19-3 (from general knowledge, to be
-- confirmed before use); Subsidy Act, art. 33-2 and decree (domain.md 1.5, sanctions ladder).
CREATE TABLE recovery_rates (
    valid_from TEXT PRIMARY KEY,
    rate_bp    INTEGER NOT NULL CHECK (rate_bp BETWEEN 0 AND 10000),
    source     TEXT   NOT NULL
) STRICT;
CREATE TABLE surcharge_rates (
    cause      TEXT   NOT NULL,
    valid_from TEXT NOT NULL,
    times      INTEGER NOT NULL CHECK (times BETWEEN 0 AND 30),
    source     TEXT   NOT NULL,
    PRIMARY KEY (cause, valid_from)
) STRICT;

CREATE TABLE recovery_states (
    name TEXT PRIMARY KEY
) STRICT;

-- Money claimed back from a firm or vendor.
CREATE TABLE recoveries (
    id              BLOB PRIMARY KEY,
    number          TEXT   NOT NULL UNIQUE,
    application_id  BLOB NOT NULL REFERENCES applications (id),
    debtor_id       BLOB NOT NULL REFERENCES organisations (id),
    debtor_role     TEXT   NOT NULL CHECK (debtor_role IN ('firm', 'vendor')),
    claim_id        BLOB REFERENCES claims (id),
    amendment_id    BLOB UNIQUE REFERENCES tax_amendments (id),
    cause           TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    legal_basis     TEXT   NOT NULL,
    -- What had been paid when it was opened.
    paid_won        INTEGER NOT NULL CHECK (paid_won > 0),
    principal_won   INTEGER NOT NULL CHECK (principal_won > 0),
    surcharge_won   INTEGER NOT NULL CHECK (surcharge_won >= 0),
    -- The first day that bears interest.
    interest_from   TEXT NOT NULL,
    state           TEXT   NOT NULL REFERENCES recovery_states (name),
    noticed_by      BLOB NOT NULL REFERENCES people (id),
    noticed_at      TEXT NOT NULL,
    object_until    TEXT NOT NULL,
    objection       TEXT,
    objected_by     BLOB REFERENCES people (id),
    objected_at     TEXT,
    -- Whoever made it final or revoked it, and what they answered.
    decided_by      BLOB REFERENCES people (id),
    decided_at      TEXT,
    answer          TEXT,
    due_on          TEXT,
    -- When instalments were agreed; what came in since counts towards them.
    planned_at      TEXT,
    -- What is open of each part; interest is reckoned up to and including `interest_until`, and what of a won is left
    -- over is carried in `interest_rest`.
    principal_open_won INTEGER NOT NULL CHECK (principal_open_won >= 0),
    surcharge_open_won INTEGER NOT NULL CHECK (surcharge_open_won >= 0),
    interest_open_won  INTEGER NOT NULL CHECK (interest_open_won >= 0),
    interest_until     TEXT NOT NULL,
    interest_rest      INTEGER NOT NULL CHECK (interest_rest BETWEEN 0 AND 3649999),
    write_off_asked_by BLOB REFERENCES people (id),
    write_off_reason   TEXT,
    written_off_by     BLOB REFERENCES people (id),
    state_since     TEXT NOT NULL,
    CONSTRAINT recoveries_within_paid CHECK (principal_won <= paid_won),
    CONSTRAINT recoveries_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT recoveries_write_off_two_people CHECK (written_off_by <> write_off_asked_by)
) STRICT;
CREATE INDEX recoveries_by_state ON recoveries (state, state_since, id);
CREATE INDEX recoveries_by_since ON recoveries (state_since, id);
CREATE INDEX recoveries_by_debtor ON recoveries (debtor_id, state_since, id);
CREATE INDEX recoveries_by_application ON recoveries (application_id);

CREATE TABLE recovery_instalments (
    recovery_id BLOB NOT NULL REFERENCES recoveries (id),
    position    INTEGER NOT NULL,
    due_on      TEXT NOT NULL,
    amount_won  INTEGER NOT NULL CHECK (amount_won > 0),
    PRIMARY KEY (recovery_id, position)
) STRICT;

-- What came in, by transfer or by keeping a later payment back. Each is counted first on interest, then on the
-- principal, then on the surcharge.
CREATE TABLE recovery_receipts (
    id            BLOB PRIMARY KEY,
    recovery_id   BLOB NOT NULL REFERENCES recoveries (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('transfer', 'offset')),
    -- The bank's number of the transfer, folded, or the payment that was kept back.
    reference     TEXT   NOT NULL,
    amount_won    INTEGER NOT NULL CHECK (amount_won > 0),
    interest_won  INTEGER NOT NULL CHECK (interest_won >= 0),
    principal_won INTEGER NOT NULL CHECK (principal_won >= 0),
    surcharge_won INTEGER NOT NULL CHECK (surcharge_won >= 0),
    received_on   TEXT NOT NULL,
    recorded_by   BLOB REFERENCES people (id),
    recorded_at   TEXT NOT NULL,
    CONSTRAINT recovery_receipts_once UNIQUE (reference, recovery_id),
    CONSTRAINT recovery_receipts_parts CHECK (amount_won = interest_won + principal_won + surcharge_won)
) STRICT;
CREATE UNIQUE INDEX recovery_receipts_one_transfer ON recovery_receipts (reference) WHERE kind = 'transfer';
CREATE INDEX recovery_receipts_by_recovery ON recovery_receipts (recovery_id, recorded_at, id);

CREATE TABLE sanction_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE sanctions (
    id              BLOB PRIMARY KEY,
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL CHECK (kind IN ('warning', 'exclusion')),
    legal_basis     TEXT   NOT NULL,
    reason          TEXT   NOT NULL,
    from_on         TEXT NOT NULL,
    to_on           TEXT,
    state           TEXT   NOT NULL REFERENCES sanction_states (name),
    noticed_by      BLOB NOT NULL REFERENCES people (id),
    noticed_at      TEXT NOT NULL,
    object_until    TEXT NOT NULL,
    objection       TEXT,
    objected_by     BLOB REFERENCES people (id),
    objected_at     TEXT,
    decided_by      BLOB REFERENCES people (id),
    decided_at      TEXT,
    answer          TEXT,
    state_since     TEXT NOT NULL,
    CONSTRAINT sanctions_two_people CHECK (decided_by <> noticed_by),
    CONSTRAINT sanctions_dates CHECK (to_on >= from_on),
    CONSTRAINT sanctions_end CHECK (kind = 'warning' OR to_on IS NOT NULL)
) STRICT;
CREATE INDEX sanctions_by_state ON sanctions (state, state_since, id);
CREATE INDEX sanctions_by_since ON sanctions (state_since, id);
CREATE INDEX sanctions_by_organisation ON sanctions (organisation_id, state_since, id);

DROP TRIGGER ledger_postings_no_update;
UPDATE ledger_postings SET effective_on = date(at, '+9 hours'), period = substr(date(at, '+9 hours'), 1, 7);
CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;

-- A posting belongs to a month that is not closed, and no later month is.
CREATE TRIGGER ledger_postings_open_period BEFORE INSERT ON ledger_postings
WHEN new.period <> substr(new.effective_on, 1, 7)
    OR NOT EXISTS (SELECT 1 FROM ledger_periods m WHERE m.month = new.period AND m.state <> 'closed')
    OR EXISTS (SELECT 1 FROM ledger_periods m WHERE m.month > new.period AND m.state = 'closed')
BEGIN
    SELECT RAISE(ABORT, 'the period is closed');
END;

-- What was closed stays as it was sealed.
CREATE TRIGGER ledger_periods_closed_update BEFORE UPDATE ON ledger_periods WHEN old.state = 'closed' BEGIN
    SELECT RAISE(ABORT, 'a closed period is fixed');
END;
CREATE TRIGGER ledger_periods_no_delete BEFORE DELETE ON ledger_periods BEGIN
    SELECT RAISE(ABORT, 'ledger_periods is append-only');
END;

-- Entries of a posting add up to nothing when the unit of work ends.
CREATE TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries BEGIN
    INSERT INTO ledger_unbalanced (posting_id, rest_won, parent_id) VALUES (new.posting_id, new.amount_won, 0)
        ON CONFLICT (posting_id) DO UPDATE SET rest_won = rest_won + excluded.rest_won;
    DELETE FROM ledger_unbalanced WHERE posting_id = new.posting_id AND rest_won = 0;
END;

-- An account is what it was opened as; only its balance moves.
CREATE TRIGGER ledger_accounts_as_opened BEFORE UPDATE ON ledger_accounts
WHEN new.id <> old.id OR new.kind <> old.kind OR new.owner_id <> old.owner_id OR new.scope_id <> old.scope_id
    OR new.may_be_negative <> old.may_be_negative OR new.opened_at <> old.opened_at
BEGIN
    SELECT RAISE(ABORT, 'an account is what it was opened as');
END;
CREATE TRIGGER ledger_accounts_kind BEFORE INSERT ON ledger_accounts
WHEN NOT EXISTS (SELECT 1 FROM ledger_account_kinds k WHERE k.name = new.kind AND k.may_be_negative = new.may_be_negative)
BEGIN
    SELECT RAISE(ABORT, 'no such kind of account');
END;
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts BEGIN
    SELECT RAISE(ABORT, 'ledger_accounts is append-only');
END;

CREATE TRIGGER verification_runs_no_update BEFORE UPDATE ON verification_runs BEGIN
    SELECT RAISE(ABORT, 'verification_runs is append-only');
END;
CREATE TRIGGER verification_runs_no_delete BEFORE DELETE ON verification_runs BEGIN
    SELECT RAISE(ABORT, 'verification_runs is append-only');
END;
CREATE TRIGGER recovery_receipts_no_update BEFORE UPDATE ON recovery_receipts BEGIN
    SELECT RAISE(ABORT, 'recovery_receipts is append-only');
END;
CREATE TRIGGER recovery_receipts_no_delete BEFORE DELETE ON recovery_receipts BEGIN
    SELECT RAISE(ABORT, 'recovery_receipts is append-only');
END;

-- 0026_branching --
-- A question that is asked only where an expression over facts and earlier answers holds.

ALTER TABLE questions ADD COLUMN asked_if TEXT NOT NULL DEFAULT '';

-- 0027_award --
-- Reasons of decisions are data: every wording is a version, and a decision keeps the one it was taken with. Append-only.
CREATE TABLE decision_reason_versions (
    code      TEXT   NOT NULL,
    version   INTEGER NOT NULL CHECK (version > 0),
    -- What it can be the reason of, joined by commas; empty: only the call's own rules give it.
    outcomes  TEXT   NOT NULL,
    basis     TEXT   NOT NULL CHECK (basis IN ('ranking', 'score', 'criterion', 'budget', 'cap', 'rule')),
    name_ko   TEXT   NOT NULL,
    name_en   TEXT   NOT NULL,
    letter_ko TEXT   NOT NULL,
    letter_en TEXT   NOT NULL,
    -- No new decision names it.
    retired   INTEGER NOT NULL,
    note      TEXT   NOT NULL,
    -- Absent: as the programme came.
    made_by   BLOB REFERENCES people (id),
    made_at   TEXT NOT NULL,
    PRIMARY KEY (code, version)
) STRICT;
DROP TABLE decision_reasons;

-- Which wording was given, and what of the call's rules it rests on: `criterion:code` or `condition:code`, joined by commas.
ALTER TABLE decisions ADD COLUMN reason_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE decisions ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';
ALTER TABLE decision_proposals ADD COLUMN reason_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE decision_proposals ADD COLUMN rests_on TEXT NOT NULL DEFAULT '';


-- Whose rules agreements under way follow: the timers ask for each version of a call.
CREATE INDEX agreements_by_rules ON agreements (call_id, call_version, state);
CREATE TRIGGER decision_reason_versions_no_update BEFORE UPDATE ON decision_reason_versions BEGIN
    SELECT RAISE(ABORT, 'decision_reason_versions is append-only');
END;
CREATE TRIGGER decision_reason_versions_no_delete BEFORE DELETE ON decision_reason_versions BEGIN
    SELECT RAISE(ABORT, 'decision_reason_versions is append-only');
END;

-- 0029_screening --
-- Spot checks, looks that refused, and replays of several conditions at once.

CREATE TABLE spot_check_outcomes (
    name TEXT PRIMARY KEY
) STRICT;

-- Applications that passed everything and were picked all the same, with what they were picked by.
CREATE TABLE spot_checks (
    application_id BLOB PRIMARY KEY REFERENCES applications (id),
    call_id        BLOB NOT NULL REFERENCES calls (id),
    per_mille      INTEGER NOT NULL CHECK (per_mille BETWEEN 1 AND 1000),
    seed           TEXT   NOT NULL,
    -- 0 to 999; below per_mille it is picked.
    draw           INTEGER NOT NULL,
    outcome        TEXT   NOT NULL REFERENCES spot_check_outcomes (name),
    picked_at      TEXT NOT NULL,
    decided_by     BLOB REFERENCES people (id),
    decided_at     TEXT,
    note           TEXT   NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX spot_checks_by_call ON spot_checks (call_id, picked_at, application_id);

-- The conditions that refused what was tried; NULL for a look after which it went on.
ALTER TABLE eligibility_runs ADD COLUMN refused_by TEXT;

-- Every wording that is tried, and what each does to an application; NULL where there is only the one of the row.
ALTER TABLE replays ADD COLUMN wordings TEXT;
ALTER TABLE replay_flips ADD COLUMN turns TEXT;

-- 0030_team --
-- Who does the work of an application: rows that are added and removed like lines of cost.

CREATE TABLE application_team (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    position       INTEGER NOT NULL,
    role           TEXT   NOT NULL,
    -- Empty while nobody is named; to_hire says that somebody is to be found.
    person         TEXT   NOT NULL,
    to_hire        INTEGER NOT NULL,
    share_percent  INTEGER CHECK (share_percent BETWEEN 1 AND 100),
    months         INTEGER CHECK (months BETWEEN 1 AND 60)
) STRICT;
CREATE INDEX application_team_by_application ON application_team (application_id, position, id);

-- 0031_identities --
-- Who a person is at an identity provider: tied at the first sign-in by it, so that an address that goes to somebody
-- else there does not take the account along.

CREATE TABLE person_identities (
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    person_id BLOB NOT NULL REFERENCES people (id),
    linked_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE UNIQUE INDEX person_identities_by_person ON person_identities (person_id, issuer);

-- 0032_outcome_waves --
-- Reports that a call asks for after the end of the work: known when the closing report is verified, opened on their day.


-- NULL for a closing report: it opens when the work ends.
ALTER TABLE outcome_reports ADD COLUMN opens_on TEXT;
CREATE INDEX outcome_reports_scheduled ON outcome_reports (opens_on, id) WHERE state = 'scheduled';

-- 0033_bank_messages --
-- What a bank takes is a row, so that the next version of its message is one more: the list that was checked by hand
-- could not grow.

CREATE TABLE bank_formats (
    name TEXT PRIMARY KEY
) STRICT;

ALTER TABLE bank_profiles ADD COLUMN takes TEXT REFERENCES bank_formats (name);
UPDATE bank_profiles SET takes = format;
ALTER TABLE bank_profiles DROP COLUMN format;
ALTER TABLE bank_profiles RENAME COLUMN takes TO format;

-- 0034_assistant --
-- Advice of a generative model to whoever decides: what it was asked, what it said, what a person made of it.

CREATE TABLE advice_states (
    name TEXT PRIMARY KEY
) STRICT;

CREATE TABLE assistant_advices (
    id             BLOB PRIMARY KEY,
    application_id BLOB NOT NULL REFERENCES applications (id),
    -- Beside which result it stands.
    round          INTEGER NOT NULL,
    asked_by       BLOB NOT NULL REFERENCES people (id),
    asked_at       TEXT NOT NULL,
    model          TEXT   NOT NULL,
    prompt_version TEXT   NOT NULL,
    -- What was sent, to the letter, and its hash.
    instructions   TEXT   NOT NULL,
    input          TEXT   NOT NULL,
    prompt_sha256  BLOB NOT NULL,
    state          TEXT   NOT NULL REFERENCES advice_states (name),
    answered_at    TEXT,
    -- As the model calls itself.
    answered_model TEXT,
    answer         TEXT,
    -- Why there is no answer.
    trouble        TEXT,
    judged_by      BLOB REFERENCES people (id),
    judged_at      TEXT,
    note           TEXT,
    CONSTRAINT assistant_advices_end CHECK (answer IS NULL OR trouble IS NULL),
    CONSTRAINT assistant_advices_ended CHECK ((answered_at IS NULL) = (answer IS NULL AND trouble IS NULL)),
    CONSTRAINT assistant_advices_judged CHECK ((judged_by IS NULL) = (judged_at IS NULL) AND (judged_by IS NULL) = (note IS NULL)),
    CONSTRAINT assistant_advices_judged_answer CHECK (judged_by IS NULL OR answer IS NOT NULL)
) STRICT;
CREATE INDEX assistant_advices_by_application ON assistant_advices (application_id, asked_at, id);
CREATE UNIQUE INDEX assistant_advices_one_open ON assistant_advices (application_id) WHERE state IN ('waiting', 'answered');
CREATE TRIGGER assistant_advices_fixed BEFORE UPDATE ON assistant_advices
WHEN old.state NOT IN ('waiting', 'answered') OR new.id <> old.id OR new.application_id <> old.application_id
    OR new.round <> old.round OR new.asked_by <> old.asked_by OR new.asked_at <> old.asked_at OR new.model <> old.model
    OR new.prompt_version <> old.prompt_version OR new.instructions <> old.instructions OR new.input <> old.input
    OR new.prompt_sha256 <> old.prompt_sha256
    OR (old.state = 'waiting' AND (new.state NOT IN ('answered', 'failed') OR new.judged_by IS NOT NULL))
    OR (old.state = 'answered' AND (new.state NOT IN ('accepted', 'overridden') OR new.judged_by IS NULL
        OR new.answered_at IS NOT old.answered_at OR new.answered_model IS NOT old.answered_model
        OR new.answer IS NOT old.answer OR new.trouble IS NOT old.trouble))
    OR (new.state = 'overridden' AND trim(new.note) = '') BEGIN
    SELECT RAISE(ABORT, 'what a model was asked and said is fixed, and so is a judgement');
END;
CREATE TRIGGER assistant_advices_no_delete BEFORE DELETE ON assistant_advices BEGIN
    SELECT RAISE(ABORT, 'assistant_advices is append-only');
END;
-- Never before the panel has locked its scores.
CREATE TRIGGER assistant_advices_after_scores BEFORE INSERT ON assistant_advices
WHEN NOT EXISTS (SELECT 1 FROM review_results WHERE application_id = new.application_id AND round = new.round AND standing)
    OR new.state <> 'waiting' OR new.answered_at IS NOT NULL OR new.judged_by IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'nobody is advised before all scores are locked');
END;
CREATE TRIGGER decisions_after_judgement BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM assistant_advices WHERE application_id = new.application_id AND state = 'answered') BEGIN
    SELECT RAISE(ABORT, 'an answer of a model waits for its judgement');
END;

-- 0035_claim_documents --
-- What a vendor lays beside its invoice: uploads, or documents of its vault. What was taken out stays known.

CREATE TABLE claim_documents (
    id         BLOB PRIMARY KEY,
    claim_id   BLOB NOT NULL REFERENCES claims (id),
    file_id    BLOB NOT NULL REFERENCES files (id),
    name       TEXT   NOT NULL,
    added_by   BLOB NOT NULL REFERENCES people (id),
    added_at   TEXT NOT NULL,
    removed_by BLOB REFERENCES people (id),
    removed_at TEXT
) STRICT;
CREATE UNIQUE INDEX claim_documents_once ON claim_documents (claim_id, file_id) WHERE removed_at IS NULL;
CREATE INDEX claim_documents_by_claim ON claim_documents (claim_id, added_at, id);
CREATE INDEX claim_documents_by_file ON claim_documents (file_id);

-- 0036_bulk_short --
-- Which envelope a planned decision waits for, by the id of its cap.

ALTER TABLE bulk_rows ADD COLUMN short_of BLOB;

-- 0037_looks --
-- What a look found stands with the facts it saw: one row a look, where every condition had a row of its own with two
-- keys to check.
ALTER TABLE eligibility_runs ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';

-- Results from before looks were kept whole become looks whose facts cannot be read.

DROP TRIGGER eligibility_runs_no_update;
UPDATE eligibility_runs AS r SET checks = (
    SELECT json_group_array(json_object('rule', f.rule, 'result', f.result,
        'warning', json(CASE WHEN f.warning THEN 'true' ELSE 'false' END), 'value', f.value, 'threshold', f.threshold))
    FROM (SELECT c.* FROM eligibility_checks c WHERE c.application_id = r.application_id
        AND (c.run_id = r.id OR (r.facts = '' AND c.run_id IS NULL AND c.stage = r.stage AND c.checked_at = r.checked_at))
        ORDER BY c.id) AS f);
CREATE TRIGGER eligibility_runs_no_update BEFORE UPDATE ON eligibility_runs BEGIN
    SELECT RAISE(ABORT, 'eligibility_runs is append-only');
END;
DROP TABLE eligibility_checks;
