DROP TRIGGER agreement_lines_append_only ON agreement_lines;
CREATE TRIGGER clause_versions_append_only BEFORE UPDATE OR DELETE ON clause_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_assents_append_only BEFORE UPDATE OR DELETE ON agreement_assents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER own_share_refunds_append_only BEFORE UPDATE OR DELETE ON own_share_refunds FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER voucher_contacts_append_only BEFORE UPDATE OR DELETE ON voucher_contacts FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agreement_lines_no_delete BEFORE DELETE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();
-- What was offered stays as it was; parties, term and money change with the version only, and the support never grows.
CREATE OR REPLACE FUNCTION keep_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256, NEW.application_id) IS DISTINCT FROM (OLD.content, OLD.content_sha256, OLD.application_id)
        OR NEW.support_won > OLD.support_won OR NEW.version NOT IN (OLD.version, OLD.version + 1)
        OR (NEW.version = OLD.version AND (NEW.support_won, NEW.total_won, NEW.vendor_id, NEW.organisation_id, NEW.ends_on)
            IS DISTINCT FROM (OLD.support_won, OLD.total_won, OLD.vendor_id, OLD.organisation_id, OLD.ends_on)) THEN
        RAISE EXCEPTION 'the content of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_agreement_lines_by_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <= OLD.version OR NEW.agreement_id <> OLD.agreement_id THEN
        RAISE EXCEPTION 'a line changes with a version of its agreement only' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_lines_by_version BEFORE UPDATE ON agreement_lines FOR EACH ROW EXECUTE FUNCTION keep_agreement_lines_by_version();
CREATE FUNCTION keep_agreement_versions_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.content, NEW.content_sha256) IS DISTINCT FROM (OLD.content, OLD.content_sha256) OR (OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS DISTINCT FROM OLD.pdf_sha256) OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS DISTINCT FROM OLD.superseded_at) THEN
        RAISE EXCEPTION 'a version of an agreement is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_versions_fixed BEFORE UPDATE ON agreement_versions FOR EACH ROW EXECUTE FUNCTION keep_agreement_versions_fixed();
CREATE FUNCTION keep_agreement_changes_over() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('applied', 'refused', 'withdrawn') OR NEW.after IS DISTINCT FROM OLD.after OR NEW.before IS DISTINCT FROM OLD.before THEN
        RAISE EXCEPTION 'what was asked for stays, and a change that is over stays over' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_changes_over BEFORE UPDATE ON agreement_changes FOR EACH ROW EXECUTE FUNCTION keep_agreement_changes_over();
-- An application changes hands only by a change of its agreement that is in force: its firm merged.
CREATE OR REPLACE FUNCTION keep_application() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.is_test, NEW.call_id) IS DISTINCT FROM (OLD.is_test, OLD.call_id)
        OR (OLD.submitted_at IS NOT NULL AND (NEW.call_version, NEW.track) IS DISTINCT FROM (OLD.call_version, OLD.track))
        OR (NEW.organisation_id <> OLD.organisation_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
            JOIN agreements g ON g.id = h.agreement_id WHERE g.application_id = OLD.id AND h.kind = 'merger'
                AND h.state = 'applied' AND h.new_organisation_id = NEW.organisation_id)) THEN
        RAISE EXCEPTION 'what an application was decided under is fixed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
