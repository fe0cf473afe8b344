import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createClient } from '@libsql/client'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { createSqliteProvider, type SqliteSource } from '../src/index.ts'
import { startHrana } from './hrana.ts'
import { holdLock, inProcesses } from './processes.ts'
import { NOW, aSnapshot, aWorkflow, temporaryFile, whole, type Whole } from './support.ts'

async function opened(source: SqliteSource): Promise<Whole> {
  const store = whole(createSqliteProvider(source))
  await store.ensureStore()
  return store
}

describe('what was handed in', () => {
  it('is usable after disposal: node:sqlite', async () => {
    const database = new DatabaseSync(':memory:')
    await using store = await opened({ database })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    expect(database.prepare('select id from holdfast_workflows').all()).toEqual([{ id: 'w' }])
    database.close()
  })

  it('is usable after disposal: better-sqlite3', async () => {
    const database = new Database(':memory:')
    await using store = await opened({ database })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    expect(database.prepare('select id from holdfast_workflows').all()).toEqual([{ id: 'w' }])
    database.close()
  })

  it('is usable after disposal: libSQL', async () => {
    const client = createClient({ url: ':memory:' })
    await using store = await opened({ client })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    expect((await client.execute('select id from holdfast_workflows')).rows).toHaveLength(1)
    client.close()
  })

  it('keeps its settings, and they do not show in results', async () => {
    const file = temporaryFile()
    const node = new DatabaseSync(file, {
      readBigInts: true,
      returnArrays: true,
      allowBareNamedParameters: false,
    })
    const before = node.prepare('pragma synchronous').all()
    const store = await opened({ database: node })
    const created = await store.workflows.create(aWorkflow({ id: 'w' }))
    expect(await store.workflows.get('w')).toStrictEqual(created)
    expect(node.prepare('pragma journal_mode').all()).toEqual([['delete']])
    expect(node.prepare('pragma synchronous').all()).toEqual(before)
    node.close()

    const better = new Database(':memory:').defaultSafeIntegers()
    const other = await opened({ database: better })
    expect((await other.workflows.create(aWorkflow({ nextExecution: 0 }))).version).toBe(1)
    better.close()

    const client = createClient({ url: ':memory:', intMode: 'bigint' })
    const third = await opened({ client })
    const key = { workflowId: 'w', stepId: 's' }
    const made = await third.steps.create({
      ...{ ...key, executionIndex: 2, status: 'pending', attempt: 0 },
    })
    expect(await third.steps.get(key)).toStrictEqual(made)
    client.close()
  })

  it('may not be inside a transaction of its owner, which stays open', async () => {
    const database = new DatabaseSync(':memory:')
    const store = await opened({ database })
    database.exec('begin')
    await expect(store.workflows.create(aWorkflow({ id: 'w' }))).rejects.toMatchObject({
      code: 'BUSY',
      outcome: 'not-applied',
    })
    database.exec('commit')
    await store.workflows.create(aWorkflow({ id: 'w' }))
    database.close()
  })

  it('is UNAVAILABLE when its owner has closed it', async () => {
    const database = new DatabaseSync(':memory:')
    const store = await opened({ database })
    database.close()
    await expect(store.workflows.get('w')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(store.workflows.delete('w')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('what we opened', () => {
  it.each([
    ['path', (file: string) => ({ path: file })],
    ['url', (file: string) => ({ url: `file:${file}` })],
  ])('by %s is closed on disposal, and its writes are there afterwards', async (by, sourceOf) => {
    const file = temporaryFile()
    const store = await opened(sourceOf(file))
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    // The last connection that closes a file takes the log with it; libSQL leaves it there.
    if (by === 'path') expect(existsSync(`${file}-wal`)).toBe(false)
    await using again = whole(createSqliteProvider(sourceOf(file)))
    expect(await again.workflows.get('w')).not.toBeNull()
  })

  it('in memory is one store for the life of the provider', async () => {
    for (const source of [{ path: ':memory:' }, { url: ':memory:' }]) {
      await using store = await opened(source)
      await store.workflows.create(aWorkflow({ id: 'w' }))
      expect(await store.workflows.get('w')).not.toBeNull()
    }
  })

  it('waits for calls under way before it closes', async () => {
    const file = temporaryFile()
    const store = await opened({ path: file })
    const created = store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    await expect(created).resolves.toMatchObject({ id: 'w' })
  })
})

describe('what goes wrong is said', () => {
  const folder = (): string => `${temporaryFile()}-none/store.db`

  it.each<[string, () => SqliteSource, string]>([
    ['no folder', () => ({ path: folder() }), 'cannot be opened'],
    ['no folder, libSQL', () => ({ url: `file:${folder()}` }), 'cannot be opened'],
    ['no database', () => ({ path: garbage() }), 'not a database'],
    ['no database, libSQL', () => ({ url: `file:${garbage()}` }), 'not a database'],
    ['no such scheme', () => ({ url: 'gopher://host' }), 'url is not valid'],
    ['no tables', () => ({ path: temporaryFile() }), 'run ensureStore()'],
    ['no tables, libSQL', () => ({ url: `file:${temporaryFile()}` }), 'run ensureStore()'],
  ])('%s: UNAVAILABLE', async (_, sourceOf, message) => {
    await using store = whole(createSqliteProvider(sourceOf()))
    const error = await store.workflows.get('w').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'PersistenceError', code: 'UNAVAILABLE' })
    expect(String(error)).toContain(message)
    await expect(store.workflows.delete('w')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('a file that could not be opened is opened by the next call', async () => {
    const file = temporaryFile()
    writeFileSync(file, 'This is no database, and long enough for its header to be read')
    await using store = whole(createSqliteProvider({ path: file }))
    await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    writeFileSync(file, '')
    await store.ping()
  })

  // The administrator writes to read-only files.
  it.skipIf(process.getuid?.() === 0)('a read-only file is read, and refuses writes', async () => {
    const file = temporaryFile()
    const store = await opened({ path: file })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    chmodSync(file, 0o444)
    await expectReadOnly({ path: file })
  })

  it('a database that was opened read-only is read, and refuses writes', async () => {
    const file = temporaryFile()
    const store = await opened({ path: file })
    await store.workflows.create(aWorkflow({ id: 'w' }))
    await store[Symbol.asyncDispose]()
    const database = new DatabaseSync(file, { readOnly: true })
    await expectReadOnly({ database })
    database.close()
  })

  async function expectReadOnly(source: SqliteSource): Promise<void> {
    await using store = whole(createSqliteProvider(source))
    expect(await store.workflows.get('w')).not.toBeNull()
    await store.ensureStore()
    await expect(store.workflows.delete('w')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      outcome: 'not-applied',
    })
  }

  function garbage(): string {
    const file = temporaryFile()
    writeFileSync(file, 'This is no database, and long enough for its header to be read'.repeat(20))
    return file
  }
})

describe('a server that does not answer', () => {
  it('because it is not there: nothing was applied', async () => {
    const server = await startHrana(temporaryFile())
    await server[Symbol.asyncDispose]()
    await using store = whole(createSqliteProvider({ url: server.url }))
    await expect(store.workflows.delete('w')).rejects.toMatchObject({
      ...{ code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' },
    })
  })

  it('leaves the outcome unknown, and the repeat with the same request id is safe', async () => {
    await using server = await startHrana(temporaryFile())
    await using store = await opened({ url: server.url })
    const options = { requestId: 'r' }
    const create = (): Promise<unknown> => store.workflows.create(aWorkflow({ id: 'w' }), options)
    for (const mishap of ['drop-before', 'drop-after', 500, 503] as const) {
      server.mishap = mishap
      await expect(create()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: true,
        outcome: 'unknown',
      })
    }
    expect(await create()).toMatchObject({ id: 'w', version: 1 })
    server.mishap = 401
    await expect(store.ping()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false })
    server.mishap = 429
    await expect(store.ping()).rejects.toMatchObject({ code: 'BUSY', retryable: true })
  })

  it('stamps and judges by its own clock', async () => {
    await using server = await startHrana(temporaryFile())
    await using store = await opened({ url: server.url })
    const before = Date.now()
    const { createdAt } = await store.workflows.create(aWorkflow())
    // The stand-in has the clock of this machine; SQLite's and ours may round differently.
    expect(createdAt).toBeGreaterThanOrEqual(before - 2)
    expect(createdAt).toBeLessThanOrEqual(Date.now() + 2)
  })
})

describe('other processes', () => {
  it('that hold the lock make a write BUSY when the timeout is over, and it may be tried again', async () => {
    const file = temporaryFile()
    await using store = await opened({ path: file })
    await using impatient = whole(createSqliteProvider({ path: file, busyTimeout: 50 }))
    const lock = await holdLock(file)
    const busy = { code: 'BUSY', retryable: true, outcome: 'not-applied' }
    const started = performance.now()
    await expect(impatient.workflows.create(aWorkflow({ id: 'w' }))).rejects.toMatchObject(busy)
    expect(performance.now() - started).toBeGreaterThan(40)
    expect(await impatient.workflows.get('w'), 'readers do not wait').toBeNull()
    await lock[Symbol.asyncDispose]()
    await impatient.workflows.create(aWorkflow({ id: 'w' }))
    expect(await store.workflows.get('w')).not.toBeNull()
  })

  it('race for claims, updates and commands: each has one winner', async () => {
    const file = temporaryFile()
    await using store = await opened({ path: file })
    const tasks = Array.from({ length: 200 }, (_, index) => ({ taskId: `t-${index}` }))
    await store.snapshots.save(aSnapshot({ readyTasks: tasks }))
    await store.workflows.create(aWorkflow({ id: 'w' }))
    for (let index = 0; index < 200; index += 1) {
      await store.commands.schedule({ name: 'n', data: String(index), executeAt: NOW })
    }
    const names = ['a', 'b', 'c-libsql', 'd-libsql']
    const results = await inProcesses<Raced>(file, 'race', names)
    const winners = results.map(({ claim }) => claim).filter((claim) => claim !== 'null')
    expect(winners).toHaveLength(1)
    const taken = results.flatMap(({ next }) => next)
    expect(taken).toHaveLength(199)
    expect(new Set(taken).size).toBe(199)
    const updates = results.map(({ update }) => update).filter((update) => update !== 'CONFLICT')
    expect(updates).toHaveLength(1)
    const data = (await store.workflows.get('w'))?.data
    expect(updates).toEqual([JSON.stringify(data)])
    expect(results.reduce((sum, result) => sum + result.taken, 0)).toBe(200)
  })
})

interface Raced {
  readonly claim: string
  readonly next: readonly string[]
  readonly update: string
  readonly taken: number
}
