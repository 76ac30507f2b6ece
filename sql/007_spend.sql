-- What each turn has cost, for budgets: written once, when the turn ends, and kept when its session is
-- deleted, hence no foreign key. What the gateway did not tell was reckoned.
BEGIN;

CREATE TABLE spend (
  turn_id         uuid PRIMARY KEY,
  owner           text NOT NULL,
  at              timestamptz NOT NULL DEFAULT now(),
  cost_usd        numeric NOT NULL,
  cost_estimated  boolean NOT NULL
);
CREATE INDEX spend_day ON spend (owner, at);

INSERT INTO spend (turn_id, owner, at, cost_usd, cost_estimated)
SELECT id, owner, finished_at, (usage->>'cost_usd')::numeric, false FROM turns
WHERE finished_at IS NOT NULL AND usage->>'cost_usd' IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (7, 'spend');

COMMIT;
