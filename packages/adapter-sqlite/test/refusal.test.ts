import { expect, it } from 'vitest'
import { createSqliteProvider, type LibsqlClient, type SqliteDatabase } from '../src/index.ts'
import { NOW, aSnapshot, aSubscription, aWorkflow, whole, type Whole } from './support.ts'

// U+0000 and a lone surrogate: SQLite would cut the first off and replace the second.
const BAD = ['', 'a\0b', 'a\ud800', 'x'.repeat(256)]

function refusedCalls(store: Whole, bad: string): (() => Promise<unknown>)[] {
  const { workflows, steps, state, events, subscriptions, commands, snapshots, claims, errors } =
    store
  const topic = { eventName: bad, eventKey: 'k' }
  const task = { instanceId: 'i', workflowId: 'w', taskId: bad }
  const claim = { ...task, workerId: 'u', token: 1, claimedAt: NOW, expiresAt: null }
  const step = { workflowId: 'w', stepId: bad }
  return [
    () => workflows.create(aWorkflow({ id: bad })),
    () => workflows.create(aWorkflow({ data: Number.NaN })),
    () => workflows.get(bad),
    () => workflows.getMany(['w', bad]),
    () => workflows.update({ ...aWorkflow(), id: bad, version: 1 }),
    () =>
      workflows.update(
        { ...aWorkflow(), id: 'w', version: 1 },
        { subscriptions: [aSubscription({ eventKey: bad })] },
      ),
    () => workflows.delete(bad),
    () => workflows.list({ definitionId: bad }),
    () => workflows.list({ limit: 1001 }),
    () => workflows.list({ cursor: 'made up' }),
    () => workflows.getRunnable({ asOf: 0.5 }),
    () => workflows.purge({ status: 'complete', olderThan: Infinity }),
    () => steps.create({ ...step, executionIndex: 0, status: 'pending', attempt: 0 }),
    () => steps.get(step),
    () => steps.update({ ...step, executionIndex: 0, status: 'pending', attempt: 0, version: 1 }),
    () => steps.list({ workflowId: bad }),
    () => steps.saveOutput({ ...step, output: 1 }),
    () => steps.loadOutput(step),
    () => state.set({ workflowId: 'w', key: bad, value: 1 }),
    () => state.get({ workflowId: 'w', key: bad }),
    () => state.delete({ workflowId: 'w', key: bad }),
    () => state.getAll(bad),
    () => events.create({ ...topic, eventTime: NOW }),
    () => events.get(bad),
    () => events.find({ ...topic, asOf: NOW }),
    () => events.getRunnable({ asOf: Number.NaN }),
    () => events.markProcessed(bad),
    () => events.markUnprocessed(bad),
    () => events.purge({ olderThan: 8.64e15 + 1 }),
    () => subscriptions.create(aSubscription({ id: bad })),
    () => subscriptions.get(bad),
    () => subscriptions.find({ ...topic, asOf: NOW }),
    () => subscriptions.findFirstOpen({ ...topic, asOf: NOW }),
    () => subscriptions.terminate(bad),
    () => subscriptions.setToken('s', { token: bad, workerId: 'u', ttl: 1 }),
    () => subscriptions.clearToken('s', bad),
    () => commands.schedule({ name: bad, data: '', executeAt: NOW }),
    () => commands.process({ asOf: NOW, limit: 0 }, () => undefined),
    () => commands.list({ limit: 0 }),
    () => snapshots.save(aSnapshot({ instanceId: bad })),
    () => snapshots.load({ instanceId: 'i', workflowId: bad }),
    () => snapshots.delete({ instanceId: 'i', workflowId: bad }),
    () => snapshots.list({ limit: -1 }),
    () => claims.claim({ ...task, workerId: 'u', ttl: 1 }),
    () => claims.extend(claim, 1),
    () => claims.release(claim),
    () => claims.findAvailable({ tags: [bad] }),
    () => claims.claimNext({ workerId: bad, ttl: 1 }),
    () => errors.append([{ workflowId: bad, errorTime: NOW, message: '' }]),
    () => errors.list({ workflowId: bad }),
  ]
}

