CREATE FUNCTION keep_advice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('waiting', 'answered')
        OR (NEW.id, NEW.application_id, NEW.round, NEW.asked_by, NEW.asked_at, NEW.model, NEW.prompt_version, NEW.instructions, NEW.input, NEW.prompt_sha256)
            IS DISTINCT FROM (OLD.id, OLD.application_id, OLD.round, OLD.asked_by, OLD.asked_at, OLD.model, OLD.prompt_version, OLD.instructions, OLD.input, OLD.prompt_sha256)
        OR (OLD.state = 'waiting' AND (NEW.state NOT IN ('answered', 'failed') OR NEW.judged_by IS NOT NULL))
        OR (OLD.state = 'answered' AND (NEW.state NOT IN ('accepted', 'overridden') OR NEW.judged_by IS NULL
            OR (NEW.answered_at, NEW.answered_model, NEW.answer, NEW.trouble) IS DISTINCT FROM (OLD.answered_at, OLD.answered_model, OLD.answer, OLD.trouble)))
        OR (NEW.state = 'overridden' AND trim(NEW.note) = '') THEN
        RAISE EXCEPTION 'what a model was asked and said is fixed, and so is a judgement' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assistant_advices_fixed BEFORE UPDATE ON assistant_advices FOR EACH ROW EXECUTE FUNCTION keep_advice();
CREATE TRIGGER assistant_advices_no_delete BEFORE DELETE ON assistant_advices FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Never before the panel has locked its scores.
CREATE FUNCTION keep_advice_after_scores() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'waiting' OR NEW.answered_at IS NOT NULL OR NEW.judged_by IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM review_results WHERE application_id = NEW.application_id AND round = NEW.round AND standing) THEN
        RAISE EXCEPTION 'nobody is advised before all scores are locked' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER assistant_advices_after_scores BEFORE INSERT ON assistant_advices FOR EACH ROW EXECUTE FUNCTION keep_advice_after_scores();

CREATE FUNCTION keep_decision_after_judgement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM assistant_advices WHERE application_id = NEW.application_id AND state = 'answered') THEN
        RAISE EXCEPTION 'an answer of a model waits for its judgement' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_after_judgement BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION keep_decision_after_judgement();
