-- Payments in depth: the accounts money leaves from, checks by amount and by deputies, holds, the bank's statements,
-- money that comes back.

INSERT INTO payment_states (name) VALUES ('returned');
INSERT INTO claim_states (name) VALUES ('reversed');

-- An account of the agency, and the file its bank takes.
CREATE TABLE bank_profiles (
    id             {uuid} PRIMARY KEY,
    name           TEXT   NOT NULL,
    format         TEXT   NOT NULL CHECK (format IN ('pain_001_001_09', 'csv')),
    holder         TEXT   NOT NULL,
    bank_code      TEXT   NOT NULL REFERENCES banks (code),
    account_sealed {bytes} NOT NULL,
    account_ending TEXT   NOT NULL,
    bic            TEXT,
    -- Of a CSV: one column a line, `heading=field`.
    columns        TEXT   NOT NULL,
    encoding       TEXT   NOT NULL CHECK (encoding IN ('utf_8', 'euc_kr')),
    made_by        {uuid} NOT NULL REFERENCES people (id),
    made_at        {time} NOT NULL,
    ended_at       {time}
){strict};

ALTER TABLE payment_batches ADD COLUMN profile_id {uuid} REFERENCES bank_profiles (id);
-- How many people check it before it is approved, by the amounts of its calls.
ALTER TABLE payment_batches ADD COLUMN checks_needed BIGINT NOT NULL DEFAULT 1 CHECK (checks_needed BETWEEN 1 AND 3);
-- Who is to check it first; anybody of the payers when nobody is named.
ALTER TABLE payment_batches ADD COLUMN checker_id {uuid} REFERENCES people (id);

CREATE TABLE batch_checks (
    id         {uuid} PRIMARY KEY,
    batch_id   {uuid} NOT NULL REFERENCES payment_batches (id),
    position   BIGINT NOT NULL CHECK (position > 0),
    person_id  {uuid} NOT NULL REFERENCES people (id),
    -- The absent person for whom this one checked.
    deputy_for {uuid} REFERENCES people (id),
    at         {time} NOT NULL,
    CONSTRAINT batch_checks_in_order UNIQUE (batch_id, position),
    CONSTRAINT batch_checks_once UNIQUE (batch_id, person_id)
){strict};
INSERT INTO batch_checks (id, batch_id, position, person_id, at)
    SELECT id, id, 1, approved_by, approved_at FROM payment_batches WHERE approved_by IS NOT NULL;

-- Who checks in whose place, and when.
CREATE TABLE payer_absences (
    id          {uuid} PRIMARY KEY,
    person_id   {uuid} NOT NULL REFERENCES people (id),
    deputy_id   {uuid} NOT NULL REFERENCES people (id),
    from_on     {date} NOT NULL,
    to_on       {date} NOT NULL,
    reason      TEXT   NOT NULL,
    recorded_by {uuid} NOT NULL REFERENCES people (id),
    recorded_at {time} NOT NULL,
    ended_at    {time},
    CONSTRAINT payer_absences_two CHECK (person_id <> deputy_id),
    CONSTRAINT payer_absences_days CHECK (to_on >= from_on)
){strict};
CREATE INDEX payer_absences_by_person ON payer_absences (person_id, to_on);

