import { describe, expect, it } from 'vitest'
import {
  Violation,
  judgeLevel,
  rules,
  runRule,
  runRules,
  type Rule,
  type RuleResult,
  type Target,
} from '../src/index.ts'
import { equal, rejects } from '../src/expect.ts'
import { readReplay } from '../src/replay.ts'
import { rule } from '../src/rule.ts'
import { target as hanging } from './fixtures/hanging.ts'
import { memoryTarget } from './support.ts'
import fc from 'fast-check'

const target = memoryTarget()
const base = { title: 'is a rule for this test', clause: 0, needs: [], bugs: [] } as const

async function verdictOf(check: Rule['check'], on: Target = target): Promise<RuleResult> {
  return runRule(on, rule('TEST-01', { ...base, check }), { seed: 1, runs: 50, deadline: 100 })
}

describe('a verdict', () => {
  it('is pass when the check is content', async () => {
    const result = await verdictOf(async (store) => store.ping())
    expect(result).toMatchObject({ verdict: 'pass', operations: 2 })
    expect(result.replay).toBeUndefined()
  })

  it('is unknown when the check asked the provider nothing', async () => {
    expect(await verdictOf(async () => {})).toMatchObject({ verdict: 'unknown', reason: /nothing/ })
  })

  it('is fail on a violation, and on whatever the provider throws', async () => {
    const violating = await verdictOf(async (store) => {
      await store.ping()
      throw new Violation('it must')
    })
    expect(violating).toMatchObject({ verdict: 'fail', reason: 'it must' })
    const throwing = await verdictOf(async ({ workflows }) => void (await workflows?.get('')))
    expect(throwing).toMatchObject({
      verdict: 'fail',
      reason: /^The provider threw INVALID_VALUE: id must be/,
    })
  })

  it('is kit-error when the check itself breaks', async () => {
    const result = await verdictOf(async (store) => {
      await store.ping()
      throw new RangeError('a bug of the kit')
    })
    expect(result).toMatchObject({ verdict: 'kit-error', reason: /RangeError: a bug of the kit/ })
  })

  it('is fail when the provider does not answer in time', async () => {
    const result = await verdictOf(
      async ({ workflows }) => void (await workflows?.get('x')),
      hanging,
    )
    expect(result).toMatchObject({
      verdict: 'fail',
      reason: 'workflows.get did not settle within 100 ms',
    })
  })

  it('is not-run when a rule corrupts and the target cannot', async () => {
    const corrupting = rule('TEST-01', { ...base, corrupts: true, check: async () => {} })
    expect(await runRule(target, corrupting, { seed: 1 })).toMatchObject({
      verdict: 'not-run',
      operations: 0,
    })
  })
})

describe('a generated failure', () => {
  const limited = rule('TEST-02', {
    ...base,
    needs: ['state'],
    async check({ state }, trial) {
      await trial.forAll(fc.nat(), async (n) => {
        const key = { workflowId: 'w', key: trial.id() }
        await state.set({ ...key, value: n })
        equal((await state.get(key))?.value, Math.min(n, 1000), 'the value comes back')
      })
    },
  })

  it('is shrunk, and its token leads back to it at once', async () => {
    const first = await runRule(target, limited, { seed: 3 })
    expect(first).toMatchObject({ verdict: 'fail', reason: /for: 1001$/ })
    const replay = readReplay(first.replay ?? '')
    expect(replay).toMatchObject({ rule: 'TEST-02', runs: 100, foundAt: { property: 0 } })
    const again = await runRule(target, limited, {
      seed: 99,
      ...(replay && { replay, runs: replay.runs }),
    })
    expect(again.reason).toBe(first.reason)
    expect(again.operations).toBeLessThan(first.operations)
  })

  it('is the same for the same seed', async () => {
    const results = await Promise.all(
      [5, 5, 6].map(async (seed) => runRule(target, limited, { seed })),
    )
    expect(results[0]?.replay).toBe(results[1]?.replay)
    expect(results[0]?.replay).not.toBe(results[2]?.replay)
  })
})

