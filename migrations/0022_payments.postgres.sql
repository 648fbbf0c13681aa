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
