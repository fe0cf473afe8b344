import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../target.ts'

/**
 * What becomes of bytes. `pass`: they go on. `swallow`: they, and all that follows on this connection, vanish, and the
 * connection stays open, whoever ends it. `cut`: they vanish, and the connection is reset. `close`: they vanish, and the connection is closed
 * in order. `tear`: the first half of them goes on, and the connection is reset.
 */
export type Fate = 'pass' | 'swallow' | 'cut' | 'close' | 'tear'

/**
 * Decides on each trip, as often as the direction of a connection changes: bytes of the client after bytes of the server
 * (or the first bytes) are a request, bytes of the server after a request are its reply.
 */
export interface Warden {
  request?(trip: number): Fate | Promise<Fate>
  reply?(trip: number): Fate | Promise<Fate>
}

/**
 * A TCP proxy in front of a server. It knows no protocol: what it counts are trips, those of a handshake among them, and
 * TLS passes as it is.
 */
export interface Proxy extends AsyncDisposable {
  /** Where clients connect to. */
  readonly endpoint: Endpoint
  /** How many requests came so far. */
  readonly trips: number
  /** Puts somebody at the gate, in the place of who stood there; `undefined` lets everything pass. */
  post(warden: Warden | undefined): void
  /** Resets every connection. */
  reset(): void
  /** Resets every connection, and refuses new ones until {@link Proxy.listen}. */
  refuse(): Promise<void>
  listen(): Promise<void>
}

/** The two connections of one client. */
interface Link {
  readonly near: Socket
  readonly far: Socket
  /** The number of the trip under way, or of the last one; 0 before the first. */
  trip: number
  asking: boolean
  swallowed: boolean
}

/** A proxy on a free port of this machine. */
export async function openProxy(server: Endpoint): Promise<Proxy> {
  const links = new Set<Link>()
  let listener: Server | undefined
  let port = 0
  let trips = 0
  let warden: Warden | undefined

  function accept(near: Socket): void {
    const far = connect({ ...server, allowHalfOpen: true, noDelay: true })
    const link: Link = { near, far, trip: 0, asking: false, swallowed: false }
    links.add(link)
    // The pumps end with the error; a socket without a listener would throw it at the process.
    for (const socket of [near, far]) socket.on('error', () => sever(link))
    const alive = (): boolean => !link.swallowed
    const ends = [pump(near, far, requestOf(link), alive), pump(far, near, replyOf(link), alive)]
    Promise.all(ends).catch(() => sever(link))
    void Promise.allSettled(ends).then(() => links.delete(link))
  }

  function requestOf(link: Link): (bytes: Buffer) => Promise<Buffer | undefined> {
    return async (bytes) => {
      if (!link.asking) {
        trips += 1
        link.trip = trips
        link.asking = true
        return admit(link, bytes, await (warden?.request?.(link.trip) ?? 'pass'))
      }
      return link.swallowed ? undefined : bytes
    }
  }

  function replyOf(link: Link): (bytes: Buffer) => Promise<Buffer | undefined> {
    return async (bytes) => {
      const first = link.asking
      link.asking = false
      if (first) return admit(link, bytes, await (warden?.reply?.(link.trip) ?? 'pass'))
      return link.swallowed ? undefined : bytes
    }
  }

  async function listen(): Promise<void> {
    if (listener !== undefined) return
    listener = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    ;({ port } = listener.address() as AddressInfo)
  }

  function reset(): void {
    for (const link of links) sever(link)
  }

  async function refuse(): Promise<void> {
    const closing = listener
    listener = undefined
    reset()
    if (closing === undefined) return
    closing.close()
    await once(closing, 'close')
  }

  await listen()
  return {
    get endpoint() {
      return { host: '127.0.0.1', port }
    },
    get trips() {
      return trips
    },
    post(next) {
      warden = next
    },
    reset,
    refuse,
    listen,
    async [Symbol.asyncDispose]() {
      warden = undefined
      await refuse()
      for (const { far } of links) far.destroy()
    },
  }
}

/** What of the bytes goes on. */
function admit(link: Link, bytes: Buffer, fate: Fate): Buffer | undefined {
  if (fate === 'tear') link.far.write(bytes.subarray(0, bytes.length >> 1))
  if (fate === 'cut' || fate === 'tear') sever(link)
  if (fate === 'close') for (const socket of [link.near, link.far]) socket.end()
  if (fate === 'close' || fate === 'swallow') link.swallowed = true
  return fate === 'pass' ? bytes : undefined
}

/** The client sees a reset at once; the server reads what was sent, and then the end. Its pump drops what it answers. */
function sever({ near, far }: Link): void {
  near.resetAndDestroy()
  far.end()
  far.unref()
}

/** Takes bytes over from one side to the other, in order, no faster than they are read. */
async function pump(
  from: Socket,
  to: Socket,
  through: (bytes: Buffer) => Promise<Buffer | undefined>,
  alive: () => boolean,
): Promise<void> {
  // Its end is that of one direction: Node 22 would destroy the other with it.
  for await (const bytes of from.iterator({ destroyOnReturn: false })) {
    const rest = await through(bytes as Buffer)
    if (rest !== undefined && to.writable && !to.write(rest)) await once(to, 'drain')
  }
  if (alive()) to.end()
}
