import { describe, expect, it } from 'vitest'
import { quoteName, quoteText, statement, statements } from '../src/statement.ts'

describe('statement', () => {
  it('numbers its parameters, one number for one name', () => {
    const { text, params } = statement('n', 'select :a, :b::bigint, :a::text[], x::int')
    expect(text).toBe('select $1, $2::bigint, $1::text[], x::int')
    expect(params).toEqual(['a', 'b'])
  })

  it('finds no parameters in names and strings', () => {
    const sql = `select ':a', 'it''s :b' from "s:c""d :e".t where x = :f`
    const { text, params } = statement('n', sql)
    expect(text).toBe(sql.replace(':f', '$1'))
    expect(params).toEqual(['f'])
  })

  it('has a name that follows from its text and that the server does not cut off', () => {
    const one = statement('subscriptions.findFirstOpen', 'select 1')
    expect(one.name).toBe(statement('subscriptions.findFirstOpen', 'select 1').name)
    expect(one.name).not.toBe(statement('subscriptions.findFirstOpen', 'select 2').name)
    expect(Buffer.byteLength(one.name)).toBeLessThan(63)
  })

  it('is made once for each shape', () => {
    let made = 0
    const shapes = statements((a: boolean, b: string) =>
      statement('n', `select ${(made += 1)}, ${a}, '${b}'`),
    )
    expect(shapes(true, 'x')).toBe(shapes(true, 'x'))
    expect(shapes(false, 'x')).not.toBe(shapes(true, 'x'))
    expect(made).toBe(2)
  })
})

describe('quotes', () => {
  it('doubles what would end a name', () => {
    expect(quoteName('a"b;C')).toBe('"a""b;C"')
  })

  it('doubles what would end a string, whatever backslashes mean', () => {
    expect(quoteText(`it's`)).toBe(`'it''s'`)
    expect(quoteText(`a\\'b`)).toBe(`E'a\\\\''b'`)
  })
})
