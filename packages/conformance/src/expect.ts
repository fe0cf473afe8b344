import { inspect, isDeepStrictEqual } from 'node:util'
import { isPersistenceError, type ErrorCode, type PersistenceError } from '@holdfast/spec'
import type { DrawnHistory } from './report/history/drawn-history.ts'

/** The provider broke the rule. */
export class Violation extends Error {
  override readonly name = 'Violation'
  /** What several clients did, for the report to draw. */
  readonly history: DrawnHistory | undefined

  constructor(
    message: string,
    options: ErrorOptions & { readonly history?: DrawnHistory | undefined } = {},
  ) {
    super(message, options)
    this.history = options.history
  }
}

/** The run does not show whether the rule is kept. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive'
}

/** `message` says what must hold. */
export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Violation(message)
}

/** Deep equality of plain data. `undefined` members are not absent ones; `-0` is `0`, which JSON cannot tell apart. */
export function equal(actual: unknown, expected: unknown, message: string): void {
  if (isDeepStrictEqual(plain(actual), plain(expected))) return
  throw new Violation(`${message}\n  expected: ${show(expected)}\n  actual:   ${show(actual)}`)
}

/** The provider refuses with this code, in the one error class, and the error is whole. Returns the error. */
export async function rejects(
  call: Promise<unknown>,
  code: ErrorCode,
  message: string,
): Promise<PersistenceError> {
  let result: unknown
  try {
    result = await call
  } catch (error) {
    if (!isPersistenceError(error)) {
      throw new Violation(
        `${message}: expected ${code}, got ${show(error)}, which is no PersistenceError`,
        {
          cause: error,
        },
      )
    }
    if (error.code !== code) {
      throw new Violation(`${message}: expected ${code}, got ${error.code} (${error.message})`, {
        cause: error,
      })
    }
    return error
  }
  throw new Violation(`${message}: expected ${code}, but it resolved with ${show(result)}`)
}

/** A value as a line of a message. */
export function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text = inspect(value, {
    depth: 6,
    breakLength: Infinity,
    maxArrayLength: 20,
    maxStringLength: 200,
  })
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text
}

/** The same data on plain prototypes, so that frozen, null-prototype or class-made results compare by content. */
function plain(value: unknown): unknown {
  if (Object.is(value, -0)) return 0
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  return new Map(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}
