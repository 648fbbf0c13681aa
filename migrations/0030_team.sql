-- Who does the work of an application: rows that are added and removed like lines of cost.

CREATE TABLE application_team (
    id             {uuid} PRIMARY KEY,
    application_id {uuid} NOT NULL REFERENCES applications (id),
    position       BIGINT NOT NULL,
    role           TEXT   NOT NULL,
    -- Empty while nobody is named; to_hire says that somebody is to be found.
    person         TEXT   NOT NULL,
    to_hire        {bool} NOT NULL,
    share_percent  BIGINT CHECK (share_percent BETWEEN 1 AND 100),
    months         BIGINT CHECK (months BETWEEN 1 AND 60)
){strict};
CREATE INDEX application_team_by_application ON application_team (application_id, position, id);
