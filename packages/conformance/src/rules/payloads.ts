import type { JsonValue } from '@holdfast/spec'
import { equal, ok } from '../expect.ts'
import {
  aPointer,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { nastyValues, type NastyValue } from '../values.ts'
import { LONG, keyOf, saveReady } from './ready.ts'

/** Decision 13: a payload is opaque. Each rule puts each value of the catalogue into each payload of a repository. */
export const payloads: readonly Rule[] = [
  rule('DATA-01', {
    title: 'any JSON value comes back from each payload of a workflow and its pointers',
    clause: 13,
    needs: ['workflows'],
    bugs: [
      'langgraph#1878',
      'workflow-core #1250',
      'WorkflowForge: type guessing',
      'mastra PR#12575',
    ],
    async check({ workflows }, trial) {
      const ids = nastyValues.map(() => trial.id())
      for (const [index, id] of ids.entries()) {
        const at = (place: number): JsonValue => valueAt(index + place).value
        const pointer = aPointer({
          eventData: at(5),
          persistenceData: at(6),
          contextItem: at(7),
          outcome: at(8),
          extensionAttributes: { value: at(9) },
        })
        const error = { message: '', details: at(4) }
        const members = { data: at(0), input: at(1), output: at(2), context: at(3), error }
        await workflows.create(aWorkflow({ id, ...members, pointers: [pointer] }))
        trial.count('values')
      }
      const found = await workflows.getMany(ids)
      equal(
        found.map(({ id }) => id),
        ids,
        'getMany gives every workflow',
      )
      for (const [index, { data, input, output, context, error, pointers }] of found.entries()) {
        const [pointer] = pointers
        const { value: attribute } = pointer?.extensionAttributes ?? {}
        const payloads = {
          data,
          input,
          output,
          context,
          'error.details': error?.details,
          eventData: pointer?.eventData,
          persistenceData: pointer?.persistenceData,
          contextItem: pointer?.contextItem,
          outcome: pointer?.outcome,
          extensionAttributes: attribute,
        }
        for (const [place, [member, actual]] of Object.entries(payloads).entries()) {
          same(actual, valueAt(index + place), `${member} of a workflow`)
        }
      }
    },
  }),

  rule('DATA-02', {
    title:
      'any JSON value comes back from the state, the metadata and the task inputs of a snapshot',
    clause: 13,
    needs: ['snapshots'],
    bugs: ['Flow Orchestrator 0.7.1', 'mastra PR#12575', 'Azure/durabletask#1185'],
    async check({ snapshots }, trial) {
      for (const [index, value] of nastyValues.entries()) {
        const other = valueAt(index + 1)
        const metadata = { value: other.value }
        const members = { instanceId: trial.id(), state: value.value, metadata }
        const loaded = await snapshots.load(keyOf(await snapshots.save(aSnapshot(members))))
        same(loaded?.state, value, 'the state of a snapshot')
        same(loaded?.metadata?.value, other, 'a member of the metadata of a snapshot')
        trial.count('values')
      }
      const readyTasks = nastyValues.map(({ name, value }) => ({ taskId: name, input: value }))
      const saved = await snapshots.save(aSnapshot({ instanceId: trial.id(), readyTasks }))
      const loaded = await snapshots.load(keyOf(saved))
      for (const [index, value] of nastyValues.entries()) {
        same(loaded?.readyTasks[index]?.input, value, 'the input of a ready task')
      }
    },
  }),

  rule('DATA-03', {
    title: 'any JSON value comes back from an event',
    clause: 13,
    needs: ['events'],
    bugs: ['rocicorp/zero PR#3810', 'workflow-core #1372', 'redis#1071'],
    async check({ events }, trial) {
      const topic = { eventName: trial.id(), eventKey: trial.id() }
      const at = trial.clock.now()
      for (const [index, { value }] of nastyValues.entries()) {
        await events.create(anEvent({ ...topic, eventTime: at + index, data: value }))
        trial.count('values')
      }
      const { items } = await events.find({ ...topic, asOf: at, limit: 1000 })
      equal(items.length, nastyValues.length, 'how many events are found')
      for (const [index, { data }] of items.entries())
        same(data, valueAt(index), 'data of an event')
    },
  }),

  rule('DATA-04', {
    title: 'any JSON value comes back from the state of a workflow',
    clause: 13,
    needs: ['state'],
    bugs: [
      'Gorkflow Postgres: JSONB refuses U+0000',
      'camunda PR#47503',
      'WorkflowForge: ToString',
    ],
    async check({ state }, trial) {
      const workflowId = trial.id()
      for (const { name, value } of nastyValues) {
        await state.set({ workflowId, key: name, value })
        trial.count('values')
      }
      for (const value of nastyValues) {
        const entry = await state.get({ workflowId, key: value.name })
        ok(entry, `a value that was set is there: ${value.name}`)
        same(entry.value, value, 'a value of the state')
      }
    },
  }),

  rule('DATA-05', {
    title: 'any JSON value comes back from the input, the output and the error of a step',
    clause: 13,
    needs: ['steps'],
    bugs: ['Gorkflow Postgres: JSONB reformats', 'Gorkflow 0e43951', 'langgraph#1878'],
    async check({ steps }, trial) {
      const workflowId = trial.id()
      for (const executionIndex of nastyValues.keys()) {
        const at = (place: number): JsonValue => valueAt(executionIndex + place).value
        const error = { message: '', details: at(2) }
        const step = aStep({ workflowId, stepId: `step-${executionIndex}`, error })
        await steps.create({ ...step, input: at(0), output: at(1) })
        trial.count('values')
      }
      const { items } = await steps.list({ workflowId, limit: 1000 })
      equal(items.length, nastyValues.length, 'how many steps are listed')
      for (const { stepId, input, output, error } of items) {
        const index = Number(stepId.slice('step-'.length))
        same(input, valueAt(index), 'the input of a step')
        same(output, valueAt(index + 1), 'the output of a step')
        same(error?.details, valueAt(index + 2), 'the error details of a step')
      }
    },
  }),

  rule('DATA-06', {
    title: 'any JSON value comes back from a saved output',
    clause: 13,
    needs: ['steps'],
    bugs: ['Gorkflow: nil and empty bytes', 'WorkflowForge: "123" comes back as a number'],
    async check({ steps }, trial) {
      const workflowId = trial.id()
      for (const { name, value } of nastyValues) {
        await steps.saveOutput({ workflowId, stepId: name, output: value })
        trial.count('values')
      }
      for (const value of nastyValues) {
        const found = await steps.loadOutput({ workflowId, stepId: value.name })
        ok(found, `an output that was saved is there: ${value.name}`)
        same(found.output, value, 'a saved output')
      }
    },
  }),

  rule('DATA-07', {
    title: 'any JSON value comes back from a subscription',
    clause: 13,
    needs: ['subscriptions'],
    bugs: ['workflow-core #1250', 'getsentry/junior PR#897'],
    async check({ subscriptions }, trial) {
      const topic = { eventName: trial.id(), eventKey: trial.id() }
      const at = trial.clock.now()
      for (const [index, { value }] of nastyValues.entries()) {
        const subscribeAsOf = at + index
        await subscriptions.create(aSubscription({ ...topic, subscribeAsOf, data: value }))
        trial.count('values')
      }
      const asOf = at + nastyValues.length
      const { items } = await subscriptions.find({ ...topic, asOf, limit: 1000 })
      equal(items.length, nastyValues.length, 'how many subscriptions are found')
      for (const [index, { data }] of items.entries()) {
        same(data, valueAt(index), 'data of a subscription')
      }
    },
  }),

  rule('DATA-08', {
    title: 'any JSON value comes back from the details of an error',
    clause: 13,
    needs: ['errors'],
    bugs: ['workflow-core W41', 'langgraph#1878'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const at = trial.clock.now()
      await errors.append(
        nastyValues.map(({ value }, index) =>
          anError({ workflowId, errorTime: at + index, details: value }),
        ),
      )
      const { items } = await errors.list({ workflowId, limit: 1000 })
      trial.count('values', items.length)
      equal(items.length, nastyValues.length, 'how many errors are listed')
      for (const [index, { details }] of items.entries()) {
        same(details, valueAt(index), 'details of an error')
      }
    },
  }),

  rule('DATA-09', {
    title: 'a worker gets any JSON value as the input of a task',
    clause: 13,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir: AvailableTask input', 'mastra PR#12575'],
    async check(store, trial) {
      const readyTasks = nastyValues.map(({ value }, index) => ({
        taskId: `task-${index}`,
        input: value,
      }))
      await saveReady(store, trial, {}, readyTasks)
      const { items } = await store.claims.findAvailable({ limit: 1000 })
      equal(items.length, nastyValues.length, 'how many tasks are available')
      const valueOf = (taskId: string): NastyValue => valueAt(Number(taskId.slice('task-'.length)))
      for (const { taskId, input } of items) {
        same(input, valueOf(taskId), 'the input of an available task')
      }
      for (let left = items.length; left > 0; left -= 1) {
        const taken = await store.claims.claimNext({ workerId: 'worker-1', ttl: LONG })
        ok(taken, `claimNext gives a task while ${left} are available`)
        const { taskId, input } = taken.task
        same(input, valueOf(taskId), 'the input of a task that claimNext gives')
        trial.count('values')
      }
    },
  }),
]

function valueAt(index: number): NastyValue {
  return nastyValues[index % nastyValues.length] ?? { name: 'null', value: null }
}

function same(actual: unknown, { name, value }: NastyValue, where: string): void {
  equal(actual, value, `${name}, as ${where}`)
}