/** Drivers that must see no call. */
function untouchable(): {
  readonly database: SqliteDatabase
  readonly client: LibsqlClient
  readonly seen: string[]
} {
  const seen: string[] = []
  const see = (call: string): never => {
    seen.push(call)
    throw new Error(`${call} was called`)
  }
  return {
    seen,
    database: {
      prepare: (sql) => see(sql),
      exec: (sql) => see(sql),
      close: () => see('close'),
    },
    client: {
      protocol: 'http',
      execute: async ({ sql }) => see(sql),
      batch: async () => see('batch'),
      close: () => see('close'),
    },
  }
}

it.each(BAD)('%j is refused before any I/O, by every method', async (bad) => {
  const { database, client, seen } = untouchable()
  for (const source of [{ database }, { client }]) {
    const store = whole(createSqliteProvider(source))
    for (const call of refusedCalls(store, bad)) {
      const error = await call().catch((thrown: unknown) => thrown)
      expect({ call: call.toString(), error }).toMatchObject({ error: { code: 'INVALID_VALUE' } })
    }
    await store[Symbol.asyncDispose]()
  }
  expect(seen).toEqual([])
})

it('what is above maxPayloadBytes is TOO_LARGE before any I/O', async () => {
  const { database, seen } = untouchable()
  const store = whole(createSqliteProvider({ database }))
  const large = 'x'.repeat(store.capabilities.maxPayloadBytes)
  for (const call of [
    () => store.workflows.create(aWorkflow({ data: large })),
    () => store.workflows.update({ ...aWorkflow({ data: large }), id: 'w', version: 1 }),
    () => store.state.set({ workflowId: 'w', key: 'k', value: large }),
    () => store.snapshots.save(aSnapshot({ state: large })),
    () => store.errors.append([{ workflowId: 'w', errorTime: NOW, message: large }]),
  ]) {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'TOO_LARGE' })
  }
  expect(seen).toEqual([])
})

it('an aborted signal, and a disposed provider, reach no driver', async () => {
  const { database, seen } = untouchable()
  const store = whole(createSqliteProvider({ database }))
  const options = { signal: AbortSignal.abort() }
  await expect(store.workflows.get('w', options)).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(store.ensureStore(options)).rejects.toMatchObject({ code: 'ABORTED' })
  await store[Symbol.asyncDispose]()
  await expect(store.workflows.get('w')).rejects.toMatchObject({ code: 'CLOSED' })
  expect(seen).toEqual([])
})

it('the wrong options are a mistake of the program', () => {
  const { database, client } = untouchable()
  expect(() => createSqliteProvider({} as { path: string })).toThrow(TypeError)
  expect(() => createSqliteProvider({ database, client })).toThrow(TypeError)
  expect(() => createSqliteProvider({ path: 'a', busyTimeout: -1 })).toThrow(TypeError)
  expect(() => createSqliteProvider({ path: 'a', busyTimeout: 0.5 })).toThrow(TypeError)
  expect(() => createSqliteProvider({ database, namespace: 'a\0' })).toThrow('namespace')
})

it('what the store can do is said from the start', () => {
  const { database, client } = untouchable()
  const clock = (): number => NOW
  const capabilitiesOf = (source: Parameters<typeof createSqliteProvider>[0]): string[] => {
    const { capabilities } = createSqliteProvider(source)
    return [capabilities.clock, capabilities.durability]
  }
  expect(capabilitiesOf({ path: 'a' })).toEqual(['process', 'restart'])
  expect(capabilitiesOf({ path: ':memory:' })).toEqual(['process', 'process'])
  expect(capabilitiesOf({ database })).toEqual(['process', 'restart'])
  expect(capabilitiesOf({ database: { ...database, memory: true } })).toEqual([
    'process',
    'process',
  ])
  expect(capabilitiesOf({ database: { ...database, location: () => null } })).toEqual([
    'process',
    'process',
  ])
  expect(capabilitiesOf({ client })).toEqual(['server', 'restart'])
  expect(capabilitiesOf({ client: { ...client, protocol: 'file' } })).toEqual([
    'process',
    'restart',
  ])
  expect(capabilitiesOf({ url: 'libsql://host' })).toEqual(['server', 'restart'])
  expect(capabilitiesOf({ url: 'file:a.db' })).toEqual(['process', 'restart'])
  expect(capabilitiesOf({ url: ':memory:' })).toEqual(['process', 'process'])
  expect(capabilitiesOf({ url: 'libsql://host', clock })).toEqual(['injected', 'restart'])
})
