-- Full text over every message. Postgres refuses a vector over 1 MB, so only the first 262,144
-- characters are indexed, and fewer where even these are too much: a hyphenated word counts as a whole
-- and in parts, a character may have four bytes. A message must never fail because of its index.
-- 'simple' because conversations mix languages and code.
BEGIN;

CREATE FUNCTION message_search(content text) RETURNS tsvector
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN to_tsvector('simple', left(content, 262144));
EXCEPTION WHEN program_limit_exceeded THEN
  RETURN to_tsvector('simple', left(content, 65536));
END $$;

ALTER TABLE messages ADD COLUMN search tsvector
  GENERATED ALWAYS AS (message_search(content)) STORED;

CREATE INDEX messages_search ON messages USING gin (search);

INSERT INTO schema_migrations (version, name) VALUES (3, 'search');

COMMIT;
