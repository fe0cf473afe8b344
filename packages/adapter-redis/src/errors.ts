import { sliceOf, type ErrorBackend, type ErrorPlace, type ExecutionError } from '@holdfast/spec'
import { errorRow, readError, rowsOf, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { afterPlace } from './events.ts'
import { conflict } from './judge.ts'
import { ROWS, SETS, TEXT } from './lua.ts'
import { join, split } from './order.ts'
import { lua, script, type Script } from './script.ts'

const scripts = {
  /** Nil when they are stored now, else the id of one that was stored before. */
  append: script(
    'errors.append',
    TEXT,
    SETS,
    lua`
local taken, mine = false, 0
for i = $*, #ARGV, 3 do
  local stored = redis.call('HGET', @errors, ARGV[i])
  if stored then
    taken = taken or ARGV[i]
    if split(stored)[3] == $requestId then mine = mine + 1 end
  end
end
if taken then return mine * 3 ~= #ARGV - $* + 1 and taken end
local arrival = redis.call('HINCRBY', @meta, 'arrival', (#ARGV - $* + 1) / 3)
for i = #ARGV - 2, $*, -3 do
  local head = split(ARGV[i + 1])
  head[4] = int(arrival)
  redis.call('HSET', @errors, ARGV[i], join(head))
  redis.call('HSET', @errors.body, ARGV[i], ARGV[i + 2])
  put(@errors.list, head[1] .. '\0' .. num(head[2]) .. num(arrival) .. ARGV[i])
  arrival = arrival - 1
end
return false
`,
  ),

  list: script(
    'errors.list',
    SETS,
    ROWS,
    lua`
local members = page(@errors.list, $workflow, $after, '', $limit)
return rows(@errors, @errors.body, members, #$workflow + 35)
`,
  ),
} as const satisfies Record<string, Script>

export function createErrors(context: Context): ErrorBackend {
  const { run } = context
  return {
    async append(errors, { requestId }) {
      const rows = errors.flatMap((error) => errorRow(error, requestId, context))
      const taken = await run<string | null>(scripts.append, { requestId }, rows)
      if (taken !== null) throw conflict(`There is an error ${taken} already`)
    },

    async list(workflowId, { limit, after }) {
      const answer = await run<readonly (string | null)[]>(scripts.list, {
        workflow: join(workflowId, ''),
        after: after && afterPlace(after),
        limit: limit + 1,
      })
      const read = (row: Row): ExecutionError => readError(row, context)
      return sliceOf(rowsOf(answer), limit, read, placeOf, ([id]) => id)
    },
  }
}

function placeOf([, head]: Row): ErrorPlace {
  const [, errorTime, , arrival] = split(head)
  return [Number(errorTime), Number(arrival)]
}
