// The Oracle SQL of this adapter as PostgreSQL 18 understands it. It knows the constructs that the adapter uses and no
// others: what it does not know, PostgreSQL refuses. It never looks at which statement it is.

/** What a bind is to PostgreSQL. */
export type BindType = 'bigint' | 'text'

/** The binds of a statement, by name. */
export interface Binds {
  readonly given: ReadonlyMap<string, BindType>
  readonly out: ReadonlyMap<string, BindType>
}

export interface Translated {
  readonly text: string
  /** Whose values `$1`, `$2`, … are. */
  readonly values: readonly string[]
}

type Rule = readonly [pattern: RegExp, replacement: string]

function apply(text: string, rules: readonly Rule[]): string {
  return rules.reduce((sql, [pattern, replacement]) => sql.replace(pattern, replacement), text)
}

const TYPES: readonly Rule[] = [
  [/\bvarchar2\(\d+ byte\)/g, 'text'],
  [/\bclob\b/g, 'text'],
  [/\bnumber(\(\d+\))?/g, 'bigint'],
]

/** Of every statement. */
const COMMON: readonly Rule[] = [
  [/\s+from dual\b/g, ''],
  [/\bjson_table\(([\w.:]+),/g, 'json_table(($1)::jsonb,'],
  // The condition of a branch of `merge` comes first here.
  [
    /when matched then update set([\s\S]*?)\n\s*where([\s\S]*?)when not matched/g,
    'when matched and ($2) then update set$1 when not matched',
  ],
  [/\s+and rownum <= (\d+)/g, ' limit $1'],
]

/** The sequence is named in a string here. */
function translateSequences(sql: string): string {
  return sql.replace(
    /((?:"[^"]*"\.)?"[^"]*")\.nextval\b/g,
    (_, name: string) => `nextval('${name.replaceAll("'", "''")}')`,
  )
}

/** One instant for the whole statement, as in Oracle. */
const STATEMENT_CLOCK: readonly Rule[] = [
  [/\bsys_extract_utc\(systimestamp\)/g, `(statement_timestamp() at time zone 'UTC')`],
]

/** A statement inside a block has an instant of its own. */
const BLOCK_CLOCK: readonly Rule[] = [
  [/\bsys_extract_utc\(systimestamp\)/g, `(clock_timestamp() at time zone 'UTC')`],
]

const DEFINITION: readonly Rule[] = [
  [/\s*\blob \([\w, ]+\) store as \(cache\)/g, ''],
  [/\s*\bpctfree \d+ initrans \d+/g, ''],
  [/\bidentity \(start with 1 order\)/g, 'identity'],
  [/( cache \d+) order$/g, '$1'],
  // The schema of an index is that of its table.
  [/^(create (?:unique )?index )"[^"]*"\.(?=")/g, '$1'],
  [/\b(case when (?:(?!\bend\b)[\s\S])*? end)(?=[,)])/g, '($1)'],
]

const BLOCK: readonly Rule[] = [
  [/:?\b(\w+) := sql%rowcount;/g, 'get diagnostics $1 = row_count;'],
  [/\bwhen dup_val_on_index then\b/g, 'when unique_violation then'],
  // A query into variables has to find one row; what a change returns may be none.
  [/\binto (?=v_|:o_)/g, 'into strict '],
  [/(\breturning\b[^;]*?)\binto strict /g, '$1into '],
]

const BIND = /("[^"]*"|'(?:[^']|'')*')|::|:([a-zA-Z]\w*)/g

/** A query or a change. What comes back by `returning … into` comes as a row, in the order of the binds. */
export function translateSql(sql: string, { given }: Binds): Translated {
  const values: string[] = []
  const body = sql.replace(/\sinto\s+:o_\w+(?:,\s*:o_\w+)*/g, '')
  const text = apply(translateSequences(body), [...COMMON, ...STATEMENT_CLOCK, ...TYPES]).replace(
    BIND,
    (token: string, _quoted: string | undefined, name: string | undefined) => {
      if (name === undefined) return token
      const known = values.indexOf(name)
      const place = known === -1 ? values.push(name) : known + 1
      return `($${place}::${given.get(name) ?? 'text'})`
    },
  )
  return { text, values }
}

/** What makes a table, an index or a sequence. */
export function translateDefinition(sql: string): string {
  return apply(sql, [...DEFINITION, ...TYPES])
}

/** A PL/SQL block as a function of the session: `create` makes it, and `text` calls it. */
export function translateBlock(
  sql: string,
  { given, out }: Binds,
  name: string,
): Translated & { readonly create: string } {
  const values = [...given.keys()]
  const records = [...sql.matchAll(/\bfor (\w+) in \(/g)].map(([, record]) => `${record} record;`)
  const body = apply(translateSequences(sql), [...COMMON, ...BLOCK_CLOCK, ...BLOCK, ...TYPES])
    .replace(BIND, (token: string, _quoted: string | undefined, bind: string | undefined) => {
      if (bind === undefined) return token
      return out.has(bind) ? bind : `b_${bind}`
    })
    .replace(/^\s*(declare\b)?/, `declare ${records.join(' ')} `)
  const params = [
    ...[...given].map(([bind, type]) => `b_${bind} ${type}`),
    ...[...out].map(([bind, type]) => `out ${bind} ${type}`),
  ]
  const returns = out.size === 0 ? 'returns void' : ''
  return {
    create: `create or replace function pg_temp.${name}(${params.join(', ')}) ${returns}
      language plpgsql as $shim$
      #variable_conflict use_column
      ${body}
      $shim$`,
    text: `select * from pg_temp.${name}(${values.map((_, index) => `$${index + 1}`).join(', ')})`,
    values,
  }
}
