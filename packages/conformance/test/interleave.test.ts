import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { interleavings, type Client, type Schedule } from '../src/proxy/interleave.ts'
import { openProxy, type Proxy } from '../src/proxy/proxy.ts'

let server: Server
let proxies: readonly [Proxy, Proxy]
/** What the server was asked, in order, since the round began. */
let asked: string[] = []
/** Says whether a question has to wait, and for what. */
let blocked: (question: string) => Promise<void> | undefined = () => undefined

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => void answer(socket, String(bytes)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
  proxies = [await openProxy(endpoint), await openProxy(endpoint)]
})

afterAll(async () => {
  for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
  server.close()
})

async function answer(socket: Socket, question: string): Promise<void> {
  await blocked(question)
  asked.push(question)
  socket.write(question)
}

/** A client that asks as many questions, one after the other. */
async function asking(proxy: Proxy, name: string, trips: number): Promise<Client> {
  const socket: Socket = connect(proxy.endpoint)
  await once(socket, 'connect')
  return {
    proxy,
    async act() {
      for (let trip = 0; trip < trips; trip += 1) {
        socket.write(name)
        await once(socket, 'data')
      }
      socket.destroy()
    },
  }
}

async function play(
  [left, right]: readonly [number, number],
  bound = 1000,
): Promise<readonly (Schedule & { readonly asked: string })[]> {
  const schedules = []
  const next = async (): Promise<readonly [Client, Client]> => {
    asked = []
    return [await asking(proxies[0], 'A', left), await asking(proxies[1], 'B', right)]
  }
  for await (const schedule of interleavings(next, bound))
    schedules.push({ ...schedule, asked: asked.join('') })
  return schedules
}

// Orders of k and m trips are C(k+m, k); with both at once, Delannoy numbers.
it.each([
  [1, 1, 2, 3],
  [1, 2, 3, 5],
  [2, 2, 6, 13],
  [2, 3, 10, 25],
  [3, 0, 1, 1],
])('plays %i against %i trips in %i orders, %i with both at once', async (k, m, orders, all) => {
  const schedules = await play([k, m])
  expect(schedules).toHaveLength(all)
  expect(new Set(schedules.map(({ turns }) => turns)).size).toBe(all)
  const one = schedules.filter(({ turns }) => !turns.includes('*'))
  expect(one).toHaveLength(orders)
  for (const schedule of one) expect(schedule.asked).toBe(schedule.turns)
})

it('tells the orders that mix trips from those of one call after the other', async () => {
  const schedules = await play([2, 2])
  const serial = schedules.filter(({ mixed }) => !mixed).map(({ turns }) => turns)
  expect(serial.toSorted()).toEqual(['AABB', 'BBAA'])
})

it('stops at its bound', async () => {
  expect(await play([3, 3], 7)).toHaveLength(7)
})

it('goes on with the other client when the server keeps one waiting', async () => {
  let lock = Promise.withResolvers<void>()
  // The second question of A lets go of what B waits for.
  blocked = (question) => {
    if (question === 'B') return lock.promise
    if (asked.includes('A')) lock.resolve()
    return undefined
  }
  const schedules: string[] = []
  const next = async (): Promise<readonly [Client, Client]> => {
    asked = []
    lock = Promise.withResolvers()
    return [await asking(proxies[0], 'A', 2), await asking(proxies[1], 'B', 2)]
  }
  for await (const { turns } of interleavings(next, 100)) schedules.push(turns)
  blocked = () => undefined
  expect(schedules).toContain('AABB')
  expect(schedules).toContain('ABAB')
  expect(schedules).toContain('BAAB')
})
