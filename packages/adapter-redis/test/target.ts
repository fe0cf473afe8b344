import { randomUUID } from 'node:crypto'
import type { Endpoint, StoredRecord, Target } from '@holdfast/conformance'
import { compressingCodec, type ProviderOptions } from '@holdfast/spec'
import { EngineError, available, startRedis, type Engine, type NoEngine } from '@holdfast/testbed'
import { Cluster, Redis } from 'ioredis'
import OldestRedis from 'ioredis-oldest'
import oldest from 'ioredis-oldest/package.json' with { type: 'json' }
import { createClient } from 'redis'
import {
  createRedisProvider,
  fromNodeRedis,
  type RedisClient,
  type RedisProviderOptions,
} from '../src/index.ts'
import { hashTag } from '../src/options.ts'

/** The hashes that hold the bodies of a repository's records. */
const BODIES: Readonly<Record<StoredRecord['repository'], readonly string[]>> = {
  workflows: ['workflows.body'],
  steps: ['steps.body', 'outputs'],
  state: ['state'],
  events: ['events.body'],
  subscriptions: ['subscriptions.body'],
  commands: ['commands.body'],
  snapshots: ['snapshots.body', 'snapshots.brief'],
  claims: ['tasks.body'],
  errors: ['errors.body'],
}

interface Connection {
  readonly client: RedisClient
  /** Runs any command, on the server that has the key. */
  hset(key: string, field: string, value: string): Promise<unknown>
  close(): unknown
}

interface Variant {
  readonly name: string
  start(): Promise<Engine | NoEngine>
  connect(url: string): Promise<Connection>
  options(clock: () => number): ProviderOptions & Pick<RedisProviderOptions, 'prefix'>
  readonly engine?: string
  /** How a single server is reached by another way: by a client of the provider's own, or by one that is handed in. */
  readonly network?: 'url' | 'client'
}

function redisTarget({
  name,
  start,
  connect,
  options,
  engine: product = 'Redis',
  network,
}: Variant): Target {
  // Several runs may share a server.
  let run: string = randomUUID()
  let engine: Engine | undefined
  let connection: Connection | undefined

  const connected = (): Connection => {
    if (connection === undefined) throw new Error('The target was not set up')
    return connection
  }

  const prefixed = (clock: () => number): ProviderOptions & { readonly prefix: string } => {
    const { prefix = 'test', ...rest } = options(clock)
    return { prefix: `${prefix} ${run}`, ...rest }
  }

  const address = (): string => {
    if (engine === undefined) throw new Error('The target was not set up')
    return engine.url
  }

  return {
    name,

    async setup() {
      const found = await start()
      if (found.grade === 'none') throw new EngineError('UNAVAILABLE', found.reason)
      engine = found
      connection = await connect(found.url)
    },

    module: import.meta.url,
    share: () => ({ url: engine?.url ?? '', run }),
    async join(shared) {
      const there = shared as { readonly url: string; readonly run: string }
      run = there.run
      connection = await connect(there.url)
    },

    async teardown() {
      await connection?.close()
      await engine?.[Symbol.asyncDispose]()
    },

    engine() {
      if (engine === undefined) throw new Error('The target was not set up')
      return { name: product, version: engine.version, grade: engine.grade }
    },

    ...(network && {
      endpoint() {
        const { hostname, port } = new URL(address())
        return { host: hostname, port: Number(port || 6379) }
      },
    }),

    async open(namespace, { clock, endpoint }) {
      const rest = { namespace, ...prefixed(clock) }
      if (endpoint === undefined)
        return createRedisProvider({ client: connected().client, ...rest })
      const url = through(endpoint, address())
      if (network === 'url') return createRedisProvider({ url, ...rest })
      const { client, close } = await connect(url)
      const provider = createRedisProvider({ client, ...rest })
      return {
        ...provider,
        async [Symbol.asyncDispose]() {
          await provider[Symbol.asyncDispose]()
          await close()
        },
      }
    },

    async corrupt({ namespace, repository, key }) {
      const { prefix } = prefixed(Date.now)
      for (const hash of BODIES[repository]) {
        const id = key.slice(0, repository === 'claims' ? 3 : 2).join('\0')
        await connected().hset(`${hashTag(prefix, namespace)}:${hash}`, id, '{')
      }
    },
  }
}

/** The same server by another way. */
function through({ host, port }: Endpoint, address: string): string {
  const url = new URL(address)
  url.hostname = host
  url.port = String(port)
  return url.href
}

async function connectIoredis(url: string): Promise<Connection> {
  const client = new Redis(url)
  // Rules may break connections; one that breaks is no failure.
  client.on('error', () => {})
  return {
    client,
    hset: (key, field, value) => client.hset(key, field, value),
    close: () => client.disconnect(),
  }
}

async function connectOldest(url: string): Promise<Connection> {
  const client = new OldestRedis.default(url)
  client.on('error', () => {})
  return {
    client,
    hset: (key, field, value) => client.hset(key, field, value),
    close: () => client.disconnect(),
  }
}

/** A client of the cluster that the server at `url` is part of. */
function openCluster(url: string): Cluster {
  const { hostname, port, password, username } = new URL(url)
  const cluster = new Cluster([{ host: hostname, port: Number(port) }], {
    redisOptions: { password, ...(username !== '' && { username }) },
  })
  cluster.on('error', () => {})
  return cluster
}

async function connectCluster(url: string): Promise<Connection> {
  const client = openCluster(url)
  return {
    client,
    hset: (key, field, value) => client.hset(key, field, value),
    close: () => client.disconnect(),
  }
}

async function connectNodeRedis(url: string): Promise<Connection> {
  const client = createClient({ url })
  client.on('error', () => {})
  await client.connect()
  return {
    client: fromNodeRedis(client),
    hset: (key, field, value) => client.hSet(key, field, value),
    close: () => client.destroy(),
  }
}

const one = (): Promise<Engine | NoEngine> => available('redis')

export const target: Target = redisTarget({
  name: 'redis',
  start: one,
  connect: connectIoredis,
  options: (clock) => ({ clock }),
  network: 'url',
})

/** Three primaries; the namespaces of the rules are spread over them. */
export const clusterTarget: Target = redisTarget({
  name: 'redis (cluster)',
  engine: 'Redis Cluster',
  start: () => startRedis({ cluster: true }),
  connect: connectCluster,
  options: (clock) => ({ clock }),
})

/** With the time that the server says. */
export const serverClockTarget: Target = redisTarget({
  name: 'redis (clock of the server)',
  start: one,
  connect: connectIoredis,
  options: () => ({}),
  network: 'url',
})

/** By the other driver, with bodies that are not JSON, and with keys that have to be encoded. */
export const nodeRedisTarget: Target = redisTarget({
  name: 'redis (node-redis, odd prefix)',
  start: one,
  connect: connectNodeRedis,
  network: 'client',
  options: (clock) => ({
    clock,
    codec: compressingCodec({ threshold: 1 }),
    prefix: '}{*?: é',
  }),
})

/** By the oldest driver that is supported. */
export const oldestTarget: Target = redisTarget({
  name: `redis (ioredis ${oldest.version})`,
  start: one,
  connect: connectOldest,
  network: 'client',
  options: (clock) => ({ clock }),
})
