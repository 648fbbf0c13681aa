-- People, what they may do, how they prove who they are; and what every room writes beside its change:
-- audit records, outbox rows, once keys, duties, stored files.

CREATE TABLE roles (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO roles (name) VALUES
    ('firm'), ('vendor'), ('screener'), ('reviewer'), ('manager'), ('claims_officer'), ('payer'), ('auditor'), ('analyst'), ('admin');

CREATE TABLE person_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO person_states (name) VALUES ('active'), ('disabled');

CREATE TABLE people (
    id                  {uuid} PRIMARY KEY,
    email               TEXT   NOT NULL CONSTRAINT people_email_once UNIQUE,
    name                TEXT   NOT NULL,
    lang                TEXT   NOT NULL CHECK (lang IN ('ko', 'en')),
    state               TEXT   NOT NULL REFERENCES person_states (name),
    password_hash       TEXT,
    password_changed_at {time},
    failures            BIGINT NOT NULL DEFAULT 0,
    locked_until        {time},
    totp_secret         {bytes},
    totp_confirmed_at   {time},
    totp_last_step      BIGINT NOT NULL DEFAULT 0,
    created_at          {time} NOT NULL
){strict};

-- A row is ended, never removed: grants and withdrawals stay on record.
CREATE TABLE person_roles (
    id              {uuid} PRIMARY KEY,
    person_id       {uuid} NOT NULL REFERENCES people (id),
    role            TEXT   NOT NULL REFERENCES roles (name),
    organisation_id {uuid},
    granted_by      {uuid} REFERENCES people (id),
    granted_at      {time} NOT NULL,
    ended_by        {uuid} REFERENCES people (id),
    ended_at        {time}
){strict};
CREATE INDEX person_roles_by_person ON person_roles (person_id);
CREATE INDEX person_roles_by_organisation ON person_roles (organisation_id, role);
CREATE UNIQUE INDEX person_roles_live ON person_roles (person_id, role) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id         {uuid}  PRIMARY KEY,
    key_hash   {bytes} NOT NULL UNIQUE,
    person_id  {uuid}  NOT NULL REFERENCES people (id),
    form_token TEXT    NOT NULL,
    created_at {time}  NOT NULL,
    seen_at    {time}  NOT NULL,
    -- When the person last proved who they are: dangerous acts ask for a fresh proof.
    proven_at  {time}  NOT NULL,
    -- False between the password and the second factor.
    whole      {bool}  NOT NULL,
    flash      TEXT,
    address    TEXT    NOT NULL,
    agent      TEXT    NOT NULL,
    ended_at   {time}
){strict};
CREATE INDEX sessions_by_person ON sessions (person_id, ended_at);

CREATE TABLE mail_tokens (
    id         {uuid}  PRIMARY KEY,
    hash       {bytes} NOT NULL UNIQUE,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('sign_up', 'reset')),
    email      TEXT    NOT NULL,
    created_at {time}  NOT NULL,
    expires_at {time}  NOT NULL,
    used_at    {time}
){strict};
CREATE INDEX mail_tokens_by_email ON mail_tokens (email, purpose, created_at);

CREATE TABLE recovery_codes (
    id        {uuid} PRIMARY KEY,
    person_id {uuid} NOT NULL REFERENCES people (id),
    hash      TEXT   NOT NULL,
    used_at   {time}
){strict};
CREATE INDEX recovery_codes_by_person ON recovery_codes (person_id);

CREATE TABLE once_keys (
    id        {uuid} PRIMARY KEY,
    person_id {uuid} NOT NULL,
    act       TEXT   NOT NULL,
    result    TEXT   NOT NULL,
    at        {time} NOT NULL
){strict};

