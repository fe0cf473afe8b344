import type { WorkflowRepository, WorkflowStatus } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { equal } from '../expect.ts'
import { aWorkflow, anEvent } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

const over = ['complete', 'failed', 'terminated'] as const

/** Decision 14: what a purge takes. What goes with it is in the rules on cascades. */
export const purge: readonly Rule[] = [
  rule('PURGE-01', {
    title:
      'purge takes the workflows of a status that completed before an instant, and counts them',
    clause: 14,
    needs: ['workflows'],
    bugs: ['workflow-core#955', 'workflow-core#698', 'workflow-core W11', 'workflow-core W27'],
    async check({ workflows }, trial) {
      const names = new Map<string, string>()
      for (const status of ['runnable', ...over] as const) {
        for (const ms of [-1, 0, 1]) {
          const id = trial.id()
          names.set(id, `${status} ${ms}`)
          const completedAt = EPOCH + ms
          // Old, so that only completedAt counts.
          const updatedAt = EPOCH - 1000
          await workflows.create(aWorkflow({ id, status, completedAt, updatedAt }))
        }
      }
      const left = async (): Promise<readonly string[]> =>
        (await remaining(workflows)).map((id) => names.get(id) ?? id).toSorted()
      const olderThan = EPOCH
      equal(await workflows.purge({ status: 'complete', olderThan }), 1, 'purge says how many')
      const expected = [...names.values()].filter((name) => name !== 'complete -1').toSorted()
      equal(await left(), expected, 'only the completed one that is older is gone')
      equal(await workflows.purge({ status: 'complete', olderThan }), 0, 'purge once more: none')
      const later = await workflows.purge({ status: 'complete', olderThan: EPOCH + 2 })
      equal(later, 2, 'a later purge takes the others')
      const others = expected.filter((name) => !name.startsWith('complete'))
      equal(await left(), others, 'the workflows of other statuses are there')
    },
  }),

  rule('PURGE-02', {
    title: 'purge goes by updatedAt where there is no completedAt, as for terminated workflows',
    clause: 14,
    needs: ['workflows'],
    bugs: ['workflow-core#750', 'workflow-core PR#797', 'workflow-core#995', 'workflow-core W27'],
    async check({ workflows }, trial) {
      const olderThan = EPOCH
      for (const status of over) {
        const ids: string[] = []
        for (const ms of [-1, 0, 1]) {
          const updatedAt = EPOCH + ms
          const { id } = await workflows.create(aWorkflow({ id: trial.id(), status, updatedAt }))
          ids.push(id)
        }
        const recent = { id: trial.id(), completedAt: EPOCH + 1, updatedAt: EPOCH - 1000 }
        const old = { id: trial.id(), completedAt: EPOCH - 1, updatedAt: EPOCH + 1000 }
        await workflows.create(aWorkflow({ status, ...recent }))
        await workflows.create(aWorkflow({ status, ...old }))
        equal(await workflows.purge({ status, olderThan }), 2, `purge says how many are ${status}`)
        const left = [...ids.slice(1), recent.id].toSorted()
        equal(
          await remaining(workflows, status),
          left,
          `the ${status} ones that are not older stay`,
        )
      }
    },
  }),

  rule('PURGE-03', {
    title: 'purge goes by what a workflow is now, not by what it was when it was created',
    clause: 14,
    needs: ['workflows'],
    bugs: ['workflow-core W25', 'Gorkflow UpdateRun columns', 'workflow-core#955'],
    async check({ workflows }, trial) {
      const past = EPOCH - 1000
      const times = { createdAt: past, updatedAt: past }
      const make = async (status: WorkflowStatus, completedAt?: number): Promise<string> => {
        const completed = completedAt === undefined ? {} : { completedAt }
        const workflow = aWorkflow({ id: trial.id(), status, ...times, ...completed })
        return (await workflows.create(workflow)).id
      }
      const change = async (
        id: string,
        status: WorkflowStatus,
        completedAt: number,
      ): Promise<unknown> =>
        workflows.update({ ...aWorkflow({ status, completedAt }), id, version: 1 })
      const resumed = await make('complete', past)
      await change(resumed, 'runnable', past)
      const finished = await make('runnable')
      await change(finished, 'complete', past)
      const moved = await make('complete', past)
      await change(moved, 'complete', EPOCH + 1)
      const purged = await workflows.purge({ status: 'complete', olderThan: EPOCH })
      equal(purged, 1, 'purge takes the one that completed in the end')
      equal(await remaining(workflows), [resumed, moved].toSorted(), 'and not the others')
      equal(await workflows.get(finished), null, 'the one that completed is gone')
    },
  }),

  rule('PURGE-04', {
    title: 'purge takes however many workflows match',
    clause: 14,
    needs: ['workflows'],
    bugs: ['workflow-core PR#1176', 'workflow-core W31', 'media-insights#607'],
    async check({ workflows }, trial) {
      const count = 105
      for (let index = 0; index < count; index += 1) {
        const completedAt = EPOCH - index
        await workflows.create(aWorkflow({ id: trial.id(), status: 'failed', completedAt }))
      }
      const purged = await workflows.purge({ status: 'failed', olderThan: EPOCH + 1 })
      equal(purged, count, 'purge says how many')
      equal(await remaining(workflows), [], 'all of them are gone')
    },
  }),

  rule('PURGE-05', {
    title: 'events.purge takes processed events before an instant, and counts them',
    clause: 14,
    needs: ['events'],
    bugs: ['workflow-core#1127', 'workflow-core#1096', 'workflow-core#364'],
    async check({ events }, trial) {
      const topic = { eventName: trial.id(), eventKey: 'a' }
      const names = new Map<string, string>()
      for (const processed of [true, false]) {
        for (const ms of [-1000, -500, -1, 0, 1]) {
          const eventTime = EPOCH + ms
          const { id } = await events.create(anEvent({ ...topic, eventTime, processed }))
          names.set(id, `${processed ? 'processed' : 'waiting'} ${ms}`)
        }
      }
      const left = async (): Promise<readonly string[]> => {
        const { items } = await events.find({ ...topic, asOf: EPOCH - 1000 })
        return items.map(({ id }) => names.get(id) ?? id).toSorted()
      }
      const all = [...names.values()].toSorted()
      equal(await events.purge({ olderThan: EPOCH - 1000 }), 0, 'nothing is that old')
      equal(await left(), all, 'everything is there')
      equal(await events.purge({ olderThan: EPOCH }), 3, 'purge says how many')
      const gone = ['processed -1', 'processed -500', 'processed -1000']
      const expected = all.filter((name) => !gone.includes(name))
      equal(await left(), expected, 'the processed ones that are older are gone, and no others')
      const { items } = await events.getRunnable({ asOf: EPOCH + 1 })
      equal(items.length, 5, 'what waits to be processed is still runnable')
      equal(await events.purge({ olderThan: EPOCH }), 0, 'purge once more: none')
    },
  }),

  rule('PURGE-06', {
    title: 'events.purge goes by the last mark of an event',
    clause: 14,
    needs: ['events'],
    bugs: ['workflow-core W25', 'workflow-core W29', 'workflow-core#408'],
    async check({ events }, trial) {
      const make = async (processed: boolean): Promise<string> =>
        (await events.create(anEvent({ id: trial.id(), eventTime: EPOCH - 1, processed }))).id
      const done = await make(false)
      await events.markProcessed(done)
      const again = await make(true)
      await events.markUnprocessed(again)
      const twice = await make(false)
      await events.markProcessed(twice)
      await events.markUnprocessed(twice)
      equal(await events.purge({ olderThan: EPOCH }), 1, 'purge takes the one that is processed')
      equal(await events.get(done), null, 'the processed event is gone')
      const { items } = await events.getRunnable({ asOf: EPOCH })
      equal(items.toSorted(), [again, twice].toSorted(), 'those to be processed again are there')
    },
  }),
]

/** The ids of the workflows that are there, sorted. */
async function remaining(
  workflows: WorkflowRepository,
  status?: WorkflowStatus,
): Promise<readonly string[]> {
  const { items } = await workflows.list({ limit: 1000, ...(status && { status }) })
  return items.map(({ id }) => id).toSorted()
}
