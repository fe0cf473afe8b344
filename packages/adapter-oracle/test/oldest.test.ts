import * as nodeModule from 'node:module'
import { conformance } from '@holdfast/conformance/vitest'
import oldest from 'oracledb-oldest/package.json' with { type: 'json' }
import { expect, it } from 'vitest'

// Node 22.13 and 22.14 cannot put one module in the place of another.
const able = 'registerHooks' in nodeModule
// In this order: first the place is taken, then what loads the driver is loaded.
const target = able ? (await import('./target-oldest.ts')).oldestTarget : undefined
const servers = able ? await import('./unusable-servers.ts') : undefined

it.runIf(able)('is the driver whose version the manifest asks for', () => {
  expect(target?.name).toBe(`oracle (oracledb ${oldest.version})`)
})

if (target) conformance(target.name, target, { runs: 5 })

servers?.unusableServers('a server that cannot be used, by the oldest driver', 'NJS-512')
