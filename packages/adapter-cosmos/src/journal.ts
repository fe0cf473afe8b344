import { randomUUID } from 'node:crypto'
import { untilSettled } from './judge.ts'
import type { Item, Outcome, Partition, Stored, Write } from './partition.ts'
import { isTaskStep, taskOf, taskWrites, type Member, type TaskStep } from './tasks.ts'

// An atomic batch is of one logical partition, 100 writes and 2 MB. A unit that is larger is promised first and kept
// afterwards: what is to be done is written down in parts that nobody looks at, then one batch makes the first writes and
// a promise, by which the unit is decided, and then each part is done in one batch that also removes the part, so that it
// is done once. Whoever opens the store keeps the promises of those who died.

/** Something to be done later, exactly once. It says what, and not how: what it finds may have changed by then. */
export type Step =
  /** Removes an item, if it is still this one. */
  | { readonly drop: string; readonly rid: string }
  /** Puts another item in the place of one, if it is still this one. */
  | { readonly bury: Item; readonly rid: string }
  /** Makes an item, unless there is one. */
  | { readonly create: Item }
  | TaskStep

/** The version of a record that a deed belongs to: when it has another one, a later write has seen to it all. */
export interface Guard {
  readonly id: string
  readonly version: number
}

interface Part extends Item {
  readonly steps: readonly Step[]
  readonly guard: Guard | null
  readonly ttl: number
}

interface Promised extends Item {
  readonly parts: readonly string[]
}

const MAX_WRITES = 100
const MAX_BYTES = 1_900_000

// With the removal of the part itself, and its guard.
const MAX_STEPS = MAX_WRITES - 2
const PART_BYTES = 1_000_000

// Parts of whoever died before the promise go away by themselves, after a week.
const TTL = 7 * 24 * 60 * 60

/** Whether the service takes these writes in one batch. */
export function fits(writes: readonly Write[]): boolean {
  return writes.length <= MAX_WRITES && Buffer.byteLength(JSON.stringify(writes)) <= MAX_BYTES
}

/**
 * Makes the writes in one batch, and does the steps after it, whatever happens to this process: before this resolves, if
 * it lives. `instead` is a record that goes: the promise takes its place until it is kept.
 */
export async function commit(
  partition: Partition,
  writes: readonly Write[],
  steps: readonly Step[],
  { guard, instead }: { readonly guard?: Guard; readonly instead?: Stored<Item> } = {},
): Promise<Outcome> {
  const parts = chunksOf(steps).map((chunk) => partOf(chunk, guard ?? null))
  for (const part of parts) await partition.create(part)
  const promised: Promised = {
    id: instead?.id ?? `promise:${randomUUID()}`,
    kind: PROMISE,
    key: [],
    parts: parts.map(({ id }) => id),
  }
  const promise: Write = instead ? { replace: promised, etag: instead._etag } : { create: promised }
  const outcome = await partition.batch([...writes, promise])
  if (outcome.written) await keepPromise(partition, promised.id)
  else for (const { id } of parts) await partition.remove(id)
  return outcome
}

/** The kind of an item that says that something is to be done. */
export const PROMISE = 'promise'

/** Keeps the promises that are found, of whoever made them. */
export async function keepPromises(partition: Partition): Promise<void> {
  const promises = await partition.query<Item>({ select: 'c.id', where: `c.kind = '${PROMISE}'` })
  for (const { id } of promises) await keepPromise(partition, id)
}

/** Does what is left to be done of a promise, if there is one. */
export async function keepPromise(partition: Partition, id: string): Promise<void> {
  const promised = await partition.read<Promised>(id)
  if (promised?.kind !== PROMISE) return
  for (const part of promised.parts) await untilSettled(part, async () => settle(partition, part))
  await partition.remove(promised.id, promised._etag)
}

type Row = Member & { readonly version?: number }

/** Does a part, unless it is done; `undefined` when something changed meanwhile. */
async function settle(partition: Partition, id: string): Promise<true | undefined> {
  const part = await partition.read<Part>(id)
  if (part === null) return true
  const { steps, guard, _etag: etag } = part
  const rows = await partition.query<Row>({
    select: 'c.id, c._etag, c._rid, c.key, c.version, c.state, c.listing, c.token, c.expiry',
    where: 'ARRAY_CONTAINS(@ids, c.id)',
    parameters: { ids: [...steps.map(idOf), ...(guard === null ? [] : [guard.id])] },
  })
  const stored = new Map(rows.map((row) => [row.id, row]))
  const isPast = guard !== null && stored.get(guard.id)?.version !== guard.version
  const outcome = await partition.batch([
    ...(isPast ? [] : steps.flatMap((step) => writesOf(step, stored.get(idOf(step))))),
    ...(isPast || guard === null ? [] : [guardWrite(guard)]),
    { remove: id, etag },
  ])
  return outcome.written ? true : undefined
}

/** Fails when the record has another version, and changes nothing. */
function guardWrite({ id, version }: Guard): Write {
  return { patch: id, change: { set: { version }, where: `c.version = ${version}` } }
}

function idOf(step: Step): string {
  if (isTaskStep(step)) return taskOf(step)
  if ('drop' in step) return step.drop
  return 'bury' in step ? step.bury.id : step.create.id
}

function writesOf(step: Step, stored: Row | undefined): Write[] {
  if (isTaskStep(step)) return taskWrites(step, stored)
  if ('create' in step) return stored === undefined ? [{ create: step.create }] : []
  if (stored === undefined || stored._rid !== step.rid) return []
  const { _etag: etag } = stored
  return 'bury' in step ? [{ replace: step.bury, etag }] : [{ remove: step.drop, etag }]
}

function partOf(steps: readonly Step[], guard: Guard | null): Part {
  return { id: `part:${randomUUID()}`, kind: 'part', key: [], steps, guard, ttl: TTL }
}

function chunksOf(steps: readonly Step[]): Step[][] {
  const chunks: Step[][] = []
  let bytes = Infinity
  for (const step of steps) {
    const size = Buffer.byteLength(JSON.stringify(step))
    const last = chunks.at(-1)
    if (last === undefined || last.length === MAX_STEPS || bytes + size > PART_BYTES) {
      chunks.push([step])
      bytes = size
    } else {
      last.push(step)
      bytes += size
    }
  }
  return chunks
}
