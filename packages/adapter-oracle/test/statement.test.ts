import { expect, it } from 'vitest'
import { after, pageOf, statement, statements } from '../src/statement.ts'

it('finds its binds, and none in names and strings', () => {
  const sql = `update "a:b" set x = ':c' || 'it''s :d' where y = :e returning z into :o_z`
  const found = statement('n', sql)
  expect(found).toMatchObject({ given: ['e'], out: ['o_z'], isQuery: false })
})

it('is made once for each shape', () => {
  let made = 0
  const shapes = statements((a: boolean, b: number) =>
    statement('n', `select ${(made += 1)}, ${a}, ${b} from dual`),
  )
  expect(shapes(true, 1)).toBe(shapes(true, 1))
  expect(shapes(false, 1)).not.toBe(shapes(true, 1))
  expect(made).toBe(2)
})

it('says what comes after a place, column by column', () => {
  const text = after(['a', 'b'], [':x', ':y'])
  expect(text.replace(/\s+/g, ' ')).toBe('a >= :x and (a > :x or a = :x and b > :y)')
})

it('searches for a page once for each column of its order', () => {
  const flat = (text: string): string => text.replace(/\s+/g, ' ')
  const end = 'order by a desc, b desc fetch first :limit rows only'
  expect(flat(pageOf('a, b', 'from t where c', ['a', 'b'], null, 'desc'))).toBe(
    `select a, b from t where c ${end}`,
  )
  expect(flat(pageOf('a, b', 'from t where c', ['a', 'b'], [':x', ':y'], 'desc'))).toBe(
    `select * from ( select * from ( select a, b from t where c and a < :x ${end} ) union all ` +
      `select * from ( select a, b from t where c and a = :x and b < :y ${end} ) ) ${end}`,
  )
})
