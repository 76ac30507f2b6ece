-- Whose a name is, beside its tokens: who comes with an import has an owner here before a token is made.
BEGIN;

CREATE TABLE IF NOT EXISTS people (
  name   text PRIMARY KEY,
  owner  text NOT NULL
);
CREATE INDEX IF NOT EXISTS people_owner ON people (owner);

-- The first one to name a person says who the owner is. Here, so that it holds for daemons too that are
-- older than this table; two first tokens at once wait for each other at the name.
CREATE OR REPLACE FUNCTION token_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO people (name, owner) VALUES (NEW.name, NEW.owner) ON CONFLICT (name) DO NOTHING;
  SELECT p.owner INTO STRICT NEW.owner FROM people p WHERE p.name = NEW.name;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER trg_tokens_person BEFORE INSERT ON tokens
  FOR EACH ROW EXECUTE FUNCTION token_of_person();

-- After the trigger, whose lock keeps new tokens out until all of this holds.
INSERT INTO people (name, owner)
  SELECT DISTINCT ON (name) name, owner FROM tokens ORDER BY name, created_at, id
  ON CONFLICT (name) DO NOTHING;

INSERT INTO schema_migrations (version, name) VALUES (11, 'people') ON CONFLICT DO NOTHING;

COMMIT;
