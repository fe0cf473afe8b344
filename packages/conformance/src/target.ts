import type { JsonValue, PersistenceProvider, RepositoryName } from '@holdfast/spec'

/**
 * What the tests ran against. `real`: the product itself. `emulator`: its vendor's own. `stand-in`: somebody else's
 * implementation of its protocol. `unstated`: the target does not say.
 */
export type Grade = 'real' | 'emulator' | 'stand-in' | 'unstated'

export interface Engine {
  readonly name: string
  readonly version: string
  readonly grade: Grade
}

/** Where a server listens. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export interface OpenContext {
  /** The kit's clock, epoch ms. A provider that judges leases and stamps by it is tested without waiting. */
  readonly clock: () => number
  /** Reach the engine here, over a connection of the provider's own: the kit's proxy listens there. */
  readonly endpoint?: Endpoint
}

/** Names a stored record, to be damaged. `key` has the ids in the order of the repository's key type. */
export interface StoredRecord {
  readonly namespace: string
  readonly repository: RepositoryName
  readonly key: readonly string[]
}

/** What an author hands to the kit: how to open the provider that is tested. */
export interface Target {
  readonly name: string
  /** Of the provider's package. */
  readonly version?: string
  /**
   * A provider on `namespace`, which no other open store may see. Several are opened on one namespace, as several
   * processes would. The kit calls `ensureStore` and disposes of them.
   */
  open(namespace: string, context: OpenContext): PersistenceProvider | Promise<PersistenceProvider>
  /** What runs behind it, for the report. Called after {@link Target.setup}. */
  engine?(): Engine | Promise<Engine>
  /** Once, before anything is opened: starts what is needed. */
  setup?(): Promise<void>
  /** Once, after everything is disposed of. */
  teardown?(): Promise<void>
  /**
   * The module that exports this target under any name, `import.meta.url`: other processes open it too. Without it all
   * clients of a race are in one process. The command line knows it.
   */
  readonly module?: string
  /** What another process needs to reach what {@link Target.setup} started. */
  share?(): JsonValue
  /** In place of {@link Target.setup}, in another process. There is no `teardown` then: the process just ends. */
  join?(shared: JsonValue): void | Promise<void>
  /**
   * Where the engine listens, when it is one server that is reached by TCP. Called after {@link Target.setup}. With it,
   * `open` is given an `endpoint` by rules that cut connections; without it they are not run.
   */
  endpoint?(): Endpoint
  /** Overwrites the stored body of a record with bytes that cannot be read. Rules on corruption need it. */
  corrupt?(record: StoredRecord): Promise<void>
}
