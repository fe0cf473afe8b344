import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TableClient } from '@azure/data-tables'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createTableStorageProvider, type TableClientLike } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import {
  aWorkflow,
  at,
  openClient,
  openService,
  outcomeOf,
  tableName,
  type Service,
} from './support.ts'

let service: Service

beforeAll(async () => {
  service = await openService()
})

afterAll(async () => service[Symbol.asyncDispose]())

it('takes a TableClient as it is', () => {
  expectTypeOf<TableClient>().toExtend<TableClientLike>()
})

it('leaves a client that was handed in usable', async () => {
  const client = await service.openTable()
  const store = service.open(client, { namespace: 'n' })
  const { id } = await store.workflows.create(aWorkflow())
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
  expect(await service.open(client, { namespace: 'n' }).workflows.get(id)).not.toBeNull()
})

it('waits for calls under way before it is disposed of', async () => {
  const store = service.open(await service.openTable())
  const calls = [store.workflows.create(aWorkflow()), store.workflows.create(aWorkflow())]
  await store[Symbol.asyncDispose]()
  expect(await Promise.all(calls.map(outcomeOf))).toEqual(['ok', 'ok'])
})

it('opens a client of its own, for the table that is named', async () => {
  const table = tableName()
  await using store = createTableStorageProvider({
    connectionString: service.url,
    tableName: table,
  }) as Store
  await store.ensureStore()
  const { id } = await store.workflows.create(aWorkflow())
  const other = service.open(openClient(service.url, table), { namespace: 'default' })
  expect(await other.workflows.get(id)).not.toBeNull()
})

describe('a service that cannot be used', () => {
  // The driver tries again for some seconds, unless it is told not to.
  const refusedBy = async (url: string): Promise<unknown> => {
    const client = openClient(url, 'holdfast', { retryOptions: { maxRetries: 0 } })
    const call = service.open(client).workflows.create(aWorkflow())
    return call.catch((error: unknown) => error)
  }

  const answering = async (
    answer: (server: Server) => Server,
  ): Promise<{ readonly host: string; close(): void }> => {
    const server = answer(createServer()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return { host: `127.0.0.1:${port}`, close: () => void server.close() }
  }

  it('does not listen', async () => {
    const { host, close } = await answering((server) => server)
    close()
    const answer = await refusedBy(at(service.url, host))
    const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(answer).toMatchObject(error)
    expect(String(answer)).toContain('ECONNREFUSED')
  })

  it('does not know the key', async () => {
    const key = `AccountKey=${randomBytes(64).toString('base64')}`
    const answer = await refusedBy(service.url.replace(/AccountKey=[^;]+/, key))
    const error = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    expect(answer).toMatchObject(error)
  })

  it('hangs up', async () => {
    const { host, close } = await answering((server) =>
      server.on('connection', (socket) => socket.destroy()),
    )
    const answer = await refusedBy(at(service.url, host))
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' })
    close()
  })

  it.each([
    [503, 'ServerBusy', 'BUSY'],
    [500, 'OperationTimedOut', 'BUSY'],
    [500, 'InternalError', 'UNAVAILABLE'],
  ])('answers %i %s', async (status, said, code) => {
    const { host, close } = await answering((server) =>
      server.on('request', (_, response) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ 'odata.error': { code: said, message: { value: said } } }))
      }),
    )
    const answer = await refusedBy(at(service.url, host))
    expect(answer).toMatchObject({ code, retryable: true, outcome: 'unknown' })
    close()
  })

  it.each(['', 'nonsense', 'AccountName=x'])('has the connection string %j', async (url) => {
    await using store = createTableStorageProvider({ connectionString: url })
    const error = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    await expect(store.ping()).rejects.toMatchObject(error)
  })
})
