-- Full text as people look for it. Postgres' own parser takes `src/utils.py`, `example.org/a` or `<b>` for one
-- word or for none, and a whole Chinese sentence for one: here punctuation ends a word, and in scripts without
-- spaces each character is one, whose neighbours are asked for as a phrase.
-- The function calls nothing of ours: it must work where search_path is empty, as when a dump is restored.
BEGIN;

DROP INDEX messages_search;
ALTER TABLE messages DROP COLUMN search;

CREATE OR REPLACE FUNCTION message_search(content text) RETURNS tsvector
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  -- Kana, Han, half-width kana, the rarer Han; Thai, Lao, Myanmar, Khmer.
  unspaced CONSTANT text := '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f'
    || '\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])';
  marks CONSTANT text := '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~';
  words text := translate(left(content, 262144), marks, repeat(' ', length(marks)));
BEGIN
  IF words ~ unspaced THEN
    words := regexp_replace(words, unspaced, ' \1 ', 'g');
  END IF;
  RETURN to_tsvector('simple', words);
EXCEPTION WHEN program_limit_exceeded THEN
  RETURN to_tsvector('simple', left(words, 65536));
END $$;

ALTER TABLE messages ADD COLUMN search tsvector
  GENERATED ALWAYS AS (message_search(content)) STORED;

CREATE INDEX messages_search ON messages USING gin (search);
-- For a word of every second message: the newest are found without a look at all the others.
CREATE INDEX messages_created ON messages (created_at DESC, id DESC);
CREATE INDEX sessions_title_search ON sessions USING gin (message_search(title));

INSERT INTO schema_migrations (version, name) VALUES (12, 'search_words');

COMMIT;
