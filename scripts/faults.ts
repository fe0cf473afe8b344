// Runs the kit on providers that are broken on purpose, and shows which rule noticed.
//   npm run faults [-- --json FILE --seed N --seeds N] [NAME or RULE ...]
// With --seeds, only the rule that names a fault judges it, with so many seeds: how often does it notice?
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  faults,
  rules,
  runRules,
  withFault,
  type Fault,
  type Rule,
  type RuleResult,
} from '@holdfast/conformance'
import { target } from '../packages/adapter-memory/test/target.ts'

interface Row {
  readonly fault: string
  readonly rule: string
  readonly bug: string
  readonly caught: boolean
  /** Rules that noticed the fault though it does not name them. */
  readonly unrelated: readonly string[]
  readonly runs: number
  readonly operations: number
  readonly durationMs: number
  readonly message: string
}

/** Values for each property: the kit's default. */
const RUNS = 100

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
for (const fault of wanted) {
  const row = await measure(fault)
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

async function measure(fault: Fault): Promise<Row> {
  const report = await runRules(withFault(target, fault), judges(fault), {
    seed: Number(values.seed),
    runs: RUNS,
  })
  const result =
    report.rules.find(({ id }) => id === fault.rule) ??
    fail(`${fault.name} names ${fault.rule}, which is no rule`)
  const unrelated = report.rules.filter(
    (other) => other.verdict !== 'pass' && !expected(fault, other),
  )
  return {
    fault: fault.name,
    rule: fault.rule,
    bug: fault.bug,
    caught: result.verdict === 'fail' && fault.says.test(result.reason ?? ''),
    unrelated: unrelated.map(({ id, verdict }) => `${id} (${verdict})`),
    runs: RUNS,
    operations: result.operations,
    durationMs: result.durationMs,
    message: `${result.verdict}: ${result.reason ?? ''}`,
  }
}

/** The model rules compare everything and may notice any fault, so they only judge those that name one of them. */
function judges({ rule, network }: Fault): readonly Rule[] {
  const own = rules.find(({ id }) => id === rule)?.level
  // A network is there for the faults that show on one, and only what is about it is asked then. What breaks a rule of
  // the Core level breaks races, too; what is to show in a race only must keep the Core level.
  const asked = rules.filter(({ level }) =>
    network ? level === 'resilient' : level === 'core' || level === own,
  )
  // Calls of several trips that know no request break wherever they are cut.
  if (rule.startsWith('INTER-')) return asked.filter(({ id }) => id.startsWith('INTER-'))
  // The kit tells the time here: what is only wrong with a server's clock is asked of its own rule alone.
  const ofServer = rules.find(({ id }) => id === rule)?.features.includes('serverClock')
  if (ofServer) return rules.filter(({ id }) => id === rule)
  if (rule.startsWith('MODEL-')) return asked
  return asked.filter(
    ({ id, features }) => !id.startsWith('MODEL-') && !features.includes('serverClock'),
  )
}

function expected(fault: Fault, { id }: RuleResult): boolean {
  return id === fault.rule || id.startsWith('MODEL-') || fault.also.includes(id)
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
