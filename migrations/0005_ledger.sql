-- Double entry in minor units. Postings and entries are append-only; balances are guarded by the engine itself.

CREATE TABLE ledger_accounts (
    id         {uuid} PRIMARY KEY,
    kind       TEXT   NOT NULL,
    -- The call, application, claim or firm whose money this is; for the cap of a firm, `scope` is the programme.
    owner_id   {uuid} NOT NULL,
    scope_id   {uuid} NOT NULL,
    may_be_negative {bool} NOT NULL,
    balance_won BIGINT NOT NULL,
    opened_at  {time} NOT NULL,
    CONSTRAINT ledger_accounts_once UNIQUE (kind, owner_id, scope_id),
    CONSTRAINT ledger_accounts_no_overdraft CHECK (may_be_negative OR balance_won >= 0)
){strict};
CREATE INDEX ledger_accounts_by_owner ON ledger_accounts (owner_id);

CREATE TABLE ledger_postings (
    id         {uuid} PRIMARY KEY,
    at         {time} NOT NULL,
    kind       TEXT   NOT NULL,
    -- The application or call that the money belongs to.
    case_id    {uuid} NOT NULL,
    -- One event, one posting: for example `commit:<application>`.
    reference  TEXT   NOT NULL UNIQUE,
    actor_id   {uuid}
){strict};
CREATE INDEX ledger_postings_by_case ON ledger_postings (case_id, at, id);

CREATE TABLE ledger_entries (
    id         {uuid} PRIMARY KEY,
    posting_id {uuid} NOT NULL REFERENCES ledger_postings (id),
    account_id {uuid} NOT NULL REFERENCES ledger_accounts (id),
    -- Positive: the account holds more.
    amount_won BIGINT NOT NULL CHECK (amount_won <> 0)
){strict};
CREATE INDEX ledger_entries_by_posting ON ledger_entries (posting_id);
CREATE INDEX ledger_entries_by_account ON ledger_entries (account_id, id);
