import {
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import { commandParams, readCommand, rowsOf, type Row } from './codec.ts'
import { commandScripts as scripts } from './commands-scripts.ts'
import type { Context } from './context.ts'
import { orderOf, split } from './order.ts'

export function createCommands(context: Context): CommandBackend {
  const { run } = context

  const read = (row: Row): ScheduledCommand => readCommand(row, context)

  return {
    async schedule(command, key) {
      const params = { key, ...commandParams(command, context) }
      const [head, body = null, next] = await run<readonly (string | null)[]>(
        scripts.schedule,
        params,
      )
      if (typeof head !== 'string') return command
      return { ...read([key, head, body]), executeAt: Number(next) }
    },

    async take(asOf, after, ttl, { requestId }) {
      const params = { ...{ asOf: orderOf(asOf), ttl, requestId }, after: after && textOf(after) }
      for (;;) {
        const answer = await run<1 | readonly (string | null)[]>(scripts.take, params)
        if (answer === 1) continue
        const [row] = rowsOf(answer)
        if (row === undefined) return null
        const place = placeOf(row)
        return { key: place[1], place, token: requestId, read: () => read(row) }
      }
    },

    async settle({ key, token }, done) {
      await run(scripts.settle, { key, token, done })
    },

    async list({ limit, after }) {
      const params = { after: after && textOf(after), limit: limit + 1 }
      const answer = await run<readonly (string | null)[]>(scripts.list, params)
      return sliceOf(rowsOf(answer), limit, read, placeOf, ([key]) => key)
    },
  }
}

function textOf([executeAt, key]: CommandPlace): string {
  return orderOf(executeAt) + key
}

function placeOf([key, head]: Row): CommandPlace {
  return [Number(split(head)[0]), key]
}
