import type { Context } from 'hono'
import type { AppEnv } from '../http/env.js'
import type { Page } from '../store/page.js'

/** Names the next (older) page in the Link header (RFC 8288). */
export function linkNext<Row>(c: Context<AppEnv>, page: Page<Row>): Row[] {
  if (page.next !== undefined) {
    const url = new URL(c.req.url)
    url.searchParams.set('cursor', page.next)
    c.header('Link', `<${url.pathname}${url.search}>; rel="next"`)
  }
  return page.rows
}
