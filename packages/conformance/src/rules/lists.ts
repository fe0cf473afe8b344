import fc from 'fast-check'
import {
  comparePlaces,
  compareText,
  type NewWorkflow,
  type WorkflowInstance,
  type WorkflowQuery,
  type WorkflowRepository,
} from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, equal, rejects } from '../expect.ts'
import { aSnapshot, aWorkflow } from '../fixtures.ts'
import { rule, type Rule } from '../rule.ts'

type Filter = Omit<WorkflowQuery, 'limit' | 'cursor'>

const statuses = ['pending', 'runnable', 'suspended', 'complete', 'failed', 'terminated'] as const

const someStatus = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('runnable' as const, 'complete' as const) },
  { weight: 1, arbitrary: fc.constantFrom(...statuses) },
)

const conditions = fc.record({
  status: someStatus,
  definitionId: fc.constantFrom('order', 'Order', 'none has it'),
  reference: fc.constantFrom('a', 'A', 'none has it'),
  resourceId: fc.constantFrom('b', 'b ', 'none has it'),
  createdFrom: fc.integer({ min: -1, max: 6 }).map((ms) => EPOCH + ms),
  createdTo: fc.integer({ min: -1, max: 6 }).map((ms) => EPOCH + ms),
})

const names = ['status', 'definitionId', 'reference', 'resourceId', 'createdFrom', 'createdTo']

/** A few of the conditions: with all of them nothing would be found. */
const filters: fc.Arbitrary<Filter> = fc
  .tuple(conditions, fc.subarray(names, { minLength: 1, maxLength: 3 }))
  .map(([every, some]) =>
    Object.fromEntries(Object.entries(every).filter(([name]) => some.includes(name))),
  )

const content = fc.record(
  {
    status: someStatus,
    definitionId: fc.constantFrom('order', 'Order'),
    reference: fc.constantFrom('a', 'A'),
    resourceId: fc.constantFrom('b', 'b '),
  },
  { requiredKeys: ['status', 'definitionId'] },
)

/** Workflows: created with one content, most of them updated to another. */
const plans = fc.record({
  first: content,
  next: fc.option(content, { freq: 2 }),
  createdAt: fc.nat({ max: 5 }).map((ms) => EPOCH + ms),
})

