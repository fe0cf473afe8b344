import type { JsonValue } from './json.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * `JSON.parse`, also where its engine cannot be trusted with the names of members.
 *
 * V8 of Node 24 and 26 gives a name that is written with an escape (`"\t"`) as another one (`"\\"`), when an object
 * with the same members before it was parsed earlier: it compares the text of the name with what came next in that
 * object before it looks at escapes. Such names are parsed under names of ours, and get their own afterwards.
 *
 * @param text as `JSON.stringify` writes it without indentation
 * @see https://github.com/nodejs/node/issues/63785
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): JsonValue {
  const escaped = escapedNames(text)
  if (escaped.length === 0) return JSON.parse(text) as JsonValue
  const mark = absentFrom(text)
  const names = new Map<string, string>()
  let renamed = ''
  let from = 0
  for (const { start, end } of escaped) {
    const name = mark + names.size
    names.set(name, JSON.parse(text.slice(start, end)) as string)
    renamed += `${text.slice(from, start)}"${name}"`
    from = end
  }
  return rename(JSON.parse(renamed + text.slice(from)) as JsonValue, names)
}

interface Span {
  readonly start: number
  readonly end: number
}

/** Where the names are that hold a backslash, with their quotes. */
function escapedNames(text: string): Span[] {
  const found: Span[] = []
  let at = text.indexOf('\\')
  while (at !== -1) {
    // The first backslash of a string: what is quoted before it has no escape.
    const start = text.lastIndexOf('"', at)
    while (at < text.length && text.charCodeAt(at) !== QUOTE) {
      at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
    }
    const end = at + 1
    if (text[end] === ':') found.push({ start, end })
    at = text.indexOf('\\', end)
  }
  return found
}

/** What no string of the text begins with. */
function absentFrom(text: string): string {
  let mark = '#'
  while (text.includes(`"${mark}`)) mark += '#'
  return mark
}

function rename(value: JsonValue, names: ReadonlyMap<string, string>): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item) => rename(item, names))
  // `fromEntries` defines members, where an assignment to `__proto__` would set the prototype.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [names.get(name) ?? name, rename(item, names)]),
  )
}
