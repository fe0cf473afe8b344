import { describe, expect, it } from 'vitest'
import { faults, rules, runRule, runRules, withFault } from '../src/index.ts'
import { onLoss } from '../src/faults/losses.ts'
import { servedTarget } from '../src/faults/served/target.ts'
import { writes } from '../src/rules/retry-writes.ts'
import type { OpenContext, Target } from '../src/target.ts'
import { memoryTarget } from './support.ts'

const resilient = rules.filter(({ level }) => level === 'resilient')
const planted = faults.filter(({ network }) => network)

it('a store that is served keeps every rule of the Resilient level', async () => {
  const report = await runRules(servedTarget(memoryTarget()), resilient, { seed: 1 })
  const broken = report.rules.filter(({ verdict }) => verdict !== 'pass')
  expect(broken).toEqual([])
  expect(report.levels.resilient).toBe('pass')
})

it('a client that sends again what got lost, as the request that it was, keeps them too', async () => {
  const served = servedTarget(memoryTarget())
  const sending = writes.map(({ method }) => method.split(/[, ]/, 1)[0] ?? '')
  const again = {
    ...served,
    open: async (namespace: string, context: OpenContext) =>
      [...new Set(sending)].reduce(
        (provider, path) => onLoss(provider, path, async (args, call) => call(...args)),
        await served.open(namespace, context),
      ),
  }
  const report = await runRules(again, resilient, { seed: 1 })
  expect(report.rules.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
  const lost = report.rules.filter(({ id }) => id < 'RETRY-29' && id.startsWith('RETRY'))
  for (const { counters } of lost) expect(counters).toMatchObject({ 'sent again by the driver': 1 })
})

it.each(['snapshots', 'state', 'commands', 'claims'] as const)(
  'a store of %s alone can have the level',
  async (name) => {
    const memory = memoryTarget()
    const partial: Target = {
      ...memory,
      async open(namespace, context) {
        const provider = await memory.open(namespace, context)
        const { ensureStore, ping, [Symbol.asyncDispose]: dispose } = provider
        const capabilities = { ...provider.capabilities, repositories: [name] }
        const own = { [name]: provider[name], [Symbol.asyncDispose]: dispose }
        return { name, capabilities, ensureStore, ping, ...own }
      },
    }
    const report = await runRules(servedTarget(partial), resilient, { seed: 1 })
    const open = report.rules.filter(({ verdict }) => !['pass', 'unsupported'].includes(verdict))
    expect(open).toEqual([])
    expect(report.levels.resilient).toBe('pass')
  },
)

it('a target without a network is not run, and never passes', async () => {
  const report = await runRules(memoryTarget(), resilient, { seed: 1 })
  expect(new Set(report.rules.map(({ verdict }) => verdict))).toEqual(new Set(['not-run']))
  expect(report.levels.resilient).toBe('unknown')
})

it('a proxy that nothing goes through decides nothing', async () => {
  const target = memoryTarget()
  const astray = { ...target, endpoint: () => ({ host: '127.0.0.1', port: 9 }) }
  const sample = resilient.filter(({ id }) => ['RETRY-01', 'RETRY-30', 'INTER-01'].includes(id))
  for (const rule of sample)
    expect(await runRule(astray, rule, { seed: 1 })).toMatchObject({ verdict: 'unknown' })
})

it('every rule has a fault that it catches', () => {
  const named = new Set(planted.map(({ rule }) => rule))
  expect(resilient.filter(({ id }) => !named.has(id))).toEqual([])
})

describe('a fault of a client is caught by the rule that names it', () => {
  it.each(planted.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
    const naming = resilient.filter(({ id }) => id === fault.rule)
    const report = await runRules(withFault(memoryTarget(), fault), naming, { seed: 1 })
    expect(report.rules[0]).toMatchObject({ verdict: 'fail' })
    expect(report.rules[0]?.reason).toMatch(fault.says)
  })
})
