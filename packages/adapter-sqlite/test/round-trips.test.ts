import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@libsql/client'
import { walkthrough } from '@holdfast/conformance'
import { describe, expect, it } from 'vitest'
import { createSqliteProvider, type LibsqlClient } from '../src/index.ts'
import { startHrana } from './hrana.ts'
import { NOW, aWorkflow, isControl, recorded, temporaryFile, whole } from './support.ts'

/** Methods whose unit has more than one statement, and how many. */
const STATEMENTS: Readonly<Record<string, number>> = {
  ensureStore: 2,
  'workflows.create': 2,
  'workflows.update': 2,
  'workflows.update with subscriptions': 3,
  'workflows.delete': 12,
  'workflows.purge': 13,
  'steps.create': 2,
  'steps.update': 2,
  'events.create': 2,
  'events.purge': 2,
  'subscriptions.create': 2,
  'subscriptions.terminate': 2,
  'commands.process': 3,
  'commands.process of a handler that fails': 2,
  'commands.process of nothing': 1,
  'snapshots.save': 5,
  'snapshots.delete': 4,
  'claims.claim': 2,
  'claims.claimNext': 2,
  'errors.append': 2,
}

/** The handlers of `process` run between taking a command and settling it; a store is made ready in two reads. */
const ROUND_TRIPS: Readonly<Record<string, number>> = {
  ensureStore: 2,
  'commands.process': 2,
  'commands.process of nothing': 1,
}

/** What is expected of a call, or of its method however it goes. */
function expected(counts: Readonly<Record<string, number>>, name: string): number {
  const [method = name] = name.split(/[ ,]/, 1)
  return counts[name] ?? counts[method] ?? 1
}

describe('each call is one round trip', () => {
  it('of a database in this process: one read, or one transaction', async () => {
    const { database, executed } = recorded(new DatabaseSync(':memory:'))
    const store = whole(createSqliteProvider({ database, clock: () => NOW }))
    await store.ensureStore()
    for (const { name, run } of walkthrough(store)) {
      executed.length = 0
      await run()
      const sql = executed.map((each) => each.sql)
      const begins = sql.filter((each) => each === 'begin immediate').length
      const commits = sql.filter((each) => each === 'commit').length
      const statements = sql.filter((each) => !isControl(each)).length
      expect([name, statements]).toEqual([name, expected(STATEMENTS, name)])
      // A read is a statement outside of transactions.
      const roundTrips = begins === 0 ? statements : begins
      expect([name, roundTrips]).toEqual([name, expected(ROUND_TRIPS, name)])
      expect([name, commits]).toEqual([name, begins])
    }
    database.close()
  })

  it('of a libSQL client: one execute, or one batch', async () => {
    const client = createClient({ url: `file:${temporaryFile()}` })
    let calls = 0
    const counting: LibsqlClient = {
      protocol: client.protocol,
      close: () => client.close(),
      execute: async (statement) => {
        calls += 1
        return client.execute(statement)
      },
      batch: async (statements, mode) => {
        calls += 1
        return client.batch(statements, mode)
      },
    }
    const store = whole(createSqliteProvider({ client: counting, clock: () => NOW }))
    await store.ensureStore()
    for (const { name, run } of walkthrough(store)) {
      calls = 0
      await run()
      expect([name, calls]).toEqual([name, expected(ROUND_TRIPS, name)])
    }
    client.close()
  })

  it('of a libSQL server: one request, with its own clock too', async () => {
    await using server = await startHrana(temporaryFile())
    const store = whole(createSqliteProvider({ url: server.url }))
    await store.ensureStore()
    for (const { name, run } of walkthrough(store)) {
      server.requests = 0
      server.statements = 0
      await run()
      expect([name, server.requests]).toEqual([name, expected(ROUND_TRIPS, name)])
      expect([name, server.statements]).toEqual([name, expected(STATEMENTS, name)])
    }
    await store[Symbol.asyncDispose]()
  })
})

describe('calls that are made together', () => {
  it('share a transaction, and each has its own answer', async () => {
    const { database, executed } = recorded(new DatabaseSync(':memory:'))
    const store = whole(createSqliteProvider({ database }))
    await store.ensureStore()
    await store.workflows.create(aWorkflow({ id: '3' }))
    executed.length = 0
    const settled = await Promise.allSettled(
      Array.from({ length: 32 }, (_, index) =>
        store.workflows.create(aWorkflow({ id: String(index), data: index })),
      ),
    )
    const begins = executed.filter(({ sql }) => sql === 'begin immediate')
    expect(begins).toHaveLength(1)
    const failed = settled.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
    expect(failed).toEqual([3])
    expect((await store.workflows.get('4'))?.data).toBe(4)
    expect((await store.workflows.get('3'))?.data).toBe(undefined)
    database.close()
  })

  it('take back only what failed, when one of them fails half-way', async () => {
    const database = new DatabaseSync(':memory:')
    const store = whole(createSqliteProvider({ database }))
    await store.ensureStore()
    await store.workflows.create(aWorkflow({ id: 'w' }))
    database.exec(
      "create trigger no_holds before insert on holdfast_holds begin select raise(abort, 'No'); end",
    )
    const held = { ...HELD, id: 'held' }
    const [open, failing] = await Promise.allSettled([
      store.subscriptions.create({ ...HELD, id: 'open', token: null, workerId: null }),
      store.subscriptions.create(held),
    ])
    expect([open.status, failing.status]).toEqual(['fulfilled', 'rejected'])
    expect(await store.subscriptions.get('open')).not.toBeNull()
    expect(await store.subscriptions.get('held')).toBeNull()
    database.close()
  })

  it('fail together when their transaction is lost', async () => {
    const database = new DatabaseSync(':memory:')
    const store = whole(createSqliteProvider({ database }))
    await store.ensureStore()
    database.exec(
      "create trigger lost before insert on holdfast_holds begin select raise(rollback, 'No'); end",
    )
    const settled = await Promise.allSettled([
      store.subscriptions.create({ ...HELD, id: 'open', token: null, workerId: null }),
      store.subscriptions.create({ ...HELD, id: 'held' }),
      store.subscriptions.create({ ...HELD, id: 'later', token: null, workerId: null }),
    ])
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const { eventName, eventKey } = HELD
    expect((await store.subscriptions.find({ eventName, eventKey, asOf: NOW })).items).toEqual([])
    database.close()
  })
})

const HELD = {
  ...{ workflowId: 'w', stepId: '1', executionPointerId: 'p' },
  ...{ eventName: 'paid', eventKey: 'order-1', subscribeAsOf: NOW },
  ...{ token: 't', workerId: 'u' },
}
