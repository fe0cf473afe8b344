import { isDeepStrictEqual } from 'node:util'
import { isPersistenceError } from '@holdfast/spec'
import { Inconclusive, Violation, show } from '../expect.ts'
import { interleavings, type Client } from '../proxy/interleave.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial, Wire } from '../trial.ts'
import { holdPairs } from './interleave-holds.ts'
import type { Act, Duel, Outcome, Pair } from './interleave-pair.ts'
import { recordPairs } from './interleave-records.ts'
import { withoutNames } from './retry-cut.ts'

/** Orders of one pair. Two calls of three trips have 20, and 63 with those where both go on at once. */
const BOUND = 400

/** How often a caller calls while the store is busy. */
const ATTEMPTS = 20

/** Decision 3, 5 and 10, trip by trip: whatever the order, the outcome is one that comes of one after the other. */
export const interleave: readonly Rule[] = [...recordPairs, ...holdPairs].map((pair) =>
  rule(pair.rule, {
    title: `${pair.title}, in whatever order their round trips reach the server`,
    clause: pair.clause,
    level: 'resilient',
    needs: pair.needs,
    features: pair.features ?? [],
    bugs: pair.bugs,
    check: async (store, trial) => playAll(pair, store, trial),
  }),
)

async function playAll(pair: Pair, direct: Store, trial: Trial): Promise<void> {
  const wires = [await trial.wire(), await trial.wire()] as const
  const first = await inTurn(pair, direct, trial, 'ab')
  const second = await inTurn(pair, direct, trial, 'ba')
  let round: Round | undefined
  const next = async (): Promise<Round['clients']> => {
    round = await prepare(pair, direct, wires, trial)
    return round.clients
  }
  let played = 0
  for await (const { turns, mixed } of interleavings(next, BOUND)) {
    played += 1
    trial.count('orders')
    trial.count('orders that mix trips', mixed ? 1 : 0)
    if (round === undefined) continue
    const outcome = await round.outcome()
    const right = pair.judge
      ? pair.judge(outcome)
      : [first, second].some((one) => isDeepStrictEqual(outcome, one))
    if (right) continue
    throw new Violation(
      `${pair.title}: the trips in the order ${turns} (*: both at once) ended as neither order of the two calls does\n` +
        `  A, then B: ${show(first)}\n  B, then A: ${show(second)}\n  actual:    ${show(outcome)}`,
    )
  }
  if (played === BOUND) trial.count('left before the last order')
  if (played < 2) throw new Inconclusive('The calls made no trip that could be held')
}

interface Round {
  readonly clients: readonly [Client, Client]
  outcome(): Promise<Outcome>
}

async function prepare(
  pair: Pair,
  direct: Store,
  [left, right]: readonly [Wire, Wire],
  trial: Trial,
): Promise<Round> {
  const duel = await pair.prepare(direct, trial)
  await Promise.all([left.store.ping(), right.store.ping()])
  const ends: [unknown, unknown] = [undefined, undefined]
  return {
    clients: [
      { proxy: left.proxy, act: async () => (ends[0] = await endOf(duel.a, left.store, trial)) },
      { proxy: right.proxy, act: async () => (ends[1] = await endOf(duel.b, right.store, trial)) },
    ],
    outcome: async () => [...ends, await leftOf(duel, direct, trial)],
  }
}

async function inTurn(
  pair: Pair,
  direct: Store,
  trial: Trial,
  order: 'ab' | 'ba',
): Promise<Outcome> {
  const duel = await pair.prepare(direct, trial)
  const ends = { a: undefined as unknown, b: undefined as unknown }
  for (const who of order === 'ab' ? (['a', 'b'] as const) : (['b', 'a'] as const))
    ends[who] = await endOf(duel[who], direct, trial)
  return [ends.a, ends.b, await leftOf(duel, direct, trial)]
}

async function leftOf({ look }: Duel, direct: Store, trial: Trial): Promise<unknown> {
  return withoutNames(await look(direct), trial)
}

/** What a caller sees in the end who tries again when the store is busy. */
async function endOf(act: Act, store: Store, trial: Trial): Promise<unknown> {
  const requestId = trial.id('request')
  for (let attempt = 1; ; attempt += 1) {
    try {
      return withoutNames(await act(store, { requestId }), trial)
    } catch (error) {
      if (!isPersistenceError(error)) return show(error)
      if (error.code !== 'BUSY' || attempt === ATTEMPTS) return error.code
      trial.count('busy')
    }
  }
}
