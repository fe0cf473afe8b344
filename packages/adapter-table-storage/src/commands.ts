import type { CommandBackend, CommandPlace, ScheduledCommand, TakenCommand } from '@holdfast/spec'
import { COMMAND_HEAD, numberOf, readCommand, textOf, writeCommand } from './codec.ts'
import {
  changeCommand,
  commandKey,
  dropCommand,
  isTaken,
  queuePlaceKey,
  queueRange,
  scheduleCommand,
  stateOf,
} from './commands-rows.ts'
import type { Context } from './context.ts'
import { touchFamily } from './family.ts'
import { upTo } from './keys.ts'
import { inOrder, pageOf, take, type Order } from './pages.ts'
import { Conflict, type Row } from './table.ts'

/** Processors work on one command each, so that few of those at the head of the queue are in somebody's hands. */
const LOOKED_AT = 32

const order: Order<CommandPlace> = {
  placeOf: ({ content }) => [numberOf(content, 'executeAt'), textOf(content, 'key')],
  keyOf: (place) => queuePlaceKey(...place),
}

export function createCommands(context: Context): CommandBackend {
  const { main, now } = context

  const read = ({ content }: Row): ScheduledCommand => readCommand(content, context)

  const taken = (row: Row, token: string): TakenCommand => {
    const place = order.placeOf(row)
    return { key: place[1], place, token, read: () => read(row) }
  }

  /** Takes the command that a row of the queue names. `null` when somebody else was first. */
  const tryTake = async (queued: Row, token: string, ttl: number): Promise<TakenCommand | null> => {
    const key = commandKey(textOf(queued.content, 'key'))
    const row = await main.take(key)
    if (row === null) return null
    if (textOf(row.content, 'token') === token && isTaken(row.content, now()))
      return taken(row, token)
    const executeAt = numberOf(row.content, 'executeAt')
    if (isTaken(row.content, now()) || executeAt !== numberOf(queued.content, 'executeAt'))
      return null
    try {
      const state = { ...stateOf(row.content), token, leaseUntil: now() + ttl }
      await main.commit([changeCommand(row, state)])
      return taken(row, token)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      // Perhaps by this very call, which was sent twice.
      const again = await main.take(key)
      return again && textOf(again.content, 'token') === token ? taken(again, token) : null
    }
  }

  return {
    async schedule(command, key) {
      const content = writeCommand(command, key, context)
      return main.attempt(async () => {
        const row = await main.take(commandKey(key))
        if (row === null) {
          const { workflowId } = command
          const touched = workflowId === undefined ? [] : [touchFamily(workflowId)]
          await main.commit([scheduleCommand(content)], touched)
          return command
        }
        const old = stateOf(row.content)
        const { executeAt } = command
        // Whoever took it may be at work even when the lease has run out, and would forget this at the end.
        const rearmAt = old.token === null ? null : Math.min(old.rearmAt ?? executeAt, executeAt)
        const held = isTaken(row.content, now())
        const next = {
          ...old,
          rearmAt,
          executeAt: held ? old.executeAt : Math.min(old.executeAt, executeAt),
        }
        if (next.rearmAt !== old.rearmAt || next.executeAt !== old.executeAt)
          await main.commit([changeCommand(row, next)])
        return { ...read(row), executeAt: held ? (rearmAt ?? executeAt) : next.executeAt }
      })
    },

    async take(asOf, after, ttl, { requestId }) {
      return main.attempt(async () => {
        let raced = false
        for await (const row of inOrder(main, upTo(queueRange(), asOf), order, after, LOOKED_AT)) {
          const isMine = textOf(row.content, 'token') === requestId
          if (isTaken(row.content, now()) && !isMine) continue
          const found = await tryTake(row, requestId, ttl)
          if (found) return found
          raced = true
        }
        if (raced) throw new Conflict('Others took what is due')
        return null
      })
    },

    async settle({ key, token }, done) {
      await main.attempt(async () => {
        const row = await main.take(commandKey(key), COMMAND_HEAD)
        if (row === null || textOf(row.content, 'token') !== token) return
        const { executeAt, rearmAt } = stateOf(row.content)
        if (done && rearmAt === null) return main.commit([dropCommand(row)])
        const again = rearmAt ?? executeAt
        const state = {
          executeAt: done ? again : Math.min(executeAt, again),
          ...{ rearmAt: null, token: null, leaseUntil: null },
        }
        return main.commit([changeCommand(row, state)])
      })
    },

    async list({ limit, after }) {
      const rows = await take(inOrder(main, queueRange(), order, after, limit + 1), limit + 1)
      const fetch = async ({ content }: Row): Promise<Row | null> =>
        main.get(commandKey(textOf(content, 'key')))
      const keyOf = ({ content }: Row): string => textOf(content, 'key')
      return pageOf(rows, limit, order, fetch, read, keyOf)
    },
  }
}
