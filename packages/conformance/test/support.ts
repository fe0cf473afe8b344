import { fileURLToPath } from 'node:url'
import { Writable } from 'node:stream'
import { createMemoryDatabase, createMemoryProvider } from '@holdfast/adapter-memory'
import { main, type Command } from '../src/cli/main.ts'
import type { Target } from '../src/index.ts'

/** A target on a memory database of its own. */
export function memoryTarget(): Target {
  const database = createMemoryDatabase()
  return {
    name: 'memory',
    version: '0.0.0',
    open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
    engine: () => ({ name: 'Node.js', version: process.version, grade: 'real' }),
  }
}

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}.ts`, import.meta.url))
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command line in this process. */
export async function holdfast(
  argv: readonly string[],
  command: Partial<Command> = {},
): Promise<Ran> {
  const [stdout, stderr] = [sink(), sink()]
  const whole = {
    resolve: (path: string) => path,
    defaults: [],
    required: [],
    report: undefined,
    ...command,
  }
  const code = await main(argv, whole, { stdout: stdout.stream, stderr: stderr.stream })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

function sink(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = []
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(String(chunk))
      done()
    },
  })
  return { stream, text: () => chunks.join('') }
}
