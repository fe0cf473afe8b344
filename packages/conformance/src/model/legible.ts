import { inspect } from 'node:util'
import { ABSENT } from './compare.ts'
import type { World } from './operations/world.ts'

/** Text that stands for itself in a line. */
interface Word {
  [inspect.custom](): string
}

const DAYS = 30 * 24 * 3_600_000

/**
 * A value as a person reads it: instants as distances from the beginning, ids that the store made and claims by their
 * number. So it reads the same in every run of a sequence.
 */
export function legible(value: unknown, world: World, length: number): string {
  const text = inspect(translate(value, world), {
    depth: 6,
    breakLength: Infinity,
    maxArrayLength: 20,
    maxStringLength: 100,
  })
  return text.length > length ? `${text.slice(0, length)}…` : text
}

function translate(value: unknown, world: World): unknown {
  if (value === ABSENT) return word('nothing')
  if (typeof value === 'number') return instant(value - world.base) ?? value
  if (typeof value === 'string') return name(value, world)
  if (typeof value !== 'object' || value === null) return value
  const claim = world.claims.findIndex((other) => other === value)
  if (claim >= 0) return word(`claim #${claim + 1}`)
  if (Array.isArray(value)) return value.map((item) => translate(item, world))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, translate(item, world)]),
  )
}

function instant(offset: number): Word | undefined {
  if (Math.abs(offset) > DAYS) return undefined
  if (offset === 0) return word('t0')
  return word(offset > 0 ? `t0+${offset}` : `t0${offset}`)
}

function name(text: string, { made }: World): unknown {
  for (const [kind, ids] of Object.entries(made)) {
    const index = ids.indexOf(text)
    if (index >= 0 && kind !== 'errors') return word(`${kind}#${index + 1}`)
  }
  return text
}

function word(text: string): Word {
  return { [inspect.custom]: () => text }
}
