import { Client } from 'pg'
import type { Identity } from '../ladder.ts'

/**
 * Servers that speak PostgreSQL's protocol, and state a PostgreSQL version to be accepted by its
 * clients, name themselves in `version()` only. PGlite is compiled by emscripten's emcc.
 */
const PRODUCT = /^PostgreSQL \d/
const FORK = /-YB-|emcc|greenplum|redshift/i

/**
 * Arguments of initdb: text sorts by the rules of a language, as in most production databases, and
 * not byte by byte, as in the cluster that a bare container creates on Alpine. Code that relies on
 * the order of bytes without saying so fails on either.
 */
export const LINGUISTIC_ORDER: readonly string[] = ['--locale-provider=icu', '--icu-locale=en-US']

/** Connects once and asks the server for its version. */
export async function identify(url: string): Promise<Identity> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
    application_name: 'holdfast testbed',
  })
  // A connection that breaks also rejects what waits for it; without a listener the event would
  // end the process before that.
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; banner: string }>(
      `select current_setting('server_version') as version, version() as banner`,
    )
    const [row] = rows
    if (row === undefined) throw new Error('the server did not state its version')
    const real = PRODUCT.test(row.banner) && !FORK.test(row.banner)
    return { version: row.version, grade: real ? 'real' : 'stand-in' }
  } finally {
    await client.end()
  }
}
