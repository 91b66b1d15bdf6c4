#!/bin/sh
# Run once by the postgres image when its data folder is empty. Passwords go through the environment of psql, not
# the command line.
set -eu
MC_OWNER_PASSWORD="$(cat "${MC_OWNER_PASSWORD_FILE:?}")"
MC_RUNTIME_PASSWORD="$(cat "${MC_RUNTIME_PASSWORD_FILE:?}")"
export MC_OWNER_PASSWORD MC_RUNTIME_PASSWORD

psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres --file /roles.sql
