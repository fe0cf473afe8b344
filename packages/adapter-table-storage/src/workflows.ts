import {
  sliceOf,
  type DuePlace,
  type WorkflowBackend,
  type WorkflowFilter,
  type WorkflowInstance,
  type WorkflowPlace,
} from '@holdfast/spec'
import { dropFamily } from './cascade.ts'
import {
  WORKFLOW_HEAD,
  numberOf,
  readWorkflow,
  stamped,
  stampsOf,
  textOf,
  writeWorkflow,
} from './codec.ts'
import type { Context } from './context.ts'
import { touchFamily } from './family.ts'
import { assertMine, conflict, nextStamps, notFound } from './judge.ts'
import { since, upTo } from './keys.ts'
import { inOrder, take, type Order } from './pages.ts'
import { openSubscription, subscriptionKey } from './subscriptions-rows.ts'
import { Conflict, type Row } from './table.ts'
import { parallel } from './parallel.ts'
import {
  ageOf,
  agedRange,
  dueKey,
  dueRange,
  hourOf,
  listKey,
  listRange,
  listedOf,
  reindexWorkflow,
  workflowKey,
  type ListName,
} from './workflows-rows.ts'

const dueOrder: Order<DuePlace> = {
  placeOf: ({ content }) => [numberOf(content, 'nextExecution'), textOf(content, 'id')],
  keyOf: ([nextExecution, id]) => dueKey(nextExecution, id),
}

/** How many workflows are read at once that a list names, when some of them may not match any more. */
const BATCH = 100

