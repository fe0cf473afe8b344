import {
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
} from '@holdfast/spec'
import {
  COMMANDS,
  FREE_COMMAND,
  HELD_COMMAND,
  commandItem,
  commandTimes,
  readCommand,
  type CommandItem,
} from './codec-events.ts'
import type { Context } from './context.ts'
import { untilSettled } from './judge.ts'
import { itemId } from './keys.ts'
import { endOf, orderOf } from './order.ts'
import type { Stored } from './partition.ts'

type Candidate = Stored<Pick<CommandItem, 'id' | 'key' | 'at'>>

export function createCommands(context: Context): CommandBackend {
  const { database } = context
  const { main } = database

  const read = (item: CommandItem): ScheduledCommand => readCommand(item, context)

  const isHeld = ({ state, expiry }: CommandItem): boolean =>
    state === HELD_COMMAND && expiry !== null && expiry > database.now()

  /** Writes a command while it is the one that was read; `undefined` when it is not. */
  const change = async (
    { id, _etag: etag }: Stored<CommandItem>,
    set: Partial<CommandItem>,
  ): Promise<true | undefined> => {
    const changed = await main.patch(id, { set, etag })
    return typeof changed === 'string' ? undefined : true
  }

  const reschedule = async (
    { executeAt }: ScheduledCommand,
    key: string,
    stored: Stored<CommandItem>,
  ): Promise<ScheduledCommand | undefined> => {
    const { token, rearmAt } = stored
    // Whoever took it may be at work even when the lease has run out, and would forget this at the end.
    const rearmed = token === null ? null : Math.min(rearmAt ?? executeAt, executeAt)
    const held = isHeld(stored)
    const next = held ? stored.executeAt : Math.min(stored.executeAt, executeAt)
    const written = await change(stored, { ...commandTimes(next, key), rearmAt: rearmed })
    if (written === undefined) return undefined
    return { ...read(stored), executeAt: held ? (rearmed ?? next) : next }
  }

  /** The first command that nobody holds, among those at or before `asOf` and after a place. */
  const first = async (
    asOf: number,
    after: CommandPlace | null,
  ): Promise<Candidate | undefined> => {
    const bounds = { after: after === null ? '' : textOf(after), end: orderOf(asOf + 1) }
    const select = 'c.id, c._etag, c.key, c.at'
    // Each has an index, so that neither steps over those that are held.
    const [free, expired] = await Promise.all([
      main.query<Candidate>(
        {
          select,
          where: `c.state = '${FREE_COMMAND}' AND c.at > @after AND c.at < @end`,
          order: 'c.state, c.at',
          parameters: bounds,
        },
        1,
      ),
      main.query<Candidate>({
        select,
        where: `c.state = '${HELD_COMMAND}' AND c.expiry <= @now AND c.at > @after AND c.at < @end`,
        order: 'c.state, c.expiry',
        parameters: { ...bounds, now: database.now() },
      }),
    ])
    return [...free, ...expired].toSorted((a, b) => (a.at < b.at ? -1 : 1))[0]
  }

  return {
    async schedule(command, key) {
      const item = commandItem(command, key, context)
      return untilSettled(`command ${command.name}`, async () => {
        if ((await main.create(item)) === 'written') return command
        const stored = await main.read<CommandItem>(item.id)
        return stored === null ? undefined : reschedule(command, key, stored)
      })
    },

    async take(asOf, after, ttl, { requestId }) {
      const result = await untilSettled('the commands', async () => {
        const found = await first(asOf, after)
        if (found === undefined) return { item: null }
        const { id, _etag: etag } = found
        const set = { state: HELD_COMMAND, expiry: database.now() + ttl, token: requestId }
        const item = await main.patch<CommandItem>(id, { set, etag })
        if (typeof item !== 'string') return { item }
        // The driver may have sent it twice.
        const stored = await main.read<CommandItem>(id)
        return stored?.token === requestId ? { item: stored } : undefined
      })
      const { item } = result
      if (item === null) return null
      const place: CommandPlace = [item.executeAt, item.key[0] ?? '']
      return { key: place[1], place, token: requestId, read: () => read(item) }
    },

    async settle({ key, token }, done) {
      await untilSettled('the command', async () => {
        const stored = await main.read<CommandItem>(itemId('command', key))
        if (stored === null || stored.token !== token) return true
        const { id, executeAt, rearmAt, _etag: etag } = stored
        if (done && rearmAt === null) {
          return (await main.remove(id, etag)) === 'refused' ? undefined : true
        }
        const rearmed = rearmAt ?? executeAt
        const next = done ? rearmed : Math.min(executeAt, rearmed)
        const free = { state: FREE_COMMAND, expiry: null, rearmAt: null, token: null }
        return change(stored, { ...free, ...commandTimes(next, key) })
      })
    },

    async list({ limit, after }) {
      const rows = await main.query<CommandItem>(
        {
          select: '*',
          where: 'c.place > @after AND c.place < @end',
          order: 'c.place',
          parameters: {
            after: COMMANDS + (after === null ? '' : textOf(after)),
            end: endOf(COMMANDS),
          },
        },
        limit + 1,
      )
      const placeOf = ({ executeAt, key }: CommandItem): CommandPlace => [executeAt, key[0] ?? '']
      return sliceOf(rows, limit, read, placeOf, ({ key }) => key[0] ?? '')
    },
  }
}

function textOf([executeAt, key]: CommandPlace): string {
  return orderOf(executeAt) + key
}
