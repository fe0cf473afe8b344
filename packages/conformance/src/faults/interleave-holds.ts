import { PersistenceError, isPersistenceError, type TaskClaim } from '@holdfast/spec'
import { aClaim } from '../fixtures.ts'
import { fault, override, type Fault } from './fault.ts'
import { insist, taken } from './overwrite.ts'

/** Of tokens, commands, snapshots and claims. */
export const holdFaults: readonly Fault[] = [
  fault('subscription-create-ignores-the-race', {
    rule: 'INTER-11',
    bug: 'workflow-core#935: a subscription that is there is said to be made',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const { id } = subscription
          if (id === undefined) return real.create(subscription, options)
          if ((await real.get(id)) !== null) throw taken(id)
          try {
            return await real.create(subscription, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CONFLICT')) throw error
            return { token: null, workerId: null, tokenExpiry: null, ...subscription, id }
          }
        },
      })),
  }),

  fault('token-is-checked-then-set', {
    rule: 'INTER-12',
    bug: 'workflow-core W24: a token that is looked for and then set, whoever has set one meanwhile',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const there = await real.get(id)
          if (there === null || there.token !== null) return real.setToken(id, request, options)
          if (await real.setToken(id, request, options)) return true
          const { token } = (await real.get(id)) ?? there
          if (token === null) return false
          await real.clearToken(id, token)
          return real.setToken(id, request)
        },
      })),
  }),

  fault('token-brings-back', {
    rule: 'INTER-13',
    bug: 'workflow-core W4: the subscription is read, changed, and put back, though it is gone',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const there = await real.get(id)
          if (await real.setToken(id, request, options)) return true
          if (there === null || there.token !== null || (await real.get(id)) !== null) return false
          await real.create(there)
          return real.setToken(id, request)
        },
      })),
  }),

  fault('token-is-checked-then-cleared', {
    rule: 'INTER-14',
    bug: 'workflow-core W24: what is told is what was read before',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'subscriptions', (real) => ({
        async clearToken(id, token, options) {
          const holds = (await real.get(id))?.token === token
          await real.clearToken(id, token, options)
          return holds
        },
      })),
  }),

  fault('commands-are-listed-then-deleted', {
    rule: 'INTER-15',
    bug: 'workflow-core W18: a command that was scheduled while its handler ran is deleted with it',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'commands', (real) => ({
        async process(query, handler, options) {
          const { items } = await real.list()
          const due = items.filter(({ executeAt }) => executeAt <= query.asOf)
          const { signal = new AbortController().signal } = options ?? {}
          for (const command of due) await handler(command, { signal })
          return real.process(query, () => undefined, options)
        },
      })),
  }),

  fault('first-save-looks-then-puts', {
    rule: 'INTER-16',
    bug: 'langgraph#7201: a checkpoint that is not there is put, whoever has put it meanwhile',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          if (snapshot.version > 0) return real.save(snapshot, options)
          const { instanceId, workflowId } = snapshot
          if ((await real.load({ instanceId, workflowId })) !== null) throw taken(instanceId)
          try {
            return await real.save(snapshot, options)
          } catch (error) {
            if (!isPersistenceError(error, 'CONFLICT')) throw error
            return { ...(await real.save({ ...snapshot, version: 1 })), version: 1 }
          }
        },
      })),
  }),

  fault('save-compares-then-writes', {
    rule: 'INTER-17',
    bug: 'dapr#994: the version is compared by the client, and the last writer wins',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          if (snapshot.version === 0 || options?.fence) return real.save(snapshot, options)
          const { instanceId, workflowId } = snapshot
          const there = await real.load({ instanceId, workflowId })
          if (there?.version !== snapshot.version)
            throw new PersistenceError('CONFLICT', 'Another version')
          return insist(async () => {
            const { version } = (await real.load({ instanceId, workflowId })) ?? snapshot
            return real.save({ ...snapshot, version }, options)
          })
        },
      })),
  }),

  fault('fence-is-checked-first', {
    rule: 'INTER-18',
    bug: 'sayiir PR#152: the claim is looked at, and then the snapshot is written without it',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const { fence, ...rest } = options ?? {}
          if (fence === undefined) return real.save(snapshot, rest)
          if ((await provider.claims?.extend(fence, null)) === null)
            throw new PersistenceError('CLAIM_LOST', 'The claim is lost')
          return real.save(snapshot, rest)
        },
      })),
  }),

  fault('claim-is-checked-then-made-up', {
    rule: 'INTER-19',
    bug: 'Hangfire.PostgreSql#130: the lock that was free is taken to be ours',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claim(request, options) {
          const { items } = await real.findAvailable()
          const free = items.some(
            ({ instanceId, taskId }) =>
              instanceId === request.instanceId && taskId === request.taskId,
          )
          return (await real.claim(request, options)) ?? (free ? ghost(request) : null)
        },
      })),
  }),

  fault('next-is-found-then-claimed', {
    rule: 'INTER-20',
    bug: 'hatchet PR#4454: the head of the queue is read, and then handed out to whoever read it',
    says: /neither order/,
    network: true,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        async claimNext({ workerId, ttl, ...filter }, options) {
          const [task] = (await real.findAvailable(filter)).items
          if (task === undefined) return real.claimNext({ workerId, ttl, ...filter }, options)
          const { instanceId, workflowId, taskId } = task
          const request = { instanceId, workflowId, taskId, workerId, ttl }
          return { task, claim: (await real.claim(request, options)) ?? ghost(request) }
        },
      })),
  }),
]

/** A claim that no store has. */
function ghost(request: Parameters<typeof aClaim>[0] & Partial<TaskClaim>): TaskClaim {
  const { taskId = 'task-1', workerId = 'worker-1' } = request
  return aClaim(request, { taskId, workerId })
}
