import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { everydayCalls, type Store } from '@holdfast/conformance'
import { fill } from './fill.ts'
import { openServer, type Server } from './support.ts'
import { wrapped } from './wrapped.ts'

// What workers ask all day takes as many commands, and brings as many documents, when more of what matches is stored.
// Which documents the server looks at for that, the stand-in cannot say: the queries are held against the indexes
// elsewhere.

const FEW = 1_000
const MANY = 100_000
const NOW = 1_000_000

let server: Server
const namespaces = new Map([FEW, MANY].map((rows) => [rows, randomUUID() as string]))

beforeAll(async () => {
  server = await openServer()
  for (const [rows, namespace] of namespaces) {
    await fill(server, server.open({ namespace, clock: () => NOW }), namespace, rows)
  }
})

afterAll(async () => server[Symbol.asyncDispose]())

const cases = everydayCalls({
  ...{ asOf: NOW, limit: 10, workflowId: 'w', updatedId: 'w200', eventId: 'e70' },
  topic: { eventName: 'n', eventKey: 'k' },
  snapshotStatus: 'running',
  lists: {
    'by status': { status: 'runnable' },
    'by definition': { definitionId: 'd' },
    'by reference': { reference: 'r' },
    'by resource and time': { resourceId: 'x', createdTo: 500 },
  },
})

/** The commands that a call sends, and how many documents each brings. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  namespace: string | undefined,
): Promise<readonly string[]> {
  const sent: string[] = []
  const client = wrapped(server.client, async ({ collection, method }, send) => {
    const answer = await send()
    sent.push(`${collection}.${method}: ${documentsOf(answer)}`)
    return answer
  })
  const store = server.open({ client, namespace: namespace ?? '', clock: () => NOW })
  await call(store)
  // Some are sent at once.
  return sent.toSorted()
}

function documentsOf(answer: unknown): number {
  if (Array.isArray(answer)) return answer.length
  return answer === null ? 0 : 1
}

it.each(Object.entries(cases))('%s', async (_, call) => {
  const few = await costOf(call, namespaces.get(FEW))
  expect(few).not.toEqual([])
  expect(await costOf(call, namespaces.get(MANY))).toEqual(few)
})
