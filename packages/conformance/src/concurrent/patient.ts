import {
  REPOSITORY_NAMES,
  isPersistenceError,
  type PersistenceProvider,
  type RepositoryName,
} from '@holdfast/spec'

/** ms that a client makes a call again and again for. Less than the deadline of a call. */
const PATIENCE = 5000
/** ms between two tries, at the most. */
const PAUSE = 20

type Call = (
  repository: RepositoryName | undefined,
  method: string,
  args: readonly unknown[],
) => Promise<unknown>

/**
 * A provider that makes a call again when it was `BUSY` and not applied, as whoever shares a store has to. `shape` says
 * what it has, and `call` makes the calls: those of `shape`, when it is left out.
 */
export function patient(
  shape: PersistenceProvider,
  call: Call = async (repository, method, args) => {
    const owner: object = (repository === undefined ? shape : shape[repository]) ?? shape
    return (Reflect.get(owner, method) as (...given: unknown[]) => unknown).apply(owner, [...args])
  },
): PersistenceProvider {
  async function again(
    repository: RepositoryName | undefined,
    method: string,
    args: readonly unknown[],
  ): Promise<unknown> {
    const until = performance.now() + PATIENCE
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(repository, method, args)
      } catch (error) {
        const may = isPersistenceError(error, 'BUSY') && error.outcome === 'not-applied'
        if (!may || performance.now() > until) throw error
        await new Promise((resolve) => setTimeout(resolve, Math.min(attempt, PAUSE)))
      }
    }
  }

  const methodsOf = (repository: RepositoryName): object =>
    new Proxy(
      {},
      {
        get: (_, method) =>
          typeof method === 'symbol'
            ? undefined
            : async (...args: unknown[]) => again(repository, method, args),
      },
    )
  const provider: Record<PropertyKey, unknown> = {
    name: shape.name,
    capabilities: shape.capabilities,
    ensureStore: async () => again(undefined, 'ensureStore', []),
    ping: async () => again(undefined, 'ping', []),
    [Symbol.asyncDispose]: async () => shape[Symbol.asyncDispose](),
  }
  for (const name of REPOSITORY_NAMES) if (shape[name]) provider[name] = methodsOf(name)
  return provider as unknown as PersistenceProvider
}
