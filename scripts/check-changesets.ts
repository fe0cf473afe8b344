// Reads the changesets as a release would, without a remote to compare with: each names published packages and how
// much they change, and says something to the people who read the changelog.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages } from './packages.ts'

const folder = join(import.meta.dirname, '../.changeset')
const known = new Set(publishedPackages().map(({ name }) => name))

const problems = readdirSync(folder)
  .filter((file) => file.endsWith('.md') && file !== 'README.md')
  .flatMap((file) =>
    check(readFileSync(join(folder, file), 'utf8')).map((what) => `.changeset/${file}: ${what}`),
  )

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

function check(text: string): string[] {
  const parts = /^---\n(?<head>.*?)\n?---\n(?<summary>.*)$/s.exec(text)?.groups
  if (parts === undefined) return ['has no front matter between two lines of ---']
  const { head = '', summary = '' } = parts
  const lines = head.split('\n').filter((line) => line.trim() !== '')
  // A changeset of no package says on purpose that nothing is released; it needs no words.
  const silent = lines.length > 0 && summary.trim() === ''
  return [...lines.flatMap(checkLine), ...(silent ? ['says nothing for the changelog'] : [])]
}

function checkLine(line: string): string[] {
  const entry = /^(?<quote>['"]?)(?<name>[^'"]+)\k<quote>: *(?<bump>\w+)$/.exec(line.trim())?.groups
  if (entry === undefined) return [`cannot be read: ${line}`]
  const { name = '', bump = '' } = entry
  return [
    ...(known.has(name) ? [] : [`${name} is no published package of this repository`]),
    ...(['major', 'minor', 'patch'].includes(bump) ? [] : [`${name} changes by “${bump}”`]),
  ]
}
