// Runs the kit on providers that are broken on purpose, and shows which rule noticed.
//   npm run faults [-- --json FILE] [NAME or RULE ...]
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  faults,
  rules,
  runRules,
  withFault,
  type Fault,
  type RuleResult,
} from '@holdfast/conformance'
import { target } from '../packages/adapter-memory/test/target.ts'

interface Row {
  readonly fault: string
  readonly rule: string
  readonly bug: string
  readonly caught: boolean
  /** The fault broke these too, and neither it nor the rule's family expects that. */
  readonly unrelated: readonly string[]
  readonly runs: number
  readonly operations: number
  readonly durationMs: number
  readonly message: string
}

const RUNS = 20

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, seed: { type: 'string', default: '1' } },
  allowPositionals: true,
})
const wanted = faults.filter(
  ({ name, rule }) =>
    positionals.length === 0 || positionals.includes(name) || positionals.includes(rule),
)
if (wanted.length === 0) fail(`No fault is called ${positionals.join(', ')}`)

const rows: Row[] = []
for (const fault of wanted) rows.push(await measure(fault))

const width = Math.max(...rows.map(({ fault }) => fault.length))
for (const row of rows) {
  const { fault, rule, caught, runs, durationMs, unrelated } = row
  const mark = caught ? '✓' : '✗'
  console.log(
    `${mark} ${fault.padEnd(width)}  ${rule.padEnd(12)} ${String(runs).padStart(3)} runs ${String(durationMs).padStart(6)} ms`,
  )
  if (!caught) console.log(`    not caught: ${row.message}`)
  if (unrelated.length > 0) console.log(`    also breaks ${unrelated.join(', ')}`)
}
const caught = rows.filter((row) => row.caught).length
const clean = rows.filter((row) => row.unrelated.length === 0).length
const named = new Set(wanted.map(({ rule }) => rule))
const unguarded = rules.filter(({ id }) => !named.has(id))
console.log(
  `\n${caught} of ${rows.length} faults caught by the rule that names them; ${clean} break nothing unrelated`,
)
if (positionals.length === 0 && unguarded.length > 0) {
  console.log(`Rules that no fault names: ${unguarded.map(({ id }) => id).join(', ')}`)
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
if (caught < rows.length || clean < rows.length) process.exitCode = 1

async function measure(fault: Fault): Promise<Row> {
  const report = await runRules(withFault(target, fault), rules, {
    seed: Number(values.seed),
    runs: RUNS,
  })
  const named =
    report.rules.find(({ id }) => id === fault.rule) ??
    fail(`${fault.name} names ${fault.rule}, which is no rule`)
  const broken = report.rules.filter(({ verdict }) => verdict !== 'pass')
  return {
    fault: fault.name,
    rule: fault.rule,
    bug: fault.bug,
    caught: named.verdict === 'fail' && fault.says.test(named.reason ?? ''),
    unrelated: broken
      .filter((result) => !expected(fault, result))
      .map(({ id, verdict }) => `${id} (${verdict})`),
    runs: RUNS,
    operations: named.operations,
    durationMs: named.durationMs,
    message: `${named.verdict}: ${named.reason ?? ''}`,
  }
}

/** The model rules compare everything, so they may notice any fault. */
function expected(fault: Fault, { id }: RuleResult): boolean {
  return id === fault.rule || id.startsWith('MODEL-') || fault.also.includes(id)
}

function fail(message: string): never {
  console.error(message)
  process.exit(3)
}
