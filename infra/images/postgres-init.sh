#!/bin/sh
# Runs once, when the database is made: the login of API and workers. The migrations grant rights to its group.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$PICKET_DB_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE picket_app NOLOGIN;
CREATE ROLE picket_service LOGIN PASSWORD :'password' IN ROLE picket_app;
SQL
