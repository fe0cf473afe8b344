import { randomUUID } from 'node:crypto'
import { createServer, type AddressInfo, type Server as Listener } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importDriver } from '../src/driver.ts'
import { createOracleProvider, type OraclePool } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

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

// The real driver, all of it: there is no server, and it finds that out.
describe('a server that cannot be used', () => {
  const refusedBy = async (connectString: string): Promise<unknown> => {
    const connect = { user: 'nobody', password: 'wrong', connectString }
    const store = createOracleProvider({ connect }) as Store
    const answer = await store.workflows.get('x').catch((error: unknown) => error)
    await store[Symbol.asyncDispose]()
    return answer
  }

  const listen = async (listener: Listener): Promise<number> => {
    listener.listen(0, '127.0.0.1')
    await new Promise((resolve) => listener.once('listening', resolve))
    return (listener.address() as AddressInfo).port
  }

  it('does not listen', async () => {
    const probe = createServer()
    const port = await listen(probe)
    await new Promise((resolve) => probe.close(resolve))
    expect(await refusedBy(`127.0.0.1:${port}/FREEPDB1`)).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      outcome: 'not-applied',
      message: expect.stringMatching(/NJS-503/),
    })
  })

  it('has no address', async () => {
    expect(await refusedBy('nowhere.invalid:1521/FREEPDB1')).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/NJS-530/),
    })
  })

  it('hangs up', async () => {
    const rude = createServer((socket) => socket.destroy())
    const port = await listen(rude)
    expect(await refusedBy(`127.0.0.1:${port}/FREEPDB1`)).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    rude.close()
  })

  it('has a name that says nothing', async () => {
    expect(await refusedBy('nowhere')).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
  })

  it('is closed without having been opened', async () => {
    const connect = { user: 'u', password: 'p', connectString: '127.0.0.1:1/FREEPDB1' }
    await createOracleProvider({ connect })[Symbol.asyncDispose]()
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
