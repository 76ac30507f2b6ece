-- Every change is told once, after its commit, whoever made it: a replica, or somebody with psql. The
-- payload is {event, id, owner?, session_id?}: roles belong to everybody and have no owner. An empty
-- payload says that anything may have changed.
BEGIN;

CREATE FUNCTION tell_change(event text, id uuid, owner text DEFAULT NULL, session_id uuid DEFAULT NULL)
  RETURNS void LANGUAGE sql AS $$
  -- Postgres refuses a payload of 8000 bytes, and a change must never fail because of its hint.
  SELECT pg_notify('c2a_change', CASE WHEN octet_length(told) < 8000 THEN told ELSE '' END)
  FROM (SELECT json_strip_nulls(json_build_object(
    'event', event, 'id', id, 'owner', owner, 'session_id', session_id))::text AS told) AS hint
$$;

-- By statement: one that changes many rows is one word, not thousands.
CREATE FUNCTION tell_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM (SELECT FROM changed WHERE NOT ephemeral LIMIT 101) AS counted) > 100 THEN
    PERFORM pg_notify('c2a_change', '');
  ELSE
    PERFORM tell_change(TG_ARGV[0], id, owner) FROM changed WHERE NOT ephemeral;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER trg_sessions_tell_insert AFTER INSERT ON sessions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_sessions('session.changed');
CREATE TRIGGER trg_sessions_tell_update AFTER UPDATE ON sessions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_sessions('session.changed');
CREATE TRIGGER trg_sessions_tell_delete AFTER DELETE ON sessions
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_sessions('session.deleted');

CREATE FUNCTION tell_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM (SELECT FROM changed LIMIT 101) AS counted) > 100 THEN
    PERFORM pg_notify('c2a_change', '');
  ELSE
    PERFORM tell_change(TG_ARGV[0], id) FROM changed;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER trg_roles_tell_insert AFTER INSERT ON roles
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_roles('role.changed');
CREATE TRIGGER trg_roles_tell_update AFTER UPDATE ON roles
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_roles('role.changed');
CREATE TRIGGER trg_roles_tell_delete AFTER DELETE ON roles
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tell_roles('role.deleted');

-- By row, and only for what a client sees: a lease is renewed every few seconds.
CREATE FUNCTION tell_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_change('turn.changed', NEW.id, NEW.owner, NEW.session_id)
    FROM sessions WHERE sessions.id = NEW.session_id AND NOT ephemeral;
  RETURN NULL;
END $$;
CREATE TRIGGER trg_turns_tell_insert AFTER INSERT ON turns
  FOR EACH ROW EXECUTE FUNCTION tell_turn();
CREATE TRIGGER trg_turns_tell_status AFTER UPDATE OF status ON turns
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_turn();

INSERT INTO schema_migrations (version, name) VALUES (4, 'changes');

COMMIT;
