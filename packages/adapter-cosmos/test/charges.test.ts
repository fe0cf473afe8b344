import { afterAll, beforeAll, expect, it } from 'vitest'
import { measureCharges, tableOf, whyNotMeasured } from './charges.ts'
import { openDoor, type Kind } from './door.ts'
import { openServer, type Server } from './support.ts'

// What a request is charged is for the service to say; the stand-in says nothing of it.

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('the charges of a service are printed, for the page', async ({ skip }) => {
  const charges = await measureCharges(server.client, async (client) => server.make({ client }))
  const reason = whyNotMeasured(charges)
  if (reason !== undefined) skip(`Not measured on what is here: ${reason}`)
  process.stdout.write(`\n${tableOf(charges)}\n`)
})

it('what the replies are charged is added up, call by call', async () => {
  const prices: Readonly<Record<Kind, number>> = { definition: 100, read: 1, query: 2.5, write: 7 }
  await using door = await openDoor(server.url, async (kind, forward) => {
    const { headers, ...reply } = await forward()
    return { ...reply, headers: { ...headers, 'x-ms-request-charge': String(prices[kind]) } }
  })
  const charges = await measureCharges(server.openClient(door.url), async (client) =>
    server.make({ client }),
  )
  expect(whyNotMeasured(charges)).toBeUndefined()
  expect(charges).toEqual(
    expect.arrayContaining([
      { call: 'workflows.get', requests: 1, units: 1 },
      { call: 'workflows.create', requests: 1, units: 7 },
      // A write that is refused is charged too, as is the read that says why.
      { call: 'workflows.create that conflicts', requests: 2, units: 8 },
      { call: 'workflows.update with subscriptions', requests: 1, units: 7 },
      { call: 'workflows.list', requests: 1, units: 2.5 },
      { call: 'events.create', requests: 2, units: 14 },
      { call: 'claims.claimNext', requests: 4, units: 14.5 },
      { call: 'snapshots.delete', requests: 2, units: 9.5 },
    ]),
  )
  expect(tableOf(charges)).toContain('| claims.claimNext | 4 | 14.50 |')
})

it('charges that are all the same, or missing, are no measure', () => {
  const call = 'x'
  expect(whyNotMeasured([{ call, requests: 1, units: NaN }])).toContain('no charge')
  const same = [
    { call, requests: 1, units: 1 },
    { call, requests: 3, units: 3 },
  ]
  expect(whyNotMeasured(same)).toContain('charges 1')
  expect(whyNotMeasured([...same, { call, requests: 1, units: 6 }])).toBeUndefined()
})
