-- Applications that cannot be lost: what each save left, so that two people's writing can be brought together;
-- certification by a second person; supplements item by item; reminders; questions that calls add.

-- What a part of a draft said after the save that made this version. The base when two people wrote at once.
CREATE TABLE application_revisions (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    section        TEXT   NOT NULL,
    -- The row of a list (an indicator, a line of cost); nil for a part that is one form.
    row_id         {uuid} NOT NULL,
    version        BIGINT NOT NULL,
    fields         {json} NOT NULL,
    saved_by       {uuid} NOT NULL REFERENCES people (id),
    saved_at       {time} NOT NULL,
    PRIMARY KEY (application_id, section, row_id, version)
){strict};

ALTER TABLE application_costs ADD COLUMN unit TEXT NOT NULL DEFAULT '';
-- Whether VAT comes on top; the support never covers it.
ALTER TABLE application_costs ADD COLUMN taxed {bool} NOT NULL DEFAULT TRUE;
-- The part of the own share that is brought in kind; the rest is cash.
ALTER TABLE application_costs ADD COLUMN in_kind_won BIGINT NOT NULL DEFAULT 0 CHECK (in_kind_won >= 0);

-- Pages of a PDF; absent for other kinds and where they cannot be counted.
ALTER TABLE files ADD COLUMN pages BIGINT;

-- Append-only. Counts for exactly one version of one content: a later edit voids it by itself.
CREATE TABLE application_certifications (
    application_id {uuid}  NOT NULL REFERENCES applications (id),
    version        BIGINT  NOT NULL,
    content_sha256 {bytes} NOT NULL,
    prepared_by    {uuid}  NOT NULL REFERENCES people (id),
    prepared_at    {time}  NOT NULL,
    certified_by   {uuid}  REFERENCES people (id),
    certified_at   {time},
    PRIMARY KEY (application_id, version),
    CONSTRAINT certifications_two_people CHECK (certified_by <> prepared_by)
){strict};

CREATE TABLE supplement_items (
    application_id {uuid} NOT NULL,
    round          BIGINT NOT NULL,
    position       BIGINT NOT NULL,
    section        TEXT   NOT NULL,
    -- A code of the catalogue of defects; empty when the officer's own words are all there is.
    defect         TEXT   NOT NULL,
    note           TEXT   NOT NULL,
    PRIMARY KEY (application_id, round, position),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
){strict};

CREATE TABLE supplement_answers (
    application_id {uuid} NOT NULL,
    round          BIGINT NOT NULL,
    section        TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    answered_by    {uuid} NOT NULL REFERENCES people (id),
    answered_at    {time} NOT NULL,
    PRIMARY KEY (application_id, round, section),
    FOREIGN KEY (application_id, round) REFERENCES supplement_requests (application_id, round)
){strict};

-- A round after the first is asked for only when a manager allowed it, with a reason.
CREATE TABLE supplement_approvals (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    round          BIGINT NOT NULL,
    reason         TEXT   NOT NULL,
    approved_by    {uuid} NOT NULL REFERENCES people (id),
    approved_at    {time} NOT NULL,
    PRIMARY KEY (application_id, round)
){strict};

-- Each kind of reminder once for an application.
CREATE TABLE application_reminders (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    kind           TEXT   NOT NULL,
    at             {time} NOT NULL,
    PRIMARY KEY (application_id, kind)
){strict};

-- Append-only: a changed question is another version, and calls name the version they ask.
CREATE TABLE questions (
    code     TEXT   NOT NULL,
    version  BIGINT NOT NULL,
    kind     TEXT   NOT NULL,
    label_ko TEXT   NOT NULL,
    label_en TEXT   NOT NULL,
    hint_ko  TEXT   NOT NULL,
    hint_en  TEXT   NOT NULL,
    -- One choice a line, in the same order in both languages.
    choices_ko TEXT NOT NULL,
    choices_en TEXT NOT NULL,
    made_by  {uuid} NOT NULL REFERENCES people (id),
    made_at  {time} NOT NULL,
    PRIMARY KEY (code, version)
){strict};

CREATE TABLE application_answers (
    application_id {uuid} NOT NULL REFERENCES applications (id),
    code           TEXT   NOT NULL,
    answer         TEXT   NOT NULL,
    PRIMARY KEY (application_id, code)
){strict};
