import fc from 'fast-check'
import type { WorkflowInstance, WorkflowRepository } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, equal, ok, rejects } from '../expect.ts'
import { aPointer, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

const DAY = 86_400_000

/** Decision 3 for workflows: a write names the version that it saw. */
export const versions: readonly Rule[] = [
  rule('VER-01', {
    title: 'a workflow has version 1, and one more with each update, also one that changes nothing',
    clause: 3,
    needs: ['workflows'],
    bugs: ['workflow-core W46', 'workflow-core#1193', 'dapr#994'],
    async check({ workflows }) {
      let current = await workflows.create(aWorkflow({ data: 0 }))
      equal(current.version, 1, 'a new workflow has version 1')
      for (const data of [1, 2, 2, 2, 3]) {
        const next = await workflows.update({ ...current, data })
        equal(next.version, current.version + 1, 'an update makes the version one more')
        equal((await workflows.get(current.id))?.version, next.version, 'get agrees')
        current = next
      }
    },
  }),

  rule('VER-03', {
    title: 'workflows.update with another version than the stored one is CONFLICT, changes nothing',
    clause: 3,
    needs: ['workflows'],
    bugs: ['workflow-core W46', 'workflow-core W37', 'dapr#1010', 'durabletask#890', 'Elsa#373'],
    async check({ workflows }) {
      const first = await workflows.create(aWorkflow({ data: 'first' }))
      const second = await workflows.update({ ...first, data: 'second' })
      const third = await workflows.update({ ...second, data: 'third' })
      for (const version of [1, 2, 4, 5, 1000]) {
        const stale = workflows.update({ ...first, data: 'stale', status: 'failed', version })
        await rejects(stale, 'CONFLICT', `update of version 3 that names ${version}`)
        equal(await workflows.get(first.id), third, 'the refused update changed nothing')
      }
      equal((await workflows.list({ status: 'failed' })).items, [], 'nor what list finds it by')
      const { items } = await workflows.getRunnable({ asOf: EPOCH + 1 })
      equal(items, [first.id], 'nor what getRunnable finds it by')
    },
  }),

  rule('VER-05', {
    title: 'a deleted workflow does not come back by an update',
    clause: 3,
    needs: ['workflows'],
    bugs: [
      'workflow-core W35',
      'sayiir: a save resurrects a terminal state',
      'durabletask PR#1280',
    ],
    async check({ workflows }) {
      const first = await workflows.create(aWorkflow())
      const second = await workflows.update({ ...first, data: 1 })
      await workflows.delete(first.id)
      for (const version of [1, 2, 3]) {
        const update = workflows.update({ ...second, version })
        await rejects(update, 'NOT_FOUND', 'update of a deleted workflow')
        equal(await workflows.get(first.id), null, 'it does not come back')
      }
      equal((await workflows.list()).items, [], 'it is in no list')
      equal((await workflows.getRunnable({ asOf: EPOCH + 1 })).items, [], 'it is not runnable')
    },
  }),

  rule('VER-06', {
    title: 'workflows.update replaces the whole workflow: what is left out is gone',
    clause: 3,
    needs: ['workflows'],
    bugs: ['workflow-core W6', 'workflow-core#1270', 'Gorkflow UpdateRun columns'],
    async check({ workflows }) {
      const pointers = [
        aPointer({ id: 'a', eventData: { a: 1 }, sleepUntil: EPOCH, children: ['b', 'c'] }),
        aPointer({ id: 'b', extensionAttributes: { x: 1, y: 2 }, scope: ['a', 'root'] }),
        aPointer({ id: 'c', outcome: null, stepName: 'last' }),
      ]
      const whole = {
        definitionVersion: '2',
        description: 'all there is',
        reference: 'reference-1',
        resourceId: 'resource-1',
        tags: { a: '1', b: '2' },
        data: { a: 1, b: { c: 2 } },
        input: null,
        output: [1, 2],
        context: 'context',
        error: { message: 'It broke', code: 'E', details: null },
        progress: 0.5,
        startedAt: EPOCH,
        completedAt: EPOCH,
      }
      const created = await workflows.create(aWorkflow({ ...whole, pointers, createdAt: EPOCH }))
      const { id } = created
      const fewer = [
        aPointer({ id: 'c', stepName: 'last' }),
        aPointer({ id: 'a', children: ['c'], scope: [] }),
      ]
      const small = {
        ...aWorkflow({ status: 'suspended', nextExecution: null, pointers: fewer }),
        id,
        tags: { b: '3' },
        data: { b: {} },
        error: { message: 'It broke again' },
      }
      const updated = await workflows.update({ ...small, version: 1 })
      const { updatedAt } = updated
      const expected = { ...small, createdAt: EPOCH, updatedAt, version: 2 }
      equal(await workflows.get(id), expected, 'the workflow is what the update said, whole')
      const least = { ...aWorkflow({ nextExecution: null }), id }
      const { updatedAt: later } = await workflows.update({ ...least, version: 2 })
      const left = { ...least, createdAt: EPOCH, updatedAt: later, version: 3 }
      equal(await workflows.get(id), left, 'every optional member can be taken away')
      const found = await workflows.list({ reference: 'reference-1' })
      equal(found.items, [], 'it is not found by a reference that it has no more')
    },
  }),

  rule('VER-08', {
    title: 'createdAt of a workflow never changes, and updatedAt never goes back',
    clause: 3,
    needs: ['workflows'],
    bugs: ['mastra PR#18004', 'Gorkflow LibSQL UpdatedAt', 'temporal PR#7030'],
    async check({ workflows }, { clock }) {
      const stamped = await workflows.create(aWorkflow())
      if (clock.injected) {
        equal(stamped.createdAt, clock.now(), 'createdAt is the time of the create')
        equal(stamped.updatedAt, clock.now(), 'updatedAt is the time of the create')
      }
      await clock.advance(5)
      const later = await judgeTimes(workflows, stamped)
      if (clock.injected) {
        equal(later.updatedAt, clock.now(), 'updatedAt is the time of the update')
        await clock.advance(-DAY)
        await judgeTimes(workflows, later)
        await clock.advance(DAY)
      }
      // Stamped by a clock that was ahead, whatever this one says.
      const times = { createdAt: clock.now() - DAY, updatedAt: clock.now() + DAY }
      const ahead = await workflows.create(aWorkflow(times))
      const { createdAt, updatedAt } = ahead
      equal({ createdAt, updatedAt }, times, 'times that a create names are kept')
      await judgeTimes(workflows, await judgeTimes(workflows, ahead))
    },
  }),

  rule('VER-10', {
    title: 'create and update of a workflow return what get, getMany and list then return',
    clause: 3,
    needs: ['workflows'],
    bugs: ['Gorkflow UpdateRun columns', 'workflow-core W25', 'mastra PR#18004'],
    async check({ workflows }, { clock }) {
      const members = { data: { a: [1] }, tags: { a: 'b' }, pointers: [aPointer()] }
      const created = await workflows.create(aWorkflow(members))
      const { id } = created
      await judgeReads(workflows, created)
      await clock.advance(5)
      const { data: _, ...rest } = created
      // Times of another record, as an engine sends that copies one.
      const times = { createdAt: EPOCH - DAY, updatedAt: EPOCH - DAY }
      const updated = await workflows.update({ ...rest, status: 'suspended', ...times })
      equal(updated.id, id, 'an update keeps the id')
      await judgeReads(workflows, updated)
    },
  }),

  rule('VER-11', {
    title: 'after any sequence of updates a workflow is what the last one that succeeded said',
    clause: 3,
    needs: ['workflows'],
    bugs: ['workflow-core W46', 'workflow-core W43', 'agentfield PR#953', 'durabletask#890'],
    async check({ workflows }, trial) {
      // Before an update, maybe one that names a version of the past.
      const stale = fc.option(fc.nat({ max: 1000 }), { freq: 2 })
      let conflicts = 0
      await trial.forAll(
        fc.array(stale, { minLength: 4, maxLength: 16, size: 'max' }),
        async (sequence) => {
          let current = await workflows.create(aWorkflow({ data: -1 }))
          for (const [data, past] of sequence.entries()) {
            if (past !== null && current.version > 1) {
              const version = 1 + (past % (current.version - 1))
              const update = workflows.update({ ...current, data: 'stale', version })
              await rejects(update, 'CONFLICT', `update of ${current.version} naming ${version}`)
              conflicts += 1
            }
            current = await workflows.update({ ...current, data })
            trial.count('updates')
          }
          equal(await workflows.get(current.id), current, 'it is what the last winner wrote')
        },
        { share: 0.08, fewest: 5 },
      )
      trial.count('conflicts', conflicts)
      if (conflicts === 0) throw new Inconclusive('No update named a version of the past')
    },
  }),
]

/** An update that names other times moves createdAt nowhere, and updatedAt not back. */
async function judgeTimes(
  workflows: WorkflowRepository,
  before: WorkflowInstance,
): Promise<WorkflowInstance> {
  const times = { createdAt: before.createdAt + 7 * DAY, updatedAt: before.updatedAt - 7 * DAY }
  const after = await workflows.update({ ...before, data: before.version, ...times })
  equal(after.createdAt, before.createdAt, 'createdAt stays the same')
  ok(
    after.updatedAt >= before.updatedAt,
    `updatedAt does not go back, from ${before.updatedAt} to ${after.updatedAt}`,
  )
  equal(await workflows.get(before.id), after, 'get agrees on the times')
  return after
}

async function judgeReads(
  workflows: WorkflowRepository,
  expected: WorkflowInstance,
): Promise<void> {
  equal(await workflows.get(expected.id), expected, 'get returns the same')
  equal(await workflows.getMany([expected.id]), [expected], 'getMany returns the same')
  equal((await workflows.list()).items, [expected], 'list returns the same')
}
