-- What a bank takes is a row, so that the next version of its message is one more: the list that was checked by hand
-- could not grow.

CREATE TABLE bank_formats (
    name TEXT PRIMARY KEY
){strict};
INSERT INTO bank_formats (name) VALUES ('pain_001_001_03'), ('pain_001_001_09'), ('csv');

ALTER TABLE bank_profiles ADD COLUMN takes TEXT REFERENCES bank_formats (name);
UPDATE bank_profiles SET takes = format;
ALTER TABLE bank_profiles DROP COLUMN format;
ALTER TABLE bank_profiles RENAME COLUMN takes TO format;
