// Copies the example of a third party out of this workspace, installs the packed kit there, and runs its tests, and
// every rule on the packed memory adapter: proves that what is published works where nothing else of ours is, under the
// versions that it says it supports.
//
//   npm run consumer -- --vitest 4.1.12 --fast-check 4.3.0 --typescript 5.9.3

import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pack, publishedPackages } from './packages.ts'

const { values: versions } = parseArgs({
  options: {
    vitest: { type: 'string', default: '5.1.1' },
    'fast-check': { type: 'string', default: '4.10.2' },
    typescript: { type: 'string', default: '7.0.2' },
  },
})

// The example has one repository of the nine.
const memoryTest = `
import { createMemoryDatabase, createMemoryProvider } from '@holdfast/adapter-memory'
import { conformance } from '@holdfast/conformance/vitest'

const database = createMemoryDatabase()

conformance('memory', {
  open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
})
`

interface Manifest {
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
  overrides?: Record<string, string>
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'))
const run = (command: string, ...args: string[]): void => {
  if (spawnSync(command, args, { cwd: folder, stdio: 'inherit' }).status === 0) return
  throw new Error(`${command} ${args.join(' ')} failed outside the workspace, with the packed kit`)
}

try {
  cpSync(new URL('../examples/file-store', import.meta.url), folder, { recursive: true })
  writeFileSync(join(folder, 'test/memory.test.ts'), memoryTest)
  const wanted = ['spec', 'linearizability', 'conformance', 'adapter-memory'].map(
    (name) => `@holdfast/${name}`,
  )
  const archives = publishedPackages()
    .filter(({ name }) => wanted.includes(name))
    .map((one) => [one.name, `file:${pack(one, folder)}`] as const)

  const path = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest
  Object.assign(manifest.dependencies, Object.fromEntries(archives))
  Object.assign(manifest.devDependencies, versions)
  for (const [name] of archives) delete manifest.devDependencies[name]
  // What the packages ask of each other is not published yet either.
  manifest.overrides = Object.fromEntries(archives.map(([name]) => [name, `$${name}`]))
  writeFileSync(path, JSON.stringify(manifest, null, 2))

  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error')
  run('npm', 'test')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
