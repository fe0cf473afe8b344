import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createSqliteProvider, type LibsqlClient, type SqliteDatabase } from '../src/index.ts'
import { NOW, whole } from './support.ts'

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

it('what is outside the value domain is refused, and no driver is called', async () => {
  const { database, client, seen } = untouchable()
  expect(await notRefused(createSqliteProvider({ database }))).toEqual([])
  expect(await notRefused(createSqliteProvider({ client }))).toEqual([])
  expect(seen).toEqual([])
})

it('a disposed provider calls no driver', async () => {
  const { database, seen } = untouchable()
  const store = whole(createSqliteProvider({ database }))
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
