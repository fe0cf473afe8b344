import { isDeepStrictEqual } from 'node:util'
import { isPersistenceError } from '@holdfast/spec'
import { Inconclusive, Violation, equal, ok, show } from '../expect.ts'
import { armCut, type Cut } from '../proxy/cut.ts'
import type { Store } from '../rule.ts'
import type { Trial, Wire } from '../trial.ts'
import type { Attempt, Write } from './retry-writes.ts'

/** No operation takes more trips than that. */
const MAX_TRIPS = 50

const HOW: Readonly<Record<Cut, string>> = {
  request: 'that was cut before it reached the server',
  torn: 'that was cut in the middle of its request',
  reply: 'whose reply was lost',
  closed: 'whose connection was closed in place of a reply',
}

/**
 * Makes a write again and again, and cuts it at its first trip, its second, and so on, until it has no more. Each time
 * the caller sees success or an honest error, and a repeat by the same request id ends as the first would have.
 */
export async function cutAtEachTrip(
  write: Write,
  cut: Cut,
  direct: Store,
  wire: Wire,
  trial: Trial,
): Promise<void> {
  const view = (value: unknown): unknown => withoutNames(value, trial)
  const reference = await write.prepare(direct, trial)
  // The first calls may teach the server statements, in trips that the next ones do without.
  await settle(reference.call(wire.store, { requestId: trial.id('request') }))
  const uncut = await write.prepare(direct, trial)
  const result = view(await uncut.call(wire.store, { requestId: trial.id('request') }))
  const after = view(await uncut.look(direct))

  for (const nth of tripsOf(write.method)) {
    const attempt = await write.prepare(direct, trial)
    const before = view(await attempt.look(direct))
    const options = { requestId: trial.id('request') }
    await wire.store.ping()
    const { met, settled: first } = await cutting(wire, cut, nth, () =>
      attempt.call(wire.store, options),
    )
    if (!met) return over(nth, write.method)
    trial.count(`${cut} cuts`)
    const what = `${write.method} ${HOW[cut]}, at trip ${nth}`
    await judgeFirst(first, attempt)
    const repeat = attempt.call(wire.store, options)
    const again = await succeeds(repeat, `${what}, repeated with its request id`)
    equalResult(again, `what ${what}, returns when it is repeated with its request id`)
    equal(view(await attempt.look(direct)), after, `what is stored after ${what}, and a repeat`)
    await attempt.confirm?.(direct, 'value' in first ? first.value : again, what)

    async function judgeFirst(seen: Settled, { look }: Attempt): Promise<void> {
      const stored = view(await look(direct))
      if ('error' in seen) {
        const { outcome } = honest(seen.error, what)
        ok(
          isDeepStrictEqual(stored, before) ||
            (outcome === 'unknown' && isDeepStrictEqual(stored, after)),
          `what is stored after ${what}, and ended with outcome ${outcome}: ${
            outcome === 'unknown' ? 'the old or the new' : 'the old'
          }\n  old:    ${show(before)}\n  actual: ${show(stored)}`,
        )
        trial.count('outcomes unknown', outcome === 'unknown' ? 1 : 0)
        return
      }
      equalResult(seen.value, `what ${what}, returns`)
      equal(stored, after, `what is stored after ${what}, and succeeded`)
      trial.count('sent again by the driver')
    }

    function equalResult(value: unknown, message: string): void {
      if ('gone' in write && isDeepStrictEqual(value, write.gone)) {
        trial.count('gone already')
        return
      }
      equal(view(value), result, message)
    }
  }
}

/** The numbers of the trips that a call may have: {@link over} says where they end. */
export function* tripsOf(method: string): Generator<number> {
  for (let nth = 1; nth <= MAX_TRIPS; nth += 1) yield nth
  throw new Inconclusive(`${method} makes more than ${MAX_TRIPS} trips`)
}

/** The call did not come to this trip: the one before was its last. */
export function over(nth: number, method: string): void {
  if (nth === 1) throw new Inconclusive(`${method} made no trip that could be cut`)
}

/** How a call ended. */
export type Settled = { readonly value: unknown } | { readonly error: unknown }

export async function settle(call: Promise<unknown>): Promise<Settled> {
  try {
    return { value: await call }
  } catch (error) {
    return { error }
  }
}

/** The call's result. */
export async function succeeds<T>(call: Promise<T>, what: string): Promise<T> {
  try {
    return await call
  } catch (error) {
    const code = isPersistenceError(error) ? `${error.code}, ` : ''
    throw new Violation(`${what}: expected success, got ${code}${show(error)}`, { cause: error })
  }
}

/** A call while a cut waits for one of its trips, and whether it met it. */
export async function cutting(
  { proxy }: Pick<Wire, 'proxy'>,
  cut: Cut,
  nth: number,
  call: () => Promise<unknown>,
): Promise<{ readonly met: boolean; readonly settled: Settled }> {
  const armed = armCut(proxy, cut, nth)
  try {
    const settled = await settle(call())
    if (!armed.met && 'error' in settled) throw settled.error
    return { met: armed.met, settled }
  } finally {
    armed[Symbol.dispose]()
  }
}

/** What a broken connection may be told as: `UNAVAILABLE` or `BUSY`, which can be tried again. */
export function honest(
  error: unknown,
  what: string,
): { readonly outcome: 'unknown' | 'not-applied' } {
  if (!isPersistenceError(error))
    throw new Violation(`${what}: ${show(error)}, which is no PersistenceError`, { cause: error })
  const { code, retryable, outcome } = error
  if (code !== 'UNAVAILABLE' && code !== 'BUSY')
    throw new Violation(`${what}: expected success or UNAVAILABLE, got ${code}: ${error.message}`, {
      cause: error,
    })
  ok(retryable, `${what}: ${code} says that it is retryable`)
  return { outcome }
}

const TIMES = new Set([
  'createdAt',
  'updatedAt',
  'claimedAt',
  'expiresAt',
  'tokenExpiry',
  'readyAt',
])
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** Data without what differs from one record to the next that is made alike: its ids, its times, its fencing token. */
export function withoutNames(value: unknown, { namespace }: Pick<Trial, 'namespace'>): unknown {
  if (typeof value === 'string')
    return value.replaceAll(new RegExp(`(\\w+-)?${namespace}-\\d+`, 'g'), '#').replaceAll(UUID, '#')
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => withoutNames(item, { namespace }))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => !TIMES.has(key) && !isFence(key, member) && member !== undefined)
      .map(([key, member]) => [key, withoutNames(member, { namespace })]),
  )
}

function isFence(key: string, member: unknown): boolean {
  return key === 'token' && typeof member === 'number'
}
