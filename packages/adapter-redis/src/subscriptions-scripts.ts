import { NOW, ROWS, SETS, TEXT } from './lua.ts'
import { lua, script, type Script } from './script.ts'

// The set of open ones has those without a token, and those whose token was seen to have expired, whose head says so.
// Those whose token will expire wait in the set of leases, by their expiry.
const INDEXES = lua`
local function ofTopic(id, head)
  return head[2] .. '\0' .. head[3] .. '\0' .. num(head[4]) .. id
end
local function openAt(id, head) return (head[6] == '' or head[9] ~= '') and ofTopic(id, head) end
local function leasedAt(id, head)
  return head[6] ~= '' and head[8] ~= '' and head[9] == '' and num(head[8]) .. id
end
local function lease(id, old, new)
  move(@subscriptions.open, old and openAt(id, old), new and openAt(id, new))
  move(@subscriptions.leases, old and leasedAt(id, old), new and leasedAt(id, new))
end
`

/** `openSubscription(id, head, body)` stores one. */
export const OPEN_SUBSCRIPTIONS: string = lua`
${INDEXES}
local function openSubscription(id, head, body)
  local parts = split(head)
  redis.call('HSET', @subscriptions, id, head)
  redis.call('HSET', @subscriptions.body, id, body)
  put(@subscriptions.topic, ofTopic(id, parts))
  put(@subscriptions.workflow, parts[1] .. '\0' .. id)
  lease(id, nil, parts)
end
`

/** `dropSubscription(id)` deletes one that is there. */
export const DROP_SUBSCRIPTION: string = lua`
${INDEXES}
local function dropSubscription(id)
  local head = split(redis.call('HGET', @subscriptions, id))
  redis.call('HDEL', @subscriptions, id)
  redis.call('HDEL', @subscriptions.body, id)
  redis.call('ZREM', @subscriptions.topic, ofTopic(id, head))
  redis.call('ZREM', @subscriptions.workflow, head[1] .. '\0' .. id)
  lease(id, head)
end
`

const IS_OPEN = lua`
local function isOpen(head) return head[6] == '' or (head[8] ~= '' and tonumber(head[8]) <= now) end
`

export const subscriptionScripts: Readonly<
  Record<
    'create' | 'get' | 'find' | 'findFirstOpen' | 'terminate' | 'setToken' | 'clearToken',
    Script
  >
> = {
  create: script(
    'subscriptions.create',
    TEXT,
    SETS,
    OPEN_SUBSCRIPTIONS,
    lua`
local stored = redis.call('HGET', @subscriptions, $id)
if stored then
  if split(stored)[5] ~= $requestId then return { 'taken', '' } end
  return { 'stored', stored, redis.call('HGET', @subscriptions.body, $id) }
end
openSubscription($id, $head, $body)
return { 'written', '', '' }
`,
  ),

  get: script(
    'subscriptions.get',
    lua`return { $id, redis.call('HGET', @subscriptions, $id), redis.call('HGET', @subscriptions.body, $id) }`,
  ),

  find: script(
    'subscriptions.find',
    SETS,
    ROWS,
    lua`
local members = page(@subscriptions.topic, $topic, $after, $asOf, $limit)
return rows(@subscriptions, @subscriptions.body, members, #$topic + 18)
`,
  ),

  /** Also moves those whose token has expired to the open ones; with 1, some of those are left. */
  findFirstOpen: script(
    'subscriptions.findFirstOpen',
    TEXT,
    NOW,
    SETS,
    INDEXES,
    IS_OPEN,
    ROWS,
    lua`
local late = expired(@subscriptions.leases)
for _, member in ipairs(late) do
  local id = string.sub(member, 18)
  local head = split(redis.call('HGET', @subscriptions, id))
  local freed = copy(head)
  freed[9] = '1'
  redis.call('HSET', @subscriptions, id, join(freed))
  lease(id, head, freed)
end
if #late == 1000 then return 1 end
local after = ''
repeat
  local members = page(@subscriptions.open, $topic, after, $asOf, 100)
  for _, member in ipairs(members) do
    after = string.sub(member, #$topic + 1)
    -- Another process, whose clock is ahead of this one, may have let go of it.
    if isOpen(split(redis.call('HGET', @subscriptions, string.sub(after, 18)))) then
      return rows(@subscriptions, @subscriptions.body, { after }, 18)
    end
  end
until #members < 100
return {}
`,
  ),

  terminate: script(
    'subscriptions.terminate',
    TEXT,
    SETS,
    DROP_SUBSCRIPTION,
    lua`
if redis.call('HEXISTS', @subscriptions, $id) == 0 then return 0 end
dropSubscription($id)
return 1
`,
  ),

  setToken: script(
    'subscriptions.setToken',
    TEXT,
    NOW,
    SETS,
    INDEXES,
    IS_OPEN,
    lua`
local stored = redis.call('HGET', @subscriptions, $id)
if not stored then return 0 end
local old = split(stored)
if not isOpen(old) and not (old[6] == $token and old[7] == $workerId) then return 0 end
local expiry = $ttl ~= '' and int(now + $ttl) or ''
local head = { old[1], old[2], old[3], old[4], old[5], $token, $workerId, expiry, '' }
redis.call('HSET', @subscriptions, $id, join(head))
lease($id, old, head)
return 1
`,
  ),

  clearToken: script(
    'subscriptions.clearToken',
    TEXT,
    SETS,
    INDEXES,
    lua`
local stored = redis.call('HGET', @subscriptions, $id)
if not stored then return 0 end
local old = split(stored)
if old[6] ~= $token then return 0 end
local head = { old[1], old[2], old[3], old[4], old[5], '', '', '', '' }
redis.call('HSET', @subscriptions, $id, join(head))
lease($id, old, head)
return 1
`,
  ),
}
