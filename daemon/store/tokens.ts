import type { Pool } from 'pg'
import type { Scope, Token } from '../../shared/contract/token.js'
import { query } from './pool.js'

interface Row {
  id: string
  name: string
  scope: Scope
  owner: string
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
  revoked_at: Date | null
  state: Token['state']
}

/** A token that is in force. */
export interface ValidToken {
  id: string
  owner: string
  scope: Scope
  hash: Buffer
  /** Its last use was noted a minute ago, or longer. */
  unnoted: boolean
}

// Without the hash, which nobody needs to see. The database's clock decides: it is one for all replicas.
const columns = `id, name, scope, owner, created_at, expires_at, last_used_at, revoked_at,
  CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired'
    ELSE 'valid' END AS state`

function toToken(row: Row): Token {
  return {
    ...row,
    created_at: row.created_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    last_used_at: row.last_used_at?.toISOString() ?? null,
    revoked_at: row.revoked_at?.toISOString() ?? null,
  }
}

export type TokenStore = ReturnType<typeof createTokenStore>

/** Made tokens. They are never deleted, nor are the people of their names: a name leads to its owner for good. `posts` is for what may wait for a lock. */
export function createTokenStore(pool: Pool, posts = pool) {
  return {
    async list(): Promise<Token[]> {
      const rows = await query<Row>(
        pool,
        'token_list',
        `SELECT ${columns} FROM tokens ORDER BY name COLLATE "C", created_at, id`,
      )
      return rows.map(toToken)
    },

    /** For the owner that the name has already (`known`), else for `newOwner`: a trigger sees to it. */
    async create(token: {
      id: string
      name: string
      hash: Buffer
      scope: Scope
      newOwner: string
      /** Seconds; undefined: until it is revoked. */
      expiresIn: number | undefined
    }): Promise<Token & { known: boolean }> {
      const [row] = await query<Row>(
        posts,
        'token_create',
        `INSERT INTO tokens (id, name, hash, scope, owner, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
         RETURNING ${columns}`,
        [token.id, token.name, token.hash, token.scope, token.newOwner, token.expiresIn],
      )
      if (row === undefined) throw new Error('INSERT returned no row')
      return { ...toToken(row), known: row.owner !== token.newOwner }
    },

    /** True when there is such a token, revoked before or now. */
    async revoke(id: string): Promise<boolean> {
      const rows = await query<{ id: string }>(
        posts,
        'token_revoke',
        'UPDATE tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING id',
        [id],
      )
      return rows.length > 0
    },

    /** Those of these tokens that are in force, by id. */
    async findValid(ids: readonly string[]): Promise<Map<string, ValidToken>> {
      const rows = await query<ValidToken>(
        pool,
        'token_find_valid',
        `SELECT id, owner, scope, hash,
           last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS unnoted
         FROM tokens WHERE id = ANY ($1) AND revoked_at IS NULL
           AND (expires_at IS NULL OR expires_at > now())`,
        [ids],
      )
      return new Map(rows.map((row) => [row.id, row]))
    },

    /** At most once a minute, over all replicas. */
    async noteUse(id: string): Promise<void> {
      await query(
        posts,
        'token_note_use',
        `UPDATE tokens SET last_used_at = now()
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
        [id],
      )
    },
  }
}
