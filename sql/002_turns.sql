-- What the daemon adds to the mission's tables: order, ownership, settings a session remembers, and
-- turns. Every added column has a default or is filled by a trigger, so that the original's INSERTs
-- (sessions DEFAULT VALUES; messages (session_id, role, content)) go on working.
BEGIN;

ALTER TABLE roles ADD COLUMN revision integer NOT NULL DEFAULT 1;

ALTER TABLE sessions
  ADD COLUMN owner        text NOT NULL DEFAULT 'local',
  ADD COLUMN model        text,
  ADD COLUMN role_id      uuid REFERENCES roles (id) ON DELETE SET NULL,
  -- {planning_model, answering_model}; null outside plan mode.
  ADD COLUMN plan         jsonb,
  ADD COLUMN next_seq     bigint NOT NULL DEFAULT 1,
  ADD COLUMN forked_from  uuid REFERENCES sessions (id) ON DELETE SET NULL,
  -- Made for one unsaved question: not listed, deleted when its turn has ended.
  ADD COLUMN ephemeral    boolean NOT NULL DEFAULT false;

CREATE INDEX sessions_recent ON sessions (owner, updated_at DESC, id DESC) WHERE NOT ephemeral;
CREATE INDEX sessions_role ON sessions (role_id) WHERE role_id IS NOT NULL;

-- A turn is one user message and everything it brings about. It belongs to the daemon that runs it
-- for as long as its lease is renewed; epoch fences whoever lost it.
CREATE TABLE turns (
  id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  session_id       uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  owner            text NOT NULL DEFAULT 'local',
  user_message_id  uuid NOT NULL,
  status           text NOT NULL DEFAULT 'streaming'
                   CHECK (status IN ('streaming', 'complete', 'stopped', 'failed', 'interrupted')),
  model            text NOT NULL,
  plan             jsonb,
  role_id          uuid REFERENCES roles (id) ON DELETE SET NULL,
  -- What the role was when the turn began; kept when the role changes or goes.
  role_name        text,
  role_revision    integer,
  idempotency_key  text,
  request_hash     bytea,
  instance         text NOT NULL,
  boot             uuid NOT NULL,
  epoch            integer NOT NULL DEFAULT 1,
  lease_until      timestamptz NOT NULL,
  stop_at          timestamptz,
  usage            jsonb,
  problem          jsonb,
  created_at       timestamptz NOT NULL DEFAULT now(),
  finished_at      timestamptz,
  CHECK ((status = 'streaming') = (finished_at IS NULL))
);

-- The rule "one live turn a session" is this index, not a lock.
CREATE UNIQUE INDEX turns_one_live ON turns (session_id) WHERE status = 'streaming';
CREATE UNIQUE INDEX turns_idempotency ON turns (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX turns_session ON turns (session_id, created_at DESC);
CREATE INDEX turns_live ON turns (lease_until) WHERE status = 'streaming';
CREATE INDEX turns_role ON turns (role_id) WHERE role_id IS NOT NULL;

-- What a turn has shown, in order. event is the name on the wire, 'delta' for text of an answer
-- (data is the bare text then, JSON otherwise). Folded into messages.content at the end, kept a day.
CREATE TABLE turn_events (
  turn_id     uuid NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
  n           integer NOT NULL,
  event       text NOT NULL,
  data        text NOT NULL,
  message_id  uuid,
  PRIMARY KEY (turn_id, n)
);

ALTER TABLE messages
  ADD COLUMN seq            bigint,
  ADD COLUMN status         text NOT NULL DEFAULT 'complete'
                            CHECK (status IN ('streaming', 'complete', 'stopped', 'failed', 'interrupted')),
  ADD COLUMN kind           text NOT NULL DEFAULT 'chat' CHECK (kind IN ('chat', 'plan', 'answer')),
  ADD COLUMN turn_id        uuid REFERENCES turns (id) ON DELETE SET NULL,
  ADD COLUMN variant_of     uuid REFERENCES messages (id) ON DELETE SET NULL,
  ADD COLUMN model          text,
  ADD COLUMN reasoning      text,
  ADD COLUMN usage          jsonb,
  ADD COLUMN finish_reason  text,
  ADD COLUMN error_code     text;

-- An adopted database: its order was created_at; from here on it is seq.
UPDATE messages SET seq = numbered.seq
FROM (
  SELECT id, row_number() OVER (PARTITION BY session_id ORDER BY created_at, id) AS seq FROM messages
) AS numbered
WHERE messages.id = numbered.id;

ALTER TABLE sessions DISABLE TRIGGER trg_sessions_updated_at;
UPDATE sessions SET next_seq = counted.next
FROM (SELECT session_id, max(seq) + 1 AS next FROM messages GROUP BY session_id) AS counted
WHERE sessions.id = counted.session_id;
ALTER TABLE sessions ENABLE TRIGGER trg_sessions_updated_at;

ALTER TABLE messages ALTER COLUMN seq SET NOT NULL;
CREATE UNIQUE INDEX messages_session_seq ON messages (session_id, seq);
CREATE INDEX messages_turn ON messages (turn_id) WHERE turn_id IS NOT NULL;
CREATE INDEX messages_variant ON messages (variant_of) WHERE variant_of IS NOT NULL;

-- The session's row lock is what orders its messages; created_at is only shown.
CREATE FUNCTION set_message_seq() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq IS NULL THEN
    UPDATE sessions SET next_seq = next_seq + 1 WHERE id = NEW.session_id
      RETURNING next_seq - 1 INTO NEW.seq;
    -- No such session: let the foreign key say so, not the NOT NULL.
    NEW.seq := coalesce(NEW.seq, 0);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER trg_messages_seq BEFORE INSERT ON messages
  FOR EACH ROW EXECUTE FUNCTION set_message_seq();

-- Revisions outlive their role: a turn names the one it used.
CREATE TABLE role_revisions (
  role_id       uuid NOT NULL,
  revision      integer NOT NULL,
  name          text NOT NULL,
  instructions  text NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (role_id, revision)
);
INSERT INTO role_revisions (role_id, revision, name, instructions, created_at)
SELECT id, revision, name, instructions, updated_at FROM roles;

CREATE FUNCTION next_role_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.name, NEW.instructions) IS DISTINCT FROM (OLD.name, OLD.instructions) THEN
    NEW.revision := OLD.revision + 1;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER trg_roles_revision BEFORE UPDATE ON roles
  FOR EACH ROW EXECUTE FUNCTION next_role_revision();

CREATE FUNCTION keep_role_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO role_revisions (role_id, revision, name, instructions)
    VALUES (NEW.id, NEW.revision, NEW.name, NEW.instructions)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER trg_roles_keep_revision AFTER INSERT OR UPDATE ON roles
  FOR EACH ROW EXECUTE FUNCTION keep_role_revision();

-- Made tokens: only the hash of the secret is kept.
CREATE TABLE tokens (
  id            text PRIMARY KEY,
  owner         text NOT NULL UNIQUE,
  hash          bytea NOT NULL,
  scope         text NOT NULL CHECK (scope IN ('read', 'chat', 'admin')),
  created_at    timestamptz NOT NULL DEFAULT now(),
  expires_at    timestamptz,
  last_used_at  timestamptz,
  revoked_at    timestamptz
);

INSERT INTO schema_migrations (version, name) VALUES (2, 'turns');

COMMIT;
