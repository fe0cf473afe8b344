import { describe, expect, test } from 'vitest'
import {
  checkHistoryFile,
  HistoryError,
  parseHistory,
  parseJepsenLog,
  parseKvLog,
} from '../src/index.ts'

const jepsen = (...events: readonly string[]): string =>
  events.map((event) => `INFO  jepsen.util - ${event.replaceAll(' ', '\t')}\n`).join('')

const kv = (process: number, type: string, f: string, key: string, value: string): string =>
  `{:process ${process}, :type :${type}, :f :${f}, :key ${key}, :value ${value}}\n`

describe('parseJepsenLog', () => {
  test('joins calls with returns; the instants are lines', () => {
    const log = [
      'INFO  jepsen.util - 0\t:invoke\t:read\tnil',
      'INFO  jepsen.util - 1\t:invoke\t:cas\t[3 -4]',
      '',
      'INFO  jepsen.util - :nemesis\t:info\t:start\tnil',
      'INFO  jepsen.util - 1\t:fail\t:cas\t[3 -4]',
      'INFO  jepsen.util - 0\t:ok\t:read\tnil',
      'INFO  jepsen.util - 2\t:invoke\t:write\t7',
      'INFO  jepsen.util - 2\t:info\t:write\t:timed-out',
      'INFO  jepsen.util - 3\t:invoke\t:write\t8',
      'INFO  jepsen.util - 3\t:fail\t:write\t8',
      'INFO  jepsen.util - 4\t:invoke\t:write\t9',
    ].join('\r\n')
    expect(parseJepsenLog(log)).toEqual([
      { process: '0', input: { op: 'read' }, output: null, call: 1, return: 6, outcome: 'ok' },
      {
        process: '1',
        input: { op: 'cas', from: 3, to: -4 },
        output: false,
        call: 2,
        return: 5,
        outcome: 'ok',
      },
      { process: '2', input: { op: 'write', value: 7 }, call: 7, return: null, outcome: 'unknown' },
      { process: '3', input: { op: 'write', value: 8 }, call: 9, return: 10, outcome: 'fail' },
      {
        process: '4',
        input: { op: 'write', value: 9 },
        call: 11,
        return: null,
        outcome: 'unknown',
      },
    ])
  })

  test.each<[string, string, RegExp]>([
    ['another kind of line', `${jepsen('0 :invoke :read nil')}hello\n`, /^line 2: .*"hello"/],
    ['a line cut short', jepsen('0 :invoke :read nil', '0 :ok :read'), /^line 2: this is no event/],
    ['another operation', jepsen('0 :invoke :append 3'), /^line 1: this is no event/],
    ['a write of nil', jepsen('0 :invoke :write nil'), /^line 1: "nil" is no value of a write/],
    ['a cas of one value', jepsen('0 :invoke :cas [1]'), /^line 1: .* is no value of a cas/],
    [
      'a read of a word',
      jepsen('0 :invoke :read nil', '0 :ok :read x'),
      /^line 2: "x" is no value/,
    ],
    ['a return without a call', jepsen('0 :ok :write 3'), /^line 1: process 0 returns, but has/],
    [
      'a second call',
      jepsen('0 :invoke :write 3', '0 :invoke :write 4'),
      /^line 2: process 0 calls before its call of line 1 is over/,
    ],
    [
      'the return of another operation',
      jepsen('0 :invoke :write 3', '0 :ok :read 3'),
      /^line 2: process 0 returns from something else than it called at line 1/,
    ],
    [
      'the return of another value',
      jepsen('0 :invoke :write 3', '0 :ok :write 4'),
      /^line 2: process 0 returns from something else/,
    ],
  ])('%s is an error with its line', (_name, log, message) => {
    expect(() => parseJepsenLog(log)).toThrow(HistoryError)
    expect(() => parseJepsenLog(log)).toThrow(message)
  })
})

