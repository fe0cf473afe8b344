import type { ScheduledCommand, TaskClaim } from '@holdfast/spec'
import { createModel, type Model } from '../model.ts'
import type { Setting } from './operation.ts'

/**
 * Names an id, so that a sequence keeps its meaning when operations are taken out of it: one of a few, the first of
 * these that is not there, or one that is there.
 */
export type Ref = number | 'free' | There

/** The record with this place among those that are there, counted round. */
export interface There {
  readonly there: number
}

/** An instant, as ms after the beginning of the sequence. */
export type Moment = number

// Two that differ in case, and two that UTF-16 orders differently from code points. The fifth is generated.
export const IDS: readonly string[] = ['a', 'A', '\ue000', '\u{1f600}']

/** One sequence, as far as it has come. */
export interface World {
  readonly model: Model
  readonly setting: Setting
  /** The instant 0 of the sequence. */
  readonly base: number
  /** The id that is meant, where `stored` are those that are there. */
  id(ref: Ref, stored?: readonly string[]): string
  at(moment: Moment): number
  /** Claims as the provider returned them, in the order of their coming. */
  readonly claims: TaskClaim[]
  /** Ids that the store made, for the report. */
  readonly made: Readonly<Record<'workflows' | 'events' | 'subscriptions' | 'errors', string[]>>
  /** What a run has seen, for the guard against vacuity. */
  note(what: string): void
  now(): number
  /** The commands whose handlers are at work, the innermost last. */
  readonly handling: ScheduledCommand[]
  /** A value as the report shows it. */
  show(value: unknown): string
  /** Writes a line of the report. */
  say(verb: string, value: unknown): void
  /** Makes an operation from within a handler. */
  perform(operation: { readonly method: string }): Promise<void>
}

export interface WorldOptions extends Pick<
  World,
  'setting' | 'base' | 'note' | 'now' | 'show' | 'say' | 'perform'
> {
  /** The generated id. */
  readonly id: string
}

export function createWorld({ id: generated, ...rest }: WorldOptions): World {
  const { base } = rest
  const ids = [...IDS, generated]
  const [first = ''] = ids
  return {
    ...rest,
    model: createModel(),
    id(ref, stored = []) {
      if (ref === 'free') return ids.find((id) => !stored.includes(id)) ?? first
      return typeof ref === 'number' ? (ids[ref] ?? first) : (pick(stored, ref) ?? first)
    },
    at: (moment) => base + moment,
    claims: [],
    handling: [],
    made: { workflows: [], events: [], subscriptions: [], errors: [] },
  }
}

export function pick<T>(items: readonly T[], { there }: There): T | undefined {
  return items[there % items.length]
}
