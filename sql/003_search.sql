-- Full text over every message. Postgres refuses a vector over 1 MB, so only the first 262,144
-- characters are indexed. 'simple' because conversations mix languages and code.
BEGIN;

ALTER TABLE messages ADD COLUMN search tsvector
  GENERATED ALWAYS AS (to_tsvector('simple', left(content, 262144))) STORED;

CREATE INDEX messages_search ON messages USING gin (search);

INSERT INTO schema_migrations (version, name) VALUES (3, 'search');

COMMIT;
