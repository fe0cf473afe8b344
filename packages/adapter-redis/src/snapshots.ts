import {
  sliceOf,
  type Snapshot,
  type SnapshotBackend,
  type SnapshotPlace,
  type SnapshotSummary,
} from '@holdfast/spec'
import { readSnapshot, readSummary, snapshotId, snapshotParams, taskParams } from './codec-tasks.ts'
import { rowsOf, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { judge, type Written } from './judge.ts'
import { join, split } from './order.ts'
import { pack } from './script.ts'
import { snapshotScripts as scripts } from './snapshots-scripts.ts'

export function createSnapshots(context: Context): SnapshotBackend {
  const { run } = context

  const read = (row: Row): Snapshot => readSnapshot(row, context)

  return {
    async save(snapshot, fence, { requestId }) {
      const { version } = snapshot
      const id = snapshotId(snapshot)
      const answer = await run<Written>(scripts.save, {
        ...snapshotParams(snapshot, context),
        requestId,
        fencedTask: fence && fence.taskId,
        workerId: fence && fence.workerId,
        token: fence && fence.token,
        tasks: pack(taskParams(snapshot, context)),
      })
      const what = `snapshot ${split(id).join(', ')}`
      const [kind, first, second] = judge(answer, version, what)
      if (kind === 'stored') return read([id, first, second])
      const times = { createdAt: Number(first), updatedAt: Number(second) }
      return { ...snapshot, ...times, version: version + 1 }
    },

    async load(key) {
      const params = { id: snapshotId(key) }
      const answer = await run<readonly [string, string | null, string | null]>(
        scripts.load,
        params,
      )
      const [id, head, body] = answer
      return head === null ? null : read([id, head, body])
    },

    async delete(key) {
      return (await run(scripts.delete, { id: snapshotId(key) })) === 1
    },

    async list({ status }, { limit, after }) {
      const answer = await run<readonly (string | null)[]>(scripts.list, {
        // The beginning of the list, as the script of a save writes it.
        list: status === undefined ? 'a' : `s${status}\0`,
        after: after && join(...after),
        limit: limit + 1,
      })
      const summary = (row: Row): SnapshotSummary => readSummary(row, context)
      const nameOf = (row: Row): string => JSON.stringify(placeOf(row))
      return sliceOf(rowsOf(answer), limit, summary, placeOf, nameOf)
    },
  }
}

function placeOf([id]: Row): SnapshotPlace {
  const [instanceId = '', workflowId = ''] = split(id)
  return [instanceId, workflowId]
}
