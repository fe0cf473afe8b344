import type { PersistenceProvider } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'

const HOUR = 3_600_000

export const tokenFaults: readonly Fault[] = [
  fault('token-is-overwritten', {
    rule: 'TOKEN-01',
    also: ['TOKEN-02', 'TOKEN-03', 'TOKEN-05', 'TOKEN-07', 'TOKEN-09', 'SUB-08'],
    bug: 'workflow-core W4: Memory, EF and Cosmos overwrite the token of another worker and say true',
    says: /the second is refused/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const token = (await real.get(id))?.token ?? null
          if (token !== null && token !== request.token) await real.clearToken(id, token)
          return real.setToken(id, request, options)
        },
      })),
  }),

  fault('token-replaces-the-row', {
    rule: 'TOKEN-01',
    also: ['KEY-05'],
    bug: 'Gorkflow 0e43951: an update of some members writes the row anew, without the others',
    says: /the subscription and its holder/,
    wrap(provider) {
      const rewritten = new Set<string>()
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const taken = await real.setToken(id, request, options)
          if (taken) rewritten.add(id)
          return taken
        },
        async get(id, options) {
          const found = await real.get(id, options)
          if (found === null || !rewritten.has(id)) return found
          const { data: _, ...rest } = found
          return rest
        },
      }))
    },
  }),

  fault('token-lasts-a-moment-longer', {
    rule: 'TOKEN-02',
    bug: 'sayiir EXTRACT(EPOCH): the expiry is rounded up, and a lease looks longer than it is',
    says: /it is open at the expiry/,
    wrap: (provider) => withLongerTokens(provider),
  }),

  fault('token-never-expires', {
    rule: 'TOKEN-02',
    also: ['TOKEN-07', 'SUB-08'],
    bug: 'workflow-core SetSubscriptionToken: the expiry is stored and never looked at',
    says: /it is open at the expiry/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const { token = null, workerId = null } = (await real.get(id)) ?? {}
          const own = token === request.token && workerId === request.workerId
          return token === null || own ? real.setToken(id, request, options) : false
        },
      })),
  }),

  fault('no-ttl-is-a-year', {
    rule: 'TOKEN-03',
    bug: 'workflow-core W28: null is written as a number',
    says: /the expiry of a token that has none/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const open = (await real.get(id))?.token === null
          const ttl = open ? (request.ttl ?? 365 * 24 * HOUR) : request.ttl
          return real.setToken(id, { ...request, ttl }, options)
        },
      })),
  }),

  fault('renewal-adds-up', {
    rule: 'TOKEN-04',
    bug: 'sayiir extend_task_claim: the ttl is added to the expiry, which drifts far ahead',
    says: /one ttl from now, not two/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const { token, workerId, tokenExpiry } = (await real.get(id)) ?? {}
          const taken = await real.setToken(id, request, options)
          const own = token === request.token && workerId === request.workerId
          const now = ((await real.get(id))?.tokenExpiry ?? 0) - (request.ttl ?? 0)
          if (!taken || !own || request.ttl === null || !tokenExpiry) return taken
          const ttl = Math.max(0, tokenExpiry - now) + request.ttl
          return real.setToken(id, { ...request, ttl }, options)
        },
      })),
  }),

  fault('token-is-shared', {
    rule: 'TOKEN-05',
    bug: 'vercel/workflow#4173: whoever names the token owns it, twelve at once',
    says: /the same token of another worker/,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        setToken: async (id, request, options) =>
          (await real.setToken(id, request, options)) ||
          (await real.get(id))?.token === request.token,
      })),
  }),

  fault('clear-always-succeeds', {
    rule: 'TOKEN-06',
    bug: 'workflow-core ClearSubscriptionToken: a token that does not match is passed over in silence',
    says: /clearing by another token/,
    wrap(provider) {
      const known = new Set<string>()
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          known.add(request.token)
          return real.setToken(id, request, options)
        },
        async clearToken(id, token, options) {
          const cleared = await real.clearToken(id, token, options)
          const held = (await real.get(id))?.token ?? null
          return cleared || (held !== null && !known.has(token))
        },
      }))
    },
  }),

  fault('former-holder-clears', {
    rule: 'TOKEN-07',
    bug: 'bull#1416: what the former owner does at its end is not checked against the owner',
    says: /the old token clears/,
    wrap(provider) {
      const former = new Map<string, string>()
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const before = (await real.get(id))?.token ?? null
          const taken = await real.setToken(id, request, options)
          if (taken && before !== null && before !== request.token)
            former.set(before, request.token)
          return taken
        },
        clearToken: async (id, token, options) =>
          real.clearToken(id, former.get(token) ?? token, options),
      }))
    },
  }),

  fault('token-on-a-ghost', {
    rule: 'TOKEN-08',
    bug: 'workflow-core W33: a condition that holds for what is not there makes a ghost and says true',
    says: /a token on a terminated subscription/,
    wrap(provider) {
      const gone = new Set<string>()
      return override(provider, 'subscriptions', (real) => ({
        async terminate(id, options) {
          if ((await real.get(id))?.token) gone.add(id)
          return real.terminate(id, options)
        },
        setToken: async (id, request, options) =>
          (await real.setToken(id, request, options)) || gone.has(id),
      }))
    },
  }),

  fault('patience-wins-the-token', {
    rule: 'TOKEN-09',
    bug: 'workflow-core#935: an owner that others keep asking for is taken for dead',
    says: /the winners among 12 workers/,
    wrap(provider) {
      const refusals = new Map<string, number>()
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          if (await real.setToken(id, request, options)) return true
          const count = (refusals.get(id) ?? 0) + 1
          refusals.set(id, count)
          return count === 10
        },
      }))
    },
  }),
]

/** Tokens outlast what they say by 1 ms. */
function withLongerTokens(provider: PersistenceProvider): PersistenceProvider {
  const shown = new Map<string, number>()
  return override(provider, 'subscriptions', (real) => ({
    async setToken(id, request, options) {
      const ttl = request.ttl && request.ttl + 1
      const taken = await real.setToken(id, { ...request, ttl }, options)
      const expiry = (await real.get(id))?.tokenExpiry ?? null
      if (taken && expiry !== null) shown.set(id, expiry - 1)
      return taken
    },
    async get(id, options) {
      const found = await real.get(id, options)
      const tokenExpiry = shown.get(id)
      return found?.tokenExpiry && tokenExpiry !== undefined ? { ...found, tokenExpiry } : found
    },
  }))
}
