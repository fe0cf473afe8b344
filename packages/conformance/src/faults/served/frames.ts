import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'
import type { ErrorCode, Outcome } from '@holdfast/spec'

/** A call of a method, or what its handler came to. */
export interface Question {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** What a call came to, or, with `handle`, something to be handled meanwhile, which a {@link Question} answers. */
export interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: SentError
  readonly handle?: unknown
}

export interface SentError {
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly retryable: boolean
  readonly outcome: Outcome
}

const HEAD = 4

/** Sends a message: its length, and itself. */
export function send(socket: Socket, message: Question | Answer): void {
  if (!socket.writable) return
  const body = serialize(message)
  const head = Buffer.alloc(HEAD)
  head.writeUInt32BE(body.length)
  socket.write(Buffer.concat([head, body]))
}

/** Calls `take` with each whole message that comes. */
export function receive<M>(socket: Socket, take: (message: M) => void): void {
  let rest = Buffer.alloc(0)
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= HEAD) {
      const end = HEAD + rest.readUInt32BE()
      if (rest.length < end) return
      take(deserialize(rest.subarray(HEAD, end)) as M)
      rest = rest.subarray(end)
    }
  })
}
