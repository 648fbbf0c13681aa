-- Staff are found by their role; without this every look-up reads the roles of all firms' people.
CREATE INDEX person_roles_by_role ON person_roles (role, person_id) WHERE ended_at IS NULL;
