import { PersistenceError, invalid } from '../errors.ts'
import {
  identifier,
  instant,
  integer,
  json,
  jsonObject,
  list,
  oneOf,
  optional,
  record,
  text,
  type Field,
} from '../fields.ts'
import { pageFields, readPage, toPage } from '../page.ts'
import type { Capabilities } from '../provider.ts'
import type {
  NewReadyTask,
  NewSnapshot,
  SnapshotBackend,
  SnapshotKey,
  SnapshotQuery,
  SnapshotRepository,
  SnapshotRow,
  SnapshotStatus,
} from '../snapshots.ts'
import { taskClaim } from './claims.ts'
import type { Runner } from './run.ts'

const MAX_INT32 = 2 ** 31 - 1

const key = { instanceId: identifier, workflowId: identifier }

const status: Field<SnapshotStatus> = oneOf('running', 'paused', 'complete', 'failed', 'cancelled')

const readyTask: Field<NewReadyTask> = record({
  taskId: identifier,
  input: optional(json),
  tags: optional(list(identifier)),
  priority: optional(integer(-MAX_INT32, MAX_INT32)),
})

const snapshotKey: Field<SnapshotKey> = record(key)
const snapshotQuery: Field<SnapshotQuery> = record({ status: optional(status), ...pageFields })
const newSnapshot: Field<NewSnapshot> = record({
  ...key,
  status,
  definitionHash: text,
  state: json,
  metadata: optional(jsonObject),
  readyTasks: list(readyTask),
  createdAt: optional(instant),
  updatedAt: optional(instant),
  version: integer(0, Number.MAX_SAFE_INTEGER),
})

export function guardSnapshots(
  backend: SnapshotBackend,
  run: Runner['run'],
  capabilities: Pick<Capabilities, 'fencing'>,
): SnapshotRepository {
  return {
    save: async (snapshot, options) =>
      run('write', options, async (call) => {
        const row = toRow(newSnapshot(snapshot, 'snapshot'))
        if (options?.fence === undefined) return backend.save(row, null, call)
        const fence = taskClaim(options.fence, 'fence')
        if (fence.instanceId !== row.instanceId || fence.workflowId !== row.workflowId) {
          throw invalid('fence', 'a claim on a task of this snapshot')
        }
        if (!capabilities.fencing)
          throw new PersistenceError('UNSUPPORTED', 'This store cannot fence a save')
        return backend.save(row, fence, call)
      }),

    load: async (wanted, options) =>
      run('read', options, async (call) => backend.load(snapshotKey(wanted, 'key'), call)),

    delete: async (wanted, options) =>
      run('write', options, async (call) => backend.delete(snapshotKey(wanted, 'key'), call)),

    list: async (query, options) =>
      run('read', options, async (call) => {
        const { limit, cursor, ...filter } = snapshotQuery(query ?? {}, 'query')
        const method = 'snapshots.list'
        return toPage(
          await backend.list(filter, readPage({ limit, cursor }, method, ['', '']), call),
          method,
        )
      }),
  }
}

function toRow(snapshot: NewSnapshot): SnapshotRow {
  const { createdAt, updatedAt: _, readyTasks, ...rest } = snapshot
  const tasks = readyTasks.map((task) => ({ tags: [], priority: 0, ...task }))
  if (new Set(tasks.map(({ taskId }) => taskId)).size < tasks.length) {
    throw invalid('snapshot.readyTasks', 'of distinct task ids')
  }
  return { ...rest, readyTasks: tasks, createdAt: createdAt ?? null }
}
