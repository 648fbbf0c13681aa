-- What a look found stands with the facts it saw: one row a look, where every condition had a row of its own with two
-- keys to check.
ALTER TABLE eligibility_runs ADD COLUMN checks TEXT NOT NULL DEFAULT '[]';

-- Results from before looks were kept whole become looks whose facts cannot be read.
INSERT INTO eligibility_runs (id, application_id, call_id, stage, call_version, facts, facts_sha256, checked_at)
    SELECT (array_agg(c.id ORDER BY c.id))[1], c.application_id, a.call_id, c.stage, c.call_version, '', '', c.checked_at
    FROM eligibility_checks c JOIN applications a ON a.id = c.application_id
    WHERE c.run_id IS NULL GROUP BY c.application_id, a.call_id, c.stage, c.call_version, c.checked_at;

DROP TRIGGER eligibility_runs_append_only ON eligibility_runs;
UPDATE eligibility_runs r SET checks = COALESCE((
    SELECT json_agg(json_build_object('rule', c.rule, 'result', c.result, 'warning', c.warning, 'value', c.value,
        'threshold', c.threshold) ORDER BY c.id)::text
    FROM eligibility_checks c WHERE c.application_id = r.application_id
        AND (c.run_id = r.id OR (r.facts = '' AND c.run_id IS NULL AND c.stage = r.stage AND c.checked_at = r.checked_at))), '[]');
CREATE TRIGGER eligibility_runs_append_only BEFORE UPDATE OR DELETE ON eligibility_runs FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TABLE eligibility_checks;
