import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import type { Recorder } from '../recorder.ts'
import type { Store } from '../rule.ts'
import type { Target } from '../target.ts'
import { patient } from './patient.ts'
import { settle } from './protocol.ts'
import { valueOf, type Answer, type Span, type Worker, type Workers } from './workers.ts'

/** One of several clients of a store. It makes one call at a time. */
export interface Client<N extends RepositoryName = RepositoryName> {
  /** e.g. `client-3` */
  readonly name: string
  /** Clients of one host stop and resume together. */
  readonly host: string
  /** A provider of its own. A call that is `BUSY`, and was not applied, is made again. */
  readonly store: Store<N>
  /** When its last call was under way. */
  readonly last: Span
  /** Its process gets no processor until {@link Client.resume}: what it was doing and what it is asked waits. */
  stop(): void
  resume(): void
}

export interface ClientOptions {
  /** @default the trial's namespace; a suffix is put after it */
  readonly suffix?: string
  /** ms by which the clocks of a host are off. @default 0 */
  readonly skew?: (host: number) => number
}

export interface Crew extends AsyncDisposable {
  readonly clients: readonly Client[]
}

interface CrewOptions {
  readonly target: Target
  /** `undefined`: all clients are in this process. */
  readonly workers: Workers | undefined
  readonly recorder: Recorder
  readonly namespace: string
  readonly now: () => number
  readonly skew: (host: number) => number
  /** Tells what a store that the clients share declares. */
  readonly store: PersistenceProvider
}

/** How many clients race. */
export const CLIENTS = 8

/** Opens clients on one namespace, spread over the processes of the run. */
export async function openCrew(options: CrewOptions): Promise<Crew> {
  const { workers, skew } = options
  if (workers) await skewClocks(workers, skew)
  const seats = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) =>
      workers === undefined ? sitHere(options, index) : sitIn(workers, options, index),
    ),
  )
  return {
    clients: seats.map((seat) => clientOf(seat, options)),
    async [Symbol.asyncDispose]() {
      for (const seat of seats) seat.resume()
      await Promise.all(seats.map(async (seat) => seat.leave()))
      if (workers) await skewClocks(workers, () => 0)
    },
  }
}

async function skewClocks(workers: Workers, skew: (host: number) => number): Promise<void> {
  await Promise.all(
    workers.all.map(async (worker, host) => worker.ask({ kind: 'skew', ms: skew(host) }, () => 0)),
  )
}

/** Where a client is, and how it is asked. */
interface Seat {
  readonly name: string
  readonly host: string
  call(
    repository: RepositoryName | undefined,
    method: string,
    args: readonly unknown[],
  ): Promise<Answer>
  stop(): void
  resume(): void
  leave(): Promise<void>
}

/** In this process. Each client is a host of its own: stopped, it waits before its next call. */
async function sitHere(options: CrewOptions, index: number): Promise<Seat> {
  const { target, namespace, now, skew } = options
  const provider = await target.open(namespace, { clock: () => now() + skew(index) })
  let going = Promise.resolve()
  let go = (): void => {}
  let calls = 0
  return {
    name: nameOf(index),
    host: nameOf(index),
    async call(repository, method, args) {
      await going
      const start = process.hrtime.bigint()
      const owner: object = (repository === undefined ? provider : provider[repository]) ?? provider
      const call = Reflect.get(owner, method) as (...given: readonly unknown[]) => unknown
      const settled = await settle(() => call.apply(owner, [...args]))
      const span = { start, end: process.hrtime.bigint() }
      // A store in memory answers without a pause: the others would not get their turn, or all in step.
      calls += 1
      for (let turn = (calls * 5 + index * 3) % 4; turn > 0; turn -= 1)
        await new Promise((resolve) => setImmediate(resolve))
      return { settled, span }
    },
    stop() {
      going = new Promise((resolve) => {
        go = resolve
      })
    },
    resume: () => go(),
    leave: async () => provider[Symbol.asyncDispose](),
  }
}

async function sitIn(workers: Workers, options: CrewOptions, index: number): Promise<Seat> {
  const { namespace, now: trialNow, skew } = options
  const host = index % workers.all.length
  const worker = workers.all[host] as Worker
  const now = (): number => trialNow() + skew(host)
  const client = `${namespace}/${nameOf(index)}`
  const prepare = index < workers.all.length
  valueOf(await worker.ask({ kind: 'open', client, namespace, now: now(), prepare }, now))
  return {
    name: nameOf(index),
    host: worker.name,
    call: async (repository, method, args) =>
      worker.ask({ kind: 'call', client, now: now(), repository, method, args }, now),
    stop: worker.stop,
    resume: worker.resume,
    async leave() {
      valueOf(await worker.ask({ kind: 'close', clients: [client] }, now))
    },
  }
}

function nameOf(index: number): string {
  return `client-${index + 1}`
}

function clientOf(seat: Seat, { recorder, store }: CrewOptions): Client {
  let last: Span = { start: 0n, end: 0n }
  const provider = patient(store, async (repository, method, args) => {
    const answer = await seat.call(repository, method, args)
    last = answer.span
    return valueOf(answer)
  })
  return {
    name: seat.name,
    host: seat.host,
    store: recorder.record({ ...provider, [Symbol.asyncDispose]: seat.leave }) as Store,
    get last() {
      return last
    },
    stop: seat.stop,
    resume: seat.resume,
  }
}
