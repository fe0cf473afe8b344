import { randomUUID } from 'node:crypto'
import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openServer, type Server } from './support.ts'

/** What takes more than one: those look at what they met, and the handlers of `process` run between taking a command and settling it. */
const TRIPS: Readonly<Record<string, number>> = {
  'workflows.create that conflicts': 2,
  'workflows.update that is repeated': 2,
  'commands.process of a handler that fails': 2,
  'commands.process': 2,
}

let server: Server

beforeAll(async () => {
  server = await openServer()
})

afterAll(async () => server[Symbol.asyncDispose]())

it('each call is one round trip', async () => {
  let queries = 0
  const store = server.open({
    namespace: randomUUID(),
    pool: {
      async query(query) {
        queries += 1
        return server.pool.query(query)
      },
    },
  })
  for (const { name, run } of walkthrough(store)) {
    queries = 0
    await run()
    expect([name, queries]).toEqual([name, TRIPS[name] ?? 1])
  }
})
