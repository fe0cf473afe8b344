// A process of its own, with clients in it. It does what its parent asks, and ends with it.
import type { PersistenceProvider } from '@holdfast/spec'
import { loadNamedTarget } from '../cli/load.ts'
import type { Target } from '../target.ts'
import {
  receiveError,
  settle,
  type Callback,
  type FromWorker,
  type Request,
  type Settled,
  type ToWorker,
} from './protocol.ts'

interface OpenClient {
  readonly provider: PersistenceProvider
  now: number
}

const clients = new Map<string, OpenClient>()
const answers = new Map<number, (answer: Settled) => void>()
const systemNow = Date.now
let target: Target | undefined
let callbacks = 0

process.on('disconnect', () => process.exit())
process.on('message', (message: ToWorker) => {
  if ('answer' in message) {
    answers.get(message.id)?.(message.answer)
    answers.delete(message.id)
    for (const client of clients.values()) client.now = Math.max(client.now, message.now)
  } else {
    void reply(message.id, message.request)
  }
})

async function reply(id: number, request: Request): Promise<void> {
  const call = prepare(id, request)
  const start = process.hrtime.bigint()
  const settled = await settle(call)
  send({ id, reply: settled, start, end: process.hrtime.bigint() })
}

/** What is to be done, so that only the doing is timed. */
function prepare(id: number, request: Request): () => unknown {
  switch (request.kind) {
    case 'join':
      return async () => {
        target = await loadNamedTarget(request.module, request.target)
        await target.join?.(request.shared)
      }
    case 'open':
      return async () => open(request)
    case 'call': {
      const client = clientOf(request.client)
      client.now = request.now
      const { provider } = client
      const owner: object =
        request.repository === undefined
          ? provider
          : (Reflect.get(provider, request.repository) as object)
      const method = Reflect.get(owner, request.method) as (...args: unknown[]) => unknown
      const args = request.args.map((arg) => (isCallback(arg) ? callerOf(id, arg) : arg))
      return () => method.apply(owner, args)
    }
    case 'close':
      return async () => {
        for (const name of request.clients) {
          const { provider } = clientOf(name)
          clients.delete(name)
          await provider[Symbol.asyncDispose]()
        }
      }
    case 'skew':
      return () => {
        Date.now = () => systemNow() + request.ms
      }
  }
}

async function open(request: Request & { readonly kind: 'open' }): Promise<unknown> {
  if (target === undefined) throw new Error('This process has not joined')
  const client = { now: request.now }
  const provider = await target.open(request.namespace, { clock: () => client.now })
  clients.set(request.client, Object.assign(client, { provider }))
  if (request.prepare) await provider.ensureStore()
  return undefined
}

function clientOf(name: string): OpenClient {
  const client = clients.get(name)
  if (client === undefined) throw new Error(`${name} is not open`)
  return client
}

function isCallback(value: unknown): value is Callback {
  return typeof value === 'object' && value !== null && '$callback' in value
}

/** A function that calls its counterpart in the parent. What cannot be sent, like a signal, stays here. */
function callerOf(call: number, { $callback }: Callback): (argument: unknown) => Promise<unknown> {
  return async (argument) => {
    callbacks += 1
    const id = callbacks
    const answered = new Promise<Settled>((resolve) => answers.set(id, resolve))
    send({ id, call, callback: $callback, argument })
    const answer = await answered
    if (answer.ok) return answer.value
    throw receiveError(answer.error)
  }
}

function send(message: FromWorker): void {
  process.send?.(message)
}
