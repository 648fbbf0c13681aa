-- Who a person is at an identity provider: tied at the first sign-in by it, so that an address that goes to somebody
-- else there does not take the account along.

CREATE TABLE person_identities (
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    person_id {uuid} NOT NULL REFERENCES people (id),
    linked_at {time} NOT NULL,
    PRIMARY KEY (issuer, subject)
){strict};
CREATE UNIQUE INDEX person_identities_by_person ON person_identities (person_id, issuer);
