import { existsSync, readdirSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { defaultExternalConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const exists = (path: string): boolean => existsSync(new URL(path, import.meta.url))

/** What the local engines of these adapters need on PATH. Those of the others come from npm. */
const programs: Readonly<Record<string, readonly string[]>> = {
  redis: ['redis-server'],
  mongo: ['javac', 'mvn'],
}

const folders = (process.env.PATH ?? '').split(delimiter)
const isOnPath = (program: string): boolean =>
  folders.some((folder) => existsSync(join(folder, program)))

/** Why the tests of a package have nothing to run against here, unless it is said that they must. */
function missing(name: string): string | undefined {
  const adapter = name.replace('adapter-', '')
  const required = (process.env.HOLDFAST_REQUIRE ?? '').split(',').includes(adapter)
  const given = ['URL', 'IMAGE'].some(
    (what) => process.env[`HOLDFAST_${adapter.toUpperCase()}_${what}`],
  )
  if (required || given) return undefined
  return programs[adapter]?.find((program) => !isOnPath(program))
}

const packages = readdirSync(new URL('packages/', import.meta.url)).filter((name) => {
  if (!exists(`packages/${name}/package.json`)) return false
  const program = missing(name)
  if (program !== undefined) process.stderr.write(`${name}: not run, there is no ${program} here\n`)
  return program === undefined
})

/** Sibling packages are taken from their sources, so that no build stands between an edit and its test. */
const source = '@holdfast/source'

export default defineConfig({
  ssr: {
    resolve: {
      conditions: [source, ...defaultServerConditions],
      externalConditions: [source, ...defaultExternalConditions],
    },
  },
  test: {
    // Engines start and containers are pulled inside tests.
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Processes, not threads: a test may set process.env.TZ, and may kill its own connections.
    pool: 'forks',
    // The engines compete for the same cores; more workers make every one of them slower.
    maxWorkers: 2,
    // What a test forgot to await is a failure even when the assertion would have held.
    dangerouslyIgnoreUnhandledErrors: false,
    // Inline: a project given as a folder would not inherit the conditions above.
    projects: ['scripts', ...packages.map((name) => `packages/${name}`)].map((root) => ({
      extends: true,
      test: {
        name: basename(root),
        root,
        include: ['test/**/*.test.ts'],
        // Where a package's test files share something that takes long to start.
        globalSetup: exists(`${root}/test/global-setup.ts`) ? ['test/global-setup.ts'] : [],
      },
    })),
  },
})
