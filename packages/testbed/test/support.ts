import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { Environment } from '../src/index.ts'

/** The environment of this run without what steers the testbed, and with `more`. */
export function environment(more: Environment = {}): Environment {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_'))
  return { ...Object.fromEntries(rest), ...more }
}

/** Runs one query on a connection of its own. */
export async function query(url: string, text: string): Promise<Record<string, unknown>> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows[0] ?? {}
  } finally {
    await client.end()
  }
}

/** A temporary folder that the engines of one test are sent to, so that it can be looked into. */
export async function privateTmp(): Promise<
  AsyncDisposable & { path: string; entries(): Promise<string[]> }
> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  // As root, PostgreSQL runs as somebody else, who needs a way in.
  await chmod(path, 0o711)
  return {
    path,
    entries: () => readdir(path),
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** The process id of the local PostgreSQL whose folder is the only one in this temporary folder. */
export async function postmasterIn(path: string): Promise<number> {
  const [folder] = await readdir(path)
  if (folder === undefined) throw new Error(`nothing in ${path}`)
  const file = await readFile(join(path, folder, 'home/data/postmaster.pid'), 'utf8')
  return Number(file.split('\n')[0])
}

/** Whether a process with this id exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
