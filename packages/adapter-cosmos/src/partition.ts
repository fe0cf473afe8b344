import type { CosmosContainer, CosmosItemResponse, CosmosOperation } from './options.ts'
import { statusOf } from './classify.ts'

/** What every item has. What is not here is its kind's own. */
export interface Item {
  readonly id: string
  readonly kind: string
  /** The ids of the record, as they are. */
  readonly key: readonly string[]
}

/** An item as the service gives it. */
export type Stored<T> = T & { readonly _etag: string; readonly _rid: string }

/** A change of some members of an item: `set` by path, and `add` for numbers to grow by. */
export interface Patch {
  readonly set?: Readonly<Record<string, unknown>>
  readonly add?: Readonly<Record<string, number>>
  /** What must hold of the item `c`. */
  readonly where?: string
  readonly etag?: string
}

/** One write of a batch. */
export type Write =
  | { readonly create: Item }
  | { readonly replace: Item; readonly etag: string }
  | { readonly remove: string; readonly etag: string }
  | { readonly patch: string; readonly change: Patch }

/** Why a write was not made. */
export type Refusal = 'missing' | 'taken' | 'refused'

/** A batch that was made, with what its writes left; or the first write that was not, and why. */
export type Outcome =
  | { readonly written: true; readonly items: readonly unknown[] }
  | { readonly written: false; readonly at: number; readonly refusal: Refusal }

export interface Question {
  /** What is selected, of `c`. */
  readonly select: string
  readonly where: string
  readonly order?: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** A logical partition: what can be written in one atomic batch, and asked in one query. Every call is one round trip. */
export interface Partition {
  /** The value of its key. */
  readonly key: string
  read<T extends Item>(id: string): Promise<Stored<T> | null>
  create(item: Item): Promise<'written' | 'taken'>
  upsert(item: Item): Promise<void>
  patch<T extends Item>(id: string, change: Patch): Promise<Stored<T> | 'missing' | 'refused'>
  remove(id: string, etag?: string): Promise<'written' | 'missing' | 'refused'>
  batch(writes: readonly Write[]): Promise<Outcome>
  /** At most `limit` rows; a round trip for each 4 MB of them. */
  query<T>(question: Question, limit?: number): Promise<T[]>
}

const REFUSALS: Readonly<Record<number, Refusal>> = { 404: 'missing', 409: 'taken', 412: 'refused' }

// What one answer has at the most; the service cuts it short by its size as well.
const PAGE = 1000

export function openPartition(container: () => Promise<CosmosContainer>, key: string): Partition {
  // The driver's types ask for index signatures, which our items have not.
  const owned = (item: Item): never => ({ ...item, pk: key }) as never

  const toOperation = (write: Write): CosmosOperation => {
    if ('create' in write) return { operationType: 'Create', resourceBody: owned(write.create) }
    if ('replace' in write) {
      const { replace, etag } = write
      const resourceBody = owned(replace)
      return { operationType: 'Replace', id: replace.id, ifMatch: etag, resourceBody }
    }
    if ('remove' in write) return { operationType: 'Delete', id: write.remove, ifMatch: write.etag }
    const { patch: id, change } = write
    const resourceBody = toBody(change)
    const operation = { operationType: 'Patch', id, resourceBody } as const
    return change.etag === undefined ? operation : { ...operation, ifMatch: change.etag }
  }

  return {
    key,

    async read<T extends Item>(id: string) {
      const { resource, ...response } = await (await container()).item(id, key).read()
      // The driver tells of a container that is not there as it does of an item.
      const { statusCode: code = 0, substatus = 0 } = response
      if (resource === undefined && (code !== 404 || substatus !== 0))
        throw Object.assign(new Error('Nothing was read'), { code, substatus })
      return (resource ?? null) as Stored<T> | null
    },

    async create(item) {
      const { items } = await container()
      return judged(items.create(owned(item)), () => 'written', { 409: 'taken' })
    },

    async upsert(item) {
      const { items } = await container()
      await judged(items.upsert(owned(item)), () => undefined, {})
    },

    async patch<T extends Item>(id: string, change: Patch) {
      const item = (await container()).item(id, key)
      const call = item.patch(toBody(change) as never, matching(change.etag))
      return judged(call, ({ resource }) => resource as Stored<T>, MISSING_OR_REFUSED)
    },

    async remove(id, etag) {
      const item = (await container()).item(id, key)
      return judged(item.delete(matching(etag)), () => 'written', MISSING_OR_REFUSED)
    },

    async batch(writes) {
      const { items } = await container()
      const { result = [] } = await items.batch(writes.map(toOperation) as never, key)
      const at = result.findIndex(({ statusCode }) => statusCode >= 400 && statusCode !== 424)
      if (at === -1) return { written: true, items: result.map((one) => one.resourceBody) }
      const { statusCode = 0 } = result[at] ?? {}
      const refusal = REFUSALS[statusCode]
      if (refusal === undefined)
        throw Object.assign(new Error('A batch failed'), { code: statusCode })
      return { written: false, at, refusal }
    },

    async query<T>({ select, where, order, parameters = {} }: Question, limit = Infinity) {
      const rows: T[] = []
      const { items } = await container()
      const ordered = order === undefined ? '' : ` ORDER BY ${order}`
      const spec = {
        query: `SELECT ${select} FROM c WHERE ${where}${ordered}`,
        parameters: Object.entries(parameters).map(([name, value]) => ({
          name: `@${name}`,
          value,
        })),
      }
      const options = { partitionKey: key, maxItemCount: Math.min(limit, PAGE) }
      const pages = items.query(spec as never, options)
      while (rows.length < limit && pages.hasMoreResults()) {
        const { resources } = await pages.fetchNext()
        rows.push(...((resources ?? []) as T[]))
      }
      return rows.slice(0, limit)
    },
  }
}

const MISSING_OR_REFUSED = { 404: 'missing', 412: 'refused' } as const

/** What a call gives, or the name of the refusal that it ends with, if it is one of these. */
async function judged<T, R>(
  call: Promise<CosmosItemResponse>,
  read: (response: CosmosItemResponse) => T,
  refusals: Readonly<Record<number, R>>,
): Promise<T | R> {
  try {
    return read(await call)
  } catch (error) {
    const { code, substatus } = statusOf(error)
    const refusal = refusals[code]
    // With a number beside it, a 404 is about something else than the item.
    if (refusal === undefined || (code === 404 && substatus !== 0)) throw error
    return refusal
  }
}

function matching(etag: string | undefined): {
  readonly accessCondition?: { readonly type: string; readonly condition: string }
} {
  return etag === undefined ? {} : { accessCondition: { type: 'IfMatch', condition: etag } }
}

function toBody({ set = {}, add = {}, where }: Patch): object {
  const operations = [
    ...Object.entries(set).map(([name, value]) => ({ op: 'set', path: `/${name}`, value })),
    ...Object.entries(add).map(([name, value]) => ({ op: 'incr', path: `/${name}`, value })),
  ]
  return where === undefined ? { operations } : { operations, condition: `FROM c WHERE ${where}` }
}
