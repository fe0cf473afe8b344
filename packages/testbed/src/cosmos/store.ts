import { randomUUID } from 'node:crypto'
import { parse, type Query } from './sql.ts'
import { compareValues, memberOf, type Json } from './values.ts'

/** What the service answers to what it refuses: a status of HTTP and a reason. */
export class Refused extends Error {
  readonly status: number
  readonly substatus: number

  constructor(status: number, message: string, substatus = 0) {
    super(message)
    this.status = status
    this.substatus = substatus
  }
}

export type Item = { readonly [key: string]: Json }

/** A container's definition, as far as it is looked at. */
export interface Definition {
  readonly id: string
  readonly partitionKey: { readonly paths: readonly string[] }
  readonly indexingPolicy?: {
    readonly includedPaths?: readonly { readonly path: string }[]
    readonly compositeIndexes?: readonly (readonly IndexedPath[])[]
  }
  readonly [key: string]: unknown
}

interface IndexedPath {
  readonly path: string
  readonly order?: 'ascending' | 'descending'
}

export interface Conditions {
  readonly ifMatch?: string | undefined
}

export interface PatchBody {
  readonly operations: readonly {
    readonly op: string
    readonly path: string
    readonly value?: Json
  }[]
  readonly condition?: string
}

export interface Operation extends Conditions {
  readonly operationType: string
  readonly id?: string
  readonly resourceBody?: Item & PatchBody
}

export interface Result {
  readonly statusCode: number
  readonly item?: Item
}

// https://learn.microsoft.com/azure/cosmos-db/concepts-limits
const MAX_ITEM_BYTES = 2 * 1024 * 1024
const MAX_ID_BYTES = 1023
const MAX_KEY_BYTES = 2048
const MAX_BATCH = 100
const MAX_PATCH = 10

/** A container: its items by partition and id, in the order in which they were made. */
export interface Container {
  readonly definition: Definition
  run(partition: string, operation: Operation): Result
  /** Every operation, or none: then the one that was refused says why, and the others 424. */
  batch(partition: string, operations: readonly Operation[]): readonly Result[]
  items(partition: string): readonly Item[]
}

export function createContainer(definition: Definition): Container {
  const partitions = new Map<string, Map<string, Item>>()
  const [path = '/pk'] = definition.partitionKey.paths

  const partitionOf = (key: string): Map<string, Item> => {
    const found = partitions.get(key)
    if (found !== undefined) return found
    const made = new Map<string, Item>()
    partitions.set(key, made)
    return made
  }

  const put = (partition: string, body: Item, old: Item | undefined): Item => {
    const { id } = body
    checkId(id)
    if (valueAt(body, path) !== partition)
      throw new Refused(
        400,
        'PartitionKey extracted from document does not match the one specified in the header.',
      )
    if (Buffer.byteLength(partition) > MAX_KEY_BYTES)
      throw new Refused(400, 'The partition key is too long.')
    const rid = typeof old?._rid === 'string' ? old._rid : randomUUID()
    const item = {
      ...body,
      _rid: rid,
      _self: `docs/${rid}/`,
      _etag: `"${randomUUID()}"`,
      _attachments: 'attachments/',
      _ts: Math.floor(Date.now() / 1000),
    }
    if (Buffer.byteLength(JSON.stringify(body)) > MAX_ITEM_BYTES)
      throw new Refused(413, 'Request size is too large.')
    partitionOf(partition).set(id, item)
    return item
  }

  const run = (partition: string, operation: Operation): Result => {
    const { operationType, resourceBody: body = { operations: [] }, ifMatch } = operation
    const id = operation.id ?? body.id
    checkId(id)
    const old = partitionOf(partition).get(id)
    if (operationType === 'Create') {
      if (old !== undefined)
        throw new Refused(409, 'Entity with the specified id already exists in the system.')
      return { statusCode: 201, item: put(partition, body, undefined) }
    }
    if (operationType === 'Upsert') {
      if (old !== undefined) checkMatch(old, ifMatch)
      return { statusCode: old === undefined ? 201 : 200, item: put(partition, body, old) }
    }
    if (old === undefined)
      throw new Refused(404, 'Entity with the specified id does not exist in the system.')
    if (operationType === 'Read') return { statusCode: 200, item: old }
    checkMatch(old, ifMatch)
    if (operationType === 'Replace') return { statusCode: 200, item: put(partition, body, old) }
    if (operationType === 'Patch')
      return { statusCode: 200, item: put(partition, patched(old, body), old) }
    if (operationType !== 'Delete') throw new Refused(400, `Unknown operation ${operationType}.`)
    partitionOf(partition).delete(id)
    return { statusCode: 204 }
  }

  return {
    definition,
    run,

    batch(partition, operations) {
      if (operations.length > MAX_BATCH)
        throw new Refused(400, 'Batch request has more operations than what is supported.')
      const before = new Map(partitionOf(partition))
      const done: Result[] = []
      try {
        for (const operation of operations) done.push(run(partition, operation))
        return done
      } catch (error) {
        partitions.set(partition, before)
        if (!(error instanceof Refused)) throw error
        return operations.map((_, index) => ({
          statusCode: index === done.length ? error.status : 424,
        }))
      }
    },

    items: (partition) => [...partitionOf(partition).values()],
  }
}

