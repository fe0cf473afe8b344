import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { armCut, silence } from '../src/proxy/cut.ts'
import { closeGate } from '../src/proxy/gate.ts'
import { openProxy, type Proxy } from '../src/proxy/proxy.ts'

/** What the server got, and sends back. */
let heard: string[]
let server: Server
let proxy: Proxy
const sockets: Socket[] = []

beforeEach(async () => {
  heard = []
  server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('end', () => socket.end('bye'))
    socket.on('data', (bytes) => {
      heard.push(String(bytes))
      socket.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await openProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
})

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  for (const socket of sockets.splice(0)) socket.destroy()
  server.close()
})

async function dial(): Promise<Socket> {
  const socket = connect({ ...proxy.endpoint, allowHalfOpen: true })
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Says something, and returns what comes back, or the code of the error that ends the connection. */
async function ask(socket: Socket, words: string): Promise<string> {
  socket.write(words)
  return hear(socket)
}

async function hear(socket: Socket): Promise<string> {
  try {
    const [bytes] = await once(socket, 'data', { close: true } as object)
    return String(bytes)
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

describe('a proxy', () => {
  it('passes bytes on, and counts trips', async () => {
    const socket = await dial()
    expect(await ask(socket, 'one')).toBe('one')
    expect(await ask(socket, 'two')).toBe('two')
    const other = await dial()
    expect(await ask(other, 'three')).toBe('three')
    expect(proxy.trips).toBe(3)
  })

  it('passes large amounts in order', async () => {
    const socket = await dial()
    const sent = Buffer.alloc(4_000_000, 'abcdefghij')
    let got = 0
    socket.on('data', (bytes: Buffer) => (got += bytes.length))
    socket.end(sent)
    await once(socket, 'end')
    expect(got).toBe(sent.length + 'bye'.length)
    expect(heard.join('')).toBe(String(sent))
  })

  it('passes the end of one direction, and what comes after it', async () => {
    const socket = await dial()
    socket.end()
    expect(await hear(socket)).toBe('bye')
  })

  it('resets what is open, and takes new connections', async () => {
    const socket = await dial()
    const reset = hear(socket)
    await until(() => sockets.length === 2)
    proxy.reset()
    expect(await reset).toBe('ECONNRESET')
    expect(await ask(await dial(), 'again')).toBe('again')
  })

  it('refuses, and listens at the same place again', async () => {
    const { endpoint } = proxy
    await proxy.refuse()
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await proxy.listen()
    expect(proxy.endpoint).toEqual(endpoint)
    expect(await ask(await dial(), 'back')).toBe('back')
  })

  it('resets its clients when the server is away', async () => {
    const socket = await dial()
    expect(await ask(socket, 'one')).toBe('one')
    server.close()
    const lost = hear(socket)
    for (const other of sockets) if (other !== socket) other.resetAndDestroy()
    expect(await lost).toBe('ECONNRESET')
  })
})

describe('a cut', () => {
  it('before the server: it hears nothing', async () => {
    const socket = await dial()
    using cut = armCut(proxy, 'request', 1)
    expect(await ask(socket, 'one')).toBe('ECONNRESET')
    expect(cut.met).toBe(true)
    expect(heard).toEqual([])
  })

  it('of the reply: the server heard it', async () => {
    const socket = await dial()
    using cut = armCut(proxy, 'reply', 1)
    expect(await ask(socket, 'one')).toBe('ECONNRESET')
    expect(cut.met).toBe(true)
    expect(heard).toEqual(['one'])
  })

  it('of the reply, in order: the client sees the end', async () => {
    const socket = await dial()
    using _ = armCut(proxy, 'closed', 1)
    const ended = once(socket, 'end')
    socket.write('one')
    socket.on('data', () => heard.push('a reply'))
    await ended
    expect(heard).toEqual(['one'])
  })

  it('in the middle: the server hears half of it, and the end', async () => {
    const socket = await dial()
    using _ = armCut(proxy, 'torn', 1)
    expect(await ask(socket, 'half full')).toBe('ECONNRESET')
    await until(() => heard.length > 0)
    expect(heard).toEqual(['half'])
  })

  it('comes at its trip, once, on whichever connection', async () => {
    const [first, second] = [await dial(), await dial()]
    expect(await ask(first, 'zero')).toBe('zero')
    using cut = armCut(proxy, 'reply', 2)
    expect(await ask(first, 'one')).toBe('one')
    expect(cut.met).toBe(false)
    expect(await ask(second, 'two')).toBe('ECONNRESET')
    expect(await ask(await dial(), 'three')).toBe('three')
    expect(cut.met).toBe(true)
  })

  it('that is disposed of does not come', async () => {
    const socket = await dial()
    armCut(proxy, 'request', 1)[Symbol.dispose]()
    expect(await ask(socket, 'one')).toBe('one')
  })
})

describe('silence', () => {
  it('takes what comes on old and new connections, also their end, and answers nothing', async () => {
    const old = await dial()
    expect(await ask(old, 'one')).toBe('one')
    proxy.post(silence)
    const fresh = await dial()
    let came = 0
    for (const socket of [old, fresh]) {
      socket.on('data', () => (came += 1)).on('end', () => (came += 1))
      socket.end('two')
    }
    await until(() => proxy.trips === 3)
    proxy.post(undefined)
    expect(await ask(await dial(), 'three')).toBe('three')
    expect(came).toBe(0)
    expect(heard).toEqual(['one', 'three'])
  })
})

describe('a gate', () => {
  it('holds requests, and lets them go one by one', async () => {
    const [first, second] = [await dial(), await dial()]
    using gate = closeGate(proxy)
    const answers = [ask(first, 'one')]
    await gate.arrival()
    answers.push(ask(second, 'two'))
    await until(() => gate.waiting === 2)
    expect(heard).toEqual([])
    gate.open()
    expect(await answers[0]).toBe('one')
    expect(heard).toEqual(['one'])
    gate.open()
    expect(await answers[1]).toBe('two')
    expect(gate.waiting).toBe(0)
  })

  it('holds replies: what was asked is done meanwhile', async () => {
    const socket = await dial()
    const gate = closeGate(proxy, 'reply')
    const answer = ask(socket, 'one')
    await gate.arrival()
    expect(heard).toEqual(['one'])
    gate[Symbol.dispose]()
    expect(await answer).toBe('one')
    expect(await ask(socket, 'two')).toBe('two')
  })
})
