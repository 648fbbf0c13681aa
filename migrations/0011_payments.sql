-- Money leaves once, by three acts of three people, none of whom approved the claim.

CREATE TABLE batch_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO batch_states (name) VALUES ('prepared'), ('approved'), ('released'), ('settled'), ('cancelled');

CREATE TABLE payment_batches (
    id            {uuid} PRIMARY KEY,
    number        TEXT   NOT NULL UNIQUE,
    state         TEXT   NOT NULL REFERENCES batch_states (name),
    payment_count BIGINT NOT NULL CHECK (payment_count > 0),
    total_won     BIGINT NOT NULL CHECK (total_won > 0),
    prepared_by   {uuid} NOT NULL REFERENCES people (id),
    prepared_at   {time} NOT NULL,
    approved_by   {uuid} REFERENCES people (id),
    approved_at   {time},
    released_by   {uuid} REFERENCES people (id),
    released_at   {time},
    -- The bank file as it was made at release; downloading it again gives the same bytes.
    file_text     TEXT,
    file_sha256   {bytes},
    state_since   {time} NOT NULL,
    CONSTRAINT payment_batches_checker CHECK (approved_by <> prepared_by),
    CONSTRAINT payment_batches_releaser CHECK (released_by <> prepared_by),
    CONSTRAINT payment_batches_releaser_not_checker CHECK (released_by <> approved_by),
    CONSTRAINT payment_batches_approved_first CHECK (released_by IS NULL OR approved_by IS NOT NULL)
){strict};
CREATE INDEX payment_batches_by_state ON payment_batches (state, state_since, id);
CREATE INDEX payment_batches_by_since ON payment_batches (state_since, id);

CREATE TABLE payment_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO payment_states (name) VALUES ('prepared'), ('sent'), ('confirmed'), ('failed'), ('unknown'), ('cancelled');

CREATE TABLE payments (
    id              {uuid} PRIMARY KEY,
    claim_id        {uuid} NOT NULL REFERENCES claims (id),
    application_id  {uuid} NOT NULL REFERENCES applications (id),
    vendor_id       {uuid} NOT NULL REFERENCES vendors (id),
    batch_id        {uuid} NOT NULL REFERENCES payment_batches (id),
    -- Goes to the bank and comes back with its answer.
    end_to_end_id   TEXT   NOT NULL UNIQUE,
    amount_won      BIGINT NOT NULL CHECK (amount_won > 0),
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
    state_since     {time} NOT NULL,
    CONSTRAINT payments_two_people CHECK (confirmed_by <> answered_by)
){strict};
CREATE INDEX payments_by_batch ON payments (batch_id, id);
CREATE INDEX payments_by_state ON payments (state, state_since, id);
CREATE INDEX payments_by_vendor ON payments (vendor_id, state_since, id);
-- One live payment per claim: only a failed or cancelled one may be followed by another.
CREATE UNIQUE INDEX payments_one_live ON payments (claim_id) WHERE state NOT IN ('failed', 'cancelled');
