#!/bin/sh
# Debian's PostgreSQL behind the interface of the official image, as far as test containers use it:
# POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, POSTGRES_INITDB_ARGS, PGDATA, the log on standard
# error, and two lines "database system is ready to accept connections" at the first start.
set -eu

if [ "${1:-}" != postgres ]; then
  exec "$@"
fi

if [ "$(id -u)" = 0 ]; then
  install -d -o postgres -g postgres -m 0700 "$PGDATA"
  install -d -o postgres -g postgres -m 3775 /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  : "${POSTGRES_PASSWORD:?POSTGRES_PASSWORD is not set}"

  password_file=$(mktemp)
  printf '%s\n' "$POSTGRES_PASSWORD" >"$password_file"
  # Several arguments in one variable, as in the official image.
  # shellcheck disable=SC2086
  initdb --username="$user" --pwfile="$password_file" --encoding=UTF8 \
    --auth-local=trust --auth-host=scram-sha-256 ${POSTGRES_INITDB_ARGS:-}
  rm "$password_file"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"

  # Not on TCP yet: a client that connects now would lose its session at the restart.
  pg_ctl --wait -o "-c listen_addresses=" start
  if [ "$database" != postgres ]; then
    createdb --username="$user" --maintenance-db=postgres -- "$database"
  fi
  pg_ctl --wait --mode=fast stop
fi

exec "$@"
