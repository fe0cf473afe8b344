import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeReports } from '../src/report/write.ts'
import { mixedReport, sampleReport } from './report-samples.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-report-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

it('writes four files into a folder that was not there, and nothing else', async () => {
  const into = join(folder, 'a', 'b')
  const files = await writeReports(mixedReport(), into)
  expect(files.map((file) => basename(file))).toEqual([
    ...['report.json', 'junit.xml', 'summary.md', 'index.html'],
  ])
  expect((await readdir(into)).sort()).toEqual(files.map((file) => basename(file)).sort())
  const json = JSON.parse(await readFile(join(into, 'report.json'), 'utf8')) as unknown
  expect(json).toEqual(JSON.parse(JSON.stringify(mixedReport())))
})

it('replaces the reports of the last run', async () => {
  await writeReports(mixedReport(), folder)
  await writeReports(sampleReport(), folder)
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toMatch(/^## memory passes\n/)
  expect(await readdir(folder)).toHaveLength(4)
})

it('says which folder cannot be written, and why', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const written = writeReports(sampleReport(), join(file, 'reports'))
  await expect(written).rejects.toThrow(/^The reports cannot be written to .*reports: ENOTDIR/)
  expect(await readdir(folder)).toEqual(['file'])
})
