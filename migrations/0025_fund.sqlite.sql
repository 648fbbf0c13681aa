
DROP TRIGGER ledger_postings_no_update;
UPDATE ledger_postings SET effective_on = date(at, '+9 hours'), period = substr(date(at, '+9 hours'), 1, 7);
CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;
INSERT INTO ledger_periods (month, state) SELECT DISTINCT period, 'open' FROM ledger_postings;

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
