import {
  present,
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import {
  commandParams,
  readCommand,
  toNumber,
  type CommandRow,
  type Int,
} from '@holdfast/spec/rows'
import { toFlag } from './codec.ts'
import { commandStatements } from './commands-sql.ts'
import type { Context } from './context.ts'
import { takeFirst, type PassedOver } from './passed-over.ts'

interface Scheduled {
  readonly next: Int
  readonly workflow_id: string | null
}

/** Before every instant. */
const BEFORE_ALL = -Number.MAX_SAFE_INTEGER

export function createCommands(context: Context): CommandBackend {
  const { read: rowsOf, write } = context
  const sql = commandStatements(context)

  const read = (row: CommandRow): ScheduledCommand => readCommand(row, context)

  return {
    async schedule(command, key) {
      const params = { ...commandParams(command, context), key }
      const { out } = await write<Scheduled>(sql.schedule, params)
      const { name, data, executeAt } = command
      return {
        ...{ name, data, executeAt: out ? toNumber(out.next) : executeAt },
        ...present({ workflowId: out?.workflow_id ?? null }),
      }
    },

    async take(asOf, after, ttl, { requestId }) {
      const [executeAt, key] = after ?? [BEFORE_ALL, null]
      const row = await takeFirst(async (waiting) => {
        const { out } = await write<CommandRow & PassedOver>(sql.take(waiting), {
          ...{ asOf, ttl, requestId, executeAt, key },
        })
        return out
      })
      if (!row) return null
      return { key: row.key, place: placeOf(row), token: requestId, read: () => read(row) }
    },

    async settle({ key, token }, done) {
      await write(sql.settle, { key, token, done: toFlag(done) })
    },

    async list({ limit, after }) {
      const [executeAt, key] = after ?? [null, null]
      const rows = await rowsOf<CommandRow>(
        sql.list(after !== null),
        { limit: limit + 1, executeAt, key },
        limit + 1,
      )
      return sliceOf(rows, limit, read, placeOf, (row) => row.key)
    },
  }
}

function placeOf({ execute_at, key }: CommandRow): CommandPlace {
  return [toNumber(execute_at), key]
}
