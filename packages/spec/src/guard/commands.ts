import type { Call } from '../backend.ts'
import type {
  CommandBackend,
  CommandFailure,
  CommandHandler,
  CommandPlace,
  CommandProcessing,
  CommandReport,
  CommandRepository,
  ScheduledCommand,
  TakenCommand,
} from '../commands.ts'
import {
  MAX_TTL,
  identifier,
  instant,
  integer,
  optional,
  record,
  text,
  type Field,
} from '../fields.ts'
import { commandKey } from '../ids.ts'
import { pageFields, readPage, toPage, type PageRequest } from '../page.ts'
import { throwIfAborted, type Runner } from './run.ts'

const command: Field<ScheduledCommand> = record({
  name: identifier,
  data: text,
  executeAt: instant,
  workflowId: optional(identifier),
})

const processing: Field<CommandProcessing> = record({
  asOf: instant,
  limit: optional(integer(1, 1000)),
  ttl: optional(integer(1, MAX_TTL)),
})

const pageRequest: Field<PageRequest> = record(pageFields)

export function guardCommands(backend: CommandBackend, run: Runner['run']): CommandRepository {
  return {
    schedule: async (wanted, options) =>
      run('write', options, async (call) => {
        const clean = command(wanted, 'command')
        return backend.schedule(clean, commandKey(clean.name, clean.data), call)
      }),

    process: async (query, handler, options) => {
      const {
        asOf,
        limit = 100,
        ttl = 60_000,
      } = await run('read', options, async () => {
        if (typeof handler !== 'function') throw new TypeError('handler must be a function')
        return processing(query, 'query')
      })
      const signal = options?.signal ?? new AbortController().signal
      let processed = 0
      const failures: CommandFailure[] = []
      let after: CommandPlace | null = null
      for (let handled = 0; handled < limit; handled += 1) {
        throwIfAborted(signal)
        // Without the signal: a command that is taken must also be settled.
        const taken: TakenCommand | null = await run('write', undefined, async (call) =>
          backend.take(asOf, after, ttl, call),
        )
        if (taken === null) break
        after = taken.place
        const failure = await handle(taken, handler, signal)
        await run('write', undefined, async (call: Call) =>
          backend.settle(taken, failure === null, call),
        )
        if (failure === null) processed += 1
        else failures.push(failure)
      }
      return { processed, failures } satisfies CommandReport
    },

    list: async (query, options) =>
      run('read', options, async (call) => {
        const page = readPage<CommandPlace>(pageRequest(query ?? {}, 'query'), 'commands.list', [
          0,
          '',
        ])
        return toPage(await backend.list(page, call), 'commands.list')
      }),
  }
}

async function handle(
  taken: TakenCommand,
  handler: CommandHandler,
  signal: AbortSignal,
): Promise<CommandFailure | null> {
  let read: ScheduledCommand | undefined
  try {
    read = taken.read()
    await handler(read, { signal })
    return null
  } catch (error) {
    return { command: read ?? unreadable(taken), error }
  }
}

function unreadable(taken: TakenCommand): ScheduledCommand {
  return { name: taken.key, data: '', executeAt: taken.place[0] }
}
