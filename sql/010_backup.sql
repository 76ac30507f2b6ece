-- Moving: what bulk loading needs of the triggers, and what the original's rows need to be as ours.
BEGIN;

-- A transaction that sets c2a.bulk to 'on' brings rows from elsewhere: they keep their times and
-- revisions, and nothing is told row by row; whoever loads tells once that anything may have changed.
CREATE FUNCTION is_bulk() RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT current_setting('c2a.bulk', true) IS NOT DISTINCT FROM 'on'
$$;

CREATE OR REPLACE TRIGGER trg_roles_updated_at BEFORE UPDATE ON roles
  FOR EACH ROW WHEN (NOT is_bulk()) EXECUTE FUNCTION set_roles_updated_at();
CREATE OR REPLACE TRIGGER trg_roles_revision BEFORE UPDATE ON roles
  FOR EACH ROW WHEN (NOT is_bulk()) EXECUTE FUNCTION next_role_revision();
CREATE OR REPLACE TRIGGER trg_sessions_updated_at BEFORE UPDATE ON sessions
  FOR EACH ROW WHEN (NOT is_bulk()) EXECUTE FUNCTION set_updated_at();
-- Each of its updates leaves one more version of the session's row to look through: quadratic.
CREATE OR REPLACE TRIGGER trg_messages_touch_session AFTER INSERT ON messages
  FOR EACH ROW WHEN (NOT is_bulk()) EXECUTE FUNCTION touch_session_on_message();

CREATE OR REPLACE TRIGGER trg_sessions_tell_insert AFTER INSERT ON sessions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  WHEN (NOT is_bulk()) EXECUTE FUNCTION tell_sessions('session.changed');
CREATE OR REPLACE TRIGGER trg_sessions_tell_update AFTER UPDATE ON sessions
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  WHEN (NOT is_bulk()) EXECUTE FUNCTION tell_sessions('session.changed');
CREATE OR REPLACE TRIGGER trg_roles_tell_insert AFTER INSERT ON roles
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  WHEN (NOT is_bulk()) EXECUTE FUNCTION tell_roles('role.changed');
CREATE OR REPLACE TRIGGER trg_roles_tell_update AFTER UPDATE ON roles
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  WHEN (NOT is_bulk()) EXECUTE FUNCTION tell_roles('role.changed');
CREATE OR REPLACE TRIGGER trg_turns_tell_insert AFTER INSERT ON turns
  FOR EACH ROW WHEN (NOT is_bulk()) EXECUTE FUNCTION tell_turn();
CREATE OR REPLACE TRIGGER trg_turns_tell_status AFTER UPDATE OF status ON turns
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status AND NOT is_bulk())
  EXECUTE FUNCTION tell_turn();

-- The original put the role before the user's words. What is lifted off is kept here, as it was.
ALTER TABLE messages ADD COLUMN lifted_role jsonb;  -- {name, instructions}

-- The original's rows are older than our first migration.
CREATE TEMP TABLE adoption ON COMMIT DROP AS
  SELECT applied_at AS at FROM schema_migrations WHERE version = 1;
ALTER TABLE sessions DISABLE TRIGGER trg_sessions_updated_at;
ALTER TABLE roles DISABLE TRIGGER trg_roles_updated_at;

-- It escaped names and titles for HTML when it stored them. A text with one of the characters that
-- this replaces never went through it, and stays.
CREATE FUNCTION unescaped(stored text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN stored ~ '[<>"''/\\`]' OR stored ~ '&(?!(amp|lt|gt|quot|#x27|#x2F|#x5C|#96);)' THEN stored
    ELSE replace(replace(replace(replace(replace(replace(replace(replace(stored,
      '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&#x27;', ''''), '&#x2F;', '/'), '&#x5C;', '\'),
      '&#96;', '`'), '&amp;', '&')
  END
$$;
CREATE FUNCTION one_line(words text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT btrim(regexp_replace(words, '\s+', ' ', 'g'))
$$;

-- [[ROLE:name]], newline, instructions, newline, ---, newline, the text. Instructions may hold such a
-- line themselves: those of a role of this name say where they end. Where none fits, and there are
-- several such lines, nobody can tell, and the message stays as it is.
CREATE TEMP TABLE lifted ON COMMIT DROP AS
WITH marked AS (
  SELECT id, session_id, seq, content, (regexp_match(content, '^\[\[ROLE:([^\n]+)\]\]\n'))[1] AS name
  FROM messages, adoption
  WHERE role = 'user' AND turn_id IS NULL AND created_at < adoption.at
    AND starts_with(content, '[[ROLE:')
), parted AS (
  SELECT *, substr(content, length(name) + 11) AS rest FROM marked WHERE name IS NOT NULL
), cut AS (
  SELECT parted.*, coalesce(known.instructions, CASE
    WHEN strpos(substr(rest, strpos(rest, E'\n---\n') + 1), E'\n---\n') = 0
    THEN substr(rest, 1, nullif(strpos(rest, E'\n---\n'), 0) - 1) END) AS instructions
  FROM parted LEFT JOIN LATERAL (
    SELECT v.instructions FROM role_revisions v
    WHERE v.name = parted.name AND starts_with(rest, v.instructions || E'\n---\n')
    ORDER BY length(v.instructions) DESC LIMIT 1) AS known ON true
)
SELECT id, session_id, seq, name, instructions, substr(rest, length(instructions) + 6) AS words
FROM cut WHERE instructions IS NOT NULL AND btrim(substr(rest, length(instructions) + 6)) <> '';

-- Titles: the beginning of a first message is a text of its user, role and all; others were escaped.
CREATE TEMP TABLE opened ON COMMIT DROP AS
SELECT DISTINCT ON (s.id) s.id, s.title, one_line(left(m.content, 1000)) AS beginning,
  left(one_line(left(lifted.words, 1000)), 60) AS words
FROM adoption, sessions s
LEFT JOIN messages m ON m.session_id = s.id AND m.role = 'user'
LEFT JOIN lifted ON lifted.id = m.id
WHERE s.created_at < adoption.at
ORDER BY s.id, m.seq;

UPDATE sessions SET title = CASE
  WHEN opened.words <> '' AND starts_with(opened.title, '[[ROLE:')
    AND (starts_with(opened.beginning, one_line(opened.title))
      OR starts_with(opened.beginning, one_line(unescaped(opened.title)))) THEN opened.words
  WHEN starts_with(opened.beginning, one_line(opened.title)) THEN opened.title
  ELSE unescaped(opened.title) END
FROM opened
WHERE sessions.id = opened.id
  AND (starts_with(opened.title, '[[ROLE:') OR opened.title <> unescaped(opened.title));

UPDATE messages SET content = lifted.words,
  lifted_role = jsonb_build_object('name', lifted.name, 'instructions', lifted.instructions)
FROM lifted WHERE messages.id = lifted.id;

-- A revision of its own, since turns may name the one before.
UPDATE roles SET name = unescaped(name) FROM adoption
WHERE created_at < adoption.at AND unescaped(name) <> name
  AND NOT EXISTS (SELECT FROM roles other WHERE other.name = unescaped(roles.name));

ALTER TABLE sessions ENABLE TRIGGER trg_sessions_updated_at;
ALTER TABLE roles ENABLE TRIGGER trg_roles_updated_at;
DROP FUNCTION unescaped(text), one_line(text);

INSERT INTO schema_migrations (version, name) VALUES (10, 'backup');

COMMIT;
