import type { StateBackend } from '@holdfast/spec'
import { readState, stateBody } from './codec.ts'
import type { Context } from './context.ts'
import { SETS } from './lua.ts'
import { join } from './order.ts'
import { lua, script, type Script } from './script.ts'

const scripts = {
  set: script(
    'state.set',
    lua`
redis.call('HSET', @state, $id, $body)
redis.call('ZADD', @state.list, 0, $id)
`,
  ),

  get: script('state.get', lua`return redis.call('HGET', @state, $id)`),

  delete: script(
    'state.delete',
    lua`
redis.call('ZREM', @state.list, $id)
return redis.call('HDEL', @state, $id)
`,
  ),

  getAll: script(
    'state.getAll',
    SETS,
    lua`
local found = {}
for _, id in ipairs(all(@state.list, $workflow)) do
  found[#found + 1] = string.sub(id, #$workflow + 1)
  found[#found + 1] = redis.call('HGET', @state, id)
end
return found
`,
  ),
} as const satisfies Record<string, Script>

export function createState(context: Context): StateBackend {
  const { run } = context
  return {
    async set(entry) {
      const id = join(entry.workflowId, entry.key)
      await run(scripts.set, { id, body: stateBody(entry, context) })
    },

    async get({ workflowId, key }) {
      const body = await run<string | null>(scripts.get, { id: join(workflowId, key) })
      return body === null ? null : readState({ workflowId, key }, body, context)
    },

    async delete({ workflowId, key }) {
      return (await run(scripts.delete, { id: join(workflowId, key) })) === 1
    },

    async getAll(workflowId) {
      const flat = await run<readonly (string | null)[]>(scripts.getAll, {
        workflow: join(workflowId, ''),
      })
      return Array.from({ length: flat.length / 2 }, (_, index) => {
        const [key, body = null] = flat.slice(2 * index)
        return readState({ workflowId, key: key ?? '' }, body, context)
      })
    },
  }
}
