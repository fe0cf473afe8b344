// Packs every published package as a release would and looks at the archive: what publint and
// are-the-types-wrong say, that nothing of the workspace leaks into the manifest, and that the files it names exist.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack, publishedPackages } from './packages.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-packages-'))
const problems: string[] = []

try {
  for (const one of publishedPackages()) {
    const archive = pack(one, folder)
    const found = [
      ...report('publint', ['run', archive, '--strict']),
      ...report('attw', [archive, '--profile', 'esm-only', '--no-emoji']),
      ...leaks(archive),
    ]
    problems.push(...found.map((problem) => `${one.name}: ${problem}`))
  }
} finally {
  rmSync(folder, { recursive: true })
}

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

/** What a checker prints when it finds something. */
function report(command: string, args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return status === 0 ? [] : [`${command} found something\n${stdout}${stderr}`]
}

/** What only makes sense inside the workspace, and what must be in every archive. */
function leaks(archive: string): string[] {
  const tar = (...args: string[]): string => execFileSync('tar', args, { encoding: 'utf8' })
  const manifest = tar('-xzOf', archive, 'package/package.json')
  const files = tar('-tzf', archive).trim().split('\n')
  const { bin = {} } = JSON.parse(manifest) as { bin?: Record<string, string> }
  return [
    ...['workspace:', 'catalog:', '@holdfast/source']
      .filter((word) => manifest.includes(word))
      .map((word) => `the packed manifest still says ${word}`),
    ...[
      'package/LICENSE',
      'package/README.md',
      ...Object.values(bin).map((file) => join('package', file)),
    ]
      .filter((file) => !files.includes(file))
      .map((file) => `the archive has no ${file}`),
    ...files
      .filter((file) => file.endsWith('.tsbuildinfo'))
      .map((file) => `the archive has ${file}`),
  ]
}
