import { REPOSITORY_NAMES, type PersistenceProvider } from '@holdfast/spec'
import { memo } from './holds.ts'

/** As long as a round trip to a server: whoever else is at work gets in between. */
export async function gap(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Longer than the handlers of the rules take. */
export async function longGap(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 3))
}

/** Tells what others do on a store: some bugs show under load only. */
export interface Crowd {
  /** The provider with its calls counted. */
  readonly provider: PersistenceProvider
  /** How many calls others have made so far. */
  readonly others: () => number
}

export function crowd(provider: PersistenceProvider, store: Map<string, unknown>): Crowd {
  const all = memo(store, 'calls', () => ({ calls: 0 }))
  let own = 0
  const counted: Record<PropertyKey, unknown> = { ...provider }
  for (const name of REPOSITORY_NAMES) {
    const repository = provider[name]
    if (repository !== undefined) counted[name] = count(repository)
  }
  return {
    provider: counted as unknown as PersistenceProvider,
    others: () => all.calls - own,
  }

  function count(repository: object): object {
    const methods = Object.entries(repository).map(([method, call]) => [
      method,
      async (...args: unknown[]) => {
        all.calls += 1
        own += 1
        return (call as (...given: unknown[]) => unknown)(...args)
      },
    ])
    return Object.fromEntries(methods) as object
  }
}

/** What is on its way to one of two places, by name, while it is under way. */
export function onItsWay<T>(store: Map<string, unknown>, what: string): Map<string, T> {
  return memo(store, `on its way: ${what}`, () => new Map<string, T>())
}