describe('parseKvLog', () => {
  test('reads keys and values with quotes in them', () => {
    const log =
      kv(0, 'invoke', 'append', String.raw`"a\"b"`, String.raw`"x, :value \\ \""`) +
      kv(1, 'invoke', 'get', '"k"', 'nil') +
      kv(1, 'ok', 'get', '"k"', '""') +
      kv(0, 'ok', 'append', String.raw`"a\"b"`, String.raw`"x, :value \\ \""`) +
      kv(2, 'invoke', 'put', '"k"', '"é"') +
      kv(2, 'info', 'put', '"k"', 'nil')
    expect(parseKvLog(log)).toEqual([
      {
        process: '0',
        input: { op: 'append', key: 'a"b', value: 'x, :value \\ "' },
        call: 1,
        return: 4,
        outcome: 'ok',
      },
      {
        process: '1',
        input: { op: 'get', key: 'k' },
        output: '',
        call: 2,
        return: 3,
        outcome: 'ok',
      },
      {
        process: '2',
        input: { op: 'put', key: 'k', value: 'é' },
        call: 5,
        return: null,
        outcome: 'unknown',
      },
    ])
  })

  test.each<[string, string, RegExp]>([
    ['another kind of line', 'hello', /^line 1: this is no event of a key-value store: "hello"/],
    ['a line cut short', kv(0, 'invoke', 'get', '"k"', 'nil').slice(0, 30), /^line 1: /],
    ['a put of nil', kv(0, 'invoke', 'put', '"k"', 'nil'), /^line 1: nil is no value of a put/],
    ['a text that is none', kv(0, 'invoke', 'put', '"k"', String.raw`"\x"`), /^line 1: .*no text/],
    [
      'a get that gives nil',
      kv(0, 'invoke', 'get', '"k"', 'nil') + kv(0, 'ok', 'get', '"k"', 'nil'),
      /^line 2: a get gives a text/,
    ],
    [
      'the return of another key',
      kv(0, 'invoke', 'get', '"k"', 'nil') + kv(0, 'ok', 'get', '"l"', '""'),
      /^line 2: process 0 returns from something else/,
    ],
    ['a return without a call', kv(3, 'ok', 'get', '"l"', '""'), /^line 1: process 3 returns/],
  ])('%s is an error with its line', (_name, log, message) => {
    expect(() => parseKvLog(log)).toThrow(HistoryError)
    expect(() => parseKvLog(log)).toThrow(message)
  })
})

describe('parseHistory', () => {
  const file = (history: unknown, rest: object = {}): string =>
    JSON.stringify({ model: 'register', history, ...rest })
  const call = { process: 'a', call: 0, return: 1, input: { op: 'write', value: 1 } }

  test('the outcome is ok with a return, unknown without', () => {
    const { history } = parseHistory(file([call, { ...call, return: null }]))
    expect(history.map(({ outcome }) => outcome)).toEqual(['ok', 'unknown'])
  })

  test.each<[string, string, RegExp]>([
    ['no JSON', '{"model": ', /^this is not JSON: SyntaxError/],
    ['no object', '[]', /not an object/],
    ['another model', file([], { model: 'stack' }), /no model "stack", only register, lease/],
    ['no history', file('x'), /history is not an array/],
    ['an unknown option', file([], { options: { ordr: 'any' } }), /option ordr is unknown/],
    ['an option of another kind', file([], { options: { slack: '1' } }), /option slack/],
    ['another verdict', file([], { verdict: 'fine' }), /verdict is "fine"/],
    ['no process', file([{ ...call, process: null }]), /^operation 0: it has no process/],
    ['no call', file([call, { ...call, call: '0' }]), /^operation 1: its call is not a number/],
    ['another outcome', file([{ ...call, outcome: 'maybe' }]), /^operation 0: its outcome/],
    ['another operation', file([{ ...call, input: { op: 'pop' } }]), /register has no .* "pop"/],
    ['a member of Object', file([{ ...call, input: { op: 'toString' } }]), /has no operation/],
    [
      'no value',
      file([{ ...call, input: { op: 'write' } }]),
      /^operation 0: the value of its write/,
    ],
  ])('%s is an error', (_name, json, message) => {
    expect(() => parseHistory(json)).toThrow(HistoryError)
    expect(() => parseHistory(json)).toThrow(message)
  })
})

describe('checkHistoryFile', () => {
  test('says what is wrong in a few lines', () => {
    const { text } = checkHistoryFile(
      kv(0, 'invoke', 'append', '"k"', '"a"') +
        kv(0, 'ok', 'append', '"k"', '"a"') +
        kv(1, 'invoke', 'get', '"k"', 'nil') +
        kv(1, 'ok', 'get', '"k"', '""'),
    )
    expect(text).toBe(
      [
        'illegal: 2 operations, 1 key; not linearizable at',
        '  process 1 [3, 4] k: get() → ""',
        '    0  ├─1┤',
        '    1        ├─✗┤',
        '  longest order: 1 operation, the last of them',
        '    1 process 0 [1, 2] k: append("a")',
        '  then the state is "a", and none of these leads further',
        '    ✗ process 1 [3, 4] k: get() → ""',
      ].join('\n'),
    )
  })

  test('ok, and unknown when the budget is spent', () => {
    const log = jepsen(
      '0 :invoke :write 3',
      '1 :invoke :write 4',
      '0 :ok :write 3',
      '1 :ok :write 4',
    )
    expect(checkHistoryFile(log).text).toBe('ok: 2 operations, 1 key')
    const spent = checkHistoryFile(log, { budget: { steps: 0 } })
    expect(spent.verdict).toBe('unknown')
    expect(spent.text).toMatch(/^unknown: 2 operations, 1 key; out of steps\n/)
  })

  test('an empty file is an error, not a history of nothing', () => {
    expect(() => checkHistoryFile(' \n')).toThrow(HistoryError)
  })

  test('a wrong instant in JSON is an error of the history', () => {
    const json = JSON.stringify({
      model: 'flag',
      history: [{ process: 1, call: 4, return: 2, input: { op: 'set' } }],
    })
    expect(() => checkHistoryFile(json)).toThrow(/^operation 0: it returns at 2, before/)
  })
})
