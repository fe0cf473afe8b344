import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { JsonValue } from '@holdfast/spec'
import type { Target } from '../target.ts'
import {
  receiveError,
  settle,
  type Callback,
  type CalledBack,
  type FromWorker,
  type Reply,
  type Request,
  type Settled,
  type ToWorker,
} from './protocol.ts'

/** From the start of a call to its end, in ns of a monotonic clock that all processes share. */
export interface Span {
  readonly start: bigint
  readonly end: bigint
}

/** How a call went, and when it was under way. */
export interface Answer {
  readonly span: Span
  readonly settled: Settled
}

/** A process with clients in it. */
export interface Worker {
  /** e.g. `process 2` */
  readonly name: string
  /** `now` gives the time that the worker's clients are told when it is asked, and with each answer. */
  ask(request: Request, now: () => number): Promise<Answer>
  /** As when the system takes the processor away from it: nothing in it goes on until {@link Worker.resume}. */
  stop(): void
  resume(): void
}

/** The processes of a run. */
export interface Workers extends AsyncDisposable {
  readonly all: readonly Worker[]
}

/** Why there are no worker processes: all clients are in one. */
export interface Alone {
  readonly reason: string
}

const PROCESSES = 3

/**
 * Starts the processes that a run's clients are in, on the engine that the target has set up. A store that outlives no
 * process, and one that another process does not know how to reach, has its clients in this one.
 */
export async function startWorkers(
  target: Target,
  module: string | undefined,
  durability: 'process' | 'restart',
): Promise<Workers | Alone> {
  if (durability === 'process') return { reason: 'what it stores does not leave its process' }
  if (module === undefined) return { reason: 'the target names no module' }
  if (target.setup !== undefined && (target.share === undefined || target.join === undefined))
    return { reason: 'the target has a setup(), but no share() and join()' }
  const shared: JsonValue = target.share?.() ?? null
  const all = Array.from({ length: PROCESSES }, (_, index) => startWorker(`process ${index + 1}`))
  const end = (): void => {
    for (const { child } of all) child.kill('SIGKILL')
  }
  // A stopped process does not notice that its parent is gone.
  process.once('exit', end)
  const workers: Workers = {
    all,
    async [Symbol.asyncDispose]() {
      process.off('exit', end)
      end()
    },
  }
  try {
    const request = { kind: 'join', module, target: target.name, shared } as const
    await Promise.all(all.map(async (worker) => valueOf(await worker.ask(request, () => 0))))
    return workers
  } catch (error) {
    await workers[Symbol.asyncDispose]()
    throw error
  }
}

/** @throws what the call threw */
export function valueOf({ settled }: Answer): unknown {
  if (settled.ok) return settled.value
  throw receiveError(settled.error)
}

interface Pending {
  readonly asked: bigint
  readonly now: () => number
  readonly functions: readonly ((argument: unknown) => unknown)[]
  resolve(answer: Answer): void
  reject(error: unknown): void
}

function startWorker(name: string): Worker & { readonly child: ChildProcess } {
  const child = forkWorker()
  const pending = new Map<number, Pending>()
  let said = ''
  let ended: Error | undefined
  let ids = 0

  child.stderr?.on('data', (data: Buffer) => {
    said = `${said}${data.toString()}`.slice(-2000)
  })
  child.on('exit', (code, signal) => {
    ended = new Error(
      `${name} ended with ${signal ?? code}${said === '' ? '' : `: ${said.trim()}`}`,
    )
    for (const { reject } of pending.values()) reject(ended)
    pending.clear()
  })
  child.on('message', (message: FromWorker) => {
    if ('callback' in message) void answer(message)
    else finish(message)
  })

  function send(message: ToWorker): void {
    child.send(message)
  }

  async function answer(message: CalledBack): Promise<void> {
    const call = pending.get(message.call)
    const settled = await settle(() => call?.functions[message.callback]?.(message.argument))
    send({ id: message.id, answer: settled, now: call?.now() ?? 0 })
  }

  function finish({ id, reply, start, end }: Reply): void {
    const call = pending.get(id)
    pending.delete(id)
    if (call === undefined) return
    const received = process.hrtime.bigint()
    // Where the system gives each process a clock of its own, what this one sees is wider, and true.
    const shared = call.asked <= start && end <= received
    const span = shared ? { start, end } : { start: call.asked, end: received }
    call.resolve({ settled: reply, span })
  }

  return {
    name,
    child,
    async ask(request, now) {
      if (ended) throw ended
      ids += 1
      const id = ids
      const functions: ((argument: unknown) => unknown)[] = []
      return new Promise((resolve, reject) => {
        pending.set(id, { asked: process.hrtime.bigint(), now, functions, resolve, reject })
        send({ id, request: withCallbacks(request, functions) })
      })
    },
    stop: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  }
}

/** From sources in this repository, from what is built in a package. */
function forkWorker(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const module = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url))
  const flags = [
    // An author's target may be TypeScript, which Node 22 runs only when it is told to.
    '--experimental-strip-types',
    '--disable-warning=ExperimentalWarning',
    ...(extension === 'ts' ? ['--conditions=@holdfast/source'] : []),
  ]
  return fork(module, [], {
    execArgv: [...process.execArgv.filter((flag) => !flags.includes(flag)), ...flags],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
}

function withCallbacks(request: Request, functions: ((argument: unknown) => unknown)[]): Request {
  if (request.kind !== 'call') return request
  const args = request.args.map((arg): unknown => {
    if (typeof arg !== 'function') return arg
    functions.push(arg as (argument: unknown) => unknown)
    return { $callback: functions.length - 1 } satisfies Callback
  })
  return { ...request, args }
}
