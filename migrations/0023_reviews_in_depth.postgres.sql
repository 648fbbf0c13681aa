CREATE FUNCTION count_review_load() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('proposed', 'accepted') THEN
            INSERT INTO review_loads (reviewer_id, open) VALUES (NEW.reviewer_id, 1)
                ON CONFLICT (reviewer_id) DO UPDATE SET open = review_loads.open + 1;
        END IF;
    ELSIF OLD.state IN ('proposed', 'accepted') AND NEW.state NOT IN ('proposed', 'accepted') THEN
        UPDATE review_loads SET open = open - 1 WHERE reviewer_id = NEW.reviewer_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_loads_counted AFTER INSERT OR UPDATE OF state ON review_assignments FOR EACH ROW EXECUTE FUNCTION count_review_load();

CREATE FUNCTION count_review_rank() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.standing THEN
            INSERT INTO review_rank_counts (call_id, bucket, results) VALUES (NEW.call_id, NEW.score_milli / 100, 1)
                ON CONFLICT (call_id, bucket) DO UPDATE SET results = review_rank_counts.results + 1;
        END IF;
    ELSIF OLD.standing AND NOT NEW.standing THEN
        UPDATE review_rank_counts SET results = results - 1 WHERE call_id = NEW.call_id AND bucket = NEW.score_milli / 100;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_rank_counted AFTER INSERT OR UPDATE OF standing ON review_results FOR EACH ROW EXECUTE FUNCTION count_review_rank();
-- A score is for ever; only that it stands may end.
CREATE FUNCTION keep_review_result() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT OLD.standing OR NEW.standing
        OR (NEW.application_id, NEW.round, NEW.call_id, NEW.score_milli, NEW.below, NEW.spread_milli, NEW.tie, NEW.submitted_at, NEW.scored_at)
            IS DISTINCT FROM (OLD.application_id, OLD.round, OLD.call_id, OLD.score_milli, OLD.below, OLD.spread_milli, OLD.tie, OLD.submitted_at, OLD.scored_at) THEN
        RAISE EXCEPTION 'review_results is append-only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_results_only_end BEFORE UPDATE ON review_results FOR EACH ROW EXECUTE FUNCTION keep_review_result();
CREATE TRIGGER review_results_no_delete BEFORE DELETE ON review_results FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The seed was chosen before anybody knew the list.
CREATE FUNCTION keep_draw() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.seed IS NOT NULL OR (NEW.call_id, NEW.commitment, NEW.seed_sealed, NEW.committed_at)
        IS DISTINCT FROM (OLD.call_id, OLD.commitment, OLD.seed_sealed, OLD.committed_at) THEN
        RAISE EXCEPTION 'a draw is committed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_draws_committed BEFORE UPDATE ON call_draws FOR EACH ROW EXECUTE FUNCTION keep_draw();
CREATE TRIGGER call_draws_no_delete BEFORE DELETE ON call_draws FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER decision_undos_append_only BEFORE UPDATE OR DELETE ON decision_undos FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_approvals_append_only BEFORE UPDATE OR DELETE ON decision_approvals FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What an objection had decided anew is decided by somebody else than before.
CREATE FUNCTION others_decide() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM objections o JOIN decisions d ON d.application_id = o.application_id
        WHERE o.application_id = NEW.application_id AND o.state IN ('decided_anew', 'scored_anew')
            AND d.decided_by = NEW.decided_by AND d.decided_at <= o.filed_at) THEN
        RAISE EXCEPTION 'others decide after an objection' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_by_others BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION others_decide();
