import {
  sliceOf,
  type DuePlace,
  type Subscription,
  type WorkflowBackend,
  type WorkflowChange,
  type WorkflowFilter,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import { deleteWorkflow } from './cascade.ts'
import { subscriptionItem, type SubscriptionItem } from './codec-events.ts'
import {
  DUE,
  WORKFLOWS,
  readWorkflow,
  workflowContent,
  workflowItem,
  workflowPlace,
  type WorkflowItem,
} from './codec.ts'
import type { Context } from './context.ts'
import { PROMISE, commit, fits, keepPromise, keepPromises } from './journal.ts'
import { isRepeat, taken, untilSettled } from './judge.ts'
import { itemId } from './keys.ts'
import { ascii, endOf, orderOf } from './order.ts'
import type { Outcome, Patch, Question, Stored, Write } from './partition.ts'

/** How many ids one question names, and how many workflows a purge looks for at a time. */
const ASKED = 100

export function createWorkflows(context: Context): WorkflowBackend {
  const { database } = context
  const { main } = database

  const read = (item: WorkflowItem): WorkflowInstance => readWorkflow(item, context)

  /** `null` also while the promise to delete it is kept. */
  const find = async (id: string): Promise<WorkflowItem | null> => {
    const item = await main.read<WorkflowItem>(itemId('workflow', id))
    return item?.kind === 'workflow' ? item : null
  }

  /** Writes one version over another one, and opens subscriptions with it; `undefined`: the stored one is younger. */
  const update = async (
    { version, ...workflow }: WorkflowChange,
    subscriptions: readonly Subscription[],
    updatedAt: number,
    requestId: string,
  ): Promise<WorkflowItem | undefined> => {
    const content = workflowContent(workflow, updatedAt, context)
    const change: Patch = {
      set: { ...content, updatedAt, updatedBy: requestId, version: version + 1 },
      where: `c.version = ${version} AND c.updatedAt <= ${updatedAt}`,
    }
    const id = itemId('workflow', workflow.id)
    if (subscriptions.length === 0) {
      const written = await main.patch<WorkflowItem>(id, change)
      return typeof written === 'string' ? undefined : written
    }
    const first: Write = { patch: id, change }
    const items = subscriptions.map((one) => subscriptionItem(one, requestId, context))
    const writes = [first, ...items.map((create): Write => ({ create }))]
    const outcome = fits(writes) ? await main.batch(writes) : await openLater(first, items)
    if (outcome.written) return outcome.items[0] as WorkflowItem
    if (outcome.at === 0) return undefined
    const { key = [] } = items[outcome.at - 1] ?? {}
    throw taken(`subscription ${key[0] ?? ''}`)
  }

  /** More subscriptions than fit in one batch: they are looked for before, and opened by promise. */
  const openLater = async (first: Write, items: readonly SubscriptionItem[]): Promise<Outcome> => {
    const found = await main.query<Pick<SubscriptionItem, 'id' | 'createdBy'>>({
      select: 'c.id, c.createdBy',
      where: 'ARRAY_CONTAINS(@ids, c.id)',
      parameters: { ids: items.map(({ id }) => id) },
    })
    const [other] = found
    if (other !== undefined) {
      const at = items.findIndex(({ id }) => id === other.id)
      // Those of an earlier try of the same request: it is the workflow that tells, as its version has changed.
      const isMine = items[at]?.createdBy === other.createdBy
      return { written: false, at: isMine ? 0 : at + 1, refusal: 'taken' }
    }
    const steps = items.map((create) => ({ create }))
    return commit(main, [first], steps)
  }

  return {
    async create(workflow, { requestId }) {
      const item = workflowItem(workflow, requestId, database.now(), context)
      return untilSettled(`workflow ${workflow.id}`, async () => {
        if ((await main.create(item)) === 'written') {
          const { createdAt, updatedAt, version } = item
          return { ...workflow, createdAt, updatedAt, version }
        }
        const stored = await main.read<WorkflowItem>(item.id)
        if (stored?.kind === PROMISE) await keepPromise(main, item.id)
        if (stored?.kind !== 'workflow') return undefined
        if (stored.createdBy !== requestId) throw taken(`workflow ${workflow.id}`)
        return read(stored)
      })
    },

    async get(id) {
      const item = await find(id)
      return item && read(item)
    },

    async getMany(ids) {
      const wanted = ids.map((id) => itemId('workflow', id))
      const questions = Array.from({ length: Math.ceil(wanted.length / ASKED) }, (_, index) =>
        main.query<WorkflowItem>({
          select: '*',
          where: "ARRAY_CONTAINS(@ids, c.id) AND c.kind = 'workflow'",
          parameters: { ids: wanted.slice(index * ASKED, (index + 1) * ASKED) },
        }),
      )
      const found = new Map((await Promise.all(questions)).flat().map((item) => [item.id, item]))
      return wanted.flatMap((id) => {
        const item = found.get(id)
        return item === undefined ? [] : read(item)
      })
    },

    async update(workflow, subscriptions, { requestId }) {
      const { id, version } = workflow
      let updatedAt = database.now()
      return untilSettled(`workflow ${id}`, async () => {
        const written = await update(workflow, subscriptions, updatedAt, requestId)
        if (written !== undefined) {
          const { createdAt } = written
          return { ...workflow, createdAt, updatedAt, version: version + 1 }
        }
        const stored = await find(id)
        if (isRepeat(stored, version, requestId, `workflow ${id}`) && stored) {
          // Its subscriptions may still be to be opened, if the reply was lost.
          if (subscriptions.length > 0) await keepPromises(main)
          return read(stored)
        }
        updatedAt = Math.max(updatedAt, stored?.updatedAt ?? updatedAt)
        return undefined
      })
    },

    async delete(id) {
      return deleteWorkflow(main, id)
    },

    async getRunnable(asOf, { limit, after }) {
      const rows = await main.query<Pick<WorkflowItem, 'key' | 'nextExecution'>>(
        {
          select: 'c.key, c.nextExecution',
          where: `c.state = '${DUE}' AND c.at > @after AND c.at < @end`,
          order: 'c.state, c.at',
          parameters: {
            after: after === null ? '' : orderOf(after[0]) + ascii(after[1]),
            end: orderOf(asOf + 1),
          },
        },
        limit + 1,
      )
      const idOf = ({ key }: Pick<WorkflowItem, 'key'>): string => key[0] ?? ''
      const placeOf = (row: Pick<WorkflowItem, 'key' | 'nextExecution'>): DuePlace => [
        row.nextExecution ?? 0,
        idOf(row),
      ]
      return sliceOf(rows, limit, idOf, placeOf, idOf)
    },

    async list(filter, { limit, after }) {
      const rows = await main.query<WorkflowItem>(listed(filter, after), limit + 1)
      const placeOf = ({ createdAt, key }: WorkflowItem): WorkflowPlace => [createdAt, key[0] ?? '']
      return sliceOf(rows, limit, read, placeOf, ({ key }) => key[0] ?? '')
    },

    async purge({ status, olderThan }) {
      let count = 0
      for (;;) {
        const old = await main.query<Stored<Pick<WorkflowItem, 'key'>>>(
          {
            select: 'c.key, c._etag',
            where: 'c.lists.status = @status AND c.lists.age < @end',
            order: 'c.lists.status, c.lists.age',
            parameters: { status, end: orderOf(olderThan) },
          },
          ASKED,
        )
        for (const { key, _etag: etag } of old) {
          if (await deleteWorkflow(main, key[0] ?? '', etag)) count += 1
        }
        if (old.length < ASKED) return count
      }
    },
  }
}

/** Those members that are asked for, the rarest values first: by the first of them there is an index. */
const LISTS = [
  ['resource', 'resourceId'],
  ['reference', 'reference'],
  ['definition', 'definitionId'],
  ['status', 'status'],
] as const

function listed(filter: WorkflowFilter, after: WorkflowPlace | null): Question {
  const { createdFrom, createdTo } = filter
  const asked = LISTS.filter(([, name]) => filter[name] !== undefined)
  const conditions = asked.map(([member]) => `c.lists.${member} = @${member} AND `)
  const values = asked.map(([member, name]) => [member, filter[name]])
  const bounds = [
    createdTo === undefined ? endOf(WORKFLOWS) : WORKFLOWS + orderOf(createdTo + 1),
    ...(after === null ? [] : [workflowPlace(...after)]),
  ]
  const [first] = asked
  return {
    select: '*',
    where: `${conditions.join('')}c.place >= @from AND c.place < @to`,
    order: first === undefined ? 'c.place DESC' : `c.lists.${first[0]} DESC, c.place DESC`,
    parameters: {
      ...Object.fromEntries(values),
      from: WORKFLOWS + (createdFrom === undefined ? '' : orderOf(createdFrom)),
      // A cursor may come with another question than the one it was made by: the lower of the bounds holds.
      to: bounds.toSorted()[0],
    },
  }
}
