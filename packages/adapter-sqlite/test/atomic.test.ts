import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createSqliteProvider, type SqliteDatabase } from '../src/index.ts'
import { walkthrough } from '@holdfast/conformance'
import { NOW, isControl, whole } from './support.ts'

describe('a call that ends between two statements leaves nothing behind', () => {
  it('in every method, after each of its statements', async () => {
    const file = new DatabaseSync(':memory:')
    const { database, fuse } = fused(file)
    const store = whole(createSqliteProvider({ database, clock: () => NOW }))
    await store.ensureStore()
    let broken = 0
    // Processing is several units: the handler runs in between.
    const calls = walkthrough(store).filter(({ name }) => !name.startsWith('commands.process'))
    for (const { name, run } of calls) {
      for (let statements = 0; ; statements += 1) {
        const before = dump(file)
        fuse.left = statements
        const failed = await run().then(
          () => false,
          () => fuse.blown,
        )
        const blown = failed || fuse.blown
        fuse.left = Infinity
        fuse.blown = false
        if (!blown) break
        expect(dump(file), `${name}, after ${statements} statements`).toEqual(before)
        broken += 1
      }
    }
    expect(broken).toBeGreaterThan(80)
    file.close()
  })
})

interface Fuse {
  /** How many statements may still run. */
  left: number
  blown: boolean
}

function fused(database: SqliteDatabase): { database: SqliteDatabase; fuse: Fuse } {
  const fuse: Fuse = { left: Infinity, blown: false }
  const spend = (sql: string): void => {
    if (isControl(sql)) return
    fuse.left -= 1
    if (fuse.left >= 0) return
    fuse.blown = true
    throw Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 10 })
  }
  return {
    fuse,
    database: {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        return {
          all(params) {
            spend(sql)
            return statement.all(params)
          },
          run(params) {
            spend(sql)
            return statement.run(params)
          },
        }
      },
    },
  }
}

function dump(database: DatabaseSync): unknown {
  const tables = database
    .prepare("select name from sqlite_schema where type = 'table' and name like 'holdfast%'")
    .all()
  return tables.map(({ name }) => database.prepare(`select * from ${String(name)}`).all())
}
