import { DatabaseSync } from 'node:sqlite'
import { SPEC_VERSION } from '@holdfast/spec'
import { describe, expect, it } from 'vitest'
import { SCHEMA_SQL, createSqliteProvider } from '../src/index.ts'
import { inProcesses } from './processes.ts'
import { aWorkflow, temporaryFile, whole } from './support.ts'

const PROCESSES = ['a', 'b', 'c', 'd', 'e-libsql', 'f-libsql']

describe('from several processes at once', () => {
  it('an empty file becomes one store, and nobody fails', async () => {
    const file = temporaryFile()
    const results = await inProcesses(file, 'ensure', PROCESSES)
    expect(results).toEqual(PROCESSES.map(() => ['undefined', 'undefined']))
    const database = new DatabaseSync(file)
    expect(database.prepare('select * from holdfast_meta').all()).toEqual([
      { key: 'spec_version', value: SPEC_VERSION },
    ])
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
    database.close()
  })

  it('a store that is in use keeps its records', async () => {
    const file = temporaryFile()
    const store = whole(createSqliteProvider({ path: file }))
    await store.ensureStore()
    await store.workflows.create(aWorkflow({ id: 'kept' }))
    const results = await inProcesses(file, 'ensure', PROCESSES)
    expect(results).toEqual(PROCESSES.map(() => ['undefined', '1']))
    await store[Symbol.asyncDispose]()
  })
})

it('called again changes nothing', async () => {
  const database = new DatabaseSync(':memory:')
  const store = whole(createSqliteProvider({ database }))
  await store.ensureStore()
  await store.workflows.create(aWorkflow({ id: 'kept' }))
  const schema = database.prepare('select * from sqlite_schema').all()
  await store.ensureStore()
  await whole(createSqliteProvider({ database, namespace: 'other' })).ensureStore()
  expect(database.prepare('select * from sqlite_schema').all()).toEqual(schema)
  expect(await store.workflows.get('kept')).not.toBeNull()
  database.close()
})

it('the exported text makes the same store', async () => {
  const made = new DatabaseSync(':memory:')
  const written = new DatabaseSync(':memory:')
  await createSqliteProvider({ database: made }).ensureStore()
  written.exec(SCHEMA_SQL)
  written.exec(SCHEMA_SQL)
  const schema = 'select type, name, sql from sqlite_schema order by name'
  expect(written.prepare(schema).all()).toEqual(made.prepare(schema).all())
  const store = whole(createSqliteProvider({ database: written }))
  await store.ensureStore()
  expect(await store.workflows.get('w')).toBeNull()
  made.close()
  written.close()
})

it('tables of another version are refused, and stay as they are', async () => {
  const database = new DatabaseSync(':memory:')
  const store = createSqliteProvider({ database })
  await store.ensureStore()
  database.exec(`update holdfast_meta set value = ${SPEC_VERSION + 1}`)
  await expect(store.ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining(`of version ${SPEC_VERSION + 1}`) as string,
  })
  database.close()
})

it('tables of the application beside ours are left alone', async () => {
  const database = new DatabaseSync(':memory:')
  database.exec("create table events (id text); insert into events values ('mine')")
  const store = whole(createSqliteProvider({ database }))
  await store.ensureStore()
  await store.events.create({ eventName: 'n', eventKey: 'k', eventTime: 0 })
  expect(database.prepare('select * from events').all()).toEqual([{ id: 'mine' }])
  database.close()
})
