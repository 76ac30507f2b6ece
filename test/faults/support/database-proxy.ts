import { join } from 'node:path'
import { type Reachable, type TestDatabase, urlOf } from '../../support/database.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'

/** A bad network between daemons and their database. */
interface DatabaseProxy {
  readonly proxy: FaultProxy
  /** The database's, through the proxy. */
  readonly connection: Reachable
  /** The same for C2A_DATABASE_URL. */
  readonly url: string
}

export async function startDatabaseProxy(
  database: Pick<TestDatabase, 'connection'>,
): Promise<DatabaseProxy> {
  const { host, port } = database.connection
  const proxy = await startFaultProxy({ to: { path: join(host, `.s.PGSQL.${port}`) } })
  const connection = { ...database.connection, host: '127.0.0.1', port: proxy.port }
  return { proxy, connection, url: urlOf(connection) }
}
