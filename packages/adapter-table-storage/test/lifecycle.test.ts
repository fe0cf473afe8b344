import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  AzureNamedKeyCredential,
  TableClient,
  generateAccountSas,
  generateTableSas,
  type TableSasPermissions,
} from '@azure/data-tables'
import type { TableClient as OldestClient } from 'data-tables-oldest'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { createTableStorageProvider, type TableClientLike } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import {
  aWorkflow,
  addressOf,
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
  expectTypeOf<OldestClient>().toExtend<TableClientLike>()
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
    expect(String(answer)).toContain('check the address')
  })

  it('has a name that nobody knows', async () => {
    const answer = await refusedBy(at(service.url, 'nobody.invalid'))
    const error = { code: 'UNAVAILABLE', retryable: true, outcome: 'not-applied' }
    expect(answer).toMatchObject(error)
    expect(String(answer)).toContain('name of the host')
  })

  it('does not know the account', async () => {
    const answer = await refusedBy(service.url.replaceAll('holdfast', 'nobody'))
    const error = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    expect(answer).toMatchObject(error)
    expect(String(answer)).toContain('check the address')
  })

  it.each([
    [200, 'text/html', '<html>'],
    [200, 'application/json', '{"ok":true}'],
    [404, 'text/html', '<html>'],
  ])('is another one: %i %s', async (status, type, body) => {
    const { host, close } = await answering((server) =>
      server.on('request', (request, response) => {
        request.resume()
        response.writeHead(status, { 'content-type': type }).end(body)
      }),
    )
    const client = openClient(at(service.url, host), 'holdfast')
    const store = service.open(client)
    for (const call of [
      () => store.ping(),
      () => store.ensureStore(),
      () => store.workflows.get('w'),
      () => store.workflows.create(aWorkflow()),
      () => store.state.set({ workflowId: 'w', key: 'k', value: 1 }),
    ]) {
      const message = expect.stringContaining('check the address') as string
      await expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: false, message })
    }
    close()
  })

  it('does not know the key', async () => {
    const key = `AccountKey=${randomBytes(64).toString('base64')}`
    const answer = await refusedBy(service.url.replace(/AccountKey=[^;]+/, key))
    const error = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
    expect(answer).toMatchObject(error)
    expect(String(answer)).toContain('its key')
  })

  it('hangs up', async () => {
    const { host, close } = await answering((server) =>
      server.on('connection', (socket) => socket.destroy()),
    )
    const answer = await refusedBy(at(service.url, host))
    expect(answer).toMatchObject({ code: 'UNAVAILABLE', retryable: true, outcome: 'unknown' })
    close()
  })

  // What the emulator does not refuse: rights to write, a replica that only reads, a firewall.
  it.each([
    [403, 'AuthorizationPermissionMismatch', 'read, add, update and delete'],
    [403, 'InsufficientAccountPermissions', 'primary address'],
    [403, 'AuthorizationFailure', 'firewall'],
    [403, 'AuthenticationFailed', 'its key'],
  ])('refuses with %i %s', async (status, said, advice) => {
    for (const told of ['', `<?xml version="1.0"?><Error><Code>${said}</Code></Error>`]) {
      const { host, close } = await answering((server) =>
        server.on('request', (request, response) => {
          request.resume()
          response.writeHead(status, { 'x-ms-error-code': said, 'content-type': 'application/xml' })
          response.end(told)
        }),
      )
      const answer = await refusedBy(at(service.url, host))
      const error = { code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' }
      expect(answer).toMatchObject(error)
      expect(String(answer)).toContain(advice)
      close()
    }
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

describe('a credential that may not do everything', () => {
  const credential = (): AzureNamedKeyCredential => {
    const [, name = '', key = ''] = /AccountName=([^;]+);AccountKey=([^;]+)/.exec(service.url) ?? []
    return new AzureNamedKeyCredential(name, key)
  }
  const expiresOn = new Date(Date.now() + 3_600_000)

  /** A client whose rights are those of a signature. */
  const signed = (signature: string, table: string): TableClient =>
    new TableClient(`${addressOf(service.url).href}?${signature}`, table, {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
    })

  const refused = (advice: string): object => ({
    ...{ code: 'UNAVAILABLE', retryable: false, outcome: 'not-applied' },
    message: expect.stringContaining(advice) as string,
  })

  it('may not read', async () => {
    const { tableName: table } = await service.openTable()
    const open = (permissions: TableSasPermissions): Store =>
      service.open(signed(generateTableSas(table, credential(), { permissions, expiresOn }), table))
    await open({ query: true, add: true }).ping()
    await expect(open({ add: true }).ping()).rejects.toMatchObject(refused('it needs to read'))
  })

  it('has expired', async () => {
    const { tableName: table } = await service.openTable()
    const past = { permissions: { query: true }, expiresOn: new Date(0) }
    const store = service.open(signed(generateTableSas(table, credential(), past), table))
    await expect(store.ping()).rejects.toMatchObject(refused('check the account'))
  })

  it('may not make a table, and is told so where there is none', async () => {
    const open = (resourceTypes: string, table: string): Store => {
      const rights = { query: true, list: true, add: true, update: true, delete: true }
      const permissions = { ...rights, create: true, write: true }
      const options = { services: { table: true }, expiresOn, resourceTypes, permissions }
      return service.open(signed(generateAccountSas(credential(), options), table))
    }
    const table = tableName()
    await expect(open('o', table).ensureStore()).rejects.toMatchObject(refused('it needs to read'))
    // Of the table and its rows, and then of the rows.
    await open('co', table).ensureStore()
    await open('o', table).ensureStore()
  })
})
