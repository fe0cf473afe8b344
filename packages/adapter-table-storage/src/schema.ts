import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import { isNoTable } from './classify.ts'
import { fields, textOf } from './codec.ts'
import { keyOf } from './keys.ts'
import { Conflict, type Database } from './table.ts'
import type { Store } from './unit.ts'

const META = keyOf('M')

/**
 * Makes the table, and stamps the store with the version of the contract.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when the store has another version
 */
export async function ensureStore(database: Database, main: Store): Promise<void> {
  const version = String(SPEC_VERSION)
  const stored = (await readMeta(database, main)) ?? (await stamp(main, version))
  const found = stored === null ? version : textOf(stored.content, 'version')
  if (found !== version) {
    throw new PersistenceError(
      'UNAVAILABLE',
      `The store was made for version ${found} of the contract; this adapter writes version ${version}`,
      { retryable: false },
    )
  }
}

/** Only a table that is not there is made: that takes a right that nothing else takes. */
async function readMeta(database: Database, main: Store): ReturnType<Store['get']> {
  try {
    return await main.get(META)
  } catch (error) {
    if (!isNoTable(error)) throw error
    await database.createTable()
    return null
  }
}

/** `null`, or what somebody else wrote first. */
async function stamp(main: Store, version: string): ReturnType<Store['get']> {
  try {
    await main.write({ do: 'create', key: META, content: fields({ version }) })
    return null
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    return main.get(META)
  }
}

export async function ping(main: Store): Promise<void> {
  await main.get(META)
}
