// Installs the packed kit into an empty project, as a third party would, and runs it there on the packed memory
// adapter: proves that what is published works outside this workspace, under the versions it says it supports.
//
//   npm run consumer -- --vitest 4.1.12 --fast-check 4.3.0 --typescript 5.9.3

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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

const conformanceTest = `
import { createMemoryDatabase, createMemoryProvider } from '@holdfast/adapter-memory'
import { conformance } from '@holdfast/conformance/vitest'

const database = createMemoryDatabase()

conformance('memory', {
  open: (namespace, { clock }) => createMemoryProvider({ database, namespace, clock }),
})
`

const folder = mkdtempSync(join(tmpdir(), 'holdfast-consumer-'))
const run = (command: string, ...args: string[]): void => {
  if (spawnSync(command, args, { cwd: folder, stdio: 'inherit' }).status === 0) return
  throw new Error(`${command} ${args.join(' ')} failed in an empty project with the packed kit`)
}

try {
  const wanted = ['spec', 'linearizability', 'conformance', 'adapter-memory'].map(
    (name) => `@holdfast/${name}`,
  )
  const archives = publishedPackages()
    .filter(({ name }) => wanted.includes(name))
    .map((one) => [one.name, `file:${pack(one, folder)}`] as const)

  const manifest = {
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(archives), ...versions },
    // What the packages ask of each other is not published yet either.
    overrides: Object.fromEntries(archives.map(([name]) => [name, `$${name}`])),
  }
  const compilerOptions = {
    module: 'NodeNext',
    target: 'ES2023',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    // The declarations must not need what a consumer has not asked for, other than the platform's own globals.
    types: [],
  }
  mkdirSync(join(folder, 'test'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['test'] }),
  )
  writeFileSync(join(folder, 'test/conformance.test.ts'), conformanceTest)

  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error')
  run('npx', 'tsc')
  run('npx', 'vitest', 'run')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}
