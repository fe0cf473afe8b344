// Verifies the adapters of this repository on every engine that can be had.
//   npm run conformance [-- ADAPTER... --report DIR --seed N --runs N --quick --rule ID --replay TOKEN --json]
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../packages/conformance/src/cli/arguments.ts'
import { main } from '../packages/conformance/src/cli/main.ts'

const packages = new URL('../packages/', import.meta.url)

/** The module of each target: one an adapter, and Redis also as a cluster. */
const targets = new Map([
  ...readdirSync(packages)
    .filter((folder) => folder.startsWith('adapter-'))
    .map((folder) => entry(folder.slice('adapter-'.length), `${folder}/test/target.ts`)),
  entry('redis-cluster', 'adapter-redis/test/cluster.ts'),
])

function entry(name: string, path: string): readonly [name: string, module: string] {
  return [name, fileURLToPath(new URL(path, packages))]
}

function resolve(name: string): string {
  const path = targets.get(name)
  if (path !== undefined) return path
  throw new UsageError(`Unknown adapter ${name}: there are ${[...targets.keys()].join(', ')}`)
}

const required = (process.env.HOLDFAST_REQUIRE ?? '').split(',').filter((name) => name !== '')
const report = fileURLToPath(new URL('../.holdfast/report', import.meta.url))

const code = await main(
  ['verify', ...process.argv.slice(2)],
  { resolve, defaults: [...targets.keys()], required, report },
  process,
)
process.stdout.write('', () => process.exit(code))
