-- What a vendor lays beside its invoice: uploads, or documents of its vault. What was taken out stays known.

CREATE TABLE claim_documents (
    id         {uuid} PRIMARY KEY,
    claim_id   {uuid} NOT NULL REFERENCES claims (id),
    file_id    {uuid} NOT NULL REFERENCES files (id),
    name       TEXT   NOT NULL,
    added_by   {uuid} NOT NULL REFERENCES people (id),
    added_at   {time} NOT NULL,
    removed_by {uuid} REFERENCES people (id),
    removed_at {time}
){strict};
CREATE UNIQUE INDEX claim_documents_once ON claim_documents (claim_id, file_id) WHERE removed_at IS NULL;
CREATE INDEX claim_documents_by_claim ON claim_documents (claim_id, added_at, id);
CREATE INDEX claim_documents_by_file ON claim_documents (file_id);
