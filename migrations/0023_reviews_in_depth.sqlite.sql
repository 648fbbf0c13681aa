CREATE TRIGGER review_loads_more AFTER INSERT ON review_assignments WHEN new.state IN ('proposed', 'accepted') BEGIN
    INSERT INTO review_loads (reviewer_id, open) VALUES (new.reviewer_id, 1)
        ON CONFLICT (reviewer_id) DO UPDATE SET open = open + 1;
END;
CREATE TRIGGER review_loads_less AFTER UPDATE OF state ON review_assignments
WHEN old.state IN ('proposed', 'accepted') AND new.state NOT IN ('proposed', 'accepted') BEGIN
    UPDATE review_loads SET open = open - 1 WHERE reviewer_id = new.reviewer_id;
END;

CREATE TRIGGER review_rank_counts_more AFTER INSERT ON review_results WHEN new.standing BEGIN
    INSERT INTO review_rank_counts (call_id, bucket, results) VALUES (new.call_id, new.score_milli / 100, 1)
        ON CONFLICT (call_id, bucket) DO UPDATE SET results = results + 1;
END;
CREATE TRIGGER review_rank_counts_less AFTER UPDATE OF standing ON review_results WHEN old.standing AND NOT new.standing BEGIN
    UPDATE review_rank_counts SET results = results - 1 WHERE call_id = new.call_id AND bucket = new.score_milli / 100;
END;
-- A score is for ever; only that it stands may end.
CREATE TRIGGER review_results_only_end BEFORE UPDATE ON review_results
WHEN NOT old.standing OR new.standing OR new.application_id <> old.application_id OR new.round <> old.round
    OR new.call_id <> old.call_id OR new.score_milli <> old.score_milli OR new.below <> old.below
    OR new.spread_milli <> old.spread_milli OR new.tie <> old.tie OR new.submitted_at <> old.submitted_at
    OR new.scored_at <> old.scored_at BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results BEGIN
    SELECT RAISE(ABORT, 'review_results is append-only');
END;

-- The seed was chosen before anybody knew the list.
CREATE TRIGGER call_draws_committed BEFORE UPDATE ON call_draws
WHEN old.seed IS NOT NULL OR new.call_id <> old.call_id OR new.commitment <> old.commitment
    OR new.seed_sealed <> old.seed_sealed OR new.committed_at <> old.committed_at BEGIN
    SELECT RAISE(ABORT, 'a draw is committed');
END;
CREATE TRIGGER call_draws_no_delete BEFORE DELETE ON call_draws BEGIN
    SELECT RAISE(ABORT, 'a draw is committed');
END;

CREATE TRIGGER decision_undos_no_update BEFORE UPDATE ON decision_undos BEGIN
    SELECT RAISE(ABORT, 'decision_undos is append-only');
END;
CREATE TRIGGER decision_undos_no_delete BEFORE DELETE ON decision_undos BEGIN
    SELECT RAISE(ABORT, 'decision_undos is append-only');
END;
CREATE TRIGGER decision_approvals_no_update BEFORE UPDATE ON decision_approvals BEGIN
    SELECT RAISE(ABORT, 'decision_approvals is append-only');
END;
CREATE TRIGGER decision_approvals_no_delete BEFORE DELETE ON decision_approvals BEGIN
    SELECT RAISE(ABORT, 'decision_approvals is append-only');
END;

-- What an objection had decided anew is decided by somebody else than before.
CREATE TRIGGER decisions_by_others BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM objections o JOIN decisions d ON d.application_id = o.application_id
    WHERE o.application_id = new.application_id AND o.state IN ('decided_anew', 'scored_anew')
        AND d.decided_by = new.decided_by AND d.decided_at <= o.filed_at) BEGIN
    SELECT RAISE(ABORT, 'others decide after an objection');
END;
