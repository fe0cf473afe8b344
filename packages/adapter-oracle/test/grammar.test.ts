import { rules, runRules } from '@holdfast/conformance'
import { beforeAll, describe, expect, it } from 'vitest'
import { oracleSchema } from '../src/index.ts'
import { everyShape } from './every-shape.ts'
import { findParser, parse, type Parser } from './oracle-parser.ts'
import { Statement } from './shim/internals.ts'
import { watchedTarget } from './target.ts'

// What can be sent, in the eyes of those who know Oracle and not the shim: the driver's own parser, and druid's of SQL
// and PL/SQL. Neither is Oracle.

const sent = new Set<string>()

/** The rules that between them send every statement, if not in every shape. */
const FAMILIES = [
  'LIFE',
  'MISSING',
  'VER',
  'RUN',
  'PAGE',
  'LIST',
  'PURGE',
  'EVT',
  'SUB',
  'CMD',
  'LOG',
].concat(['REQ', 'SNAP', 'FENCE', 'STEP', 'STATE', 'CLAIM', 'TOKEN'])

beforeAll(async () => {
  const parts: readonly (readonly [boolean, readonly string[]])[] = [
    [true, FAMILIES],
    [false, ['CLAIM', 'TOKEN', 'STEP', 'SUB']],
  ]
  for (const [isServerClock, families] of parts) {
    const chosen = rules.filter(({ id }) => families.includes(id.slice(0, id.indexOf('-'))))
    const target = watchedTarget(isServerClock, (sql) => sent.add(sql))
    const { rules: results } = await runRules(target, chosen, { seed: 1, runs: 1 })
    expect(results).toHaveLength(chosen.length)
  }
}, 300_000)

/** https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Oracle-SQL-Reserved-Words.html */
const RESERVED = new Set(
  `access add all alter and any as asc audit between by char check cluster column column_value comment
  compress connect create current date decimal default delete desc distinct drop else exclusive exists
  file float for from grant group having identified immediate in increment index initial insert integer
  intersect into is level like lock long maxextents minus mlslabel mode modify nested_table_id noaudit
  nocompress not nowait null number of offline on online option or order pctfree prior public raw rename
  resource revoke row rowid rownum rows select session set share size smallint start successful synonym
  sysdate table then to trigger uid union unique update user validate values varchar varchar2 view
  whenever where with`.split(/\s+/),
)

it('a run sends all kinds of statements', () => {
  const starts = new Set([...sent].map((sql) => /^\w+/.exec(sql)?.[0]))
  for (const start of ['select', 'insert', 'update', 'delete', 'declare', 'begin', 'create'])
    expect(starts).toContain(start)
  expect(sent.size).toBeGreaterThan(100)
})

it('no bind has a name that Oracle reserves, and none is in a place where the driver finds it not', () => {
  for (const sql of [...sent, ...everyShape('TEST_')]) {
    const parsed = new Statement()
    parsed._prepare(sql)
    const binds = new Set(
      [...sql.matchAll(/"[^"]*"|'(?:[^']|'')*'|:([a-zA-Z]\w*)/g)].flatMap(([, bind]) => bind ?? []),
    )
    const upper = [...binds].map((bind) => bind.toUpperCase())
    expect([...parsed.bindInfoDict.keys()].toSorted()).toEqual(upper.toSorted())
    expect([...binds].filter((bind) => RESERVED.has(bind.toLowerCase()))).toEqual([])
  }
})

it('nothing that was given is part of a text', () => {
  // One text for each shape: what a run of the kit sends has some thousands of values in it.
  expect(sent.size).toBeLessThan(400)
})

describe('the parser of druid', () => {
  let parser: Parser | { readonly reason: string }

  beforeAll(async () => {
    parser = await findParser()
  }, 120_000)

  it('takes every statement', async ({ skip }) => {
    if ('reason' in parser) {
      process.stderr.write(`oracle grammar: not run: ${parser.reason}\n`)
      skip(parser.reason)
      return
    }
    expect(await parse(parser, ['select from where', 'begin x := ; end;'])).toEqual([
      expect.any(String),
      expect.any(String),
    ])
    const texts = [
      ...[...sent].filter((sql) => !sql.startsWith('alter session')),
      ...everyShape('TEST_'),
      ...oracleSchema({ schema: 'Owner', prefix: "it's É -- " })
        .split(/;\n+/)
        .filter((sql) => sql !== ''),
    ]
    const complaints = await parse(parser, texts)
    expect(
      texts.flatMap((sql, index) => (complaints[index] ? [[complaints[index], sql]] : [])),
    ).toEqual([])
  }, 120_000)
})