/** Decision 8 and the query types: what a list has, and in what order. */
export const lists: readonly Rule[] = [
  rule('LIST-01', {
    title: 'workflows.list answers like a filter and a sort, for any conditions',
    clause: 8,
    needs: ['workflows'],
    bugs: ['langgraphjs#2504', 'langgraphjs#1591', 'langgraphjs PR#2186', 'workflow-core W39'],
    async check({ workflows }, trial) {
      const all: WorkflowInstance[] = []
      await trial.forAll(
        plans,
        async ({ first, next, createdAt }) => {
          const id = trial.id()
          const created = await workflows.create({ ...aWorkflow(), ...first, id, createdAt })
          const { version } = created
          const changed: NewWorkflow = { ...aWorkflow(), ...next }
          all.push(next ? await workflows.update({ ...changed, id, version }) : created)
        },
        { share: 0.3, fewest: 15 },
      )
      let narrowed = 0
      await trial.forAll(
        filters,
        async (filter) => {
          const expected = all
            .filter((workflow) => matches(workflow, filter))
            .toSorted((a, b) => -comparePlaces([a.createdAt, a.id], [b.createdAt, b.id]))
            .map(({ id }) => id)
          if (expected.length > 0 && expected.length < all.length) narrowed += 1
          equal(await idsOf(workflows, { ...filter, limit: 1000 }), expected, 'what list has')
        },
        { share: 0.6, fewest: 30 },
      )
      trial.count('filters that narrow', narrowed)
      if (narrowed < 5) throw new Inconclusive('Hardly a filter found some of the workflows')
    },
  }),

  rule('LIST-02', {
    title: 'workflows.list has the newest first, and of one instant those with the last id',
    clause: 8,
    needs: ['workflows'],
    bugs: ['langgraph-redis PR#107', 'langgraph PR#7105', 'workflow-core W13', 'unkey#4091'],
    async check({ workflows }, trial) {
      const base = trial.id()
      const tails = ['a', 'Z', 'z', '_', '9', '10', '\u00e9', '\u{1f600}', '\uffff', '\ue000', 'A']
      const ids = tails.map((tail) => `${base}/${tail}`)
      for (const id of ids) await workflows.create(aWorkflow({ id, createdAt: EPOCH }))
      const oldest = await workflows.create(aWorkflow({ id: `${base}/zz`, createdAt: EPOCH - 1 }))
      await workflows.create(aWorkflow({ id: `${base}/!`, createdAt: EPOCH + 1 }))
      await workflows.update({ ...oldest, data: 'changed last' })
      const falling = ids.toSorted(compareText).toReversed()
      const expected = [`${base}/!`, ...falling, oldest.id]
      equal(await idsOf(workflows), expected, 'newest first, then by id, falling')
    },
  }),

  rule('LIST-03', {
    title: 'a condition that workflows.list does not know is INVALID_VALUE',
    clause: 13,
    needs: ['workflows'],
    bugs: ['langgraphjs#2504'],
    async check({ workflows }) {
      await workflows.create(aWorkflow())
      const unknown: readonly Record<string, unknown>[] = [
        { state: 'runnable' },
        { Status: 'runnable' },
        { statuses: ['runnable'] },
        { id: 'a' },
        { status: 'runnable', tag: 'a' },
        { status: 'Runnable' },
        { status: ['runnable'] },
        { createdFrom: '2026-01-15' },
        { createdTo: 0.5 },
        { reference: 1 },
      ]
      for (const query of unknown) {
        const list = workflows.list(query as WorkflowQuery)
        await rejects(list, 'INVALID_VALUE', `list with ${JSON.stringify(query)}`)
      }
    },
  }),

  rule('LIST-04', {
    title: 'a condition that snapshots.list does not know is INVALID_VALUE',
    clause: 13,
    needs: ['snapshots'],
    bugs: ['langgraphjs#2504', 'langgraph-redis PR#186'],
    async check({ snapshots }, trial) {
      await snapshots.save(aSnapshot({ instanceId: trial.id() }))
      const unknown: readonly Record<string, unknown>[] = [
        { instanceId: 'a' },
        { state: 'running' },
        { status: 'running', workflowId: 'a' },
        { status: 'Running' },
        { status: 'runnable' },
        { status: ['running'] },
      ]
      for (const query of unknown) {
        const list = snapshots.list(query as { status: 'running' })
        await rejects(list, 'INVALID_VALUE', `list with ${JSON.stringify(query)}`)
      }
    },
  }),

  rule('LIST-05', {
    title: 'workflows.getMany returns however many exist, in the order asked, each once',
    clause: 2,
    needs: ['workflows'],
    bugs: ['workflow-core W32', 'workflow-core W5'],
    async check({ workflows }, trial) {
      const ids: string[] = []
      for (let count = 0; count < 105; count += 1) {
        ids.push((await workflows.create(aWorkflow({ id: trial.id() }))).id)
      }
      const asked = ids.toReversed()
      const found = async (wanted: readonly string[]): Promise<readonly string[]> =>
        (await workflows.getMany(wanted)).map(({ id }) => id)
      equal(await found(asked), asked, 'all of 105, in the order asked')
      const [a = '', b = '', c = ''] = ids
      const mixed = [b, trial.id(), a, b, c, trial.id(), a, a]
      equal(await found(mixed), [b, a, c], 'those that exist, each at its first place')
    },
  }),

  rule('LIST-06', {
    title: 'workflows.getMany takes no ids, and up to 1000, and refuses more with INVALID_VALUE',
    clause: 8,
    needs: ['workflows'],
    bugs: ['workflow-core W32', 'workflow-core PR#1123', 'workflow-core W5'],
    async check({ workflows }, trial) {
      equal(await workflows.getMany([]), [], 'getMany of no ids')
      const { id } = await workflows.create(aWorkflow())
      const wanted = [...Array.from({ length: 999 }, () => trial.id()), id]
      const found = await workflows.getMany(wanted)
      equal(
        found.map((workflow) => workflow.id),
        [id],
        'getMany of 1000 ids finds the last',
      )
      const more = workflows.getMany([...wanted, trial.id()])
      await rejects(more, 'INVALID_VALUE', 'getMany of 1001 ids')
    },
  }),
]

function matches(workflow: WorkflowInstance, filter: Filter): boolean {
  const { createdFrom = -Infinity, createdTo = Infinity, ...equals } = filter
  return (
    workflow.createdAt >= createdFrom &&
    workflow.createdAt <= createdTo &&
    Object.entries(equals).every(([name, value]) => workflow[name as keyof typeof equals] === value)
  )
}

async function idsOf(
  workflows: WorkflowRepository,
  query?: WorkflowQuery,
): Promise<readonly string[]> {
  const { items } = await workflows.list(query)
  return items.map(({ id }) => id)
}
