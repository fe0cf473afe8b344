import { createMemoryDatabase, createMemoryProvider } from '@holdfast/adapter-memory'
import { describe, expect, it } from 'vitest'
import {
  faults,
  readReplay,
  rules,
  runRule,
  withFault,
  type Rule,
  type RuleResult,
  type Target,
} from '../src/index.ts'
import { checkModel } from '../src/model/check.ts'
import { openTrial } from '../src/trial.ts'

const models = rules.filter(({ id }) => id.startsWith('MODEL-'))

function memory(): Target {
  const database = createMemoryDatabase()
  return {
    name: 'memory',
    open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
  }
}

function ruleOf(id: string): Rule {
  const found = rules.find((rule) => rule.id === id)
  if (found === undefined) throw new Error(`There is no rule ${id}`)
  return found
}

function broken(name: string): { readonly target: Target; readonly rule: Rule } {
  const fault = faults.find((other) => other.name === name)
  if (fault === undefined) throw new Error(`There is no fault ${name}`)
  return { target: withFault(memory(), fault), rule: ruleOf(fault.rule) }
}

/** How many operations the message of a result tells of, those of handlers not counted. */
function operationsOf({ reason = '' }: RuleResult): number {
  return reason.match(/^ {2}\d+\. /gm)?.length ?? 0
}

// The least operations that show each of these, with the reading that differs.
const least = [
  ['batch-reversed-after-a-refusal', 4],
  ['own-time-lost-after-another', 3],
  ['step-list-cached-until-the-order-changes', 4],
  ['tasks-of-a-deleted-snapshot', 5],
  ['listed-as-before-the-deletion', 5],
] as const

describe('a sequence that fails', () => {
  it.each(least)('shrinks to what shows %s: about %i operations', async (name, operations) => {
    const { target, rule } = broken(name)
    for (const seed of [1, 2, 3, 4]) {
      const result = await runRule(target, rule, { seed, runs: 100 })
      expect(result.verdict).toBe('fail')
      expect(operationsOf(result)).toBeLessThanOrEqual(operations + 1)
    }
  })

  it.each([
    ...least.map(([name]) => name),
    'cascade-misses-moved-commands',
    'second-reading-is-kept',
    'remembers-the-last-request-only',
  ])('is found again by its token: %s', async (name) => {
    const { target, rule } = broken(name)
    const found = await runRule(target, rule, { seed: 5, runs: 100 })
    const replay = readReplay(found.replay ?? '')
    expect(replay).toMatchObject({ rule: rule.id, runs: 100 })
    const again = await runRule(target, rule, { seed: 99, runs: 100, ...(replay && { replay }) })
    expect(again.verdict).toBe('fail')
    expect(again.reason).toBe(found.reason)
    expect(again.operations).toBeLessThan(found.operations)
  })

  it('is told in lines, with distances for instants', async () => {
    const { target, rule } = broken('batch-reversed-after-a-refusal')
    const { reason } = await runRule(target, rule, { seed: 1 })
    expect(reason).toContain('The provider and the model part:\n  1. errors.append([ { ')
    expect(reason).toMatch(/^ {2}2\. errors\.append\(.*\) → CONFLICT$/m)
    expect(reason).toMatch(/^ {2}\d\. errors\.list\(.*\) → at \[\d\]\.\w+ expected .*, got /m)
    expect(reason).toContain('errorTime: t0')
  })
})

describe('a run', () => {
  it.each(models)('of $id passes on memory, and counts what it saw', async (rule) => {
    const result = await runRule(memory(), rule, { seed: 1 })
    expect(result).toMatchObject({ verdict: 'pass' })
    expect(result.counters?.sequences).toBeGreaterThanOrEqual(30)
  })

  it('that does not see what it must does not pass', async () => {
    await using opened = await openTrial(memory(), {
      ...{
        seed: 1,
        runs: 1,
        deadline: 10_000,
        prefix: 'unseen',
        replay: undefined,
        workers: undefined,
      },
    })
    const { store, trial } = opened
    const wanted = (): readonly string[] => ['state.set', 'what nobody does']
    const checked = checkModel(store, trial, { repositories: ['state'], wanted })
    await expect(checked).rejects.toThrow('No sequence has seen what nobody does')
    expect(opened.counters.get('sequences')).toBeGreaterThan(100)
  })

  it('on a provider with a clock of its own passes', async () => {
    const database = createMemoryDatabase()
    const target: Target = {
      name: 'memory',
      open: (namespace) => createMemoryProvider({ database, namespace }),
    }
    for (const rule of models)
      expect(await runRule(target, rule, { seed: 1, runs: 20 })).toMatchObject({ verdict: 'pass' })
  })

  it('tells what a provider throws that is no PersistenceError', async () => {
    const target: Target = {
      name: 'memory',
      open(namespace, { clock }) {
        const provider = createMemoryProvider({ namespace, clock })
        const { state } = provider
        const getAll = async (): Promise<never> => {
          throw new RangeError('out of range')
        }
        return state ? { ...provider, state: { ...state, getAll } } : provider
      },
    }
    const { verdict, reason } = await runRule(target, ruleOf('MODEL-03'), { seed: 1 })
    expect(verdict).toBe('fail')
    expect(reason).toContain('threw RangeError: out of range, no PersistenceError')
  })
})
