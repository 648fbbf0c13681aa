-- Spot checks, looks that refused, and replays of several conditions at once.

CREATE TABLE spot_check_outcomes (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO spot_check_outcomes (name) VALUES ('waiting'), ('confirmed'), ('defect');

-- Applications that passed everything and were picked all the same, with what they were picked by.
CREATE TABLE spot_checks (
    application_id {uuid} PRIMARY KEY REFERENCES applications (id),
    call_id        {uuid} NOT NULL REFERENCES calls (id),
    per_mille      BIGINT NOT NULL CHECK (per_mille BETWEEN 1 AND 1000),
    seed           TEXT   NOT NULL,
    -- 0 to 999; below per_mille it is picked.
    draw           BIGINT NOT NULL,
    outcome        TEXT   NOT NULL REFERENCES spot_check_outcomes (name),
    picked_at      {time} NOT NULL,
    decided_by     {uuid} REFERENCES people (id),
    decided_at     {time},
    note           TEXT   NOT NULL DEFAULT ''
){strict};
CREATE INDEX spot_checks_by_call ON spot_checks (call_id, picked_at, application_id);

-- The conditions that refused what was tried; NULL for a look after which it went on.
ALTER TABLE eligibility_runs ADD COLUMN refused_by TEXT;

-- Every wording that is tried, and what each does to an application; NULL where there is only the one of the row.
ALTER TABLE replays ADD COLUMN wordings {json};
ALTER TABLE replay_flips ADD COLUMN turns {json};
