import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { accessSync, constants } from 'node:fs'
import { openGuard, type Guard } from '../guard.ts'
import type { Server, Skip } from '../ladder.ts'
import { freePort } from '../port.ts'
import { serve, type LocalServer } from '../serve.ts'
import { identify } from './server.ts'

const PROGRAM = 'redis-server'
const START_MS = 20_000
const LOG_LINES = 30

/** Servers of a cluster talk to each other on a port of their own: the port and this. */
const BUS_OFFSET = 10_000

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
    const server = await serveRedis(guard, program, password, more)
    guard.unref()
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

function serveRedis(
  guard: Guard,
  program: string,
  password: string,
  more: readonly string[],
): Promise<LocalServer> {
  const log = join(guard.folder, 'log')
  return serve(guard, {
    product: 'Redis',
    startMs: START_MS,
    command: (port) => ({
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
    }),
    url: (port) => `redis://:${password}@127.0.0.1:${port}`,
    identify,
    output: async () =>
      (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-LOG_LINES).join('\n'),
    portTaken: /Address already in use/,
    findPort,
  })
}

/** A port that is free, and whose port for a cluster's own talk is free as well. */
async function findPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port + BUS_OFFSET > 65_535) continue
    const bus = await freePort(port + BUS_OFFSET).catch(() => undefined)
    if (bus !== undefined) return port
  }
}
