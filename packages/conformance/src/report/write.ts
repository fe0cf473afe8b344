import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { historyFiles } from './history/files.ts'
import { historyPage } from './history/page.ts'
import { htmlReport } from './html.ts'
import { junitReport } from './junit.ts'
import { markdownSummary } from './markdown.ts'
import { replayCommand, type Report } from './report.ts'

/**
 * Writes `report.json`, `junit.xml`, `summary.md`, `index.html`, and a page for each history that is drawn, into a folder,
 * which is made when it is not there, and returns their paths. Each file is replaced as a whole: a reader never sees half
 * of one.
 *
 * @throws {Error} when the folder cannot be written
 */
export async function writeReports(report: Report, folder: string): Promise<string[]> {
  return writeFiles(folder, [
    { name: 'report.json', text: `${JSON.stringify(report, null, 2)}\n` },
    { name: 'junit.xml', text: junitReport(report) },
    { name: 'summary.md', text: markdownSummary(report) },
    { name: 'index.html', text: htmlReport(report) },
    ...historyPages(report),
  ])
}

function historyPages(report: Report): { name: string; text: string }[] {
  const names = historyFiles(report)
  return report.providers.flatMap((provider) =>
    provider.rules.flatMap((result) => {
      const { history } = result
      const name = names.get(result)
      if (history === undefined || name === undefined) return []
      const command = replayCommand(provider, result)
      const source = {
        rule: result,
        provider: `${provider.name} on ${provider.engine.name} ${provider.engine.version}`,
        report: 'index.html',
        ...(command !== undefined && { command }),
      }
      return [{ name, text: historyPage(history, source) }]
    }),
  )
}

/** Writes files into a folder: all of them or, on a full disk, none. @throws {Error} when it cannot be written */
export async function writeFiles(
  folder: string,
  texts: readonly { readonly name: string; readonly text: string }[],
): Promise<string[]> {
  const files = texts.map(({ name, text }) => {
    const path = join(folder, name)
    return { path, text, aside: `${path}.${randomBytes(4).toString('hex')}.tmp` }
  })
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
