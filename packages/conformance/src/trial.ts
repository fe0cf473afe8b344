import fc from 'fast-check'
import type { PersistenceProvider, RepositoryName } from '@holdfast/spec'
import { openCrew, type Client, type ClientOptions } from './concurrent/clients.ts'
import type { Workers } from './concurrent/workers.ts'
import { createManualClock, injectedClock, realClock, type TrialClock } from './clock.ts'
import { Inconclusive, Violation, show } from './expect.ts'
import { openProxy, type Proxy } from './proxy/proxy.ts'
import { createRecorder, within, type Recorder } from './recorder.ts'
import type { Store } from './rule.ts'
import type { OpenContext, StoredRecord, Target } from './target.ts'

/** What a rule's check works with beside its store. */
export interface Trial {
  readonly clock: TrialClock
  /** The store's namespace. */
  readonly namespace: string
  /** Another provider on the same namespace, as another process would open it. */
  reopen<N extends RepositoryName = RepositoryName>(): Promise<Store<N>>
  /** A provider on a namespace of its own; with a suffix, on the store's namespace with the suffix after it. */
  fresh<N extends RepositoryName = RepositoryName>(suffix?: string): Promise<Store<N>>
  /** Like {@link Trial.fresh}, not prepared with `ensureStore`. */
  bare(suffix?: string): Promise<PersistenceProvider>
  /** An id that nothing else in this trial has. */
  id(prefix?: string): string
  /** Several clients of the store, in other processes where the run has them. */
  clients<N extends RepositoryName = RepositoryName>(
    options?: ClientOptions,
  ): Promise<readonly Client<N>[]>
  /** A proxy in front of the engine, and a provider behind it, like {@link Trial.reopen} or, bare, {@link Trial.bare}. */
  wire<N extends RepositoryName = RepositoryName>(kind?: 'ready' | 'bare'): Promise<Wire<N>>
  /**
   * The property holds for generated values. Each run gets its value and a number; on failure the value is shrunk, and
   * the replay token leads to it. Ids that a property needs come from {@link Trial.id}, so that runs can share a store.
   */
  forAll<T>(
    arbitrary: fc.Arbitrary<T>,
    property: (value: T) => Promise<void>,
    amount?: Amount,
  ): Promise<void>
  /** Whether one known failure is run again, and nothing else: counters tell nothing then. */
  readonly replaying: boolean
  /** Damages a stored record of this namespace. */
  corrupt(record: Omit<StoredRecord, 'namespace'>): Promise<void>
  /** Counts something that the report shows, e.g. how many values of a catalogue were tried. */
  count(counter: string, by?: number): void
  /** How often each method was called so far, and succeeded. */
  readonly tallies: Recorder['tallies']
}

/** How many values a property gets. */
export interface Amount {
  /** Part of the runs that were asked for: less where a run takes long. @default 1 */
  readonly share?: number
  /** What it needs to tell anything. @default 1 */
  readonly fewest?: number
}

/** A provider, and the way to its engine in the hands of the kit. */
export interface Wire<N extends RepositoryName = RepositoryName> {
  readonly proxy: Proxy
  readonly store: Store<N>
}

/** Where a generated failure is: which `forAll` of the check, and fast-check's path to the value. */
export interface FoundAt {
  readonly property: number
  readonly path: string
}

export interface TrialOptions {
  readonly seed: number
  readonly runs: number
  /** ms for each call to the provider. */
  readonly deadline: number
  /** Unique to this run and rule. */
  readonly prefix: string
  readonly replay: FoundAt | undefined
  /** `undefined`: all clients are in this process. */
  readonly workers: Workers | undefined
}

/** A trial, and what its runner needs of it. */
export interface OpenTrial extends AsyncDisposable {
  readonly store: Store
  readonly trial: Trial
  readonly recorder: Recorder
  readonly counters: ReadonlyMap<string, number>
  /** Where the last generated failure was found. */
  readonly foundAt: FoundAt | undefined
}

