CREATE TRIGGER assistant_advices_fixed BEFORE UPDATE ON assistant_advices
WHEN old.state NOT IN ('waiting', 'answered') OR new.id <> old.id OR new.application_id <> old.application_id
    OR new.round <> old.round OR new.asked_by <> old.asked_by OR new.asked_at <> old.asked_at OR new.model <> old.model
    OR new.prompt_version <> old.prompt_version OR new.instructions <> old.instructions OR new.input <> old.input
    OR new.prompt_sha256 <> old.prompt_sha256
    OR (old.state = 'waiting' AND (new.state NOT IN ('answered', 'failed') OR new.judged_by IS NOT NULL))
    OR (old.state = 'answered' AND (new.state NOT IN ('accepted', 'overridden') OR new.judged_by IS NULL
        OR new.answered_at IS NOT old.answered_at OR new.answered_model IS NOT old.answered_model
        OR new.answer IS NOT old.answer OR new.trouble IS NOT old.trouble))
    OR (new.state = 'overridden' AND trim(new.note) = '') BEGIN
    SELECT RAISE(ABORT, 'what a model was asked and said is fixed, and so is a judgement');
END;
CREATE TRIGGER assistant_advices_no_delete BEFORE DELETE ON assistant_advices BEGIN
    SELECT RAISE(ABORT, 'assistant_advices is append-only');
END;
-- Never before the panel has locked its scores.
CREATE TRIGGER assistant_advices_after_scores BEFORE INSERT ON assistant_advices
WHEN NOT EXISTS (SELECT 1 FROM review_results WHERE application_id = new.application_id AND round = new.round AND standing)
    OR new.state <> 'waiting' OR new.answered_at IS NOT NULL OR new.judged_by IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'nobody is advised before all scores are locked');
END;
CREATE TRIGGER decisions_after_judgement BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM assistant_advices WHERE application_id = new.application_id AND state = 'answered') BEGIN
    SELECT RAISE(ABORT, 'an answer of a model waits for its judgement');
END;
