import {
  sliceOf,
  type CommandBackend,
  type CommandPlace,
  type ScheduledCommand,
  type TakenCommand,
} from '@holdfast/spec'
import { commandRow, readCommand } from './codec.ts'
import type { Context } from './context.ts'
import { isDuplicate, type Update } from './database.ts'
import { join, lastIds, pageFilter, sortBy } from './keys.ts'
import type { CommandRow } from './rows.ts'
import { takeFirst } from './take-first.ts'

const ORDER = ['executeAt', '_id'] as const

const LET_GO = { token: '', rearmAt: '' } as const

export function createCommands(context: Context): CommandBackend {
  const { collections, now, namespace: ns } = context

  const read = (row: CommandRow): ScheduledCommand => readCommand(row, context)
  const placeOf = ({ executeAt, _id }: CommandRow): readonly [number, string] => [executeAt, _id]
  const keyOf = ({ _id }: CommandRow): string => lastIds(_id, 1)[0]
  const pageAfter = (place: CommandPlace | null): readonly [number, string] | null =>
    place && [place[0], join(ns, place[1])]

  const taken = (row: CommandRow, token: string): TakenCommand => {
    const key = keyOf(row)
    return { key, place: [row.executeAt, key], token, read: () => read(row) }
  }

  return {
    async schedule(command, key) {
      const { _id, executeAt, ...rest } = commandRow(command, key, context)
      const { commands } = await collections()
      const time = now()
      const attempt = async (): Promise<ScheduledCommand | undefined> => {
        const [free, leased, late] = [
          { _id, held: false },
          { _id, held: true, leaseUntil: { $gt: time } },
          { _id, held: true, leaseUntil: { $lte: time } },
        ]
        const { held: _, ...inserted } = rest
        const update = { $min: { executeAt }, $setOnInsert: inserted }
        const after = { returnDocument: 'after' } as const
        try {
          const found = await commands.findOneAndUpdate(free, update, { ...after, upsert: true })
          return found ? read(found) : undefined
        } catch (error) {
          if (!isDuplicate(error)) throw error
        }
        // Whoever took it may be at work even when the lease has run out, and would forget this at the end.
        const rearmed = await commands.findOneAndUpdate(
          leased,
          { $min: { rearmAt: executeAt } },
          after,
        )
        if (rearmed) return { ...read(rearmed), executeAt: rearmed.rearmAt ?? executeAt }
        const both = { $min: { rearmAt: executeAt, executeAt } }
        const found = await commands.findOneAndUpdate(late, both, after)
        return found ? read(found) : undefined
      }
      for (;;) {
        const scheduled = await attempt()
        if (scheduled) return scheduled
        // It was taken or let go of meanwhile.
      }
    },

    async take(asOf, after, ttl, { requestId }) {
      const { commands } = await collections()
      const token = join(ns, requestId)
      const time = now()
      const take: Update = { $set: { held: true, token, leaseUntil: time + ttl } }
      const due = { executeAt: { $lte: asOf } }
      const free = { ns, held: false, ...due }
      const expired = { ns, leaseUntil: { $lte: time }, ...due }
      const queue = { collection: commands, free, expired, fields: ORDER, placeOf }
      try {
        const row = await takeFirst({ ...queue, after: pageAfter(after) }, take)
        return row && taken(row, requestId)
      } catch (error) {
        if (!isDuplicate(error)) throw error
      }
      // An earlier try of this call has taken one.
      const row = await commands.findOneAndUpdate({ token }, take, { returnDocument: 'after' })
      return row && taken(row, requestId)
    },

    async settle({ key, token: requestId }, done) {
      const { commands } = await collections()
      const own = { _id: join(ns, key), token: join(ns, requestId) }
      const once = { ...own, rearmAt: { $exists: false } }
      if (done && (await commands.deleteOne(once)).deletedCount > 0) return
      for (;;) {
        const row = await commands.findOne(own)
        if (row === null) return
        const { executeAt, rearmAt } = row
        const next = done ? (rearmAt ?? executeAt) : Math.min(executeAt, rearmAt ?? executeAt)
        const seen = { ...own, executeAt, rearmAt: rearmAt ?? { $exists: false } }
        const { matchedCount } = await commands.updateOne(seen, {
          $set: { held: false, leaseUntil: null, executeAt: next },
          $unset: LET_GO,
        })
        if (matchedCount > 0) return
        // It was scheduled anew between the two calls.
      }
    },

    async list({ limit, after }) {
      const { commands } = await collections()
      const rows = await commands
        .find(pageFilter({ ns }, ORDER, pageAfter(after)), {
          sort: sortBy(ORDER),
          limit: limit + 1,
          batchSize: limit + 2,
        })
        .toArray()
      return sliceOf(rows, limit, read, (row) => [row.executeAt, keyOf(row)], keyOf)
    },
  }
}