/** Opens the target on a fresh namespace. */
export async function openTrial(target: Target, options: TrialOptions): Promise<OpenTrial> {
  const recorder = createRecorder(options.deadline)
  const manual = createManualClock()
  const opened: PersistenceProvider[] = []
  const proxies: Proxy[] = []
  const crews: AsyncDisposable[] = []
  const counters = new Map<string, number>()
  let ids = 0
  let properties = 0
  let foundAt: FoundAt | undefined
  let store: Store

  const next = (): string => {
    ids += 1
    return `${options.prefix}-${ids}`
  }

  const another = (suffix: string | undefined): string =>
    suffix === undefined ? next() : options.prefix + suffix

  async function open(
    namespace: string,
    more: Pick<OpenContext, 'endpoint'> = {},
  ): Promise<PersistenceProvider> {
    const context = { clock: manual.now, ...more }
    const provider = recorder.record(
      await within(options.deadline, 'open', async () => target.open(namespace, context)),
    )
    opened.push(provider)
    return provider
  }

  async function prepared(namespace: string): Promise<Store> {
    const provider = await open(namespace)
    await provider.ensureStore()
    return provider as Store
  }

  async function clients<N extends RepositoryName>({
    suffix = '',
    skew = () => 0,
  }: ClientOptions = {}): Promise<readonly Client<N>[]> {
    const crew = await openCrew({
      target,
      workers: options.workers,
      recorder,
      namespace: options.prefix + suffix,
      now: manual.now,
      skew,
      store,
    })
    crews.push(crew)
    return crew.clients as readonly Client<N>[]
  }

  async function wire<N extends RepositoryName>(
    kind: 'ready' | 'bare' = 'ready',
  ): Promise<Wire<N>> {
    if (target.endpoint === undefined) throw new Inconclusive('The target has no endpoint()')
    const proxy = await openProxy(target.endpoint())
    proxies.push(proxy)
    const namespace = kind === 'ready' ? options.prefix : next()
    const provider = await open(namespace, { endpoint: proxy.endpoint })
    if (kind === 'ready') await provider.ensureStore()
    return { proxy, store: provider as Store<N> }
  }

  async function forAll<T>(
    arbitrary: fc.Arbitrary<T>,
    property: (value: T) => Promise<void>,
    { share = 1, fewest = 1 }: Amount = {},
  ): Promise<void> {
    const index = properties
    properties += 1
    const { seed, replay } = options
    const path = replay?.property === index ? { path: replay.path } : {}
    const details = await fc.check(fc.asyncProperty(arbitrary, property), {
      seed: seed + index,
      numRuns: Math.max(Math.ceil(options.runs * share), fewest),
      ...path,
    })
    if (!details.failed) return
    foundAt = { property: index, path: details.counterexamplePath ?? '' }
    const { errorInstance, counterexample } = details
    if (errorInstance instanceof Inconclusive) throw errorInstance
    if (
      errorInstance instanceof Error &&
      !(errorInstance instanceof Violation) &&
      !recorder.threw(errorInstance)
    ) {
      throw errorInstance
    }
    const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
    throw new Violation(`${reason}\n  for: ${show(counterexample?.[0])}`, {
      cause: errorInstance,
      history: errorInstance instanceof Violation ? errorInstance.history : undefined,
    })
  }

  async function corrupt(record: Omit<StoredRecord, 'namespace'>): Promise<void> {
    if (target.corrupt === undefined) throw new Inconclusive('The target has no corrupt()')
    await target.corrupt({ ...record, namespace: options.prefix })
  }

  async function dispose(): Promise<void> {
    // What still hangs on a connection that was silenced ends with it.
    for (const proxy of proxies) await proxy[Symbol.asyncDispose]()
    for (const crew of crews) await crew[Symbol.asyncDispose]()
    await Promise.all(opened.map(async (provider) => provider[Symbol.asyncDispose]()))
  }

  try {
    store = await prepared(options.prefix)
    const trial: Trial = {
      clock: store.capabilities.clock === 'injected' ? injectedClock(manual) : realClock(),
      namespace: options.prefix,
      reopen: async <N extends RepositoryName>() => (await prepared(options.prefix)) as Store<N>,
      fresh: async <N extends RepositoryName>(suffix?: string) =>
        (await prepared(another(suffix))) as Store<N>,
      bare: async (suffix) => open(another(suffix)),
      clients,
      wire,
      id: (prefix = 'id') => `${prefix}-${next()}`,
      forAll,
      replaying: options.replay !== undefined,
      corrupt,
      count: (counter, by = 1) => void counters.set(counter, (counters.get(counter) ?? 0) + by),
      tallies: recorder.tallies,
    }
    return {
      store,
      trial,
      recorder,
      counters,
      get foundAt() {
        return foundAt
      },
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}
