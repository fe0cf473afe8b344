import { describe, expect, it } from 'vitest'
import { PersistenceError, sliceOf } from '../src/index.ts'
import { readPage, toPage } from '../src/page.ts'

describe('cursors', () => {
  const page = toPage({ items: [], next: [7, 'ä"\u{10000}'], corrupt: [] }, 'workflows.list')

  it('lead back to the place', () => {
    expect(readPage({ cursor: page.cursor }, 'workflows.list', [0, ''])).toEqual({
      limit: 100,
      after: [7, 'ä"\u{10000}'],
    })
  })

  it.each([
    ['of another method', page.cursor],
    ['of other types', Buffer.from('["steps.list","a",1]').toString('base64url')],
    ['of another length', Buffer.from('["steps.list",1]').toString('base64url')],
    ['with a fraction', Buffer.from('["steps.list",1.5,"a"]').toString('base64url')],
    ['that is no JSON', 'xyz'],
    ['that is empty', ''],
  ])('%s are refused', (_, cursor) => {
    expect(() => readPage({ cursor }, 'steps.list', [0, ''])).toThrow(
      /cursor must be one that steps.list returned/,
    )
  })
})

describe('sliceOf', () => {
  const rows = [1, 2, 3]
  const placeOf = (row: number): readonly [number] => [row]

  it('has a next place only when there is more', () => {
    expect(sliceOf(rows, 2, String, placeOf, String)).toEqual({
      items: ['1', '2'],
      next: [2],
      corrupt: [],
    })
    expect(sliceOf(rows, 3, String, placeOf, String).next).toBeNull()
    expect(sliceOf([], 3, String, placeOf, String)).toEqual({ items: [], next: null, corrupt: [] })
  })

  it('names what cannot be read, and goes on', () => {
    const read = (row: number): number => {
      if (row === 2) throw new PersistenceError('CORRUPT', 'two')
      return row
    }
    expect(sliceOf(rows, 3, read, placeOf, String)).toEqual({
      items: [1, 3],
      next: null,
      corrupt: ['2'],
    })
  })

  it('does not hide another error', () => {
    const read = (): never => {
      throw new RangeError('a bug')
    }
    expect(() => sliceOf(rows, 3, read, placeOf, String)).toThrow(RangeError)
  })
})
