import { randomUUID } from 'node:crypto'
import { isPersistenceError } from '@holdfast/spec'
import { dropOwned } from './cascade.ts'
import { listedTasks, readSnapshot } from './codec-tasks.ts'
import type { Format } from './codec.ts'
import type { Context, Unit } from './context.ts'
import { isDuplicate, type Database } from './database.ts'
import { againOnDuplicate } from './judge.ts'
import { join, ownedBy, type Filter } from './keys.ts'
import { openSubscriptions } from './opens.ts'
import type { Collections, Intent, SnapshotRow } from './rows.ts'
import { listTasks } from './tasks.ts'

// Where there are no transactions, a unit is a note of what is intended, then one write of one document that decides,
// then what follows from it, and the end of the note. Every call looks for notes before anything else, and completes
// what was decided, so that what a client leaves when it dies is not seen. That takes no lock: two may complete the same
// unit at once, and one that was stopped for long in the middle of that may do it again, late.

/** How long a note stands of which nothing was decided. */
const ABANDONED_MS = 60_000

/** How a provider runs its units. */
export function createUnits(
  database: Database,
  format: Format & Pick<Context, 'now'>,
): Pick<Context, 'collections' | 'unit'> {
  const { now, namespace: ns } = format

  const noted = async <T>(intent: Intent | null, work: (unit: Unit) => Promise<T>): Promise<T> => {
    const unit = { atomic: false, options: {} }
    if (intent === null) return work(unit)
    const { units } = await database.collections()
    const _id = join(ns, randomUUID())
    await units.insertOne({ _id, ns, at: now(), ...intent })
    try {
      const result = await work(unit)
      await units.deleteOne({ _id })
      return result
    } catch (error) {
      // Any other error leaves it open what was decided, and the note for whoever comes next.
      if (isPersistenceError(error) || isDuplicate(error)) await units.deleteOne({ _id })
      throw error
    }
  }

  return {
    async collections() {
      const all = await database.collections()
      if (!(await database.isAtomic())) await completeUnits(all, format)
      return all
    },

    async unit(intent, work) {
      if (!(await database.isAtomic())) return noted(intent, work)
      return database.transaction((options) => work({ atomic: true, options }))
    },
  }
}

/** Does what follows from the writes that decided something. A few reads, however many notes there are. */
async function completeUnits(
  all: Collections,
  format: Format & Pick<Context, 'now'>,
): Promise<void> {
  const { units, workflows, snapshots } = all
  const notes = await units.find({ ns: format.namespace }, {}).toArray()
  if (notes.length === 0) return
  const done = new Set(notes.filter(({ at }) => at + ABANDONED_MS <= format.now()))
  const targetsOf = (kind: Intent['kind']): Filter => ({
    $in: notes.filter((note) => note.kind === kind).map(({ target }) => target),
  })
  const finish = (kind: Intent['kind'], target: string, by: string | undefined): void => {
    const own = notes.filter((note) => note.kind === kind && note.target === target)
    for (const note of own) if (by === undefined || note.by === by) done.add(note)
  }

  if (notes.some(({ kind }) => kind === 'open')) {
    const opening = { _id: targetsOf('open'), 'opens._id': { $exists: true } }
    for (const row of await workflows.find(opening, {}).toArray()) {
      await openSubscriptions(all, row)
      finish('open', row._id, row.updatedBy)
    }
  }
  if (notes.some(({ kind }) => kind === 'list')) {
    const listing = { _id: targetsOf('list'), unlisted: true }
    for (const row of await snapshots.find(listing, {}).toArray()) {
      await listAgain(all, row, format)
      finish('list', row._id, row.updatedBy)
    }
  }
  for (const kind of ['dropWorkflow', 'dropSnapshot'] as const) {
    if (!notes.some((note) => note.kind === kind)) continue
    const found = await (kind === 'dropWorkflow' ? workflows : snapshots)
      .find({ _id: targetsOf(kind) }, { projection: { _id: 1 } })
      .toArray()
    const left = new Set(found.map(({ _id }) => _id))
    const gone = notes.filter((note) => note.kind === kind && !left.has(note.target))
    for (const { target } of gone) {
      if (kind === 'dropWorkflow') await dropOwned(all, target, {})
      else await all.tasks.deleteMany({ _id: ownedBy(target) })
      finish(kind, target, undefined)
    }
  }
  if (done.size === 0) return
  await units.deleteMany({ _id: { $in: [...done].map(({ _id }) => _id) } })
}

async function listAgain(
  all: Collections,
  row: SnapshotRow,
  format: Format & Pick<Context, 'now'>,
): Promise<void> {
  const { _id, ns, version, updatedAt } = row
  try {
    const listed = listedTasks(readSnapshot(row, format), format)
    const listing = { _id, ns, now: updatedAt, version, tasks: listed, atomic: false }
    await againOnDuplicate(() => listTasks(all, listing, {}))
  } catch (error) {
    // Who reads the snapshot is told; the others are not to wait for it.
    if (!isPersistenceError(error, 'CORRUPT')) throw error
  }
  await all.snapshots.updateOne({ _id, version }, { $unset: { unlisted: '' } })
}
