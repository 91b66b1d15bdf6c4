-- Time and account's name of an entry are the database's, whatever the client sent: ADR 0055. Not in `public`, which has
-- no such table. The clock is that of the row, not of the beginning of its transaction; an unknown account is an error.
DO $make$ BEGIN IF to_regclass('audit_auditentry') IS NOT NULL THEN
CREATE OR REPLACE FUNCTION set_origin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.actor_name := '';
    IF NEW.actor_id IS NOT NULL THEN
        EXECUTE format('SELECT username FROM %I.accounts_user WHERE id = $1', TG_TABLE_SCHEMA)
            INTO STRICT NEW.actor_name USING NEW.actor_id;
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER audit_auditentry_origin BEFORE INSERT ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION set_origin();
END IF; END $make$
