import { equal, ok } from '../expect.ts'
import {
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { nastyIdentifiers } from '../values.ts'
import { LONG, saveReady, taskOf } from './ready.ts'

const ids: readonly string[] = nastyIdentifiers.map(({ value }) => value)

/** Decision 12: ids that look alike are not alike. Each rule stores a record of each and reads each back as itself. */
export const identifiers: readonly Rule[] = [
  rule('KEY-01', {
    title: 'workflows of any ids are kept apart',
    clause: 12,
    needs: ['workflows'],
    bugs: ['airflow PR#18072', 'unkey#4091', 'workflow-core W14', 'Flow Orchestrator M1'],
    async check({ workflows }, trial) {
      for (const { name, value } of nastyIdentifiers) {
        const created = await workflows.create(aWorkflow({ id: value, data: name }))
        equal(created.id, value, `the id of a workflow (${name})`)
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const found = await workflows.get(value)
        equal([found?.id, found?.data], [value, name], `the workflow of the id ${name}`)
      }
      const many = await workflows.getMany(ids)
      equal(
        many.map(({ id }) => id),
        ids,
        'getMany of any ids',
      )
    },
  }),

  rule('KEY-02', {
    title: 'steps of any workflow ids and step ids are kept apart',
    clause: 12,
    needs: ['steps'],
    bugs: ['Avernet PR#789', 'workflow-core W21', 'StigManager#205'],
    async check({ steps }, trial) {
      const workflowId = trial.id()
      const stepId = 'step-1'
      for (const { name, value } of nastyIdentifiers) {
        await steps.create(aStep({ workflowId, stepId: value, input: name }))
        await steps.create(aStep({ workflowId: value, stepId, input: name }))
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const byStep = await steps.get({ workflowId, stepId: value })
        equal([byStep?.stepId, byStep?.input], [value, name], `the step of the id ${name}`)
        const { items } = await steps.list({ workflowId: value })
        const found = items.map((step) => [step.workflowId, step.input])
        equal(found, [[value, name]], `the steps of the workflow ${name}`)
      }
    },
  }),

  rule('KEY-03', {
    title: 'values of any workflow ids and keys are kept apart',
    clause: 12,
    needs: ['state'],
    bugs: ['airflow PR#18072', 'moneat PR#433', 'workflow-core W21'],
    async check({ state }, trial) {
      const workflowId = trial.id()
      for (const { name, value } of nastyIdentifiers) {
        await state.set({ workflowId, key: value, value: name })
        await state.set({ workflowId: value, key: 'key-1', value: name })
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const key = { workflowId, key: value }
        equal(await state.get(key), { ...key, value: name }, `the value of the key ${name}`)
        const all = [{ workflowId: value, key: 'key-1', value: name }]
        equal(await state.getAll(value), all, `the values of the workflow ${name}`)
      }
    },
  }),

  rule('KEY-04', {
    title: 'events of any ids are kept apart',
    clause: 12,
    needs: ['events'],
    bugs: ['unkey#4091', 'airflow PR#18072'],
    async check({ events }, trial) {
      for (const { name, value } of nastyIdentifiers) {
        await events.create(anEvent({ id: value, data: name }))
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const found = await events.get(value)
        equal([found?.id, found?.data], [value, name], `the event of the id ${name}`)
      }
    },
  }),

  rule('KEY-05', {
    title: 'subscriptions of any ids, and the tokens on them, are kept apart',
    clause: 12,
    needs: ['subscriptions'],
    bugs: ['workflow-core W40', 'workflow-core #1179', 'unkey#4091'],
    async check({ subscriptions }, trial) {
      for (const { name, value } of nastyIdentifiers) {
        await subscriptions.create(aSubscription({ id: value, data: name }))
        const request = { token: value, workerId: value, ttl: LONG }
        equal(await subscriptions.setToken(value, request), true, `setToken of ${name}`)
        trial.count('ids')
      }
      for (const [index, { name, value }] of nastyIdentifiers.entries()) {
        const found = await subscriptions.get(value)
        const { id, data, token, workerId } = found ?? {}
        const expected = [value, name, value, value]
        equal([id, data, token, workerId], expected, `the subscription of the id ${name}`)
        const other = ids[(index + 1) % ids.length] ?? 'other'
        const cleared = await subscriptions.clearToken(value, other)
        equal(cleared, false, `clearToken with another token than ${name}`)
      }
    },
  }),

  rule('KEY-06', {
    title: 'commands of any names are kept apart',
    clause: 12,
    needs: ['commands'],
    bugs: ['workflow-core W45', 'pg-boss PR#898', 'workflow-core W8'],
    async check({ commands }, trial) {
      const at = trial.clock.now()
      const wanted = ids.map((name, index) => aCommand({ name, data: '', executeAt: at + index }))
      for (const command of wanted) {
        await commands.schedule(command)
        trial.count('ids')
      }
      const { items } = await commands.list({ limit: 1000 })
      equal(items, wanted, 'the commands of any names')
    },
  }),

  rule('KEY-07', {
    title: 'snapshots of any instance ids and workflow ids are kept apart',
    clause: 12,
    needs: ['snapshots'],
    bugs: [
      'Flow Orchestrator: case-insensitive file systems',
      'sayiir: "{a}:{b}"',
      'Avernet PR#789',
    ],
    async check({ snapshots }, trial) {
      const instanceId = trial.id()
      const workflowId = 'workflow-1'
      for (const { name, value } of nastyIdentifiers) {
        await snapshots.save(aSnapshot({ instanceId, workflowId: value, state: name }))
        await snapshots.save(aSnapshot({ instanceId: value, workflowId, state: name }))
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        for (const key of [
          { instanceId, workflowId: value },
          { instanceId: value, workflowId },
        ]) {
          const found = await snapshots.load(key)
          const actual = [found?.instanceId, found?.workflowId, found?.state]
          equal(actual, [key.instanceId, key.workflowId, name], `the snapshot of the id ${name}`)
        }
      }
    },
  }),

  rule('KEY-08', {
    title: 'tasks of any ids, and the workers that hold them, are kept apart',
    clause: 12,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: the key "{a}:{b}" is ambiguous', 'airflow PR#18072'],
    async check(store, trial) {
      const readyTasks = nastyIdentifiers.map(({ name, value }) => ({ taskId: value, input: name }))
      const saved = await saveReady(store, trial, {}, readyTasks)
      const { items } = await store.claims.findAvailable({ limit: 1000 })
      const found = new Map(items.map(({ taskId, input }) => [taskId, input]))
      for (const [index, { name, value }] of nastyIdentifiers.entries()) {
        equal(found.get(value), name, `the available task of the id ${name}`)
        const request = { ...taskOf(saved, value), workerId: value, ttl: LONG }
        const claim = await store.claims.claim(request)
        ok(claim, `the task ${name} can be claimed, whatever others are held`)
        const other = { ...claim, workerId: ids[(index + 1) % ids.length] ?? 'other' }
        equal(await store.claims.release(other), false, `release by another worker than ${name}`)
        trial.count('ids')
      }
    },
  }),

  rule('KEY-09', {
    title: 'errors of any ids and workflow ids are kept apart',
    clause: 12,
    needs: ['errors'],
    bugs: ['airflow PR#18072', 'Avernet PR#789'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      await errors.append(
        nastyIdentifiers.map(({ name, value }) =>
          anError({ id: value, workflowId, message: name }),
        ),
      )
      await errors.append(
        nastyIdentifiers.map(({ name, value }) => anError({ workflowId: value, message: name })),
      )
      const { items } = await errors.list({ workflowId, limit: 1000 })
      equal(
        items.map(({ id }) => id),
        ids,
        'the errors of any ids',
      )
      for (const { name, value } of nastyIdentifiers) {
        const own = (await errors.list({ workflowId: value })).items
        equal(
          own.map(({ message }) => message),
          [name],
          `the errors of the workflow ${name}`,
        )
        trial.count('ids')
      }
    },
  }),
]
