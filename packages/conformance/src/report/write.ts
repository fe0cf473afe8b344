import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import { markdownSummary } from './markdown.ts'
import type { Report } from './report.ts'

/**
 * Writes `report.json`, `junit.xml`, `summary.md` and `index.html` into a folder, which is made when it is not there,
 * and returns their paths. Each file is replaced as a whole: a reader never sees half of one.
 *
 * @throws {Error} when the folder cannot be written
 */
export async function writeReports(report: Report, folder: string): Promise<string[]> {
  const files = [
    { path: join(folder, 'report.json'), text: `${JSON.stringify(report, null, 2)}\n` },
    { path: join(folder, 'junit.xml'), text: junitReport(report) },
    { path: join(folder, 'summary.md'), text: markdownSummary(report) },
    { path: join(folder, 'index.html'), text: htmlReport(report) },
  ].map((file) => ({ ...file, aside: `${file.path}.${randomBytes(4).toString('hex')}.tmp` }))
  try {
    await mkdir(folder, { recursive: true })
    // All of them aside first: on a full disk the reports of the last run stay as they are.
    for (const { aside, text } of files) await writeFile(aside, text)
    for (const { aside, path } of files) await rename(aside, path)
  } catch (cause) {
    await Promise.allSettled(files.map(async ({ aside }) => rm(aside, { force: true })))
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`The reports cannot be written to ${folder}: ${why}`, { cause })
  }
  return files.map(({ path }) => path)
}
