
CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A test moves no money.
CREATE FUNCTION refuse_tests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM applications WHERE id = NEW.case_id AND is_test) THEN
        RAISE EXCEPTION 'a test moves no money' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_postings_no_tests BEFORE INSERT ON ledger_postings FOR EACH ROW EXECUTE FUNCTION refuse_tests();

-- A test stays one, and what was submitted keeps its version and track.
CREATE FUNCTION keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_test, NEW.call_id, NEW.organisation_id) IS DISTINCT FROM (OLD.is_test, OLD.call_id, OLD.organisation_id)
        OR (OLD.submitted_at IS NOT NULL AND (NEW.call_version, NEW.track) IS DISTINCT FROM (OLD.call_version, OLD.track)) THEN
        RAISE EXCEPTION 'what an application was decided under is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications FOR EACH ROW EXECUTE FUNCTION keep_application();