export function createWorkflows(context: Context): WorkflowBackend {
  const { main, now } = context

  const read = (row: Row): WorkflowInstance => readWorkflow(row.content, context)

  /** @throws {Conflict} when it went away meanwhile */
  const reread = async (key: string): Promise<WorkflowInstance> => {
    const row = await main.take(key)
    if (row === null) throw new Conflict('The workflow went away meanwhile')
    return read(row)
  }

  const find = async (ids: readonly string[]): Promise<Row[]> => {
    const rows = await parallel(ids, async (id) => main.get(workflowKey(id)))
    return rows.filter((row) => row !== null)
  }

  return {
    async create({ createdAt, updatedAt, ...workflow }, { requestId }) {
      const { id } = workflow
      const key = workflowKey(id)
      const time = now()
      const content = stamped(writeWorkflow(workflow, context), {
        createdAt: createdAt ?? time,
        updatedAt: updatedAt ?? time,
        ...{ version: 1, createdBy: requestId, updatedBy: requestId },
      })
      return main.attempt(async () => {
        try {
          await main.commit([[{ do: 'create', key, content }, ...reindexWorkflow(null, content)]])
          return readWorkflow(content, context)
        } catch (error) {
          const stored = error instanceof Conflict ? await main.take(key) : null
          if (stored === null) throw error
          assertMine(stampsOf(stored.content).createdBy, requestId, `workflow ${id}`)
          return read(stored)
        }
      })
    },

    async get(id) {
      const row = await main.get(workflowKey(id))
      return row && read(row)
    },

    async getMany(ids) {
      return (await find(ids)).map(read)
    },

    async update(workflow, subscriptions, { requestId }) {
      const { version, ...change } = workflow
      const { id } = change
      const key = workflowKey(id)
      const draft = writeWorkflow(change, context)
      const opened = subscriptions.map((one) => openSubscription(one, requestId, context))
      return main.attempt(async () => {
        const stored = await main.take(key, WORKFLOW_HEAD)
        if (stored === null) throw notFound(`workflow ${id}`)
        const seen = stampsOf(stored.content)
        const stamps = nextStamps(seen, version, requestId, now(), `workflow ${id}`)
        if (stamps === null) return reread(key)
        const content = stamped(draft, stamps)
        const changes = [
          { do: 'replace', key, content, etag: stored.etag } as const,
          ...reindexWorkflow(stored.content, content),
        ]
        try {
          await main.commit(
            [changes, ...opened],
            subscriptions.map(({ workflowId }) => touchFamily(workflowId)),
          )
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          const keys = subscriptions.map((one) => subscriptionKey(one.id))
          const taken = (await parallel(keys, async (taken) => main.take(taken))).find(
            (row) => row !== null,
          )
          // Unless it is this very update that was applied, and sent again.
          const again = await main.take(key, WORKFLOW_HEAD)
          const isMine = again !== null && textOf(again.content, 'updatedBy') === requestId
          if (taken && !isMine)
            throw conflict(`There is a subscription ${textOf(taken.content, 'id')} already`)
          throw error
        }
        return readWorkflow(content, context)
      })
    },

    async delete(id) {
      return dropFamily(context, id)
    },

    async getRunnable(asOf, { limit, after }) {
      const due = inOrder(main, upTo(dueRange(), asOf), dueOrder, after, limit + 1)
      const rows = await take(due, limit + 1)
      const idOf = (row: Row): string => textOf(row.content, 'id')
      return sliceOf(rows, limit, idOf, dueOrder.placeOf, idOf)
    },

    async list(filter, { limit, after }) {
      const [list, value] = bestList(filter)
      const { createdFrom, createdTo } = filter
      // Numbers fall in the keys.
      const all = listRange(list, value)
      const from = createdTo === undefined ? all : since(all, -createdTo)
      const range = createdFrom === undefined ? from : upTo(from, -createdFrom)
      const order: Order<WorkflowPlace> = {
        placeOf,
        keyOf: ([createdAt, id]) => listKey(list, value, createdAt, id),
        direction: -1,
      }
      const found: Row[] = []
      let named: string[] = []
      const collect = async (): Promise<void> => {
        const rows = await find(named)
        // What the list says of one may have changed since.
        found.push(...rows.filter((row) => matches(row, filter)))
        named = []
      }
      // By several conditions, many are stepped over.
      const size = Object.keys(filter).length > 1 ? 1000 : limit + 1
      for await (const row of inOrder(main, range, order, after, size)) {
        if (!matches(row, filter)) continue
        named.push(textOf(row.content, 'id'))
        if (found.length + named.length > limit || named.length === BATCH) await collect()
        if (found.length > limit) break
      }
      await collect()
      return sliceOf(found, limit, read, placeOf, (row) => textOf(row.content, 'id'))
    },

    async purge({ status, olderThan }) {
      const old: string[] = []
      for await (const { content } of main.rows(upTo(agedRange(status), hourOf(olderThan)), 1000))
        old.push(textOf(content, 'id'))
      const isOld = ({ content }: Row): boolean =>
        textOf(content, 'status') === status && ageOf(content) < olderThan
      const dropped = await parallel(old, async (id) => dropFamily(context, id, isOld))
      return dropped.filter(Boolean).length
    },
  }
}

function placeOf({ content }: Row): WorkflowPlace {
  return [numberOf(content, 'createdAt'), textOf(content, 'id')]
}

/** The list that is likely to be the shortest one. */
function bestList({
  status,
  definitionId,
  reference,
  resourceId,
}: WorkflowFilter): readonly [ListName, string | null] {
  if (reference !== undefined) return ['r', reference]
  if (resourceId !== undefined) return ['o', resourceId]
  if (definitionId !== undefined) return ['d', definitionId]
  return status === undefined ? ['a', null] : ['s', status]
}

function matches({ content }: Row, filter: WorkflowFilter): boolean {
  const listed = listedOf(content)
  const { status, definitionId, reference, resourceId } = filter
  return (
    (status === undefined || status === listed.status) &&
    (definitionId === undefined || definitionId === listed.definitionId) &&
    (reference === undefined || reference === listed.reference) &&
    (resourceId === undefined || resourceId === listed.resourceId)
  )
}
