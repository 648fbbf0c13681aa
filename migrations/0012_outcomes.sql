-- What changed, against the baseline locked at agreement; risk flags with their end; exports with their purpose.

CREATE TABLE report_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO report_states (name) VALUES ('open'), ('submitted'), ('returned'), ('verified');

CREATE TABLE outcome_reports (
    id             {uuid} PRIMARY KEY,
    agreement_id   {uuid} NOT NULL REFERENCES agreements (id),
    application_id {uuid} NOT NULL REFERENCES applications (id),
    organisation_id {uuid} NOT NULL REFERENCES organisations (id),
    wave           TEXT   NOT NULL CHECK (wave IN ('close', '6m', '12m', '24m', '36m', '48m', '60m')),
    due_on         {date} NOT NULL,
    state          TEXT   NOT NULL REFERENCES report_states (name),
    active_users   BIGINT CHECK (active_users >= 0),
    satisfaction   BIGINT CHECK (satisfaction BETWEEN 1 AND 5),
    would_pay      {bool},
    comment        TEXT   NOT NULL,
    submitted_by   {uuid} REFERENCES people (id),
    submitted_at   {time},
    verified_by    {uuid} REFERENCES people (id),
    verified_at    {time},
    note           TEXT,
    state_since    {time} NOT NULL,
    CONSTRAINT outcome_reports_once UNIQUE (agreement_id, wave),
    CONSTRAINT outcome_reports_two_people CHECK (verified_by <> submitted_by)
){strict};
CREATE INDEX outcome_reports_by_state ON outcome_reports (state, state_since, id);
CREATE INDEX outcome_reports_by_since ON outcome_reports (state_since, id);
CREATE INDEX outcome_reports_by_organisation ON outcome_reports (organisation_id, due_on, id);

CREATE TABLE outcome_measurements (
    report_id      {uuid} NOT NULL REFERENCES outcome_reports (id),
    indicator_id   {uuid} NOT NULL REFERENCES agreement_indicators (id),
    value_milli    BIGINT NOT NULL,
    measured_on    {date} NOT NULL,
    method         TEXT   NOT NULL CHECK (method IN ('log', 'sample', 'survey', 'estimate')),
    PRIMARY KEY (report_id, indicator_id)
){strict};

CREATE TABLE flag_states (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO flag_states (name) VALUES ('raised'), ('cleared'), ('confirmed');

CREATE TABLE risk_flags (
    id          {uuid} PRIMARY KEY,
    case_id     {uuid} NOT NULL,
    rule        TEXT   NOT NULL,
    evidence    TEXT   NOT NULL,
    state       TEXT   NOT NULL REFERENCES flag_states (name),
    raised_at   {time} NOT NULL,
    ended_by    {uuid} REFERENCES people (id),
    ended_at    {time},
    reason      TEXT,
    CONSTRAINT risk_flags_once UNIQUE (case_id, rule),
    CONSTRAINT risk_flags_end_with_reason CHECK (state = 'raised' OR (ended_by IS NOT NULL AND reason IS NOT NULL))
){strict};
CREATE INDEX risk_flags_by_state ON risk_flags (state, raised_at, id);

CREATE TABLE export_records (
    id           {uuid} PRIMARY KEY,
    dataset      TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    filters      TEXT   NOT NULL,
    definition   TEXT   NOT NULL,
    requested_by {uuid} NOT NULL REFERENCES people (id),
    started_at   {time} NOT NULL,
    row_count    BIGINT,
    sha256       {bytes},
    finished_at  {time}
){strict};
CREATE INDEX export_records_by_age ON export_records (started_at, id);
