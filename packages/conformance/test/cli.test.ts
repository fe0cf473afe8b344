import { mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_LEVELS, rules } from '../src/index.ts'
import { fixture, holdfast } from './support.ts'

const memory = fixture('memory')

describe('a wrong command line is one clear line and exit code 3', () => {
  it.each([
    [['verify', memory, '--rule', 'NOPE-99'], 'Unknown rule NOPE-99: docs/rules.md lists them'],
    [
      ['verify', memory, '--level', 'gold'],
      'Unknown level gold: there are core, concurrent, resilient',
    ],
    [
      ['verify', memory, '--seed', '1.5'],
      '--seed must be an integer from -2147483648 to 2147483647, not 1.5',
    ],
    [['verify', memory, '--runs', '0'], '--runs must be an integer from 1 to 1000000, not 0'],
    [['verify', memory, '--runs', '5', '--quick'], '--runs and --quick exclude each other'],
    [['verify', memory, '--replay', 'xyz'], 'xyz is no replay token'],
    [['verify'], 'No module is given: holdfast verify ./my-backend.ts'],
    [['prove', memory], 'Unknown command prove: try holdfast --help'],
    [['verify', memory, '--color'], "Unknown option '--color'"],
  ])('%j', async (argv, message) => {
    const { code, stdout, stderr } = await holdfast(argv)
    expect(code).toBe(3)
    expect(stderr).toContain(message)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stdout).toBe('')
  })
})

describe('a module that cannot be verified is exit code 3', () => {
  it('because it is not there', async () => {
    const { code, stderr } = await holdfast(['verify', './nowhere.ts'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^\.\/nowhere\.ts cannot be loaded: .*\n$/)
  })

  it('because it exports no target', async () => {
    const { code, stderr } = await holdfast(['verify', fixture('no-target')])
    expect(code).toBe(3)
    expect(stderr).toContain('exports no target')
  })

  it('because it throws while opening, with the cause', async () => {
    const { code, stderr } = await holdfast(['verify', fixture('broken-open')])
    expect(code).toBe(3)
    expect(stderr).toContain('broken-open cannot open: Error: No route to host')
    expect(stderr).toContain('ENETUNREACH')
  })
})

describe('an engine that is not to be had', () => {
  const required = { resolve: fixture, defaults: ['no-engine', 'memory'] }
  const argv = ['verify', '--rule', 'MISSING']

  it('is said, and is no failure when nobody asked for it', async () => {
    const { code, stdout } = await holdfast(argv, required)
    expect(code).toBe(0)
    expect(stdout).toMatch(/no-engine.*Start one/s)
  })

  it('is exit code 2 when it is named or required', async () => {
    expect((await holdfast([...argv, 'no-engine', 'memory'], required)).code).toBe(2)
    expect((await holdfast(argv, { ...required, required: ['no-engine'] })).code).toBe(2)
  })
})

describe('verify', () => {
  it('passes the reference, and writes every report', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'holdfast-')), 'report')
    const { code, stderr } = await holdfast(['verify', memory, '--runs', '5', '--report', folder])
    expect(stderr).toContain(folder)
    expect(code).toBe(0)
    expect(readdirSync(folder).toSorted()).toEqual([
      'index.html',
      'junit.xml',
      'report.json',
      'summary.md',
    ])
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as {
      providers: [
        { levels: { core: string }; engine: { grade: string }; rules: { verdict: string }[] },
      ]
    }
    expect(report.providers[0]).toMatchObject({
      levels: { core: 'pass' },
      engine: { grade: 'real' },
    })
    const asked = rules.filter(({ level }) => DEFAULT_LEVELS.includes(level))
    expect(report.providers[0].rules).toHaveLength(asked.length)
  })

  it('runs what is asked for only, which cannot have a level', async () => {
    const { code, stdout } = await holdfast(['verify', memory, '--rule', 'MISSING-01', '--json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as {
      providers: [{ levels: { core: string }; rules: { id: string }[] }]
    }
    expect(report.providers[0].rules.map(({ id }) => id)).toEqual(['MISSING-01'])
    expect(report.providers[0].levels.core).toBe('unknown')
  })

  it('prints its use when asked', async () => {
    const { code, stdout } = await holdfast(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('--replay TOKEN')
  })
})
