
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN
    SELECT RAISE(ABORT, 'decisions is append-only');
END;

-- A test moves no money.
CREATE TRIGGER ledger_postings_no_tests BEFORE INSERT ON ledger_postings
WHEN EXISTS (SELECT 1 FROM applications WHERE id = new.case_id AND is_test) BEGIN
    SELECT RAISE(ABORT, 'a test moves no money');
END;

-- A test stays one, and what was submitted keeps its version and track.
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications
WHEN new.is_test <> old.is_test OR new.call_id <> old.call_id OR new.organisation_id <> old.organisation_id
    OR (old.submitted_at IS NOT NULL AND (new.call_version <> old.call_version OR new.track IS NOT old.track)) BEGIN
    SELECT RAISE(ABORT, 'what an application was decided under is fixed');
END;
