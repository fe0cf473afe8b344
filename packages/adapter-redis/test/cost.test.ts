import { randomUUID } from 'node:crypto'
import { everydayCalls, type Store } from '@holdfast/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fill } from './fill.ts'
import { openServer, type Server } from './support.ts'

// What workers ask all day takes the same commands when more is stored.

const NOW = 1_000_000_000
const FEW = 1_000
const MANY = 100_000

let server: Server
const namespaces = new Map([FEW, MANY].map((rows) => [rows, randomUUID() as string]))

beforeAll(async () => {
  server = await openServer()
  for (const [rows, namespace] of namespaces) await fill(server.url, namespace, rows, NOW)
})

afterAll(async () => server[Symbol.asyncDispose]())

const cases = everydayCalls({
  ...{ asOf: NOW, limit: 10, workflowId: 'w7', updatedId: 'w200', eventId: 'e70' },
  topic: { eventName: 'activity', eventKey: 'hot' },
  snapshotStatus: 'paused',
  lists: {
    'by status': { status: 'suspended' },
    'by definition': { definitionId: 'd3' },
    'by reference': { reference: 'r3' },
    'by resource and status': { resourceId: 'rare', status: 'suspended' },
    'by time': { createdTo: 500 },
  },
})

/** How often each command ran, inside of scripts too. */
async function costOf(
  call: (store: Store) => Promise<unknown>,
  namespace: string | undefined,
): Promise<Readonly<Record<string, number>>> {
  const store = server.open({ namespace: namespace ?? '', clock: () => NOW })
  await call(store)
  await server.client.config('RESETSTAT')
  await call(store)
  const info = await server.client.info('commandstats')
  const counts = [...info.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
  return Object.fromEntries(
    counts
      .map(([, name = '', count]) => [name, Number(count)] as const)
      .filter(([name]) => !name.startsWith('config') && name !== 'info'),
  )
}

it.each(Object.entries(cases))('%s', async (_, call) => {
  expect(await costOf(call, namespaces.get(MANY))).toEqual(await costOf(call, namespaces.get(FEW)))
})
