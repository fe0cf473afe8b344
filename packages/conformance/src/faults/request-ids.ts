import type { WorkflowInstance, WriteOptions } from '@holdfast/spec'
import { isSame } from './commands.ts'
import { fault, override, type Fault } from './fault.ts'

export const requestIdFaults: readonly Fault[] = [
  fault('requests-known-to-one-process', {
    rule: 'REQ-01',
    also: ['KEY-14'],
    bug: 'langgraph#7201: what was applied is remembered in the process, and forgotten with it',
    says: /CONFLICT/,
    wrap(provider) {
      const known = new Map<string, WorkflowInstance>()
      return override(provider, 'workflows', (real) => ({
        async create(workflow, options) {
          const { requestId } = options ?? {}
          if (requestId === undefined || workflow.id === undefined)
            return real.create(workflow, options)
          const applied = known.get(requestId)
          if (applied !== undefined) return structuredClone(applied)
          const created = await real.create(workflow, anew(options))
          known.set(requestId, created)
          return created
        },
      }))
    },
  }),

  fault('repeat-makes-a-second-workflow', {
    rule: 'REQ-02',
    bug: 'vercel/workflow PR#2295: a start that is sent again starts another run',
    says: /what the same create returns/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        create: async (workflow, options) =>
          real.create(workflow, workflow.id === undefined ? anew(options) : options),
      })),
  }),

  fault('repeated-update-conflicts', {
    rule: 'REQ-03',
    bug: 'durabletask PR#1235: the store refuses a write that was its own, and its reply was lost',
    says: /CONFLICT/,
    wrap: (provider) =>
      override(provider, 'workflows', (real) => ({
        update: async (workflow, options) =>
          real.update(workflow, options?.subscriptions ? options : anew(options)),
      })),
  }),

  fault('repeated-update-opens-again', {
    rule: 'REQ-04',
    bug: 'workflow-core#935: 248 subscriptions for one wait',
    says: /how many subscriptions/,
    wrap(provider) {
      const seen = new Set<string>()
      return override(provider, 'workflows', (real) => ({
        async update(workflow, options) {
          const updated = await real.update(workflow, options)
          const { requestId, subscriptions = [] } = options ?? {}
          if (requestId === undefined) return updated
          const unnamed = seen.has(requestId) ? subscriptions.filter(({ id }) => !id) : []
          for (const opened of unnamed) await provider.subscriptions?.create(opened)
          seen.add(requestId)
          return updated
        },
      }))
    },
  }),

  fault('repeated-step-conflicts', {
    rule: 'REQ-05',
    bug: 'Gorkflow LibSQL CreateStepExecution: a raw UNIQUE error for what was its own',
    says: /CONFLICT/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        create: async (step, options) => real.create(step, anew(options)),
      })),
  }),

  fault('repeated-step-update-conflicts', {
    rule: 'REQ-06',
    bug: 'durabletask PR#363: the version that the store has is the one that the lost reply named',
    says: /CONFLICT/,
    wrap: (provider) =>
      override(provider, 'steps', (real) => ({
        update: async (step, options) => real.update(step, anew(options)),
      })),
  }),

  fault('event-is-published-twice', {
    rule: 'REQ-07',
    bug: 'workflow-core#935: duplicate events',
    says: /the id of the same create/,
    wrap: (provider) =>
      override(provider, 'events', (real) => ({
        create: async (event, options) =>
          real.create(event, event.id === undefined ? anew(options) : options),
      })),
  }),

  fault('repeat-opens-the-event-again', {
    rule: 'REQ-07',
    bug: 'workflow-core#432: an event that was processed fires again, since a create is an upsert',
    says: /what is processed stays it/,
    wrap(provider) {
      const seen = new Set<string>()
      return override(provider, 'events', (real) => ({
        async create(event, options) {
          const created = await real.create(event, options)
          const { requestId } = options ?? {}
          if (requestId !== undefined && seen.has(requestId)) await real.markUnprocessed(created.id)
          if (requestId !== undefined) seen.add(requestId)
          return created
        },
      }))
    },
  }),

  fault('repeat-opens-the-subscription-again', {
    rule: 'REQ-08',
    bug: 'workflow-core W4: a write that does not look takes the token away',
    says: /which is held/,
    wrap(provider) {
      const seen = new Set<string>()
      return override(provider, 'subscriptions', (real) => ({
        async create(subscription, options) {
          const created = await real.create(subscription, options)
          const { requestId } = options ?? {}
          if (requestId === undefined) return created
          if (seen.has(requestId) && created.token !== null)
            await real.clearToken(created.id, created.token)
          seen.add(requestId)
          return created
        },
      }))
    },
  }),

  fault('repeat-moves-the-command', {
    rule: 'REQ-09',
    bug: 'workflow-core W10: an upsert, for which the last one to come is right',
    says: /keeps its earlier time/,
    wrap(provider) {
      const seen = new Set<string>()
      return override(provider, 'commands', (real) => ({
        async schedule(command, options) {
          const scheduled = await real.schedule(command, options)
          const { requestId } = options ?? {}
          if (requestId === undefined) return scheduled
          const moves = seen.has(requestId) && scheduled.executeAt < command.executeAt
          seen.add(requestId)
          if (!moves) return scheduled
          await real.process({ asOf: scheduled.executeAt }, (other) => {
            if (!isSame(other, command)) throw new Error('Another command')
          })
          return real.schedule(command)
        },
      }))
    },
  }),

  fault('errors-are-appended-twice', {
    rule: 'REQ-10',
    bug: 'workflow-core#935: what is sent again is there twice',
    says: /the errors after both appends/,
    wrap: (provider) =>
      override(provider, 'errors', (real) => ({
        append: async (errors, options) =>
          real.append(errors, errors.every(({ id }) => id === undefined) ? anew(options) : options),
      })),
  }),
]

let calls = 0

/** The options as for another request: the store does not know that it had this one. */
export function anew<T extends WriteOptions>(options: T | undefined): T | undefined {
  const { requestId = '' } = options ?? {}
  // What is no request id, or leaves no room for more, is for the real provider to judge.
  if (options === undefined || requestId === '' || requestId.length > 200) return options
  calls += 1
  return { ...options, requestId: `${requestId}/${calls}` }
}
