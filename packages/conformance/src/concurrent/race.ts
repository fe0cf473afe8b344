import fc from 'fast-check'
import { isPersistenceError, type ErrorCode, type PersistenceError } from '@holdfast/spec'
import type { RepositoryName } from '@holdfast/spec'
import { Inconclusive, Violation, show } from '../expect.ts'
import type { Amount, Trial } from '../trial.ts'
import type { Client } from './clients.ts'
import type { Span } from './workers.ts'

/** What one client of a race got: a value, or a refusal. */
export interface Attempt<T = unknown> {
  readonly client: Pick<Client, 'name' | 'host'>
  readonly span: Span
  readonly value: T | undefined
  readonly error: PersistenceError | undefined
}

/** Waits for all, and then throws what the first of them threw: a client that is still at work would spoil what comes next. */
export async function allDone<const T extends readonly Promise<unknown>[]>(
  calls: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(calls)
  return Promise.all(calls)
}

/** Every client acts at once, in one call each. What the provider refuses is an outcome, too. */
export async function race<T, N extends RepositoryName>(
  clients: readonly Client<N>[],
  act: (client: Client<N>, index: number) => Promise<T>,
): Promise<readonly Attempt<T>[]> {
  return allDone(
    clients.map(async (client, index) => {
      try {
        const value = await act(client, index)
        return { client, span: client.last, value, error: undefined }
      } catch (error) {
        if (!isPersistenceError(error)) throw error
        return { client, span: client.last, value: undefined, error }
      }
    }),
  )
}

/** Those who won, and those who lost as they should. */
export interface Contest<T = unknown> {
  readonly winners: readonly Attempt<T>[]
  readonly losers: readonly Attempt<T>[]
}

/** How a loser is told: by this value, or by an error with this code. */
export type Loss = { readonly value: unknown } | { readonly code: ErrorCode }

/** Tells winners from losers. Whoever got neither is a violation. */
export function contest<T>(attempts: readonly Attempt<T>[], loss: Loss, what: string): Contest<T> {
  const lost = ({ value, error }: Attempt<T>): boolean =>
    'code' in loss ? error?.code === loss.code : error === undefined && value === loss.value
  const losers = attempts.filter(lost)
  const others = attempts.filter((attempt) => !lost(attempt))
  const failed = others.find(({ error }) => error !== undefined)
  if (failed) {
    throw new Violation(
      `${what}: ${nameOf(failed)} got ${failed.error?.code} (${failed.error?.message}); ${expected(loss)}`,
    )
  }
  return { winners: others, losers }
}

/** The contest of a race that exactly one wins. `what` is e.g. `a claim on one task`. */
export function oneWinner<T>(
  attempts: readonly Attempt<T>[],
  loss: Loss,
  what: string,
): Contest<T> & { readonly winner: T } {
  const found = contest(attempts, loss, what)
  const [winner] = found.winners
  if (found.winners.length !== 1 || winner === undefined) {
    const names = found.winners.map(nameOf).join(', ') || 'nobody'
    throw new Violation(
      `${what}: ${found.winners.length} of ${attempts.length} clients won (${names}), not one`,
    )
  }
  return { ...found, winner: winner.value as T }
}

function expected(loss: Loss): string {
  return `a loser gets ${'code' in loss ? loss.code : show(loss.value)}`
}

function nameOf({ client }: Attempt): string {
  return client.name === client.host ? client.name : `${client.name} in ${client.host}`
}

/** Whether somebody lost to somebody who was at it at the same time. */
export function contested({ winners, losers }: Contest): boolean {
  return winners.some((winner) => losers.some((loser) => overlap(winner.span, loser.span)))
}

export function overlap(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end
}

/** More looks than any one write takes. */
const LOOKS = 200

/**
 * One client acts while others look, again and again, from before it begins until it is over. Returns whether anybody
 * looked at that very time.
 */
export async function watched<N extends RepositoryName>(
  [writer, ...readers]: readonly Client<N>[],
  act: (client: Client<N>) => Promise<unknown>,
  look: (client: Client<N>, count: number) => Promise<unknown>,
): Promise<boolean> {
  if (writer === undefined) return false
  const looking = Promise.withResolvers<void>()
  const looks: Span[] = []
  let acting = true
  const reading = race(readers, async (client, index) => {
    try {
      for (let count = index; acting && count < LOOKS; count += 1) {
        const start = process.hrtime.bigint()
        await look(client, count)
        looks.push({ start, end: process.hrtime.bigint() })
        looking.resolve()
      }
    } finally {
      looking.resolve()
    }
  })
  const writing = looking.promise
    .then(async () => act(writer))
    .finally(() => {
      acting = false
    })
  const [seen] = await allDone([reading, writing])
  const refused = seen.find(({ error }) => error !== undefined)
  if (refused) throw new Violation(`${nameOf(refused)} looked, and got ${refused.error?.message}`)
  return looks.some((span) => overlap(span, writer.last))
}

/** Races are many calls each. */
const RACES: Amount = { share: 0.2, fewest: 5 }

/** Of races that wait for an expiry: it takes real time where the clock is not injected. */
export function expiries({ clock }: Trial): Amount {
  return clock.injected ? RACES : { share: 0.05, fewest: 3 }
}

/** A fast store on a busy machine may answer each client before the next is told to begin, for a long time. */
const TRIES = 40

/**
 * Tries a property of clients at work. It says whether anybody was in anybody's way: when that never happens, the run
 * does not tell.
 */
export async function contend<T>(
  trial: Trial,
  arbitrary: fc.Arbitrary<T>,
  property: (value: T) => Promise<boolean>,
  amount: Amount = RACES,
): Promise<void> {
  let races = 0
  let contests = 0
  for (let attempt = 1; attempt <= TRIES && contests === 0; attempt += 1) {
    await trial.forAll(
      arbitrary,
      async (value) => {
        races += 1
        if (await property(value)) contests += 1
      },
      amount,
    )
    if (trial.replaying) return
  }
  trial.count('races', races)
  trial.count('contested races', contests)
  if (contests === 0) {
    throw new Inconclusive(
      `In ${races} races nobody was in anybody's way, so that nothing is shown`,
    )
  }
}

/** Races again and again, each time with some of the clients, in another order. */
export async function rounds<N extends RepositoryName>(
  trial: Trial,
  clients: readonly Client<N>[],
  round: (lineup: readonly Client<N>[]) => Promise<boolean>,
  amount: Amount = RACES,
): Promise<void> {
  const byName = new Map(clients.map((client) => [client.name, client]))
  await contend(
    trial,
    fc.shuffledSubarray([...byName.keys()], { minLength: 2 }),
    async (names) => round(names.flatMap((name) => byName.get(name) ?? [])),
    amount,
  )
}

const LONGEST = 10

/** Clients at work, each with a script of its own: one step after the other, and all clients at once. */
export async function atWork<N extends RepositoryName, S>(
  trial: Trial,
  clients: readonly Client<N>[],
  step: fc.Arbitrary<S>,
  work: (
    perform: (act: (client: Client<N>, step: S) => Promise<unknown>) => Promise<void>,
  ) => Promise<boolean>,
  amount: Amount = RACES,
): Promise<void> {
  const script = fc.array(step, { minLength: 2, maxLength: LONGEST, size: 'max' })
  const scripts = fc.array(script, { minLength: 2, maxLength: clients.length, size: 'max' })
  await contend(
    trial,
    scripts,
    async (all) =>
      work(async (act) => {
        await allDone(
          all.map(async (steps, index) => {
            const client = clients[index]
            if (client) for (const one of steps) await act(client, one)
          }),
        )
      }),
    amount,
  )
}
