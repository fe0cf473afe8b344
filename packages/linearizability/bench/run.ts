/**
 * Measures the checker, and Porcupine on the same histories where Go is installed:
 * `node --experimental-strip-types bench/run.ts`. Each case is a process of its own; the first check of a process is
 * quoted apart, since a compiler that has seen nothing yet is what a short test run has.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, execPath, execArgv, platform, resourceUsage, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { check, register } from '../src/index.ts'
import { type RegisterOperation, simulate, type Workload } from '../test/workload.ts'

interface Measured {
  readonly verdict: string
  readonly times: readonly number[]
  readonly megabytes: number
}

/** Each case is checked this often at least, and for this long, so that both are at their pace. */
const RUNS = 7
const MILLISECONDS = 1500

const cases: Readonly<Record<string, Workload>> = {
  '100,000 operations, 1,000 keys, 16 clients': {
    seed: 1,
    operations: 100_000,
    keys: 1000,
    clients: 16,
  },
  '10,000 operations, 1 key, 8 clients': { seed: 2, operations: 10_000, keys: 1, clients: 8 },
  '10,000 operations, 1 key, 8 clients, violation at 9,000': {
    seed: 3,
    operations: 10_000,
    keys: 1,
    clients: 8,
    violationAt: 9000,
  },
  '10,000 operations, 1 key, 8 clients, 5 values': {
    seed: 2,
    operations: 10_000,
    keys: 1,
    clients: 8,
    values: 5,
  },
  '1,000 operations, 1 key, 16 clients': { seed: 4, operations: 1000, keys: 1, clients: 16 },
  '1,000 operations, 1 key, 24 clients': { seed: 4, operations: 1000, keys: 1, clients: 24 },
  '1,000 operations, 1 key, 8 clients, 5 % of the writes without a reply': {
    seed: 5,
    operations: 1000,
    keys: 1,
    clients: 8,
    lost: 0.05,
  },
  '10,000 operations, 100 keys, 8 clients, 5 values, 5 % of the writes without a reply': {
    seed: 5,
    operations: 10_000,
    keys: 100,
    clients: 8,
    lost: 0.05,
    values: 5,
  },
}

const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** A case, alone in this process. */
function measure(path: string): Measured {
  const history: RegisterOperation[] = JSON.parse(readFileSync(path, 'utf8')).map(unflatten)
  const times: number[] = []
  let verdict = ''
  const begin = performance.now()
  for (let run = 0; run < RUNS || performance.now() - begin < MILLISECONDS; run++) {
    const start = performance.now()
    verdict = check(register<number>(), history).verdict
    times.push(performance.now() - start)
  }
  return { verdict, times, megabytes: Math.round(resourceUsage().maxRSS / 1024) }
}

function flatten({ process, input, output, call, return: back }: RegisterOperation): object {
  return { process, ...input, output: output ?? null, call, return: back }
}

type Flat = Omit<RegisterOperation, 'input' | 'outcome'> & RegisterOperation['input']

function unflatten({ process, output, call, return: back, ...input }: Flat): RegisterOperation {
  const known = back === null || input.op === 'write' ? {} : { output: output ?? null }
  return { process, input, ...known, call, return: back, outcome: back === null ? 'unknown' : 'ok' }
}

function run(command: string, args: readonly string[]): Measured {
  const { status, stdout: text, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`)
  return JSON.parse(text)
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  try {
    const binary = join(folder, platform === 'win32' ? 'porcupine.exe' : 'porcupine')
    const source = fileURLToPath(new URL('porcupine', import.meta.url))
    const built = spawnSync('go', ['build', '-o', binary, '.'], { cwd: source, encoding: 'utf8' })
    const rows = [
      '| history | verdict | first, ms | median, ms | peak, MB | Porcupine, ms | peak, MB | ratio |',
      '|---|---|---|---|---|---|---|---|',
    ]
    for (const [name, workload] of Object.entries(cases)) {
      const path = join(folder, 'history.json')
      writeFileSync(path, JSON.stringify(simulate(workload).map(flatten)))
      const ours = run(execPath, [...execArgv, fileURLToPath(import.meta.url), path])
      const theirs =
        built.status === 0 ? run(binary, [path, `${RUNS}`, `${MILLISECONDS}`]) : undefined
      const [first = Number.NaN] = ours.times
      const mine = median(ours.times)
      const row = [name, ours.verdict, first.toFixed(0), mine.toFixed(1), ours.megabytes]
      if (!theirs) row.push('not run', '', '')
      else if (theirs.verdict === 'unknown') row.push('> 20,000', theirs.megabytes, '')
      else if (theirs.verdict === ours.verdict) {
        const other = median(theirs.times)
        row.push(other.toFixed(1), theirs.megabytes, (mine / other).toFixed(2))
      } else row.push(`says ${theirs.verdict}`, theirs.megabytes, '')
      rows.push(`| ${row.join(' | ')} |`)
    }
    stdout.write(`${rows.join('\n')}\n`)
    if (built.status !== 0) stdout.write('\nPorcupine was not built: Go is not installed.\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const [path] = argv.slice(2)
if (path === undefined) main()
else stdout.write(JSON.stringify(measure(path)))
