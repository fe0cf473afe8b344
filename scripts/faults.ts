// Runs the kit on providers that are broken on purpose, and shows which rule noticed.
//   npm run faults [-- --json FILE --seed N --seeds N] [NAME or RULE ...]
// With --seeds, only the rule that names a fault judges it, with so many seeds: how often does it notice?
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { faults, rules, runRules, withFault } from '@holdfast/conformance'
import { target } from '../packages/adapter-memory/test/target.ts'
import type { Row } from './measure-fault.ts'

const { values, positionals } = parseArgs({
  options: {
    json: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
  },
  allowPositionals: true,
})
const wanted = faults.filter(
  ({ name, rule }) =>
    positionals.length === 0 || positionals.includes(name) || positionals.includes(rule),
)
if (wanted.length === 0) fail(`No fault is called ${positionals.join(', ')}`)

if (values.seeds !== undefined) {
  const seeds = Number(values.seeds)
  if (!Number.isInteger(seeds) || seeds < 1) fail('--seeds must be a number of seeds, from 1')
  await detection(seeds)
  process.exit()
}

const width = Math.max(...wanted.map(({ name }) => name.length))
const rows: Row[] = []
for (const measured of measureAll()) {
  const row = await measured
  rows.push(row)
  print(row)
}

const caught = rows.filter((row) => row.caught).length
const clean = rows.filter((row) => row.unrelated.length === 0).length
const named = new Set(wanted.map(({ rule }) => rule))
const unguarded = positionals.length > 0 ? [] : rules.filter(({ id }) => !named.has(id))
console.log(
  `\n${caught} of ${rows.length} faults caught by the rule that names them; ${clean} break nothing unrelated`,
)
if (unguarded.length > 0) {
  console.log(`Rules that no fault names: ${unguarded.map(({ id }) => id).join(', ')}`)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
if (caught < rows.length || clean < rows.length || unguarded.length > 0) process.exitCode = 1

/** A row for each fault, in their order, from as many processes as there are processors: rules set the time zone. */
function measureAll(): readonly Promise<Row>[] {
  const results = wanted.map(() => Promise.withResolvers<Row>())
  const left = [...wanted.entries()]
  for (let count = Math.min(availableParallelism(), wanted.length); count > 0; count -= 1) {
    const child = fork(new URL('measure-fault.ts', import.meta.url), [values.seed])
    // None when nothing is left: another child may be at the first one still.
    let current: (typeof left)[number] | undefined
    const next = (): void => {
      current = left.shift()
      if (current) child.send(current[1].name)
      else child.disconnect()
    }
    child.on('message', (row: Row) => {
      if (current) results[current[0]]?.resolve(row)
      next()
    })
    child.on('exit', (code) => {
      if (!current) return
      const [index, { name }] = current
      results[index]?.reject(new Error(`The child that ran ${name} ended, exit code ${code}`))
    })
    next()
  }
  return results.map(({ promise }) => promise)
}

/** How many of the seeds show each fault to the rule that names it: 99 of 100 at least. */
async function detection(seeds: number): Promise<void> {
  for (const { name, rule, says, ...rest } of wanted) {
    const own = rules.filter(({ id }) => id === rule)
    const missed: string[] = []
    const started = performance.now()
    for (let seed = 1; seed <= seeds; seed += 1) {
      const broken = withFault(target, { name, rule, says, ...rest })
      const report = await runRules(broken, own, { seed })
      const [result] = report.rules
      const noticed = result?.verdict === 'fail' && says.test(result.reason ?? '')
      if (!noticed) missed.push(`${seed} (${result?.verdict}: ${result?.reason ?? ''})`)
    }
    const enough = missed.length <= seeds / 100
    if (!enough) process.exitCode = 1
    const time = `${Math.round((performance.now() - started) / seeds)} ms each`
    console.log(
      `${enough ? '✓' : '✗'} ${name}  ${rule}  ${seeds - missed.length} of ${seeds}, ${time}`,
    )
    if (missed.length > 0) console.log(`    missed by ${missed.slice(0, 3).join('; ')}`)
  }
}

function print({ fault, rule, caught: noticed, runs, durationMs, unrelated, message }: Row): void {
  const mark = noticed ? '✓' : '✗'
  const columns = [
    fault.padEnd(width),
    rule.padEnd(10),
    `${runs} runs`,
    `${durationMs} ms`.padStart(8),
  ]
  console.log(`${mark} ${columns.join('  ')}`)
  if (!noticed) console.log(`    not caught: ${message}`)
  if (unrelated.length > 0) console.log(`    also breaks ${unrelated.join(', ')}`)
}

function fail(message: string): never {
  console.error(message)
  process.exit(3)
}
