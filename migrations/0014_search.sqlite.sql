-- Words folded in Rust (core/names.rs), indexed. `key` keeps the index apart from row numbers, which a VACUUM may change.

CREATE TABLE application_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE application_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER applications_search_add AFTER INSERT ON applications BEGIN
    INSERT INTO application_search_rows (id) VALUES (new.id);
    INSERT INTO application_search (rowid, words) SELECT key, new.search_text FROM application_search_rows WHERE id = new.id;
END;
CREATE TRIGGER applications_search_change AFTER UPDATE OF search_text ON applications WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM application_search WHERE rowid = (SELECT key FROM application_search_rows WHERE id = old.id);
    INSERT INTO application_search (rowid, words) SELECT key, new.search_text FROM application_search_rows WHERE id = new.id;
END;

CREATE TABLE vendor_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE vendor_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER vendors_search_add AFTER INSERT ON vendors BEGIN
    INSERT INTO vendor_search_rows (id) VALUES (new.id);
    INSERT INTO vendor_search (rowid, words) SELECT key, new.search_text FROM vendor_search_rows WHERE id = new.id;
END;
CREATE TRIGGER vendors_search_change AFTER UPDATE OF search_text ON vendors WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM vendor_search WHERE rowid = (SELECT key FROM vendor_search_rows WHERE id = old.id);
    INSERT INTO vendor_search (rowid, words) SELECT key, new.search_text FROM vendor_search_rows WHERE id = new.id;
END;

CREATE TABLE solution_search_rows (
    key INTEGER PRIMARY KEY,
    id  BLOB NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE solution_search USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
CREATE TRIGGER solutions_search_add AFTER INSERT ON solutions BEGIN
    INSERT INTO solution_search_rows (id) VALUES (new.id);
    INSERT INTO solution_search (rowid, words) SELECT key, new.search_text FROM solution_search_rows WHERE id = new.id;
END;
CREATE TRIGGER solutions_search_change AFTER UPDATE OF search_text ON solutions WHEN new.search_text <> old.search_text BEGIN
    DELETE FROM solution_search WHERE rowid = (SELECT key FROM solution_search_rows WHERE id = old.id);
    INSERT INTO solution_search (rowid, words) SELECT key, new.search_text FROM solution_search_rows WHERE id = new.id;
END;
