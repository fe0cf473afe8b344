import fc from 'fast-check'
import type { JsonValue, Page, PageRequest } from '@holdfast/spec'
import { ok, show } from '../../expect.ts'
import { jsonArbitrary } from '../../values.ts'
import type { Moment, Ref, There, World } from './world.ts'

/** One that is there. */
export const theres: fc.Arbitrary<There> = record({ there: fc.constantFrom(0, 0, 0, 1, 2) })

/** Mostly one that is there. */
export const refs: fc.Arbitrary<Ref> = weighted([8, theres], [3, fc.constantFrom(0, 1, 2, 3, 4)])

/** Mostly one that is not there; `null`: the store chooses. */
export const newRefs: fc.Arbitrary<Ref | null> = fc.constantFrom<Ref | null>(
  'free',
  'free',
  'free',
  'free',
  'free',
  null,
  null,
  0,
  1,
)

/** The workflow of a record. It need not be there. */
export const owners: fc.Arbitrary<Ref> = weighted([3, fc.constantFrom(0, 0, 1)], [2, theres])

/** The id of the workflow that a record names. */
export function workflowOf(ref: Ref, world: World): string {
  return world.id(ref, idsOf(world.model.workflows))
}

export function idsOf(records: readonly { readonly id: string }[]): readonly string[] {
  return records.map(({ id }) => id)
}

/** References to all of few ids, and to what else is there. */
export function allRefs(world: World, stored: readonly string[]): readonly Ref[] {
  const few = [0, 1, 2, 3, 4]
  const ids = few.map((ref) => world.id(ref))
  const others = stored.flatMap((id, there) => (ids.includes(id) ? [] : [{ there }]))
  return [...few, ...others]
}

/** Few instants, so that they meet too. */
export const moments: fc.Arbitrary<Moment> = fc.constantFrom(0, 0, 0, 1, -1, 60_000, -60_000)

/** So that everything of a sequence is before it. */
export const LATE: Moment = 7 * 24 * 3_600_000

/** For queries: mostly so that something is found. */
export const lateMoments: fc.Arbitrary<Moment> = fc.constantFrom(60_000, 60_000, LATE, 0, 1, -1)
export const earlyMoments: fc.Arbitrary<Moment> = fc.constantFrom(-60_000, -60_000, -LATE, 0, 1, -1)

export const limits: fc.Arbitrary<number> = fc.constantFrom(2, 1, 3, 100)

/** The page size of the last reading. */
export const SWEEP_LIMIT = 2

export const payloads: fc.Arbitrary<JsonValue> = weighted(
  [4, fc.constantFrom<JsonValue>(1, 2, null, '', 'x', false, 0, [], {}, { a: [null] })],
  [1, jsonArbitrary],
)

/** Of plain objects, which read better in a report than those without a prototype. */
export function record<T extends object>(shape: {
  [K in keyof T]: fc.Arbitrary<T[K]>
}): fc.Arbitrary<T> {
  return fc.record<T>(shape, { noNullPrototype: true })
}

type Choice = readonly [weight: number, arbitrary: fc.Arbitrary<unknown>]
type Chosen<A> = A extends fc.Arbitrary<infer T> ? T : never

/** One of these, the heavier ones more often. */
export function weighted<const C extends readonly Choice[]>(
  ...choices: C
): fc.Arbitrary<Chosen<C[number][1]>> {
  const all = choices.map(([weight, arbitrary]) => ({ weight, arbitrary }))
  return fc.oneof(...all) as fc.Arbitrary<Chosen<C[number][1]>>
}

export function literal<const T extends string>(text: T): fc.Arbitrary<T> {
  return fc.constant(text)
}

/** Sometimes a member, mostly not. */
export function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 3 })
}

/** Leases: those that run out where the kit moves the clock, and longer than any sequence where it does not. */
export function ttls(injected: boolean): fc.Arbitrary<number | null> {
  return injected
    ? fc.constantFrom(60_000, 1000, 60_000, 1000, null)
    : fc.constantFrom(3_600_000, null)
}

/** Without the members that are undefined, which are no JSON. */
export function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Defined<T>
}

type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K]
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Reads every page. */
export async function readAll<T>(
  world: World,
  method: string,
  limit: number,
  fetch: (page: PageRequest) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = []
  let cursor: string | null = null
  for (let pages = 1; ; pages += 1) {
    const page: Page<T> = await fetch(cursor === null ? { limit } : { limit, cursor })
    ok(page.items.length <= limit, `A page of ${limit} has ${page.items.length} items`)
    ok(page.corrupt.length === 0, `The page names ${show(page.corrupt)} as corrupt`)
    items.push(...page.items)
    cursor = page.cursor
    if (cursor === null) return items
    ok(pages < 200, 'The pages do not end')
    if (pages === 1) world.note(`${method} pages`)
  }
}

/** The id that the store made, which the model takes over. */
export function madeId(seen: unknown, made: string[]): string {
  // Rejected: the comparison says more than this could.
  if (seen === undefined) return 'made by the store'
  const id = memberOf(seen, 'id')
  ok(typeof id === 'string' && id !== '', `The store made no id: ${show(id)}`)
  made.push(id)
  return id
}

export function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

/** The instant in a member of a result. */
export function instantIn(value: unknown, name: string): number | undefined {
  const member = memberOf(value, name)
  return typeof member === 'number' ? member : undefined
}

/** The version that an update names. */
export type VersionRef = 'current' | 'stale' | 'future'

export const versionRefs: fc.Arbitrary<VersionRef> = fc.constantFrom(
  'current',
  'current',
  'current',
  'current',
  'stale',
  'future',
)

/** `stored` is 0 for a record that is not there. */
export function versionOf(ref: VersionRef, stored: number): number {
  if (ref === 'current') return stored
  return ref === 'stale' ? stored - 1 : stored + 1
}

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(show(thrown))
}

/** What an update writes: what was read with one member changed, as engines do, or something else altogether. */
export function changed<T extends object, K extends keyof T & string>(
  stored: T | undefined,
  next: T,
  only: K | undefined,
): T {
  if (stored === undefined || only === undefined) return next
  const { [only]: _, ...rest } = stored
  return { ...rest, ...(Object.hasOwn(next, only) && { [only]: next[only] }) } as T
}

/** What was read, with its status turned from the one to the other, or to the one. */
export function turned<T extends { readonly status: string }>(
  stored: T | undefined,
  next: T,
  one: T['status'],
  other: T['status'],
): T {
  return stored ? { ...stored, status: stored.status === one ? other : one } : next
}
