import { equal, rejects } from '../expect.ts'
import { EPOCH } from '../clock.ts'
import { aSubscription, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

/** Decision 5: an update of a workflow and the subscriptions that it opens are one atomic unit. */
export const atomicSubscriptions: readonly Rule[] = [
  rule('SUB-09', {
    title: 'workflows.update stores the workflow and every subscription that it opens',
    clause: 5,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#1192', 'workflow-core PR#1078', 'workflow-core W16'],
    async check({ workflows, subscriptions }, trial) {
      const workflow = await workflows.create(aWorkflow())
      const opened = ['first', 'second', 'third'].map((eventName) =>
        aSubscription({ workflowId: workflow.id, eventName, id: trial.id(eventName) }),
      )
      const [, , third] = opened
      const unnamed = aSubscription({ workflowId: workflow.id, eventName: 'unnamed', data: [1] })
      const updated = await workflows.update(
        { ...workflow, status: 'suspended', nextExecution: null },
        { subscriptions: [...opened, unnamed] },
      )
      equal(updated.version, 2, 'the update is one version step')
      equal(await workflows.get(workflow.id), updated, 'the workflow as update returned it')
      const free = { token: null, workerId: null, tokenExpiry: null }
      for (const subscription of opened) {
        const stored = await subscriptions.get(subscription.id ?? '')
        equal(stored, { ...subscription, ...free }, `the subscription ${subscription.eventName}`)
      }
      const query = { eventName: 'unnamed', eventKey: 'order-1', asOf: EPOCH + 10 }
      const { items } = await subscriptions.find(query)
      const bare = items.map(({ id: _, ...rest }) => rest)
      equal(bare, [{ ...unnamed, ...free }], 'the subscription without an id is found')
      const last = await subscriptions.findFirstOpen({ ...query, eventName: 'third' })
      equal(last?.id, third?.id, 'the last one opened is open')
    },
  }),

  rule('SUB-10', {
    title: 'workflows.update writes nothing when the id of a subscription is taken',
    clause: 5,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core W16', 'workflow-core W5', 'durabletask#1094', 'Elsa#7726'],
    async check({ workflows, subscriptions }, trial) {
      const there = await subscriptions.create(aSubscription({ data: 'first' }))
      for (const place of [0, 1, 2]) {
        const workflow = await workflows.create(aWorkflow())
        const fresh = [trial.id(), trial.id()]
        const opened = fresh.toSpliced(place, 0, there.id).map((id) => aSubscription({ id }))
        const update = workflows.update(
          { ...workflow, status: 'suspended' },
          { subscriptions: opened },
        )
        await rejects(update, 'CONFLICT', 'an update that opens a subscription of a taken id')
        equal(await workflows.get(workflow.id), workflow, 'the workflow is as before')
        for (const id of fresh)
          equal(await subscriptions.get(id), null, 'the other subscriptions were not opened')
      }
      equal(await subscriptions.get(there.id), there, 'the subscription of the id is as before')
    },
  }),

  rule('SUB-11', {
    title: 'workflows.update opens no subscription when the workflow is stale or missing',
    clause: 5,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#1192', 'workflow-core#935', 'dapr#1244'],
    async check({ workflows, subscriptions }, trial) {
      const workflow = await workflows.create(aWorkflow())
      const current = await workflows.update(workflow)
      const stale = [aSubscription({ id: trial.id() }), aSubscription({ id: trial.id() })]
      const late = workflows.update(workflow, { subscriptions: stale })
      await rejects(late, 'CONFLICT', 'a stale update that opens subscriptions')
      const orphans = [aSubscription({ id: trial.id() })]
      const missing = { ...workflow, id: trial.id() }
      const nowhere = workflows.update(missing, { subscriptions: orphans })
      await rejects(nowhere, 'NOT_FOUND', 'an update of nothing that opens subscriptions')
      equal(await workflows.get(workflow.id), current, 'the workflow is as before')
      for (const { id = '' } of [...stale, ...orphans])
        equal(await subscriptions.get(id), null, 'a refused update opened no subscription')
    },
  }),

  rule('SUB-12', {
    title: 'workflows.update takes an empty list of subscriptions',
    clause: 5,
    needs: ['workflows'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core W5', 'workflow-core PR#1123'],
    async check({ workflows }) {
      const workflow = await workflows.create(aWorkflow())
      const change = { ...workflow, status: 'suspended' } as const
      const updated = await workflows.update(change, { subscriptions: [] })
      equal(
        updated,
        { ...change, updatedAt: updated.updatedAt, version: 2 },
        'the updated workflow',
      )
      equal(await workflows.get(workflow.id), updated, 'the workflow as update returned it')
    },
  }),
]
