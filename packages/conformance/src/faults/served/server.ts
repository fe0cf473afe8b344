import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { isPersistenceError, type PersistenceProvider } from '@holdfast/spec'
import type { Endpoint } from '../../target.ts'
import { receive, send, type Question, type SentError } from './frames.ts'

/** Providers behind a port. */
export interface StoreServer extends AsyncDisposable {
  readonly endpoint: Endpoint
  /** The name under which clients reach the provider. */
  add(provider: PersistenceProvider): number
}

/** A server on a free port of this machine. A method is called as `<name of the provider>.<repository>.<method>`. */
export async function serveStores(): Promise<StoreServer> {
  const providers: PersistenceProvider[] = []
  const server = createServer({ noDelay: true }, (socket) => attend(socket, providers))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: { host: '127.0.0.1', port },
    add: (provider) => providers.push(provider) - 1,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers one client. What it asked for is done also when it is gone. */
function attend(socket: Socket, providers: readonly PersistenceProvider[]): void {
  const handling = new Map<number, PromiseWithResolvers<void>>()
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    for (const { reject } of handling.values()) reject(new Error('The client is gone'))
  })

  const handlerOf = (id: number) => async (command: unknown) => {
    const handled = Promise.withResolvers<void>()
    handling.set(id, handled)
    send(socket, { id, handle: command })
    if (socket.destroyed) handled.reject(new Error('The client is gone'))
    await handled.promise
  }

  async function answer({ id, method, args }: Question): Promise<void> {
    try {
      const whole = args.map((arg) => (arg === HANDLER ? handlerOf(id) : arg))
      send(socket, { id, value: await find(providers, method)(...whole) })
    } catch (error) {
      send(socket, { id, error: describe(error) })
    }
  }

  receive<Question>(socket, (question) => {
    const { id, method, args } = question
    const [error] = args
    if (method !== 'handled') void answer(question)
    else if (error === undefined) handling.get(id)?.resolve()
    else handling.get(id)?.reject(error)
  })
}

/** Stands for a function among the arguments. */
export const HANDLER = '\0handler'

function find(
  providers: readonly PersistenceProvider[],
  path: string,
): (...args: unknown[]) => unknown {
  const [provider = '', ...names] = path.split('.')
  let owner: unknown
  let found: unknown = providers[Number(provider)]
  for (const name of names) {
    owner = found
    found = (owner as Record<string, unknown> | undefined)?.[name]
  }
  if (typeof found !== 'function') throw new TypeError(`There is no ${path}`)
  return found.bind(owner) as (...args: unknown[]) => unknown
}

function describe(error: unknown): SentError {
  if (isPersistenceError(error)) {
    const { code, message, retryable, outcome } = error
    return { code, message, retryable, outcome }
  }
  return { code: undefined, message: String(error), retryable: false, outcome: 'not-applied' }
}
