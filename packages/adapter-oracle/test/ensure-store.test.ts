import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { SPEC_VERSION } from '@holdfast/spec'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { oracleSchema, type OraclePool } from '../src/index.ts'
import type { ShimDatabase } from './shim/pool.ts'
import type { Store } from '@holdfast/conformance'
import { aPrefix, aSnapshot, aWorkflow, openServer, outcomeOf, type Server } from './support.ts'

let server: Server
let shim: ShimDatabase

beforeAll(async () => {
  server = await openServer()
  if (server.database.shim) shim = server.database.shim
})

beforeEach(({ skip }) => skip(!server.database.shim, 'these look behind the shim'))

afterAll(async () => server[Symbol.asyncDispose]())

/** Uses a bit of everything. */
async function smoke(store: Store): Promise<void> {
  const { id } = await store.workflows.create(aWorkflow())
  await store.snapshots.save(aSnapshot({ instanceId: id }))
  expect(await store.claims.claimNext({ workerId: 'w', ttl: 1_000 })).not.toBeNull()
  await store.events.create({ eventName: 'n', eventKey: 'k', eventTime: 0 })
  await store.errors.append([{ workflowId: id, errorTime: 0, message: 'm' }])
  expect(await store.workflows.delete(id)).toBe(true)
  expect((await store.errors.list({ workflowId: id })).items).toEqual([])
}

it('makes one store when twenty do it at once, without tables and on a store in use', async () => {
  for (let round = 0; round < 3; round += 1) {
    const prefix = aPrefix()
    const pools = Array.from({ length: 20 }, () => shim.openPool({ max: 1 }))
    const stores = pools.map((pool) => server.open({ pool, prefix }))
    await Promise.all(stores.map((store) => store.ensureStore()))
    const workflow = await server.open({ prefix }).workflows.create(aWorkflow())
    await Promise.all(stores.map((store) => store.ensureStore()))
    expect(await server.open({ prefix }).workflows.get(workflow.id)).toEqual(workflow)
    await smoke(server.open({ prefix }))
    await Promise.all(pools.map((pool) => pool.close()))
  }
})

it('makes one store when several processes do it', async () => {
  const prefix = aPrefix()
  const program = fileURLToPath(new URL('fixtures/ensure-store.ts', import.meta.url))
  const children = Array.from({ length: 4 }, () =>
    fork(program, [shim.url, prefix], {
      execArgv: ['--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning'],
    }),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0])
  await smoke(server.open({ prefix }))
})

it('goes on where somebody stopped', async () => {
  const prefix = aPrefix()
  let left = 7
  const { pool } = server
  const breaking: OraclePool = {
    async getConnection() {
      const connection = await pool.getConnection()
      return {
        async execute(sql, binds, options) {
          if (sql.startsWith('create') && (left -= 1) < 0) throw new Error('Stopped')
          return connection.execute(sql, binds, options)
        },
        close: async (options) => (options ? connection.close(options) : connection.close()),
      }
    },
  }
  await expect(server.open({ pool: breaking, prefix }).ensureStore()).rejects.toThrow('Stopped')
  expect(await outcomeOf(server.open({ prefix }).errors.list({ workflowId: 'w' }))).toBe(
    'UNAVAILABLE',
  )
  await server.open({ prefix }).ensureStore()
  await smoke(server.open({ prefix }))
})

it('asks two things of a store that is there, and changes nothing', async () => {
  const sent: string[] = []
  const pool = shim.openPool({ onTrip: (sql) => sent.push(sql) })
  await server.open({ pool }).ensureStore()
  expect(sent.map((sql) => sql.slice(0, 6))).toEqual(['select', 'select'])
})

it.each(['lower_', `it's "not"`.replaceAll('"', ''), 'ünï😀', 'select', 'x'.repeat(20)])(
  'takes the prefix %s',
  async (prefix) => {
    const store = server.open({ prefix })
    await store.ensureStore()
    await store.ensureStore()
    await smoke(store)
  },
)

it('refuses a store of another version', async () => {
  const prefix = aPrefix()
  await server.open({ prefix }).ensureStore()
  const meta = `"${prefix}META"`
  expect(await shim.admin(`select name, value from ${meta}`)).toEqual([
    ['spec_version', String(SPEC_VERSION)],
  ])
  await shim.admin(`update ${meta} set value = 99`)
  await expect(server.open({ prefix }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/version 99 .* needs version/),
  })
})

it('refuses a database that takes different ids for the same', async () => {
  const url = new URL(shim.url)
  url.searchParams.set('options', '-c shim.nls_comp=LINGUISTIC')
  const pool = shim.openPool({ url: url.href })
  await expect(server.open({ pool }).ensureStore()).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/NLS_COMP = LINGUISTIC.*BINARY/),
  })
})

it('says what to do when nobody has called it', async () => {
  const store = server.open({ prefix: aPrefix() })
  await expect(store.workflows.get('x')).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
    message: expect.stringMatching(/ensureStore\(\)/),
  })
  expect(await outcomeOf(store.ping())).toBe('ok')
})

it('tells a user who may not make tables, and works for one who was given them', async () => {
  const user = `worker_${aPrefix().toLowerCase()}`
  await shim.admin(`create role ${user} login password 'secret'`)
  const url = Object.assign(new URL(shim.url), { username: user, password: 'secret' })
  const pool = shim.openPool({ url: url.href })
  try {
    await expect(server.open({ pool, prefix: aPrefix() }).ensureStore()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/ORA-01031.*oracleSchema\(\)/),
    })
    await shim.admin(`grant select on all tables in schema public to ${user}`)
    const reader = server.open({ pool })
    await expect(reader.workflows.create(aWorkflow())).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringMatching(/ORA-01031.*a right is missing: grant it/),
    })
    await shim.admin(`grant insert, update, delete on all tables in schema public to ${user}`)
    await shim.admin(`grant usage on all sequences in schema public to ${user}`)
    await server.open({ pool }).ensureStore()
    await smoke(server.open({ pool }))
  } finally {
    await shim.admin(`drop owned by ${user}`)
    await pool.close()
    await shim.admin(`drop role ${user}`)
  }
})

it('is the exported text', async () => {
  const prefix = aPrefix()
  const text = oracleSchema({ prefix })
  for (const sql of text.split(/;\n+/).filter((part) => part !== '')) await server.database.run(sql)
  await server.open({ prefix }).ensureStore()
  await smoke(server.open({ prefix }))
  expect(oracleSchema({ schema: 'Owner' })).toContain('create table "Owner"."HOLDFAST_META"')
})
