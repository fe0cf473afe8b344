import { sliceOf, type EventBackend, type EventPlace, type WorkflowEvent } from '@holdfast/spec'
import { eventParams, readEvent, rowsOf, type Row } from './codec.ts'
import type { Context } from './context.ts'
import { judge, type Written } from './judge.ts'
import { ROWS, SETS, TEXT } from './lua.ts'
import { NUMBER_LENGTH, join, numberOf, orderOf, split } from './order.ts'
import { lua, script, type Script } from './script.ts'

/** How many events a script purges before it lets others have their turn. */
const PURGED = 1000

// An event is in the list of its topic, and in that of those to be processed or in that of those that have been.
const INDEXES = lua`
local function placeOf(id, head) return num(head[3]) .. num(head[6]) .. id end
local function topicOf(head) return head[1] .. '\0' .. head[2] .. '\0' end
local function listOf(head) return head[4] == '1' and @events.done or @events.due end
`

const scripts = {
  create: script(
    'events.create',
    TEXT,
    SETS,
    INDEXES,
    lua`
local stored = redis.call('HGET', @events, $id)
if stored then
  if split(stored)[5] ~= $requestId then return { 'taken', '' } end
  return { 'stored', stored, redis.call('HGET', @events.body, $id) }
end
local arrival = redis.call('HINCRBY', @meta, 'arrival', 1)
local head = split($head)
head[6] = int(arrival)
redis.call('HSET', @events, $id, join(head))
redis.call('HSET', @events.body, $id, $body)
local place = placeOf($id, head)
put(listOf(head), place)
put(@events.topic, topicOf(head) .. place)
return { 'written', '', '' }
`,
  ),

  get: script(
    'events.get',
    lua`return { $id, redis.call('HGET', @events, $id), redis.call('HGET', @events.body, $id) }`,
  ),

  getRunnable: script(
    'events.getRunnable',
    SETS,
    lua`return page(@events.due, '', $after, $asOf, $limit)`,
  ),

  find: script(
    'events.find',
    SETS,
    ROWS,
    lua`
local members = page(@events.topic, $topic, $after, '', $limit)
return rows(@events, @events.body, members, #$topic + 35)
`,
  ),

  mark: script(
    'events.mark',
    TEXT,
    SETS,
    INDEXES,
    lua`
local stored = redis.call('HGET', @events, $id)
if not stored then return 0 end
local old = split(stored)
if old[4] == $processed then return 1 end
local head = copy(old)
head[4] = $processed
redis.call('HSET', @events, $id, join(head))
put(listOf(head), placeOf($id, head))
redis.call('ZREM', listOf(old), placeOf($id, old))
return 1
`,
  ),

  purge: script(
    'events.purge',
    TEXT,
    SETS,
    INDEXES,
    lua`
local old = redis.call('ZRANGEBYLEX', @events.done, '-', '(' .. $olderThan, 'LIMIT', 0, ${PURGED})
for _, place in ipairs(old) do
  local id = string.sub(place, 35)
  local head = split(redis.call('HGET', @events, id))
  redis.call('HDEL', @events, id)
  redis.call('HDEL', @events.body, id)
  redis.call('ZREM', listOf(head), place)
  redis.call('ZREM', @events.topic, topicOf(head) .. place)
end
return #old
`,
  ),
} as const satisfies Record<string, Script>

export function createEvents(context: Context): EventBackend {
  const { run } = context

  const read = (row: Row): WorkflowEvent => readEvent(row, context)

  return {
    async create(event, { requestId }) {
      const { id } = event
      const params = eventParams(event, requestId, context)
      const [kind, ...rest] = judge(await run<Written>(scripts.create, params), 0, `event ${id}`)
      return kind === 'stored' ? read([id, ...rest]) : event
    },

    async get(id) {
      const answer = await run<readonly [string, string | null, string | null]>(scripts.get, { id })
      const [, head, body] = answer
      return head === null ? null : read([id, head, body])
    },

    async getRunnable(asOf, { limit, after }) {
      const members = await run<readonly string[]>(scripts.getRunnable, {
        after: after && afterPlace(after),
        asOf: orderOf(asOf),
        limit: limit + 1,
      })
      const idOf = (member: string): string => member.slice(2 * NUMBER_LENGTH)
      const placeOf = (member: string): EventPlace => [
        numberOf(member),
        numberOf(member.slice(NUMBER_LENGTH)),
      ]
      return sliceOf(members, limit, idOf, placeOf, idOf)
    },

    async find({ eventName, eventKey, asOf }, { limit, after }) {
      // A cursor may come with another question than the one it was made by: the higher of the two bounds holds.
      const from = after !== null && after[0] >= asOf ? afterPlace(after) : orderOf(asOf)
      const answer = await run<readonly (string | null)[]>(scripts.find, {
        topic: join(eventName, eventKey, ''),
        after: from,
        limit: limit + 1,
      })
      return sliceOf(rowsOf(answer), limit, read, placeOfRow, ([id]) => id)
    },

    async mark(id, processed) {
      return (await run(scripts.mark, { id, processed: processed ? '1' : '0' })) === 1
    },

    async purge(olderThan) {
      let count = 0
      for (;;) {
        const purged = await run<number>(scripts.purge, { olderThan: orderOf(olderThan) })
        count += purged
        if (purged < PURGED) return count
      }
    },
  }
}

/** Sorts after the members of this place, which go on with an id, and before those of the next one. */
export function afterPlace([time, arrival]: readonly [number, number]): string {
  return orderOf(time) + orderOf(arrival + 1)
}

function placeOfRow([, head]: Row): EventPlace {
  const [, , eventTime, , , arrival] = split(head)
  return [Number(eventTime), Number(arrival)]
}
