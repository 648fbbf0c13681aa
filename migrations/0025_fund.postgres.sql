
ALTER TABLE ledger_postings DISABLE TRIGGER ledger_postings_append_only;
UPDATE ledger_postings SET effective_on = (at AT TIME ZONE 'Asia/Seoul')::date,
    period = to_char(at AT TIME ZONE 'Asia/Seoul', 'YYYY-MM');
ALTER TABLE ledger_postings ENABLE TRIGGER ledger_postings_append_only;
INSERT INTO ledger_periods (month, state) SELECT DISTINCT period, 'open' FROM ledger_postings;

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
