/** A run of one adapter against one engine: a row of the matrix in .github/workflows/conformance.yml. */
export interface Row {
  readonly adapter: string
  /** As the job is called. */
  readonly engine: string
  /** `NAME=value`, a variable that makes the testbed use this engine and no other. */
  readonly setting: string
}

/** Every engine that an adapter is to be verified on: images of the product, of its vendor's emulator, and Valkey. */
export const engines: readonly Row[] = [
  { adapter: 'memory', engine: 'memory', setting: 'HOLDFAST_REQUIRE=memory' },
  { adapter: 'sqlite', engine: 'SQLite', setting: 'HOLDFAST_REQUIRE=sqlite' },
  ...['14', '15', '16', '17', '18'].map((version) => ({
    adapter: 'postgres',
    engine: `PostgreSQL ${version}`,
    setting: `HOLDFAST_POSTGRES_IMAGE=postgres:${version}`,
  })),
  ...['7', '8'].map((version) => ({
    adapter: 'mongo',
    engine: `MongoDB ${version}, one-node replica set`,
    setting: `HOLDFAST_MONGO_IMAGE=mongo:${version}`,
  })),
  ...['redis:7', 'redis:8', 'valkey/valkey:8'].map((image) => ({
    adapter: 'redis',
    engine: `${image}, and a cluster of Redis 7`,
    setting: `HOLDFAST_REDIS_IMAGE=${image}`,
  })),
  {
    adapter: 'cosmos',
    engine: 'Cosmos DB emulator',
    setting:
      'HOLDFAST_COSMOS_IMAGE=mcr.microsoft.com/cosmosdb/linux/azure-cosmos-emulator:vnext-preview',
  },
  {
    adapter: 'table-storage',
    engine: 'Azurite',
    setting: 'HOLDFAST_TABLE_STORAGE_IMAGE=mcr.microsoft.com/azure-storage/azurite:3.36.0',
  },
  {
    adapter: 'oracle',
    engine: 'Oracle Database Free 23',
    setting: 'HOLDFAST_ORACLE_IMAGE=gvenzl/oracle-free:23-slim-faststart',
  },
]

/** What says nothing about a store. */
const PROSE = /\.md$|^docs\/|^LICENSE$|^\.changeset\//

/**
 * The rows that a change asks for: those of an adapter when nothing else changed, all when something did that they
 * share, none for prose.
 *
 * @param changed paths from the root of the repository; `undefined`: it is not known what changed
 */
export function rowsFor(changed: readonly string[] | undefined): readonly Row[] {
  if (changed === undefined) return engines
  const adapters = new Set<string>()
  for (const path of changed.filter((each) => !PROSE.test(each))) {
    const [, adapter] = /^packages\/adapter-([^/]+)\//.exec(path) ?? []
    if (adapter === undefined) return engines
    adapters.add(adapter)
  }
  return engines.filter(({ adapter }) => adapters.has(adapter))
}
