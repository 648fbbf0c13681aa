CREATE TRIGGER decision_reason_versions_append_only BEFORE UPDATE OR DELETE ON decision_reason_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
