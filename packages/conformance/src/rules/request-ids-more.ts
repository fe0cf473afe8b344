import type { PersistenceProvider } from '@holdfast/spec'
import { equal, ok, rejects } from '../expect.ts'
import { aStep, aSubscription, aWorkflow, anError, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'
import { withOptions } from './abort.ts'
import { everyCall, type NamedCall } from './calls.ts'
import { LONG, saveReady, taskOf } from './ready.ts'
import { isThere, samplesOf } from './samples.ts'

/** Decision 4, where leases and fences are concerned; and what is no repeat. */
export const moreRequestIds: readonly Rule[] = [
  rule('REQ-11', {
    title: 'snapshots.save repeated with its request id is one version step, and no conflict',
    clause: 4,
    needs: ['snapshots'],
    bugs: ['durabletask PR#363', 'langgraph#7201', 'dapr#994'],
    async check({ snapshots }, trial) {
      const key = { instanceId: trial.id(), workflowId: 'workflow-1' }
      const rest = { status: 'running', definitionHash: 'h', readyTasks: [] } as const
      for (const version of [0, 1, 2]) {
        const options = { requestId: trial.id('request') }
        const snapshot = { ...key, ...rest, state: { version }, version }
        const saved = await snapshots.save(snapshot, options)
        await trial.clock.advance(10)
        equal(await snapshots.save(snapshot, options), saved, 'what the same save returns')
        equal(await snapshots.load(key), saved, 'the snapshot after both')
        equal(saved.version, version + 1, 'the version after both')
      }
    },
  }),

  rule('REQ-12', {
    title: 'a fenced save repeated with its request id is the same save, also after the release',
    clause: 4,
    needs: ['snapshots', 'claims'],
    features: ['fencing'],
    bugs: ['sayiir PR#152', 'durabletask#890'],
    async check(store, trial) {
      const { snapshots, claims } = store
      const snapshot = await saveReady(store, trial)
      const task = taskOf(snapshot)
      const claim = await claims.claim({ ...task, workerId: 'worker-1', ttl: LONG })
      ok(claim, 'the task can be claimed')
      const options = { requestId: trial.id('request'), fence: claim }
      const change = { ...snapshot, state: 'done' }
      const saved = await snapshots.save(change, options)
      equal(await snapshots.save(change, options), saved, 'what the same save returns')
      await claims.release(claim)
      equal(await snapshots.save(change, options), saved, 'what it returns after the release')
      ok(
        await claims.claim({ ...task, workerId: 'worker-2', ttl: LONG }),
        'another claims the task',
      )
      equal(await snapshots.save(change, options), saved, 'what it returns when another holds it')
      const { instanceId, workflowId } = snapshot
      equal(await snapshots.load({ instanceId, workflowId }), saved, 'the snapshot after all that')
    },
  }),

  rule('REQ-13', {
    title: 'claims.claim repeated with its request id returns the same claim',
    clause: 4,
    needs: ['snapshots', 'claims'],
    bugs: ['Hangfire.PostgreSql#130', 'sayiir claim_task live claim even own'],
    async check(store, trial) {
      const { claims } = store
      const request = { ...taskOf(await saveReady(store, trial)), workerId: 'worker-1', ttl: LONG }
      const options = { requestId: trial.id('request') }
      const claim = await claims.claim(request, options)
      ok(claim, 'the task can be claimed')
      const again = await claims.claim(request, options)
      equal(again?.token, claim.token, 'the token of the same claim')
      equal(again?.workerId, 'worker-1', 'the worker of the same claim')
      const different = await claims.claim(request, { requestId: trial.id('request') })
      equal(different, null, 'another request of the same worker')
      equal(await claims.release(claim), true, 'the claim can be released after that')
    },
  }),

  rule('REQ-14', {
    title: 'claims.claimNext repeated with its request id takes one task',
    clause: 4,
    needs: ['snapshots', 'claims'],
    bugs: ['hatchet PR#4454', 'Conductor#576', 'vercel/workflow#85'],
    async check(store, trial) {
      const { claims } = store
      const tasks = ['task-1', 'task-2', 'task-3'].map((taskId) => ({ taskId }))
      await saveReady(store, trial, {}, tasks)
      const request = { workerId: 'worker-1', ttl: LONG }
      const options = { requestId: trial.id('request') }
      const taken = await claims.claimNext(request, options)
      ok(taken, 'a task can be claimed')
      const again = await claims.claimNext(request, options)
      equal(again?.task, taken.task, 'the task of the same claim')
      equal(again?.claim.token, taken.claim.token, 'the token of the same claim')
      equal((await claims.findAvailable()).items.length, 2, 'how many of three tasks are left')
      await claims.claimNext(request, { requestId: trial.id('request') })
      equal((await claims.findAvailable()).items.length, 1, 'how many another request leaves')
    },
  }),

  rule('REQ-15', {
    title: 'subscriptions.setToken repeated with its request id is true, and the hold stays',
    clause: 4,
    needs: ['subscriptions'],
    bugs: ['workflow-core W24', 'durabletask-go#59'],
    async check({ subscriptions }, trial) {
      const created = await subscriptions.create(aSubscription())
      const options = { requestId: trial.id('request') }
      const hold = { token: trial.id('token'), workerId: trial.id('worker') }
      const request = { ...hold, ttl: LONG }
      for (const time of ['first', 'second']) {
        const taken = await subscriptions.setToken(created.id, request, options)
        equal(taken, true, `whether the token is set the ${time} time`)
        const { token, workerId } = (await subscriptions.get(created.id)) ?? created
        equal({ token, workerId }, hold, `who holds the subscription the ${time} time`)
      }
    },
  }),

  rule('REQ-16', {
    title: 'a write with another request id is another write, and conflicts as any other does',
    clause: 4,
    needs: [],
    bugs: ['workflow-core#921', 'vercel/workflow#85', 'dapr#1010'],
    async check(store, trial) {
      const { workflows, steps, events, subscriptions, snapshots, errors } = store
      const id = trial.id()
      const next = (): { requestId: string } => ({ requestId: trial.id('request') })
      const step = aStep({ workflowId: id })
      const snapshot = { instanceId: id, workflowId: 'w', readyTasks: [], version: 0, state: 1 }
      const running = { ...snapshot, status: 'running', definitionHash: 'h' } as const
      const creates: NamedCall[] = []
      if (workflows)
        creates.push(['workflows.create', () => workflows.create(aWorkflow({ id }), next())])
      if (steps) creates.push(['steps.create', () => steps.create(step, next())])
      if (events) creates.push(['events.create', () => events.create(anEvent({ id }), next())])
      if (subscriptions) {
        creates.push([
          'subscriptions.create',
          () => subscriptions.create(aSubscription({ id }), next()),
        ])
      }
      if (snapshots) creates.push(['snapshots.save', () => snapshots.save(running, next())])
      if (errors) creates.push(['errors.append', () => errors.append([anError({ id })], next())])
      if (workflows) {
        const stale = { ...aWorkflow({ id }), id, version: 1 }
        creates.push(['workflows.update', () => workflows.update(stale, next())])
      }
      if (steps) creates.push(['steps.update', () => steps.update({ ...step, version: 1 }, next())])
      for (const [method, create] of creates) {
        await create()
        await rejects(create(), 'CONFLICT', `${method} once more, as another request`)
      }
      if (creates.length === 0) await store.ping()
    },
  }),

  rule('REQ-17', {
    title: 'a request id is an identifier of up to 255 units, and anything else is INVALID_VALUE',
    clause: 12,
    needs: [],
    bugs: ['workflow-core W15', 'moneat PR#433', 'workflow-core#1179'],
    async check(store, trial) {
      const free = trial.id()
      for (const requestId of ['', 'x'.repeat(256), 'a\0b', '\ud800']) {
        const giving = withOptions(store, { requestId })
        for (const [method, call] of writesOf(giving, free)) {
          const message = `${method} with a request id of ${requestId.length} units`
          await rejects(call(), 'INVALID_VALUE', message)
        }
      }
      for (const sample of samplesOf(store, free, 'a')) {
        const { repository } = sample
        ok(!(await isThere(sample, store)), `${repository}: a refused call wrote nothing`)
        // As long as it may be, and of characters that take three bytes.
        const requestId = `${repository}-${trial.id()}`.padEnd(255, '中')
        await sample.write(withOptions(store, { requestId }))
        ok(await isThere(sample, store), `${repository}: a long request id does no harm`)
      }
    },
  }),

  rule('REQ-18', {
    title:
      'claims.claimNext repeated with its request id has its task, also when that is not ready any more',
    clause: 4,
    needs: ['snapshots', 'claims'],
    bugs: ['vercel/workflow#85', 'Hangfire.PostgreSql#130'],
    async check(store, trial) {
      const { claims, snapshots } = store
      const readyTasks = [{ taskId: 'task-1', input: 'input', tags: ['tag'], priority: 7 }]
      for (const change of [{ status: 'paused' }, { readyTasks: [] }] as const) {
        const snapshot = await saveReady(store, trial, {}, readyTasks)
        const request = { workerId: 'worker-1', ttl: LONG }
        const options = { requestId: trial.id('request') }
        const taken = await claims.claimNext(request, options)
        ok(taken, 'a task can be claimed')
        await snapshots.save({ ...snapshot, ...change })
        const again = await claims.claimNext(request, options)
        const what = JSON.stringify(change)
        equal(again?.task, taken.task, `the task of the same claim after ${what}`)
        equal(again?.claim.token, taken.claim.token, `the token of the same claim after ${what}`)
      }
    },
  }),
]

/** The calls that take a request id. */
function writesOf(provider: PersistenceProvider, id: string): readonly NamedCall[] {
  const reads =
    /^(ensureStore|ping|commands\.process)$|\.(get|getMany|getAll|getRunnable|list|find|findFirstOpen|findAvailable|load|loadOutput)$/
  return everyCall(provider, id).filter(([method]) => !reads.test(method))
}
