import { setImmediate } from 'node:timers/promises'
import {
  PersistenceError,
  isPersistenceError,
  type PersistenceProvider,
  type StateKey,
  type WorkflowRepository,
} from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

// What the process shares by mistake. Ids and namespaces of trials are unique, so that only LIFE rules meet in them.
const writers = new Map<string, WorkflowRepository>()
const holders = new Map<
  string,
  { readonly namespace: string; readonly provider: PersistenceProvider }
>()
const opened = new Map<string, { readonly namespace: string; provider: PersistenceProvider }>()

export const lifecycleFaults: readonly Fault[] = [
  fault('ensure-store-recreates', {
    rule: 'LIFE-01',
    bug: 'a schema that is made anew on every start, tables with records too (P43)',
    says: /ensureStore again kept every record/,
    wrap(provider) {
      const keys: StateKey[] = []
      let prepared = false
      const real = provider.state
      const wrapped = override(provider, 'state', ({ set }) => ({
        async set(entry, options) {
          keys.push({ workflowId: entry.workflowId, key: entry.key })
          return set(entry, options)
        },
      }))
      return {
        ...wrapped,
        async ensureStore(options) {
          await provider.ensureStore(options)
          if (prepared) for (const key of keys) await real?.delete(key)
          prepared = true
        },
      }
    },
  }),

  fault('ensure-store-races', {
    rule: 'LIFE-02',
    bug: 'workflow-core PR#1418: two processes that start together race for the indexes',
    says: /relation "workflows" already exists/,
    wrap: (provider, store) => ({
      ...provider,
      async ensureStore(options) {
        if (store.get('creating') === true) throw new Error('relation "workflows" already exists')
        store.set('creating', true)
        try {
          await setImmediate()
          await provider.ensureStore(options)
        } finally {
          store.set('creating', false)
        }
      },
    }),
  }),

  fault('ping-connects-again', {
    rule: 'LIFE-03',
    bug: 'pg: a health check that connects a client anew each time',
    says: /already been connected/,
    wrap(provider) {
      let pings = 0
      return {
        ...provider,
        async ping(options) {
          await provider.ping(options)
          if (options === undefined) pings += 1
          if (pings > 1) throw new Error('Client has already been connected. You cannot reuse it.')
        },
      }
    },
  }),

  fault('misses-cached', {
    rule: 'LIFE-04',
    bug: 'a read cache in the process that also remembers what was missing (P45)',
    says: /another provider reads it/,
    wrap(provider) {
      const missing = new Set<string>()
      const nameOf = ({ workflowId, key }: StateKey): string => JSON.stringify([workflowId, key])
      return override(provider, 'state', (real) => ({
        async get(key, options) {
          const found = await real.get(key, options)
          if (found === null) missing.add(nameOf(key))
          return missing.has(nameOf(key)) ? null : found
        },
        async set(entry, options) {
          await real.set(entry, options)
          missing.delete(nameOf(entry))
        },
      }))
    },
  }),

  fault('namespaces-share-records', {
    rule: 'LIFE-05',
    also: ['LIFE-06'],
    bug: 'workflow-es: arrays at module level, shared by every provider of the process',
    says: /nothing of another namespace/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const created = await real.create(workflow, options)
          if (!writers.has(created.id)) writers.set(created.id, real)
          return created
        },
        async get(id, options) {
          return (await real.get(id, options)) ?? (await writers.get(id)?.get(id)) ?? null
        },
      })),
  }),

  fault('claims-span-namespaces', {
    rule: 'LIFE-05',
    bug: 'WorkflowForge: one key for every run, here the key of a lock (P53)',
    says: /a claim in another namespace is none here/,
    wrap: (provider, _, namespace) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const claim = await real.claim(request, options)
          if (claim === null) return null
          const key = JSON.stringify([claim.instanceId, claim.workflowId, claim.taskId])
          const holder = holders.get(key)
          const elsewhere = holder !== undefined && holder.namespace !== namespace
          if (elsewhere && (await isOpen(holder.provider))) return null
          holders.set(key, { namespace, provider })
          return claim
        },
      })),
  }),

  fault('namespaces-folded', {
    rule: 'LIFE-06',
    bug: 'unkey#4091, airflow PR#18072: a collation without case and with padded blanks',
    says: /nothing of another namespace/,
    wrap(provider, _, namespace) {
      const folded = namespace.trimEnd().toLowerCase()
      const first = opened.get(folded)
      if (first === undefined) opened.set(folded, { namespace, provider })
      if (first === undefined || first.namespace === namespace) return provider
      const { name, capabilities, ensureStore, ping } = provider
      const dispose = provider[Symbol.asyncDispose]
      const own = { name, capabilities, ensureStore, ping, [Symbol.asyncDispose]: dispose }
      return { ...first.provider, ...own }
    },
  }),

  fault('dispose-twice-throws', {
    rule: 'LIFE-07',
    bug: 'pg: "Called end on pool more than once"',
    says: /more than once/,
    wrap(provider) {
      let ended = false
      return {
        ...provider,
        async [Symbol.asyncDispose]() {
          if (ended) throw new Error('Called end on pool more than once')
          ended = true
          await provider[Symbol.asyncDispose]()
        },
      }
    },
  }),

  fault('closed-driver-error', {
    rule: 'LIFE-08',
    bug: "pg: a closed pool's own error comes through",
    says: /steps.list after the disposal: expected CLOSED/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        async list(query, options) {
          try {
            return await real.list(query, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CLOSED')) throw error
            throw new Error('Cannot use a pool after calling end on the pool', { cause: error })
          }
        },
      })),
  }),

  fault('closed-read-answers', {
    rule: 'LIFE-08',
    bug: 'a read cache that outlives the client: a closed provider goes on answering (P45)',
    says: /state.get after the disposal: expected CLOSED/,
    wrap: (provider) =>
      override(provider, 'state', (real) => ({
        async get(key, options) {
          try {
            return await real.get(key, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CLOSED')) throw error
            return null
          }
        },
      })),
  }),

  fault('dispose-cuts-calls', {
    rule: 'LIFE-09',
    bug: 'workflow-core W41 and its kind: what is not flushed when the provider goes is lost',
    says: /began before the disposal/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          await setImmediate()
          return real.create(event, options)
        },
      })),
  }),

  fault('capabilities-not-frozen', {
    rule: 'LIFE-10',
    bug: 'dapr#169: what a store says of itself is not what it does (P44)',
    says: /cannot be changed/,
    wrap: (provider) => ({
      ...provider,
      capabilities: {
        ...provider.capabilities,
        repositories: [...provider.capabilities.repositories],
      },
    }),
  }),

  fault('client-shared', {
    rule: 'LIFE-11',
    bug: 'workflow-es and its module globals: what all providers share, the first disposal closes',
    says: /connection is closed/,
    wrap: (provider, store) => ({
      ...provider,
      async ping(options) {
        await provider.ping(options)
        if (store.get('closed') === true)
          throw new PersistenceError('UNAVAILABLE', 'The connection is closed')
      },
      async [Symbol.asyncDispose]() {
        store.set('closed', true)
        await provider[Symbol.asyncDispose]()
      },
    }),
  }),
]

/** The stores of other trials, with the same keys, are closed by now. */
async function isOpen(provider: PersistenceProvider): Promise<boolean> {
  try {
    await provider.ping()
    return true
  } catch {
    return false
  }
}
