DROP TRIGGER agreement_lines_no_update;
DROP TRIGGER agreements_content_fixed;
CREATE TRIGGER clause_versions_no_update BEFORE UPDATE ON clause_versions BEGIN
    SELECT RAISE(ABORT, 'clause_versions is append-only');
END;
CREATE TRIGGER clause_versions_no_delete BEFORE DELETE ON clause_versions BEGIN
    SELECT RAISE(ABORT, 'clause_versions is append-only');
END;
CREATE TRIGGER agreement_assents_no_update BEFORE UPDATE ON agreement_assents BEGIN
    SELECT RAISE(ABORT, 'agreement_assents is append-only');
END;
CREATE TRIGGER agreement_assents_no_delete BEFORE DELETE ON agreement_assents BEGIN
    SELECT RAISE(ABORT, 'agreement_assents is append-only');
END;
CREATE TRIGGER own_share_refunds_no_update BEFORE UPDATE ON own_share_refunds BEGIN
    SELECT RAISE(ABORT, 'own_share_refunds is append-only');
END;
CREATE TRIGGER own_share_refunds_no_delete BEFORE DELETE ON own_share_refunds BEGIN
    SELECT RAISE(ABORT, 'own_share_refunds is append-only');
END;
CREATE TRIGGER voucher_contacts_no_update BEFORE UPDATE ON voucher_contacts BEGIN
    SELECT RAISE(ABORT, 'voucher_contacts is append-only');
END;
CREATE TRIGGER voucher_contacts_no_delete BEFORE DELETE ON voucher_contacts BEGIN
    SELECT RAISE(ABORT, 'voucher_contacts is append-only');
END;
-- What was offered stays as it was; parties, term and money change with the version only, and the support never grows.
CREATE TRIGGER agreements_content_fixed BEFORE UPDATE ON agreements
WHEN NEW.content IS NOT OLD.content OR NEW.content_sha256 IS NOT OLD.content_sha256 OR NEW.application_id IS NOT OLD.application_id
    OR NEW.support_won > OLD.support_won OR NEW.version NOT IN (OLD.version, OLD.version + 1)
    OR (NEW.version = OLD.version AND (NEW.support_won IS NOT OLD.support_won OR NEW.total_won IS NOT OLD.total_won
        OR NEW.vendor_id IS NOT OLD.vendor_id OR NEW.organisation_id IS NOT OLD.organisation_id OR NEW.ends_on IS NOT OLD.ends_on))
BEGIN
    SELECT RAISE(ABORT, 'the content of an agreement is fixed');
END;
CREATE TRIGGER agreement_lines_by_version BEFORE UPDATE ON agreement_lines
WHEN NEW.version <= OLD.version OR NEW.agreement_id IS NOT OLD.agreement_id
BEGIN
    SELECT RAISE(ABORT, 'a line changes with a version of its agreement only');
END;
CREATE TRIGGER agreement_versions_fixed BEFORE UPDATE ON agreement_versions
WHEN NEW.content IS NOT OLD.content OR NEW.content_sha256 IS NOT OLD.content_sha256 OR (OLD.pdf_sha256 IS NOT NULL AND NEW.pdf_sha256 IS NOT OLD.pdf_sha256) OR (OLD.superseded_at IS NOT NULL AND NEW.superseded_at IS NOT OLD.superseded_at)
BEGIN
    SELECT RAISE(ABORT, 'a version of an agreement is fixed');
END;
CREATE TRIGGER agreement_changes_over BEFORE UPDATE ON agreement_changes
WHEN OLD.state IN ('applied', 'refused', 'withdrawn') OR NEW.after IS NOT OLD.after OR NEW.before IS NOT OLD.before
BEGIN
    SELECT RAISE(ABORT, 'what was asked for stays, and a change that is over stays over');
END;
-- An application changes hands only by a change of its agreement that is in force: its firm merged.
DROP TRIGGER applications_pinned;
CREATE TRIGGER applications_pinned BEFORE UPDATE ON applications
WHEN new.is_test <> old.is_test OR new.call_id <> old.call_id
    OR (old.submitted_at IS NOT NULL AND (new.call_version <> old.call_version OR new.track IS NOT old.track))
    OR (new.organisation_id <> old.organisation_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
        JOIN agreements g ON g.id = h.agreement_id WHERE g.application_id = old.id AND h.kind = 'merger'
            AND h.state = 'applied' AND h.new_organisation_id = new.organisation_id)) BEGIN
    SELECT RAISE(ABORT, 'what an application was decided under is fixed');
END;
