-- Tokens get a name. It is a person's: all tokens of one name have one owner, those that are made after
-- others were revoked too, so whoever loses a token gets their sessions back with the next one.
BEGIN;

ALTER TABLE tokens ADD COLUMN name text;
UPDATE tokens SET name = owner;
ALTER TABLE tokens ALTER COLUMN name SET NOT NULL;
ALTER TABLE tokens DROP CONSTRAINT IF EXISTS tokens_owner_key;
CREATE INDEX tokens_name ON tokens (name, created_at);

-- Every daemon looks again at whose streams it serves, whoever made the change. last_used_at is not
-- among these columns: it changes all the time and ends nothing.
CREATE FUNCTION tell_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('c2a_token', '');
  RETURN NULL;
END $$;
CREATE TRIGGER trg_tokens_tell AFTER UPDATE OF revoked_at, expires_at, hash, owner OR DELETE ON tokens
  FOR EACH STATEMENT EXECUTE FUNCTION tell_token();

INSERT INTO schema_migrations (version, name) VALUES (8, 'tokens');

COMMIT;
