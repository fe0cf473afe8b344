import { EPOCH } from '../clock.ts'
import { equal } from '../expect.ts'
import { aCommand, aStep, aSubscription, aWorkflow, anError, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { LONG } from './ready.ts'

const LATER = EPOCH + 60_000

/** Decision 4: the same call with the same request id is the same write, made once. */
export const requestIds: readonly Rule[] = [
  rule('REQ-01', {
    title: 'workflows.create repeated with its request id returns the workflow, and is no conflict',
    clause: 4,
    needs: ['workflows'],
    bugs: ['vercel/workflow PR#2295', 'langgraph#7201', 'workflow-core#828'],
    async check({ workflows }, trial) {
      const other = await trial.reopen<'workflows'>()
      const options = { requestId: trial.id('request') }
      const workflow = aWorkflow({ id: trial.id(), data: { amount: 1 } })
      const created = await workflows.create(workflow, options)
      await trial.clock.advance(10)
      equal(await workflows.create(workflow, options), created, 'what the same create returns')
      const elsewhere = await other.workflows.create(workflow, options)
      equal(elsewhere, created, 'what the same create by another provider returns')
      equal((await workflows.list()).items, [created], 'the one workflow')
    },
  }),

  rule('REQ-02', {
    title: 'workflows.create without an id, repeated with its request id, makes one workflow',
    clause: 4,
    needs: ['workflows'],
    bugs: ['vercel/workflow PR#2295', 'workflow-core#507', 'sayiir#110'],
    async check({ workflows }, trial) {
      const options = { requestId: trial.id('request') }
      const created = await workflows.create(aWorkflow(), options)
      equal(await workflows.create(aWorkflow(), options), created, 'what the same create returns')
      equal((await workflows.list()).items, [created], 'the one workflow')
      const second = await workflows.create(aWorkflow(), { requestId: trial.id('request') })
      const ids = (await workflows.list()).items.map(({ id }) => id)
      equal(ids.toSorted(), [created.id, second.id].toSorted(), 'two requests make two workflows')
    },
  }),

  rule('REQ-03', {
    title: 'workflows.update repeated with its request id is one version step, and no conflict',
    clause: 4,
    needs: ['workflows'],
    bugs: ['durabletask PR#363', 'durabletask PR#1235', 'langgraph#7201'],
    async check({ workflows }, trial) {
      const other = await trial.reopen<'workflows'>()
      const options = { requestId: trial.id('request') }
      const workflow = await workflows.create(aWorkflow())
      const change = { ...workflow, status: 'suspended', data: { amount: 2 } } as const
      const updated = await workflows.update(change, options)
      await trial.clock.advance(10)
      equal(await workflows.update(change, options), updated, 'what the same update returns')
      const elsewhere = await other.workflows.update(change, options)
      equal(elsewhere, updated, 'what the same update by another provider returns')
      equal(await workflows.get(workflow.id), updated, 'the workflow after all that')
      equal(updated.version, 2, 'the version after all that')
    },
  }),

  rule('REQ-04', {
    title: 'workflows.update repeated with its request id opens its subscriptions once',
    clause: 4,
    needs: ['workflows', 'subscriptions'],
    features: ['atomicSubscriptions'],
    bugs: ['workflow-core#935', 'workflow-core#1192', 'durabletask#1094'],
    async check({ workflows, subscriptions }, trial) {
      const requestId = trial.id('request')
      const workflow = await workflows.create(aWorkflow())
      const id = trial.id()
      const opened = [aSubscription({ id }), aSubscription(), aSubscription({ data: 1 })]
      const options = { requestId, subscriptions: opened }
      const updated = await workflows.update(workflow, options)
      equal(await workflows.update(workflow, options), updated, 'what the same update returns')
      equal(await workflows.get(workflow.id), updated, 'the workflow after both')
      const query = { eventName: 'paid', eventKey: 'order-1', asOf: LATER }
      const { items } = await subscriptions.find(query)
      equal(items.length, 3, 'how many subscriptions the one update of three opened')
    },
  }),

  rule('REQ-05', {
    title: 'steps.create repeated with its request id returns the step, and is no conflict',
    clause: 4,
    needs: ['steps'],
    bugs: ['vercel/workflow#2039', 'Gorkflow LibSQL CreateStepExecution'],
    async check({ steps }, trial) {
      const options = { requestId: trial.id('request') }
      const step = aStep({ workflowId: trial.id(), input: { amount: 1 } })
      const created = await steps.create(step, options)
      equal(await steps.create(step, options), created, 'what the same create returns')
      const { items } = await steps.list({ workflowId: step.workflowId })
      equal(items, [created], 'the one step')
    },
  }),

  rule('REQ-06', {
    title: 'steps.update repeated with its request id is one version step, and no conflict',
    clause: 4,
    needs: ['steps'],
    bugs: ['durabletask PR#363', 'vercel/workflow#2331'],
    async check({ steps }, trial) {
      const options = { requestId: trial.id('request') }
      const { workflowId, stepId, ...step } = await steps.create(aStep({ workflowId: trial.id() }))
      const change = { ...step, workflowId, stepId, status: 'complete', output: 1 } as const
      const updated = await steps.update(change, options)
      equal(await steps.update(change, options), updated, 'what the same update returns')
      equal(await steps.get({ workflowId, stepId }), updated, 'the step after both')
      equal(updated.version, 2, 'the version after both')
    },
  }),

  rule('REQ-07', {
    title: 'events.create repeated with its request id publishes one event, and leaves its mark',
    clause: 4,
    needs: ['events'],
    bugs: ['workflow-core#935', 'workflow-core#432', 'workflow-core W43'],
    async check({ events }, trial) {
      for (const id of [undefined, trial.id()]) {
        const pair = { eventName: trial.id('name'), eventKey: 'order-1' }
        const event = anEvent(id === undefined ? pair : { ...pair, id })
        const options = { requestId: trial.id('request') }
        const created = await events.create(event, options)
        equal((await events.create(event, options)).id, created.id, 'the id of the same create')
        const query = { ...pair, asOf: EPOCH - 1 }
        equal((await events.find(query)).items, [created], 'the one event')
        await events.markProcessed(created.id)
        await events.create(event, options)
        equal((await events.get(created.id))?.processed, true, 'what is processed stays it')
        equal((await events.find(query)).items.length, 1, 'how many events there are in the end')
      }
    },
  }),

  rule('REQ-08', {
    title: 'subscriptions.create repeated with its request id subscribes once, and leaves the hold',
    clause: 4,
    needs: ['subscriptions'],
    bugs: ['workflow-core#935', 'workflow-core W4'],
    async check({ subscriptions }, trial) {
      for (const id of [undefined, trial.id()]) {
        const pair = { eventName: trial.id('name'), eventKey: 'order-1' }
        const subscription = aSubscription(id === undefined ? pair : { ...pair, id })
        const options = { requestId: trial.id('request') }
        const created = await subscriptions.create(subscription, options)
        const again = await subscriptions.create(subscription, options)
        equal(again, created, 'what the same create returns')
        const { items } = await subscriptions.find({ ...pair, asOf: LATER })
        equal(items, [created], 'the one subscription')
        await subscriptions.setToken(created.id, { token: 't', workerId: 'w', ttl: LONG })
        const held = await subscriptions.get(created.id)
        await subscriptions.create(subscription, options)
        equal(await subscriptions.get(created.id), held, 'the subscription, which is held')
      }
    },
  }),

  rule('REQ-09', {
    title: 'commands.schedule repeated with its request id schedules one command, and moves none',
    clause: 4,
    needs: ['commands'],
    bugs: ['workflow-core W18', 'workflow-core W10', 'workflow-core#1003'],
    async check({ commands }, trial) {
      const options = { requestId: trial.id('request') }
      const command = aCommand({ executeAt: EPOCH + 10 })
      await commands.schedule(command, options)
      equal(await commands.schedule(command, options), command, 'what the same call returns')
      equal((await commands.list()).items, [command], 'the one command')
      const earlier = { ...command, executeAt: EPOCH }
      await commands.schedule(earlier)
      await commands.schedule(command, options)
      equal((await commands.list()).items, [earlier], 'the command keeps its earlier time')
    },
  }),

  rule('REQ-10', {
    title: 'errors.append repeated with its request id appends once',
    clause: 4,
    needs: ['errors'],
    bugs: ['workflow-core#935', 'langgraph#7201'],
    async check({ errors }, trial) {
      for (const members of [{}, { id: trial.id() }]) {
        const workflowId = trial.id()
        const options = { requestId: trial.id('request') }
        const appended = [anError({ workflowId, ...members }), anError({ workflowId })]
        await errors.append(appended, options)
        const before = (await errors.list({ workflowId })).items
        equal(before.length, 2, 'how many errors the first append stored')
        await errors.append(appended, options)
        equal((await errors.list({ workflowId })).items, before, 'the errors after both appends')
        await errors.append([anError({ workflowId })], { requestId: trial.id('request') })
        const after = (await errors.list({ workflowId })).items
        equal(after.length, 3, 'how many errors there are after another request')
      }
    },
  }),
]
