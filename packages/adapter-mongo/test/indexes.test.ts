import { walkthrough } from '@holdfast/conformance'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { indexDefinitions, type IndexDefinition } from '../src/index.ts'
import type { Store } from '@holdfast/conformance'
import { aWorkflow, openServer, type Server } from './support.ts'
import { replicaSet, type Call } from './wrapped.ts'

// The stand-in has no `explain` and reads whole collections. So the queries that the adapter makes are held against the
// indexes that it makes, as MongoDB's planner would: fields that must be equal, then those of the order, then a range.
// Where there is a real server, it is asked.

let server: Server
const queries: Call[] = []

beforeAll(async () => {
  server = await openServer()
  const client = replicaSet(server.client, async (call, send) => {
    queries.push(call)
    return send()
  })
  const store = server.open({ client })
  await store.ensureStore()
  for (const { run } of walkthrough(store)) await run()
  await askMore(store)
})

afterAll(async () => server[Symbol.asyncDispose]())

/** What the walkthrough leaves out: other conditions, and the pages after the first. */
async function askMore({
  workflows,
  steps,
  events,
  subscriptions,
  commands,
  snapshots,
  claims,
  errors,
}: Store): Promise<void> {
  for (let n = 0; n < 3; n += 1) await workflows.create(aWorkflow({ createdAt: n }))
  const { cursor: due } = await workflows.getRunnable({ asOf: 1, limit: 1 })
  await workflows.getRunnable({ asOf: 1, limit: 1, cursor: due })
  const { cursor } = await workflows.list({ limit: 1 })
  await workflows.list({ limit: 1, cursor })
  await workflows.list({ definitionId: 'order', cursor })
  await workflows.list({ reference: 'r', cursor })
  await workflows.list({ resourceId: 'r', createdFrom: 0, createdTo: 9 })
  await workflows.purge({ status: 'failed', olderThan: 1 })
  await snapshots.list({ status: 'paused' })
  await claims.findAvailable({ tags: ['a'] })
  await claims.claimNext({ workerId: 'w', ttl: 1, tags: ['a'] })
  await steps.list({ workflowId: 'w' })
  await events.getRunnable({ asOf: 1 })
  await subscriptions.findFirstOpen({ eventName: 'n', eventKey: 'k', asOf: 1 })
  await commands.list()
  await errors.list({ workflowId: 'w' })
}

type Filter = Readonly<Record<string, unknown>>

const indexes = indexDefinitions()

const READS = [
  'find',
  'findOne',
  'findOneAndUpdate',
  'updateOne',
  'updateMany',
  'deleteOne',
  'deleteMany',
]

/** Expired leases are found by their expiry, and sorted then: there are few. */
const SORTED_AFTERWARDS = ['expiresAt', 'leaseUntil', 'tokenExpiry']

function isRange(condition: unknown): boolean {
  if (typeof condition !== 'object' || condition === null) return false
  const operators = Object.keys(condition)
  return operators.some((operator) => ['$gt', '$gte', '$lt', '$lte'].includes(operator))
}

function isEqual(condition: unknown): boolean {
  if (typeof condition !== 'object' || condition === null) return true
  return '$eq' in condition || '$in' in condition
}

/** Whether the index leads to what matches, in the order asked for. */
function serves(
  { key }: Pick<IndexDefinition, 'key'>,
  filter: Filter,
  sort: readonly string[],
): boolean {
  if ('_id' in filter && isEqual(filter._id)) return true
  const fields = Object.keys(key)
  const bound = fields.findIndex((field) => !(field in filter) || !isEqual(filter[field]))
  const rest = bound === -1 ? [] : fields.slice(bound)
  if (bound === 0 && !(fields[0] !== undefined && isRange(filter[fields[0]]))) return false
  const ordered = sort.filter((field) => !(field in filter) || !isEqual(filter[field]))
  const inOrder = ordered.every((field, place) => rest[place] === field)
  const [next = ''] = rest
  const ranges = Object.keys(filter).filter((field) => isRange(filter[field]))
  if (SORTED_AFTERWARDS.includes(next) && ranges.includes(next)) return true
  // A range on a field that is not next would be looked for one by one.
  return inOrder && (ranges.length === 0 || ranges.includes(next))
}

function branchesOf(filter: Filter): readonly Filter[] {
  if (!Array.isArray(filter.$or)) return [filter]
  const { $or: branches, ...rest } = filter
  return (branches as Filter[]).map((branch) => ({ ...rest, ...branch }))
}

describe('each query', () => {
  it('is served by an index', () => {
    const reads = queries.filter(({ method }) => READS.includes(method))
    expect(reads.length).toBeGreaterThan(60)
    const missed = reads.flatMap(({ collection, method, args }) => {
      const own = [{ key: { _id: 1 as const } }, ...(indexes[`holdfast.${collection}`] ?? [])]
      const options = (method.startsWith('find') ? args.at(-1) : {}) as { readonly sort?: object }
      const sort = args.length > 1 ? Object.keys(options.sort ?? {}) : []
      return branchesOf(args[0] as Filter)
        .filter((branch) => !own.some((index) => serves(index, branch, sort)))
        .map((branch) => `${collection}.${method} ${JSON.stringify(branch)} by ${sort.join()}`)
    })
    expect(missed).toEqual([])
  })

  it('would be missed without it', () => {
    const due = { ns: 'n', due: { $lte: 1 } }
    expect(serves({ key: { ns: 1, due: 1, _id: 1 } }, due, ['due', '_id'])).toBe(true)
    expect(serves({ key: { ns: 1, _id: 1 } }, due, ['due', '_id'])).toBe(false)
    expect(serves({ key: { due: 1, ns: 1, _id: 1 } }, { ns: 'n' }, ['_id'])).toBe(false)
    expect(serves({ key: { ns: 1, createdAt: 1 } }, due, ['due'])).toBe(false)
  })
})

it.runIf(process.env.HOLDFAST_MONGO_GRADE === 'real')(
  'reads no more documents of a real server when more are stored',
  async () => {
    const { workflows } = server.open({ namespace: 'few' })
    const many = server.open({ namespace: 'many' })
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      ...{ _id: `many\0${n}`, ns: 'many', due: null, createdAt: n, status: 'complete' },
    }))
    await server.database.collection('holdfast.workflows').insertMany(rows as object[])
    for (const store of [{ workflows }, many]) {
      for (let n = 0; n < 20; n += 1) await store.workflows.create(aWorkflow())
    }
    const examined = async (ns: string): Promise<number> => {
      const explained = await server.database
        .collection('holdfast.workflows')
        .find({ ns, due: { $lte: 1 } }, { sort: { due: 1, _id: 1 }, limit: 11 })
        .explain('executionStats')
      return (explained.executionStats as { readonly totalKeysExamined: number }).totalKeysExamined
    }
    expect(await examined('many')).toBe(await examined('few'))
  },
)
