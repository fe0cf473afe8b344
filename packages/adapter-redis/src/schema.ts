import { PersistenceError, SPEC_VERSION } from '@holdfast/spec'
import type { Database } from './database.ts'
import { lua, script } from './script.ts'

// Nothing has to be made before the first write. The stamp is for those who come later with another version.
//
// Asked inside the script, so that on a cluster it is the server of these keys that answers. A user may lack the right
// to ask: then nobody can say.
const ENSURE = script(
  'ensureStore',
  lua`
local policy = ''
local told = redis.pcall('INFO', 'memory')
if type(told) == 'string' then policy = string.match(told, 'maxmemory_policy:([%w-]+)') or '' end
if policy ~= '' and policy ~= 'noeviction' then return { policy, '' } end
local version = redis.call('HGET', @meta, 'version')
if not version then redis.call('HSET', @meta, 'version', $version) end
return { '', version }
`,
)

const PING = script('ping', lua`return redis.call('EXISTS', @meta)`)

/**
 * Stamps the store with the version of the contract.
 *
 * @throws {PersistenceError} `UNAVAILABLE` when the store has another version, or when the server evicts keys
 */
export async function ensureStore({ run }: Database): Promise<void> {
  const version = String(SPEC_VERSION)
  const [policy, stored] = await run<readonly [string, string | null]>(ENSURE, { version })
  if (policy !== '') {
    throw new PersistenceError(
      'UNAVAILABLE',
      `The server evicts keys when its memory is full (maxmemory-policy ${policy}), and a store may not lose any: set noeviction`,
      { retryable: false },
    )
  }
  if (stored !== null && stored !== version) {
    throw new PersistenceError(
      'UNAVAILABLE',
      `The store was made for version ${stored} of the contract; this adapter writes version ${version}`,
      { retryable: false },
    )
  }
}

export async function ping({ run }: Database): Promise<void> {
  await run(PING)
}
