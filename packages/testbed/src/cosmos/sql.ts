// The part of Cosmos DB's SQL that is asked of one partition: projections, conditions and orders of one item, with its
// three-valued logic.
// https://learn.microsoft.com/azure/cosmos-db/nosql/query/

import { compare, equals, memberOf, type Json } from './values.ts'

/** What an expression gives for one item. */
type Expression = (scope: Scope) => Json | undefined

interface Scope {
  readonly names: Readonly<Record<string, Json | undefined>>
  readonly parameters: Readonly<Record<string, Json>>
}

export interface Query {
  /** The paths that it is ordered by, e.g. `/state`. */
  readonly order: readonly { readonly path: string; readonly descending: boolean }[]
  readonly top: number | undefined
  where(item: Json, parameters: Readonly<Record<string, Json>>): boolean
  select(item: Json, parameters: Readonly<Record<string, Json>>): Json | undefined
}

/** An error in a query. */
export class SyntaxFault extends Error {}

const TOKEN =
  /\s*(?:([A-Za-z_]\w*)|(@\w+)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(<=|>=|<>|!=|[=<>(),.*[\]]))/y

function tokens(text: string): readonly string[] {
  const found: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new SyntaxFault(`Syntax error near '${text.slice(at, at + 20)}'.`)
    found.push(match[0].trim())
  }
  return found
}

/** Reads a query, or the condition of a patch, which begins with FROM. @throws {SyntaxFault} */
export function parse(text: string): Query {
  const reader = new Reader(tokens(text))
  const query = reader.query()
  reader.end()
  return query
}

const FUNCTIONS: Readonly<Record<string, (...values: (Json | undefined)[]) => Json | undefined>> = {
  IS_DEFINED: (value) => value !== undefined,
  IS_NULL: (value) => value === null,
  ARRAY_CONTAINS: (list, value) =>
    Array.isArray(list) && value !== undefined
      ? list.some((item) => equals(item, value))
      : undefined,
  ARRAY_LENGTH: (list) => (Array.isArray(list) ? list.length : undefined),
  STARTSWITH: (text, start) =>
    typeof text === 'string' && typeof start === 'string' ? text.startsWith(start) : undefined,
}

class Reader {
  readonly #tokens: readonly string[]
  #at = 0
  #root = 'c'

  constructor(read: readonly string[]) {
    this.#tokens = read
  }

