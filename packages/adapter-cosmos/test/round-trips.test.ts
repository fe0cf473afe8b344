import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServer, type Server } from './support.ts'
import { through } from './wire.ts'

/** What takes more than one request. What stands in one pair of brackets is asked at the same time: one round trip. */
const TRIPS: Readonly<Record<string, string>> = {
  'ensureStore of a store that is there': 'create read create read query',
  // What the store says of a write that was refused.
  'workflows.create that conflicts': 'create read',
  'workflows.update that is repeated': 'patch read',
  'workflows.update that conflicts': 'patch read',
  'workflows.update of what is not there': 'patch read',
  'claims.claim that is refused': 'patch read',
  // The number of the arrival comes first.
  'events.create': 'patch create',
  'errors.append': 'patch batch',
  // What is free and what has expired are two questions.
  'subscriptions.findFirstOpen': '(query query)',
  'claims.findAvailable': '(query query)',
  'claims.claimNext': '(query query query) patch',
  'claims.claimNext, the last': '(query query query) patch',
  'claims.claimNext of nothing': '(query query query)',
  'commands.process of a handler that fails': '(query query) patch read patch',
  'commands.process': '(query query) patch read delete',
  'commands.process of nothing': '(query query)',
  // A batch cannot look before it writes.
  'snapshots.save, next': 'query batch',
  'snapshots.save, fenced': 'query batch',
  'snapshots.delete': 'query batch',
  'workflows.delete': 'query batch',
}

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('each call is one request, but for these', async () => {
  const spans: { method: string; from: number; to: number }[] = []
  let time = 0
  const client = through(server.client, async ({ method }, send) => {
    const span = { method, from: (time += 1), to: Infinity }
    spans.push(span)
    return send().finally(() => {
      span.to = time += 1
    })
  })
  for (const { name, run } of walkthrough(await server.make({ client }))) {
    spans.length = 0
    await run()
    const expected = TRIPS[name]
    if (expected === undefined) expect([name, spans.length]).toEqual([name, 1])
    else expect([name, told(spans)]).toEqual([name, expected])
  }
})

function told(spans: readonly { method: string; from: number; to: number }[]): string {
  const trips: string[][] = []
  let end = 0
  for (const { method, from, to } of spans) {
    if (from > end) trips.push([method])
    else trips.at(-1)?.push(method)
    end = Math.max(end, to)
  }
  return trips.map((trip) => (trip.length === 1 ? trip[0] : `(${trip.join(' ')})`)).join(' ')
}
