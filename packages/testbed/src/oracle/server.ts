import type { Identity } from '../ladder.ts'
import { identify as identifyPostgres } from '../postgres/server.ts'

interface Driver {
  getConnection(
    credentials: Record<string, string>,
  ): Promise<{ readonly oracleServerVersionString: string; close(): Promise<void> }>
}

/** What `oracledb` connects with, from `oracle://user:password@host:port/service`. */
export function credentialsOf(url: string): {
  readonly user: string
  readonly password: string
  readonly connectString: string
} {
  const { username, password, host, pathname } = new URL(url)
  return {
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    connectString: `${host}${pathname}`,
  }
}

/** Connects once and asks the server for its version. */
export async function identify(url: string): Promise<Identity> {
  if (!url.startsWith('oracle:')) return standIn(await identifyPostgres(url))
  // By a name that the compiler does not follow: the driver has no types of its own.
  const name: string = 'oracledb'
  const { default: oracledb } = (await import(name)) as { readonly default: Driver }
  const connection = await oracledb.getConnection(credentialsOf(url))
  try {
    return { version: connection.oracleServerVersionString, grade: 'real' }
  } finally {
    await connection.close()
  }
}

/** A PostgreSQL in the place of Oracle is none, whatever it is in its own. */
export function standIn({ version }: Identity): Identity {
  return { version: `(translated to PostgreSQL ${version})`, grade: 'stand-in' }
}
