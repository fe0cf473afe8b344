import { identifier, isPersistenceError } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal, ok, rejects } from '../expect.ts'
import { aStep, aSubscription, aWorkflow, anError, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import type { Trial } from '../trial.ts'

/** Ids that look like something that a store may want to normalise. */
const chosenIds = [
  '3F2504E0-4F89-11D3-9A0C-0305E82C3301',
  '{3f2504e0-4f89-11d3-9a0c-0305e82c3301}',
  '3f2504e04f8911d39a0c0305e82c3301',
  '007',
  '1e3',
  '-0',
  'null',
  ' order/1 ',
] as const

/** How many records are made without an id. */
const MADE = 25

/** Decision 1: who chooses an id, and what happens when it is taken. */
export const ids: readonly Rule[] = [
  rule('ID-01', {
    title: 'workflows.create keeps the id that it is given, else makes a valid one of its own',
    clause: 1,
    needs: ['workflows'],
    bugs: ['workflow-core W14', 'workflow-core#828', 'workflow-core#507'],
    async check({ workflows }, trial) {
      await judgeIds(
        trial,
        async (id) => (await workflows.create(aWorkflow(id))).id,
        async (id) => (await workflows.get(id))?.id,
      )
    },
  }),

  rule('ID-02', {
    title: 'events.create keeps the id that it is given, else makes a valid one of its own',
    clause: 1,
    needs: ['events'],
    bugs: ['workflow-core W14', 'workflow-core#828'],
    async check({ events }, trial) {
      await judgeIds(
        trial,
        async (id) => (await events.create(anEvent(id))).id,
        async (id) => (await events.get(id))?.id,
      )
    },
  }),

  rule('ID-03', {
    title: 'subscriptions.create keeps the id that it is given, else makes a valid one of its own',
    clause: 1,
    needs: ['subscriptions'],
    bugs: ['workflow-core W14', 'workflow-core#828'],
    async check({ subscriptions }, trial) {
      await judgeIds(
        trial,
        async (id) => (await subscriptions.create(aSubscription(id))).id,
        async (id) => (await subscriptions.get(id))?.id,
      )
    },
  }),

  rule('ID-04', {
    title: 'errors.append keeps the ids that it is given, else makes valid ones of its own',
    clause: 1,
    needs: ['errors'],
    bugs: ['workflow-core W14', 'workflow-core W41'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const chosen = [...chosenIds, trial.id()]
      await errors.append(chosen.map((id) => anError({ id, workflowId })))
      const kept = (await errors.list({ workflowId })).items.map(({ id }) => id)
      const message = 'the ids are the chosen ones, character for character'
      equal(kept.toSorted(), chosen.toSorted(), message)
      const other = trial.id()
      await errors.append(Array.from({ length: MADE }, () => anError({ workflowId: other })))
      judgeMade((await errors.list({ workflowId: other })).items.map(({ id }) => id))
    },
  }),

  rule('ID-05', {
    title: 'workflows.create of an id that is taken is CONFLICT and leaves the first as it is',
    clause: 1,
    needs: ['workflows'],
    bugs: ['durabletask-go PR#140', 'workflow-core#828', 'Gorkflow Dynamo put', 'sayiir#110'],
    async check({ workflows }, trial) {
      const first = { ...aWorkflow({ data: 'first', createdAt: EPOCH }), id: trial.id() }
      const created = await workflows.create(first)
      await rejects(workflows.create(first), 'CONFLICT', 'create of the same workflow once more')
      const second = { ...first, data: 'second', status: 'suspended', nextExecution: null } as const
      await rejects(workflows.create(second), 'CONFLICT', 'create of an id that is taken')
      equal(await workflows.get(first.id), created, 'the first workflow is as it was')
      const updated = await workflows.update({ ...created, data: 'third' })
      await rejects(workflows.create(second), 'CONFLICT', 'create over an updated workflow')
      equal(await workflows.get(first.id), updated, 'the updated workflow is as it was')
      equal((await workflows.list()).items, [updated], 'it is in the list once')
      const { items } = await workflows.getRunnable({ asOf: EPOCH + 1 })
      equal(items, [first.id], 'it is runnable as before')
    },
  }),

  rule('ID-06', {
    title: 'steps.create of a step that is there is CONFLICT and leaves the first as it is',
    clause: 1,
    needs: ['steps'],
    bugs: ['Gorkflow Memory CreateStepExecution', 'vercel/workflow#2039', 'Gorkflow Dynamo put'],
    async check({ steps }, trial) {
      const first = aStep({ workflowId: trial.id(), input: 'first' })
      const created = await steps.create(first)
      await rejects(steps.create(first), 'CONFLICT', 'create of the same step once more')
      const second = aStep({ ...first, input: 'second', executionIndex: 7, status: 'running' })
      await rejects(steps.create(second), 'CONFLICT', 'create of a step that is there')
      const { workflowId, stepId } = first
      equal(await steps.get({ workflowId, stepId }), created, 'the first step is as it was')
      const { items } = await steps.list({ workflowId })
      equal(items, [created], 'it is in the list once')
      const elsewhere = await steps.create({ ...second, workflowId: trial.id() })
      equal(elsewhere.version, 1, 'another workflow may have a step of that id')
    },
  }),

  rule('ID-07', {
    title: 'events.create of an id that is taken is CONFLICT and leaves the first as it is',
    clause: 1,
    needs: ['events'],
    bugs: ['durabletask-go PR#140', 'workflow-core#935', 'Gorkflow Dynamo put'],
    async check({ events }, trial) {
      const first = { ...anEvent({ data: 'first' }), id: trial.id() }
      const created = await events.create(first)
      await rejects(events.create(first), 'CONFLICT', 'create of the same event once more')
      const second = { ...first, data: 'second', eventKey: 'other', processed: true }
      await rejects(events.create(second), 'CONFLICT', 'create of an id that is taken')
      equal(await events.get(first.id), created, 'the first event is as it was')
      const { items } = await events.find({ ...topicOf(second), asOf: EPOCH })
      equal(items, [], 'the refused event is not found')
      const runnable = await events.getRunnable({ asOf: EPOCH })
      equal(runnable.items, [first.id], 'the first event is runnable as before')
    },
  }),

  rule('ID-08', {
    title: 'subscriptions.create of an id that is taken is CONFLICT and leaves the first as it is',
    clause: 1,
    needs: ['subscriptions'],
    bugs: ['workflow-core#935', 'vercel/workflow#4173', 'durabletask-go PR#140'],
    async check({ subscriptions }, trial) {
      const first = { ...aSubscription({ data: 'first' }), id: trial.id() }
      await subscriptions.create(first)
      const hold = { token: trial.id(), workerId: 'worker-1', ttl: null }
      ok(await subscriptions.setToken(first.id, hold), 'the first subscription can be taken')
      const held = await subscriptions.get(first.id)
      await rejects(subscriptions.create(first), 'CONFLICT', 'create of the same one once more')
      const second = { ...first, data: 'second', eventKey: 'other' }
      await rejects(subscriptions.create(second), 'CONFLICT', 'create of an id that is taken')
      equal(await subscriptions.get(first.id), held, 'the first subscription, and its token, stay')
      const { items } = await subscriptions.find({ ...topicOf(second), asOf: EPOCH })
      equal(items, [], 'the refused subscription is not found')
    },
  }),

  rule('ID-09', {
    title: 'errors.append with an id that is taken is CONFLICT and appends none of the errors',
    clause: 1,
    needs: ['errors'],
    bugs: ['workflow-core W8', 'workflow-core W41', 'cap-js#525'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      const [a, b, c] = [trial.id(), trial.id(), trial.id()]
      const named = (id: string, message: string): ReturnType<typeof anError> =>
        anError({ id, workflowId, message })
      await errors.append([named(a, 'first')])
      const { items: before } = await errors.list({ workflowId })
      const batches = [
        [named(a, 'second')],
        [named(b, 'new'), named(a, 'second'), named(c, 'new')],
        [named(a, 'second'), named(b, 'new')],
        [named(b, 'new'), named(a, 'first')],
      ]
      for (const batch of batches) {
        await rejects(errors.append(batch), 'CONFLICT', 'append with an id that is taken')
        const { items } = await errors.list({ workflowId })
        equal(items, before, 'the refused batch appended nothing')
      }
      await errors.append([named(b, 'new'), named(c, 'new')])
      equal((await errors.list({ workflowId })).items.length, 3, 'the other ids are still free')
    },
  }),
]

/** `create` is given an id, or none, and returns what the store made of it; `find` reads it back by that. */
async function judgeIds(
  trial: Trial,
  create: (id: { readonly id?: string }) => Promise<string>,
  find: (id: string) => Promise<string | undefined>,
): Promise<void> {
  for (const id of [...chosenIds, trial.id()]) {
    equal(await create({ id }), id, 'the id is the chosen one, character for character')
    equal(await find(id), id, 'the record is found by the chosen id, and has it')
  }
  const made: string[] = []
  for (let count = 0; count < MADE; count += 1) made.push(await create({}))
  judgeMade(made)
  for (const id of made) equal(await find(id), id, 'the record is found by the id made for it')
}

function judgeMade(made: readonly string[]): void {
  for (const id of made) ok(isIdentifier(id), `${JSON.stringify(id)} is a valid identifier`)
  equal(new Set(made).size, MADE, `${MADE} ids that the store made are distinct`)
}

function isIdentifier(id: unknown): boolean {
  try {
    identifier(id, 'id')
    return true
  } catch (error) {
    if (isPersistenceError(error)) return false
    throw error
  }
}

function topicOf<T extends { readonly eventName: string; readonly eventKey: string }>({
  eventName,
  eventKey,
}: T): Pick<T, 'eventName' | 'eventKey'> {
  return { eventName, eventKey }
}
