CREATE TRIGGER decision_reason_versions_no_update BEFORE UPDATE ON decision_reason_versions BEGIN
    SELECT RAISE(ABORT, 'decision_reason_versions is append-only');
END;
CREATE TRIGGER decision_reason_versions_no_delete BEFORE DELETE ON decision_reason_versions BEGIN
    SELECT RAISE(ABORT, 'decision_reason_versions is append-only');
END;
