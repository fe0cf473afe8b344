import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Refused,
  answer,
  createContainer,
  type Container,
  type Definition,
  type Operation,
  type Question,
  type Result,
} from './store.ts'
import { SyntaxFault } from './sql.ts'

// A stand-in for the service, in memory: the REST API of databases, containers and items as Microsoft documents it, as
// far as a store of workflows uses it. What the package from npm has not is the reason for it: batches that are
// all or nothing, patches with a condition, queries of one partition, orders that need their index, and limits.
// https://learn.microsoft.com/rest/api/cosmos-db/

/** The key of Microsoft's own emulator, which is no secret. */
export const WELL_KNOWN_KEY =
  'C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=='

interface Database {
  readonly id: string
  readonly containers: Map<string, Container>
}

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface StandIn {
  readonly url: string
  stop(): Promise<void>
}

export async function startStandIn(): Promise<StandIn> {
  const databases = new Map<string, Database>()
  const server = createServer((request, response) => {
    void respond(request, databases).then(({ status, body, headers }) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A process that forgets it ends all the same.
  server.unref()
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => close(server) }
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

async function respond(request: IncomingMessage, databases: Map<string, Database>): Promise<Reply> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const { method = 'GET', url = '/', headers } = request
    const parts = url
      .split('?', 1)
      .join('')
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent)
    authorize(method, parts, headers)
    return route(
      method,
      parts,
      headers,
      text === '' ? undefined : (JSON.parse(text) as unknown),
      databases,
    )
  } catch (error) {
    if (error instanceof SyntaxFault) return fault(400, error.message)
    if (error instanceof Refused) return fault(error.status, error.message, error.substatus)
    return fault(500, String(error))
  }
}

function fault(status: number, message: string, substatus = 0): Reply {
  const headers = substatus === 0 ? {} : { 'x-ms-substatus': String(substatus) }
  return { status, body: { code: String(status), message }, headers }
}

const OWNER_NOT_FOUND = 1003

/** https://learn.microsoft.com/rest/api/cosmos-db/access-control-on-cosmosdb-resources */
function authorize(method: string, parts: readonly string[], headers: IncomingHttpHeaders): void {
  const isFeed = parts.length % 2 === 1
  const type = isFeed ? (parts.at(-1) ?? '') : (parts.at(-2) ?? '')
  const link = (isFeed ? parts.slice(0, -1) : parts).join('/')
  const date = String(headers['x-ms-date'] ?? '').toLowerCase()
  const text = `${method.toLowerCase()}\n${type}\n${link}\n${date}\n\n`
  const signature = createHmac('sha256', Buffer.from(WELL_KNOWN_KEY, 'base64'))
    .update(text)
    .digest('base64')
  const given = decodeURIComponent(headers.authorization ?? '')
  if (given !== `type=master&ver=1.0&sig=${signature}`)
    throw new Refused(401, 'The input authorization token cannot serve the request.')
}

function route(
  method: string,
  [, databaseId, colls, containerId, docs, itemId]: readonly string[],
  headers: IncomingHttpHeaders,
  body: unknown,
  databases: Map<string, Database>,
): Reply {
  if (databaseId === undefined) {
    if (method !== 'POST') return { status: 200, body: account(headers) }
    const { id } = body as { readonly id: string }
    if (databases.has(id))
      throw new Refused(409, 'Resource with specified id or name already exists.')
    databases.set(id, { id, containers: new Map() })
    return { status: 201, body: { id } }
  }
  const database = databases.get(databaseId)
  if (database === undefined)
    throw new Refused(404, 'Owner resource does not exist', OWNER_NOT_FOUND)
  if (colls === undefined && method === 'DELETE') {
    databases.delete(databaseId)
    return { status: 204 }
  }
  if (colls === undefined) return { status: 200, body: { id: database.id } }
  const { containers } = database
  if (containerId === undefined) {
    const definition = body as Definition
    if (containers.has(definition.id))
      throw new Refused(409, 'Resource with specified id or name already exists.')
    containers.set(definition.id, createContainer(definition))
    return { status: 201, body: definition }
  }
  const container = containers.get(containerId)
  if (container === undefined)
    throw new Refused(404, 'Owner resource does not exist', OWNER_NOT_FOUND)
  if (docs === undefined && method === 'DELETE') {
    containers.delete(containerId)
    return { status: 204 }
  }
  if (docs === undefined) return { status: 200, body: container.definition }
  if (docs === 'pkranges') {
    const ranges = [
      { id: '0', minInclusive: '', maxExclusive: 'FF', _rid: '0', status: 'online', parents: [] },
    ]
    return { status: 200, body: { _rid: '0', PartitionKeyRanges: ranges, _count: 1 } }
  }
  return items(method, container, itemId, headers, body)
}