describe('what is not declared', () => {
  const snapshotsOnly: Target = {
    name: 'snapshots-only',
    async open(namespace, context) {
      const { workflows: _, ...rest } = await target.open(namespace, context)
      return {
        ...rest,
        capabilities: { ...rest.capabilities, repositories: ['snapshots'], fencing: false },
      }
    },
  }

  it('must be absent, or is a failure', async () => {
    const needing = (name: 'workflows' | 'steps'): Rule =>
      rule('TEST-03', { ...base, needs: [name], check: async (s) => s.ping() })
    expect(await runRule(snapshotsOnly, needing('workflows'), { seed: 1 })).toMatchObject({
      verdict: 'unsupported',
    })
    expect(await runRule(snapshotsOnly, needing('steps'), { seed: 1 })).toMatchObject({
      verdict: 'fail',
      reason: /does not name steps/,
    })
  })

  it('must refuse, or is a failure', async () => {
    const fenced = rule('TEST-04', {
      ...base,
      needs: ['snapshots'],
      features: ['fencing'],
      check: async (s) => s.ping(),
    })
    const result = await runRule(snapshotsOnly, fenced, { seed: 1 })
    expect(result).toMatchObject({
      verdict: 'fail',
      reason: /expected UNSUPPORTED, got CLAIM_LOST/,
    })
  })
})

describe('a store of some repositories', () => {
  it.each(['snapshots', 'state', 'commands'] as const)(
    'of %s alone can have the Core level, and the Concurrent one',
    async (name) => {
      const partial: Target = {
        name,
        async open(namespace, context) {
          const provider = await target.open(namespace, context)
          const { ensureStore, ping, [Symbol.asyncDispose]: dispose } = provider
          const capabilities = Object.freeze({
            ...provider.capabilities,
            repositories: Object.freeze([name]),
          })
          const own = { [name]: provider[name], [Symbol.asyncDispose]: dispose }
          return { name, capabilities, ensureStore, ping, ...own }
        },
      }
      const asked = rules.filter(({ level }) => level === 'core' || level === 'concurrent')
      const report = await runRules(partial, asked, { seed: 1, runs: 20 })
      const open = report.rules.filter(
        ({ verdict }) => verdict !== 'pass' && verdict !== 'unsupported',
      )
      expect(open.filter(({ strength }) => strength === 'MUST')).toEqual([])
      expect(report.levels).toEqual({ core: 'pass', concurrent: 'pass' })
    },
  )
})

describe('runRules', () => {
  const must = rule('TEST-05', { ...base, check: async (store) => store.ping() })
  const should = rule('TEST-06', {
    ...base,
    strength: 'SHOULD',
    needs: ['workflows'],
    check: async ({ workflows }) => void (await rejects(workflows.get('x'), 'NOT_FOUND', 'get')),
  })

  it('gives the level by what is required', async () => {
    const report = await runRules(target, [must, should], { seed: 1 })
    expect(report.rules.map(({ verdict }) => verdict)).toEqual(['pass', 'fail'])
    expect(report.levels.core).toBe('pass')
    expect(judgeLevel('core', [must, should], report.rules.slice(1))).toBe('unknown')
    expect(judgeLevel('core', [], [])).toBe('unknown')
  })

  it('stops at once when interrupted, and keeps what it has', async () => {
    const controller = new AbortController()
    const stuck = rule('TEST-07', { ...base, check: async () => new Promise(() => {}) })
    const options = { seed: 1, signal: controller.signal, onResult: () => controller.abort() }
    const report = await runRules(target, [must, stuck, must], options)
    expect(report.rules.map(({ verdict }) => verdict)).toEqual(['pass', 'not-run', 'not-run'])
    expect(report.levels.core).not.toBe('pass')
  })
})
