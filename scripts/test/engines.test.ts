import { existsSync, readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { engines, rowsFor } from '../engines.ts'

const root = new URL('../../', import.meta.url)

const adaptersOf = (changed: readonly string[] | undefined): string[] => [
  ...new Set(rowsFor(changed).map(({ adapter }) => adapter)),
]

it('every adapter has an engine', () => {
  const packages = readdirSync(new URL('packages/', root))
    .filter((name) => name.startsWith('adapter-'))
    .filter((name) => existsSync(new URL(`packages/${name}/package.json`, root)))
    .map((name) => name.slice('adapter-'.length))
  expect(new Set(engines.map(({ adapter }) => adapter))).toEqual(new Set(packages))
})

it('a change to an adapter runs that adapter, on all its engines', () => {
  expect(adaptersOf(['packages/adapter-redis/src/codec.ts', 'README.md'])).toEqual(['redis'])
  expect(rowsFor(['packages/adapter-postgres/test/target.ts'])).toHaveLength(5)
})

it.each(['packages/spec/src/ids.ts', 'packages/conformance/src/rule.ts', 'pnpm-lock.yaml'])(
  'a change to %s runs all',
  (path) => {
    expect(rowsFor(['packages/adapter-redis/src/codec.ts', path])).toEqual(engines)
  },
)

it('a change to prose alone runs none, and what is not known runs all', () => {
  expect(rowsFor(['README.md', 'docs/rules.md', 'packages/adapter-redis/README.md'])).toEqual([])
  expect(rowsFor([])).toEqual([])
  expect(rowsFor(undefined)).toEqual(engines)
})
