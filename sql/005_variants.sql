-- A question that is answered again: its turn names the one it replaces. The older answers stay and
-- point with messages.variant_of to what is shown in their place.
BEGIN;

ALTER TABLE turns ADD COLUMN retry_of uuid REFERENCES turns (id) ON DELETE SET NULL;
CREATE INDEX turns_retry ON turns (retry_of) WHERE retry_of IS NOT NULL;

INSERT INTO schema_migrations (version, name) VALUES (5, 'variants');

COMMIT;
