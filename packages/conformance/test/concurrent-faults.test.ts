import { describe, expect, it } from 'vitest'
import { raceFaults } from '../src/faults/races.ts'
import { withFault } from '../src/faults/target.ts'
import { rules, runRule } from '../src/index.ts'
import { memoryTarget } from './support.ts'

describe('a provider that is right for one client, and wrong for several', () => {
  it.each(raceFaults.map((fault) => [fault.name, fault.rule, fault] as const))(
    '%s is noticed by %s',
    async (_name, id, fault) => {
      const own = rules.find((rule) => rule.id === id)
      if (own === undefined) throw new Error(`There is no rule ${id}`)
      expect(own.level).toBe('concurrent')
      const result = await runRule(withFault(memoryTarget(), fault), own, { seed: 1 })
      expect(result).toMatchObject({ verdict: 'fail', reason: fault.says })
    },
  )

  it('is there for every rule of the Concurrent level', () => {
    const named = new Set(raceFaults.map(({ rule }) => rule))
    const concurrent = rules.filter(({ level }) => level === 'concurrent')
    expect(concurrent.filter(({ id }) => !named.has(id)).map(({ id }) => id)).toEqual([])
    expect(concurrent.length).toBeGreaterThanOrEqual(30)
  })
})

it('draws a history that is not linearizable, and says where its clients were', async () => {
  const fault = raceFaults.find(({ name }) => name === 'update-seen-before-it-is-checked')
  const own = rules.find(({ id }) => id === 'LINEAR-01')
  if (fault === undefined || own === undefined) throw new Error('They are gone')
  const { history } = await runRule(withFault(memoryTarget(), fault), own, { seed: 1 })
  expect(history?.title).toBe('update and get of a workflow is not linearizable')
  expect(history?.operations.length).toBeLessThanOrEqual(10)
  expect(history?.clients.every((client) => client.process.startsWith('client-'))).toBe(true)
})
