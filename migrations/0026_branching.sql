-- A question that is asked only where an expression over facts and earlier answers holds.

ALTER TABLE questions ADD COLUMN asked_if TEXT NOT NULL DEFAULT '';
