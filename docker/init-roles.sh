#!/bin/sh
# Run once by the postgres image when its data folder is empty: the database and its two logins, as
# portal/embedded/postgres.py makes them. Passwords go through the environment of psql, not the command line.
set -eu
MC_OWNER_PASSWORD="$(cat "${MC_OWNER_PASSWORD_FILE:?}")"
MC_RUNTIME_PASSWORD="$(cat "${MC_RUNTIME_PASSWORD_FILE:?}")"
export MC_OWNER_PASSWORD MC_RUNTIME_PASSWORD

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv owner_password MC_OWNER_PASSWORD
\getenv runtime_password MC_RUNTIME_PASSWORD
CREATE ROLE mc_owner LOGIN CREATEDB CREATEROLE PASSWORD :'owner_password';
CREATE ROLE mc_runtime LOGIN NOINHERIT PASSWORD :'runtime_password';
CREATE DATABASE mot_cua OWNER mc_owner;
SQL
