import { createHash, randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, type Engine } from '@holdfast/testbed'
import { TableClient as OldestClient } from 'data-tables-oldest'
import oldest from 'data-tables-oldest/package.json' with { type: 'json' }
import { createTableStorageProvider, type TableClientLike } from '../src/index.ts'
import { partitionsOf } from '../src/keys.ts'

interface Variant {
  readonly name: string
  options(clock: () => number): ProviderOptions
  /** The namespace that stands for one of the kit's. */
  namespaceOf?(namespace: string): string
  /** A client that is handed in, in place of the connection string. */
  readonly connect?: (connectionString: string, table: string) => TableClientLike
}

function tableStorageTarget({
  name,
  options,
  namespaceOf = (given) => given,
  connect,
}: Variant): Target {
  // Several runs may share a service.
  let run: string = randomUUID()
  let url: string | undefined
  let engine: Engine | undefined

  const started = (): { readonly url: string } => {
    if (url === undefined) throw new Error('The target was not set up')
    return { url }
  }

  // The namespaces of each rule have a table: the emulator looks at every row of one to answer a query.
  const tableOf = (namespace: string): string => {
    const [ofRule] = /^.*?[0-9a-f]{12}/.exec(namespace) ?? [namespace]
    const name = createHash('sha256').update(JSON.stringify([run, ofRule]))
    return `t${name.digest('hex').slice(0, 40)}`
  }

  return {
    name,

    async setup() {
      const found = await available('table-storage')
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      url = found.url
    },

    module: import.meta.url,
    share: () => ({ url: started().url, run }),
    join(shared) {
      const there = shared as { readonly url: string; readonly run: string }
      url = there.url
      run = there.run
    },

    async teardown() {
      await engine?.[Symbol.asyncDispose]()
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      const { version, grade } = engine
      return { name: 'Azure Table Storage', version, grade }
    },

    endpoint() {
      const { hostname, port } = endpointOf(started().url)
      return { host: hostname, port: Number(port || 80) }
    },

    open(namespace, { clock, endpoint }) {
      const connectionString = endpoint ? through(endpoint, started().url) : started().url
      const tableName = tableOf(namespace)
      return createTableStorageProvider({
        ...(connect
          ? { client: connect(connectionString, tableName) }
          : { connectionString, tableName }),
        namespace: namespaceOf(namespace),
        ...options(clock),
      })
    },

    async corrupt({ namespace, repository, key }) {
      const client = TableClient.fromConnectionString(started().url, tableOf(namespace), {
        allowInsecureConnection: true,
      })
      const { main, events } = partitionsOf(namespaceOf(namespace))
      for await (const row of client.listEntities<Record<string, unknown>>()) {
        const { partitionKey, rowKey, ...content } = row
        if (partitionKey === undefined || rowKey === undefined) continue
        if (partitionKey !== main && partitionKey !== events) continue
        const ids = key.map(encodeURIComponent)
        if (content.body0 === undefined || !IS_OF[repository](content, ids)) continue
        await client.updateEntity({ partitionKey, rowKey, body0: Buffer.from('{') }, 'Merge')
      }
    },
  }
}

type Content = Readonly<Record<string, unknown>>

/** Whether a row has the body of a record, or a copy of it. */
const IS_OF: Readonly<
  Record<StoredRecord['repository'], (row: Content, key: readonly string[]) => boolean>
> = {
  workflows: (row, [id]) => row.id === id && row.definitionId !== undefined,
  steps: (row, [workflowId, stepId]) => row.workflowId === workflowId && row.stepId === stepId,
  state: (row, [workflowId, key]) => row.workflowId === workflowId && row.key === key,
  events: (row, [id]) => row.id === id && row.eventTime !== undefined,
  subscriptions: (row, [id]) => row.id === id && row.subscribeAsOf !== undefined,
  commands: (row, [key]) => row.key === key && row.executeAt !== undefined,
  snapshots: (row, key) => isOfSnapshot(row, key) && row.taskId === undefined,
  claims: (row, key) => isOfSnapshot(row, key) && row.taskId === key[2],
  errors: (row, [id]) => row.id === id && row.errorTime !== undefined,
}

function isOfSnapshot(row: Content, [instanceId, workflowId]: readonly string[]): boolean {
  return row.instanceId === instanceId && row.workflowId === workflowId
}

function endpointOf(connectionString: string): URL {
  const [, endpoint = ''] = /TableEndpoint=([^;]+)/.exec(connectionString) ?? []
  return new URL(endpoint)
}

/** The same service by another way. */
function through({ host, port }: Endpoint, connectionString: string): string {
  const url = endpointOf(connectionString)
  url.hostname = host
  url.port = String(port)
  return connectionString.replace(/TableEndpoint=[^;]+/, `TableEndpoint=${url.href}`)
}

export const target: Target = tableStorageTarget({
  name: 'table-storage',
  options: (clock) => ({ clock }),
})

/** With the time of this process. */
export const processClockTarget: Target = tableStorageTarget({
  name: 'table-storage (clock of the process)',
  options: () => ({}),
})

/** With bodies that are not JSON, and a namespace whose name has to be escaped. */
export const oddTarget: Target = tableStorageTarget({
  name: 'table-storage (odd namespace)',
  options: (clock) => ({ clock, codec: compressingCodec({ threshold: 1 }) }),
  namespaceOf: (namespace) => `/\\#? %'é😀${namespace}`.slice(0, 63),
})

/** With the oldest driver that is supported. */
export const oldestTarget: Target = tableStorageTarget({
  name: `table-storage (@azure/data-tables ${oldest.version})`,
  options: (clock) => ({ clock }),
  connect: (connectionString, table) =>
    OldestClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true }),
})

/** With a client that waits less before it asks again, which is seconds each time. */
export const hastyTarget: Target = tableStorageTarget({
  name: 'table-storage (short pauses between tries)',
  options: (clock) => ({ clock }),
  connect: (connectionString, table) =>
    TableClient.fromConnectionString(connectionString, table, {
      allowInsecureConnection: true,
      retryOptions: { retryDelayInMs: 1 },
    }),
})
