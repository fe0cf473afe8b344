import fc from 'fast-check'
import type { PageRequest, PersistenceProvider, RepositoryName } from '@holdfast/spec'
import { EPOCH } from '../clock.ts'
import { Inconclusive, equal, ok, rejects } from '../expect.ts'
import { aWorkflow, anError } from '../fixtures.ts'
import { rule, type Rule, type Store } from '../rule.ts'
import type { Trial } from '../trial.ts'
import type { PagedMethod, Shelf } from './shelf.ts'
import { pagedMethods } from './shelves.ts'

const wrongLimits: readonly unknown[] = [0, -1, 1001, 1.5, Number.NaN, Infinity, 2 ** 53, '10']

/** Decision 8: pages, their limits and their cursors. */
export const pages: readonly Rule[] = [
  rule('PAGE-01', {
    title: 'a limit that is not an integer from 1 to 1000 is INVALID_VALUE',
    clause: 8,
    needs: [],
    bugs: ['langgraph#8656', 'workflow-core#7', 'Gorkflow: Limit <= 0 is all'],
    async check(store, trial) {
      for (const { method, open } of present(store, trial)) {
        const shelf = open()
        for (const limit of wrongLimits) {
          const page = shelf.page({ limit: limit as number })
          await rejects(page, 'INVALID_VALUE', `${method} with limit ${String(limit)}`)
        }
        await shelf.page({ limit: 1 })
        await shelf.page({ limit: 1000 })
      }
    },
  }),

  rule('PAGE-02', {
    title: 'without a limit a page of workflows has 100',
    clause: 8,
    needs: ['workflows'],
    bugs: ['workflow-core W31', 'workflow-core W32', 'Gorkflow: no limit is all'],
    async check({ workflows }) {
      for (let count = 0; count < 101; count += 1) await workflows.create(aWorkflow())
      await judgeDefault(async (request) => workflows.list(request))
      await judgeDefault(async (request) => workflows.getRunnable({ asOf: EPOCH + 1, ...request }))
    },
  }),

  rule('PAGE-03', {
    title: 'without a limit a page of errors has 100',
    clause: 8,
    needs: ['errors'],
    bugs: ['workflow-core W31', 'Gorkflow: no limit is all'],
    async check({ errors }, trial) {
      const workflowId = trial.id()
      await errors.append(Array.from({ length: 101 }, () => anError({ workflowId })))
      await judgeDefault(async (request) => errors.list({ workflowId, ...request }))
    },
  }),

  rule('PAGE-04', {
    title: 'a cursor that the method did not make is INVALID_VALUE',
    clause: 8,
    needs: [],
    bugs: ['langgraph-redis PR#186', 'langgraphjs#2504'],
    async check(store, trial) {
      const cursors = new Map<string, string>()
      const shelves = present(store, trial).map(({ method, open }) => ({ method, shelf: open() }))
      for (const { method, shelf } of shelves) {
        await shelf.add(1)
        await shelf.add(2)
        const { cursor } = await shelf.page({ limit: 1 })
        ok(typeof cursor === 'string', `${method} gives a cursor when there is more`)
        cursors.set(method, cursor)
      }
      for (const { method, shelf } of shelves) {
        for (const [other, cursor] of cursors) {
          if (other === method) continue
          const page = shelf.page({ cursor })
          await rejects(page, 'INVALID_VALUE', `${method} with a cursor of ${other}`)
        }
        for (const cursor of ['garbage', '!', '0', 'null', 'W10']) {
          const page = shelf.page({ cursor })
          await rejects(page, 'INVALID_VALUE', `${method} with the cursor ${cursor}`)
        }
        equal((await shelf.page({ cursor: null })).items.length, 2, `${method} takes cursor null`)
      }
    },
  }),

  rule('PAGE-05', {
    title: 'the cursor is null when nothing follows, and only then, also after a full page',
    clause: 8,
    needs: [],
    bugs: ['workflow-core W31', 'amazonka#340', 'media-insights#607'],
    async check(store, trial) {
      for (const { method, open } of present(store, trial)) {
        const shelf = open()
        await shelf.add(1)
        await shelf.add(1)
        for (const limit of [2, 3]) {
          const { cursor } = await shelf.page({ limit })
          equal(cursor, null, `${method}: no cursor after both of two, with limit ${limit}`)
        }
        const first = await shelf.page({ limit: 1 })
        ok(typeof first.cursor === 'string', `${method}: a cursor after the first of two`)
        const second = await shelf.page({ limit: 1, cursor: first.cursor })
        equal(second.cursor, null, `${method}: no cursor after the second of two`)
        equal(second.items.length, 1, `${method}: the second page has the second of two`)
      }
    },
  }),

  rule('PAGE-06', {
    title: 'an empty result has no items and no cursor',
    clause: 8,
    needs: [],
    bugs: [
      'Gorkflow ListRuns: always []',
      'langgraph-redis PR#186',
      'workflow-es getSubscriptions',
    ],
    async check(store, trial) {
      for (const { method, open } of present(store, trial)) {
        const shelf = open()
        const empty = { items: [], cursor: null, corrupt: [] }
        for (const request of [{}, { limit: 1 }, { limit: 1000, cursor: null }]) {
          equal(await shelf.page(request), empty, `${method} of nothing`)
        }
      }
    },
  }),

  ...pagedMethods.map((paged, index) =>
    rule(`PAGE-${String(index + 7).padStart(2, '0')}`, {
      title: `${paged.method} pages by ${paged.order}, every record once, whatever is written`,
      clause: 8,
      needs: paged.needs,
      bugs: paged.bugs,
      check: async (store, trial) => walkOften(paged.shelves(store as Store, trial), paged, trial),
    }),
  ),
]

