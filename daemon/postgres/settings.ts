export interface ServerSettings {
  readonly socketDir: string
  /** Off only for tests: a power cut may then take the database with it. */
  readonly fsync: boolean
  readonly maxConnections: number
}

/**
 * Given on the command line, so that an edited postgresql.conf can add to them but not open a port.
 * Small, since it serves one person: 22 MB of memory in all.
 */
export function serverArguments({ socketDir, fsync, maxConnections }: ServerSettings): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    port: '5432',
    max_connections: String(maxConnections),
    shared_buffers: '16MB',
    // Bounds the disk and the time that recovery takes after a crash.
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Neither a failed statement nor the row in an error's detail: they hold what people wrote.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    // A commit is still written before it is acknowledged, so a kill -9 loses nothing even so.
    ...(!fsync && { fsync: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}
