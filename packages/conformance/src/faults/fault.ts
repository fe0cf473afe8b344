import type { PersistenceProvider, Repositories, RepositoryName } from '@holdfast/spec'

/** A provider that is broken on purpose, to show that its rule notices. */
export interface Fault {
  /** e.g. `update-creates` */
  readonly name: string
  /** The rule that names it. */
  readonly rule: string
  /** Other rules that it breaks by its nature. `MODEL-*` need not be listed. */
  readonly also: readonly string[]
  /** The real bug, or its kind. */
  readonly bug: string
  /** What the message of the rule must say. */
  readonly says: RegExp
  /** It shows on a network only: it is planted in the client of a store that is served. */
  readonly network: boolean
  /** The provider with the bug. Several that are opened on one store share `store`. */
  wrap(
    provider: PersistenceProvider,
    store: Map<string, unknown>,
    namespace: string,
  ): PersistenceProvider
}

export interface FaultOptions {
  readonly rule: string
  readonly also?: readonly string[]
  readonly bug: string
  readonly says: RegExp
  /** @default false */
  readonly network?: boolean
  readonly wrap: Fault['wrap']
}

export function fault(name: string, { also = [], network = false, ...rest }: FaultOptions): Fault {
  return { name, also, network, ...rest }
}

type Repository<N extends RepositoryName> = NonNullable<Repositories[N]>

/** The provider with some methods of a repository replaced. `real` is the repository that still works. */
export function override<N extends RepositoryName>(
  provider: PersistenceProvider,
  name: N,
  replace: (real: Repository<N>) => Partial<Repository<N>>,
): PersistenceProvider {
  const real = provider[name]
  if (real === undefined) return provider
  return { ...provider, [name]: { ...real, ...replace(real) } }
}