interface Present {
  readonly method: string
  readonly open: () => Shelf
}

/** The paged methods that a provider has. */
function present(store: PersistenceProvider, trial: Trial): readonly Present[] {
  const has = (name: RepositoryName): boolean => store.capabilities.repositories.includes(name)
  return pagedMethods
    .filter(({ needs }) => needs.every(has))
    .map(({ method, shelves }) => ({ method, open: shelves(store as Store, trial) }))
}

/** Of 101 records. */
async function judgeDefault(
  page: (request: PageRequest) => Promise<{
    readonly items: readonly unknown[]
    readonly cursor: string | null
  }>,
): Promise<void> {
  const first = await page({})
  equal(first.items.length, 100, 'a page without a limit has 100 of 101')
  const rest = await page({ cursor: first.cursor })
  equal(rest.items.length, 1, 'the page after it has the last one')
  equal((await page({ limit: 1000 })).items.length, 101, 'a page may have up to 1000')
}

interface Plan {
  readonly ranks: readonly number[]
  readonly limit: number
  readonly writes: readonly Write[]
}

interface Write {
  readonly kind: 'add' | 'remove' | 'touch'
  readonly rank: number
  /** Which record, of those that are there. */
  readonly at: number
}

const plans: fc.Arbitrary<Plan> = fc.record({
  ranks: fc.array(fc.nat({ max: 3 }), { minLength: 4, maxLength: 9, size: 'max' }),
  limit: fc.integer({ min: 1, max: 3 }),
  writes: fc.array(
    fc.record({
      kind: fc.constantFrom('add', 'remove', 'touch'),
      rank: fc.nat({ max: 3 }),
      at: fc.nat({ max: 20 }),
    }),
    { minLength: 2, maxLength: 6, size: 'max' },
  ),
})

async function walkOften(open: () => Shelf, { method }: PagedMethod, trial: Trial): Promise<void> {
  let longest = 0
  await trial.forAll(
    plans,
    async (plan) => {
      const shelf = open()
      try {
        const count = await walk(shelf, plan, method)
        trial.count('pages', count)
        longest = Math.max(longest, count)
      } finally {
        await shelf.clear()
      }
    },
    { share: 0.12, fewest: 10 },
  )
  if (longest < 3) throw new Inconclusive('No result had three pages')
}

/** Fills a shelf and reads it page by page, with a write after each page. Returns how many pages there were. */
async function walk(shelf: Shelf, { ranks, limit, writes }: Plan, method: string): Promise<number> {
  const there: string[] = []
  for (const rank of ranks) there.push(await shelf.add(rank))
  const throughout = new Set(there)
  const ever = new Set(there)
  const seen: string[] = []
  let cursor: string | null = null
  let pageCount = 0
  do {
    const page = await shelf.page({ limit, cursor })
    const keys = shelf.keysOf(page)
    ok(keys.length <= limit, `${method}: a page has at most ${limit}, not ${keys.length}`)
    seen.push(...keys)
    cursor = page.cursor
    pageCount += 1
    ok(pageCount <= 50, `${method}: the pages come to an end`)
    const write = writes[pageCount - 1]
    if (write !== undefined && cursor !== null) await apply(write, shelf, there, throughout, ever)
  } while (cursor !== null)
  const strange = seen.filter((key) => !ever.has(key))
  equal(strange, [], `${method}: the pages have nothing else`)
  const found = seen.filter((key) => throughout.has(key))
  const expected = shelf.sort([...throughout])
  equal(found, expected, `${method}: what was there throughout appears once, in order`)
  return pageCount
}

async function apply(
  { kind, rank, at }: Write,
  shelf: Shelf,
  there: string[],
  throughout: Set<string>,
  ever: Set<string>,
): Promise<void> {
  const index = at % Math.max(there.length, 1)
  const key = there[index]
  if (kind === 'touch' && key !== undefined && shelf.touch) {
    await shelf.touch(key)
  } else if (kind === 'remove' && key !== undefined && shelf.remove) {
    await shelf.remove(key)
    there.splice(index, 1)
    throughout.delete(key)
  } else {
    const added = await shelf.add(rank)
    there.push(added)
    ever.add(added)
  }
}
