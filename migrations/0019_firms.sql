-- Firms: who acts for them and in which capacity, advisers under a mandate, documents given once,
-- what the business register answers, who belongs together, and aid from other agencies.

INSERT INTO roles (name) VALUES ('adviser');

CREATE TABLE capacities (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO capacities (name) VALUES ('owner'), ('preparer'), ('signatory'), ('finance'), ('viewer');

-- What a membership (a live role of a firm or vendor) may do; what it was before stays in the history.
CREATE TABLE member_capacities (
    role_id  {uuid} NOT NULL REFERENCES person_roles (id),
    capacity TEXT   NOT NULL REFERENCES capacities (name),
    PRIMARY KEY (role_id, capacity)
){strict};
INSERT INTO member_capacities (role_id, capacity)
    SELECT id, 'owner' FROM person_roles WHERE ended_at IS NULL AND organisation_id IS NOT NULL;
INSERT INTO member_capacities (role_id, capacity)
    SELECT id, 'signatory' FROM person_roles WHERE ended_at IS NULL AND organisation_id IS NOT NULL;

CREATE TABLE mandate_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO mandate_states (name) VALUES ('offered'), ('active'), ('declined'), ('ended');

-- An adviser prepares a firm's applications within these days: never submits, signs, or sees bank data.
CREATE TABLE mandates (
    id                 {uuid} PRIMARY KEY,
    organisation_id    {uuid} NOT NULL REFERENCES organisations (id),
    adviser_id         {uuid} REFERENCES people (id),
    email              TEXT   NOT NULL,
    name               TEXT   NOT NULL,
    company            TEXT   NOT NULL,
    business_number    TEXT,
    phone              TEXT   NOT NULL,
    relation           TEXT   NOT NULL,
    fee_kind           TEXT   NOT NULL,
    fee_won            BIGINT CHECK (fee_won >= 0),
    fee_basis_points   BIGINT CHECK (fee_basis_points >= 0),
    starts_on          {date} NOT NULL,
    ends_on            {date} NOT NULL,
    state              TEXT   NOT NULL REFERENCES mandate_states (name),
    -- Codes of what an officer should look at, found when the mandate was given.
    flags              TEXT   NOT NULL,
    given_by           {uuid} NOT NULL REFERENCES people (id),
    given_at           {time} NOT NULL,
    answered_at        {time},
    ended_by           {uuid} REFERENCES people (id),
    ended_at           {time},
    end_reason         TEXT   NOT NULL DEFAULT '',
    CHECK (ends_on >= starts_on)
){strict};
CREATE INDEX mandates_by_organisation ON mandates (organisation_id, given_at, id);
CREATE INDEX mandates_by_adviser ON mandates (adviser_id, state);
CREATE INDEX mandates_by_email ON mandates (email, given_at, id);

-- A link by mail that makes somebody a member of an organisation, or an adviser under a mandate.
CREATE TABLE invitations (
    id              {uuid}  PRIMARY KEY,
    organisation_id {uuid}  NOT NULL REFERENCES organisations (id),
    role            TEXT    NOT NULL REFERENCES roles (name),
    capacities      TEXT    NOT NULL,
    mandate_id      {uuid}  REFERENCES mandates (id),
    email           TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    lang            TEXT    NOT NULL CHECK (lang IN ('ko', 'en')),
    hash            {bytes} NOT NULL CONSTRAINT invitations_hash_once UNIQUE,
    invited_by      {uuid}  NOT NULL REFERENCES people (id),
    invited_at      {time}  NOT NULL,
    expires_at      {time}  NOT NULL,
    -- Accepted, declined or taken back; nothing more can be done with it then.
    closed_at       {time}
){strict};
CREATE INDEX invitations_by_organisation ON invitations (organisation_id, invited_at, id);
CREATE INDEX invitations_by_mandate ON invitations (mandate_id);

-- The mandate under which an adviser works in this session.
ALTER TABLE sessions ADD COLUMN mandate_id {uuid};
ALTER TABLE audit_records ADD COLUMN mandate_id {uuid};
CREATE INDEX audit_records_by_mandate ON audit_records (mandate_id, at, id) WHERE mandate_id IS NOT NULL;

-- Wrong passwords for addresses without an account slow down as those of accounts do.
CREATE TABLE strange_sign_ins (
    address_hash {bytes} PRIMARY KEY,
    failures     BIGINT  NOT NULL,
    locked_until {time},
    last_at      {time}  NOT NULL
){strict};
CREATE INDEX strange_sign_ins_by_age ON strange_sign_ins (last_at);

CREATE TABLE vault_documents (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    file_id         {uuid} NOT NULL REFERENCES files (id),
    issued_on       {date} NOT NULL,
    -- The last day it counts; NULL: until it is replaced.
    valid_to        {date},
    added_by        {uuid} NOT NULL REFERENCES people (id),
    added_at        {time} NOT NULL,
    removed_by      {uuid} REFERENCES people (id),
    removed_at      {time},
    warned_at       {time}
){strict};
CREATE INDEX vault_documents_by_organisation ON vault_documents (organisation_id, kind, added_at, id);
CREATE INDEX vault_documents_unwarned ON vault_documents (valid_to, id) WHERE removed_at IS NULL AND warned_at IS NULL;
CREATE INDEX vault_documents_by_file ON vault_documents (file_id);

-- The business register as imported: what the offline connector answers from.
CREATE TABLE register_imports (
    id          {uuid}  PRIMARY KEY,
    file_name   TEXT    NOT NULL,
    sha256      {bytes} NOT NULL,
    -- The day the register stood like this.
    as_of       {date}  NOT NULL,
    taken       BIGINT  NOT NULL,
    refused     BIGINT  NOT NULL,
    imported_by {uuid}  NOT NULL REFERENCES people (id),
    imported_at {time}  NOT NULL,
    -- NULL while lines are still being read, and for ever when the reading broke off.
    finished_at {time}
){strict};
CREATE INDEX register_imports_by_age ON register_imports (imported_at, id);

CREATE TABLE register_import_errors (
    import_id {uuid} NOT NULL REFERENCES register_imports (id),
    line      BIGINT NOT NULL,
    problem   TEXT   NOT NULL,
    content   TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
){strict};

CREATE TABLE register_entries (
    business_number TEXT   PRIMARY KEY,
    status          TEXT   NOT NULL,
    ended_on        {date},
    as_of           {date} NOT NULL,
    import_id       {uuid} NOT NULL REFERENCES register_imports (id)
){strict};

-- Each question to the register with its answer, kept as it came.
CREATE TABLE register_asks (
    id              {uuid} PRIMARY KEY,
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    connector       TEXT   NOT NULL,
    request         {json} NOT NULL,
    response        {json} NOT NULL,
    outcome         TEXT   NOT NULL,
    status_before   TEXT   NOT NULL,
    status_after    TEXT   NOT NULL,
    asked_at        {time} NOT NULL
){strict};
CREATE INDEX register_asks_by_organisation ON register_asks (organisation_id, asked_at, id);
CREATE INDEX register_asks_changes ON register_asks (asked_at, id) WHERE outcome = 'changed';
ALTER TABLE organisations ADD COLUMN register_asked_at {time};

-- By what two organisations may turn out to be one: folded texts and fingerprints, never an account number.
CREATE TABLE organisation_keys (
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    kind            TEXT   NOT NULL,
    value           TEXT   NOT NULL,
    PRIMARY KEY (organisation_id, kind)
){strict};
CREATE INDEX organisation_keys_by_value ON organisation_keys (kind, value);
ALTER TABLE organisations ADD COLUMN keyed {bool} NOT NULL DEFAULT FALSE;
CREATE INDEX organisations_unkeyed ON organisations (id) WHERE NOT keyed;
CREATE UNIQUE INDEX organisations_corporate_once ON organisations (corporate_number) WHERE corporate_number IS NOT NULL;

CREATE TABLE affiliation_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO affiliation_states (name) VALUES ('open'), ('cleared'), ('confirmed');

CREATE TABLE affiliations (
    id         {uuid} PRIMARY KEY,
    one_id     {uuid} NOT NULL REFERENCES organisations (id),
    other_id   {uuid} NOT NULL REFERENCES organisations (id),
    kind       TEXT   NOT NULL,
    -- From 1 (says little) to 100 (says all).
    strength   BIGINT NOT NULL CHECK (strength BETWEEN 1 AND 100),
    state      TEXT   NOT NULL REFERENCES affiliation_states (name),
    first_seen {time} NOT NULL,
    decided_by {uuid} REFERENCES people (id),
    decided_at {time},
    reason     TEXT   NOT NULL DEFAULT '',
    CHECK (one_id < other_id),
    CONSTRAINT affiliations_once UNIQUE (one_id, other_id, kind)
){strict};
CREATE INDEX affiliations_by_state ON affiliations (state, first_seen, id);
CREATE INDEX affiliations_by_other ON affiliations (other_id);

-- Organisations that confirmed affiliations tie together; the group's id is that of its oldest member.
CREATE TABLE organisation_groups (
    organisation_id {uuid} PRIMARY KEY REFERENCES organisations (id),
    group_id        {uuid} NOT NULL REFERENCES organisations (id)
){strict};
CREATE INDEX organisation_groups_by_group ON organisation_groups (group_id);

CREATE TABLE award_imports (
    id           {uuid}  PRIMARY KEY,
    agency       TEXT    NOT NULL,
    file_name    TEXT    NOT NULL,
    sha256       {bytes} NOT NULL,
    made_by      {uuid}  NOT NULL REFERENCES people (id),
    made_at      {time}  NOT NULL,
    confirmed_by {uuid}  REFERENCES people (id),
    confirmed_at {time},
    taken        BIGINT  NOT NULL DEFAULT 0
){strict};
CREATE INDEX award_imports_by_age ON award_imports (made_at, id);

CREATE TABLE award_import_lines (
    import_id       {uuid} NOT NULL REFERENCES award_imports (id),
    line            BIGINT NOT NULL,
    business_number TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      BIGINT NOT NULL,
    awarded_on      {date} NOT NULL,
    -- The code of what is wrong with the line; '' when it can be taken.
    problem         TEXT   NOT NULL,
    content         TEXT   NOT NULL,
    PRIMARY KEY (import_id, line)
){strict};

CREATE TABLE outside_awards (
    id              {uuid} PRIMARY KEY,
    business_number TEXT   NOT NULL,
    agency          TEXT   NOT NULL,
    programme       TEXT   NOT NULL,
    reference       TEXT   NOT NULL,
    -- Folded, so that one award is one row however it is written.
    agency_key      TEXT   NOT NULL,
    reference_key   TEXT   NOT NULL,
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
    awarded_on      {date} NOT NULL,
    source          TEXT   NOT NULL CHECK (source IN ('import', 'declared')),
    import_id       {uuid} REFERENCES award_imports (id),
    recorded_by     {uuid} NOT NULL REFERENCES people (id),
    recorded_at     {time} NOT NULL,
    removed_by      {uuid} REFERENCES people (id),
    removed_at      {time}
){strict};
CREATE UNIQUE INDEX outside_awards_once ON outside_awards (agency_key, reference_key, business_number) WHERE removed_at IS NULL;
CREATE INDEX outside_awards_by_firm ON outside_awards (business_number, awarded_on, id);
