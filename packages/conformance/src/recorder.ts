import { REPOSITORY_NAMES, type PersistenceProvider } from '@holdfast/spec'
import { Violation } from './expect.ts'

/** How often a method was called, and how often it succeeded. */
export interface Tally {
  calls: number
  successes: number
}

/** What the providers of one trial were asked, by method (`workflows.create`). */
export interface Recorder {
  readonly tallies: ReadonlyMap<string, Tally>
  /** Whether a provider threw this, and not the kit. */
  threw(error: unknown): boolean
  /** The same provider, recorded, and with a deadline on each call. */
  record(provider: PersistenceProvider): PersistenceProvider
}

/** `deadline` is in ms. */
export function createRecorder(deadline: number): Recorder {
  const tallies = new Map<string, Tally>()
  const thrown = new WeakSet<object>()

  function recorded(
    method: string,
    call: (...args: unknown[]) => unknown,
  ): (...args: unknown[]) => Promise<unknown> {
    return async (...args) => {
      const tally = tallies.get(method) ?? { calls: 0, successes: 0 }
      tallies.set(method, tally)
      tally.calls += 1
      try {
        const result = await within(deadline, method, async () => call(...args))
        tally.successes += 1
        return result
      } catch (error) {
        if (typeof error === 'object' && error !== null) thrown.add(error)
        throw error
      }
    }
  }

  function record(provider: PersistenceProvider): PersistenceProvider {
    const wrapped: Record<PropertyKey, unknown> = {
      name: provider.name,
      capabilities: provider.capabilities,
      ensureStore: recorded('ensureStore', async (...args) =>
        provider.ensureStore(...(args as [])),
      ),
      ping: recorded('ping', async (...args) => provider.ping(...(args as []))),
      [Symbol.asyncDispose]: recorded('dispose', async () => provider[Symbol.asyncDispose]()),
    }
    for (const name of REPOSITORY_NAMES) {
      const repository = provider[name]
      if (repository !== undefined) wrapped[name] = recordMethods(name, repository)
    }
    return wrapped as unknown as PersistenceProvider
  }

  /** A proxy, since a repository may be a class instance with its methods on the prototype. */
  function recordMethods(name: string, repository: object): object {
    return new Proxy(repository, {
      get(target, property) {
        const member: unknown = Reflect.get(target, property, target)
        if (typeof member !== 'function' || typeof property === 'symbol') return member
        return recorded(
          `${name}.${property}`,
          member.bind(target) as (...args: unknown[]) => unknown,
        )
      },
    })
  }

  return {
    tallies,
    threw: (error) => typeof error === 'object' && error !== null && thrown.has(error),
    record,
  }
}

/** The call's result, or a violation when it does not settle within `ms`. */
export async function within<T>(
  ms: number,
  method: string,
  call: () => T | Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Violation(`${method} did not settle within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([call(), late])
  } finally {
    clearTimeout(timer)
  }
}
