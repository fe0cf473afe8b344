// Verifies the adapters of this repository on every engine that can be had.
//   npm run conformance [-- ADAPTER... --report DIR --seed N --runs N --quick --rule ID --replay TOKEN --json]
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UsageError } from '../packages/conformance/src/cli/arguments.ts'
import { main } from '../packages/conformance/src/cli/main.ts'

const packages = new URL('../packages/', import.meta.url)

const targetOf = (adapter: string): string =>
  fileURLToPath(new URL(`adapter-${adapter}/test/target.ts`, packages))

const adapters = readdirSync(packages)
  .filter((name) => name.startsWith('adapter-'))
  .map((name) => name.slice('adapter-'.length))
  .filter((adapter) => existsSync(targetOf(adapter)))

function resolve(adapter: string): string {
  if (adapters.includes(adapter)) return targetOf(adapter)
  throw new UsageError(`Unknown adapter ${adapter}: there are ${adapters.join(', ')}`)
}

const required = (process.env.HOLDFAST_REQUIRE ?? '').split(',').filter((name) => name !== '')
const report = fileURLToPath(new URL('../.holdfast/report', import.meta.url))

const code = await main(
  ['verify', ...process.argv.slice(2)],
  { resolve, defaults: adapters, required, report },
  process,
)
process.stdout.write('', () => process.exit(code))
