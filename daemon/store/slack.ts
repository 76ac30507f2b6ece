import type { Pool } from 'pg'
import { query } from './pool.js'

/** Somebody in a workspace of Slack. */
export interface SlackUser {
  teamId: string
  userId: string
}

/** As much of a role as Slack shows. */
export interface NamedRole {
  id: string
  name: string
}

export type SlackStore = ReturnType<typeof createSlackStore>

/** What is kept for Slack. `posts` is for what may wait for a lock. */
export function createSlackStore(pool: Pool, posts = pool) {
  return {
    /**
     * True once for each signature, on whichever replica. A timestamp may lie five minutes ahead and is
     * good for five more, so twice that, and a margin, is how long one must be remembered: by the
     * database's clock alone, whatever the daemons' say.
     */
    async isNew(signature: Buffer): Promise<boolean> {
      const rows = await query(
        posts,
        'slack_request',
        `WITH old AS (
           DELETE FROM slack_requests WHERE signature IN (
             SELECT signature FROM slack_requests WHERE expires_at < now()
             LIMIT 100 FOR UPDATE SKIP LOCKED))
         INSERT INTO slack_requests (signature, expires_at) VALUES ($1, now() + interval '12 minutes')
         ON CONFLICT DO NOTHING RETURNING signature`,
        [signature],
      )
      return rows.length > 0
    },

    /** Every role by name, in the order of all lists; without the instructions, which may be long. */
    roles(): Promise<NamedRole[]> {
      return query<NamedRole>(
        pool,
        'slack_roles',
        'SELECT id, name FROM roles ORDER BY lower(name COLLATE "C"), name COLLATE "C"',
        [],
      )
    },

    async chosenRole({ teamId, userId }: SlackUser): Promise<NamedRole | undefined> {
      const [role] = await query<NamedRole>(
        pool,
        'slack_role',
        `SELECT r.id, r.name FROM slack_users u JOIN roles r ON r.id = u.role_id
         WHERE u.team_id = $1 AND u.user_id = $2`,
        [teamId, userId],
      )
      return role
    },

    /** False when the role is gone. Its lock is taken first, as when it is deleted. */
    async chooseRole({ teamId, userId }: SlackUser, roleId: string): Promise<boolean> {
      const rows = await query(
        posts,
        'slack_choose_role',
        `WITH role AS MATERIALIZED (SELECT id FROM roles WHERE id = $3 FOR KEY SHARE)
         INSERT INTO slack_users (team_id, user_id, role_id) SELECT $1, $2, id FROM role
         ON CONFLICT (team_id, user_id) DO UPDATE SET role_id = excluded.role_id, chosen_at = now()
         RETURNING role_id`,
        [teamId, userId, roleId],
      )
      return rows.length > 0
    },

    async leaveRole({ teamId, userId }: SlackUser): Promise<void> {
      await query(
        posts,
        'slack_leave_role',
        'DELETE FROM slack_users WHERE team_id = $1 AND user_id = $2',
        [teamId, userId],
      )
    },
  }
}
