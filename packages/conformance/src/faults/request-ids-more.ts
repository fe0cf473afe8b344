import { PersistenceError, isPersistenceError } from '@holdfast/spec'
import { fault, override, type Fault } from './fault.ts'
import { anew } from './request-ids.ts'

export const moreRequestIdFaults: readonly Fault[] = [
  fault('repeated-save-conflicts', {
    rule: 'REQ-11',
    bug: 'durabletask PR#363: the version that the store has is the one that the lost reply named',
    says: /CONFLICT/,
    wrap: (provider) =>
      override(provider, 'snapshots', (real) => ({
        save: async (snapshot, options) =>
          real.save(snapshot, options?.fence ? options : anew(options)),
      })),
  }),

  fault('fence-comes-before-the-repeat', {
    rule: 'REQ-12',
    bug: 'sayiir PR#152, durabletask#890: a save that was applied is refused when it is sent again',
    says: /CLAIM_LOST/,
    wrap(provider) {
      const released = new Set<number>()
      const releasing = override(provider, 'claims', (real) => ({
        async release(claim, options) {
          const done = await real.release(claim, options)
          if (done) released.add(claim.token)
          return done
        },
      }))
      return override(releasing, 'snapshots', (real) => ({
        async save(snapshot, options) {
          if (options?.requestId !== undefined && released.has(options.fence?.token ?? 0))
            throw new PersistenceError('CLAIM_LOST', 'The claim is not held any more')
          return real.save(snapshot, options)
        },
      }))
    },
  }),

  fault('repeated-claim-is-refused', {
    rule: 'REQ-13',
    bug: 'sayiir claim_task: none for a live claim, even its own',
    says: /the token of the same claim/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        claim: async (request, options) => real.claim(request, anew(options)),
      })),
  }),

  fault('repeated-claim-takes-the-next', {
    rule: 'REQ-14',
    also: ['REQ-18'],
    bug: 'vercel/workflow#85, Hangfire.PostgreSql#130: a fetch whose reply was lost hides a task',
    says: /the task of the same claim/,
    wrap: (provider) =>
      override(provider, 'claims', (real) => ({
        claimNext: async (request, options) => real.claimNext(request, anew(options)),
      })),
  }),

  fault('repeated-claim-needs-a-ready-task', {
    rule: 'REQ-18',
    bug: 'adapter-sqlite: the input of a task went when its snapshot was paused, and a repeat could not be read',
    says: /CORRUPT/,
    wrap(provider) {
      const taken = new Map<string, string>()
      const unready = new Set<string>()
      const saving = override(provider, 'snapshots', (real) => ({
        async save(snapshot, options) {
          const saved = await real.save(snapshot, options)
          if (saved.status !== 'running' || saved.readyTasks.length === 0)
            unready.add(saved.instanceId)
          return saved
        },
      }))
      return override(saving, 'claims', (real) => ({
        async claimNext(request, options) {
          const { requestId = '' } = options ?? {}
          if (unready.has(taken.get(requestId) ?? ''))
            throw new PersistenceError('CORRUPT', 'The input of the task cannot be read')
          const claimed = await real.claimNext(request, options)
          if (claimed !== null) taken.set(requestId, claimed.claim.instanceId)
          return claimed
        },
      }))
    },
  }),

  fault('repeated-token-is-refused', {
    rule: 'REQ-15',
    bug: 'durabletask-go#59: a compare-and-set that met its own write says that it lost',
    says: /whether the token is set the second time/,
    wrap(provider) {
      const seen = new Set<string>()
      return override(provider, 'subscriptions', (real) => ({
        async setToken(id, request, options) {
          const { requestId } = options ?? {}
          const again = requestId !== undefined && seen.has(requestId)
          if (requestId !== undefined) seen.add(requestId)
          return (await real.setToken(id, request, options)) && !again
        },
      }))
    },
  }),

  fault('every-create-is-a-repeat', {
    rule: 'REQ-16',
    bug: 'workflow-core PR#921: who asks for an id that is taken is given what somebody else stored',
    says: /workflows.create once more/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          try {
            return await real.create(workflow, options)
          } catch (error) {
            const asked = options?.requestId !== undefined && isPersistenceError(error, 'CONFLICT')
            const stored = asked ? await real.get(workflow.id ?? '') : null
            if (stored === null) throw error
            return stored
          }
        },
      })),
  }),

  fault('request-id-is-cut', {
    rule: 'REQ-17',
    bug: 'moneat PR#433: a key that is cut to the length of its column makes requests equal',
    says: /errors.append with a request id of 256 units/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) =>
          real.append(
            errors,
            options?.requestId
              ? { ...options, requestId: options.requestId.slice(0, 255) }
              : options,
          ),
      })),
  }),

  fault('request-id-column-is-short', {
    rule: 'REQ-17',
    also: ['KEY-15'],
    bug: 'workflow-core#1179, W15: a column for 255 bytes of what may be 255 characters',
    says: /value too long/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        async create(event, options) {
          const bytes = Buffer.byteLength(options?.requestId ?? '')
          const created = await real.create(event, options)
          if (bytes > 255)
            throw new PersistenceError('UNAVAILABLE', 'value too long for type varchar(255)')
          return created
        },
      })),
  }),
]
