import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importDriver } from '../src/driver.ts'
import type { OraclePool } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import type { ShimDatabase } from './shim/pool.ts'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'
import { unusableServers } from './unusable-servers.ts'

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('leaves a pool that was handed in open', async () => {
  const store = server.open()
  const { id } = await store.workflows.create(aWorkflow())
  await store[Symbol.asyncDispose]()
  expect(await outcomeOf(store.workflows.get(id))).toBe('CLOSED')
  const connection = await server.pool.getConnection()
  expect(await connection.execute('select 1 one from dual', {}, {})).toMatchObject({ rows: [[1]] })
  await connection.close()
  expect(await server.open().workflows.get(id)).not.toBeNull()
})

it('waits for calls under way', async () => {
  let open = (): void => {}
  const gate = new Promise<void>((resolve) => (open = resolve))
  const slow: OraclePool = {
    async getConnection() {
      await gate
      return server.pool.getConnection()
    },
  }
  const store = server.open({ pool: slow })
  const { id } = aWorkflow()
  const create = store.workflows.create(aWorkflow({ id: id ?? 'w' }))
  let disposed = false
  const dispose = store[Symbol.asyncDispose]().then(() => (disposed = true))
  await Promise.resolve()
  expect(disposed).toBe(false)
  open()
  await dispose
  expect(await create).toMatchObject({ version: 1 })
})

it('is not swayed by what the application has set for the whole driver', async () => {
  const settings = ['autoCommit', 'fetchAsString', 'maxRows', 'outFormat', 'prefetchRows'] as const
  const driver = (await importDriver()) as unknown as Record<string, unknown>
  const before = settings.map((name) => [name, driver[name]] as const)
  Object.assign(driver, {
    ...{ autoCommit: false, maxRows: 1, outFormat: driver['OUT_FORMAT_OBJECT'], prefetchRows: 0 },
    fetchAsString: [],
  })
  try {
    const store = server.open({ namespace: randomUUID() })
    const made = [
      await store.workflows.create(aWorkflow()),
      await store.workflows.create(aWorkflow()),
    ]
    const { items } = await store.workflows.list()
    expect(items.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    const { instanceId, workflowId, ...saved } = await store.snapshots.save(aSnapshot())
    expect(await store.snapshots.load({ instanceId, workflowId })).toMatchObject(saved)
  } finally {
    for (const [name, value] of before) driver[name] = value
  }
})

it('keeps namespaces apart, and prefixes', async () => {
  const [one, two] = [server.open({ namespace: 'one' }), server.open({ namespace: 'two' })]
  const workflow = aWorkflow({ id: 'same' })
  await one.workflows.create(workflow)
  expect(await two.workflows.get('same')).toBeNull()
  await two.workflows.create(workflow)
  expect(await one.workflows.delete('same')).toBe(true)
  expect(await two.workflows.get('same')).not.toBeNull()
})

unusableServers('a server that cannot be used', 'NJS-530')

describe('a server that refuses', () => {
  beforeEach(({ skip }) => skip(!server.database.shim, 'these look behind the shim'))

  const shim = (): ShimDatabase => {
    if (!server.database.shim) throw new Error('No shim')
    return server.database.shim
  }

  const storeAt = (change: Partial<URL>): Store => {
    const { href } = Object.assign(new URL(shim().url), change)
    return server.open({ pool: shim().openPool({ url: href, max: 1 }) })
  }

  it('the password', async () => {
    await expect(storeAt({ password: 'wrong' }).workflows.get('x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/ORA-01017.*check user and password/),
    })
  })

  it('the service', async () => {
    await expect(storeAt({ pathname: '/nowhere' }).workflows.get('x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/ORA-12514.*check connectString/),
    })
  })

  it('what writes, when it takes reads only', async () => {
    const event = { eventName: 'read', eventKey: 'only', eventTime: 0 }
    const created = await server.open().events.create(event)
    const replica = storeAt({ search: '?options=-c default_transaction_read_only=on' })
    const { items } = await replica.events.find({ eventName: 'read', eventKey: 'only', asOf: 0 })
    expect(items).toEqual([created])
    await expect(replica.events.create(event)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      outcome: 'not-applied',
      message: expect.stringMatching(/ORA-16000.*connect to the primary/),
    })
  })
})

describe('a session that ends', () => {
  it('leaves the outcome unknown, and the next call has another one', async ({ skip }) => {
    const { shim } = server.database
    if (!shim) return skip('it is ended behind the shim')
    const pool = shim.openPool({ max: 1 })
    const store = server.open({ pool })
    const workflow = await store.workflows.create(aWorkflow())
    const requestId = randomUUID()
    const update = (): Promise<unknown> => store.workflows.update(workflow, { requestId })
    const blocker = await server.pool.getConnection()
    await blocker.execute(
      `update "${server.prefix}WORKFLOWS" set version = version where id = :id`,
      { id: workflow.id },
      { autoCommit: false },
    )
    const blocked = update().catch((error: unknown) => error)
    const waiting = `from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(async () => (await shim.admin(`select 1 ${waiting}`)).length).toBe(1)
    await shim.admin(`select pg_terminate_backend(pid) ${waiting}`)
    expect(await blocked).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      outcome: 'unknown',
    })
    // What was not committed is undone when the connection goes back to its pool.
    await blocker.close()
    expect(await update()).toMatchObject({ version: 2 })
    await pool.close()
  })
})
