import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { PersistenceError } from '@holdfast/spec'
import { MAX_CHANGES, batchesOf, fits } from './batches.ts'
import type { Range } from './keys.ts'
import {
  MARK,
  decisionContent,
  decisionOf,
  markingOf,
  outcomeOf,
  unitKey,
  unitOf,
  unmarking,
  type Decision,
} from './marks.ts'
import { parallel } from './parallel.ts'
import { Conflict, type Change, type Row, type Table } from './table.ts'

// What fits into one transaction is one. What does not is prepared: each row is marked with the id of the unit, and shows
// what it was until the row of that id says that the unit is committed. That row is made last, so that all of it is there
// for every reader at once, also when the writer dies on the way. A writer that meets a mark whose unit is not committed
// calls the unit off, by making that row first; nobody waits for a mark.

/** A partition whose units may be of any size. */
export interface Store {
  /** A row as readers see it; for one that is to be changed, {@link Store.take}. */
  get(key: string): Promise<Row | null>
  /** The rows of a range, in the order of their keys. `size` is how many are expected to be needed. */
  rows(range: Range, size: number): AsyncIterable<Row>
  /** A row without a mark, which is ready to be changed; of its properties those of these names. */
  take(key: string, names?: readonly string[]): Promise<Row | null>
  takeAll(range: Range, names?: readonly string[]): Promise<readonly Row[]>
  /** Makes one change. Returns the etag of the row. @throws {Conflict} */
  write(change: Change): Promise<string | undefined>
  /**
   * Applies all changes or none. Those of a record and of the rows that find it are a group. `last` are made at the moment
   * at which all of it is there, and not before; those of one row count once. Returns the etags of rows of `last`, and of
   * the others if it was one transaction.
   * @throws {Conflict}
   */
  commit(
    groups: readonly (readonly Change[])[],
    last?: readonly Change[],
  ): Promise<ReadonlyMap<string, string>>
  /** Deletes a row, unless it was changed. */
  tidy(key: string, etag: string | undefined): Promise<void>
  /** Does the work again while others come first. @throws {PersistenceError} `BUSY` */
  attempt<T>(work: () => Promise<T>): Promise<T>
}

const MAX_PAGE = 1000
const ATTEMPTS = 100
/** ms */
const MAX_PAUSE = 200

