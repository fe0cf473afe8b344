import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Environment } from '../engine.ts'
import { openGuard, type Guard } from '../guard.ts'
import type { Server, Skip } from '../ladder.ts'
import { serve } from '../serve.ts'
import { identify } from './server.ts'
import { FETCH, LIBRARIES, PROGRAM, PROJECT, STAND_IN } from './stand-in.ts'

const START_MS = 30_000
const LOG_LINES = 30

/**
 * Starts the stand-in `mongo-java-server`, which keeps everything in memory, on a free port of the loopback interface.
 * Maven fetches it once, into the cache of the user. There is no package of the product itself.
 */
export async function startLocal(env: Environment): Promise<Server | Skip> {
  const missing = await whatIsMissing()
  if (missing !== undefined) return { skip: missing }
  const libraries = await fetchLibraries(env)
  if (typeof libraries !== 'string') return libraries
  const guard = await openGuard('mongo')
  try {
    const server = await serveStandIn(guard, libraries)
    guard.unref()
    return server
  } catch (error) {
    await guard[Symbol.asyncDispose]()
    throw error
  }
}

async function whatIsMissing(): Promise<string | undefined> {
  for (const [program, option] of [
    ['javac', '-version'],
    ['mvn', '-version'],
  ] as const) {
    const { code } = await run(program, [option])
    if (code !== 0) return `there is no ${program} on PATH; install a JDK (11 or newer) and Maven`
  }
  return undefined
}

/** The folder of the libraries. It appears whole or not at all, however many processes fetch at once. */
async function fetchLibraries(env: Environment): Promise<string | Skip> {
  const cache = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'holdfast')
  const folder = join(cache, LIBRARIES)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'draft-'))
  try {
    const project = join(draft, 'pom.xml')
    const libraries = join(draft, 'libraries')
    await writeFile(project, PROJECT)
    const { code, output } = await run('mvn', [
      ...['-q', '-B', '-f', project, FETCH],
      `-DoutputDirectory=${libraries}`,
    ])
    if (code !== 0) {
      return { skip: `Maven did not fetch ${STAND_IN.artifact} ${STAND_IN.version}: ${output}` }
    }
    await rename(libraries, folder).catch((error: unknown) => {
      // Somebody else was faster.
      if (!existsSync(folder)) throw error
    })
    return folder
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function serveStandIn(guard: Guard, libraries: string): Promise<Server> {
  const log = join(guard.folder, 'log')
  const program = join(guard.folder, 'StandIn.java')
  await writeFile(program, PROGRAM)
  return serve(guard, {
    product: 'MongoDB stand-in',
    startMs: START_MS,
    command: (port) => ({
      file: 'java',
      args: ['-cp', join(libraries, '*'), program, String(port)],
      env: { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8' },
      log,
      stopSignal: 'SIGTERM',
    }),
    url: (port) => `mongodb://127.0.0.1:${port}/`,
    identify,
    output: async () =>
      (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-LOG_LINES).join('\n'),
    portTaken: /Address already in use/,
  })
}

/** Runs a program to its end; a program that is not there ends with 127, as in a shell. */
async function run(
  file: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => lines.push(text))
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once('close', resolve)
    child.once('error', () => resolve(127))
  })
  return { code, output: lines.join('').trim().split('\n').slice(0, 3).join(' ') }
}
