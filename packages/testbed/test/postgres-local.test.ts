import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { startPostgres, type Engine } from '../src/index.ts'
import { environment, isRunning, postmasterIn, privateTmp, query } from './support.ts'

const env = environment({ HOLDFAST_ENGINE: 'local' })
const program = fileURLToPath(new URL('fixtures/start-postgres.ts', import.meta.url))

// Where no binaries exist, PostgreSQL comes from a URL or a container, and these have their tests.
describe.skipIf(process.platform === 'win32')('a local PostgreSQL', () => {
  test('states its version, grade and way, and why the other ways were not taken', async () => {
    await using engine = await startPostgres({ env })
    expect(engine).toMatchObject({
      name: 'postgres',
      grade: 'real',
      via: 'local',
      skipped: [
        'url: HOLDFAST_POSTGRES_URL is not set',
        'container: not allowed by HOLDFAST_ENGINE=local',
      ],
    })
    expect(engine.version).toMatch(/^18\.\d+$/)
    expect(new URL(engine.url).hostname).toBe('127.0.0.1')
  })

  test('keeps the settings of durability and sorts text by language', async () => {
    await using engine = await startPostgres({ env, maxConnections: 150 })
    const settings = await query(
      engine.url,
      `select current_setting('fsync') as fsync,
              current_setting('synchronous_commit') as commit,
              current_setting('full_page_writes') as pages,
              current_setting('max_connections') as connections,
              'a' < 'B' as linguistic`,
    )
    expect(settings).toEqual({
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      connections: '150',
      linguistic: true,
    })
  })

  test('does not let in whoever has no password', async () => {
    await using engine = await startPostgres({ env })
    const url = new URL(engine.url)
    url.password = 'guess'
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  })

  test('dispose leaves no process and no folder', async () => {
    await using tmp = await privateTmp()
    const engine = await withTmp(tmp.path, () => startPostgres({ env }))
    const postmaster = await postmasterIn(tmp.path)
    expect(isRunning(postmaster)).toBe(true)
    await engine[Symbol.asyncDispose]()
    expect(isRunning(postmaster)).toBe(false)
    expect(await tmp.entries()).toEqual([])
    await engine[Symbol.asyncDispose]()
  })

  test('a start that fails leaves no folder and says what the server said', async () => {
    await using tmp = await privateTmp()
    const start = withTmp(tmp.path, () => startPostgres({ env, maxConnections: -1 }))
    await expect(start).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('-1 is outside the valid range for parameter') as string,
    })
    expect(await tmp.entries()).toEqual([])
  })

  test('several at once do not clash', async () => {
    const engines = await Promise.all([1, 2, 3].map(() => startPostgres({ env })))
    try {
      expect(new Set(engines.map(({ url }) => new URL(url).port)).size).toBe(3)
      for (const { url } of engines) expect(await query(url, 'select 1 as one')).toEqual({ one: 1 })
    } finally {
      await Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()))
    }
  })
})

describe.skipIf(process.platform === 'win32')('a process that does not dispose', () => {
  test('that returns ends, and leaves nothing', async () => {
    await using tmp = await privateTmp()
    const child = await launch(tmp.path)
    expect(await child.ended).toEqual([0, null])
    await vi.waitFor(async () => expect(await tmp.entries()).toEqual([]), { timeout: 10_000 })
    expect(isRunning(child.postmaster)).toBe(false)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'that gets %s leaves nothing',
    async (signal) => {
      await using tmp = await privateTmp()
      const child = await launch(tmp.path, 'stay')
      child.kill(signal)
      expect(await child.ended).toEqual([null, signal])
      await vi.waitFor(async () => expect(await tmp.entries()).toEqual([]), { timeout: 10_000 })
      expect(isRunning(child.postmaster)).toBe(false)
    },
  )

  test('that is killed while PostgreSQL starts leaves nothing', async () => {
    await using tmp = await privateTmp()
    const child = spawn(process.execPath, [program, 'stay'], {
      env: { ...env, TMPDIR: tmp.path },
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await vi.waitFor(async () => expect(await tmp.entries()).toHaveLength(1), { timeout: 10_000 })
    await sleep(Math.random() * 800)
    child.kill('SIGKILL')
    await ended
    await vi.waitFor(async () => expect(await tmp.entries()).toEqual([]), { timeout: 10_000 })
  })
})

/** Starts a process of its own that starts PostgreSQL, and waits for that. */
async function launch(tmp: string, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...env, TMPDIR: tmp },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => child.once('exit', (...how) => resolve(how)))
  let output = ''
  for await (const text of child.stdout) {
    output += String(text)
    if (output.endsWith('\n')) break
  }
  const postmaster = Number(output)
  if (!(postmaster > 0)) throw new Error('PostgreSQL did not start')
  return { ended, postmaster, kill: (signal: NodeJS.Signals) => child.kill(signal) }
}

async function withTmp(path: string, start: () => Promise<Engine>): Promise<Engine> {
  vi.stubEnv('TMPDIR', path)
  try {
    return await start()
  } finally {
    vi.unstubAllEnvs()
  }
}
