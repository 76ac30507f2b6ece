-- What Slack needs: the role that each of its users has chosen, and the requests that were taken, so that
-- none is taken twice, on whichever replica it arrives.
BEGIN;

CREATE TABLE IF NOT EXISTS slack_users (
  team_id   text NOT NULL,
  user_id   text NOT NULL,
  role_id   uuid NOT NULL REFERENCES roles ON DELETE CASCADE,
  chosen_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (team_id, user_id)
);
CREATE INDEX IF NOT EXISTS slack_users_role ON slack_users (role_id);

CREATE TABLE IF NOT EXISTS slack_requests (
  signature  bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS slack_requests_expiry ON slack_requests (expires_at);

INSERT INTO schema_migrations (version, name) VALUES (9, 'slack') ON CONFLICT DO NOTHING;

COMMIT;