function account(headers: IncomingHttpHeaders): unknown {
  const locations = [{ name: 'Here', databaseAccountEndpoint: `http://${headers.host}/` }]
  return {
    id: 'stand-in',
    writableLocations: locations,
    readableLocations: locations,
    enableMultipleWriteLocations: false,
    userConsistencyPolicy: { defaultConsistencyLevel: 'Session' },
  }
}

const BY_METHOD: Readonly<Record<string, string>> = {
  GET: 'Read',
  PUT: 'Replace',
  PATCH: 'Patch',
  DELETE: 'Delete',
}

function items(
  method: string,
  container: Container,
  id: string | undefined,
  headers: IncomingHttpHeaders,
  body: unknown,
): Reply {
  const asked = (name: string): boolean => String(headers[name]).toLowerCase() === 'true'
  const [partition] = JSON.parse(
    String(headers['x-ms-documentdb-partitionkey'] ?? '[]'),
  ) as unknown[]
  if (typeof partition !== 'string')
    throw new Refused(400, 'Cross partition queries are not served here.')
  if (id !== undefined) {
    const operation = {
      operationType: BY_METHOD[method] ?? method,
      id,
      resourceBody: body,
      ifMatch: headers['if-match'],
    }
    return replyOf(container.run(partition, operation as Operation), headers)
  }
  if (
    asked('x-ms-documentdb-isquery') ||
    asked('x-ms-documentdb-query-isquery') ||
    String(headers['content-type']).includes('query')
  ) {
    const { documents, continuation } = answer(container, partition, body as Question, {
      limit: limitOf(headers),
      continuation: headers['x-ms-continuation'] as string | undefined,
    })
    return {
      status: 200,
      body: { _rid: '0', Documents: documents, _count: documents.length },
      headers: {
        'x-ms-item-count': String(documents.length),
        ...(continuation && { 'x-ms-continuation': continuation }),
      },
    }
  }
  if (asked('x-ms-cosmos-is-batch-request')) {
    const results = container.batch(partition, body as readonly Operation[])
    const failed = results.some(({ statusCode }) => statusCode >= 400)
    const shown = results.map(({ statusCode, item }) => ({
      statusCode,
      requestCharge: 0,
      ...(item && { eTag: item._etag, resourceBody: item }),
    }))
    return { status: failed ? 207 : 200, body: shown }
  }
  const operationType = asked('x-ms-documentdb-is-upsert') ? 'Upsert' : 'Create'
  const operation = { operationType, resourceBody: body } as Operation
  return replyOf(container.run(partition, operation), headers)
}

function limitOf(headers: IncomingHttpHeaders): number {
  const limit = Number(headers['x-ms-max-item-count'] ?? 100)
  return limit > 0 ? limit : 100
}

function replyOf({ statusCode, item }: Result, headers: IncomingHttpHeaders): Reply {
  if (item === undefined) return { status: statusCode }
  const etag = { etag: item._etag as string }
  if (headers.prefer === 'return=minimal' && statusCode !== 200)
    return { status: statusCode, headers: etag }
  return { status: statusCode, body: item, headers: etag }
}
