// Runs the kit on one provider that is broken on purpose. As a child: on those whose names it is sent.
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

export interface Row {
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

process.on('message', (name) => {
  const fault = faults.find((each) => each.name === name)
  if (fault) void measure(fault, Number(process.argv[2])).then((row) => process.send?.(row))
})

async function measure(fault: Fault, seed: number): Promise<Row> {
  const report = await runRules(withFault(target, fault), judges(fault), {
    seed,
    runs: RUNS,
  })
  const result = report.rules.find(({ id }) => id === fault.rule)
  if (!result) throw new Error(`${fault.name} names ${fault.rule}, which is no rule`)
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
