-- What no page, no mistake and no hand may do: refused by the engine itself.

CREATE TRIGGER call_versions_no_update BEFORE UPDATE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is append-only');
END;
CREATE TRIGGER call_versions_no_delete BEFORE DELETE ON call_versions BEGIN
    SELECT RAISE(ABORT, 'call_versions is append-only');
END;

CREATE TRIGGER ledger_postings_no_update BEFORE UPDATE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;
CREATE TRIGGER ledger_postings_no_delete BEFORE DELETE ON ledger_postings BEGIN
    SELECT RAISE(ABORT, 'ledger_postings is append-only');
END;

CREATE TRIGGER ledger_entries_no_update BEFORE UPDATE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;
CREATE TRIGGER ledger_entries_no_delete BEFORE DELETE ON ledger_entries BEGIN
    SELECT RAISE(ABORT, 'ledger_entries is append-only');
END;

CREATE TRIGGER application_submissions_no_update BEFORE UPDATE ON application_submissions BEGIN
    SELECT RAISE(ABORT, 'application_submissions is append-only');
END;
CREATE TRIGGER application_submissions_no_delete BEFORE DELETE ON application_submissions BEGIN
    SELECT RAISE(ABORT, 'application_submissions is append-only');
END;

CREATE TRIGGER eligibility_checks_no_update BEFORE UPDATE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;
CREATE TRIGGER eligibility_checks_no_delete BEFORE DELETE ON eligibility_checks BEGIN
    SELECT RAISE(ABORT, 'eligibility_checks is append-only');
END;

CREATE TRIGGER size_assessments_no_update BEFORE UPDATE ON size_assessments BEGIN
    SELECT RAISE(ABORT, 'size_assessments is append-only');
END;
CREATE TRIGGER size_assessments_no_delete BEFORE DELETE ON size_assessments BEGIN
    SELECT RAISE(ABORT, 'size_assessments is append-only');
END;

CREATE TRIGGER review_results_no_update BEFORE UPDATE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;

CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;

CREATE TRIGGER agreement_indicators_no_update BEFORE UPDATE ON agreement_indicators BEGIN
    SELECT RAISE(ABORT, 'agreement_indicators is append-only');
END;
CREATE TRIGGER agreement_indicators_no_delete BEFORE DELETE ON agreement_indicators BEGIN
    SELECT RAISE(ABORT, 'agreement_indicators is append-only');
END;

CREATE TRIGGER agreement_lines_no_update BEFORE UPDATE ON agreement_lines BEGIN
    SELECT RAISE(ABORT, 'agreement_lines is append-only');
END;
CREATE TRIGGER agreement_lines_no_delete BEFORE DELETE ON agreement_lines BEGIN
    SELECT RAISE(ABORT, 'agreement_lines is append-only');
END;

CREATE TRIGGER tax_invoices_no_update BEFORE UPDATE ON tax_invoices BEGIN
    SELECT RAISE(ABORT, 'tax_invoices is append-only');
END;
CREATE TRIGGER tax_invoices_no_delete BEFORE DELETE ON tax_invoices BEGIN
    SELECT RAISE(ABORT, 'tax_invoices is append-only');
END;

CREATE TRIGGER claim_checks_no_update BEFORE UPDATE ON claim_checks BEGIN
    SELECT RAISE(ABORT, 'claim_checks is append-only');
END;
CREATE TRIGGER claim_checks_no_delete BEFORE DELETE ON claim_checks BEGIN
    SELECT RAISE(ABORT, 'claim_checks is append-only');
END;

CREATE TRIGGER claim_lines_no_update BEFORE UPDATE ON claim_lines BEGIN
    SELECT RAISE(ABORT, 'claim_lines is append-only');
END;
CREATE TRIGGER claim_lines_no_delete BEFORE DELETE ON claim_lines BEGIN
    SELECT RAISE(ABORT, 'claim_lines is append-only');
END;

CREATE TRIGGER duties_no_update BEFORE UPDATE ON duties BEGIN
    SELECT RAISE(ABORT, 'duties is append-only');