  query(): Query {
    let top: number | undefined
    let select: Expression = (scope) => scope.names[this.#root]
    if (this.#take('SELECT')) {
      if (this.#take('TOP')) top = Number(this.#next())
      const from = this.#tokens.findIndex((token, index) => index > this.#at && is(token, 'FROM'))
      this.#root = this.#tokens[from + 1] ?? 'c'
      select = this.#projection()
    }
    this.#expect('FROM')
    this.#root = this.#next()
    const where: Expression = this.#take('WHERE') ? this.#or() : () => true
    const order: { path: string; descending: boolean }[] = []
    if (this.#take('ORDER')) {
      this.#expect('BY')
      do {
        const path = this.#path()
        const descending = this.#take('DESC')
        if (!descending) this.#take('ASC')
        order.push({ path, descending })
      } while (this.#take(','))
    }
    const scopeOf = (item: Json, parameters: Readonly<Record<string, Json>>): Scope => ({
      names: { [this.#root]: item },
      parameters,
    })
    return {
      order,
      top,
      where: (item, parameters) => where(scopeOf(item, parameters)) === true,
      select: (item, parameters) => select(scopeOf(item, parameters)),
    }
  }

  end(): void {
    if (this.#at < this.#tokens.length) throw this.#fault()
  }

  #projection(): Expression {
    if (this.#take('*')) return (scope) => scope.names[this.#root]
    if (this.#take('VALUE')) return this.#or()
    const members: [string, Expression][] = []
    do {
      const path = this.#tokens[this.#at + 2]
      const expression = this.#or()
      const last = this.#tokens[this.#at - 1] ?? ''
      members.push([this.#take('AS') ? this.#next() : last === path ? path : last, expression])
    } while (this.#take(','))
    return (scope) => {
      const pairs = members.map(([name, expression]) => [name, expression(scope)] as const)
      return Object.fromEntries(pairs.filter(([, value]) => value !== undefined)) as Json
    }
  }

  /** A path of the item as an index names it. */
  #path(): string {
    if (this.#next() !== this.#root) throw this.#fault()
    let path = ''
    while (this.#take('.')) path += `/${this.#next()}`
    return path
  }

  #or(): Expression {
    let left = this.#and()
    while (this.#take('OR')) {
      const [a, b] = [left, this.#and()]
      left = (scope) => {
        const [x, y] = [a(scope), b(scope)]
        return x === true || y === true ? true : x === false && y === false ? false : undefined
      }
    }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#take('AND')) {
      const [a, b] = [left, this.#not()]
      left = (scope) => {
        const x = a(scope)
        if (x === false) return false
        const y = b(scope)
        return y === false ? false : x === true && y === true ? true : undefined
      }
    }
    return left
  }

  #not(): Expression {
    if (!this.#take('NOT')) return this.#comparison()
    const negated = this.#not()
    return (scope) => {
      const value = negated(scope)
      return typeof value === 'boolean' ? !value : undefined
    }
  }

  #comparison(): Expression {
    const left = this.#primary()
    if (this.#take('IN')) {
      this.#expect('(')
      const list: Expression[] = []
      do list.push(this.#primary())
      while (this.#take(','))
      this.#expect(')')
      return (scope) => {
        const value = left(scope)
        return value === undefined ? undefined : list.some((item) => equals(item(scope), value))
      }
    }
    const operator = this.#tokens[this.#at] ?? ''
    if (!['=', '!=', '<>', '<', '<=', '>', '>='].includes(operator)) return left
    this.#at += 1
    const right = this.#primary()
    return (scope) => compare(operator, left(scope), right(scope))
  }

  #primary(): Expression {
    const token = this.#next()
    if (token === '(') {
      const inner = this.#or()
      this.#expect(')')
      return inner
    }
    if (token.startsWith('@')) {
      return ({ parameters }) => {
        if (!Object.hasOwn(parameters, token))
          throw new SyntaxFault(`Parameter ${token} is missing.`)
        return parameters[token]
      }
    }
    if (/^["']/.test(token)) return literal(readText(token))
    if (/^-?\d/.test(token)) return literal(Number(token))
    if (is(token, 'null')) return literal(null)
    if (is(token, 'true') || is(token, 'false')) return literal(is(token, 'true'))
    if (is(token, 'EXISTS')) return this.#exists()
    if (this.#tokens[this.#at] === '(') return this.#call(token)
    return this.#member(token)
  }

  #member(name: string): Expression {
    const keys: string[] = []
    for (;;) {
      if (this.#take('.')) keys.push(this.#next())
      else if (this.#take('[')) {
        keys.push(readText(this.#next()))
        this.#expect(']')
      } else break
    }
    return ({ names }) => {
      if (!Object.hasOwn(names, name))
        throw new SyntaxFault(`Identifier '${name}' could not be resolved.`)
      return keys.reduce<Json | undefined>(memberOf, names[name])
    }
  }

  #call(name: string): Expression {
    const work = FUNCTIONS[name.toUpperCase()]
    if (work === undefined)
      throw new SyntaxFault(`'${name}' is not a recognized built-in function name.`)
    this.#expect('(')
    const values: Expression[] = []
    do values.push(this.#or())
    while (this.#take(','))
    this.#expect(')')
    return (scope) => work(...values.map((value) => value(scope)))
  }

  /** `EXISTS (SELECT VALUE t FROM t IN c.list WHERE …)` */
  #exists(): Expression {
    this.#expect('(')
    this.#expect('SELECT')
    this.#expect('VALUE')
    const name = this.#next()
    this.#expect('FROM')
    if (this.#next() !== name) throw this.#fault()
    this.#expect('IN')
    const list = this.#primary()
    const where: Expression = this.#take('WHERE') ? this.#or() : () => true
    this.#expect(')')
    return (scope) => {
      const items = list(scope)
      if (!Array.isArray(items)) return false
      return items.some(
        (item: Json) => where({ ...scope, names: { ...scope.names, [name]: item } }) === true,
      )
    }
  }

  #take(word: string): boolean {
    const token = this.#tokens[this.#at]
    if (token === undefined || !is(token, word)) return false
    this.#at += 1
    return true
  }

  #next(): string {
    const token = this.#tokens[this.#at]
    if (token === undefined) throw this.#fault()
    this.#at += 1
    return token
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw this.#fault()
  }

  #fault(): SyntaxFault {
    return new SyntaxFault(
      `Syntax error, incorrect syntax near '${this.#tokens[this.#at] ?? 'the end'}'.`,
    )
  }
}

function is(token: string, word: string): boolean {
  return token.toLowerCase() === word.toLowerCase()
}

function literal(value: Json): Expression {
  return () => value
}

function readText(token: string): string {
  if (token.startsWith('"')) return JSON.parse(token) as string
  return JSON.parse(
    `"${token.slice(1, -1).replaceAll("\\'", "'").replaceAll('"', '\\"')}"`,
  ) as string
}
