-- Words folded in Rust (core/names.rs), indexed.

ALTER TABLE applications ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX applications_search ON applications USING gin (search_words);

ALTER TABLE vendors ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX vendors_search ON vendors USING gin (search_words);

ALTER TABLE solutions ADD COLUMN search_words tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED;
CREATE INDEX solutions_search ON solutions USING gin (search_words);
