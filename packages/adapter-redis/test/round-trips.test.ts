import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { counting, openServer, type Counting, type Server } from './support.ts'

/** What takes more than one: the handlers of `process` run between taking a command and settling it. */
const TRIPS: Readonly<Record<string, number>> = {
  'commands.process of a handler that fails': 2,
  'commands.process': 2,
}

let server: Server
let client: Counting

beforeAll(async () => {
  server = await openServer()
  client = counting(server.client)
  // The server learns the scripts.
  for (const { run } of walkthrough(server.open())) await run()
})

afterAll(async () => server[Symbol.asyncDispose]())

describe('each call is one round trip', () => {
  it('of a server that knows the scripts', async () => {
    for (const { name, run } of walkthrough(server.open({ client }))) {
      client.calls.length = 0
      await run()
      const expected = Array.from({ length: TRIPS[name] ?? 1 }, () => 'evalsha')
      expect([name, ...client.calls]).toEqual([name, ...expected])
    }
  })

  it('and one more, once, of a server that does not', async () => {
    const { workflows } = server.open({ client })
    await server.client.script('FLUSH')
    client.calls.length = 0
    await workflows.get('x')
    await workflows.get('x')
    expect(client.calls).toEqual(['evalsha', 'eval', 'evalsha'])
  })
})
