// Writes what is generated: docs/rules.md, and the matrix of the README.
//   npm run docs                   from docs/matrix.json
//   npm run docs -- --from FILE    takes the matrix from a report.json first
//   npm run docs -- --check        fails when a file is not what it would be written as
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  LEVELS,
  clauses,
  faults,
  nameOfLevel,
  rules,
  type Levels,
  type ProviderReport,
  type Rule,
} from '@holdfast/conformance'

/** One line of the README's matrix. */
interface Line {
  readonly provider: string
  readonly engine: string
  readonly version: string
  readonly grade: string
  readonly levels: Levels
  readonly passed: number
  /** Of those that were run. */
  readonly rules: number
}

const root = new URL('../', import.meta.url)
const { values } = parseArgs({ options: { check: { type: 'boolean' }, from: { type: 'string' } } })
if (values.from !== undefined) {
  const { providers } = JSON.parse(readFileSync(values.from, 'utf8')) as {
    providers: ProviderReport[]
  }
  writeFileSync(
    new URL('docs/matrix.json', root),
    `${JSON.stringify(providers.map(lineOf), null, 2)}\n`,
  )
}

const matrix = JSON.parse(readFileSync(new URL('docs/matrix.json', root), 'utf8')) as Line[]
const stale = [
  write('docs/rules.md', () => catalogue()),
  write('README.md', (readme) => between(readme, 'matrix', table(matrix))),
].filter((file) => file !== undefined)
if (stale.length > 0) {
  console.error(`${stale.join(' and ')} must be generated again: npm run docs`)
  process.exitCode = 1
}

/** Writes the file, or, when checking, returns its name if it is not up to date. */
function write(file: string, make: (before: string) => string): string | undefined {
  const url = new URL(file, root)
  const before = read(url)
  const after = make(before)
  if (values.check) return before === after ? undefined : file
  writeFileSync(url, after)
  return undefined
}

function read(url: URL): string {
  try {
    return readFileSync(url, 'utf8')
  } catch {
    return ''
  }
}

function between(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}: generated -->`, `<!-- /${name} -->`]
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`README.md has no ${start} … ${end}`)
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`
}

function lineOf({ name, engine, levels, rules: results }: ProviderReport): Line {
  const ran = results.filter(({ verdict }) => verdict !== 'not-run')
  return {
    provider: name,
    engine: engine.name,
    version: engine.version,
    grade: engine.grade,
    // A level of which nothing could be run is not a doubt.
    levels: Object.fromEntries(
      LEVELS.filter((level) => ran.some((rule) => rule.level === level)).map((level) => [
        level,
        levels[level],
      ]),
    ),
    passed: ran.filter(({ verdict }) => verdict === 'pass').length,
    rules: ran.length,
  }
}

function table(lines: readonly Line[]): string {
  const judged = LEVELS.filter((level) => lines.some(({ levels }) => levels[level] !== undefined))
  const rows = lines.map(({ provider, engine, version, grade, levels, passed, rules: all }) => [
    provider,
    `${engine} ${version}`,
    grade,
    ...judged.map((level) => levels[level] ?? 'not run'),
    `${passed} of ${all}`,
  ])
  const heads = ['adapter', 'engine', 'grade', ...judged.map(nameOfLevel), 'rules passed']
  return [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

function catalogue(): string {
  const sections = Object.entries(clauses).map(([number, title]) => {
    const tested = rules.filter(({ clause }) => clause === Number(number))
    const body = tested.length === 0 ? ['No rule tests this yet.', ''] : tested.flatMap(entry)
    return [`## ${number}. ${title}`, '', ...body].join('\n')
  })
  const untested = Object.keys(clauses).filter(
    (number) => !rules.some(({ clause }) => clause === Number(number)),
  )
  return [
    '# Rules',
    '',
    'Generated from the rules by `npm run docs`. Each rule has a stable id, the decision of the contract that it tests,',
    'the bugs of real systems that it would have caught, and the providers, broken on purpose, that it is seen to catch.',
    '',
    `${rules.length} rules, ${faults.length} faults. ${
      untested.length === 0
        ? 'Every decision has a rule.'
        : `Decisions without a rule: ${untested.join(', ')}.`
    }`,
    '',
    ...sections,
  ].join('\n')
}

function entry({ id, title, level, strength, needs, features, bugs }: Rule): string[] {
  const caught = faults.filter(({ rule }) => rule === id)
  return [
    `### ${id}`,
    '',
    `${title}.`,
    '',
    `- ${strength} of the ${nameOfLevel(level)} level; needs ${[...needs, ...features].map((name) => `\`${name}\``).join(', ') || 'nothing'}`,
    ...(bugs.length > 0 ? [`- Would have caught: ${bugs.join('; ')}`] : []),
    ...caught.map(({ name, bug }) => `- Catches \`${name}\`: ${bug}`),
    '',
  ]
}
