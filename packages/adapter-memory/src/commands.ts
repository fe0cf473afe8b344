import {
  comparePlaces,
  decodeBody,
  encodeBody,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import type { Context } from './context.ts'
import { pageOf, type CommandRow } from './database.ts'

export function createCommands(context: Context): CommandBackend {
  const { tables, now } = context

  const read = (row: CommandRow): ScheduledCommand => ({
    ...decodeBody<ScheduledCommand>(row.body, `command ${row.key}`, context),
    executeAt: row.executeAt,
  })

  const isHeld = (row: CommandRow): boolean => row.token !== null && row.leaseUntil > now()

  return {
    async schedule(command, key) {
      const { executeAt, workflowId } = command
      const body = encodeBody(command, context)
      const stored = tables.commands.get(key)
      if (!stored) {
        tables.commands.set(key, {
          key,
          executeAt,
          rearmAt: null,
          token: null,
          leaseUntil: 0,
          workflowId,
          body,
        })
        return command
      }
      // Whoever took it may be at work even when the lease has run out, and would forget this at the end.
      const rearmAt =
        stored.token === null ? null : Math.min(stored.rearmAt ?? executeAt, executeAt)
      if (rearmAt !== null && isHeld(stored)) {
        tables.commands.set(key, { ...stored, rearmAt })
        return { ...read(stored), executeAt: rearmAt }
      }
      const row = { ...stored, rearmAt, executeAt: Math.min(stored.executeAt, executeAt) }
      tables.commands.set(key, row)
      return read(row)
    },

    async take(asOf, after, ttl, { requestId }) {
      const [first] = [...tables.commands.values()]
        .filter((row) => row.executeAt <= asOf && !isHeld(row))
        .filter((row) => after === null || comparePlaces(placeOf(row), after) > 0)
        .sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
      if (!first) return null
      const row = { ...first, token: requestId, leaseUntil: now() + ttl }
      tables.commands.set(row.key, row)
      return { key: row.key, place: placeOf(row), token: requestId, read: () => read(row) }
    },

    async settle({ key, token }, done) {
      const row = tables.commands.get(key)
      if (row?.token !== token) return
      if (done && row.rearmAt === null) {
        tables.commands.delete(key)
        return
      }
      const rearmAt = row.rearmAt ?? row.executeAt
      const executeAt = done ? rearmAt : Math.min(row.executeAt, rearmAt)
      tables.commands.set(key, { ...row, executeAt, rearmAt: null, token: null, leaseUntil: 0 })
    },

    async list(page) {
      return pageOf(tables.commands.values(), page, placeOf, read, (row) => row.key)
    },
  }
}

function placeOf(row: CommandRow): CommandPlace {
  return [row.executeAt, row.key]
}
