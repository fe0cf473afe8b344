import type {
  ClaimRepository,
  PersistenceProvider,
  SnapshotKey,
  TaskClaim,
  TaskKey,
} from '@holdfast/spec'
import { override } from './fault.ts'

/** The last claim on a task, as far as the broken provider knows. */
export interface LastClaim {
  readonly claim: TaskClaim
  readonly released: boolean
}

/** Claims by {@link taskName}. */
export type LastClaims = Map<string, LastClaim>

/** Replaces methods of `claims`, with the last claim on each task at hand: a provider does not tell who holds one. */
export function overrideClaims(
  provider: PersistenceProvider,
  store: Map<string, unknown>,
  replace: (real: ClaimRepository, last: LastClaims) => Partial<ClaimRepository>,
): PersistenceProvider {
  return override(trackClaims(provider, store), 'claims', (real) =>
    replace(real, lastClaims(store)),
  )
}

/** Keeps {@link lastClaims} up to date. */
export function trackClaims(
  provider: PersistenceProvider,
  store: Map<string, unknown>,
): PersistenceProvider {
  const last = lastClaims(store)
  return override(provider, 'claims', (real) => ({
    async claim(request, options) {
      const claim = await real.claim(request, options)
      if (claim) last.set(taskName(claim), { claim, released: false })
      return claim
    },
    async claimNext(request, options) {
      const taken = await real.claimNext(request, options)
      if (taken) last.set(taskName(taken.claim), { claim: taken.claim, released: false })
      return taken
    },
    async release(claim, options) {
      const done = await real.release(claim, options)
      const known = last.get(taskName(claim))
      if (done && known) last.set(taskName(claim), { ...known, released: true })
      return done
    },
  }))
}

export function lastClaims(store: Map<string, unknown>): LastClaims {
  return memo(store, 'last claims', () => new Map<string, LastClaim>())
}

/** What `store` keeps under a name, made at its first use. */
export function memo<T>(store: Map<string, unknown>, name: string, make: () => T): T {
  const found = store.has(name) ? (store.get(name) as T) : make()
  store.set(name, found)
  return found
}

export function taskName({ instanceId, workflowId, taskId }: TaskKey): string {
  return textOf([instanceId, workflowId, taskId])
}

/** One text for several parts. The parts may be anything: what is no id is for the real provider to refuse. */
export function textOf(parts: readonly unknown[]): string {
  return parts.map((part) => JSON.stringify(typeof part === 'string' ? part : typeof part)).join()
}

export function snapshotName({ instanceId, workflowId }: SnapshotKey): string {
  return textOf([instanceId, workflowId])
}

export function snapshotKey({ instanceId, workflowId }: SnapshotKey): SnapshotKey {
  return { instanceId, workflowId }
}

/** The key whose parts, joined with a colon, were seen first: what a store that joins them finds. */
export function firstJoined<K>(
  store: Map<string, unknown>,
  name: string,
  parts: readonly string[],
  key: K,
): K {
  const seen = memo(store, `joined ${name}`, () => new Map<string, K>())
  if (parts.some((part) => typeof part !== 'string')) return key
  const joined = parts.join(':')
  const found = seen.get(joined) ?? key
  seen.set(joined, found)
  return found
}
