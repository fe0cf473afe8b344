import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describeError, EngineError } from './engine.ts'

/** A program to run under a guard. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The file that both output streams are appended to. */
  readonly log: string
  /** What makes the program end in good order. */
  readonly stopSignal: NodeJS.Signals
  /** Whom to run it as, when not as ourselves. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** How a command ended; `error` when it could not be started at all. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly error?: string
}

/**
 * A temporary folder and the commands that run in it, watched by a process of their own: both are
 * gone after dispose, and also after this process has ended in whatever way.
 */
export interface Guard extends AsyncDisposable {
  readonly folder: string
  /** Runs one command at a time; resolves when it has ended, and never rejects. */
  run(command: Command): Promise<Exit>
  /**
   * Lets this process end while a command runs. Until then the guard keeps it alive, so that the
   * start of an engine is not cut short; after that, who forgets to dispose is cleaned up after.
   */
  unref(): void
}

/** Creates the folder and starts its guard. */
export async function openGuard(name: string): Promise<Guard> {
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${name}-`))
  // The same extension as this file: the sources run as they are, and so does the build.
  const program = fileURLToPath(
    new URL(`guard-process${extname(import.meta.url)}`, import.meta.url),
  )
  // What was meant for the test process (a debugger's port, a coverage folder) is not for this one.
  const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env
  const child = spawn(
    process.execPath,
    // Node 22 runs TypeScript only when it is told to.
    ['--experimental-strip-types', '--disable-warning=ExperimentalWarning', program, folder],
    // Detached: an interrupt from the terminal goes to the test process only, and the guard acts
    // when that one has ended.
    { detached: true, env, stdio: ['pipe', 'pipe', 'pipe'] },
  )

  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
  // A guard that died breaks the pipe; `gone` reports it with its reason.
  child.stdin.on('error', () => {})

  const waiting: ((exit: Exit) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.(JSON.parse(line) as Exit)
  })
  /** Resolves when the guard has ended, with what went wrong if anything did. */
  const gone = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(describeError(error)))
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `${complaints.trim()} (exit ${code ?? signal})`),
    )
  })
  const abandoned = gone.then((reason): Exit => {
    const error = `the guard process ended${reason === undefined ? '' : `: ${reason}`}`
    return { code: null, signal: null, error }
  })

  return {
    folder,
    async run(command) {
      const ended = new Promise<Exit>((resolve) => waiting.push(resolve))
      child.stdin.write(`${JSON.stringify(command)}\n`)
      return Promise.race([ended, abandoned])
    },
    unref() {
      child.unref()
      for (const stream of [child.stdin, child.stdout, child.stderr]) {
        if (stream instanceof Socket) stream.unref()
      }
    },
    async [Symbol.asyncDispose]() {
      child.ref()
      child.stdin.end()
      const reason = await gone
      if (reason === undefined) return
      await rm(folder, { recursive: true, force: true })
      throw new EngineError('FAILED', `the guard of ${folder} failed: ${reason}`)
    },
  }
}
