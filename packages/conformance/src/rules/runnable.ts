import fc from 'fast-check'
import {
  MAX_INSTANT,
  comparePlaces,
  compareText,
  type WorkflowRepository,
  type WorkflowStatus,
} from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, equal } from '../expect.ts'
import { aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

const statuses: readonly WorkflowStatus[] = [
  'pending',
  'runnable',
  'suspended',
  'complete',
  'failed',
  'terminated',
]

/** Ends of ids whose order depends on whether code points, UTF-16 units or a language decide. */
const tails = ['a', 'A', 'Z', 'z', '_', '-', '~', 'aa', 'a a', '10', '9', '\u00e9', 'e\u0301']
const astralTails = ['\u{1f600}', '\ue000', '\ufffd', '\u{10ffff}', '\uffff']

/** Decision 7: which workflows are due, and in what order. */
export const runnable: readonly Rule[] = [
  rule('RUN-01', {
    title: 'getRunnable returns workflows with the status runnable only',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core W3', 'workflow-core#1381', 'workflow-core#794', 'sayiir PR#137'],
    async check({ workflows }, trial) {
      const due: string[] = []
      for (const status of statuses) {
        const { id } = await workflows.create(aWorkflow({ id: trial.id(), status }))
        if (status === 'runnable') due.push(id)
      }
      for (const asOf of [EPOCH + 1, EPOCH + 3_600_000, MAX_INSTANT])
        equal(await runnableAt(workflows, asOf), due, 'only the one that is runnable is due')
    },
  }),

  rule('RUN-02', {
    title: 'a workflow with nextExecution null is never due, and one with 0 is due since 1970',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core W28', 'workflow-es: null < n', 'workflow-core#553'],
    async check({ workflows }, trial) {
      const id = trial.id()
      const waiting = await workflows.create(aWorkflow({ id, nextExecution: null }))
      const zero = await workflows.create(aWorkflow({ id: trial.id(), nextExecution: 0 }))
      for (const asOf of [1, EPOCH, MAX_INSTANT]) {
        equal(await runnableAt(workflows, asOf), [zero.id], `0 is due at ${asOf}, null is not`)
      }
      equal(await runnableAt(workflows, -1000), [], 'neither is due before 0')
      equal((await workflows.get(id))?.nextExecution, null, 'null comes back as null')
      equal((await workflows.get(zero.id))?.nextExecution, 0, '0 comes back as 0')
      await workflows.update({ ...waiting, nextExecution: 0 })
      await workflows.update({ ...zero, nextExecution: null })
      equal(await runnableAt(workflows, EPOCH), [id], 'an update from null to 0, and back, counts')
    },
  }),

  rule('RUN-03', {
    title: 'a workflow is due at its nextExecution, and not one millisecond before',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core: RavenDB <', 'workflow-es: $lt', 'workflow-core W10', 'asynq#1071'],
    async check({ workflows }, trial) {
      const { id } = await workflows.create(aWorkflow({ id: trial.id(), nextExecution: EPOCH }))
      equal(await runnableAt(workflows, EPOCH - 1), [], 'it is not due one millisecond before')
      equal(await runnableAt(workflows, EPOCH), [id], 'it is due at its time')
      equal(await runnableAt(workflows, EPOCH + 1), [id], 'it is due one millisecond after')
    },
  }),

  rule('RUN-04', {
    title: 'getRunnable orders by nextExecution, then by the code points of the id',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core W13', 'workflow-core#146', 'unkey#4091', 'langgraph PR#7105'],
    async check({ workflows }, trial) {
      const base = trial.id()
      const ids = [...tails, ...astralTails].map((tail) => `${base}/${tail}`)
      for (const id of ids) await workflows.create(aWorkflow({ id }))
      const early = `${base}/\u{10ffff}\u{10ffff}`
      await workflows.create(aWorkflow({ id: early, nextExecution: EPOCH - 1 }))
      const late = `${base}/!`
      await workflows.create(aWorkflow({ id: late, nextExecution: EPOCH + 1 }))
      const expected = [early, ...ids.toSorted(compareText), late]
      equal(await runnableAt(workflows, EPOCH + 2), expected, 'by time, then by code points of id')
    },
  }),

  rule('RUN-05', {
    title: 'a workflow that is changed or deleted is due by what it is now, not by what it was',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core W20', 'workflow-core W25', 'workflow-core#794', 'durabletask#1046'],
    async check({ workflows }, trial) {
      let current = await workflows.create(aWorkflow({ id: trial.id(), status: 'pending' }))
      const { id } = current
      const changes = [
        [{ status: 'runnable' }, true],
        [{ status: 'suspended' }, false],
        [{ status: 'runnable', nextExecution: EPOCH + 9000 }, false],
        [{ nextExecution: EPOCH - 9000 }, true],
        [{ nextExecution: null }, false],
        [{ nextExecution: EPOCH }, true],
        [{ status: 'complete', completedAt: EPOCH }, false],
        [{ status: 'runnable' }, true],
        [{ status: 'terminated' }, false],
        [{ status: 'runnable' }, true],
      ] as const
      const asOf = EPOCH + 1000
      for (const [change, due] of changes) {
        current = await workflows.update({ ...current, ...change })
        const { status, nextExecution } = current
        const what = `status ${status}, nextExecution ${nextExecution}, asked at ${asOf}`
        equal(await runnableAt(workflows, asOf), due ? [id] : [], what)
      }
      await workflows.delete(id)
      equal(await runnableAt(workflows, MAX_INSTANT), [], 'it is not due when it is deleted')
    },
  }),

  rule('RUN-06', {
    title: 'instants before 1970, and at the ends of time, are due in the order of numbers',
    clause: 7,
    needs: ['workflows'],
    bugs: ['workflow-core W44', 'workflow-core W23', 'Hangfire.MySqlStorage#71'],
    async check({ workflows }, trial) {
      const instants = [
        -MAX_INSTANT,
        Date.parse('0001-01-01T00:00:00Z') - 1,
        Date.parse('1601-01-01T00:00:00Z') - 1,
        -(2 ** 31) * 1000 - 1,
        -10_000,
        -9_000,
        -1_000,
        0,
        9_000,
        10_000,
        2 ** 31 * 1000,
        2 ** 32 * 1000,
        Date.parse('9999-12-31T23:59:59.999Z') + 1,
        MAX_INSTANT,
      ]
      const ids = new Map<number, string>()
      for (const nextExecution of instants.toReversed()) {
        const { id } = await workflows.create(aWorkflow({ id: trial.id(), nextExecution }))
        ids.set(nextExecution, id)
      }
      for (const asOf of instants) {
        const due = instants.filter((instant) => instant <= asOf).map((at) => ids.get(at))
        equal(await runnableAt(workflows, asOf), due, `what is due at ${asOf}`)
      }
    },
  }),

  rule('RUN-07', {
    title:
      'getRunnable answers like a filter and a sort, for any workflows, before and after updates',
    clause: 7,
    needs: ['workflows'],
    bugs: ['asynq#1071', 'workflow-core W20', 'workflow-es: null < n', 'workflow-core#1381'],
    async check({ workflows }, trial) {
      const state = fc.record({
        status: fc.oneof(fc.constant('runnable' as const), fc.constantFrom(...statuses)),
        next: fc.oneof({ weight: 4, arbitrary: fc.nat({ max: 20 }) }, fc.constant(null)),
      })
      const workflow = fc.record({ first: state, second: fc.option(state) })
      const asked = fc.uniqueArray(fc.nat({ max: 20 }), { minLength: 2, maxLength: 4 })
      // Each run goes back in time, so that nothing of the runs before is due yet.
      let base = EPOCH + 123
      let found = 0
      await trial.forAll(
        fc.tuple(fc.array(workflow, { maxLength: 8 }), asked),
        async ([plans, instants]) => {
          base -= 60_000
          const there: { id: string; status: string; next: number | null }[] = []
          for (const { first, second } of plans) {
            const id = trial.id()
            const content = ({ status, next }: typeof first): ReturnType<typeof aWorkflow> =>
              aWorkflow({ status, nextExecution: next === null ? null : base + next })
            const created = await workflows.create({ ...content(first), id })
            if (second) await workflows.update({ ...content(second), id, version: created.version })
            there.push({ id, ...(second ?? first) })
          }
          for (const asOf of instants) {
            const due = there
              .flatMap(({ id, status, next }) =>
                status === 'runnable' && next !== null && next <= asOf ? [[next, id] as const] : [],
              )
              .toSorted(comparePlaces)
              .map(([, id]) => id)
            found += due.length
            equal(await runnableAt(workflows, base + asOf), due, `what is due at ${base}+${asOf}`)
          }
        },
        { share: 0.15, fewest: 10 },
      )
      trial.count('due', found)
      if (found === 0) throw new Inconclusive('No workflow was ever due')
    },
  }),
]

async function runnableAt(workflows: WorkflowRepository, asOf: number): Promise<readonly string[]> {
  const { items } = await workflows.getRunnable({ asOf })
  return items
}
