import {
  PersistenceError,
  sliceOf,
  type Subscription,
  type WorkflowBackend,
  type WorkflowChange,
  type WorkflowFilter,
  type WorkflowInstance,
} from '@holdfast/spec'
import { dropWorkflow } from './cascade.ts'
import { readWorkflow, subscriptionRow, workflowFields } from './codec.ts'
import type { Context, Unit } from './context.ts'
import { isDuplicate } from './database.ts'
import { conflict, createOnce, isRepeat, judge } from './judge.ts'
import { join, lastIds, pageFilter, sortBy, type Filter } from './keys.ts'
import { openSubscriptions } from './opens.ts'
import type { SubscriptionRow, WorkflowRow } from './rows.ts'

const DUE = ['due', '_id'] as const
const NEWEST = ['createdAt', '_id'] as const

/** What is asked of a document that was updated. */
const AFTER = { returnDocument: 'after', projection: { createdAt: 1, updatedAt: 1 } } as const

/** How many workflows a purge looks for at once. */
const PURGED = 100

export function createWorkflows(context: Context): WorkflowBackend {
  const { collections, unit, now, namespace: ns } = context

  const idOf = (id: string): string => join(ns, id)
  const read = (row: WorkflowRow): WorkflowInstance => readWorkflow(row, context)

  const changeOf = (
    { id, version: _, ...change }: WorkflowChange,
    updatedBy: string,
  ): { $set: object; $max: object; $inc: object } => ({
    $set: { ...workflowFields({ id, ...change }, context), updatedBy },
    $max: { updatedAt: now() },
    $inc: { version: 1 },
  })

  const updateAlone = async (
    workflow: WorkflowChange,
    requestId: string,
  ): Promise<WorkflowInstance> => {
    const { id, version } = workflow
    const change = changeOf(workflow, requestId)
    const { workflows } = await collections()
    for (;;) {
      const row = await workflows.findOneAndUpdate({ _id: idOf(id), version }, change, AFTER)
      if (row !== null) return updated(workflow, row)
      const stored = await workflows.findOne({ _id: idOf(id) })
      const earlier = judge(stored, version, requestId, `workflow ${id}`)
      if (earlier) return read(earlier)
    }
  }

  const updateWith = async (
    workflow: WorkflowChange,
    opened: readonly Subscription[],
    requestId: string,
  ): Promise<WorkflowInstance> => {
    const { id, version } = workflow
    const rows = opened.map((each) => subscriptionRow(each, requestId, context))
    const change = changeOf(workflow, requestId)
    const all = await collections()
    const _id = idOf(id)
    const { workflows, subscriptions } = all
    const taken = (row: Pick<SubscriptionRow, '_id'>): string =>
      `There is a subscription ${lastIds(row._id, 1)[0]} already`

    const attempt = async ({ atomic, options }: Unit): Promise<WorkflowInstance | undefined> => {
      const stored = await workflows.findOne({ _id }, options)
      if (stored && isRepeat(stored, version, requestId)) return read(stored)
      judge(stored, version, requestId, `workflow ${id}`)
      const ids = rows.map((row) => row._id)
      const [other] = await subscriptions.find({ _id: { $in: ids } }, options).toArray()
      if (other) {
        // Perhaps of a try of this very request, under way when the workflow was read.
        const since = await workflows.findOne({ _id }, options)
        if (since && isRepeat(since, version, requestId)) return read(since)
        throw conflict(taken(other))
      }
      const { $set, ...rest } = change
      const marked = atomic ? change : { $set: { ...$set, opens: rows }, ...rest }
      const row = await workflows.findOneAndUpdate({ _id, version }, marked, {
        ...AFTER,
        ...options,
      })
      // Changed since it was read, which in a transaction cannot be.
      if (row === null) return undefined
      if (atomic) await subscriptions.insertMany(rows, options)
      else {
        const [lost] = await openSubscriptions(all, { _id, opens: rows })
        if (lost) throw new PersistenceError('CONFLICT', taken(lost), { outcome: 'unknown' })
      }
      return updated(workflow, row)
    }

    for (;;) {
      try {
        const done = await unit({ kind: 'open', target: _id, by: requestId }, attempt)
        if (done) return done
      } catch (error) {
        // Somebody else has taken the id of a subscription; made again, the call finds that.
        if (!isDuplicate(error)) throw error
      }
    }
  }

  return {
    async create(workflow, { requestId }) {
      const { createdAt, updatedAt, ...change } = workflow
      const stamp = now()
      const times = { createdAt: createdAt ?? stamp, updatedAt: updatedAt ?? stamp }
      const _id = idOf(workflow.id)
      const head = { _id, ns, ...times, version: 1, createdBy: requestId, updatedBy: requestId }
      const row: WorkflowRow = { ...head, ...workflowFields(change, context) }
      const { workflows } = await collections()
      const stored = await createOnce(
        `workflow ${workflow.id}`,
        requestId,
        () => workflows.insertOne(row),
        () => workflows.findOne({ _id }),
      )
      return stored ? read(stored) : { ...change, ...times, version: 1 }
    },

    async get(id) {
      const { workflows } = await collections()
      const row = await workflows.findOne({ _id: idOf(id) })
      return row && read(row)
    },

    async getMany(ids) {
      const { workflows } = await collections()
      const limit = ids.length
      const wanted = { _id: { $in: ids.map(idOf) } }
      const rows = await workflows.find(wanted, { batchSize: limit + 1 }).toArray()
      const found = new Map(rows.map((row) => [row._id, row]))
      return ids.flatMap((id) => {
        const row = found.get(idOf(id))
        return row ? [read(row)] : []
      })
    },

    async update(workflow, subscriptions, { requestId }) {
      return subscriptions.length === 0
        ? updateAlone(workflow, requestId)
        : updateWith(workflow, subscriptions, requestId)
    },

    async delete(id, { requestId }) {
      return dropWorkflow(context, await collections(), { _id: idOf(id) }, requestId)
    },

    async getRunnable(asOf, { limit, after }) {
      const { workflows } = await collections()
      const place = after && [after[0], idOf(after[1])]
      // `$gt: null` would not do: a comparison with a number leaves out what is none.
      const filter = pageFilter({ ns, due: { $lte: asOf } }, DUE, place)
      const rows = await workflows
        .find(filter, {
          sort: sortBy(DUE),
          limit: limit + 1,
          batchSize: limit + 2,
          projection: { due: 1 },
        })
        .toArray()
      const nameOf = (row: WorkflowRow): string => lastIds(row._id, 1)[0]
      return sliceOf(rows, limit, nameOf, (row) => [row.due ?? 0, nameOf(row)], nameOf)
    },

    async list(filter, { limit, after }) {
      const { workflows } = await collections()
      const place = after && [after[0], idOf(after[1])]
      const rows = await workflows
        .find(pageFilter({ ns, ...conditionsOf(filter) }, NEWEST, place, -1), {
          sort: sortBy(NEWEST, -1),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      const nameOf = (row: WorkflowRow): string => lastIds(row._id, 1)[0]
      return sliceOf(rows, limit, read, (row) => [row.createdAt, nameOf(row)], nameOf)
    },

    async purge({ status, olderThan }, { requestId }) {
      const all = await collections()
      const before = { $lt: olderThan }
      // `$lt` a number leaves out `null`.
      const old: Filter = {
        $or: [
          { ns, status, completedAt: before },
          { ns, status, completedAt: null, updatedAt: before },
        ],
      }
      let count = 0
      for (;;) {
        const found = await all.workflows
          .find(old, { limit: PURGED, batchSize: PURGED + 1, projection: { _id: 1 } })
          .toArray()
        for (const { _id } of found) {
          // It may have been changed since.
          if (await dropWorkflow(context, all, { _id, ...old }, requestId)) count += 1
        }
        if (found.length < PURGED) return count
      }
    },
  }
}

function updated(
  workflow: WorkflowChange,
  { createdAt, updatedAt }: Pick<WorkflowRow, 'createdAt' | 'updatedAt'>,
): WorkflowInstance {
  return { ...workflow, createdAt, updatedAt, version: workflow.version + 1 }
}

function conditionsOf({ createdFrom, createdTo, ...equal }: WorkflowFilter): Filter {
  if (createdFrom === undefined && createdTo === undefined) return equal
  const createdAt = {
    ...(createdFrom !== undefined && { $gte: createdFrom }),
    ...(createdTo !== undefined && { $lte: createdTo }),
  }
  return { ...equal, createdAt }
}
