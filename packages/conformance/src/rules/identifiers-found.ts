import { equal } from '../expect.ts'
import { aSubscription, aWorkflow, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { nastyIdentifiers } from '../values.ts'
import { saveReady } from './ready.ts'

const ids: readonly string[] = nastyIdentifiers.map(({ value }) => value)

/** Decision 12: a query finds what has exactly the text that it names, whatever that text means elsewhere. */
export const identifiersFound: readonly Rule[] = [
  rule('KEY-10', {
    title: 'list finds the workflows of exactly the definition, reference or resource asked for',
    clause: 12,
    needs: ['workflows'],
    bugs: ['workflow-core W40', 'Flow Orchestrator: Glob metacharacters', 'langgraphjs#1591'],
    async check({ workflows }, trial) {
      const members = ['definitionId', 'reference', 'resourceId'] as const
      for (const value of ids) {
        const own = { definitionId: value, reference: value, resourceId: value }
        await workflows.create(aWorkflow({ id: trial.id(), ...own, data: value }))
        trial.count('ids')
      }
      for (const [index, { name, value }] of nastyIdentifiers.entries()) {
        const member = members[index % members.length] ?? 'reference'
        const { items } = await workflows.list({ [member]: value })
        equal(
          items.map(({ data }) => data),
          [value],
          `the workflows whose ${member} is ${name}`,
        )
      }
    },
  }),

  rule('KEY-11', {
    title: 'find gives the events of exactly the name and key asked for',
    clause: 12,
    needs: ['events'],
    bugs: ['workflow-core W21', 'workflow-core #898', 'workflow-core #1149'],
    async check({ events }, trial) {
      const asOf = trial.clock.now()
      for (const { name, value } of nastyIdentifiers) {
        const content = { eventTime: asOf, data: name }
        await events.create(anEvent({ eventName: value, eventKey: 'key', ...content }))
        await events.create(anEvent({ eventName: 'name', eventKey: value, ...content }))
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const byName = await events.find({ eventName: value, eventKey: 'key', asOf })
        equal(
          byName.items.map(({ data }) => data),
          [name],
          `the events of the name ${name}`,
        )
        const byKey = await events.find({ eventName: 'name', eventKey: value, asOf })
        equal(
          byKey.items.map(({ data }) => data),
          [name],
          `the events of the key ${name}`,
        )
      }
    },
  }),

  rule('KEY-12', {
    title: 'find and findFirstOpen give the subscriptions to exactly the name and key asked for',
    clause: 12,
    needs: ['subscriptions'],
    bugs: ['workflow-core W39', 'workflow-core W40', 'workflow-core W21'],
    async check({ subscriptions }, trial) {
      const asOf = trial.clock.now()
      for (const { name, value } of nastyIdentifiers) {
        const content = { subscribeAsOf: asOf, data: name }
        await subscriptions.create(aSubscription({ eventName: value, eventKey: 'key', ...content }))
        await subscriptions.create(
          aSubscription({ eventName: 'name', eventKey: value, ...content }),
        )
        trial.count('ids')
      }
      for (const { name, value } of nastyIdentifiers) {
        const byName = await subscriptions.find({ eventName: value, eventKey: 'key', asOf })
        equal(
          byName.items.map(({ data }) => data),
          [name],
          `the subscriptions to the name ${name}`,
        )
        const first = { eventName: 'name', eventKey: value, asOf }
        const open = await subscriptions.findFirstOpen(first)
        equal(open?.data, name, `the first open subscription to the key ${name}`)
      }
    },
  }),

  rule('KEY-13', {
    title: 'findAvailable gives the tasks of exactly the tags that a worker has',
    clause: 12,
    needs: ['snapshots', 'claims'],
    bugs: ['langgraphjs#2504', 'workflow-core W40'],
    async check(store, trial) {
      const readyTasks = nastyIdentifiers.map(({ name, value }) => ({
        taskId: name,
        tags: [value],
      }))
      await saveReady(store, trial, {}, readyTasks)
      for (const { name, value } of nastyIdentifiers) {
        const { items } = await store.claims.findAvailable({ tags: [value] })
        equal(
          items.map(({ taskId }) => taskId),
          [name],
          `the tasks that need the tag ${name}`,
        )
        trial.count('ids')
      }
    },
  }),
]
