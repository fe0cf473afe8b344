import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { holdfast } from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-histories-'))
const file = (name: string, lines: readonly string[]): string => {
  const path = join(folder, name)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}
const event = (process: number, what: string): string => `INFO  jepsen.util - ${process} ${what}`

const writeThenRead = (value: number): string[] => [
  event(0, ':invoke :write 1'),
  event(0, ':ok :write 1'),
  event(1, ':invoke :read nil'),
  event(1, `:ok :read ${value}`),
]
const good = file('good.log', writeThenRead(1))
const bad = file('bad.log', [
  event(0, ':invoke :write 7'),
  event(0, ':ok :write 7'),
  ...writeThenRead(7),
])
const texts = file('texts.txt', [
  '{:process 0, :type :invoke, :f :append, :key "0", :value "x"}',
  '{:process 0, :type :ok, :f :append, :key "0", :value "x"}',
])
const broken = file('broken.log', [...writeThenRead(1), 'what is this?'])

describe('check-history', () => {
  it('tells of each file in a line whether it is linearizable, and where not', async () => {
    const { code, stdout, stderr } = await holdfast(['check-history', good, bad, texts])
    expect(stdout.replaceAll(folder, '').replaceAll(/\d+ ms/g, '0 ms')).toBe(
      [
        'ok       /good.log   register   2 operations  1 key  2 clients  0 ms',
        'illegal  /bad.log    register   3 operations  1 key  2 clients  0 ms  process 1 [5, 6] read() → 7',
        'ok       /texts.txt  key-value  1 operation   1 key  1 client   0 ms',
        '',
      ].join('\n'),
    )
    expect(stderr).toBe('')
    expect(code).toBe(1)
  })

  it('exits by the worst of all files', async () => {
    expect((await holdfast(['check-history', good, texts])).code).toBe(0)
    expect((await holdfast(['check-history', bad, good])).code).toBe(1)
  })

  it.each([
    [broken, `${broken}: line 5: this is no event of a register: "what is this?"`],
    [join(folder, 'nowhere.log'), `${folder}/nowhere.log: ENOENT: no such file or directory`],
    [folder, `${folder}: EISDIR`],
  ])('says in a line why %s cannot be read, and checks the others', async (path, message) => {
    const { code, stdout, stderr } = await holdfast(['check-history', path, good])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^[^\n]*\n$/)
    expect(stderr).toContain(message)
    expect(stdout).toMatch(/^ok .*\n$/)
  })

  it.each([
    [[], 'No file is given: holdfast check-history FILE...'],
    [[good, '--color'], "Unknown option '--color'"],
  ])('takes %j for a wrong command line', async (argv, message) => {
    const { code, stdout, stderr } = await holdfast(['check-history', ...argv])
    expect(code).toBe(3)
    expect(stderr).toContain(message)
    expect(stdout).toBe('')
  })

  it('prints data when asked', async () => {
    const { stdout } = await holdfast(['check-history', '--json', good, bad])
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { file: good, verdict: 'ok', format: 'jepsen', operations: 2, keys: 1, clients: 2 },
        {
          file: bad,
          verdict: 'illegal',
          model: 'register',
          reason: 'process 1 [5, 6] read() → 7',
          illegal: { process: '1', call: 5, return: 6, input: { op: 'read' }, output: 7 },
        },
      ],
    })
  })

  it('draws what is illegal, and nothing else', async () => {
    const report = join(folder, 'report')
    const { stderr } = await holdfast(['check-history', good, bad, '--report', report])
    expect(readdirSync(report)).toEqual(['history-bad.log.html'])
    const page = readFileSync(join(report, 'history-bad.log.html'), 'utf8')
    expect(page).toContain('bad.log is not linearizable')
    expect(page).toContain('read → 7')
    expect(stderr).toBe(`Drawn: ${join(report, 'history-bad.log.html')}\n`)
  })
})

// Histories of other projects are not copied into this repository: HOLDFAST_HISTORIES, or a folder beside the checkout.
const histories =
  process.env.HOLDFAST_HISTORIES ??
  fileURLToPath(new URL('../../../../shared/data/histories', import.meta.url))
const absent = existsSync(histories) ? false : `there is no ${histories}`

describe('the test data of Porcupine', () => {
  it('gets the verdicts that it comes with', async ({ skip }) => {
    if (absent !== false) skip(absent)
    const verdicts = JSON.parse(
      readFileSync(join(histories, 'etcd', 'verdicts.json'), 'utf8'),
    ) as Record<string, string>
    const expected = [
      ...Object.entries(verdicts).map(([name, verdict]) => [join('etcd', name), verdict]),
      ...readdirSync(join(histories, 'kv')).map((name) => [
        join('kv', name),
        name.includes('ok') ? 'ok' : 'illegal',
      ]),
    ]
    expect(expected.length).toBeGreaterThanOrEqual(54)
    const files = expected.map(([name = '']) => join(histories, name))
    const { code, stdout } = await holdfast(['check-history', '--json', ...files])
    const found = JSON.parse(stdout) as { files: { file: string; verdict: string }[] }
    expect(found.files.map(({ file: path, verdict }) => [path, verdict])).toEqual(
      expected.map(([name = '', verdict]) => [join(histories, name), verdict]),
    )
    expect(code).toBe(1)
  })
})
