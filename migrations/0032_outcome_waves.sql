-- Reports that a call asks for after the end of the work: known when the closing report is verified, opened on their day.

INSERT INTO report_states (name) VALUES ('scheduled');

-- NULL for a closing report: it opens when the work ends.
ALTER TABLE outcome_reports ADD COLUMN opens_on {date};
CREATE INDEX outcome_reports_scheduled ON outcome_reports (opens_on, id) WHERE state = 'scheduled';