function checkId(id: Json | undefined): asserts id is string {
  if (typeof id !== 'string' || id === '') throw new Refused(400, 'The input id is missing.')
  if (/[/\\?#]/.test(id) || Buffer.byteLength(id) > MAX_ID_BYTES)
    throw new Refused(400, `The input id '${id}' is not valid.`)
}

function checkMatch(old: Item, ifMatch: string | undefined): void {
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== old._etag)
    throw new Refused(412, 'One of the specified pre-condition is not met.')
}

function valueAt(item: Json, path: string): Json | undefined {
  return path.split('/').slice(1).reduce<Json | undefined>(memberOf, item)
}

/** https://learn.microsoft.com/azure/cosmos-db/partial-document-update */
function patched(old: Item, body: PatchBody | PatchBody['operations']): Item {
  const { operations, condition } = 'operations' in body ? body : { operations: body }
  if (operations.length === 0 || operations.length > MAX_PATCH)
    throw new Refused(400, 'A patch has 1 to 10 operations.')
  if (condition !== undefined && !parse(condition).where(old, {}))
    throw new Refused(412, 'One of the specified pre-condition is not met.')
  const item = structuredClone(old) as Record<string, Json>
  for (const { op, path, value } of operations) {
    const keys = path.split('/').slice(1)
    const name = keys.pop() ?? ''
    const parent = keys.reduce<Json | undefined>(memberOf, item)
    if (typeof parent !== 'object' || parent === null || Array.isArray(parent))
      throw new Refused(400, `There is no parent of ${path}.`)
    const members = parent as Record<string, Json>
    if (op === 'remove') {
      if (!Object.hasOwn(members, name)) throw new Refused(400, `There is no ${path} to remove.`)
      delete members[name]
    } else if (op === 'incr') {
      const before = members[name] ?? 0
      if (typeof before !== 'number' || typeof value !== 'number')
        throw new Refused(400, `${path} is no number.`)
      members[name] = before + value
    } else if (op === 'set' || op === 'add' || (op === 'replace' && Object.hasOwn(members, name))) {
      if (value === undefined) throw new Refused(400, `${path} has no value.`)
      members[name] = value
    } else throw new Refused(400, `The operation ${op} of ${path} is not valid.`)
  }
  return item
}

export interface Question {
  readonly query: string
  readonly parameters?: readonly { readonly name: string; readonly value: Json }[]
}

export interface Answer {
  readonly documents: readonly Json[]
  readonly continuation: string | undefined
}

const MAX_ANSWER_BYTES = 4 * 1024 * 1024

const parsed = new Map<string, Query>()

/** Answers a query of one partition: a page of it, and how to ask for the next one. */
export function answer(
  container: Container,
  partition: string,
  question: Question,
  { limit, continuation }: { readonly limit: number; readonly continuation: string | undefined },
): Answer {
  const query = parsed.get(question.query) ?? parse(question.query)
  parsed.set(question.query, query)
  checkOrder(query, container.definition)
  const parameters = Object.fromEntries(
    (question.parameters ?? []).map(({ name, value }) => [name, value]),
  )
  const keyOf = (item: Item): (Json | undefined)[] =>
    query.order.map(({ path }) => valueAt(item, path))
  const byOrder = (a: readonly (Json | undefined)[], b: readonly (Json | undefined)[]): number => {
    for (const [index, { descending }] of query.order.entries()) {
      const order = compareValues(a[index], b[index])
      if (order !== 0) return descending ? -order : order
    }
    return 0
  }
  const found = container
    .items(partition)
    .filter((item) => query.where(item, parameters))
    .map((item) => ({ item, key: keyOf(item) }))
    // An item without what it is ordered by is in no index of it.
    .filter(({ key }) => key.every((value) => value !== undefined))
    .toSorted((a, b) => byOrder(a.key, b.key))
  const from = continuation === undefined ? 0 : Number(continuation)
  const end = Math.min(found.length, query.top ?? found.length)
  const documents: Json[] = []
  let bytes = 0
  let at = from
  for (; at < end && documents.length < limit && bytes < MAX_ANSWER_BYTES; at += 1) {
    const selected = query.select(found[at]?.item ?? null, parameters)
    if (selected === undefined) continue
    bytes += Buffer.byteLength(JSON.stringify(selected))
    documents.push(selected)
  }
  return { documents, continuation: at < end ? String(at) : undefined }
}

/** An order needs an index: of its path, or, when it has several, one of exactly these. */
function checkOrder({ order }: Query, { indexingPolicy }: Definition): void {
  if (order.length === 0 || indexingPolicy === undefined) return
  const { includedPaths = [], compositeIndexes = [] } = indexingPolicy
  const [first] = order
  if (order.length === 1 && first !== undefined) {
    const served = includedPaths.some(({ path }) => path === '/*' || path === `${first.path}/?`)
    if (!served)
      throw new Refused(
        400,
        `The order by query does not have a corresponding index of ${first.path}.`,
      )
    return
  }
  const serves = (index: readonly IndexedPath[], backwards: boolean): boolean =>
    index.length === order.length &&
    order.every(({ path, descending }, at) => {
      const { path: indexed, order: direction = 'ascending' } = index[at] ?? { path: '' }
      return indexed === path && (direction === 'descending') === (descending !== backwards)
    })
  if (!compositeIndexes.some((index) => serves(index, false) || serves(index, true)))
    throw new Refused(
      400,
      'The order by query does not have a corresponding composite index that it can be served from.',
    )
}
