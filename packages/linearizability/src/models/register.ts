import type { Operation } from '../history.ts'
import type { Evidence, Model } from '../model.ts'
import { answer, canonical, identify, of } from './text.ts'

/** What is done to a register. `key` names it, where there are many. */
export type RegisterInput<V> =
  | { readonly op: 'read'; readonly key?: string }
  | { readonly op: 'write'; readonly key?: string; readonly value: V }
  | { readonly op: 'cas'; readonly key?: string; readonly from: V | null; readonly to: V }

/** A read gives the value, `null` when unset; a compare-and-set whether it was done; a write nothing. */
export type RegisterOutput<V> = V | boolean | null

/**
 * Registers with read, write and compare-and-set. Values are JSON values.
 *
 * Evidence: a value that one operation alone writes, and that somebody saw, was written before it was seen. A value that
 * nobody saw was never written, as far as anybody can tell, unless a compare-and-set failed.
 */
export function register<V>(
  options: { readonly initial?: V } = {},
): Model<V | null, RegisterInput<V>, RegisterOutput<V>> {
  const initial = options.initial ?? null
  const equal = (a: V | null, b: unknown): boolean => a === b || identify(a) === identify(b)
  return {
    name: 'register',
    init: () => initial,
    step: (state, input, output) => {
      switch (input.op) {
        case 'read':
          return output === undefined || equal(state, output) ? state : undefined
        case 'write':
          return input.value
        case 'cas': {
          const matches = equal(state, input.from)
          if (output !== undefined && output !== matches) return undefined
          return matches ? input.to : state
        }
      }
    },
    fingerprint: identify,
    key: ({ key }) => key ?? '',
    isRead: ({ op }, output) => op === 'read' || (op === 'cas' && output === false),
    evidence: (operations) => evidence(operations, initial),
    describe: (input, output) => {
      switch (input.op) {
        case 'read':
          return of(input.key, `read() → ${answer(output)}`)
        case 'write':
          return of(input.key, `write(${canonical(input.value)})`)
        case 'cas':
          return of(
            input.key,
            `cas(${canonical(input.from)}, ${canonical(input.to)}) → ${answer(output)}`,
          )
      }
    },
    describeState: canonical,
  }
}

type RegisterOperation<V> = Operation<RegisterInput<V>, RegisterOutput<V>>

function evidence<V>(
  operations: readonly RegisterOperation<V>[],
  initial: V | null,
): ReadonlyMap<RegisterOperation<V>, Evidence<RegisterOutput<V>>> {
  const writers = new Map<string | number, number>([[identify(initial), 1]])
  const seen = new Map<string | number, RegisterOperation<V>>()
  const wanted = new Map<string | number, number>()
  let refused = false
  for (const operation of operations) {
    const { input, output, outcome } = operation
    const known = outcome === 'ok' && output !== undefined
    if (input.op === 'cas' && known && output === false) {
      refused = true
      continue
    }
    const written = input.op === 'write' ? input.value : input.op === 'cas' ? input.to : undefined
    if (written !== undefined) {
      const id = identify(written)
      writers.set(id, (writers.get(id) ?? 0) + 1)
    }
    if (input.op === 'cas') {
      const id = identify(input.from)
      wanted.set(id, (wanted.get(id) ?? 0) + 1)
      if (!known) refused ||= outcome === 'ok'
    }
    const value =
      known && input.op === 'read' ? output : input.op === 'cas' ? input.from : undefined
    if (!known || value === undefined) continue
    const id = identify(value)
    const earlier = seen.get(id)?.return ?? null
    if (earlier === null || (operation.return !== null && operation.return < earlier)) {
      seen.set(id, operation)
    }
  }

  const settled = new Map<RegisterOperation<V>, Evidence<RegisterOutput<V>>>()
  const unseen = new Map<string | number, RegisterOperation<V>[]>()
  for (const operation of operations) {
    const { input, outcome } = operation
    if (outcome !== 'unknown' || input.op === 'read') continue
    const id = identify(input.op === 'write' ? input.value : input.to)
    const by = seen.get(id)?.return ?? null
    if (by !== null && writers.get(id) === 1) {
      const output = input.op === 'cas' ? { output: true } : {}
      settled.set(operation, { applied: true, by, ...output })
    } else if (!seen.has(id)) {
      const same = unseen.get(id)
      if (same) same.push(operation)
      else unseen.set(id, [operation])
    }
  }
  if (refused) return settled

  // A compare-and-set that cannot have mattered wants no value either, so that what wrote that one cannot have mattered.
  const idle = [...unseen.keys()].filter((id) => !wanted.has(id))
  for (let id = idle.pop(); id !== undefined; id = idle.pop()) {
    for (const operation of unseen.get(id) ?? []) {
      settled.set(operation, { applied: false })
      if (operation.input.op !== 'cas') continue
      const from = identify(operation.input.from)
      const left = (wanted.get(from) ?? 0) - 1
      wanted.set(from, left)
      if (left === 0 && unseen.has(from)) idle.push(from)
    }
  }
  return settled
}
