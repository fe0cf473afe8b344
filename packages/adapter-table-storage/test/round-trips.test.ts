import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { aSnapshot, counting, openService, tally, tripsOf, type Service } from './support.ts'

let service: Service

beforeAll(async () => {
  service = await openService()
})

afterAll(async () => service[Symbol.asyncDispose]())

it('each call takes so many requests, those in brackets at once', async () => {
  const client = counting(await service.openTable())
  const store = service.open(client)
  await store.ensureStore()
  const found: Record<string, string> = {}
  for (const { name, run } of walkthrough(store)) {
    client.calls.length = 0
    await run()
    found[name] = tripsOf(client)
  }
  expect(found).toMatchInlineSnapshot(`
    {
      "claims.claim": "get transaction",
      "claims.claim that is refused": "get",
      "claims.claimNext": "(2 × query, get) get transaction",
      "claims.claimNext of nothing": "(2 × query, get)",
      "claims.claimNext, the last": "(2 × query, get) get transaction",
      "claims.extend": "transaction",
      "claims.findAvailable": "(2 × query) (2 × get)",
      "claims.release": "transaction",
      "commands.list": "query get",
      "commands.process": "query get transaction get transaction",
      "commands.process of a handler that fails": "query get transaction get transaction",
      "commands.process of nothing": "query",
      "commands.schedule": "get transaction",
      "ensureStore of a store that is there": "get",
      "errors.append": "get transaction transaction",
      "errors.list": "query",
      "events.create": "get transaction transaction",
      "events.find": "query",
      "events.get": "get",
      "events.getRunnable": "query",
      "events.markProcessed": "get transaction",
      "events.markUnprocessed": "get transaction",
      "events.purge": "query",
      "ping": "get",
      "snapshots.delete": "query get transaction",
      "snapshots.list": "query",
      "snapshots.load": "get",
      "snapshots.save, fenced": "query transaction",
      "snapshots.save, fenced by a claim that is lost": "query",
      "snapshots.save, first": "query get transaction",
      "snapshots.save, next": "query transaction",
      "state.delete": "get transaction",
      "state.get": "get",
      "state.getAll": "query",
      "state.set": "transaction",
      "steps.create": "transaction",
      "steps.get": "get",
      "steps.list": "query",
      "steps.loadOutput": "get",
      "steps.saveOutput": "transaction",
      "steps.update": "get transaction",
      "subscriptions.clearToken": "get transaction",
      "subscriptions.create": "transaction",
      "subscriptions.find": "query",
      "subscriptions.findFirstOpen": "(2 × query, get)",
      "subscriptions.get": "get",
      "subscriptions.setToken": "get transaction",
      "subscriptions.terminate": "get transaction",
      "workflows.create": "transaction",
      "workflows.create that conflicts": "transaction get",
      "workflows.delete": "query (3 × get) transaction delete",
      "workflows.get": "get",
      "workflows.getMany": "(2 × get)",
      "workflows.getRunnable": "query",
      "workflows.list": "query get",
      "workflows.purge": "query",
      "workflows.update": "get transaction",
      "workflows.update of what is not there": "get",
      "workflows.update that conflicts": "get",
      "workflows.update that is repeated": "get get",
      "workflows.update with subscriptions": "get transaction",
    }
  `)
})

it('a claim of this process is read again only when another one changed it', async () => {
  const client = counting(await service.openTable())
  const namespace = 'n'
  const [here, there] = [client, client].map((one) => service.open(one, { namespace }))
  if (here === undefined || there === undefined) throw new Error('Two were opened')
  await here.snapshots.save(aSnapshot({ readyTasks: [{ taskId: 't' }] }))
  const claim = (await here.claims.claimNext({ workerId: 'w', ttl: 60_000 }))?.claim
  if (claim === undefined) throw new Error('There is a task')
  const costOf = async (call: () => Promise<unknown>): Promise<string> => {
    client.calls.length = 0
    expect(await call()).toBeTruthy()
    return tally(client)
  }
  expect(await costOf(() => here.claims.extend(claim, 60_000))).toBe('transaction')
  expect(await costOf(() => here.claims.extend(claim, 90_000))).toBe('transaction')
  expect(await costOf(() => there.claims.extend(claim, 60_000))).toBe('get, transaction')
  expect(await costOf(() => here.claims.extend(claim, 60_000))).toBe('2 × transaction, get')
  expect(await costOf(() => here.claims.release(claim))).toBe('transaction')
  expect(await there.claims.release(claim)).toBe(false)
})

it('calls of a process that wait for a number of their arrival share a request', async () => {
  const client = counting(await service.openTable())
  const { events } = service.open(client)
  const times = Array.from({ length: 50 }, () => 7)
  await Promise.all(
    times.map(async (eventTime) => events.create({ eventName: 'n', eventKey: 'k', eventTime })),
  )
  // One for each event, and one for the first and for all that came while it was under way.
  expect(tally(client)).toBe('52 × transaction, get')
  const { items } = await events.find({ eventName: 'n', eventKey: 'k', asOf: 0 })
  expect(new Set(items.map(({ id }) => id)).size).toBe(50)
})
