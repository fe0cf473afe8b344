import { available, EngineError, oracleCredentials, type Engine } from '@holdfast/testbed'
import { importDriver, type OwnPool } from '../src/driver.ts'
import type { OraclePool } from '../src/index.ts'
import { openShim, openShimPool, type ShimDatabase } from './shim/pool.ts'

/** A database for tests: an Oracle, or what stands in for one. */
export interface TestDatabase extends AsyncDisposable {
  readonly engine: Engine
  /** Where another process finds it, with {@link openPoolAt}. */
  readonly url: string
  /** What stands in for Oracle, unless it is one. */
  readonly shim: ShimDatabase | undefined
  readonly pool: OraclePool
  /** Another pool, that goes with this one; by another way with `address`. */
  openPool(address?: string): Promise<OraclePool>
  /** Runs SQL of Oracle, and commits. */
  run(sql: string, binds?: Record<string, unknown>): Promise<void>
}

/** @throws {EngineError} `UNAVAILABLE` when this machine has neither */
export async function openDatabase(): Promise<TestDatabase> {
  const engine = await available('oracle')
  if (engine.grade === 'none') throw new EngineError('UNAVAILABLE', engine.reason)
  const isOracle = engine.url.startsWith('oracle:')
  const shim = isOracle ? undefined : await openShim(engine.url)
  const pools: { close(drainTime: number): Promise<void> }[] = []

  const openPool = async (address?: string): Promise<OraclePool> => {
    if (shim) return shim.openPool(address === undefined ? {} : { address })
    const pool = await createPool(engine.url, address)
    pools.push(pool)
    return pool
  }

  const pool = await openPool()
  return {
    engine,
    url: shim?.url ?? engine.url,
    shim,
    pool,
    openPool,
    async run(sql, binds = {}) {
      const connection = await pool.getConnection()
      try {
        await connection.execute(sql, binds, { autoCommit: true })
      } finally {
        await connection.close()
      }
    },
    async [Symbol.asyncDispose]() {
      for (const opened of pools) await opened.close(0)
      await shim?.[Symbol.asyncDispose]()
      await engine[Symbol.asyncDispose]()
    },
  }
}

/** A pool of another process, which ends with it. */
export async function openPoolAt(url: string): Promise<OraclePool> {
  return url.startsWith('oracle:') ? createPool(url) : openShimPool(url)
}

async function createPool(url: string, address?: string): Promise<OwnPool> {
  const driver = await importDriver()
  const { connectString, ...user } = oracleCredentials(url)
  const service = connectString.slice(connectString.indexOf('/'))
  return driver.createPool({
    ...user,
    connectString: address === undefined ? connectString : `${address}${service}`,
    poolMax: 20,
  })
}

const TABLES = ['tasks', 'snapshots', 'workflows', 'steps', 'outputs', 'state', 'events'].concat([
  'subscriptions',
  'commands',
  'errors',
  'meta',
])

/** Drops a store. What stands in for Oracle goes as a whole. */
export async function dropStore({ shim, run }: TestDatabase, prefix: string): Promise<void> {
  if (shim) return
  for (const table of TABLES) await run(`drop table "${prefix}${table.toUpperCase()}" purge`)
  await run(`drop sequence "${prefix}TOKENS"`)
}
