import { notRefused } from '@holdfast/conformance'
import { expect, it } from 'vitest'
import { createMemoryProvider, type MemoryDatabase, type Tables } from '../src/index.ts'

/** A database of empty tables that note what is written to them. */
function unwritable(): { readonly database: MemoryDatabase; readonly seen: string[] } {
  const seen: string[] = []
  class Table extends Map<unknown, unknown> {
    override set(): never {
      seen.push('set')
      throw new Error('Written')
    }
  }
  const tables = new Proxy({} as Tables, { get: () => new Table() })
  return { database: { tables: () => tables }, seen }
}

it('what is outside the value domain is refused before anything is written', async () => {
  const { database, seen } = unwritable()
  expect(await notRefused(createMemoryProvider({ database }))).toEqual([])
  expect(seen).toEqual([])
})

it('a namespace that is none is refused', () => {
  expect(() => createMemoryProvider({ namespace: '' })).toThrow('namespace must be 1 to 63')
})
