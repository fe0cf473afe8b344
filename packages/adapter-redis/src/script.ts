import { createHash } from 'node:crypto'

/** What a parameter may be. `null` is sent as the empty string. */
export type Param = string | number | boolean | null

export type Params = Readonly<Record<string, Param>>

/** One round trip: a Lua text and what its `KEYS` and `ARGV` stand for. */
export interface Script {
  readonly name: string
  readonly text: string
  readonly sha: string
  /** The names of the keys, apart from the store that they are in. */
  readonly keys: readonly string[]
  readonly params: readonly string[]
}

/**
 * Any number of fields as one argument, each behind its length in bytes: a call takes no more than some ten thousand
 * arguments. Lua's `fieldsOf` reads it.
 */
export function pack(fields: readonly Param[]): string {
  return fields
    .map((field) => {
      const text = String(field ?? '')
      return `${Buffer.byteLength(text)}:${text}`
    })
    .join('')
}

/** Lua as it is written, with its own escapes. */
export const lua: typeof String.raw = String.raw

const TOKEN = /([@$])([a-zA-Z]+(?:\.[a-zA-Z]+)?|\*)/g

/**
 * A script whose keys are written `@name` and whose parameters `$name`. `$*` is the index of the first argument after
 * the parameters. Written here is declared there: a script touches no key that it does not name in `KEYS`.
 */
export function script(name: string, ...parts: readonly string[]): Script {
  const source = parts.join('\n')
  const keys: string[] = []
  const params: string[] = []
  for (const [, sign, word = ''] of source.matchAll(TOKEN)) {
    const list = sign === '@' ? keys : params
    if (word !== '*' && !list.includes(word)) list.push(word)
  }
  const text = source.replace(TOKEN, (_, sign: string, word: string) => {
    if (word === '*') return String(params.length + 1)
    return sign === '@' ? `KEYS[${keys.indexOf(word) + 1}]` : `ARGV[${params.indexOf(word) + 1}]`
  })
  return { name, text, sha: createHash('sha1').update(text).digest('hex'), keys, params }
}
