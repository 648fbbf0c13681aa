-- What no page, no mistake and no hand may do: refused by the engine itself.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;

CREATE TRIGGER call_versions_append_only BEFORE UPDATE OR DELETE ON call_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_postings_append_only BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER application_submissions_append_only BEFORE UPDATE OR DELETE ON application_submissions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER eligibility_checks_append_only BEFORE UPDATE OR DELETE ON eligibility_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER size_assessments_append_only BEFORE UPDATE OR DELETE ON size_assessments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER review_results_append_only BEFORE UPDATE OR DELETE ON review_results FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_indicators_append_only BEFORE UPDATE OR DELETE ON agreement_indicators FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_lines_append_only BEFORE UPDATE OR DELETE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tax_invoices_append_only BEFORE UPDATE OR DELETE ON tax_invoices FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_checks_append_only BEFORE UPDATE OR DELETE ON claim_checks FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER claim_lines_append_only BEFORE UPDATE OR DELETE ON claim_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER duties_append_only BEFORE UPDATE OR DELETE ON duties FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_anchors_append_only BEFORE UPDATE OR DELETE ON audit_anchors FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_share_deposits_append_only BEFORE UPDATE OR DELETE ON own_share_deposits FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A record is sealed once; nothing else of it ever changes.
CREATE FUNCTION seal_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL OR NEW.hash IS NULL
        OR (NEW.id, NEW.at, NEW.actor_role, NEW.subject_kind, NEW.subject_id, NEW.case_id, NEW.kind, NEW.detail, NEW.request_id)
            IS DISTINCT FROM (OLD.id, OLD.at, OLD.actor_role, OLD.subject_kind, OLD.subject_id, OLD.case_id, OLD.kind, OLD.detail, OLD.request_id)
        OR NEW.actor_id IS DISTINCT FROM OLD.actor_id THEN
        RAISE EXCEPTION 'audit_records is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_records_sealed_once BEFORE UPDATE ON audit_records FOR EACH ROW EXECUTE FUNCTION seal_once();
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Two acts of a forbidden pair by one person on one case.
CREATE FUNCTION keep_duties_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two sessions of one person must not both see the other act missing.
    PERFORM pg_advisory_xact_lock(hashtextextended(NEW.case_id::text || NEW.person_id::text, 0));
    IF EXISTS (
        SELECT 1 FROM duties d JOIN forbidden_pairs p
            ON (p.one = d.act AND p.other = NEW.act) OR (p.other = d.act AND p.one = NEW.act)
        WHERE d.case_id = NEW.case_id AND d.person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'duties must be apart' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER duties_apart BEFORE INSERT ON duties FOR EACH ROW EXECUTE FUNCTION keep_duties_apart();

-- A locked score is for ever.
CREATE FUNCTION keep_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM review_assignments
        WHERE id = CASE WHEN TG_OP = 'INSERT' THEN NEW.assignment_id ELSE OLD.assignment_id END) = 'locked' THEN
        RAISE EXCEPTION 'scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER review_scores_locked BEFORE INSERT OR UPDATE OR DELETE ON review_scores FOR EACH ROW EXECUTE FUNCTION keep_scores();
CREATE FUNCTION keep_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'locked' THEN
        RAISE EXCEPTION 'scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_assignments_locked BEFORE UPDATE ON review_assignments FOR EACH ROW EXECUTE FUNCTION keep_assignment();

-- An agreement's content is what was assented to.
CREATE FUNCTION keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256, NEW.support_won, NEW.total_won, NEW.application_id)
        IS DISTINCT FROM (OLD.content, OLD.content_sha256, OLD.support_won, OLD.total_won, OLD.application_id) THEN
        RAISE EXCEPTION 'the content of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements FOR EACH ROW EXECUTE FUNCTION keep_agreement();

-- The file that went to the bank stays what it was.
CREATE FUNCTION keep_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.file_text IS NOT NULL AND (NEW.file_text, NEW.total_won, NEW.payment_count)
        IS DISTINCT FROM (OLD.file_text, OLD.total_won, OLD.payment_count) THEN
        RAISE EXCEPTION 'a released batch is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_batches_file_fixed BEFORE UPDATE ON payment_batches FOR EACH ROW EXECUTE FUNCTION keep_batch();
CREATE FUNCTION keep_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.amount_won, NEW.claim_id, NEW.end_to_end_id, NEW.account_sealed)
        IS DISTINCT FROM (OLD.amount_won, OLD.claim_id, OLD.end_to_end_id, OLD.account_sealed) THEN
        RAISE EXCEPTION 'a payment order is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION keep_payment();

-- Numbers that people read: receipts, agreements, claims. Sequences, so that submissions do not wait for each other.
CREATE SEQUENCE number_receipt;
CREATE SEQUENCE number_vendor;
CREATE SEQUENCE number_agreement;
CREATE SEQUENCE number_voucher;
CREATE SEQUENCE number_claim;
CREATE SEQUENCE number_batch;
CREATE SEQUENCE number_payment;