export function openStore(table: Table): Store {
  const decided = async (unit: string): Promise<Decision | null> => {
    const row = await table.get(unitKey(unit))
    return row && decisionOf(row)
  }

  /** Decides on a unit, unless that was done before. */
  async function decide(unit: string, decision: Decision): Promise<Decision> {
    const content = decisionContent(decision)
    try {
      await table.submit([{ do: 'create', key: unitKey(unit), content }])
      return decision
    } catch (error) {
      // Perhaps this very call was sent twice.
      if (!(error instanceof Conflict)) throw error
      return (await decided(unit)) ?? 'off'
    }
  }

  /**
   * Finds out about the units that have marked rows of a page. Whether the page is to be read again: it may be from before
   * all rows of a unit had marks that is known to be committed only now.
   */
  async function learn(page: readonly Row[], known: Map<string, Decision>): Promise<boolean> {
    let isOld = false
    for (const row of page) {
      const unit = unitOf(row)
      if (unit === null || known.has(unit)) continue
      const decision = await decided(unit)
      // It is under way, unless it was done with after the page was read.
      const isOver = decision === null && (await table.get(row.key))?.etag !== row.etag
      if (!isOver) known.set(unit, decision ?? 'off')
      isOld ||= isOver || decision === 'committed'
      if (isOver) break
    }
    return isOld
  }

  async function* read(range: Range, size: number): AsyncIterable<Row> {
    const known = new Map<string, Decision>()
    let { from } = range
    for (let isOld = true; isOld;) {
      isOld = false
      for await (const page of table.pages({ ...range, from }, size)) {
        isOld = await learn(page, known)
        if (isOld) break
        for (const row of page) {
          const unit = unitOf(row)
          const seen = unit === null ? row : outcomeOf(row, known.get(unit) ?? 'off')
          if (seen) yield seen
        }
        from = page.at(-1)?.key ?? from
      }
    }
  }

  /** Takes the mark off a row, for good or for ill. */
  async function settle(key: string): Promise<void> {
    const row = await table.get(key)
    const unit = row && unitOf(row)
    if (row && unit) await finish(row, (await decided(unit)) ?? (await decide(unit, 'off')))
  }

  /** Makes a row what the decision says. Somebody else may have done so. */
  async function finish(row: Row, decision: Decision): Promise<void> {
    const outcome = outcomeOf(row, decision)
    await unlessDone(async () => {
      if (outcome === null) await table.remove(row.key, row.etag)
      else await table.submit([toReplace(outcome)])
    })
  }

  async function finishAll(rows: readonly Row[], decision: Decision): Promise<void> {
    const stay = rows.filter((row) => outcomeOf(row, decision) !== null)
    const go = rows.filter((row) => outcomeOf(row, decision) === null)
    // The driver deletes by etag one by one only.
    await parallel(go, async (row) => finish(row, decision))
    const groups = stay.map((row) => [toReplace(outcomeOf(row, decision) ?? row)])
    await parallel(batchesOf(groups), async (batch) => {
      const isDone = await unlessDone(async () => table.submit(batch))
      if (isDone) return
      const keys = new Set(batch.map(({ key }) => key))
      const left = stay.filter(({ key }) => keys.has(key))
      await parallel(left, async (row) => finish(row, decision))
    })
  }

  async function take(key: string, names?: readonly string[]): Promise<Row | null> {
    for (;;) {
      const row = await table.get(key, names && [...names, MARK])
      if (row === null || unitOf(row) === null) return row
      await settle(key)
    }
  }

  /** Marks the rows of the changes, and returns what is there then. */
  async function prepare(unit: string, changes: readonly Change[]): Promise<readonly Row[]> {
    const marked = await parallel(changes, async (change) => {
      const row = change.do === 'create' ? null : await take(change.key)
      const marking = markingOf(unit, change, row)
      if (marking === null) throw new Conflict('Another write came first')
      return marking
    })
    const etags = await submit(marked)
    return marked.map((change): Row => {
      const content = 'content' in change ? change.content : {}
      return { key: change.key, etag: etags.get(change.key) ?? '', content }
    })
  }

  async function commitLarge(
    groups: readonly (readonly Change[])[],
    last: readonly Change[],
  ): Promise<ReadonlyMap<string, string>> {
    const unit = randomUUID()
    const prepared: Row[] = []
    const end = async (decision: Decision): Promise<void> => {
      // Rows that are left behind from here on are seen as they are to be all the same.
      await finishAll(prepared, decision)
      await unlessDone(async () => table.submit([{ do: 'delete', key: unitKey(unit) }]))
    }
    let etags: ReadonlyMap<string, string>
    try {
      for (const batch of batchesOf(groups)) prepared.push(...(await prepare(unit, batch)))
      // Only those of new members are so many. Theirs have marks by now, so that who meets these meets those.
      for (const batch of batchesOf(last.slice(MAX_CHANGES - 1).map((change) => [change])))
        await submit(batch)
      const content = decisionContent('committed')
      etags = await submit([
        { do: 'create', key: unitKey(unit), content },
        ...last.slice(0, MAX_CHANGES - 1),
      ])
    } catch (error) {
      const decision = await decide(unit, 'off')
      await end(decision)
      // When it was sent twice, the second one failed only.
      if (decision === 'committed') return new Map()
      throw error
    }
    await end('committed')
    return etags
  }

  async function submit(changes: readonly Change[]): Promise<ReadonlyMap<string, string>> {
    try {
      return await table.submit(changes)
    } catch (error) {
      if (!(error instanceof Conflict)) throw error
      throw new Conflict(
        error.message,
        changes.map(({ key }) => key),
      )
    }
  }

  return {
    async get(key) {
      for (;;) {
        const row = await table.get(key)
        const unit = row && unitOf(row)
        if (!row || !unit) return row
        const known = new Map<string, Decision>()
        await learn([row], known)
        const decision = known.get(unit)
        if (decision !== undefined) return outcomeOf(row, decision)
      }
    },

    rows: read,

    take,

    async takeAll(range, names) {
      for (;;) {
        const found: Row[] = []
        for await (const page of table.pages(range, MAX_PAGE, names && [...names, MARK]))
          found.push(...page)
        const marked = found.filter((row) => unitOf(row) !== null)
        if (marked.length === 0) return found
        await parallel(marked, async ({ key }) => settle(key))
      }
    },

    async write(change) {
      return (await submit([change])).get(change.key)
    },

    async commit(groups, last = []) {
      const once = [...new Map(last.map((change) => [change.key, change])).values()]
      const changes = [...groups.flat(), ...once]
      return fits(changes) ? submit(changes.map(unmarking)) : commitLarge(groups, once)
    },

    async tidy(key, etag) {
      if (etag !== undefined) await unlessDone(async () => table.remove(key, etag))
    },

    async attempt(work) {
      for (let tried = 1; ; tried += 1) {
        try {
          return await work()
        } catch (error) {
          if (!(error instanceof Conflict)) throw error
          if (tried === ATTEMPTS)
            throw new PersistenceError('BUSY', 'Others wrote to the same records all the time', {
              cause: error,
            })
          if (tried > 1) {
            await sleep(Math.random() * Math.min(MAX_PAUSE, 2 ** tried))
            // A row of an index may have the mark of a unit that was given up.
            await parallel(error.keys, settle)
          }
        }
      }
    },
  }
}

/** Whether it was done here. A conflict says that somebody else did. */
async function unlessDone(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (!(error instanceof Conflict)) throw error
    return false
  }
}

function toReplace({ key, content, etag }: Row): Change {
  return { do: 'replace', key, content, etag }
}
