-- The database and its two logins, on a PostgreSQL 17 or 18 of your own; run once, as its superuser:
--   psql --no-psqlrc --file deploy/roles.sql
-- Both passwords come from the environment, not from the command line. portal/embedded/postgres.py makes the same.
\set ON_ERROR_STOP on
\getenv owner_password MC_OWNER_PASSWORD
\getenv runtime_password MC_RUNTIME_PASSWORD

-- The owner makes tables and a role for each province; web, worker and relay never have its password.
CREATE ROLE mc_owner LOGIN CREATEDB CREATEROLE PASSWORD :'owner_password';
CREATE ROLE mc_runtime LOGIN NOINHERIT PASSWORD :'runtime_password';

-- The same order of letters on every system.
CREATE DATABASE mot_cua OWNER mc_owner TEMPLATE template0
    ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';

-- Large objects belong to no schema: with them one province could leave data that no province's end removes.
\connect mot_cua
DO $$
DECLARE
    one regprocedure;
BEGIN
    FOR one IN SELECT oid FROM pg_proc WHERE proname ~ '^lo(_.*|read|write)$' LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
    END LOOP;
END
$$;
