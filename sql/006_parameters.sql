-- Parameters of a completion that a session or a role keeps, and what a turn was sent with. To change
-- those of a role is a revision of it, as with its name and its instructions.
BEGIN;

ALTER TABLE sessions ADD COLUMN IF NOT EXISTS params jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT sessions_params_check CHECK (jsonb_typeof(params) = 'object');
ALTER TABLE roles ADD COLUMN IF NOT EXISTS params jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT roles_params_check CHECK (jsonb_typeof(params) = 'object');
ALTER TABLE role_revisions ADD COLUMN IF NOT EXISTS params jsonb NOT NULL DEFAULT '{}';
ALTER TABLE turns ADD COLUMN IF NOT EXISTS params jsonb NOT NULL DEFAULT '{}';

CREATE OR REPLACE FUNCTION next_role_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.name, NEW.instructions, NEW.params)
    IS DISTINCT FROM (OLD.name, OLD.instructions, OLD.params) THEN
    NEW.revision := OLD.revision + 1;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION keep_role_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO role_revisions (role_id, revision, name, instructions, params)
    VALUES (NEW.id, NEW.revision, NEW.name, NEW.instructions, NEW.params)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

INSERT INTO schema_migrations (version, name) VALUES (6, 'parameters') ON CONFLICT DO NOTHING;

COMMIT;
