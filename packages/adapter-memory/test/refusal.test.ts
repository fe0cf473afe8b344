import { refusals } from '@holdfast/conformance'
import { isPersistenceError } from '@holdfast/spec'
import { expect, it } from 'vitest'
import { createMemoryProvider, type MemoryDatabase, type Tables } from '../src/index.ts'

/** A database of which every table notes that it was touched. */
function untouchable(): { readonly database: MemoryDatabase; readonly seen: string[] } {
  const seen: string[] = []
  const tables = new Proxy({} as Tables, {
    get(_, table) {
      seen.push(String(table))
      return new Map()
    },
  })
  return { database: { tables: () => tables }, seen }
}

it('refuses what is outside the domain before it looks at a table', async () => {
  const { database, seen } = untouchable()
  const provider = createMemoryProvider({ database })
  const calls = refusals(provider)
  expect(calls.length).toBeGreaterThan(1000)
  for (const [name, call] of calls) {
    const error = await call().then(
      () => 'accepted',
      (thrown: unknown) => thrown,
    )
    expect(isPersistenceError(error, 'INVALID_VALUE'), `${name}: ${String(error)}`).toBe(true)
  }
  expect(seen).toEqual([])
})

it('refuses a namespace that is none', () => {
  expect(() => createMemoryProvider({ namespace: '' })).toThrow('namespace must be 1 to 63')
})
