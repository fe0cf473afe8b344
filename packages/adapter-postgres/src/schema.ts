import { createHash } from 'node:crypto'
import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import { toNumber, type Int } from '@holdfast/spec/rows'
import type { Database } from './database.ts'
import { readSchema } from './options.ts'
import { quoteName, quoteText, statement } from './statement.ts'
import { TABLES } from './tables.ts'

/**
 * The tables as SQL text, for databases whose schema is made by other means: what `ensureStore` runs. Run it in one
 * transaction; running it again changes nothing. It makes the schema if that is not there, and needs no superuser. Who
 * uses the store needs `usage` of the schema and of its sequences, and `select`, `insert`, `update` and `delete` on
 * its tables.
 *
 * @throws {PersistenceError} `INVALID_VALUE` for what PostgreSQL cannot name a schema
 */
export function postgresSchema(options: { readonly schema?: string } = {}): string {
  const schema = readSchema(options.schema)
  const name = quoteName(schema)
  return [
    // Waits for whoever does the same: `if not exists` alone fails when two look at once. Ends with the transaction.
    `select pg_advisory_xact_lock(${lockOf(schema)})`,
    // Not `create schema if not exists`, which asks for the right to make one even when it is there.
    block(schema, [
      `if not exists (select from pg_catalog.pg_namespace where nspname = ${quoteText(schema)}) then`,
      `  create schema ${name};`,
      `end if;`,
    ]),
    ...TABLES(name),
    block(schema, [
      `if to_regclass(${quoteText(`${name}.tokens`)}) is null then`,
      // Begins at the time, so that fencing tokens grow also when the store is made anew.
      `  execute ${quoteText(`create sequence ${name}.tokens start with `)}`,
      `    || floor(extract(epoch from clock_timestamp()) * 1000);`,
      `end if;`,
    ]),
    block(schema, compressBodies(name)),
    `insert into ${name}.meta (key, value) values ('spec_version', ${SPEC_VERSION})
on conflict (key) do nothing`,
  ]
    .map((part) => `${part};\n`)
    .join('\n')
}

/**
 * Makes the tables, in one transaction, unless they are there.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when they are those of another version of the contract, or when the database
 *   cannot hold every text
 */
export async function ensureStore(database: Database, schema: string): Promise<void> {
  // First, so that a store that is there takes no locks, and needs no right to make tables.
  const stamp = await readStamp(database, schema)
  if (stamp !== null) return checkStamp(stamp, schema)
  await checkEncoding(database)
  // At a higher level the transaction would see the store as it was before it waited for the lock.
  await database.script(
    `set transaction isolation level read committed;\n${postgresSchema({ schema })}`,
  )
  checkStamp(await readStamp(database, schema), schema)
}

async function readStamp(database: Database, schema: string): Promise<number | null> {
  const sql = statement(
    'ensureStore.stamp',
    `select value from ${quoteName(schema)}.meta where key = 'spec_version'`,
  )
  try {
    const [row] = await database.run<{ value: Int }>(sql)
    return row ? toNumber(row.value) : null
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** Neither the schema nor the table is there. */
function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === '42P01' || code === '3F000'
}

function checkStamp(found: number | null, schema: string): void {
  if (found === SPEC_VERSION) return
  throw new PersistenceError(
    'UNAVAILABLE',
    `The tables in schema ${schema} are of version ${found} of the contract; this package needs version ${SPEC_VERSION}. ` +
      `Use the package that made them, or another schema`,
    { retryable: false },
  )
}

async function checkEncoding(database: Database): Promise<void> {
  const sql = statement(
    'ensureStore.encoding',
    `select current_setting('server_encoding') as encoding`,
  )
  const [row] = await database.run<{ encoding: string }>(sql)
  if (row?.encoding === 'UTF8') return
  throw new PersistenceError(
    'UNAVAILABLE',
    `The encoding of the database is ${row?.encoding}, which cannot hold every text; it must be UTF8`,
    { retryable: false },
  )
}

/** One lock for each schema, apart from the locks of other applications as far as 64 bits go. */
function lockOf(schema: string): bigint {
  return createHash('sha256').update(`holdfast ${schema}`).digest().readBigInt64BE()
}

/** Bodies compress two times as fast with lz4, which servers before 14 do not have, and not all others. */
function compressBodies(name: string): readonly string[] {
  return [
    `if exists (`,
    `  select from pg_catalog.pg_settings`,
    `  where name = 'default_toast_compression' and 'lz4' = any (enumvals)`,
    `) then`,
    ...['workflows', 'steps', 'outputs', 'state', 'events', 'subscriptions', 'commands']
      .concat(['snapshots', 'tasks', 'errors'])
      .map((table) => `  alter table ${name}.${table} alter column body set compression lz4;`),
    `end if;`,
  ]
}

/** An anonymous block, quoted with a tag that the schema's name does not have in it. */
function block(schema: string, lines: readonly string[]): string {
  let tag = '$holdfast$'
  while (schema.includes(tag)) tag = tag.replace('$', '$_')
  return [`do ${tag}`, 'begin', ...lines.map((line) => `  ${line}`), 'end', tag].join('\n')
}
