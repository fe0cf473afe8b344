import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { defaultExternalConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const exists = (path: string): boolean => existsSync(new URL(path, import.meta.url))

/** Redis does not come from npm: its tests run where there is one, or where it is said that there must be. */
const redis =
  spawnSync('redis-server', ['--version']).status === 0 ||
  ['HOLDFAST_REDIS_URL', 'HOLDFAST_REDIS_IMAGE'].some((name) => process.env[name]) ||
  (process.env.HOLDFAST_REQUIRE ?? '').split(',').includes('redis')
if (!redis) process.stderr.write('adapter-redis: not run, since there is no redis-server here\n')

const packages = readdirSync(new URL('packages/', import.meta.url)).filter(
  (name) => exists(`packages/${name}/package.json`) && (redis || name !== 'adapter-redis'),
)

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
    projects: packages.map((name) => ({
      extends: true,
      test: {
        name,
        root: `packages/${name}`,
        include: ['test/**/*.test.ts'],
        // Where a package's test files share something that takes long to start.
        globalSetup: exists(`packages/${name}/test/global-setup.ts`)
          ? ['test/global-setup.ts']
          : [],
      },
    })),
  },
})