END;
CREATE TRIGGER duties_no_delete BEFORE DELETE ON duties BEGIN
    SELECT RAISE(ABORT, 'duties is append-only');
END;

CREATE TRIGGER audit_anchors_no_update BEFORE UPDATE ON audit_anchors BEGIN
    SELECT RAISE(ABORT, 'audit_anchors is append-only');
END;
CREATE TRIGGER audit_anchors_no_delete BEFORE DELETE ON audit_anchors BEGIN
    SELECT RAISE(ABORT, 'audit_anchors is append-only');
END;

CREATE TRIGGER own_share_deposits_no_update BEFORE UPDATE ON own_share_deposits BEGIN
    SELECT RAISE(ABORT, 'own_share_deposits is append-only');
END;
CREATE TRIGGER own_share_deposits_no_delete BEFORE DELETE ON own_share_deposits BEGIN
    SELECT RAISE(ABORT, 'own_share_deposits is append-only');
END;


-- A record is sealed once; nothing else of it ever changes.
CREATE TRIGGER audit_records_sealed_once BEFORE UPDATE ON audit_records
WHEN old.seq IS NOT NULL OR new.seq IS NULL OR new.hash IS NULL OR new.id <> old.id OR new.at <> old.at
    OR new.actor_id IS NOT old.actor_id OR new.actor_role <> old.actor_role OR new.subject_kind <> old.subject_kind
    OR new.subject_id <> old.subject_id OR new.case_id <> old.case_id OR new.kind <> old.kind
    OR new.detail <> old.detail OR new.request_id <> old.request_id
BEGIN
    SELECT RAISE(ABORT, 'audit_records is append-only');
END;
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records BEGIN
    SELECT RAISE(ABORT, 'audit_records is append-only');
END;

-- Two acts of a forbidden pair by one person on one case.
CREATE TRIGGER duties_apart BEFORE INSERT ON duties
WHEN EXISTS (
    SELECT 1 FROM duties d JOIN forbidden_pairs p
        ON (p.one = d.act AND p.other = new.act) OR (p.other = d.act AND p.one = new.act)
    WHERE d.case_id = new.case_id AND d.person_id = new.person_id)
BEGIN
    SELECT RAISE(ABORT, 'duties must be apart');
END;

-- A locked score is for ever.
CREATE TRIGGER review_scores_locked_insert BEFORE INSERT ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = new.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_scores_locked_update BEFORE UPDATE ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = old.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_scores_locked_delete BEFORE DELETE ON review_scores
WHEN (SELECT state FROM review_assignments WHERE id = old.assignment_id) = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;
CREATE TRIGGER review_assignments_locked BEFORE UPDATE ON review_assignments
WHEN old.state = 'locked' BEGIN
    SELECT RAISE(ABORT, 'scores are locked');
END;

-- An agreement's content is what was assented to.
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements
WHEN new.content <> old.content OR new.content_sha256 <> old.content_sha256 OR new.support_won <> old.support_won
    OR new.total_won <> old.total_won OR new.application_id <> old.application_id BEGIN
    SELECT RAISE(ABORT, 'the content of an agreement is fixed');
END;

-- The file that went to the bank stays what it was.
CREATE TRIGGER payment_batches_file_fixed BEFORE UPDATE ON payment_batches
WHEN old.file_text IS NOT NULL AND (new.file_text IS NOT old.file_text OR new.total_won <> old.total_won
    OR new.payment_count <> old.payment_count) BEGIN
    SELECT RAISE(ABORT, 'a released batch is fixed');
END;
CREATE TRIGGER payments_fixed BEFORE UPDATE ON payments
WHEN new.amount_won <> old.amount_won OR new.claim_id <> old.claim_id OR new.end_to_end_id <> old.end_to_end_id
    OR new.account_sealed <> old.account_sealed BEGIN
    SELECT RAISE(ABORT, 'a payment order is fixed');
END;
-- Numbers that people read: receipts, agreements, claims. One counter each; the one writer keeps them gapless.
CREATE TABLE number_series (
    name TEXT    PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;
