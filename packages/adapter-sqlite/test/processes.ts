import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const FLAGS = [
  '--experimental-strip-types',
  '--conditions=@holdfast/source',
  '--disable-warning=ExperimentalWarning',
]

type Fixture = ChildProcessByStdio<Writable, Readable, null>

/** Starts a fixture in a process of its own. */
function start(fixture: string, ...args: readonly string[]): Fixture {
  const path = fileURLToPath(new URL(`fixtures/${fixture}.ts`, import.meta.url))
  return spawn(process.execPath, [...FLAGS, path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Does one task in several processes at once, and returns what each printed. */
export async function inProcesses<T>(
  file: string,
  task: string,
  names: readonly string[],
): Promise<readonly T[]> {
  const processes = names.map((name) => start('process', file, task, name))
  await Promise.all(processes.map(async ({ stdout }) => once(stdout, 'data')))
  return Promise.all(
    processes.map(async ({ stdin, stdout }) => {
      stdin.end()
      return JSON.parse(await text(stdout)) as T
    }),
  )
}

/** Keeps the write lock of the file, from another process, until it is disposed of. */
export async function holdLock(file: string): Promise<AsyncDisposable> {
  const child = start('hold-lock', file)
  await once(child.stdout, 'data')
  return {
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await once(child, 'exit')
    },
  }
}
