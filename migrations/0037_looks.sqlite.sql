-- What a look found stands with the facts it saw: one row a look, where every condition had a row of its own with two
-- keys to check.
ALTER TABLE eligibility_runs ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';

-- Results from before looks were kept whole become looks whose facts cannot be read.
INSERT INTO eligibility_runs (id, application_id, call_id, stage, call_version, facts, facts_sha256, checked_at)
    SELECT MIN(c.id), c.application_id, a.call_id, c.stage, c.call_version, '', X'', c.checked_at
    FROM eligibility_checks c JOIN applications a ON a.id = c.application_id
    WHERE c.run_id IS NULL GROUP BY c.application_id, a.call_id, c.stage, c.call_version, c.checked_at;

DROP TRIGGER eligibility_runs_no_update;
UPDATE eligibility_runs AS r SET checks = (
    SELECT json_group_array(json_object('rule', f.rule, 'result', f.result,
        'warning', json(CASE WHEN f.warning THEN 'true' ELSE 'false' END), 'value', f.value, 'threshold', f.threshold))
    FROM (SELECT c.* FROM eligibility_checks c WHERE c.application_id = r.application_id
        AND (c.run_id = r.id OR (r.facts = '' AND c.run_id IS NULL AND c.stage = r.stage AND c.checked_at = r.checked_at))
        ORDER BY c.id) AS f);
CREATE TRIGGER eligibility_runs_no_update BEFORE UPDATE ON eligibility_runs BEGIN
    SELECT RAISE(ABORT, 'eligibility_runs is append-only');
END;
DROP TABLE eligibility_checks;
