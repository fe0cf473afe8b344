import { isPersistenceError, type WriteOptions } from '@holdfast/spec'
import type { TrialClock } from '../clock.ts'
import { Violation, show } from '../expect.ts'
import type { Store } from '../rule.ts'
import { differenceOf } from './compare.ts'
import { isPositive, type Coverage } from './coverage.ts'
import { legible } from './legible.ts'
import { Refusal } from './model.ts'
import { families } from './operations/index.ts'
import type { Prepared, Setting, Trace } from './operations/operation.ts'
import { toError } from './operations/pieces.ts'
import { createWorld } from './operations/world.ts'
import type { Again, Item, Sequence } from './sequence.ts'
import { createTranscript, type Line } from './transcript.ts'

export interface Stage {
  /** Providers on one namespace. */
  readonly stores: readonly [Store, ...Store[]]
  readonly setting: Setting
  readonly clock: TrialClock
  readonly coverage: Coverage
  /** Names the writes, so that they can be repeated. */
  readonly requestId?: () => string
}

/** What came of an operation: the name of an error, or a value. */
type Outcome = { readonly code: string; readonly message?: string } | { readonly value: unknown }

/** A write that was applied. */
interface Write {
  readonly text: string
  readonly method: string
  readonly prepared: Prepared
  readonly store: Store
  readonly options: WriteOptions
  readonly value: unknown
  readonly trace: Trace | undefined
  /** How many changes there were then. */
  readonly changes: number
}

/** The transcript of a sequence up to where provider and model part. */
class Divergence extends Violation {}

/**
 * Makes the operations one after the other, on the provider and on the model, and in the end reads everything back.
 *
 * @throws {Violation} with what was done up to the first difference
 */
