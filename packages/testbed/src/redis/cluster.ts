import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../engine.ts'
import type { Server, Skip } from '../ladder.ts'
import type { LocalServer } from '../serve.ts'
import { findProgram, startServer } from './local.ts'
import { connected } from './server.ts'

const PRIMARIES = 3
const SLOTS = 16_384
const AGREE_MS = 20_000

/** Starts a cluster of three primaries, from the `redis-server` that is on PATH. `url` names one of them. */
export async function startLocalCluster(env: NodeJS.Dict<string>): Promise<Server | Skip> {
  const program = findProgram(env)
  if (program === undefined) return { skip: 'there is no redis-server on PATH' }
  const password = randomBytes(16).toString('hex')
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000']
  const servers: LocalServer[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()))
  }
  try {
    for (let index = 0; index < PRIMARIES; index++) {
      servers.push(await startServer(program, password, settings))
    }
    await join(servers)
    const [first] = servers
    if (first === undefined) throw new EngineError('FAILED', 'a cluster has at least one server')
    const { url, version, grade } = first
    return { url, version, grade, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Shares the slots among the servers, introduces them to each other, and waits until they agree. */
async function join(servers: readonly LocalServer[]): Promise<void> {
  const [first] = servers
  for (const [index, { url }] of servers.entries()) {
    const from = Math.floor((index * SLOTS) / servers.length)
    const to = Math.floor(((index + 1) * SLOTS) / servers.length)
    await connected(url, async (client) => {
      const slots = Array.from({ length: to - from }, (_, offset) => from + offset)
      await client.cluster('ADDSLOTS', ...slots)
      if (first !== undefined && index > 0) await client.cluster('MEET', '127.0.0.1', first.port)
    })
  }
  const deadline = performance.now() + AGREE_MS
  for (const { url } of servers) {
    while (!(await isReady(url, servers.length))) {
      if (performance.now() > deadline) {
        throw new EngineError('FAILED', 'the servers of the local Redis cluster do not agree')
      }
      await sleep(50)
    }
  }
}

async function isReady(url: string, size: number): Promise<boolean> {
  const info = await connected(url, (client) => client.cluster('INFO'))
  return info.includes('cluster_state:ok') && info.includes(`cluster_size:${size}`)
}
