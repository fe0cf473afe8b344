import { EPOCH } from '../clock.ts'
import { equal, ok, rejects } from '../expect.ts'
import {
  aClaim,
  aCommand,
  aSnapshot,
  aStep,
  aSubscription,
  aWorkflow,
  anError,
  anEvent,
} from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

/** Decision 2: what is not there is said to be missing, and never made by an update. */
export const missing: readonly Rule[] = [
  rule('MISSING-01', {
    title: 'workflows.get of an id that is not there is null, and getMany leaves it out',
    clause: 2,
    needs: ['workflows'],
    bugs: ['workflow-core W36', 'workflow-core#1070', 'workflow-core PR#1260'],
    async check({ workflows }, trial) {
      equal(await workflows.getMany([trial.id(), trial.id()]), [], 'getMany of unknown ids is []')
      const { id } = await workflows.create(aWorkflow())
      equal(await workflows.get(trial.id()), null, 'get of an unknown id is null')
      const found = await workflows.getMany([trial.id(), id, trial.id()])
      equal(
        found.map((workflow) => workflow.id),
        [id],
        'getMany returns those of the ids that exist',
      )
    },
  }),

  rule('MISSING-02', {
    title: 'workflows.update of an id that is not there is NOT_FOUND and creates nothing',
    clause: 2,
    needs: ['workflows'],
    bugs: ['workflow-core W17', 'workflow-core W35', 'Gorkflow LibSQL UpdateRun'],
    async check({ workflows }, trial) {
      const id = trial.id()
      const update = workflows.update({ ...aWorkflow(), id, version: 1 })
      await rejects(update, 'NOT_FOUND', 'update of an unknown id')
      equal(await workflows.get(id), null, 'the refused update stored nothing')
      equal((await workflows.list()).items, [], 'the refused update is in no list')
      const { items } = await workflows.getRunnable({ asOf: EPOCH })
      equal(items, [], 'the refused update is not runnable')
    },
  }),

  rule('MISSING-03', {
    title: 'workflows.delete of an id that is not there, or not any more, is false',
    clause: 2,
    needs: ['workflows'],
    bugs: ['flow-orchestrator Delete divergence', 'dapr PR#736'],
    async check({ workflows }, trial) {
      equal(await workflows.delete(trial.id()), false, 'delete of an unknown id is false')
      const { id } = await workflows.create(aWorkflow())
      equal(await workflows.delete(id), true, 'delete of a workflow is true')
      equal(await workflows.delete(id), false, 'delete of it once more is false')
      const purged = await workflows.purge({ status: 'complete', olderThan: EPOCH })
      equal(purged, 0, 'purge of nothing returns 0')
    },
  }),

  rule('MISSING-04', {
    title: 'a step that is not there is null to get, NOT_FOUND to update, and in no list',
    clause: 2,
    needs: ['steps'],
    bugs: ['Gorkflow LibSQL UpdateStepExecution', 'Gorkflow Memory upsert', 'workflow-core W17'],
    async check({ steps }, trial) {
      const workflowId = trial.id()
      const there = await steps.create(aStep({ workflowId }))
      const absent = [
        { workflowId, stepId: 'step-2' },
        { workflowId: trial.id(), stepId: there.stepId },
      ]
      for (const key of absent) {
        equal(await steps.get(key), null, 'get of an unknown step is null')
        const update = steps.update({ ...aStep(key), version: 1 })
        await rejects(update, 'NOT_FOUND', 'update of an unknown step')
        equal(await steps.get(key), null, 'the refused update stored nothing')
      }
      equal((await steps.list({ workflowId })).items, [there], 'the refused update is in no list')
      const { items } = await steps.list({ workflowId: trial.id() })
      equal(items, [], 'an unknown workflow has no steps')
    },
  }),

  rule('MISSING-05', {
    title: 'steps.loadOutput is null when no output was saved',
    clause: 2,
    needs: ['steps'],
    bugs: ['Gorkflow: nil and empty bytes differ between stores (P2)', 'workflow-core W26'],
    async check({ steps }, trial) {
      const key = { workflowId: trial.id(), stepId: 'step-1' }
      equal(await steps.loadOutput(key), null, 'the output of an unknown step is null')
      await steps.create(aStep({ ...key, output: 'the record has one of its own' }))
      equal(await steps.loadOutput(key), null, 'the output of a step that saved none is null')
      await steps.saveOutput({ ...key, output: 1 })
      const other = { ...key, stepId: 'step-2' }
      equal(await steps.loadOutput(other), null, "another step's output is null")
      await steps.saveOutput({ ...other, output: 2 })
      equal(await steps.get(other), null, 'an output does not make a step')
    },
  }),

  rule('MISSING-06', {
    title: 'a state entry that is not there is null to get and false to delete',
    clause: 2,
    needs: ['state'],
    bugs: ['flow-orchestrator Delete divergence', 'Gorkflow: nil and empty bytes'],
    async check({ state }, trial) {
      const workflowId = trial.id()
      const key = { workflowId, key: 'a' }
      const neighbour = { workflowId, key: 'b', value: 1 }
      await state.set(neighbour)
      equal(await state.get(key), null, 'get of an unknown key is null')
      equal(await state.delete(key), false, 'delete of an unknown key is false')
      equal(await state.get({ ...key, workflowId: trial.id() }), null, 'another workflow has none')
      equal(await state.getAll(trial.id()), [], 'an unknown workflow has no entries')
      equal(await state.getAll(workflowId), [neighbour], 'nothing was made by asking')
    },
  }),

  rule('MISSING-07', {
    title: 'an event that is not there is null to get, false to mark, and is not made by that',
    clause: 2,
    needs: ['events'],
    bugs: ['workflow-core W26', 'workflow-core W29: a mark on a missing id makes a stub'],
    async check({ events }, trial) {
      const id = trial.id()
      equal(await events.get(id), null, 'get of an unknown event is null')
      equal(await events.markProcessed(id), false, 'markProcessed of an unknown event is false')
      equal(await events.markUnprocessed(id), false, 'markUnprocessed of an unknown event is false')
      equal(await events.get(id), null, 'the mark stored nothing')
      const { items } = await events.getRunnable({ asOf: EPOCH })
      equal(items, [], 'the mark made nothing runnable')
      const topic = { eventName: trial.id(), eventKey: trial.id(), asOf: EPOCH }
      equal((await events.find(topic)).items, [], 'nobody published to this name and key')
      equal(await events.purge({ olderThan: EPOCH }), 0, 'purge of nothing returns 0')
      ok((await events.create(anEvent({ id }))).id === id, 'the id is still free')
    },
  }),

  rule('MISSING-08', {
    title: 'a subscription that is not there is null to get and find, and false to terminate',
    clause: 2,
    needs: ['subscriptions'],
    bugs: ['workflow-core W26', 'workflow-core W36', 'workflow-core PR#1418'],
    async check({ subscriptions }, trial) {
      const id = trial.id()
      const topic = { eventName: trial.id(), eventKey: trial.id() }
      equal(await subscriptions.get(id), null, 'get of an unknown subscription is null')
      equal(await subscriptions.terminate(id), false, 'terminate of an unknown one is false')
      const asOf = EPOCH
      equal((await subscriptions.find({ ...topic, asOf })).items, [], 'nobody subscribed')
      equal(await subscriptions.findFirstOpen({ ...topic, asOf }), null, 'none is open')
      await subscriptions.create(aSubscription({ id, ...topic }))
      equal(await subscriptions.terminate(id), true, 'terminate of one that is there is true')
      equal(await subscriptions.terminate(id), false, 'terminate of it once more is false')
      equal(await subscriptions.get(id), null, 'get of a terminated subscription is null')
      equal(await subscriptions.findFirstOpen({ ...topic, asOf }), null, 'none is open any more')
    },
  }),

  rule('MISSING-09', {
    title: 'a token on a subscription that is not there is false and creates nothing',
    clause: 2,
    needs: ['subscriptions'],
    bugs: ['workflow-core W33: SetSubscriptionToken makes a ghost', 'workflow-core W26'],
    async check({ subscriptions }, trial) {
      const terminated = await subscriptions.create(aSubscription())
      await subscriptions.terminate(terminated.id)
      const hold = { token: trial.id(), workerId: 'worker-1', ttl: null }
      for (const id of [trial.id(), terminated.id]) {
        equal(await subscriptions.setToken(id, hold), false, 'setToken on a missing one is false')
        equal(await subscriptions.clearToken(id, hold.token), false, 'clearToken on it is false')
        equal(await subscriptions.get(id), null, 'the token made no ghost')
      }
      const { eventName, eventKey } = terminated
      const topic = { eventName, eventKey, asOf: EPOCH }
      equal((await subscriptions.find(topic)).items, [], 'the token made no ghost to find')
      equal(await subscriptions.findFirstOpen(topic), null, 'the token made no ghost that is open')
      const created = await subscriptions.create(aSubscription({ id: terminated.id }))
      equal(created.token, null, 'one that is created later is open')
    },
  }),

  rule('MISSING-10', {
    title: 'a snapshot that is not there is null to load, false to delete, NOT_FOUND to save over',
    clause: 2,
    needs: ['snapshots'],
    bugs: ['flow-orchestrator Delete divergence', 'WorkflowForge CHANGELOG 2.1.0', 'sayiir'],
    async check({ snapshots }, trial) {
      const { instanceId, workflowId } = await snapshots.save(aSnapshot({ instanceId: trial.id() }))
      const absent = [
        { instanceId: trial.id(), workflowId },
        { instanceId, workflowId: trial.id() },
      ]
      for (const key of absent) {
        equal(await snapshots.load(key), null, 'load of an unknown snapshot is null')
        equal(await snapshots.delete(key), false, 'delete of an unknown snapshot is false')
        const save = snapshots.save(aSnapshot({ ...key, version: 1 }))
        await rejects(save, 'NOT_FOUND', 'save over an unknown snapshot')
        equal(await snapshots.load(key), null, 'the refused save stored nothing')
      }
      const { items } = await snapshots.list()
      equal(items.length, 1, 'the refused saves are in no list')
      const key = { instanceId, workflowId }
      equal(await snapshots.delete(key), true, 'delete of a snapshot is true')
      equal(await snapshots.delete(key), false, 'delete of it once more is false')
      equal(await snapshots.load(key), null, 'load of a deleted snapshot is null')
    },
  }),

  rule('MISSING-11', {
    title: 'a claim on a task that is not there is null and creates nothing',
    clause: 2,
    needs: ['snapshots', 'claims'],
    bugs: ['sayiir InMemory claims anything', 'workflow-core W33'],
    async check({ snapshots, claims }, trial) {
      const snapshot = { instanceId: trial.id(), workflowId: 'workflow-1' }
      const hold = { workerId: 'worker-1', ttl: null }
      equal(await claims.claimNext(hold), null, 'claimNext of nothing is null')
      equal((await claims.findAvailable()).items, [], 'nothing is available')
      await snapshots.save(aSnapshot({ ...snapshot, readyTasks: [{ taskId: 'task-1' }] }))
      const absent = [
        { ...snapshot, taskId: 'task-2' },
        { ...snapshot, workflowId: trial.id(), taskId: 'task-1' },
        { ...snapshot, instanceId: trial.id(), taskId: 'task-1' },
      ]
      for (const task of absent) {
        equal(await claims.claim({ ...task, ...hold }), null, 'claim of an unknown task is null')
        const claim = aClaim(task, task)
        equal(await claims.extend(claim, 1000), null, 'extend of a claim that is not is null')
        equal(await claims.release(claim), false, 'release of a claim that is not is false')
      }
      const { items } = await claims.findAvailable()
      equal(
        items.map(({ taskId }) => taskId),
        ['task-1'],
        'the refused claims are on no task',
      )
      equal((await snapshots.list()).items.length, 1, 'the refused claims made no snapshot')
      // A ghost of a claim would hold the task that comes later.
      const readyTasks = [{ taskId: 'task-1' }, { taskId: 'task-2' }]
      await snapshots.save(aSnapshot({ ...snapshot, readyTasks, version: 1 }))
      const other = { ...hold, workerId: 'worker-2' }
      const claimed = await claims.claim({ ...snapshot, taskId: 'task-2', ...other })
      ok(claimed, 'a task that comes later is not held by a claim that was refused before')
    },
  }),

  rule('MISSING-12', {
    title: 'commands.process of nothing due calls no handler and reports nothing',
    clause: 2,
    needs: ['commands'],
    bugs: ['workflow-core: NotImplementedException (P44)'],
    async check({ commands }, trial) {
      const handled: string[] = []
      const handler = ({ name }: { readonly name: string }): unknown => handled.push(name)
      const nothing = { processed: 0, failures: [] }
      equal(await commands.process({ asOf: EPOCH }, handler), nothing, 'nothing is scheduled')
      equal((await commands.list()).items, [], 'nothing is listed')
      await commands.schedule(aCommand({ name: trial.id(), executeAt: EPOCH + 1 }))
      equal(await commands.process({ asOf: EPOCH }, handler), nothing, 'nothing is due')
      equal(handled, [], 'no handler ran')
    },
  }),

  rule('MISSING-13', {
    title: 'errors.list of a workflow without errors is empty',
    clause: 2,
    needs: ['errors'],
    bugs: ['workflow-core: PersistErrors without a way to read back (#423)'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      equal((await errors.list({ workflowId })).items, [], 'an unknown workflow has no errors')
      await errors.append([anError({ workflowId: trial.id() })])
      equal((await errors.list({ workflowId })).items, [], 'it has none of another workflow')
    },
  }),
]
