import { NOW, ROWS, SETS, TEXT } from './lua.ts'
import { lua, script, type Script } from './script.ts'

// The set of free ones has those without a lease, and those whose lease was seen to have expired: their head keeps the
// token then, since whoever took them may still come back. The others wait in the set of leases, by their expiry.
const INDEXES = lua`
local function scheduledAt(key, head) return num(head[1]) .. key end
local function freeCommandAt(key, head) return head[4] == '' and scheduledAt(key, head) end
local function leasedCommandAt(key, head) return head[4] ~= '' and num(head[4]) .. key end
local function indexCommand(key, old, new)
  move(@commands.list, old and scheduledAt(key, old), new and scheduledAt(key, new))
  move(@commands.free, old and freeCommandAt(key, old), new and freeCommandAt(key, new))
  move(@commands.leases, old and leasedCommandAt(key, old), new and leasedCommandAt(key, new))
end
`

const SET = lua`
local function setCommand(key, old, new)
  redis.call('HSET', @commands, key, join(new))
  indexCommand(key, old, new)
end
local function isHeld(head) return head[3] ~= '' and head[4] ~= '' and tonumber(head[4]) > now end
local function earlier(a, b) return tonumber(a) < tonumber(b) and a or b end
`

/** `dropCommand(key)` deletes one that is there. */
export const DROP_COMMAND: string = lua`
${INDEXES}
local function dropCommand(key)
  local head = split(redis.call('HGET', @commands, key))
  redis.call('HDEL', @commands, key)
  redis.call('HDEL', @commands.body, key)
  if head[3] ~= '' then redis.call('HDEL', @commands.tokens, head[3]) end
  if head[5] ~= '' then redis.call('ZREM', @commands.workflow, head[5] .. '\0' .. key) end
  indexCommand(key, head)
end
`

export const commandScripts: Readonly<Record<'schedule' | 'take' | 'settle' | 'list', Script>> = {
  schedule: script(
    'commands.schedule',
    TEXT,
    NOW,
    SETS,
    INDEXES,
    SET,
    lua`
local stored = redis.call('HGET', @commands, $key)
if not stored then
  local head = { $executeAt, '', '', '', $workflowId }
  setCommand($key, nil, head)
  redis.call('HSET', @commands.body, $key, $body)
  if $workflowId ~= '' then put(@commands.workflow, $workflowId .. '\0' .. $key) end
  return {}
end
local old = split(stored)
-- Whoever took it may be at work even when the lease has run out, and would forget this at the end.
local rearm = old[3] ~= '' and earlier(old[2] ~= '' and old[2] or $executeAt, $executeAt) or ''
local head = { old[1], rearm, old[3], old[4], old[5] }
local nextAt = rearm
if not isHeld(old) then
  head[1] = earlier(old[1], $executeAt)
  nextAt = head[1]
end
setCommand($key, old, head)
return { stored, redis.call('HGET', @commands.body, $key), nextAt }
`,
  ),

  /** Also frees those whose lease has expired; with 1, some of those are left. */
  take: script(
    'commands.take',
    TEXT,
    NOW,
    SETS,
    INDEXES,
    SET,
    ROWS,
    lua`
local function answer(key) return rows(@commands, @commands.body, { key }, 1) end
local mine = redis.call('HGET', @commands.tokens, $requestId)
if mine then
  local head = split(redis.call('HGET', @commands, mine))
  if head[3] == $requestId and isHeld(head) then return answer(mine) end
end
local late = expired(@commands.leases)
for _, member in ipairs(late) do
  local key = string.sub(member, 18)
  local head = split(redis.call('HGET', @commands, key))
  setCommand(key, head, { head[1], head[2], head[3], '', head[5] })
end
if #late == 1000 then return 1 end
local first = page(@commands.free, '', $after, $asOf, 1)[1]
if not first then return {} end
local key = string.sub(first, 18)
local old = split(redis.call('HGET', @commands, key))
setCommand(key, old, { old[1], old[2], $requestId, int(now + $ttl), old[5] })
if old[3] ~= '' then redis.call('HDEL', @commands.tokens, old[3]) end
redis.call('HSET', @commands.tokens, $requestId, key)
return answer(key)
`,
  ),

  settle: script(
    'commands.settle',
    TEXT,
    NOW,
    SETS,
    DROP_COMMAND,
    SET,
    lua`
local stored = redis.call('HGET', @commands, $key)
if not stored then return 0 end
local old = split(stored)
if old[3] ~= $token then return 0 end
if $done == '1' and old[2] == '' then
  dropCommand($key)
  return 1
end
local rearm = old[2] ~= '' and old[2] or old[1]
setCommand($key, old, { $done == '1' and rearm or earlier(old[1], rearm), '', '', '', old[5] })
redis.call('HDEL', @commands.tokens, $token)
return 1
`,
  ),

  list: script(
    'commands.list',
    SETS,
    ROWS,
    lua`return rows(@commands, @commands.body, page(@commands.list, '', $after, '', $limit), 18)`,
  ),
}
