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