export async function runSequence(
  { repositories, id, items }: Sequence,
  stage: Stage,
): Promise<void> {
  const { stores, setting, clock, coverage } = stage
  const used = families.filter(({ name }) => repositories.includes(name))
  const transcript = createTranscript()
  const writes: Write[] = []
  let changes = 0
  let turn = 0
  let kitFailure: Error | undefined

  const world = createWorld({
    id,
    setting,
    base: clock.now(),
    note: coverage.note,
    now: clock.now,
    show: (value) => brief(value),
    say: (verb, value) => transcript.say(`   ${verb} ${brief(value)}`),
    perform: async (operation) => void (await perform(operation)),
  })

  function brief(value: unknown, length = 120): string {
    return legible(value, world, length)
  }

  function part(line: Line, outcome: string): never {
    line.outcome = outcome
    throw new Divergence(`The provider and the model part:\n${transcript.toString()}`)
  }

  /** `null`: the operation has nothing to refer to. */
  async function perform(item: Item): Promise<Line | null> {
    const { method } = item
    if (method === 'advance') return advance(item as Item & { readonly ms: number })
    if (method === 'again') return again(item as Again)
    const family = used.find(({ name }) => method.startsWith(`${name}.`))
    const prepared = ours(() => family?.prepare(item, world))
    if (!prepared) return null
    const index = (item.via ?? (turn += 1)) % stores.length
    const store = stores[index] ?? stores[0]
    const who = stores.length > 1 ? `${String.fromCharCode(65 + index)}: ` : ''
    const text = `${method}(${prepared.args.map((arg) => brief(arg, 400)).join(', ')})`
    const line = transcript.begin(who + text)
    const options =
      prepared.kind === 'write' && stage.requestId ? { requestId: stage.requestId() } : undefined

    const seen = await settled(line, async () => prepared.call(store, options))
    const value = 'value' in seen ? seen.value : undefined
    const now = timeOf(prepared, value)
    compare(
      line,
      foretold(line, () => prepared.expect(value, now)),
      seen,
    )

    if (prepared.kind !== 'read') changes += 1
    coverage.note('code' in seen ? `${method} ${seen.code}` : positive(method, value))
    if (options && 'value' in seen && isPositive(value)) {
      const trace = prepared.trace?.(value, now)
      writes.push({
        text: line.number + text,
        method,
        prepared,
        store,
        options,
        value,
        trace,
        changes,
      })
    }
    return line
  }

  function timeOf({ tellsTime }: Prepared, value: unknown): number {
    return clock.injected ? clock.now() : (tellsTime?.(value) ?? clock.now())
  }

  async function settled(line: Line, call: () => Promise<unknown>): Promise<Outcome> {
    transcript.enter()
    try {
      return { value: await call() }
    } catch (error) {
      if (kitFailure !== undefined) throw kitFailure
      if (error instanceof Divergence) throw error
      if (isPersistenceError(error)) return { code: error.code, message: error.message }
      return part(
        line,
        error instanceof Violation ? error.message : `threw ${show(error)}, no PersistenceError`,
      )
    } finally {
      transcript.leave()
    }
  }

  function foretold(line: Line, expect: () => unknown): Outcome {
    try {
      return { value: ours(expect) }
    } catch (error) {
      if (error instanceof Refusal) return { code: error.code }
      if (error instanceof Violation) return part(line, error.message)
      throw error
    }
  }

  /** Thrown through a handler of the provider's, a mistake of the kit's would look like the provider's. */
  function ours<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (error instanceof Refusal || error instanceof Violation) throw error
      kitFailure = toError(error)
      throw kitFailure
    }
  }

  function compare(line: Line, expected: Outcome, seen: Outcome): void {
    if ('value' in expected && 'value' in seen) {
      const found = differenceOf(expected.value, seen.value)
      if (found) {
        const where = found.path === '' ? '' : `at ${found.path.replace(/^\./, '')} `
        part(
          line,
          `${where}expected ${brief(found.expected, 500)}, got ${brief(found.actual, 500)}`,
        )
      }
    } else if (wordFor(expected) !== wordFor(seen)) {
      part(line, `expected ${wordFor(expected)}, got ${wordFor(seen)}${reasonOf(seen)}`)
    }
    line.outcome = wordFor(seen)
  }

  function wordFor(outcome: Outcome): string {
    if ('code' in outcome) return outcome.code
    return outcome.value === undefined ? 'done' : brief(outcome.value)
  }

  async function advance({ ms }: { readonly ms: number }): Promise<Line> {
    await clock.advance(ms)
    changes += 1
    return transcript.begin(`the clock goes on by ${ms} ms`)
  }

  async function again({ back }: Again): Promise<Line | null> {
    const at = writes.length - 1 - back
    const write = writes[at]
    if (!write) return null
    const { prepared, method, value, store, options } = write
    const atOnce = write.changes === changes
    const trace = prepared.trace?.(value, clock.now())
    if (!atOnce && (!trace?.isThere || isOverwritten(trace, writes.slice(at + 1)))) return null
    const line = transcript.begin(`again ${write.text}`)
    const seen = await settled(line, async () => prepared.call(store, options))
    if ('code' in seen) part(line, `expected ${wordFor(write)}, got ${seen.code}${reasonOf(seen)}`)
    const same = atOnce ? (prepared.sameAgain ?? true) : !trace?.creates
    if (same) compare(line, write, seen)
    line.outcome = wordFor(seen)
    coverage.note(`${method} again${atOnce ? '' : ', later'}`)
    return line
  }

  for (const item of items) {
    const before = writes.length
    await perform(item)
    if (item.twice && writes.length > before) await again({ method: 'again', back: 0 })
  }
  for (const item of used.flatMap((family) => family.sweep(world))) {
    for (const via of stores.keys()) {
      const line = await perform({ ...item, via })
      if (line) transcript.drop(line)
    }
  }
}

/** Whether the request id of a record was replaced by a later one. */
function isOverwritten({ record, creates }: Trace, later: readonly Write[]): boolean {
  return later.some(
    ({ trace }) =>
      trace?.opens?.includes(record) || (trace?.record === record && (trace.creates || !creates)),
  )
}

function reasonOf(outcome: Outcome): string {
  return 'code' in outcome ? ` (${outcome.message ?? ''})` : ''
}

function positive(method: string, value: unknown): string {
  return isPositive(value) ? method : `${method} nothing`
}
