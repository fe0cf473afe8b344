import { CosmosClient, type Container, type OperationInput } from '@azure/cosmos'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { available, startCosmos, type Engine } from '../src/index.ts'
import { environment } from './support.ts'

const local = environment({ HOLDFAST_ENGINE: 'local' })

function open(connectionString: string): CosmosClient {
  return new CosmosClient({
    connectionString,
    connectionPolicy: { enableEndpointDiscovery: false },
  })
}

/** The status of HTTP that a call ends with. */
async function statusOf(call: Promise<{ statusCode?: number; code?: number }>): Promise<unknown> {
  try {
    const { statusCode, code } = await call
    return statusCode ?? code
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

describe('the stand-in of Cosmos DB', () => {
  let engine: Engine
  let client: CosmosClient
  let container: Container

  beforeAll(async () => {
    engine = await startCosmos({ env: local })
    client = open(engine.url)
    const { database } = await client.databases.createIfNotExists({ id: 'd' })
    const made = await database.containers.createIfNotExists({
      id: 'c',
      partitionKey: { paths: ['/pk'] },
      indexingPolicy: {
        indexingMode: 'consistent',
        automatic: true,
        includedPaths: [{ path: '/n/?' }],
        excludedPaths: [{ path: '/*' }],
        compositeIndexes: [
          [
            { path: '/kind', order: 'ascending' },
            { path: '/n', order: 'ascending' },
          ],
        ],
      },
    })
    container = made.container
  })

  afterAll(async () => {
    client.dispose()
    await engine[Symbol.asyncDispose]()
    await engine[Symbol.asyncDispose]()
  })

  const ask = async (query: string, parameters: Record<string, unknown> = {}, pk = 'q') => {
    const named = Object.entries(parameters).map(([name, value]) => ({
      name,
      value: value as never,
    }))
    const { resources } = await container.items
      .query<unknown>({ query, parameters: named }, { partitionKey: pk })
      .fetchAll()
    return resources
  }

  test('says what it is', () => {
    expect(engine).toMatchObject({
      ...{
        name: 'cosmos',
        grade: 'stand-in',
        via: 'local',
        version: '(the stand-in of the testbed)',
      },
      skipped: [
        'url: HOLDFAST_COSMOS_URL is not set',
        'container: not allowed by HOLDFAST_ENGINE=local',
      ],
    })
  })

  test('does not let in whoever has another key', async () => {
    const other = open(engine.url.replace(/AccountKey=.*/, 'AccountKey=d3Jvbmc=;'))
    expect(await statusOf(other.database('d').read())).toBe(401)
    other.dispose()
  })

  test('answers as documented to items that are there, missing or changed', async () => {
    const { items } = container
    const item = { id: 'a', pk: 'p', n: 1 }
    const { resource } = await items.create(item)
    const stale = { accessCondition: { type: 'IfMatch', condition: '"stale"' } }
    const found = { accessCondition: { type: 'IfMatch', condition: String(resource?._etag) } }
    expect(await statusOf(items.create(item))).toBe(409)
    expect(await statusOf(items.create({ ...item, pk: 'other' }))).toBe(201)
    expect(await statusOf(container.item('none', 'p').delete())).toBe(404)
    expect(await statusOf(container.item('a', 'p').replace(item, stale))).toBe(412)
    expect(await statusOf(container.item('a', 'p').replace(item, found))).toBe(200)
    expect(await statusOf(container.item('a', 'p').delete(found))).toBe(412)
    const add = { op: 'incr', path: '/n', value: 2 } as const
    const where = (condition: string): Promise<unknown> =>
      statusOf(container.item('a', 'p').patch({ operations: [add], condition }))
    expect(await where('FROM c WHERE c.n = 7')).toBe(412)
    expect(await where('FROM c WHERE c.n = 1 OR c.missing = 1')).toBe(200)
    expect((await container.item('a', 'p').read<{ n: number }>()).resource?.n).toBe(3)
    expect(await statusOf(client.database('d').container('none').items.create(item))).toBe(404)
  })

  test('refuses what the service refuses', async () => {
    const { items } = container
    expect(await statusOf(items.create({ id: 'big', pk: 'p', x: 'x'.repeat(2 ** 21) }))).toBe(413)
    expect(await statusOf(items.create({ id: 'x'.repeat(1024), pk: 'p' }))).toBe(400)
    const eleven = Array.from({ length: 11 }, () => ({ op: 'set', path: '/x', value: 1 }) as const)
    expect(await statusOf(container.item('a', 'p').patch(eleven))).toBe(400)
    await expect(ask('SELECT * FROM c ORDER BY c.other')).rejects.toMatchObject({ code: 400 })
    await expect(ask('SELECT * FROM c ORDER BY c.n, c.kind')).rejects.toMatchObject({ code: 400 })
    await expect(ask('SELECT * FORM c')).rejects.toMatchObject({ code: 400 })
  })

  test('a batch is all or nothing', async () => {
    const create = (id: string): OperationInput => ({
      operationType: 'Create',
      resourceBody: { id, pk: 'b' },
    })
    const failed = await container.items.batch([create('x'), create('y'), create('x')], 'b')
    expect(failed.result?.map(({ statusCode }) => statusCode)).toEqual([424, 424, 409])
    expect(await ask('SELECT * FROM c', {}, 'b')).toEqual([])
    const written = await container.items.batch([create('x'), create('y')], 'b')
    expect(written.result?.map(({ statusCode }) => statusCode)).toEqual([201, 201])
    expect(await ask('SELECT VALUE c.id FROM c', {}, 'b')).toEqual(['x', 'y'])
  })

  test('answers questions in the logic of SQL', async () => {
    for (const [id, n, tags] of [
      ['a', 3, ['x']],
      ['b', 1, ['x', 'y']],
      ['c', null, []],
    ] as const) {
      await container.items.create({ id, pk: 'q', kind: 'k', n, tags })
    }
    await container.items.create({ id: 'd', pk: 'q', kind: 'other' })
    const ids = (where: string, parameters?: Record<string, unknown>): Promise<unknown> =>
      ask(`SELECT VALUE c.id FROM c WHERE ${where} ORDER BY c.kind, c.n`, parameters)
    // What has no n is in no index of it, and null comes before numbers.
    expect(await ids('true')).toEqual(['c', 'b', 'a'])
    expect(await ids('c.n > 0')).toEqual(['b', 'a'])
    expect(await ids('NOT (c.n > 0)')).toEqual([])
    expect(await ids('IS_NULL(c.n) OR c.n >= @least', { '@least': 3 })).toEqual(['c', 'a'])
    expect(await ids('c.id IN ("a", \'b\') AND c.n != 3')).toEqual(['b'])
    const suits = 'NOT EXISTS (SELECT VALUE t FROM t IN c.tags WHERE NOT ARRAY_CONTAINS(@tags, t))'
    expect(await ids(suits, { '@tags': ['x'] })).toEqual(['c', 'a'])
    expect(await ask('SELECT c.id, c.n FROM c WHERE c.n = 1')).toEqual([{ id: 'b', n: 1 }])
    const pages = container.items.query('SELECT VALUE c.id FROM c ORDER BY c.kind DESC, c.n DESC', {
      ...{ partitionKey: 'q', maxItemCount: 2 },
    })
    expect((await pages.fetchNext()).resources).toEqual(['a', 'b'])
    expect((await pages.fetchNext()).resources).toEqual(['c'])
    expect(pages.hasMoreResults()).toBe(false)
  })
})

test('a URL that is no connection string is said to be wrong', async () => {
  const env = environment({ HOLDFAST_COSMOS_URL: 'https://localhost:8081' })
  await expect(available('cosmos', env)).rejects.toMatchObject({ code: 'MISCONFIGURED' })
})

test('reaches an account that runs already, and leaves it running', async () => {
  await using running = await startCosmos({ env: local })
  const env = environment({ HOLDFAST_COSMOS_URL: running.url, HOLDFAST_COSMOS_GRADE: 'stand-in' })
  const found = await startCosmos({ env })
  expect(found).toMatchObject({ via: 'url', grade: 'stand-in', url: running.url })
  await found[Symbol.asyncDispose]()
  const client = open(running.url)
  expect(await statusOf(client.getDatabaseAccount())).toBe(200)
  client.dispose()
})
