import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { startMemory, startSqlite } from '../src/index.ts'

test('SQLite states its own version and gives a folder that dispose removes', async () => {
  const engine = await startSqlite()
  expect(engine).toMatchObject({ name: 'sqlite', grade: 'real', via: 'in-process', skipped: [] })
  expect(engine.version).toMatch(/^3\.\d+\.\d+$/)

  const database = new DatabaseSync(join(engine.url, 'a.db'))
  database.exec('create table t (a)')
  database.close()
  await writeFile(join(engine.url, 'a.db-wal'), '')

  await engine[Symbol.asyncDispose]()
  expect(existsSync(engine.url)).toBe(false)
  await engine[Symbol.asyncDispose]()
})

test('two SQLite folders are two', async () => {
  await using one = await startSqlite()
  await using two = await startSqlite()
  expect(one.url).not.toBe(two.url)
})

test('memory is that of this Node', async () => {
  await using engine = await startMemory()
  expect(engine).toMatchObject({
    name: 'memory',
    version: process.version,
    grade: 'real',
    via: 'in-process',
  })
})