-- Payments anew: a payment that failed or came back is ordered again under the same end-to-end id, as another
-- attempt with an instruction id of its own.
CREATE TABLE payments_anew (
    id              {uuid} PRIMARY KEY,
    claim_id        {uuid} NOT NULL REFERENCES claims (id),
    application_id  {uuid} NOT NULL REFERENCES applications (id),
    vendor_id       {uuid} NOT NULL REFERENCES vendors (id),
    batch_id        {uuid} NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer; the same for every attempt.
    end_to_end_id   TEXT   NOT NULL,
    attempt         BIGINT NOT NULL CHECK (attempt > 0),
    instruction_id  TEXT   NOT NULL,
    -- What goes to the bank: of the claim without what was kept back.
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
    -- Kept back with this order for what the vendor owes.
    kept_won        BIGINT NOT NULL DEFAULT 0 CHECK (kept_won >= 0),
    bank_code       TEXT   NOT NULL REFERENCES banks (code),
    account_sealed  {bytes} NOT NULL,
    account_ending  TEXT   NOT NULL,
    account_holder  TEXT   NOT NULL,
    state           TEXT   NOT NULL REFERENCES payment_states (name),
    bank_reference  TEXT,
    bank_note       TEXT,
    answered_by     {uuid} REFERENCES people (id),
    answered_at     {time},
    -- What the first person found out about an unknown result: confirmed or failed. The second decides.
    proposed_state  TEXT   REFERENCES payment_states (name),
    -- The second person where an unknown result is settled without the bank's own evidence.
    confirmed_by    {uuid} REFERENCES people (id),
    -- The bank's own file where it says the result.
    evidence_id     {uuid} REFERENCES files (id),
    state_since     {time} NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by),
    CONSTRAINT payments_attempt_once UNIQUE (end_to_end_id, attempt),
    CONSTRAINT payments_instruction_once UNIQUE (instruction_id)
){strict};
INSERT INTO payments_anew (id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, attempt, instruction_id, amount_won,
        bank_code, account_sealed, account_ending, account_holder, state, bank_reference, bank_note, answered_by, answered_at,
        proposed_state, confirmed_by, state_since)
    SELECT id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, 1, end_to_end_id || '-1', amount_won,
        bank_code, account_sealed, account_ending, account_holder, state, bank_reference, bank_note, answered_by, answered_at,
        proposed_state, confirmed_by, state_since FROM payments;
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
    id          {uuid} PRIMARY KEY,
    level       TEXT   NOT NULL CHECK (level IN ('payment', 'claim', 'vendor', 'programme')),
    subject_id  {uuid} NOT NULL,
    -- How people call it.
    label       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    owner_id    {uuid} NOT NULL REFERENCES people (id),
    review_on   {date} NOT NULL,
    placed_by   {uuid} NOT NULL REFERENCES people (id),
    placed_at   {time} NOT NULL,
    lifted_by   {uuid} REFERENCES people (id),
    lifted_at   {time},
    lift_reason TEXT,
    CONSTRAINT payment_holds_lifted CHECK ((lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lift_reason IS NULL))
){strict};
CREATE INDEX payment_holds_open ON payment_holds (level, subject_id) WHERE lifted_at IS NULL;
CREATE INDEX payment_holds_by_time ON payment_holds (placed_at, id);

-- A statement of the bank (camt.053): opening and closing balance and everything between add up.
CREATE TABLE bank_statements (
    id             {uuid} PRIMARY KEY,
    statement_id   TEXT   NOT NULL,
    -- The account, known again but not readable.
    account_mark   TEXT   NOT NULL,
    account_ending TEXT   NOT NULL,
    opened_on      {date} NOT NULL,
    closed_on      {date} NOT NULL,
    opening_won    BIGINT NOT NULL,
    moved_won      BIGINT NOT NULL,
    closing_won    BIGINT NOT NULL,
    line_count     BIGINT NOT NULL,
    file_id        {uuid} NOT NULL REFERENCES files (id),
    imported_by    {uuid} NOT NULL REFERENCES people (id),
    imported_at    {time} NOT NULL,
    CONSTRAINT bank_statements_once UNIQUE (account_mark, statement_id),
    CONSTRAINT bank_statements_add_up CHECK (opening_won + moved_won = closing_won)
){strict};
CREATE INDEX bank_statements_by_time ON bank_statements (imported_at, id);

CREATE TABLE statement_lines (
    id             {uuid} PRIMARY KEY,
    statement_id   {uuid} NOT NULL REFERENCES bank_statements (id),
    position       BIGINT NOT NULL,
    -- Positive: money came in.
    amount_won     BIGINT NOT NULL CHECK (amount_won <> 0),
    direction      TEXT   NOT NULL CHECK (direction IN ('out', 'in')),
    booked_on      {date} NOT NULL,
    end_to_end_id  TEXT   NOT NULL,
    bank_reference TEXT   NOT NULL,
    counterparty   TEXT   NOT NULL,
    remittance     TEXT   NOT NULL,
    state          TEXT   NOT NULL CHECK (state IN ('matched', 'suspense', 'cleared')),
    -- Why it could not be matched.
    cause          TEXT,
    payment_id     {uuid} REFERENCES payments (id),
    meaning        TEXT   CHECK (meaning IN ('payment', 'return', 'refund', 'other')),
    imported_by    {uuid} NOT NULL REFERENCES people (id),
    matched_by     {uuid} REFERENCES people (id),
    matched_at     {time},
    reason         TEXT,
    CONSTRAINT statement_lines_once UNIQUE (statement_id, position),
    CONSTRAINT statement_lines_two_people CHECK (matched_by <> imported_by),
    CONSTRAINT statement_lines_cleared CHECK ((state = 'cleared') = (matched_by IS NOT NULL AND reason IS NOT NULL)),
    CONSTRAINT statement_lines_way CHECK ((amount_won > 0) = (direction = 'in'))
){strict};
CREATE UNIQUE INDEX statement_lines_by_payment ON statement_lines (payment_id, direction) WHERE payment_id IS NOT NULL;
CREATE INDEX statement_lines_open ON statement_lines (booked_on, id) WHERE state = 'suspense';

