-- Which envelope a planned decision waits for, by the id of its cap.

ALTER TABLE bulk_rows ADD COLUMN short_of {uuid};