-- Append-only. `seq`, `previous_hash` and `hash` are given once, when the record is sealed into the chain.
CREATE TABLE audit_records (
    id            {uuid}  PRIMARY KEY,
    at            {time}  NOT NULL,
    actor_id      {uuid},
    actor_role    TEXT    NOT NULL,
    subject_kind  TEXT    NOT NULL,
    subject_id    {uuid}  NOT NULL,
    -- The application, vendor, call or person whose history this belongs to.
    case_id       {uuid}  NOT NULL,
    kind          TEXT    NOT NULL,
    detail        TEXT    NOT NULL,
    request_id    TEXT    NOT NULL,
    seq           BIGINT  UNIQUE,
    previous_hash {bytes},
    hash          {bytes}
){strict};
CREATE INDEX audit_records_by_case ON audit_records (case_id, at, id);
CREATE INDEX audit_records_by_subject ON audit_records (subject_id, at, id);
CREATE INDEX audit_records_unsealed ON audit_records (at, id) WHERE seq IS NULL;

CREATE TABLE audit_anchors (
    day     {date}  PRIMARY KEY,
    seq     BIGINT  NOT NULL,
    hash    {bytes} NOT NULL,
    made_at {time}  NOT NULL
){strict};

-- Two acts of one pair may never be one person's on one case.
CREATE TABLE forbidden_pairs (
    one   TEXT NOT NULL,
    other TEXT NOT NULL,
    PRIMARY KEY (one, other)
){strict};
INSERT INTO forbidden_pairs (one, other) VALUES
    ('screened', 'scored'), ('screened', 'selected'), ('screened', 'claim_approved'),
    ('screened', 'payment_prepared'), ('screened', 'payment_approved'), ('screened', 'payment_released'),
    ('scored', 'selected'), ('scored', 'claim_approved'),
    ('scored', 'payment_prepared'), ('scored', 'payment_approved'), ('scored', 'payment_released'),
    ('selected', 'claim_approved'),
    ('selected', 'payment_prepared'), ('selected', 'payment_approved'), ('selected', 'payment_released'),
    ('claim_approved', 'payment_prepared'), ('claim_approved', 'payment_approved'), ('claim_approved', 'payment_released'),
    ('payment_prepared', 'payment_approved'), ('payment_prepared', 'payment_released'),
    ('payment_approved', 'payment_released');

CREATE TABLE duties (
    id        {uuid} PRIMARY KEY,
    case_id   {uuid} NOT NULL,
    act       TEXT   NOT NULL,
    person_id {uuid} NOT NULL REFERENCES people (id),
    at        {time} NOT NULL
){strict};
CREATE INDEX duties_by_case ON duties (case_id, person_id);

CREATE TABLE outbox_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO outbox_states (name) VALUES ('waiting'), ('done'), ('stuck');

CREATE TABLE outbox (
    id            {uuid} PRIMARY KEY,
    kind          TEXT   NOT NULL,
    payload       {json} NOT NULL,
    -- One event, one row.
    dedupe        TEXT   NOT NULL UNIQUE,
    case_id       {uuid},
    state         TEXT   NOT NULL REFERENCES outbox_states (name),
    run_at        {time} NOT NULL,
    attempts      BIGINT NOT NULL DEFAULT 0,
    leased_until  {time},
    lease         {uuid},
    last_error    TEXT,
    created_at    {time} NOT NULL,
    done_at       {time}
){strict};
CREATE INDEX outbox_due ON outbox (run_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_by_state ON outbox (state, created_at, id);
CREATE INDEX outbox_by_case ON outbox (case_id, created_at, id);

CREATE TABLE scan_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO scan_states (name) VALUES ('pending'), ('clean'), ('infected'), ('unscanned');

CREATE TABLE files (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid},
    name            TEXT   NOT NULL,
    media_type      TEXT   NOT NULL,
    size_bytes      BIGINT NOT NULL CHECK (size_bytes > 0),
    sha256          {bytes} NOT NULL,
    scan            TEXT   NOT NULL REFERENCES scan_states (name),
    scanned_at      {time},
    uploaded_by     {uuid} NOT NULL REFERENCES people (id),
    uploaded_at     {time} NOT NULL
){strict};
CREATE INDEX files_by_organisation ON files (organisation_id, uploaded_at, id);
