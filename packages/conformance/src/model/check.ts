import type { RepositoryName } from '@holdfast/spec'
import { Inconclusive } from '../expect.ts'
import { createCoverage } from './coverage.ts'
import { families } from './operations/index.ts'
import type { Family, Setting } from './operations/operation.ts'
import { runSequence } from './run.ts'
import { mixesOf, sequences, type Sequence } from './sequence.ts'
import type { Store } from '../rule.ts'
import type { Trial } from '../trial.ts'

export interface CheckOptions {
  readonly repositories: readonly RepositoryName[]
  /** Whether a sequence has some of them, and not all. @default false */
  readonly mixed?: boolean
  /** Providers that take turns. @default 1 */
  readonly stores?: 1 | 2
  /** @default false */
  readonly repeats?: boolean
  /** What must have been seen. @default what the families ask for, and a success of each method */
  wanted?(setting: Setting, families: readonly Family[]): readonly string[]
}

/** A sequence is worth several values: this part of the runs is enough. */
const SHARE = 0.3

/** What must be seen may not come about in the planned runs; then there are so many more at a time, and in all. */
const MORE = 5
const MOST_MORE = 100

/** Sequences of generated operations, on the provider and on the model. */
export async function checkModel(
  store: Store<never>,
  trial: Trial,
  options: CheckOptions,
): Promise<void> {
  const { repositories, mixed = false, stores = 1, repeats = false } = options
  const { capabilities } = store
  const used = families.filter(({ name }) => repositories.includes(name))
  if (used.length === 0) throw new Inconclusive('The provider declares no repository')
  const setting: Setting = {
    repositories,
    atomicSubscriptions: capabilities.atomicSubscriptions,
    fencing: capabilities.fencing,
    turns: stores > 1,
    injected: trial.clock.injected,
  }
  const coverage = createCoverage()
  const mixes = mixed ? mixesOf(used) : [used]
  let namespaces = 0

  async function check(sequence: Sequence): Promise<void> {
    coverage.note('sequences')
    namespaces += 1
    // Of its own, so that nothing is left of the sequence before: it is the same when it is run alone.
    const suffix = `-m${namespaces}`
    const first = await trial.fresh(suffix)
    const others = stores > 1 ? [await trial.fresh(suffix)] : []
    try {
      await runSequence(sequence, {
        stores: [first, ...others],
        setting,
        clock: trial.clock,
        coverage,
        ...(repeats && { requestId: () => trial.id('request') }),
      })
    } finally {
      await Promise.all([first, ...others].map(disposeOf))
    }
  }

  const wanted = options.wanted?.(setting, used) ?? [
    ...used.flatMap(({ methods }) => methods),
    ...(used.at(-1)?.wanted(setting) ?? []),
  ]
  const generated = mixes.map((mix) => sequences(mix, setting, { stores, repeats }))
  for (const each of generated) await trial.forAll(each, check, { share: SHARE / mixes.length })
  for (let more = 0; more < MOST_MORE && coverage.missing(wanted).length > 0; more += MORE) {
    const fewest = Math.ceil(MORE / mixes.length)
    for (const each of generated) await trial.forAll(each, check, { share: 0, fewest })
  }
  for (const [what, times] of coverage.seen) trial.count(what, times)
  const missing = coverage.missing(wanted)
  if (missing.length > 0 && !trial.replaying)
    throw new Inconclusive(`No sequence has seen ${missing.join(', ')}`)
}

/** What cannot be disposed of breaks the rules on disposal, not this one. */
async function disposeOf(store: Store): Promise<void> {
  await store[Symbol.asyncDispose]().catch(() => undefined)
}
