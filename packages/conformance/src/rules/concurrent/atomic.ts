import { EPOCH } from '../../clock.ts'
import { allDone, overlap, race, rounds, watched } from '../../concurrent/race.ts'
import { equal, ok } from '../../expect.ts'
import { aStep, aSubscription, aWorkflow, anError } from '../../fixtures.ts'
import { rule, type Rule } from '../../rule.ts'

/** Decision 5: what is one unit is seen whole or not at all, whoever looks and whenever. */
export const atomic: readonly Rule[] = [
  rule('ATOMIC-01', {
    title: 'an update with subscriptions is seen whole or not at all by those who look meanwhile',
    clause: 5,
    level: 'concurrent',
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core W16', 'workflow-core#1192', 'Elsa#7726', 'vercel/workflow#2331'],
    async check(store, trial) {
      const clients = await trial.clients<'workflows' | 'subscriptions'>()
      await rounds(trial, clients, async (lineup) => {
        const eventKey = trial.id('key')
        const created = await store.workflows.create(aWorkflow())
        const { id: workflowId } = created
        const subscription = aSubscription({ workflowId, eventKey })
        const query = { eventName: 'paid', eventKey, asOf: EPOCH }
        return watched(
          lineup,
          async ({ store: { workflows } }) => {
            const subscriptions = [subscription, { ...subscription, stepId: '2' }]
            await workflows.update({ ...created, data: 'new' }, { subscriptions })
          },
          async ({ store: { workflows, subscriptions } }, count) => {
            if (count % 2 === 0) {
              const version = (await workflows.get(workflowId))?.version
              const { items } = await subscriptions.find(query)
              ok(
                version === 1 || items.length === 2,
                `the workflow is at version 2, and ${items.length} of its 2 subscriptions are there`,
              )
            } else {
              const { items } = await subscriptions.find(query)
              ok(items.length !== 1, 'one of 2 subscriptions of an update is there, one is not')
              const version = (await workflows.get(workflowId))?.version
              ok(
                items.length === 0 || version === 2,
                `the subscriptions are there, and the workflow is at version ${version}`,
              )
            }
          },
        )
      })
    },
  }),

  rule('ATOMIC-02', {
    title: 'when a workflow is seen to be deleted, so is all that belongs to it',
    clause: 5,
    level: 'concurrent',
    needs: ['workflows', 'subscriptions', 'steps'],
    bugs: ['workflow-core#100', 'workflow-core W38', 'sayiir: orphaned signals (P18)'],
    async check(store, trial) {
      const clients = await trial.clients<'workflows' | 'subscriptions' | 'steps'>()
      await rounds(trial, clients, async (lineup) => {
        const { id: workflowId } = await store.workflows.create(aWorkflow())
        const step = { workflowId, stepId: 'step-1' }
        await store.steps.create(aStep(step))
        const { id } = await store.subscriptions.create(aSubscription({ workflowId }))
        return watched(
          lineup,
          async ({ store: { workflows } }) => workflows.delete(workflowId),
          async ({ store: { workflows, steps, subscriptions } }) => {
            if ((await workflows.get(workflowId)) !== null) return
            const found = [await steps.get(step), await subscriptions.get(id)]
            equal(found, [null, null], 'the step and the subscription of a workflow that is gone')
          },
        )
      })
    },
  }),

  rule('ATOMIC-03', {
    title:
      'a workflow that is deleted while others update it does not come back, and leaves no subscriptions',
    clause: 3,
    level: 'concurrent',
    needs: ['workflows', 'subscriptions'],
    bugs: ['workflow-core W35', 'Gorkflow: upsert of Memory (P16)'],
    async check(store, trial) {
      const clients = await trial.clients<'workflows' | 'subscriptions'>()
      const atomicUpdate = store.capabilities.atomicSubscriptions
      await rounds(trial, clients, async ([deleter, ...writers]) => {
        if (deleter === undefined) return false
        const eventKey = trial.id('key')
        const workflow = await store.workflows.create(aWorkflow())
        const subscriptions = [aSubscription({ workflowId: workflow.id, eventKey })]
        const [updated, deleted] = await allDone([
          race(writers, async (client) =>
            client.store.workflows.update(workflow, atomicUpdate ? { subscriptions } : {}),
          ),
          race([deleter], async (client) => client.store.workflows.delete(workflow.id)),
        ])
        const [deletion] = deleted
        equal(deletion?.value, true, 'the deletion of a workflow that others update')
        for (const { client, error } of updated) {
          const refused = error === undefined || ['NOT_FOUND', 'CONFLICT'].includes(error.code)
          ok(refused, `${client.name} got ${error?.code} when the workflow was deleted`)
        }
        equal(await store.workflows.get(workflow.id), null, 'a workflow that was deleted')
        const { items } = await store.subscriptions.find({
          eventName: 'paid',
          eventKey,
          asOf: EPOCH,
        })
        equal(items, [], 'the subscriptions of a workflow that was deleted')
        return updated.some(({ span }) => deletion && overlap(span, deletion.span))
      })
    },
  }),

  rule('ATOMIC-04', {
    title: 'purge does not take a workflow that is made to run again meanwhile',
    clause: 14,
    level: 'concurrent',
    needs: ['workflows'],
    bugs: ['workflow-core#750', 'workflow-core W27', 'Azure/durabletask#1046'],
    async check(store, trial) {
      const clients = await trial.clients<'workflows'>()
      await rounds(trial, clients, async ([purger, ...writers]) => {
        if (purger === undefined) return false
        const made = await allDone(
          writers.map(async () =>
            store.workflows.create(aWorkflow({ status: 'complete', completedAt: EPOCH - 1 })),
          ),
        )
        const [purged, updated] = await allDone([
          race([purger], async (client) =>
            client.store.workflows.purge({ status: 'complete', olderThan: EPOCH }),
          ),
          race(writers, async (client, index) => {
            const { completedAt: _, ...workflow } = made[index] ?? aWorkflow({ id: 'none' })
            return client.store.workflows.update({
              id: '',
              version: 1,
              ...workflow,
              status: 'runnable',
            })
          }),
        ])
        for (const [index, { client, error }] of updated.entries()) {
          const stored = await store.workflows.get(made[index]?.id ?? '')
          const gone = stored === null
          if (error === undefined)
            ok(!gone, `${client.name} made a workflow run, and it was purged`)
          else ok(error.code === 'NOT_FOUND' && gone, `${client.name} got ${error.code}`)
        }
        return updated.some(({ span }) => purged.some((purge) => overlap(span, purge.span)))
      })
    },
  }),

  rule('ATOMIC-05', {
    title: 'errors that are appended together are seen together',
    clause: 5,
    level: 'concurrent',
    needs: ['errors'],
    bugs: ['Azure/durabletask#1094', 'workflow-core W41'],
    async check(_store, trial) {
      const clients = await trial.clients<'errors'>()
      await rounds(trial, clients, async (lineup) => {
        const workflowId = trial.id('workflow')
        const batch = ['1', '2', '3'].map((message) => anError({ workflowId, message }))
        return watched(
          lineup,
          async ({ store: { errors } }) => errors.append(batch),
          async ({ store: { errors } }) => {
            const { items } = await errors.list({ workflowId })
            ok(
              items.length === 0 || items.length === batch.length,
              `${items.length} of ${batch.length} errors that were appended together are there`,
            )
          },
        )
      })
    },
  }),
]
