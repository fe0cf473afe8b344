import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { accessSync, constants } from 'node:fs'
import { describeError, EngineError } from '../engine.ts'
import { openGuard, type Guard } from '../guard.ts'
import { waitUntilReady, type Identity, type Server, type Skip } from './server.ts'

const PROGRAM = 'redis-server'
const START_MS = 20_000
const PORT_ATTEMPTS = 5

/** Servers of a cluster talk to each other on a port of their own: the port and this. */
const BUS_OFFSET = 10_000

/** A server that was started here. */
export interface LocalServer extends Server {
  readonly port: number
}

/**
 * Starts the `redis-server` that is on PATH, on a free port of the loopback interface, in a temporary folder. Settings
 * that touch durability stay as Redis ships them.
 */
export async function startLocal(env: NodeJS.Dict<string>): Promise<Server | Skip> {
  const program = findProgram(env)
  if (program === undefined) return { skip: `there is no ${PROGRAM} on PATH` }
  return startServer(program, randomBytes(16).toString('hex'))
}

/** The path of `redis-server`, if there is one. */
export function findProgram(env: NodeJS.Dict<string>): string | undefined {
  return (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, PROGRAM))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** Starts one server, with more arguments if it is to be part of a cluster. */
export async function startServer(
  program: string,
  password: string,
  more: readonly string[] = [],
): Promise<LocalServer> {
  const guard = await openGuard('redis')
  try {
    const server = await serve(guard, program, password, more)
    guard.unref()
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

async function serve(
  guard: Guard,
  program: string,
  password: string,
  more: readonly string[],
): Promise<LocalServer> {
  const log = join(guard.folder, 'log')
  // Another process may take the port between our look and the server's, hence the attempts.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    const url = `redis://:${password}@127.0.0.1:${port}`
    const exited = new AbortController()
    const exit = guard
      .run({
        file: program,
        args: [
          ...['--port', String(port), '--bind', '127.0.0.1'],
          ...['--dir', guard.folder, '--daemonize', 'no'],
          // On a machine that others use too, a server without a password would run their scripts as us.
          ...['--requirepass', password, '--masterauth', password],
          ...more,
        ],
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
        log,
        stopSignal: 'SIGTERM',
      })
      .finally(() => exited.abort())
    try {
      const options = { timeoutMs: START_MS, signal: exited.signal }
      const { version, grade }: Identity = await waitUntilReady(url, options)
      return { url, port, version, grade, stop: async () => guard[Symbol.asyncDispose]() }
    } catch (error) {
      const output = (await readFile(log, 'utf8').catch(() => ''))
        .trim()
        .split('\n')
        .slice(-30)
        .join('\n')
      if (
        exited.signal.aborted &&
        attempt < PORT_ATTEMPTS &&
        /Address already in use/.test(output)
      ) {
        continue
      }
      const { error: guardError } = exited.signal.aborted ? await exit : {}
      const reason = guardError ?? describeError(error)
      throw new EngineError('FAILED', `the local Redis did not start: ${reason}\n${output}`, {
        cause: error,
      })
    }
  }
}

/** A port that is free, and whose port for a cluster's own talk is free as well. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await listen(0)
    if (port + BUS_OFFSET > 65_535) continue
    const bus = await listen(port + BUS_OFFSET).catch(() => undefined)
    if (bus !== undefined) return port
  }
}

/** Listens for a moment, and gives the port. */
async function listen(wanted: number): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}
