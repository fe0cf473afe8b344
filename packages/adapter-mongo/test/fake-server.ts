import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { BSON } from 'mongodb'

// A server that says what the stand-in cannot: of users, of members of a replica set. What the driver makes of that is
// the driver's own, and so are its errors.

/** A server that answers commands by a table. */
export interface FakeServer extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
}

/** What the server answers to commands of a name. What is not named succeeds, and finds nothing. */
export type Answers = Readonly<Record<string, object>>

/** An answer that refuses. */
export function refusal(code: number, codeName: string, errmsg: string): object {
  return { ok: 0, code, codeName, errmsg }
}

function found(...firstBatch: readonly object[]): object {
  return { ok: 1, n: 0, cursor: { id: BSON.Long.ZERO, ns: 'any.any', firstBatch } }
}

/** The index by which a store is known. */
const INDEXES = found({ name: 'request' })

const LIMITS = {
  ...{ minWireVersion: 0, maxWireVersion: 21, logicalSessionTimeoutMinutes: 30 },
  ...{ maxBsonObjectSize: 2 ** 24, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
}

/** `hello` tells it from a primary of a replica set. */
export async function startFake(answers: Answers, hello: object = {}): Promise<FakeServer> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    let received = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0))
        received = received.subarray(message.length)
        socket.write(replyTo(message, answerTo))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const member = { setName: 'rs0', hosts: [address], me: address, primary: address }
  const state = { ok: 1, helloOk: true, isWritablePrimary: true, ...LIMITS, ...member, ...hello }
  const answerTo = (command: string): object =>
    /^(hello|ismaster)$/i.test(command)
      ? state
      : (answers[command] ?? (command === 'listIndexes' ? INDEXES : found()))
  return {
    address,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const OP_REPLY = 1
const OP_QUERY = 2004
const OP_MSG = 2013

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function replyTo(message: Buffer, answerTo: (command: string) => object): Buffer {
  const isQuery = message.readInt32LE(12) === OP_QUERY
  // The name of the collection is between the flags and the document of a query; nothing is in a message.
  const at = isQuery ? message.indexOf(0, 20) + 9 : 21
  const document = message.subarray(at, at + message.readInt32LE(at))
  const [command = ''] = Object.keys(BSON.deserialize(document))
  const answer = BSON.serialize(answerTo(command))
  const head = Buffer.alloc(isQuery ? 36 : 21)
  head.writeInt32LE(head.length + answer.length, 0)
  head.writeInt32LE(message.readInt32LE(4), 8)
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12)
  if (isQuery) head.writeInt32LE(1, 32)
  return Buffer.concat([head, answer])
}
