import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import { toNumber, type Int } from '@holdfast/spec/rows'
import type { Database } from './database.ts'
import { hasNumber } from './judge.ts'
import { readNames, type Naming, type NameOf } from './options.ts'
import { statement } from './statement.ts'
import { tables } from './tables.ts'

/**
 * The tables as SQL text, for databases whose tables are made by other means: what `ensureStore` runs. Run it once, as
 * the user whose tables they are to be; Oracle 19c or newer. What is there already is reported (ORA-00955), and stays as
 * it is. Who uses the store needs `select`, `insert`, `update` and `delete` on the tables, and `select` on the sequence.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for what Oracle cannot name a table
 */
export function oracleSchema(options: Naming = {}): string {
  return definitions(readNames(options))
    .map((definition) => `${definition};\n`)
    .join('\n')
}

function definitions(nameOf: NameOf): readonly string[] {
  return [
    ...tables(nameOf),
    // Begins at the time, so that fencing tokens grow also when the store is made anew; `order`: in a cluster too.
    `create sequence ${nameOf('tokens')} start with ${Date.now()} increment by 1 cache 1000 order`,
    // Last: a store that has it is whole.
    `insert into ${nameOf('meta')} (name, value) values ('spec_version', ${SPEC_VERSION})`,
  ]
}

/**
 * Makes the tables, unless they are there. Oracle commits after each of them; whoever finds some of them made goes on
 * with the rest.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when they are those of another version of the contract, or when the database
 *   cannot hold every text or does not compare byte by byte
 */
export async function ensureStore(database: Database, naming: Naming): Promise<void> {
  const nameOf = readNames(naming)
  await checkSession(database)
  // First, so that a store that is there takes no locks, and needs no right to make tables.
  const stamp = await readStamp(database, nameOf)
  if (stamp !== null) return checkStamp(stamp, nameOf)
  await database.define(async (run) => {
    // Whoever makes the same table at the same moment is waited for.
    await run(`alter session set ddl_lock_timeout = ${LOCK_TIMEOUT_S}`)
    for (const definition of definitions(nameOf)) await unlessThere(() => run(definition))
  })
  checkStamp(await readStamp(database, nameOf), nameOf)
}

const LOCK_TIMEOUT_S = 60

/** The name is taken, the columns have such an index, the row is there. */
const THERE = [955, 1408, 1]

async function unlessThere(define: () => Promise<void>): Promise<void> {
  try {
    await define()
  } catch (error) {
    if (!THERE.some((number) => hasNumber(error, number))) throw error
  }
}

const NO_SUCH_TABLE = 942

async function readStamp(database: Database, nameOf: NameOf): Promise<number | null> {
  const sql = statement(
    'ensureStore.stamp',
    `select value from ${nameOf('meta')} where name = 'spec_version'`,
  )
  try {
    const [row] = await database.read<{ value: Int }>(sql)
    return row ? toNumber(row.value) : null
  } catch (error) {
    if (hasNumber(error, NO_SUCH_TABLE)) return null
    throw error
  }
}

function checkStamp(found: number | null, nameOf: NameOf): void {
  if (found === SPEC_VERSION) return
  throw refused(
    `The tables of ${nameOf('meta')} are of version ${found} of the contract; this package needs version ` +
      `${SPEC_VERSION}. Use the package that made them, or another prefix`,
  )
}

interface SessionRow {
  readonly parameter: string
  readonly value: string
}

async function checkSession(database: Database): Promise<void> {
  const sql = statement(
    'ensureStore.session',
    `select parameter, value from nls_database_parameters where parameter = 'NLS_CHARACTERSET'
    union all
    select parameter, value from nls_session_parameters where parameter = 'NLS_COMP'`,
  )
  const rows = await database.read<SessionRow>(sql, {}, 2)
  const { NLS_CHARACTERSET: encoding, NLS_COMP: comparison } = Object.fromEntries(
    rows.map(({ parameter, value }) => [parameter, value]),
  )
  if (encoding !== 'AL32UTF8')
    throw refused(
      `The character set of the database is ${encoding}, which cannot hold every text; it must be AL32UTF8`,
    )
  if (comparison !== 'BINARY')
    throw refused(
      `The sessions have NLS_COMP = ${comparison}, which takes different ids for the same; it must be BINARY`,
    )
}

function refused(message: string): PersistenceError {
  return new PersistenceError('UNAVAILABLE', message, { retryable: false })
}
