import {
  sliceOf,
  type AvailableTask,
  type ClaimBackend,
  type TaskClaim,
  type TaskPlace,
} from '@holdfast/spec'
import { claimScripts as scripts } from './claims-scripts.ts'
import { readClaim, readTask, taskId } from './codec-tasks.ts'
import { rowsOf, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { join, orderOf, split } from './order.ts'

/** Where to go on, and rows. `null`: the same again, as there was too much to tidy up for one call. */
type Found = readonly [next: string | null, ...rows: (string | null)[]]

export function createClaims(context: Context): ClaimBackend {
  const { run } = context

  const read = (row: Row): AvailableTask => readTask(row, context)
  const claimOf = (id: string, head: string | null): TaskClaim | null =>
    head === null ? null : readClaim(id, head)

  return {
    async claim({ workerId, ttl, ...key }, { requestId }) {
      const id = taskId(key)
      return claimOf(id, await run(scripts.claim, { id, workerId, ttl, requestId }))
    },

    async extend({ workerId, token, ...key }, ttl) {
      const id = taskId(key)
      return claimOf(id, await run(scripts.extend, { id, workerId, token, ttl }))
    },

    async release({ workerId, token, ...key }) {
      return (await run(scripts.release, { id: taskId(key), workerId, token })) === 1
    },

    async findAvailable({ tags }, { limit, after }) {
      const rows: Row[] = []
      let place = after && textOf(after)
      for (;;) {
        const params = { tagged: tags !== undefined, after: place, limit: limit + 1 - rows.length }
        const [next, ...found] = await run<Found>(scripts.findAvailable, params, tags)
        rows.push(...rowsOf(found))
        if (next === '') return sliceOf(rows, limit, read, placeOf, nameOf)
        place = next ?? place
      }
    },

    async claimNext({ workerId, ttl, tags }, { requestId }) {
      const params = { workerId, ttl, requestId, tagged: tags !== undefined }
      let after = ''
      for (;;) {
        const [next, ...found] = await run<Found>(scripts.claimNext, { ...params, after }, tags)
        const [row] = rowsOf(found)
        if (row) return { claim: readClaim(row[0], row[1]), task: read(row) }
        if (next === '') return null
        after = next ?? after
      }
    },
  }
}

function textOf([priority, readyAt, ...ids]: TaskPlace): string {
  return orderOf(priority) + orderOf(readyAt) + join(...ids)
}

function placeOf([id, head]: Row): TaskPlace {
  const [, readyAt, priority] = split(head)
  const [instanceId = '', workflowId = '', task = ''] = split(id)
  return [Number(priority), Number(readyAt), instanceId, workflowId, task]
}

function nameOf([id]: Row): string {
  return JSON.stringify(split(id))
}
