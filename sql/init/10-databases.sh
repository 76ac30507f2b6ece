#!/usr/bin/env bash
# Makes two databases, each with a role of its own: c2a for the daemon, litellm for LiteLLM, whose role is
# litellm_app. The image of Postgres runs this at its first start. It may be run again at any time, which
# also sets the passwords anew (docs/operations.md):
#   docker compose exec postgres bash /docker-entrypoint-initdb.d/10-databases.sh
# From the environment: POSTGRES_USER and POSTGRES_PASSWORD, the superuser; C2A_DB_PASSWORD and
# LITELLM_DB_PASSWORD. C2A_SQL is where the daemon's migrations lie.

# A shell of its own: the image sources a script that is not executable.
main() (
  set -euo pipefail
  : "${C2A_DB_PASSWORD:?is missing in .env.postgres}" "${LITELLM_DB_PASSWORD:?is missing in .env.postgres}"
  export C2A_DB_PASSWORD LITELLM_DB_PASSWORD PGOPTIONS='-c client_min_messages=warning'

  # run USER PASSWORD DATABASE [ARGUMENT...]
  run() {
    PGPASSWORD="$2" psql --no-psqlrc --quiet --no-password --set ON_ERROR_STOP=1 \
      --username "$1" --dbname "$3" "${@:4}"
  }
  super() { run "${POSTGRES_USER:-postgres}" "${POSTGRES_PASSWORD:-}" "$@"; }

  super postgres <<'SQL'
-- From the environment, not from arguments, which others can read.
\getenv c2a_password C2A_DB_PASSWORD
\getenv litellm_password LITELLM_DB_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', wanted)
  FROM unnest(ARRAY['c2a', 'litellm_app']) AS wanted
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) \gexec
ALTER ROLE c2a PASSWORD :'c2a_password';
ALTER ROLE litellm_app PASSWORD :'litellm_password';
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L', wanted, 'UTF8')
  FROM unnest(ARRAY['c2a', 'litellm']) AS wanted
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = wanted) \gexec
ALTER DATABASE c2a OWNER TO c2a;
ALTER DATABASE litellm OWNER TO litellm_app;
-- Neither has any business in the other's.
REVOKE ALL ON DATABASE c2a, litellm FROM PUBLIC;
SQL

  # What an older stack made there as somebody else changes hands; what an extension brought does not.
  hand_over() {
    super "$1" --set owner="$2" <<'SQL'
SELECT format('ALTER %s %s OWNER TO %I', kind, name, :'owner') FROM (
  SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
         oid::regclass::text, relowner, 'pg_class'::regclass, oid
    FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
      -- A sequence that belongs to a column goes with its table.
      AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend AS used
        WHERE used.objid = pg_class.oid AND used.classid = 'pg_class'::regclass AND used.deptype IN ('a', 'i')))
  UNION ALL
  SELECT 'ROUTINE', oid::regprocedure::text, proowner, 'pg_proc'::regclass, oid
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'TYPE', oid::regtype::text, typowner, 'pg_type'::regclass, oid
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
) AS thing (kind, name, held_by, catalogue, id)
WHERE held_by <> :'owner'::regrole
  AND NOT EXISTS (SELECT FROM pg_depend AS brought
    WHERE brought.objid = id AND brought.classid = catalogue AND brought.deptype = 'e') \gexec
SQL
  }
  hand_over c2a c2a
  hand_over litellm litellm_app

  # As the application's role, so that the daemon's migrator finds its own tables and nothing to do.
  ours() { run c2a "$C2A_DB_PASSWORD" c2a "$@"; }
  applied=$(ours --tuples-only --no-align <<'SQL'
SELECT to_regclass('schema_migrations') IS NOT NULL AS known \gset
\if :known
SELECT to_char(version, 'FM000') FROM schema_migrations;
\endif
SQL
  )
  missing=()
  for file in "${C2A_SQL:-/c2a/sql}"/[0-9][0-9][0-9]_*.sql; do
    number=$(basename "$file")
    grep -qx "${number%%_*}" <<<"$applied" || missing+=(--file "$file")
  done
  if [ ${#missing[@]} -gt 0 ]; then ours "${missing[@]}"; fi
  echo 'c2a: databases c2a and litellm are ready'
)

main
