import { commandKey, isPersistenceError } from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
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
import { LONG, saveReady } from './ready.ts'

const NAMES = ['first', 'second', 'third'] as const

/** Decision 15: a row that cannot be read is `CORRUPT` for itself, and never hides its neighbours. */
export const corruption: readonly Rule[] = [
  rule('ERROR-05', {
    title: 'a corrupt workflow is CORRUPT, and lists give its neighbours and name it',
    clause: 15,
    strength: 'SHOULD',
    needs: ['workflows'],
    corrupts: true,
    bugs: [
      'workflow-core W36: a poison event',
      'workflow-core #814',
      'Flow Orchestrator: NULL payload',
    ],
    async check({ workflows }, trial) {
      const at = trial.clock.now()
      for (const [index, id] of NAMES.entries()) {
        await workflows.create(aWorkflow({ id, nextExecution: at + index, createdAt: at - index }))
      }
      await trial.corrupt({ repository: 'workflows', key: ['second'] })
      const error = await rejects(workflows.get('second'), 'CORRUPT', 'get of a corrupt workflow')
      ok(error.message.includes('second'), `the message names it: ${error.message}`)
      for (const query of [{}, { definitionId: 'order' }]) {
        const { items, corrupt } = await workflows.list(query)
        equal(
          items.map(({ id }) => id),
          ['first', 'third'],
          'list gives the neighbours',
        )
        equal(corrupt, ['second'], 'list names the corrupt one')
      }
      const due = await workflows.getRunnable({ asOf: at + 3 })
      const neighbours = due.items.filter((id) => id !== 'second')
      equal(neighbours, ['first', 'third'], 'getRunnable gives the neighbours')
      const many = await workflows.getMany(['first', 'third'])
      equal(many.length, 2, 'getMany of the neighbours')
    },
  }),

  rule('ERROR-06', {
    title: 'a corrupt snapshot is CORRUPT, and list gives its neighbours and names it',
    clause: 15,
    strength: 'SHOULD',
    needs: ['snapshots'],
    corrupts: true,
    bugs: ['Flow Orchestrator: ErrCorruptData', 'Flow Orchestrator: a panic on malformed bytes'],
    async check({ snapshots }, trial) {
      const keyOf = (instanceId: string) => ({ instanceId, workflowId: 'workflow-1' })
      for (const name of NAMES) await snapshots.save(aSnapshot(keyOf(name)))
      await trial.corrupt({ repository: 'snapshots', key: ['second', 'workflow-1'] })
      const load = snapshots.load(keyOf('second'))
      await rejects(load, 'CORRUPT', 'load of a corrupt snapshot')
      ok(await snapshots.load(keyOf('first')), 'its neighbour can be loaded')
      const { items, corrupt } = await snapshots.list()
      const found = items.map(({ instanceId }) => instanceId)
      // What a summary needs may be readable: then it is listed, and not named.
      const neighbours = found.filter((name) => name !== 'second')
      equal(neighbours, ['first', 'third'], 'list gives the neighbours')
      if (found.length === 2) names(corrupt, 'second')
    },
  }),

  rule('ERROR-07', {
    title: 'a corrupt event or subscription is CORRUPT, and find gives its neighbours and names it',
    clause: 15,
    strength: 'SHOULD',
    needs: ['events', 'subscriptions'],
    corrupts: true,
    bugs: ['workflow-core W36: a poison event', 'workflow-core #555'],
    async check({ events, subscriptions }, trial) {
      const asOf = trial.clock.now()
      const topic = { eventName: 'paid', eventKey: 'order-1' }
      for (const [index, id] of NAMES.entries()) {
        await events.create(anEvent({ id, ...topic, eventTime: asOf + index }))
        await subscriptions.create(aSubscription({ id, ...topic, subscribeAsOf: asOf + index }))
      }
      await trial.corrupt({ repository: 'events', key: ['second'] })
      await trial.corrupt({ repository: 'subscriptions', key: ['second'] })
      await rejects(events.get('second'), 'CORRUPT', 'get of a corrupt event')
      await rejects(subscriptions.get('second'), 'CORRUPT', 'get of a corrupt subscription')
      const found = await events.find({ ...topic, asOf })
      equal(
        found.items.map(({ id }) => id),
        ['first', 'third'],
        'find gives the other events',
      )
      equal(found.corrupt, ['second'], 'find names the corrupt event')
      const due = await events.getRunnable({ asOf: asOf + 3 })
      const neighbours = due.items.filter((id) => id !== 'second')
      equal(neighbours, ['first', 'third'], 'getRunnable gives the other events')
      const waiting = await subscriptions.find({ ...topic, asOf: asOf + 3 })
      const others = waiting.items.map(({ id }) => id)
      equal(others, ['first', 'third'], 'find gives the other subscriptions')
      equal(waiting.corrupt, ['second'], 'find names the corrupt subscription')
    },
  }),

  rule('ERROR-08', {
    title: 'a corrupt step, value or error is CORRUPT, and lists give its neighbours and name it',
    clause: 15,
    strength: 'SHOULD',
    needs: ['steps', 'state', 'errors'],
    corrupts: true,
    bugs: ['Flow Orchestrator: ErrCorruptData', 'workflow-core #814'],
    async check({ steps, state, errors }, trial) {
      const workflowId = trial.id()
      for (const [index, name] of NAMES.entries()) {
        await steps.create(aStep({ workflowId, stepId: name, executionIndex: index }))
        await state.set({ workflowId, key: name, value: index })
        await errors.append([anError({ id: name, workflowId })])
      }
      await trial.corrupt({ repository: 'steps', key: [workflowId, 'second'] })
      await trial.corrupt({ repository: 'state', key: [workflowId, 'second'] })
      await trial.corrupt({ repository: 'errors', key: ['second'] })
      const step = steps.get({ workflowId, stepId: 'second' })
      await rejects(step, 'CORRUPT', 'get of a corrupt step')
      const value = state.get({ workflowId, key: 'second' })
      await rejects(value, 'CORRUPT', 'get of a corrupt value')
      const neighbour = await state.get({ workflowId, key: 'third' })
      equal(neighbour?.value, 2, 'get of the value beside it')
      const listed = await steps.list({ workflowId })
      const stepIds = listed.items.map(({ stepId }) => stepId)
      equal(stepIds, ['first', 'third'], 'list gives the other steps')
      names(listed.corrupt, 'second')
      const logged = await errors.list({ workflowId })
      equal(
        logged.items.map(({ id }) => id),
        ['first', 'third'],
        'list gives the other errors',
      )
      equal(logged.corrupt, ['second'], 'list names the corrupt error')
    },
  }),

  rule('ERROR-09', {
    title: 'a corrupt command is reported by process, which handles and forgets its neighbours',
    clause: 15,
    strength: 'SHOULD',
    needs: ['commands'],
    corrupts: true,
    bugs: ['Flow Orchestrator: a NULL payload bricked the queue', 'workflow-core #1003'],
    async check({ commands }, trial) {
      const at = trial.clock.now()
      for (const [index, data] of NAMES.entries()) {
        await commands.schedule(aCommand({ name: 'run', data, executeAt: at + index }))
      }
      await trial.corrupt({ repository: 'commands', key: [commandKey('run', 'second')] })
      const { items, corrupt } = await commands.list()
      equal(
        items.map(({ data }) => data),
        ['first', 'third'],
        'list gives the other commands',
      )
      equal(corrupt.length, 1, 'how many corrupt commands list names')
      const handled: string[] = []
      const report = await commands.process({ asOf: at + 3 }, ({ data }) => {
        handled.push(data)
      })
      equal(handled, ['first', 'third'], 'the commands that process hands out')
      equal(report.processed, 2, 'how many commands were processed')
      equal(report.failures.length, 1, 'how many failures process reports')
      const [failure] = report.failures
      ok(isPersistenceError(failure?.error, 'CORRUPT'), 'the failure that is reported is CORRUPT')
      const left = await commands.list()
      equal([left.items.length, left.corrupt.length], [0, 1], 'the corrupt command is kept')
    },
  }),

  rule('ERROR-10', {
    title: 'claimNext of a corrupt task is CORRUPT and holds it, so that its neighbours come next',
    clause: 15,
    strength: 'SHOULD',
    needs: ['snapshots', 'claims'],
    corrupts: true,
    bugs: ['Flow Orchestrator: a NULL payload bricked the queue'],
    async check(store, trial) {
      const tasks = NAMES.map((taskId, priority) => ({ taskId, priority, input: taskId }))
      const { instanceId, workflowId } = await saveReady(store, trial, {}, tasks)
      await trial.corrupt({ repository: 'claims', key: [instanceId, workflowId, 'first'] })
      const available = await store.claims.findAvailable()
      const others = available.items.map(({ taskId }) => taskId)
      equal(others, ['second', 'third'], 'findAvailable gives the other tasks')
      names(available.corrupt, 'first')
      const next = { workerId: 'worker-1', ttl: LONG }
      await rejects(store.claims.claimNext(next), 'CORRUPT', 'claimNext of a corrupt task')
      for (const taskId of ['second', 'third']) {
        const taken = await store.claims.claimNext(next)
        equal(taken?.task.taskId, taskId, 'claimNext gives the other tasks')
      }
      equal(await store.claims.claimNext(next), null, 'claimNext when every task is held')
    },
  }),
]

/** The one corrupt record of a page; of a key with several parts the form is up to the store. */
function names(corrupt: readonly string[], id: string): void {
  equal(corrupt.length, 1, 'how many corrupt records the page names')
  ok(corrupt[0]?.includes(id), `the page names the corrupt record: ${corrupt[0]}`)
}
