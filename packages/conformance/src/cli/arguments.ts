import { parseArgs } from 'node:util'
import { readReplay, type Replay } from '../replay.ts'
import { DEFAULT_LEVELS, LEVELS, familyOf, type Level, type Rule } from '../rule.ts'

/** The command line is wrong. One clear line, exit code 3. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const USAGE = `holdfast verify <module>... [options]

  Runs the conformance rules against the provider that each module opens.

  --report DIR    write report.json, junit.xml, summary.md and index.html there
  --seed N        where generated values come from (default 1)
  --runs N        values for each property (default 100)
  --quick         a fifth of the runs
  --rule ID       only this rule or family; may be given again
  --level LEVEL   the rules of this level: core, concurrent or resilient; may be given again, or as a list
                  with commas (default core,concurrent)
  --replay TOKEN  run one failure again
  --json          print report.json on standard output
  --help          print this

Exit code: 0 every level passes, 1 a rule fails, 2 something is unknown or was not run, 3 the kit could not do its work.

holdfast check-history <file>... [--report DIR] [--json]

  Tells of each log of concurrent calls whether it is linearizable, and where it is not; DIR gets a drawing of those.

Exit code: 0 all are, 1 one is not, 2 one is not decided, 3 one cannot be read.`

export interface Arguments {
  /** As they were given; none is the caller's default. */
  readonly modules: readonly string[]
  readonly report: string | undefined
  readonly seed: number
  readonly runs: number
  readonly rules: readonly Rule[]
  /** Whether some rules were left out, so that no level can be judged. */
  readonly partial: boolean
  readonly replay: Replay | undefined
  readonly json: boolean
}

/** Reads a command line. `help` when it asks for that. @throws {UsageError} */
export function readArguments(argv: readonly string[], rules: readonly Rule[]): Arguments | 'help' {
  const { values, positionals } = parse(argv)
  if (values.help) return 'help'
  const [command, ...modules] = positionals
  if (command !== 'verify') {
    throw new UsageError(`Unknown command ${command ?? '(none)'}: try holdfast --help`)
  }
  if (values.runs !== undefined && values.quick)
    throw new UsageError('--runs and --quick exclude each other')
  const replay = values.replay === undefined ? undefined : replayOf(values.replay, rules)
  const chosen = replay ? [replay.rule] : (values.rule ?? [])
  const levels = values.level && levelsOf(values.level)
  // A rule that is named is meant, whatever its level.
  const asked = levels ?? (chosen.length > 0 ? LEVELS : DEFAULT_LEVELS)
  const candidates = rules.filter(({ level }) => asked.includes(level))
  const selected =
    chosen.length === 0
      ? candidates
      : candidates.filter((rule) => chosen.some((name) => names(name, rule)))
  const unknown = chosen.find((name) => !rules.some((rule) => names(name, rule)))
  if (unknown !== undefined)
    throw new UsageError(`Unknown rule ${unknown}: docs/rules.md lists them`)
  if (selected.length === 0) throw new UsageError('No rule that is named is of the level asked for')
  return {
    modules,
    report: values.report,
    seed: integer('--seed', values.seed ?? '1', -(2 ** 31), 2 ** 31 - 1),
    runs:
      replay?.runs ?? integer('--runs', values.runs ?? (values.quick ? '20' : '100'), 1, 1_000_000),
    rules: selected,
    partial: selected.length < candidates.length,
    replay,
    json: values.json ?? false,
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        report: { type: 'string' },
        seed: { type: 'string' },
        runs: { type: 'string' },
        quick: { type: 'boolean' },
        rule: { type: 'string', multiple: true },
        level: { type: 'string', multiple: true },
        replay: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function replayOf(token: string, rules: readonly Rule[]): Replay {
  const replay = readReplay(token)
  if (replay === undefined) throw new UsageError(`${token} is no replay token`)
  if (!rules.some(({ id }) => id === replay.rule)) {
    throw new UsageError(
      `The replay token is for rule ${replay.rule}, which this kit does not have`,
    )
  }
  return replay
}

function levelsOf(given: readonly string[]): Level[] {
  return given
    .flatMap((list) => list.split(','))
    .map((name) => {
      const level = LEVELS.find((known) => known === name)
      if (level === undefined)
        throw new UsageError(`Unknown level ${name}: there are ${LEVELS.join(', ')}`)
      return level
    })
}

function names(name: string, { id }: Rule): boolean {
  return name === id || name === familyOf(id)
}

function integer(option: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
    throw new UsageError(`${option} must be an integer from ${min} to ${max}, not ${text}`)
  }
  return value
}
