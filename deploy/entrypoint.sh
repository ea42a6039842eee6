#!/bin/sh
# Waits for the database, sets it up where that is missing, migrates once (other containers wait), and serves.
set -eu
cd "$(dirname "$0")/.."

python manage.py prepare_database --wait "${DATABASE_WAIT:-60}"

# What serves needs no right to change tables, and so does not know the URLs that have it.
unset DATABASE_OWNER_URL DATABASE_ADMIN_URL
exec "$@"
